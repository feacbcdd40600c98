package directory

import (
	"crypto/sha256"
	"errors"
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
	q := &query{kind: k, client: r.Client, link: r.origin().link()}
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
	result, err := d.answer(q)
	if err != nil {
		return badRequest("%s", err)
	}
	observe, ok := r.Uint(message.Observe)
	if ok && observe == 1 {
		d.watchers.cancel(r.Peer, r.Token, q)
	}
	valid := r.hasETag(result.etag[:])
	r.Answer(func(w *coap.ResponseWriter) {
		if ok && observe == 0 {
			d.watch(w, q, result)
		}
		w.AddOption(message.ETag, result.etag[:])
		if valid {
			w.SetCode(codes.Valid)
			return
		}
		w.SetCode(codes.Content)
		w.AddUint(message.ContentFormat, linkformat.ContentFormat)
		w.SetPayload(result.document)
	})
	return nil
}

func (r *Request) hasETag(etag []byte) bool {
	for i := range r.Options {
		if r.Options[i].ID == message.ETag && string(r.Options[i].Value) == string(etag) {
			return true
		}
	}
	return false
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
		if !r.active(now) || r.link != "" && r.link != q.link || !q.client.MayLookUp(r.endpoint) {
			continue
		}
		for i := range q.filters {
			matching[i] = q.locations[i].Match(&r.self)
		}
		links := r.resolved
		if q.kind == endpoints {
			if !q.matchesEndpoint(r, matching) {
				continue
			}
			links = []linkformat.Link{r.self}
		}
		for i := range links {
			if q.kind == resources && !q.matchesResource(&links[i], matching) {
				continue
			}
			if q.counted && index >= q.first+q.count {
				return document, nil
			}
			if index >= q.first {
				document = links[i].AppendTo(document)
			}
			if index++; len(document) > maxResult {
				return nil, errResult
			}
		}
	}
	return document, nil
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
