package client

import (
	"context"
	"slices"
	"time"

	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"

	"sluice/engine/mistakes"
)

// Ending is a way to end an observation (RFC 7641, section 3.6).
type Ending uint8

const (
	// ByGet sends a GET with Observe 1.
	ByGet Ending = iota + 1
	// ByReset answers the next notification with a Reset.
	ByReset
	// Forget neither says nor answers anything: a server that sends Confirmable notifications gives up in the end.
	Forget
)

// Notification is a message of an observation.
type Notification struct {
	At       time.Time
	Type     message.Type
	Code     codes.Code
	Options  message.Options
	Payload  []byte
	Sequence uint32 // of the Observe option
	// Reordered says that a newer one came before (RFC 7641, section 3.4).
	Reordered bool
	// Last says that the server has ended the observation: by an error, or by a response without Observe.
	Last bool
	// Err says why the later blocks of the notification could not be fetched; Payload is then the first block.
	Err error
}

// maxNotifications is how many notifications wait for who observes; one more is lost.
const maxNotifications = 256

// maxObserved is how many datagrams of an observation are kept.
const maxObserved = 256

// Observation is an observation that was granted.
type Observation struct {
	conn    *Conn
	request Request
	token   message.Token
	trace   *trace
	events  chan *event
	notify  func(*Notification)
	// ctx ends with the observation.
	ctx    context.Context
	finish context.CancelFunc

	// The fields below belong to the connection's lock.
	established bool
	ending      Ending
	lost        int
}

// Observe sends a GET or FETCH with Observe 0. If the server grants the observation, notify is called with each
// notification after the response, on a goroutine of the observation's own, until it has ended. If not, the Observation is
// nil and the response is in the exchange.
func (c *Conn) Observe(ctx context.Context, r *Request, notify func(*Notification)) (*Observation, *Exchange, error) {
	o := &Observation{
		conn: c, request: *r, trace: &trace{max: maxObserved, latest: true}, events: make(chan *event, maxNotifications), notify: notify,
	}
	o.ctx, o.finish = context.WithCancel(context.Background())
	asking := *r
	asking.Options = withObserve(r.Options, nil)
	x, err := c.begin(ctx, &asking, o)
	if err != nil {
		o.finish()
		return nil, x.finish(), err
	}
	o.token = x.token
	c.mu.Lock()
	if c.observations[string(o.token)] != nil {
		c.mu.Unlock()
		x.leave()
		o.finish()
		return nil, x.finish(), mistakes.Errorf("the token %x is that of an observation", []byte(o.token))
	}
	c.observations[string(o.token)] = o
	c.mu.Unlock()
	err = x.run()
	x.leave()
	if err != nil || !x.result.Observed {
		o.remove()
		o.finish()
		return nil, x.finish(), err
	}
	sequence, _ := findUint(x.result.Options, message.Observe)
	c.ended.Add(1)
	go o.run(sequence, time.Now())
	return o, x.finish(), nil
}

// withObserve returns options with an Observe option, unless the caller has set one.
func withObserve(options message.Options, value []byte) message.Options {
	options = inOrder(options)
	if _, own := find(options, message.Observe); own {
		return options
	}
	return with(options, message.Observe, value)
}

// Token is that of the observation.
func (o *Observation) Token() message.Token { return slices.Clone(o.token) }

// Done is closed when no notification will come any more.
func (o *Observation) Done() <-chan struct{} { return o.ctx.Done() }

// Lost counts notifications that were not handed on because too many waited.
func (o *Observation) Lost() int {
	o.conn.mu.Lock()
	defer o.conn.mu.Unlock()
	return o.lost
}

// Datagrams are the latest of the notifications, and how many came before them.
func (o *Observation) Datagrams() ([]Datagram, int) { return o.trace.taken() }

func (o *Observation) remove() {
	o.conn.mu.Lock()
	defer o.conn.mu.Unlock()
	if o.conn.observations[string(o.token)] == o {
		delete(o.conn.observations, string(o.token))
	}
}

