package directory

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"

	"sluice/engine/coap"
	"sluice/engine/linkformat"
)

// maxResult bounds the document that a lookup gives, in bytes.
const maxResult = 1 << 20

var errResult = errors.New("the result is longer than 1 MiB: ask for pages with page and count")

// kind says what a lookup gives.
type kind uint8

const (
	endpoints kind = iota + 1
	resources
)

// query is a lookup (RFC 9176, section 6.2).
type query struct {
	kind    kind
	queries []string // as they were asked
	filters linkformat.Filters
	// locations are the filters as they apply to registration resources, whose URI may be given in full.
	locations linkformat.Filters
	counted   bool
	first     uint64 // index of the first link wanted
	count     uint64
	client    Client
	link      string // that the client is on; see linkOf
}

// parseQuery reads search criteria, page and count.
func parseQuery(k kind, r *Request) (*query, *refusal) {
	q := &query{kind: k, queries: r.Queries, client: r.Client, link: r.origin().link()}
	var page *uint64
	for _, text := range r.Queries {
		name, value, _ := strings.Cut(text, "=")
		switch name {
		case "page", "count":
			n, err := strconv.ParseUint(value, 10, 32)
			if err != nil || name == "page" && page != nil || name == "count" && q.counted {
				return nil, badRequest("%s is not one whole number from 0 to 4294967295", name)
			}
			if name == "page" {
				page = &n
			} else {
				q.counted, q.count = true, n
			}
		default:
			f := linkformat.ParseFilter(text)
			q.filters = append(q.filters, f)
			q.locations = append(q.locations, location(f))
		}
	}
	if page != nil {
		if !q.counted {
			return nil, badRequest("page needs count")
		}
		q.first = *page * q.count
	}
	return q, nil
}

// location is a filter for href as it applies to registration resources. Clients should give their path, and may give
// the URI (RFC 9176, section 6.2).
func location(f linkformat.Filter) linkformat.Filter {
	r := linkformat.ParseReference(f.Value)
	if id, ok := strings.CutPrefix(r.Path, PathRegister+"/"); f.Name == "href" && r.HasAuthority && ok && id != "" {
		f.Value = r.Path
	}
	return f
}

// inquiry is a lookup with what its answer needs of the request.
type inquiry struct {
	*query
	peer    *coap.Peer
	token   message.Token
	etags   [][]byte // that the client has
	observe uint32
	asks    bool // there is an Observe option
}

// lookUp answers a lookup, and begins or ends its observation.
func (d *Directory) lookUp(r *Request, k kind) *refusal {
	if r.Code != codes.GET {
		return &refusal{code: codes.MethodNotAllowed}
	}
	if refused := accepts(r); refused != nil {
		return refused
	}
	q, refused := parseQuery(k, r)
	if refused != nil {
		return refused
	}
	i := &inquiry{query: q, peer: r.Peer}
	i.observe, i.asks = r.Uint(message.Observe)
	if d.linkCount() <= maxImmediate {
		i.token = r.Token
		i.takeETags(r.Options, func(b []byte) []byte { return b })
		return d.inquire(i, r.Answer)
	}
	i.token = bytes.Clone(r.Token)
	i.takeETags(r.Options, bytes.Clone)
	return d.inquireLater(i, r)
}

func (i *inquiry) takeETags(options message.Options, keep func([]byte) []byte) {
	for j := range options {
		if options[j].ID == message.ETag {
			i.etags = append(i.etags, keep(options[j].Value))
		}
	}
}

// inquire answers a lookup.
func (d *Directory) inquire(i *inquiry, answer func(fill func(w *coap.ResponseWriter))) *refusal {
	result, err := d.answer(i.query)
	if err != nil {
		return badRequest("%s", err)
	}
	if i.asks && i.observe == 1 {
		d.watchers.cancel(i.peer, i.token, i.query)
	}
	known := slices.ContainsFunc(i.etags, func(etag []byte) bool { return string(etag) == string(result.etag[:]) })
	answer(func(w *coap.ResponseWriter) {
		if i.asks && i.observe == 0 {
			d.watch(w, i.query, result)
		}
		w.AddOption(message.ETag, result.etag[:])
		if known {
			w.SetCode(codes.Valid)
			return
		}
		w.SetCode(codes.Content)
		w.AddUint(message.ContentFormat, linkformat.ContentFormat)
		w.SetPayload(result.document)
	})
	return nil
}

