package coap

import (
	"hash/maphash"
	"time"

	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"
)

// reader handles the datagrams of one socket, or one connection, on the goroutine that reads it.
type reader struct {
	endpoint  *Endpoint
	socket    *socket // nil of a connection, as out
	now       time.Time
	out       *batch
	condition effect // what conditions did to the datagram
	m         incoming
	request   Request
}

func newReader(s *socket) *reader {
	return &reader{
		endpoint: s.endpoint, socket: s, out: newBatch(s),
		m: incoming{options: make(message.Options, 0, 32)},
	}
}

// datagram handles one datagram (RFC 7252, section 4).
func (r *reader) datagram(rt *route, b []byte) {
	e := r.endpoint
	e.stats.in.Add(1)
	e.stats.inBytes.Add(uint64(len(b)))
	if e.config.Admission.turnsAway(r, rt, b) {
		return
	}
	err := r.m.parse(b)
	if err == errFormat && e.config.EMQX4Errors {
		r.undecodable(rt, b, textUndecodable)
		return
	}
	if err != nil {
		r.malformed(rt, b)
		if err == errFormat && r.m.typ == message.Confirmable {
			r.refuse(rt, nil, message.Reset, codes.Empty)
		}
		return
	}
	switch class := r.m.code >> 5; {
	case r.m.code == codes.Empty:
		r.empty(rt, b)
	case class == 0:
		if !e.config.EMQX4Errors || !r.refusedByEMQX4(rt, b) {
			r.requestDatagram(rt, b)
		}
	default:
		r.response(rt, b)
	}
}

// malformed counts a datagram that means nothing, and returns the peer it came from, if that is known.
func (r *reader) malformed(rt *route, b []byte) *Peer {
	e := r.endpoint
	e.stats.malformed.Add(1)
	p := e.peerOf(rt)
	r.tap(rt, p, Malformed, b)
	return p
}

// refuse answers without keeping anything of the sender, not even a next message ID: a Non-confirmable answer reuses the
// request's.
func (r *reader) refuse(rt *route, p *Peer, typ message.Type, code codes.Code, options ...message.Option) {
	m := outgoing{typ: typ, code: code, messageID: r.m.messageID, options: options}
	if code != codes.Empty {
		m.token = r.m.token
	}
	if r.unwanted().in(code) {
		if typ == message.NonConfirmable || rt.reliable() {
			return
		}
		m = outgoing{typ: typ, messageID: r.m.messageID}
	}
	r.endpoint.send(rt, p, &m, 0, r.out)
}

// unwanted are the responses that the client does not want.
func (r *reader) unwanted() uninterested {
	if r.endpoint.config.DisableExtensions {
		return 0
	}
	return noResponse(r.m.options)
}

// empty handles pings (RFC 7252, section 4.3), acknowledgements and resets.
func (r *reader) empty(rt *route, b []byte) {
	p := r.endpoint.peerOf(rt)
	r.heard(p, b)
	r.tap(rt, p, 0, b)
	switch {
	case r.m.typ == message.Confirmable || r.m.typ == message.NonConfirmable:
		r.refuse(rt, p, message.Reset, codes.Empty)
	case p == nil:
	case p.callSettled(r.m.messageID, r.m.typ, r.now):
	case r.m.typ == message.Acknowledgement:
		p.acknowledged(r.m.messageID, r.now)
	default:
		p.reset(r.m.messageID)
	}
}

// response handles what answers a request of ours. Of what answers nothing only an ACK means something: it may belong to
// a notification.
func (r *reader) response(rt *route, b []byte) {
	p := r.endpoint.peerOf(rt)
	r.heard(p, b)
	if p != nil && r.answerToUs(p, b) {
		return
	}
	r.tap(rt, p, 0, b)
	switch r.m.typ {
	case message.Acknowledgement:
		if p != nil {
			p.acknowledged(r.m.messageID, r.now)
		}
	case message.Confirmable, message.NonConfirmable:
		if knownResponse(r.m.code) {
			r.refuse(rt, p, message.Reset, codes.Empty)
		}
	}
}

// knownResponse reports whether a response code is registered; others are ignored.
func knownResponse(code codes.Code) bool {
	switch class, detail := code>>5, code&0x1f; class {
	case 2:
		return detail >= 1 && detail <= 5 || code == codes.Continue || code == NoContent
	case 4:
		return detail <= 6 || detail == 8 || detail == 9 || detail == 12 || detail == 13 || detail == 15 ||
			detail == 22 || code == codes.TooManyRequests
	case 5:
		return detail <= 5 || detail == 8
	}
	return false
}

func (r *reader) heard(p *Peer, b []byte) {
	if p != nil {
		p.lastSeen.Store(r.elapsed())
		p.in.Add(1)
		p.earn(b)
	}
}

