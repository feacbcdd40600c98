package coap

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"
)

// Errors of a request of ours.
var (
	ErrReset        = errors.New("the request was answered by a Reset")
	ErrTimeout      = errors.New("no response came in time")
	ErrClosed       = errors.New("the endpoint is closed")
	ErrBusy         = errors.New("too many requests wait for their response")
	ErrUnreachable  = errors.New("the address cannot be reached from this endpoint")
	ErrBodyTooLarge = errors.New("the body of the response is too large")
	ErrChanged      = errors.New("the representation changed each time its blocks were fetched")
	ErrBlocks       = errors.New("the response has blocks that do not fit")
	ErrBadOption    = errors.New("the response has a critical option that is not understood")
)

// errEnded is of a peer whose connection has ended.
var errEnded = fmt.Errorf("%w: its connection has ended", ErrUnreachable)

// maxRestarts bounds how often a block-wise transfer of a request of ours begins anew.
const maxRestarts = 3

// ClientRequest is a request to another endpoint. It and its slices are not modified until the request is done. A
// payload that is too long for one message goes out in blocks, and a response that comes in blocks is put together
// (RFC 7959); an Echo challenge is answered once (RFC 9175, section 2.3).
type ClientRequest struct {
	Code           codes.Code // 0.01 to 0.07
	NonConfirmable bool
	// Options are in order of number, without Observe, Block1, Block2, Size1 and Echo, which the endpoint sets.
	Options message.Options
	Payload []byte
	// MaxBody bounds the body of the response, in bytes; zero means Config.MaxBodySize.
	MaxBody int64
	// Timeout bounds the time until the response is complete. Zero leaves it to the message layer: a Confirmable request
	// that nobody acknowledges ends after 62 to 93 s, one that is acknowledged, or Non-confirmable, 93 s later.
	Timeout time.Duration
	// Forwarded says that a proxy asks for somebody else: critical options of the response that are unknown stay if they
	// are safe to forward (RFC 7252, section 5.7.1).
	Forwarded bool
}

// ClientResponse is the response to a ClientRequest, or a notification. What it holds belongs to who gets it.
type ClientResponse struct {
	Peer *Peer
	Code codes.Code
	// Options are in order of number, without Block1, Block2 and Observe. Elective ones that are unknown stay; those of a
	// forbidden length are left out.
	Options message.Options
	Payload []byte
	// Observed says that notifications will follow.
	Observed bool
	// Reordered counts the notifications of the observation so far that came after newer ones, and were not handed on.
	Reordered uint64
	Received  time.Time // the last datagram of it
}

// Uint returns the first option id as a uint (RFC 7252, section 3.2), and whether it is there.
func (r *ClientResponse) Uint(id message.OptionID) (uint32, bool) { return uintOption(r.Options, id) }

// MaxAge is how long the response is fresh, and for 4.29 and 5.03 after what time to try again; 60 s if it does not say
// (RFC 7252, section 5.10.5).
func (r *ClientResponse) MaxAge() time.Duration {
	seconds, ok := r.Uint(message.MaxAge)
	if !ok {
		seconds = defaultMaxAge
	}
	return time.Duration(seconds) * time.Second
}

const defaultMaxAge = 60

// ClientStats counts our own requests.
type ClientStats struct {
	Active    int    // requests and observations that are not done
	Requests  uint64 // with those that register, renew and end an observation
	Responses uint64 // complete ones
	Timeouts  uint64
	Refused   uint64 // requests that were not begun because too many waited
}

type clientCounters struct {
	active, bodyBytes                      atomic.Int64
	requests, responses, timeouts, refused atomic.Uint64
}

// ClientStats returns the counters of our own requests.
func (e *Endpoint) ClientStats() ClientStats {
	c := &e.client
	return ClientStats{
		Active: int(c.active.Load()), Requests: c.requests.Load(), Responses: c.responses.Load(),
		Timeouts: c.timeouts.Load(), Refused: c.refused.Load(),
	}
}

