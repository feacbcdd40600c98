package coap

import (
	"errors"
	"fmt"
	"hash/maphash"
	"slices"
	"time"

	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"
)

// errTooLong is of a message that is longer than the Max-Message-Size of its peer.
var errTooLong = errors.New("the message is too long for the peer")

// transmit sends the next message of a call. The peer's lock is held.
func (c *Call) transmit() {
	p := c.peer
	c.waiting, c.holds = false, true
	p.asked.holding++
	c.prepare()
	c.message.messageID = p.newMessageID()
	p.idsUntil = p.endpoint.now() + int64(p.endpoint.config.Transmission.exchangeLifetime())
	c.message.token = c.token
	c.message.typ = message.Confirmable
	c.attempts = 0
	c.interval = p.endpoint.config.Transmission.firstInterval()
	if c.request.NonConfirmable {
		c.message.typ = message.NonConfirmable
	}
	c.sent = time.Now()
	if p.reliable() {
		c.sendOver()
		return
	}
	c.data = c.message.append(c.data[:0])
	c.send(0)
}

// sendOver sends the message over a connection, where nothing is acknowledged.
func (c *Call) sendOver() {
	p := c.peer
	p.letGo(c)
	c.interval = p.endpoint.config.Transmission.wait()
	if c.data = p.conn.encode(&c.message); c.data == nil {
		c.failure = errTooLong
		p.endpoint.timers.set(&c.timer, time.Now()) // it ends outside of the lock
		return
	}
	c.send(0)
}

// send sends the message, again if it is not the first time.
func (c *Call) send(note Note) {
	p := c.peer
	at := time.Now().Add(c.interval)
	if err := p.endpoint.sendRaw(&p.route, p, c.data, note, nil); err != nil {
		c.failure, at = err, time.Now() // it ends outside of the lock
	}
	p.endpoint.timers.set(&c.timer, at)
}

// expire sends the message again, or gives up.
func (c *Call) expire(now time.Time) {
	if err := c.proceed(now); err != nil {
		c.giveUp(err)
	}
}

// proceed does what is to be done when a message has not been answered for a time, and returns why the call must end.
func (c *Call) proceed(now time.Time) error {
	p := c.peer
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case c.finished || c.waiting:
		return nil
	case c.failure != nil:
		return fmt.Errorf("%w: %w", ErrUnreachable, c.failure)
	case !c.holds, c.attempts == p.endpoint.config.Transmission.MaxRetransmit:
		return ErrTimeout
	case c.message.typ == message.NonConfirmable: // the next request waits no longer for its response
		p.letGo(c)
		p.endpoint.timers.set(&c.timer, now.Add(p.endpoint.config.Transmission.wait()))
		p.pumpCalls()
		return nil
	}
	c.attempts++
	c.interval *= 2
	p.endpoint.stats.retransmissions.Add(1)
	p.resent.Add(1)
	c.send(Retransmitted)
	return nil
}

// giveUp ends a call with an error. No lock is held.
func (c *Call) giveUp(err error) {
	p := c.peer
	p.mu.Lock()
	if c.finished {
		p.mu.Unlock()
		return
	}
	if err == ErrTimeout {
		p.endpoint.client.timeouts.Add(1)
	}
	p.drop(c)
	p.pumpCalls()
	p.mu.Unlock()
	c.done(nil, fmt.Errorf("ask %s: %w", p.Addr(), err))
}

// callSettled handles an empty ACK or a RST. It reports whether it was for a request of ours.
func (p *Peer) callSettled(messageID uint16, typ message.Type, now time.Time) bool {
	p.mu.Lock()
	c := p.asked.sentAs(messageID)
	if c == nil {
		p.mu.Unlock()
		return false
	}
	if typ == message.Reset {
		p.mu.Unlock()
		c.giveUp(ErrReset)
		return true
	}
	defer p.mu.Unlock()
	if c.holds && c.message.typ == message.Confirmable {
		c.measure(now)
		p.letGo(c)
		p.endpoint.timers.set(&c.timer, now.Add(p.endpoint.config.Transmission.wait()))
		p.pumpCalls()
	}
	return true
}

// sentAs returns the call whose message has a message ID, or nil.
func (a *asked) sentAs(messageID uint16) *Call {
	if a == nil {
		return nil
	}
	for _, c := range a.calls {
		if !c.waiting && c.message.messageID == messageID {
			return c
		}
	}
	return nil
}

// measure takes the time until the ACK; of a retransmitted message nobody knows which copy was acknowledged.
func (c *Call) measure(now time.Time) {
	if c.attempts == 0 {
		c.peer.measured(now.Sub(c.sent))
	}
}

// answerToUs takes a response to a request of ours. It reports whether the datagram was one, or a copy of one.
func (r *reader) answerToUs(p *Peer, b []byte) bool {
	e := r.endpoint
	piggybacked := r.m.typ == message.Acknowledgement
	digest := uint32(maphash.Bytes(keySeed, b))
	p.mu.Lock()
	if !piggybacked {
		if s := p.exchanges.find(r.m.messageID); s != nil && !s.expired(&e.exchangeMemory, r.elapsed()) && s.digest == digest {
			reply := s.reply
			p.mu.Unlock()
			e.stats.duplicates.Add(1)
			r.tap(&p.route, p, Duplicate, b)
			if reply != nil {
				_ = e.sendRaw(&p.route, p, reply, Retransmitted, r.out)
			}
			return true
		}
	}
	if c, o := p.asked.answeredBy(&r.m); c == nil && o == nil {
		p.mu.Unlock()
		return false
	}
	p.Verify() // nobody else knows the token
	understood := p.understands(&r.m)
	r.tap(&p.route, p, 0, b)
	if !piggybacked {
		r.confirm(p, digest, understood)
	}
	then := p.takeResponse(&r.m, understood, r.now)
	p.mu.Unlock()
	if then != nil {
		then()
	}
	return true
}