// requestDatagram handles a datagram with a method code.
func (r *reader) requestDatagram(rt *route, b []byte) {
	e := r.endpoint
	if r.m.typ != message.Confirmable && r.m.typ != message.NonConfirmable {
		r.malformed(rt, b)
		return
	}
	code := codes.MethodNotAllowed
	if r.m.code <= IPATCH {
		code = checkOptions(&r.m.options, optionPolicy{proxies: !e.config.DisableExtensions})
	}
	if code != codes.Empty {
		p := r.malformed(rt, b)
		if p != nil {
			p.earn(b)
		}
		r.refuse(rt, p, answerType(r.m.typ), code)
		return
	}
	now := r.elapsed()
	p, newcomer, refused := r.acquire(rt, now)
	if p == nil {
		r.tap(rt, nil, 0, b)
		r.shed(rt, nil, refused)
		return
	}
	digest := uint32(maphash.Bytes(keySeed, b))
	known, again := r.recall(p, now)
	if !again {
		if refused = p.admit(now, newcomer); refused.code == codes.Empty {
			p.exchanges.begin(&e.exchangeMemory, r.m.messageID, r.m.typ, digest, now)
			p.pending++
		}
	}
	p.mu.Unlock()
	r.heard(p, b)
	if p.unverified.Load() && freshEcho(echoOf(r.m.options), p.Addr(), r.now) {
		p.Verify()
	}
	if again {
		r.duplicate(rt, p, &known, digest, b)
		return
	}
	r.tap(rt, p, 0, b)
	if refused.code != codes.Empty {
		r.shed(rt, p, refused)
		return
	}
	e.stats.requests.Add(1)
	r.serve(newWriter(e, exchange{
		peer: p, typ: r.m.typ, method: r.m.code, messageID: r.m.messageID, token: r.m.token, options: r.m.options,
		unwanted: r.unwanted(), received: r.now,
	}))
}

// acquire returns the peer of a request, locked, or why there is none. A newcomer has been taken out of the rates.
func (r *reader) acquire(rt *route, now int64) (p *Peer, newcomer bool, refused refusal) {
	e := r.endpoint
	if e.watchesNewcomers() && e.peerOf(rt) == nil {
		newcomer = true
		if refused = e.admitNewcomer(now); refused.code != codes.Empty {
			return nil, true, refused
		}
	}
	if p = e.acquirePeer(rt, now); p == nil {
		refused = refusal{codes.ServiceUnavailable, peersRetry}
	}
	return p, newcomer, refused
}

// elapsed is nanoseconds from the endpoint's begin to the arrival of the datagram.
func (r *reader) elapsed() int64 { return int64(r.now.Sub(r.endpoint.began)) }

// answerType is the type of an answer sent at once.
func answerType(request message.Type) message.Type {
	if request == message.Confirmable {
		return message.Acknowledgement
	}
	return message.NonConfirmable
}

// recall returns the exchange of a message that has come before (RFC 7252, section 4.5). The peer's lock is held.
func (r *reader) recall(p *Peer, now int64) (known seen, again bool) {
	memory := &r.endpoint.exchangeMemory
	p.exchanges.expire(memory, now)
	if s := p.exchanges.find(r.m.messageID); s != nil && !s.expired(memory, now) {
		return *s, true
	}
	return seen{}, false
}

// duplicate answers a message that has come before as it was answered then (RFC 7252, section 4.5).
func (r *reader) duplicate(rt *route, p *Peer, known *seen, digest uint32, b []byte) {
	e := r.endpoint
	e.stats.duplicates.Add(1)
	note := Duplicate
	if known.digest != digest {
		note |= Altered
	}
	r.tap(rt, p, note, b)
	if known.reply != nil {
		e.sendRaw(rt, p, known.reply, Retransmitted, r.out)
	}
}

// serve answers a request that is new.
func (r *reader) serve(w *ResponseWriter) {
	e := r.endpoint
	payload := r.m.payload
	if !e.config.DisableBlockwise {
		var done bool
		if payload, done = e.blockwise(w, r.m.payload); done {
			e.finish(w, r.out)
			return
		}
	}
	x := &w.exchange
	r.request = Request{
		Peer: x.peer, Type: x.typ, Code: x.method, MessageID: x.messageID, Token: x.token,
		Options: x.options, Payload: payload, Received: r.now,
		Multicast: x.multicast,
	}
	notified := e.stats.notifications.Load()
	e.config.Handler.ServeCoAP(w, &r.request)
	if w.deferred {
		w.release()
	} else {
		e.finish(w, r.out)
	}
	if r.out != nil && e.stats.notifications.Load()-notified >= batchSize {
		r.out.flush() // a fan-out takes its time: no answer waits for the next one
	}
}