// Do sends a request and waits for its response. An error wraps ctx's cause, or one of ErrReset and its neighbours. It
// blocks: a Handler must use Request instead.
func (e *Endpoint) Do(ctx context.Context, to Destination, r *ClientRequest) (*ClientResponse, error) {
	type outcome struct {
		response *ClientResponse
		err      error
	}
	outcomes := make(chan outcome, 1)
	c, err := e.Request(to, r, func(response *ClientResponse, err error) { outcomes <- outcome{response, err} })
	if err != nil {
		return nil, err
	}
	select {
	case o := <-outcomes:
		return o.response, o.err
	case <-ctx.Done():
		c.Cancel()
		return nil, fmt.Errorf("ask %s: %w", to, context.Cause(ctx))
	}
}

// Request sends a request. Unless it returns an error, done is called once, on the goroutine that reads the socket or
// runs the timers, so it must not block; no lock of this package is held. The response is nil if there is an error.
func (e *Endpoint) Request(to Destination, r *ClientRequest, done func(*ClientResponse, error)) (*Call, error) {
	c := newCall(r)
	c.done = done
	p, err := e.acquireFor(to)
	if err != nil {
		return nil, err
	}
	defer p.mu.Unlock()
	if err := p.begin(c); err != nil {
		return nil, fmt.Errorf("ask %s: %w", to, err)
	}
	p.pumpCalls()
	return c, nil
}

// acquireFor returns the peer that a destination is, locked, making it if need be.
func (e *Endpoint) acquireFor(to Destination) (*Peer, error) {
	rt, err := e.routeTo(to)
	if err != nil {
		return nil, fmt.Errorf("ask %s: %w", to, err)
	}
	if rt.conn != nil {
		to.peer.mu.Lock()
		if to.peer.gone {
			to.peer.mu.Unlock()
			return nil, fmt.Errorf("ask %s: %w", to, errEnded)
		}
		return to.peer, nil
	}
	p := e.peers.acquire(e, &rt, e.now())
	if p == nil {
		e.client.refused.Add(1)
		return nil, fmt.Errorf("ask %s: %w", to, ErrBusy)
	}
	select {
	case <-e.timers.closed:
		p.mu.Unlock()
		return nil, fmt.Errorf("ask %s: %w", to, ErrClosed)
	default:
		return p, nil
	}
}

// Call is a request of ours that is not done.
type Call struct {
	timer            // the next transmission, or the end of the wait for a response
	deadline   timer // ClientRequest.Timeout
	peer       *Peer
	request    ClientRequest
	done       func(*ClientResponse, error)
	relation   *Observation // that it begins or renews; nil for others
	observe    []byte       // value of the Observe option; nil: none
	singleBody bool         // nobody wants the later blocks of the response

	// The fields below belong to the peer's lock.
	token     message.Token
	waiting   bool // to be sent
	holds     bool // one of the NSTART
	finished  bool
	message   outgoing
	data      []byte
	failure   error // of the system, when the message was sent
	attempts  int
	interval  time.Duration
	sent      time.Time
	echo      []byte
	restarts  int
	blockSize int // of the request's body; zero: it goes in one message
	uploaded  int // bytes of it that the peer has taken
	download  fetched
}

func newCall(r *ClientRequest) *Call {
	c := &Call{request: *r, token: newToken()}
	c.timer.fire = c.expire
	c.deadline.fire = func(time.Time) { c.giveUp(ErrTimeout) }
	return c
}

// Cancel forgets the request. It reports whether it was in time: if so, done is not called. A response that comes later
// is answered by a Reset.
func (c *Call) Cancel() bool {
	p := c.peer
	p.mu.Lock()
	defer p.mu.Unlock()
	if c.finished {
		return false
	}
	p.drop(c)
	p.pumpCalls()
	return true
}

