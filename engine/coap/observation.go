package coap

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"
)

// ErrObserveMethod refuses the observation of something else than a representation (RFC 7641, section 1.1, and RFC 8132,
// section 2.4).
var ErrObserveMethod = errors.New("only GET and FETCH can observe")

const (
	// forgetOrder is after how long a notification is taken for newer whatever its Observe value (RFC 7641, section 3.4).
	forgetOrder = 128 * time.Second
	// A client that has not been notified waits this long beyond Max-Age before it registers again (RFC 7641, section
	// 3.3.1).
	minRenewDelay, maxRenewDelay = 5 * time.Second, 15 * time.Second
)

// Observation is an observation of a resource of another endpoint, of which we are the client (RFC 7641). It is renewed
// when the last notification is no longer fresh. Methods may be called from any goroutine.
type Observation struct {
	timer    // the next renewal
	peer     *Peer
	request  ClientRequest
	token    message.Token
	notifier func(*ClientResponse, error)

	// The fields below belong to the peer's lock.
	ended       bool
	began       bool  // the server has registered us
	registering *Call // nil: no registration is under way
	fetching    *Call // the later blocks of the last notification
	sequence    uint32
	last        time.Time // when it came
	reordered   uint64    // notifications that came after newer ones
}

// Observe registers for the notifications of a resource. notify gets the response to the registration and then every
// notification that is newer than those before, whole. The observation is over after an error (ErrTimeout: the peer did
// not acknowledge a registration) and after a response that is not Observed: the peer does not notify, or no longer.
// notify is called on the goroutine that reads the socket or runs the timers, so it must not block; no lock of this
// package is held. ClientRequest.Timeout bounds each registration.
func (e *Endpoint) Observe(to Destination, r *ClientRequest, notify func(*ClientResponse, error)) (*Observation, error) {
	if !observable(r.Code) {
		return nil, fmt.Errorf("observe %s: %w", to, ErrObserveMethod)
	}
	o := &Observation{request: *r, token: newToken(), notifier: notify}
	o.timer.fire = o.renew
	p, err := e.acquireFor(to)
	if err != nil {
		return nil, err
	}
	defer p.mu.Unlock()
	o.peer = p
	if err := o.register(); err != nil {
		return nil, fmt.Errorf("observe %s: %w", to, err)
	}
	if !e.admitCall() {
		p.drop(o.registering)
		p.pumpCalls()
		return nil, fmt.Errorf("observe %s: %w", to, ErrBusy)
	}
	p.asked.observations = append(p.asked.observations, o)
	p.pumpCalls()
	return o, nil
}

func observable(code codes.Code) bool { return code == codes.GET || code == FETCH }

// Cancel ends the observation and tells the server so (RFC 7641, section 3.6). A call of notify may be under way; no
// other follows.
func (o *Observation) Cancel() {
	p := o.peer
	p.mu.Lock()
	defer p.mu.Unlock()
	o.stopFetching()
	if o.ended {
		return
	}
	o.end()
	c := newCall(&o.request)
	c.token, c.observe, c.singleBody = o.token, []byte{1}, true
	c.done = func(*ClientResponse, error) {}
	_ = p.begin(c) // without it the next notification is answered by a Reset, which says the same
	p.pumpCalls()
}

// register sends, or sends again, the registration. The peer's lock is held.
func (o *Observation) register() error {
	c := newCall(&o.request)
	c.token, c.observe, c.relation = o.token, []byte{}, o
	c.done = func(_ *ClientResponse, err error) { o.fail(err) }
	if err := o.peer.begin(c); err != nil {
		return err
	}
	o.registering = c
	return nil
}

// renew registers again, because the last notification is not fresh any more.
func (o *Observation) renew(time.Time) {
	p := o.peer
	p.mu.Lock()
	if o.ended || o.registering != nil {
		p.mu.Unlock()
		return
	}
	err := o.register()
	p.pumpCalls()
	p.mu.Unlock()
	if err != nil {
		o.fail(fmt.Errorf("renew the observation at %s: %w", p.Addr(), err))
	}
}

