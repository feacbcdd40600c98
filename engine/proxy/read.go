package proxy

import (
	"bytes"
	"errors"
	"time"

	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"

	"sluice/engine/coap"
)

const (
	// patience is how long a server may take while an old response could be given instead.
	patience = 5 * time.Second
	// silence is how long a server that did not answer is not asked again, unless it is heard.
	silence = time.Minute
)

// flight is one request to a server and the requests that its response answers.
type flight struct {
	resource   *resource
	generation int
	old        *entry // what is kept, and was not fresh; nil: nothing
	waiters    []*inquiry
}

// read answers GET or FETCH.
func (p *Proxy) read(q *inquiry) {
	p.mu.Lock()
	r, now := p.cache.resource(q), time.Now()
	e := r.entry
	switch {
	case e != nil && e.fresh(now):
		p.cache.used(r)
		p.mu.Unlock()
		p.counters.hits.Add(1)
		q.answer(func(w *coap.ResponseWriter) { e.fill(w, q, now) })
	case p.sleeps(q.server, now):
		p.cache.release(r)
		p.mu.Unlock()
		p.answerAsleep(q, e, coap.ErrTimeout)
	case r.watch != nil && r.watch.registering && r.watch.first.hops == q.hops:
		p.join(&r.watch.waiters, q)
	case r.flight != nil && r.flight.waiters[0].hops == q.hops:
		p.join(&r.flight.waiters, q)
	default:
		// A request with fewer hops left may be the one that is waited for, in a loop: it must run until none is left.
		q.putOff()
		f := &flight{resource: r, generation: r.generation, waiters: []*inquiry{q}}
		if e != nil && e.code == codes.Content {
			f.old = e
		}
		if r.asking++; r.flight == nil {
			r.flight = f
		}
		p.mu.Unlock()
		p.counters.misses.Add(1)
		p.start(f, q)
	}
}

// join makes a request wait for the response to another. Proxy.mu is held, and is given back.
func (p *Proxy) join(waiters *[]*inquiry, q *inquiry) {
	full := len(*waiters) >= maxWaiters
	if !full {
		q.putOff()
		*waiters = append(*waiters, q)
	}
	p.mu.Unlock()
	if full {
		p.busy(q)
		return
	}
	p.counters.joined.Add(1)
}

// start asks the server.
func (p *Proxy) start(f *flight, q *inquiry) {
	request := q.request(p.settings.Timeout.Std())
	if f.old != nil {
		request.Timeout = min(request.Timeout, patience)
		if f.old.etag != nil {
			request.Options = append(message.Options(nil), request.Options...)
			request.Options = request.Options.Add(message.Option{ID: message.ETag, Value: f.old.etag})
		}
	}
	server := q.server
	landed := func(r *coap.ClientResponse, err error) { p.landed(f, server, r, err) }
	if err := server.request(request, landed); err != nil {
		landed(nil, err)
	}
}

// landed answers all that waited for a response.
func (p *Proxy) landed(f *flight, server origin, response *coap.ClientResponse, err error) {
	now := time.Now()
	p.mu.Lock()
	r := f.resource
	if r.asking--; r.flight == f {
		r.flight = nil
	}
	var e *entry
	if err == nil {
		e, err = p.take(f, response)
	}
	p.judge(server, err, now)
	p.cache.release(r)
	waiters := f.waiters
	f.waiters = nil
	p.mu.Unlock()
	for _, q := range waiters {
		if e == nil {
			p.answerAsleep(q, f.old, err)
			continue
		}
		q.answer(func(w *coap.ResponseWriter) {
			e.fill(w, q, now)
			w.SetPayload(p.diagnostic(q, e.code, e.payload))
		})
	}
}

var (
	errNotSafe = errors.New("the response has an option that is not safe to forward")
	errNotOurs = errors.New("the response confirms a representation that was not asked for")
)

// take makes an entry of a response and keeps it if it may be kept.
func (p *Proxy) take(f *flight, response *coap.ClientResponse) (*entry, error) {
	r := f.resource
	if !understood(response.Options) {
		return nil, errNotSafe
	}
	var e *entry
	if response.Code == codes.Valid {
		etag, err := response.Options.GetBytes(message.ETag)
		if f.old == nil || err == nil && !bytes.Equal(etag, f.old.etag) {
			return nil, errNotOurs
		}
		p.counters.revalidated.Add(1)
		e = f.old.confirmed(response)
	} else {
		e = newEntry(response)
	}
	if f.generation == r.generation && kept(e.code) {
		p.cache.keep(r, e)
	}
	return e, nil
}

// answerAsleep answers when the server does not: with the last representation, or with an error.
func (p *Proxy) answerAsleep(q *inquiry, old *entry, err error) {
	if old == nil || old.code != codes.Content || !errors.Is(err, coap.ErrTimeout) && !errors.Is(err, coap.ErrUnreachable) {
		p.fail(q, err)
		return
	}
	p.counters.stale.Add(1)
	q.answer(func(w *coap.ResponseWriter) { old.fillStale(w, time.Now()) })
}

// sleeps reports whether a server was silent lately and has not been heard since. Proxy.mu is held.
func (p *Proxy) sleeps(server origin, now time.Time) bool {
	since, silent := p.silent[server.id()]
	if !silent {
		return false
	}
	if now.Sub(since) < silence && !server.heard().After(since) {
		return true
	}
	delete(p.silent, server.id())
	return false
}

// noteSilence is judge for who does not hold Proxy.mu.
func (p *Proxy) noteSilence(server origin, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.judge(server, err, time.Now())
}

// judge remembers whether a server answered. Proxy.mu is held.
func (p *Proxy) judge(server origin, err error, now time.Time) {
	switch {
	case err == nil:
		delete(p.silent, server.id())
	case errors.Is(err, coap.ErrTimeout):
		p.fellSilent(server, now)
	}
}

// fellSilent remembers that a server did not answer. Proxy.mu is held.
func (p *Proxy) fellSilent(server origin, now time.Time) {
	if len(p.silent) >= maxSilent {
		for id, since := range p.silent {
			if now.Sub(since) >= silence {
				delete(p.silent, id)
			}
		}
		if len(p.silent) >= maxSilent {
			return
		}
	}
	p.silent[server.id()] = now
}
