package directory

import (
	"slices"
	"sync"
	"time"

	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"

	"sluice/engine/coap"
	"sluice/engine/linkformat"
)

// coalesce is how long changes gather before observers are told. When looking takes long it is done less often, so that
// it takes a tenth of the time at most.
const coalesce = 100 * time.Millisecond

// watcher is one observation of a lookup.
type watcher struct {
	id       uint64
	query    *query
	relation *coap.Relation
	etag     [8]byte // of what was told last
	told     told
	stale    bool // something had changed before it was there
	ended    bool
}

// watchers are all observations of lookups.
type watchers struct {
	mu   sync.Mutex
	last uint64 // id
	all  []*watcher
	// changes are the registrations that came or went since observers were told; all says that they are too many.
	changes    []*registration
	allChanged bool
	timer      *time.Timer // not nil while changes gather, and while observers are told of them
	pause      time.Duration
	closed     bool
}

// watch begins an observation in the response that w is, whose payload is what r says. When there are too many the
// response goes without Observe, which tells the client so (RFC 7641, section 3.1).
func (d *Directory) watch(w *coap.ResponseWriter, q *query, r result) {
	x := &watcher{query: q, etag: r.etag, told: tell(r.document)}
	ws := &d.watchers
	if ws.len() >= d.limits.Observers {
		d.reached.note(boundObservers)
		return
	}
	relation := w.Observe(coap.RelationConfig{
		User: x, OnEnd: func(rel *coap.Relation, _ coap.EndReason) { ws.forget(rel.User().(*watcher)) },
	})
	if relation == nil {
		return
	}
	ws.mu.Lock()
	ws.last++
	x.id, x.relation = ws.last, relation
	stale := d.revision.Load() != r.revision
	if x.stale = stale; !x.ended {
		ws.all = append(ws.all, x)
	}
	ws.mu.Unlock()
	if !d.reconsider(x) && stale {
		ws.wake(d)
	}
}

func (ws *watchers) len() int {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	return len(ws.all)
}

func (ws *watchers) forget(x *watcher) {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	x.ended = true
	if i := slices.Index(ws.all, x); i >= 0 {
		ws.all = slices.Delete(ws.all, i, i+1)
	}
}

// cancel ends the observation of a peer that has the token or, since some clients use a new one to cancel, the query.
func (ws *watchers) cancel(p *coap.Peer, token message.Token, q *query) {
	ws.mu.Lock()
	mine := slices.DeleteFunc(slices.Clone(ws.all), func(x *watcher) bool { return x.relation.Peer() != p })
	ws.mu.Unlock()
	at := slices.IndexFunc(mine, func(x *watcher) bool { return string(x.relation.Token()) == string(token) })
	if at < 0 {
		at = slices.IndexFunc(mine, func(x *watcher) bool { return x.query.same(q) })
	}
	if at < 0 {
		return
	}
	mine[at].relation.Cancel()
	ws.forget(mine[at])
}

func (q *query) same(other *query) bool {
	return q.kind == other.kind && q.counted == other.counted && q.first == other.first && q.count == other.count &&
		slices.Equal(q.filters, other.filters)
}

// maxChanges is how many changes are looked at one by one, to see which observers they concern.
const maxChanges = 64

// wake has the observers told soon of registrations that came or went, some of which may be nil.
func (ws *watchers) wake(d *Directory, registrations ...*registration) {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	if ws.closed || len(ws.all) == 0 {
		return
	}
	for _, r := range registrations {
		switch {
		case r == nil || ws.allChanged:
		case len(ws.changes) == maxChanges:
			ws.changes, ws.allChanged = nil, true
		default:
			ws.changes = append(ws.changes, r)
		}
	}
	if ws.timer == nil {
		ws.timer = time.AfterFunc(max(coalesce, ws.pause), func() { d.run(d.tell) })
	}
}

func (ws *watchers) close() {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	ws.closed = true
	if ws.timer != nil {
		ws.timer.Stop()
	}
}

// tell looks up again what is observed and concerned by what has changed, and notifies whose result is another.
func (d *Directory) tell() {
	ws := &d.watchers
	began := time.Now()
	ws.mu.Lock()
	all, changes, allChanged := slices.Clone(ws.all), ws.changes, ws.allChanged
	ws.changes, ws.allChanged = nil, false
	ws.mu.Unlock()
	for _, x := range all {
		if d.ctx.Err() != nil {
			return
		}
		if stale := ws.wasStale(x); stale || allChanged || slices.ContainsFunc(changes, x.query.concerns) {
			d.notify(x)
		}
	}
	ws.mu.Lock()
	ws.timer, ws.pause = nil, 10*time.Since(began)
	again := ws.allChanged || len(ws.changes) > 0 || slices.ContainsFunc(ws.all, func(x *watcher) bool { return x.stale })
	ws.mu.Unlock()
	if again {
		ws.wake(d)
	}
}

// wasStale reports whether x is to be told in any case, and that no more.
func (ws *watchers) wasStale(x *watcher) bool {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	was := x.stale
	x.stale = false
	return was
}

// notify tells one observer, if its result has changed. It is called by one goroutine at a time.
func (d *Directory) notify(x *watcher) {
	r, err := d.answer(x.query)
	if err != nil {
		d.watchers.forget(x)
		x.relation.Finish(coap.Notification{Confirmable: true, Code: codes.BadRequest, Payload: []byte(err.Error())})
		return
	}
	d.watchers.mu.Lock()
	changed := x.etag != r.etag
	if x.etag = r.etag; changed {
		x.told = tell(r.document)
	}
	d.watchers.mu.Unlock()
	if !changed {
		return
	}
	x.relation.Notify(coap.Notification{
		Confirmable: true,
		Options: message.Options{
			{ID: message.ETag, Value: r.etag[:]},
			{ID: message.ContentFormat, Value: []byte{linkformat.ContentFormat}},
		},
		Payload: r.document,
	})
}