// fail ends the observation with an error. No lock is held.
func (o *Observation) fail(err error) {
	p := o.peer
	p.mu.Lock()
	if o.ended {
		p.mu.Unlock()
		return
	}
	o.end()
	p.pumpCalls()
	p.mu.Unlock()
	o.notifier(nil, err)
}

// end takes the observation off its peer, whose lock is held.
func (o *Observation) end() {
	p := o.peer
	o.ended = true
	p.endpoint.timers.stop(&o.timer)
	if o.registering != nil {
		p.drop(o.registering)
		o.registering = nil
	}
	o.stopFetching()
	p.asked.observations = slices.DeleteFunc(p.asked.observations, func(other *Observation) bool { return other == o })
	p.endpoint.client.active.Add(-1)
}

func (o *Observation) stopFetching() {
	if o.fetching != nil {
		o.peer.drop(o.fetching)
		o.fetching = nil
	}
}

// registered takes the response to a registration. The peer's lock is held, as for all that follow.
func (o *Observation) registered(c *Call, m *incoming, now time.Time) (then func()) {
	o.peer.drop(c)
	o.peer.endpoint.client.responses.Add(1)
	o.registering, o.began = nil, false // what answers a registration is newer than all before
	return o.notified(m, now)
}

// notified takes a notification. It returns what is to be called without the lock.
func (o *Observation) notified(m *incoming, now time.Time) (then func()) {
	value, observed := uintOption(m.options, message.Observe)
	observed = observed && m.code>>5 == 2
	if observed && o.began && !o.newer(value, now) {
		o.reordered++
		return nil
	}
	o.stopFetching()
	if b, has := blockOption(m.options, message.Block2); has && b.more {
		if err := o.fetch(m, observed); err != nil {
			return func() { o.fail(err) }
		}
	}
	response := (&Call{peer: o.peer}).response(m, now)
	response.Observed, response.Reordered = observed, o.reordered
	fetching := o.fetching
	if observed {
		o.began, o.sequence, o.last = true, value, now
		delay := response.MaxAge() + minRenewDelay + rand.N(maxRenewDelay-minRenewDelay)
		o.peer.endpoint.timers.set(&o.timer, now.Add(delay))
	} else {
		o.fetching = nil // it goes on when the observation is over
		o.end()
		o.fetching = fetching
	}
	if fetching != nil {
		return nil
	}
	return func() { o.notifier(response, nil) }
}

// newer reports whether a notification is not older than the last (RFC 7641, section 3.4).
func (o *Observation) newer(value uint32, now time.Time) bool {
	const half = 1 << 23
	last := o.sequence
	return last < value && value-last < half || last > value && last-value > half || now.After(o.last.Add(forgetOrder))
}

// fetch fetches the blocks of a notification after the first, under a token of their own (RFC 7959, section 3.4).
func (o *Observation) fetch(m *incoming, observed bool) error {
	c := newCall(&o.request)
	c.done = func(r *ClientResponse, err error) { o.fetched(c, r, observed, err) }
	if err := o.peer.begin(c); err != nil {
		return err
	}
	if _, err := c.fetchMore(m); err != nil {
		o.peer.drop(c)
		return fmt.Errorf("notification from %s: %w", o.peer.Addr(), err)
	}
	o.fetching = c
	return nil
}

// fetched hands on a notification that is complete. No lock is held.
func (o *Observation) fetched(c *Call, r *ClientResponse, observed bool, err error) {
	p := o.peer
	p.mu.Lock()
	current := o.fetching == c
	if current {
		o.fetching = nil
	}
	over, reordered := o.ended, o.reordered
	p.mu.Unlock()
	switch {
	case !current:
	case err == nil:
		r.Observed, r.Reordered = observed, reordered
		o.notifier(r, nil)
	case over:
		o.notifier(nil, err)
	default:
		o.fail(err)
	}
}