// takeResponse gives a response to the call or the observation it is for, if there is one. It returns what is to be
// called without the lock of the peer, which is held.
func (p *Peer) takeResponse(m *incoming, understood bool, now time.Time) (then func()) {
	c, o := p.asked.answeredBy(m)
	switch {
	case c != nil && !understood:
		then = func() { c.giveUp(ErrBadOption) }
	case c != nil:
		then = c.answered(m, now)
	case o != nil && understood:
		then = o.notified(m, now)
	}
	p.pumpCalls()
	return then
}

// answeredBy finds what a response is for: a call, or an observation that it notifies. The type Reset never is a
// response; a piggybacked one must have the message ID of the request too (RFC 7252, section 5.3.2).
func (a *asked) answeredBy(m *incoming) (*Call, *Observation) {
	if a == nil || m.typ == message.Reset {
		return nil, nil
	}
	if c := a.find(m.token); c != nil {
		if m.typ == message.Acknowledgement && (c.message.messageID != m.messageID || c.message.typ != message.Confirmable) {
			return nil, nil
		}
		return c, nil
	}
	return nil, a.observation(m.token)
}

// confirm remembers a response to recognise its copies and acknowledges it, or refuses it with a Reset (RFC 7252,
// section 4.2). The peer's lock is held.
func (r *reader) confirm(p *Peer, digest uint32, understood bool) {
	memory := &r.endpoint.exchangeMemory
	p.exchanges.expire(memory, r.elapsed())
	p.exchanges.begin(memory, r.m.messageID, r.m.typ, digest, r.elapsed())
	if r.m.typ != message.Confirmable {
		return
	}
	m := outgoing{typ: message.Acknowledgement, messageID: r.m.messageID}
	if !understood {
		m.typ = message.Reset
	}
	p.exchanges.answer(memory, m.messageID, r.endpoint.send(&p.route, p, &m, 0, r.out))
}

// understands checks the options of a response to a request of ours. The peer's lock is held.
func (p *Peer) understands(m *incoming) bool {
	c, o := p.asked.answeredBy(m)
	return checkResponse(&m.options, c != nil && c.request.Forwarded || o != nil && o.request.Forwarded)
}

// checkResponse drops the elective options of a response that have a forbidden length or come twice. It reports whether
// all critical ones are understood (RFC 7252, section 5.4.1); what is safe to forward need not be by a proxy (section
// 5.7.1).
func checkResponse(options *message.Options, forwarded bool) bool {
	kept := (*options)[:0]
	var previous message.OptionID
	for _, o := range *options {
		rule, known := knownOptions[o.ID]
		malformed := known && (len(o.Value) < rule.min || len(o.Value) > rule.max || o.ID == previous && !rule.repeatable)
		if isBlock := o.ID == message.Block1 || o.ID == message.Block2; isBlock && badSZX(o.Value) {
			malformed = true
		}
		previous = o.ID
		if critical(o.ID) && (malformed || !known && (!forwarded || unsafeToForward(o.ID))) {
			return false
		}
		if !malformed {
			kept = append(kept, o)
		}
	}
	*options = kept
	return true
}

// answered takes the response to the message that was sent last. It returns what is to be called without the lock, if
// the call has ended. The peer's lock is held.
func (c *Call) answered(m *incoming, now time.Time) (then func()) {
	p := c.peer
	if m.typ == message.Acknowledgement {
		c.measure(now)
	}
	p.endpoint.timers.stop(&c.timer)
	p.letGo(c)
	if value, ok := bytesOption(m.options, echo); ok && m.code == codes.Unauthorized && c.echo == nil {
		c.echo = slices.Clone(value)
		c.beginAnew()
		return c.continued(nil)
	}
	if next, err := c.sendMore(m); next || err != nil {
		return c.continued(err)
	}
	if c.relation != nil {
		return c.relation.registered(c, m, now)
	}
	if !c.singleBody {
		if next, err := c.fetchMore(m); next || err != nil {
			return c.continued(err)
		}
	}
	response := c.response(m, now)
	return c.succeed(response)
}

// succeed ends a call with a response. The peer's lock is held.
func (c *Call) succeed(response *ClientResponse) func() {
	c.peer.drop(c)
	c.peer.endpoint.client.responses.Add(1)
	return func() { c.done(response, nil) }
}

// continued lets the next message wait for its turn, or ends the call. The peer's lock is held.
func (c *Call) continued(err error) func() {
	if err != nil {
		return func() { c.giveUp(err) }
	}
	c.waiting = true
	return nil
}

// beginAnew forgets what has been sent and fetched.
func (c *Call) beginAnew() {
	c.uploaded = 0
	c.forgetBody()
}

// response is what the last datagram completes.
func (c *Call) response(m *incoming, now time.Time) *ClientResponse {
	r := &ClientResponse{Peer: c.peer, Code: m.code, Received: now}
	r.Options = keepOptions(slices.DeleteFunc(m.options, func(o message.Option) bool { return o.ID == message.Block2 }))
	if body := c.download.body; body != nil && m.code == c.download.code {
		r.Options = c.download.options
		r.Payload = append(body, m.payload...)
		return r
	}
	r.Payload = slices.Clone(m.payload)
	return r
}

func bytesOption(options message.Options, id message.OptionID) ([]byte, bool) {
	for i := range options {
		if options[i].ID == id {
			return options[i].Value, true
		}
	}
	return nil, false
}
