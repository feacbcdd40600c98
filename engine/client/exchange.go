package client

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"time"

	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"

	"sluice/engine/mistakes"
	"sluice/engine/record"
)

// exchange is a request under way. It belongs to the goroutine that asks.
type exchange struct {
	conn    *Conn
	request *Request
	options message.Options // of the request, in order
	token   message.Token
	waiter  *waiter
	result  *Exchange
	// ctx ends with the caller's or the request's timeout.
	ctx    context.Context
	cancel context.CancelFunc
}

// Do sends a request and waits for its response. The exchange is returned with an error, too: with the datagrams that
// passed. An error wraps ctx's cause, or one of ErrUnanswered and its neighbours.
func (c *Conn) Do(ctx context.Context, r *Request) (*Exchange, error) {
	x, err := c.begin(ctx, r, nil)
	if err != nil {
		return x.finish(), err
	}
	defer x.leave()
	err = x.run()
	return x.finish(), err
}

// begin takes an exchange in; leave must be called if there is no error.
func (c *Conn) begin(ctx context.Context, r *Request, o *Observation) (*exchange, error) {
	x := &exchange{conn: c, request: r, options: inOrder(r.Options), token: r.Token, result: &Exchange{Sent: time.Now()}}
	if x.token == nil {
		x.token = newToken()
	}
	x.result.Token = x.token
	x.waiter = &waiter{events: make(chan *event, 64), trace: &trace{max: maxTrace}, observation: o}
	if size := r.blockSize(); size < 16 || size > largestBlock || size&(size-1) != 0 {
		return x, mistakes.Errorf("blocks of %d bytes are none of 16, 32, 64, 128, 256, 512 and 1024", size)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.failure != nil {
		return x, c.failure
	}
	if c.byToken[string(x.token)] != nil {
		return x, mistakes.Errorf("the token %x is that of a request under way", []byte(x.token))
	}
	c.byToken[string(x.token)] = x.waiter
	if r.Timeout > 0 {
		x.ctx, x.cancel = context.WithTimeoutCause(ctx, r.Timeout, ErrUnanswered)
	} else {
		x.ctx, x.cancel = context.WithCancel(ctx)
	}
	return x, nil
}

// leave forgets the exchange: what still comes for it is answered by a Reset.
func (x *exchange) leave() {
	x.cancel()
	x.conn.mu.Lock()
	defer x.conn.mu.Unlock()
	delete(x.conn.byToken, string(x.token))
}

// finish returns the result with all datagrams.
func (x *exchange) finish() *Exchange {
	r := x.result
	r.Took = time.Since(r.Sent)
	r.Datagrams, r.LeftOut = x.waiter.trace.taken()
	return r
}

func (r *Request) blockSize() int {
	if r.BlockSize == 0 {
		return largestBlock
	}
	return r.BlockSize
}

func (r *Request) transmission() Transmission {
	if r.Transmission == nil {
		return DefaultTransmission
	}
	return *r.Transmission
}

// run sends the request and takes its response, both in blocks if need be.
func (x *exchange) run() error {
	response, err := x.send()
	if err != nil {
		return err
	}
	if echo, challenged := find(response.options, optionEcho); challenged && response.code == codes.Unauthorized {
		// RFC 9175, section 2.3: the same request once more, with what shows that it is fresh.
		if _, own := find(x.options, optionEcho); !own {
			x.options = with(x.options, optionEcho, echo)
			if response, err = x.send(); err != nil {
				return err
			}
		}
	}
	if response, err = x.fetch(response); err != nil {
		return err
	}
	x.answer(response)
	return nil
}

// answer fills in the response.
func (x *exchange) answer(p packet) {
	r := x.result
	r.Answered, r.Type, r.Code, r.Options, r.Payload = true, p.typ, p.code, p.options, p.payload
	_, observe := find(p.options, message.Observe)
	r.Observed = observe && p.code>>5 == 2 && x.waiter.observation != nil
}

// roundTrip sends one message with a message ID of its own and waits for its response.
func (x *exchange) roundTrip(options message.Options, payload []byte) (packet, error) {
	if x.ctx.Err() != nil {
		return packet{}, context.Cause(x.ctx)
	}
	p := packet{typ: message.Confirmable, code: x.request.Code, token: x.token, options: options, payload: payload}
	switch {
	case x.conn.reliable():
		p.typ = message.Unset
	case x.request.NonConfirmable:
		p.typ = message.NonConfirmable
	}
	data, id, err := x.enter(&p)
	if err != nil {
		return packet{}, err
	}
	defer x.conn.forget(id, x.waiter)
	began := time.Now()
	response, err := x.await(p.typ == message.Confirmable, data)
	if err != nil {
		return packet{}, err
	}
	if x.result.RTT == 0 {
		x.result.RTT = response.at.Sub(began)
	}
	return response.packet, nil
}

// enter gives a message its ID and makes its answers known as the exchange's.
func (x *exchange) enter(p *packet) (data []byte, id uint16, err error) {
	c := x.conn
	if c.reliable() {
		data, err = p.frame(c.framed.protocol())
		return data, 0, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for c.messageID++; c.byID[c.messageID] != nil; {
		c.messageID++
	}
	p.messageID = c.messageID
	if data, err = p.encode(); err != nil {
		return nil, 0, err
	}
	c.byID[p.messageID] = x.waiter
	return data, p.messageID, nil
}

func (c *Conn) forget(id uint16, w *waiter) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.byID[id] == w {
		delete(c.byID, id)
	}
}

// await sends data, again as long as a Confirmable message is not acknowledged, until the response is there.
func (x *exchange) await(confirmable bool, data []byte) (*event, error) {
	t := x.request.transmission()
	if err := x.conn.write(data, 0, x.waiter.trace); err != nil {
		return nil, err
	}
	interval, attempts, acknowledged := responseWait, 0, !confirmable
	if confirmable {
		interval = t.firstInterval()
	}
	timer := time.NewTimer(interval)
	defer timer.Stop()
	for {
		select {
		case e := <-x.waiter.events:
			switch {
			case e.err != nil:
				return nil, e.err
			case e.packet.typ == message.Reset:
				return nil, ErrReset
			case e.packet.code == codes.Empty && !x.conn.reliable(): // an ACK; the response comes apart (RFC 7252, section 5.2.2)
				acknowledged = true
				timer.Reset(responseWait)
			default:
				return e, nil
			}
		case <-timer.C:
			if acknowledged || attempts == t.MaxRetransmit {
				return nil, ErrUnanswered
			}
			attempts++
			x.result.Retransmissions++
			interval *= 2
			if err := x.conn.write(data, record.Retransmitted, x.waiter.trace); err != nil {
				return nil, err
			}
			timer.Reset(interval)
		case <-x.ctx.Done():
			return nil, context.Cause(x.ctx)
		case <-x.conn.closed:
			return nil, x.conn.why()
		}
	}
}

// firstInterval is a random time from ACK_TIMEOUT to ACK_TIMEOUT times ACK_RANDOM_FACTOR.
func (t Transmission) firstInterval() time.Duration {
	return time.Duration(float64(t.ACKTimeout) * (1 + rand.Float64()*max(0, t.ACKRandomFactor-1)))
}

// longestWait bounds MaxTransmitWait.
const longestWait = 24 * time.Hour

// MaxTransmitWait is how long the sender of a Confirmable message waits at most from its first transmission on until it
// gives up (RFC 7252, section 4.8.2), but no longer than a day.
func (t Transmission) MaxTransmitWait() time.Duration {
	wait := float64(t.ACKTimeout) * (math.Exp2(float64(t.MaxRetransmit+1)) - 1) * max(1, t.ACKRandomFactor)
	return time.Duration(min(wait, float64(longestWait)))
}

// Ping sends an empty Confirmable message, which is answered by a Reset (RFC 7252, section 4.3), or over a reliable transport
// a Ping, which is answered by a Pong (RFC 8323, section 5.4). RTT of the exchange is how long that took.
func (c *Conn) Ping(ctx context.Context, r *Request) (*Exchange, error) {
	x, err := c.begin(ctx, &Request{Transmission: r.Transmission, Timeout: r.Timeout, Token: newToken()}, nil)
	if err != nil {
		return x.finish(), err
	}
	defer x.leave()
	if c.reliable() {
		return x.pingReliable()
	}
	x.result.Token = nil
	c.mu.Lock()
	c.messageID++
	id := c.messageID
	c.byID[id] = x.waiter
	c.mu.Unlock()
	defer c.forget(id, x.waiter)
	// A server that acknowledges instead of refusing, and then sends nothing, is not what RFC 7252 demands.
	if _, err = x.await(true, header(message.Confirmable, id)); errors.Is(err, ErrReset) {
		x.result.Answered, x.result.Type, x.result.RTT = true, message.Reset, time.Since(x.result.Sent)
		err = nil
	}
	return x.finish(), err
}

// pingReliable sends a Ping and waits for the Pong.
func (x *exchange) pingReliable() (*Exchange, error) {
	ping := packet{code: codes.Ping, token: x.token}
	data, err := ping.frame(x.conn.framed.protocol())
	if err != nil {
		return x.finish(), err
	}
	pong, err := x.await(false, data)
	if err == nil {
		x.result.Answered, x.result.Type, x.result.Code, x.result.RTT = true, message.Unset, codes.Pong, pong.at.Sub(x.result.Sent)
	}
	return x.finish(), err
}