// begin takes a call in. The peer's lock is held.
func (p *Peer) begin(c *Call) error {
	e := p.endpoint
	if p.asked != nil && len(p.asked.calls)+len(p.asked.observations) >= e.config.Limits.PeerCalls {
		e.reach(boundPeerCalls)
		e.client.refused.Add(1)
		return ErrBusy
	}
	if !e.admitCall() {
		return ErrBusy
	}
	if p.asked == nil {
		p.asked = &asked{}
	}
	c.peer = p
	if len(c.request.Payload) > e.config.MaxBlockSize && !e.config.DisableBlockwise &&
		!(p.reliable() && len(c.request.Payload) < p.conn.takes().messageSize-baseMessageSize) {
		c.blockSize = e.config.MaxBlockSize
	}
	p.asked.calls = append(p.asked.calls, c)
	c.waiting = true
	if c.request.Timeout > 0 {
		e.timers.set(&c.deadline, time.Now().Add(c.request.Timeout))
	}
	e.client.requests.Add(1)
	return nil
}

// admitCall counts a new call or observation unless there are too many.
func (e *Endpoint) admitCall() bool {
	if e.client.active.Add(1) > int64(e.config.Limits.Calls) {
		e.client.active.Add(-1)
		e.reach(boundCalls)
		e.client.refused.Add(1)
		return false
	}
	return true
}

// asked is what we ask of a peer. It belongs to the peer's lock.
type asked struct {
	calls        []*Call // oldest first
	observations []*Observation
	holding      int   // how many of the calls hold one of the NSTART
	uploading    *Call // the one that sends its body in blocks: RFC 9175, section 3.3, lets them not mix
}

// find returns the call that a token belongs to, or nil.
func (a *asked) find(token message.Token) *Call {
	for _, c := range a.calls {
		if !c.waiting && string(c.token) == string(token) {
			return c
		}
	}
	return nil
}

// observation returns the observation that a token belongs to, or nil.
func (a *asked) observation(token message.Token) *Observation {
	for _, o := range a.observations {
		if string(o.token) == string(token) {
			return o
		}
	}
	return nil
}

// pumpCalls sends what waits and may go. The peer's lock is held.
func (p *Peer) pumpCalls() {
	a := p.asked
	if a == nil {
		return
	}
	for _, c := range a.calls {
		if a.holding >= p.endpoint.config.Transmission.NStart {
			break
		}
		if !c.waiting || c.blockSize > 0 && a.uploading != nil && a.uploading != c {
			continue
		}
		if c.blockSize > 0 {
			a.uploading = c
		}
		c.transmit()
	}
	if len(a.calls) == 0 && len(a.observations) == 0 {
		p.asked = nil
	}
}

// letGo gives back what a call holds. The peer's lock is held.
func (p *Peer) letGo(c *Call) {
	if c.holds {
		c.holds = false
		p.asked.holding--
	}
}

// drop ends a call without a word to anybody. The peer's lock is held.
func (p *Peer) drop(c *Call) {
	if c.finished {
		return
	}
	e := p.endpoint
	e.timers.stop(&c.timer)
	e.timers.stop(&c.deadline)
	c.finished, c.waiting = true, false
	p.letGo(c)
	if p.asked.uploading == c {
		p.asked.uploading = nil
	}
	p.asked.calls = slices.DeleteFunc(p.asked.calls, func(other *Call) bool { return other == c })
	e.client.bodyBytes.Add(-int64(len(c.download.body)))
	e.client.active.Add(-1)
}

// abandonCalls ends all calls and observations because the endpoint, or the connection, is closed.
func (p *Peer) abandonCalls(why error) {
	p.mu.Lock()
	a := p.asked
	if a == nil {
		p.mu.Unlock()
		return
	}
	observations := slices.Clone(a.observations)
	for _, o := range observations {
		o.end() // and its calls
	}
	calls := slices.Clone(a.calls)
	for _, c := range calls {
		p.drop(c)
	}
	p.asked = nil
	p.mu.Unlock()
	for _, c := range calls {
		c.done(nil, fmt.Errorf("ask %s: %w", p.Addr(), why))
	}
	for _, o := range observations {
		o.notifier(nil, fmt.Errorf("observe at %s: %w", p.Addr(), why))
	}
}
