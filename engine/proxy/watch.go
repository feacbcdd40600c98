package proxy

import (
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"

	"sluice/engine/coap"
	"sluice/engine/settings"
)

const (
	// listening is how often it is looked whether a server that fell silent was heard.
	listening = 2 * time.Second
	// A server that fell silent is asked again after a minute, and then after twice as long each time.
	firstRetry, lastRetry = time.Minute, time.Hour
)

// watch is one observation at a server and the observers that share it. It belongs to Proxy.mu.
type watch struct {
	resource    *resource
	first       *inquiry // asks for it again
	server      origin
	cancel      func()     // ends the observation at the server; nil: there is none
	attempt     int        // tells observations at the server apart
	registering bool       // the server has not answered yet
	waiters     []*inquiry // for that answer
	observers   map[observerKey]*observer
	joining     int // observers whose response is being written
	ended       bool

	reordered uint64 // notifications of the server that came after newer ones

	lost  time.Time // when the server fell silent; zero: it did not
	retry time.Duration
	clock *time.Timer
}

type observerKey struct {
	peer  *coap.Peer
	token string
}

// observer is one relation of a watch.
type observer struct {
	id    uint64
	key   observerKey
	asked string         // what for
	rel   *coap.Relation // nil: not there yet
	con   bool           // its notifications are Confirmable
	ended bool

	denied Permission
}

// observe answers GET or FETCH with Observe 0.
func (p *Proxy) observe(q *inquiry) {
	p.mu.Lock()
	r, now := p.cache.resource(q), time.Now()
	if p.shared >= p.settings.MaxObservers {
		p.cache.release(r)
		p.mu.Unlock()
		p.counters.full.Add(1)
		p.fullObservers.Note()
		q.observe = -1
		p.read(q)
		return
	}
	w := r.watch
	switch {
	case w == nil:
		w = &watch{resource: r, first: q, server: q.server, retry: firstRetry, observers: map[observerKey]*observer{}}
		r.watch = w
		q.putOff()
		w.waiters = append(w.waiters, q)
		if p.sleeps(q.server, now) {
			p.mu.Unlock()
			p.notified(w, 0, nil, coap.ErrTimeout)
			return
		}
		w.registering = true
		p.mu.Unlock()
		p.counters.misses.Add(1)
		p.register(w)
	case w.registering && w.first.hops == q.hops:
		p.join(&w.waiters, q)
	case w.registering || r.entry == nil: // r.entry was changed, or gave way, and no notification has come since
		p.mu.Unlock()
		q.observe = -1
		p.read(q)
	default:
		p.cache.used(r)
		w.joining++
		e, stale := r.entry, !w.lost.IsZero()
		p.mu.Unlock()
		p.counters.hits.Add(1)
		p.admit(w, q, e, stale)
	}
}

// register asks the server for notifications.
func (p *Proxy) register(w *watch) {
	p.mu.Lock()
	w.attempt++
	attempt, server := w.attempt, w.server
	p.mu.Unlock()
	notify := func(r *coap.ClientResponse, err error) { p.notified(w, attempt, r, err) }
	cancel, err := server.observe(w.first.request(p.settings.Timeout.Std()), notify)
	if err != nil {
		notify(nil, err)
		return
	}
	p.mu.Lock()
	superfluous := w.ended || w.attempt != attempt
	if !superfluous {
		w.cancel = cancel
	}
	p.mu.Unlock()
	if superfluous {
		cancel()
	}
}

// admit answers a request with an entry and makes its client an observer. The watch has counted it as joining.
func (p *Proxy) admit(w *watch, q *inquiry, e *entry, stale bool) {
	o := &observer{id: p.lastObserver.Add(1), key: observerKey{q.peer, q.token}, asked: q.asked, denied: q.denied}
	q.answer(func(out *coap.ResponseWriter) {
		if now := time.Now(); stale {
			p.counters.stale.Add(1)
			e.fillStale(out, now)
		} else {
			e.fill(out, q, now)
		}
		p.joined(w, o, out.Observe(coap.RelationConfig{
			OnEnd: func(*coap.Relation, coap.EndReason) { p.gone(w, o) },
		}), e)
	})
}