// Lookups in a large directory take milliseconds, in which the goroutine that reads the socket would serve nobody else.
const (
	maxImmediate        = 2_000 // links that are matched at once
	maxInquiries        = 256   // lookups that wait for their turn
	concurrentInquiries = 2     // that are matched at the same time
)

// inquireLater answers a lookup on another goroutine.
func (d *Directory) inquireLater(i *inquiry, r *Request) *refusal {
	answer := r.Later()
	busy := &refusal{codes.ServiceUnavailable, "too many lookups are under way", 1}
	if d.inquiries.Add(1) > maxInquiries {
		d.inquiries.Add(-1)
		answer(busy.fill)
		return nil
	}
	started := d.run(func() {
		defer d.inquiries.Add(-1)
		select {
		case d.turns <- struct{}{}:
			defer func() { <-d.turns }()
		case <-d.ctx.Done():
			answer(errClosed.fill)
			return
		}
		if refused := d.inquire(i, answer); refused != nil {
			answer(refused.fill)
		}
	})
	if !started {
		d.inquiries.Add(-1)
		answer(errClosed.fill)
	}
	return nil
}

// result is what a lookup gives.
type result struct {
	document []byte
	etag     [8]byte
	revision uint64 // of the directory when it was made
}

func (d *Directory) answer(q *query) (result, error) {
	list, revision := d.list()
	document, err := q.document(list, time.Now())
	if err != nil {
		return result{}, err
	}
	sum := sha256.Sum256(document)
	return result{document: document, etag: [8]byte(sum[:]), revision: revision}, nil
}

// document matches the registrations in list, in their order.
func (q *query) document(list []*registration, now time.Time) ([]byte, error) {
	var (
		document []byte
		index    uint64
	)
	matching := make([]bool, len(q.filters))
	for _, r := range list {
		if !r.active(now) {
			continue
		}
		more := q.matches(r, matching, func(l *linkformat.Link) bool {
			if q.counted && index >= q.first+q.count {
				return false
			}
			if index >= q.first {
				document = l.AppendTo(document)
			}
			index++
			return len(document) <= maxResult
		})
		if len(document) > maxResult {
			return nil, errResult
		}
		if !more {
			break
		}
	}
	return document, nil
}

// matches calls yield for every link that the lookup gives of a registration, until it returns false; then so does
// matches. matching has room for what is known of each filter.
func (q *query) matches(r *registration, matching []bool, yield func(*linkformat.Link) bool) bool {
	if r.link != "" && r.link != q.link || !q.client.MayLookUp(r.endpoint) || !q.mayMatch(r, matching) {
		return true
	}
	if q.kind == endpoints {
		return !q.matchesEndpoint(r, matching) || yield(&r.self)
	}
	for i := range r.resolved {
		if l := &r.resolved[i]; q.matchesResource(l, matching) && !yield(l) {
			return false
		}
	}
	return true
}

// concerns reports whether the lookup gives anything of a registration, or would if it were active.
func (q *query) concerns(r *registration) bool {
	return !q.matches(r, make([]bool, len(q.filters)), func(*linkformat.Link) bool { return false })
}

// mayMatch sets matching and reports whether every filter is passed by the endpoint or concerns what its links have.
func (q *query) mayMatch(r *registration, matching []bool) bool {
	for i := range q.filters {
		matching[i] = q.locations[i].Match(&r.self)
		name := q.filters[i].Name
		if !matching[i] && name != "href" && !slices.ContainsFunc(r.names, func(n string) bool { return strings.EqualFold(n, name) }) {
			return false
		}
	}
	return true
}

// matchesEndpoint: each criterion has to match the endpoint or any of its links.
func (q *query) matchesEndpoint(r *registration, matching []bool) bool {
	for i := range q.filters {
		ok := matching[i]
		for j := 0; j < len(r.resolved) && !ok; j++ {
			ok = q.filters[i].Match(&r.resolved[j])
		}
		if !ok {
			return false
		}
	}
	return true
}

// matchesResource: each criterion has to match the link or its endpoint.
func (q *query) matchesResource(l *linkformat.Link, matching []bool) bool {
	for i := range q.filters {
		if !matching[i] && !q.filters[i].Match(l) {
			return false
		}
	}
	return true
}

// shownTo reports whether lookups of the request's client show the registration.
func (r *registration) shownTo(request *Request, now time.Time) bool {
	return r.active(now) && (r.link == "" || r.link == request.origin().link()) && request.Client.MayLookUp(r.endpoint)
}