// take takes in a notification, on the goroutine that reads.
func (o *Observation) take(e *event) {
	o.conn.mu.Lock()
	ending := o.ending
	if ending == ByReset {
		// The Reset is sent; the server ends it.
		delete(o.conn.observations, string(o.token))
	}
	o.conn.mu.Unlock()
	if ending != 0 {
		if ending == ByReset {
			o.finish()
		}
		return
	}
	select {
	case o.events <- e:
	default:
		o.conn.mu.Lock()
		o.lost++
		o.conn.mu.Unlock()
	}
}

// run hands notifications on, each with all its blocks.
func (o *Observation) run(sequence uint32, at time.Time) {
	defer o.conn.ended.Done()
	for {
		select {
		case <-o.ctx.Done():
			return
		case <-o.conn.closed:
			o.finish()
			return
		case e := <-o.events:
			n := o.notification(e)
			if !n.Last && !o.conn.reliable() { // RFC 8323, section 7.1
				n.Reordered = !fresher(sequence, at, n.Sequence, n.At)
			}
			if !n.Reordered {
				sequence, at = n.Sequence, n.At
			}
			if n.Last {
				o.remove()
			}
			o.notify(n)
			if n.Last {
				o.finish()
				return
			}
		}
	}
}

// fresher compares notifications as RFC 7641, section 3.4, does.
func fresher(v1 uint32, t1 time.Time, v2 uint32, t2 time.Time) bool {
	return v1 < v2 && v2-v1 < 1<<23 || v1 > v2 && v1-v2 > 1<<23 || t2.After(t1.Add(128*time.Second))
}

func (o *Observation) notification(e *event) *Notification {
	p := e.packet
	n := &Notification{At: e.at, Type: p.typ, Code: p.code, Options: p.options, Payload: p.payload}
	var observed bool
	n.Sequence, observed = findUint(p.options, message.Observe)
	n.Last = !observed || p.code>>5 != 2
	if b, named := o.conn.block(p.options, message.Block2); named && b.more && b.num == 0 && !o.request.WithoutBlocks {
		n.Payload, n.Err = o.rest(p)
	}
	return n
}

// rest fetches the blocks after the first under a token of their own, so that they are not taken for notifications.
func (o *Observation) rest(first packet) ([]byte, error) {
	r := o.request
	r.Token, r.Progress = nil, nil
	r.Options = without(r.Options, message.Observe)
	x, err := o.conn.begin(o.ctx, &r, nil)
	if err != nil {
		return first.payload, err
	}
	defer x.leave()
	whole, changed, err := x.download(first)
	switch {
	case err != nil:
		return first.payload, err
	case changed:
		return first.payload, ErrChanged
	}
	return whole.payload, nil
}

// Cancel ends the observation. ByGet returns the exchange of the GET; the observation is over even if it fails. After
// ByReset notifications are no longer handed on, and Done is closed once the Reset was sent. Forget returns at once.
func (o *Observation) Cancel(ctx context.Context, how Ending) (*Exchange, error) {
	if how == ByReset && o.conn.reliable() {
		return nil, mistakes.New("there is no Reset over a reliable transport (RFC 8323, section 7.4): end it by GET")
	}
	o.conn.mu.Lock()
	if o.ending != 0 {
		o.conn.mu.Unlock()
		return nil, mistakes.New("the observation is ended already")
	}
	o.ending = how
	if how == ByGet {
		// What comes meanwhile is acknowledged as before and not handed on.
		defer o.remove()
	}
	o.conn.mu.Unlock()
	switch how {
	case ByGet:
		defer o.finish()
		r := o.request
		r.Token, r.Options = o.token, withObserve(without(r.Options, message.Observe), []byte{1})
		return o.conn.Do(ctx, &r)
	case Forget:
		o.finish()
	}
	return nil, nil
}
