package proxy

import (
	"cmp"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/plgd-dev/go-coap/v3/message/codes"

	"sluice/engine/coap"
)

// Observer is one observation that a client has of the proxy.
type Observer struct {
	ID    uint64
	Asked string // for what: /rd-proxy/EP/PATH, or the URI at another server
	Peer  *coap.Peer
	Token []byte
	coap.RelationStats
	Value         []byte // what is kept of the resource, not to be modified
	ContentFormat int    // of Value; -1: none
	At            time.Time
	Silent        time.Time // since when the server does not answer; zero: it does
	Reordered     uint64    // notifications of the server that came after newer ones, and were left out
}

// Observers returns the observations of the proxy's clients, oldest first.
func (p *Proxy) Observers() []Observer {
	p.mu.Lock()
	observers := make([]Observer, 0, p.shared)
	relations := make(map[uint64]*coap.Relation, p.shared)
	for _, r := range p.cache.resources {
		if r.watch == nil {
			continue
		}
		for _, o := range r.watch.observers {
			d := Observer{ID: o.id, Asked: o.asked, ContentFormat: -1, Silent: r.watch.lost, Reordered: r.watch.reordered}
			if e := r.entry; e != nil {
				d.Value, d.At, d.ContentFormat = e.payload, e.at, e.contentFormat()
			}
			relations[o.id] = o.rel
			observers = append(observers, d)
		}
	}
	p.mu.Unlock()
	for i := range observers {
		o := &observers[i]
		rel := relations[o.ID]
		o.Peer, o.Token, o.RelationStats = rel.Peer(), rel.Token(), rel.Stats()
	}
	slices.SortFunc(observers, func(a, b Observer) int { return cmp.Compare(a.ID, b.ID) })
	return observers
}

// EndObservation ends the observation with that Observer.ID. Its observer gets a last notification, 5.03: it may ask again.
// It reports whether there was one.
func (p *Proxy) EndObservation(id uint64) bool {
	w, o := p.observerOf(id)
	if o == nil {
		return false
	}
	p.gone(w, o)
	o.rel.Finish(coap.Notification{Confirmable: o.con, Code: codes.ServiceUnavailable})
	return true
}

func (p *Proxy) observerOf(id uint64) (*watch, *observer) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, r := range p.cache.resources {
		if r.watch == nil {
			continue
		}
		for _, o := range r.watch.observers {
			if o.id == id {
				return r.watch, o
			}
		}
	}
	return nil, nil
}

// reference writes segments and arguments behind what a URI begins with.
func reference(before string, path, query []string) string {
	var b strings.Builder
	b.WriteString(before)
	for _, segment := range path {
		b.WriteString("/" + url.PathEscape(segment))
	}
	for i, argument := range query {
		b.WriteString(string("?&"[min(i, 1)]) + strings.ReplaceAll(url.PathEscape(argument), "&", "%26"))
	}
	return b.String()
}

// String is the target as a URI.
func (t *Target) String() string { return reference(t.Scheme+"://"+t.Authority(), t.Path, t.Query) }