// joined takes an observer in, unless the endpoint has too many: then rel is nil. What came while its response was
// written is sent after it.
func (p *Proxy) joined(w *watch, o *observer, rel *coap.Relation, e *entry) {
	con := rel != nil && p.confirmable(rel)
	p.mu.Lock()
	w.joining--
	o.rel, o.con = rel, con
	if rel == nil || o.ended || w.ended {
		orphaned := rel != nil && !o.ended
		cancel := p.endIfAlone(w)
		p.mu.Unlock()
		cancel()
		if orphaned {
			dismiss([]*observer{o}, codes.ServiceUnavailable)
		}
		return
	}
	w.observers[o.key] = o
	p.shared++
	latest := w.resource.entry
	p.mu.Unlock()
	if latest != nil && latest != e {
		n := notification(latest)
		n.Confirmable = con
		rel.Notify(n)
	}
	p.reconsider(w, o) // what it may have changed before it was taken in
}

// gone is told that a relation has ended.
func (p *Proxy) gone(w *watch, o *observer) {
	p.mu.Lock()
	o.ended = true
	cancel := func() {}
	if w.observers[o.key] == o {
		delete(w.observers, o.key)
		p.shared--
		cancel = p.endIfAlone(w)
	}
	p.mu.Unlock()
	cancel()
}

// leave ends the relation of a client that asks with Observe 1.
func (p *Proxy) leave(q *inquiry) {
	var w *watch
	var o *observer
	p.mu.Lock()
	if r := p.cache.resources[q.key]; r != nil && r.watch != nil {
		w = r.watch
		o = w.observers[observerKey{q.peer, q.token}]
	}
	p.mu.Unlock()
	if o != nil {
		o.rel.Cancel()
		p.gone(w, o)
	}
}

// endIfAlone ends a watch that nobody shares any more and returns what is to be called without the lock.
func (p *Proxy) endIfAlone(w *watch) (cancel func()) {
	if len(w.observers)+w.joining+len(w.waiters) > 0 {
		return func() {}
	}
	return p.endWatch(w)
}

// endWatch takes a watch away and returns what is to be called without the lock.
func (p *Proxy) endWatch(w *watch) (cancel func()) {
	if w.ended {
		return func() {}
	}
	w.ended = true
	if w.clock != nil {
		w.clock.Stop()
	}
	p.shared -= len(w.observers)
	w.observers = nil
	if w.resource.watch == w {
		w.resource.watch = nil
	}
	p.cache.release(w.resource)
	if w.cancel == nil {
		return func() {}
	}
	return w.cancel
}

// notified takes the response to a registration, a notification, or the end of the observation at the server.
func (p *Proxy) notified(w *watch, attempt int, response *coap.ClientResponse, err error) {
	if err == nil && !understood(response.Options) {
		err = errNotSafe
	}
	p.mu.Lock()
	if w.ended || w.attempt != attempt {
		p.mu.Unlock()
		return
	}
	waiters := w.waiters
	w.waiters, w.registering = nil, false
	r := w.resource
	switch {
	case err != nil:
		w.cancel = nil
		old := r.entry
		if old != nil && old.code != codes.Content {
			old = nil
		}
		p.lose(w, err, old, waiters)
	case response.Observed:
		e := newEntry(response)
		p.cache.keep(r, e)
		delete(p.silent, w.server.id())
		w.lost, w.retry, w.reordered = time.Time{}, firstRetry, response.Reordered
		p.spread(w, e, waiters)
	default:
		w.cancel = nil
		p.conclude(w, response, waiters)
	}
}

// takeIn counts those that waited to observe as joining; those that find no room are answered only. Proxy.mu is held.
func (p *Proxy) takeIn(w *watch, waiters []*inquiry) {
	for _, q := range waiters {
		switch {
		case q.observe != 0:
		case p.shared+w.joining >= p.settings.MaxObservers:
			p.counters.full.Add(1)
			p.fullObservers.Note()
			q.observe = -1
		default:
			w.joining++
		}
	}
}

// spread gives a notification to all. Proxy.mu is held, and is given back.
func (p *Proxy) spread(w *watch, e *entry, waiters []*inquiry) {
	observers := slices.Collect(maps.Values(w.observers))
	p.takeIn(w, waiters)
	cancel := p.endIfAlone(w)
	p.mu.Unlock()
	cancel()
	fanout, n := coap.NewFanout(), notification(e)
	for _, o := range observers {
		n.Confirmable = o.con
		fanout.Notify(o.rel, n)
	}
	fanout.End()
	for _, q := range waiters {
		if q.observe == 0 {
			p.admit(w, q, e, false)
			continue
		}
		q.answer(func(out *coap.ResponseWriter) { e.fill(out, q, time.Now()) })
	}
}

