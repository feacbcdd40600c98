package directory

import (
	"context"
	"sync"
	"time"

	"github.com/plgd-dev/go-coap/v3/message/codes"

	"sluice/engine/coap"
)

const (
	maxFetchWaiters = 8 // requests that wait for one of them
	fetchTimeout    = 30 * time.Second
)

// fetches are the simple registrations under way.
type fetches struct {
	mu  sync.Mutex
	all map[key]*fetch
}

func (f *fetches) len() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.all)
}

// fetch is one of them.
type fetch struct {
	peer    *coap.Peer
	waiters []func(fill func(w *coap.ResponseWriter))
}

// simple answers POST /.well-known/rd (RFC 9176, section 5.1): it registers the links that the device has at
// /.well-known/core, and answers when it has them, or when they are still fresh.
func (d *Directory) simple(r *Request) *refusal {
	given, refused := parseParameters(r.Queries)
	if refused != nil {
		return d.refuse(r, &given, refused)
	}
	k, refused := given.key()
	switch {
	case refused != nil:
	case given.base != nil:
		refused = badRequest("base is not taken in a simple registration")
	case len(r.Payload) > 0:
		refused = badRequest("a simple registration has no payload")
	case !r.Client.MayRegister(k.endpoint):
		refused = errForbidden
	}
	if refused != nil {
		return d.refuse(r, &given, refused)
	}
	x := &registering{
		key: k, given: given, origin: r.origin(), peer: r.Peer, client: r.Client, now: time.Now(), simple: true,
	}
	answer := r.Later()
	if known, fresh, refused := d.known(x); refused != nil {
		answer(d.refuse(r, &given, refused).fill)
		return nil
	} else if fresh {
		x.links, x.freshUntil = known.links, known.freshUntil
		d.enterSimple(x, answer)
		return nil
	}
	if refused := d.fetch(x, answer); refused != nil {
		answer(d.refuse(r, &given, refused).fill)
	}
	return nil
}

// known returns the registration that x is going to replace, whether its links are fresh, and why x cannot replace it.
func (d *Directory) known(x *registering) (before *registration, fresh bool, refused *refusal) {
	d.mu.Lock()
	defer d.mu.Unlock()
	before = d.byKey[x.key]
	if before == nil || !before.active(x.now) {
		return before, false, nil
	}
	if !d.mayChange(before, &x.client) {
		return before, false, errOwned
	}
	return before, before.simple && before.base == x.origin.base() && x.now.Before(before.freshUntil), nil
}

// fetch asks the device for its links and registers them, or waits for the answer to a question that is under way.
func (d *Directory) fetch(x *registering, answer func(func(w *coap.ResponseWriter))) *refusal {
	busy := &refusal{codes.ServiceUnavailable, "too many simple registrations are under way", 5}
	f := &d.fetches
	f.mu.Lock()
	defer f.mu.Unlock()
	if running := f.all[x.key]; running != nil {
		if running.peer != x.peer || len(running.waiters) >= maxFetchWaiters {
			return busy
		}
		running.waiters = append(running.waiters, answer)
		return nil
	}
	if len(f.all) >= d.limits.Fetches {
		d.reached.note(boundFetches)
		return busy
	}
	if f.all == nil {
		f.all = make(map[key]*fetch)
	}
	f.all[x.key] = &fetch{x.peer, []func(func(w *coap.ResponseWriter)){answer}}
	if !d.run(func() { d.ask(x) }) {
		delete(f.all, x.key)
		return errClosed
	}
	return nil
}

// ask is what runs for one fetch.
func (d *Directory) ask(x *registering) {
	ctx, cancel := context.WithTimeout(d.ctx, fetchTimeout)
	defer cancel()
	document, maxAge, err := d.config.Fetcher.FetchLinks(ctx, x.peer)
	d.fetches.mu.Lock()
	waiters := d.fetches.all[x.key].waiters
	delete(d.fetches.all, x.key)
	d.fetches.mu.Unlock()
	answer := func(fill func(w *coap.ResponseWriter)) {
		for _, waiter := range waiters {
			waiter(fill)
		}
	}
	refused := (*refusal)(nil)
	if err != nil {
		d.config.Log.Debug("a device does not give its links", "endpoint", x.endpoint, "error", err)
		refused = &refusal{code: codes.GatewayTimeout, reason: "the device does not give /.well-known/core: " + err.Error()}
	} else {
		x.links, refused = d.parse(string(document))
	}
	if refused != nil {
		d.refuseSimple(x, refused, answer)
		return
	}
	x.now = time.Now()
	x.freshUntil = x.now.Add(maxAge)
	d.enterSimple(x, answer)
}

func (d *Directory) enterSimple(x *registering, answer func(func(w *coap.ResponseWriter))) {
	refused := d.enter(x, func(_ string, err error) {
		answer(d.stored(x.endpoint, err, func(w *coap.ResponseWriter) { w.SetCode(codes.Changed) }))
	})
	if refused != nil {
		d.refuseSimple(x, refused, answer)
	}
}

// refuseSimple is refuse for who has only kept what the request said.
func (d *Directory) refuseSimple(x *registering, refused *refusal, answer func(func(w *coap.ResponseWriter))) {
	d.events.add(Event{
		At: time.Now(), Kind: Refused, Endpoint: x.endpoint, Sector: x.sector, Address: x.origin.addr, Reason: refused.reason,
	})
	d.refused.Add(1)
	d.revision.Add(1)
	answer(refused.fill)
}
