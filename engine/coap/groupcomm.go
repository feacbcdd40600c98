package coap

import (
	"math/rand/v2"
	"time"

	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"
)

// groupDatagram handles a datagram that was sent to a group. Only a Non-confirmable request means anything there
// (RFC 7252, section 8.1), nothing of it is refused, and nothing is kept of its sender.
func (r *reader) groupDatagram(rt *route, b []byte) {
	e := r.endpoint
	e.stats.in.Add(1)
	e.stats.inBytes.Add(uint64(len(b)))
	if !e.admitsAddr(rt.addr.Addr()) {
		return
	}
	if !r.meantForGroups(b) {
		e.stats.malformed.Add(1)
		e.tapIn(rt, nil, r.now, Malformed, b)
		return
	}
	e.tapIn(rt, nil, r.now, 0, b)
	if e.config.Limits.Rate > 0 && e.admitNewcomer(r.elapsed()).code != codes.Empty {
		e.stats.refused.Add(1)
		return
	}
	p := &Peer{route: *rt, endpoint: e}
	p.lastSeen.Store(r.elapsed())
	p.unverified.Store(e.config.VerifyAddresses.demands(rt.addr.Addr()))
	p.earn(b)
	e.stats.requests.Add(1)
	r.serve(newWriter(e, exchange{
		peer: p, typ: r.m.typ, method: r.m.code, messageID: r.m.messageID, token: r.m.token, options: r.m.options,
		unwanted: r.unwanted(), multicast: true,
	}))
}

// meantForGroups parses a datagram and reports whether it is a request that may be sent to a group. Blocks but the first
// of an answer are between two (RFC 7959, section 2.8).
func (r *reader) meantForGroups(b []byte) bool {
	m := &r.m
	if m.parse(b) != nil || m.typ != message.NonConfirmable || m.code == codes.Empty || m.code > IPATCH {
		return false
	}
	if checkOptions(&m.options, optionPolicy{}) != codes.Empty {
		return false
	}
	_, uploading := blockOption(m.options, message.Block1)
	block2, _ := blockOption(m.options, message.Block2)
	return !uploading && block2.num == 0
}

// answerGroup answers a request that came by multicast after a random time, so that not all members of the group answer
// at once (RFC 7252, section 8.2).
func (e *Endpoint) answerGroup(w *ResponseWriter, m *outgoing) {
	if e.leisurely.Add(1) > int64(e.config.Limits.MulticastAnswers) {
		e.leisurely.Add(-1)
		e.reach(boundMulticastAnswers)
		return
	}
	p := w.exchange.peer
	m.typ, m.messageID = message.NonConfirmable, p.newMessageID()
	data := m.append(make([]byte, 0, headerSize+len(m.token)+64+len(m.payload)))
	answer := &timer{fire: func(time.Time) {
		e.leisurely.Add(-1)
		_ = e.sendRaw(&p.route, p, data, 0, nil)
	}}
	e.timers.set(answer, e.time().Add(rand.N(e.config.Leisure)))
}

// unwanted reports whether the answer is to be kept back: the client does not want it, or it is an error or empty and
// the request came by multicast.
func (w *ResponseWriter) unwanted() bool {
	x := &w.exchange
	return x.unwanted.in(w.code) || x.multicast && (w.code>>5 != 2 || len(w.payload) == 0)
}