// conclude ends a watch because the server does not notify, or no longer. Proxy.mu is held, and is given back.
func (p *Proxy) conclude(w *watch, response *coap.ClientResponse, waiters []*inquiry) {
	e := newEntry(response)
	r := w.resource
	if kept(e.code) {
		p.cache.keep(r, e)
	} else {
		p.cache.drop(r)
	}
	observers := slices.Collect(maps.Values(w.observers))
	p.endWatch(w)
	p.mu.Unlock()
	code := e.code
	if code>>5 == 2 { // a last value would not tell the observers that no other follows
		code = codes.ServiceUnavailable
	}
	dismiss(observers, code)
	for _, q := range waiters {
		q.answer(func(out *coap.ResponseWriter) {
			e.fill(out, q, time.Now())
			out.SetPayload(p.diagnostic(q, e.code, e.payload))
		})
	}
}

// dismiss ends relations with an error (RFC 7641, section 4.2).
func dismiss(observers []*observer, code codes.Code) {
	for _, o := range observers {
		o.rel.Finish(coap.Notification{Confirmable: o.con, Code: code})
	}
}

// lose keeps the observers of a server that does not answer. Proxy.mu is held, and is given back.
func (p *Proxy) lose(w *watch, err error, old *entry, waiters []*inquiry) {
	now := time.Now()
	silent := errors.Is(err, coap.ErrTimeout) || errors.Is(err, coap.ErrUnreachable) || errors.Is(err, coap.ErrReset)
	if errors.Is(err, coap.ErrTimeout) && !p.sleeps(w.server, now) {
		p.fellSilent(w.server, now)
	}
	if old == nil && len(w.observers)+w.joining == 0 || !silent {
		observers := slices.Collect(maps.Values(w.observers))
		p.endWatch(w)
		p.mu.Unlock()
		code, _ := failure(err)
		dismiss(observers, code)
		for _, q := range waiters {
			p.answerAsleep(q, old, err)
		}
		return
	}
	if w.lost.IsZero() {
		w.lost = now
	}
	if old != nil {
		p.takeIn(w, waiters)
	}
	lost := now
	w.clock = time.AfterFunc(listening, func() { p.lookAfter(w, lost) })
	p.mu.Unlock()
	for _, q := range waiters {
		if old != nil && q.observe == 0 {
			p.admit(w, q, old, true)
			continue
		}
		p.answerAsleep(q, old, err)
	}
}

// lookAfter asks a server that fell silent again when it was heard, or after a while.
func (p *Proxy) lookAfter(w *watch, since time.Time) {
	server, known := w.server, true
	if w.first.find != nil {
		server, known = w.first.find()
	}
	p.mu.Lock()
	if w.ended {
		p.mu.Unlock()
		return
	}
	if !known {
		observers := slices.Collect(maps.Values(w.observers))
		p.endWatch(w)
		p.mu.Unlock()
		dismiss(observers, codes.NotFound)
		return
	}
	w.server = server
	if time.Since(since) < w.retry && !server.heard().After(since) {
		w.clock = time.AfterFunc(listening, func() { p.lookAfter(w, since) })
		p.mu.Unlock()
		return
	}
	if time.Since(since) >= w.retry {
		w.retry = min(2*w.retry, lastRetry)
	}
	w.registering = true
	p.mu.Unlock()
	p.register(w)
}

// notification is what observers get of an entry.
func notification(e *entry) coap.Notification {
	options := append(message.Options(nil), e.options...)
	options = options.Add(message.Option{ID: message.MaxAge, Value: appendUint(uint32(e.maxAge / time.Second))})
	return coap.Notification{Code: e.code, Options: options, Payload: e.payload}
}

func (p *Proxy) confirmable(rel *coap.Relation) bool {
	switch p.notifyType {
	case settings.NotifyCon:
		return true
	case settings.NotifyNon:
		return false
	}
	return rel.RequestType() == message.Confirmable
}
