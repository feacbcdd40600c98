package coap

import (
	"time"

	"github.com/plgd-dev/go-coap/v3/message"
)

// finish sends the answer in w, remembers it for duplicates, and gives w back. out is nil outside the reader's goroutine.
func (e *Endpoint) finish(w *ResponseWriter, out *batch) {
	e.tellAnswered(w)
	unwanted := w.unwanted()
	if !unwanted {
		e.shape(w)
		unwanted = w.unwanted()
	}
	if e.config.FinalBlock1 && w.exchange.block1.size > 0 {
		w.AddUint(message.Block1, w.exchange.block1.value())
	}
	if w.echo {
		w.AddOption(echo, echoValue(w.exchange.peer.Addr(), e.time()))
	}
	m := outgoing{
		code: w.code, messageID: w.exchange.messageID, token: w.exchange.token, options: w.options, payload: w.payload,
	}
	held := false // until the client has acknowledged the answer
	switch {
	case unwanted:
		e.keepBack(w, out)
	case w.exchange.multicast:
		e.answerGroup(w, &m)
	case w.exchange.peer.reliable():
		e.respond(w, &m)
	case w.exchange.typ == message.NonConfirmable:
		e.answerNon(w, &m, out)
	case w.exchange.separate:
		held = e.answerSeparately(w, &m)
	default:
		e.acknowledge(w, &m, out)
	}
	p, rel, freed := w.exchange.peer, w.relation, w.freed
	w.release()
	if (rel != nil || freed) && out != nil {
		out.flush() // the answer goes before the notifications that waited for it
	}
	if rel != nil && !held {
		rel.release()
	}
	if freed {
		p.mu.Lock()
		p.pump()
		p.mu.Unlock()
	}
}

// acknowledge sends the response in the ACK (RFC 7252, section 5.2.1).
func (e *Endpoint) acknowledge(w *ResponseWriter, m *outgoing, out *batch) {
	p := w.exchange.peer
	m.typ = message.Acknowledgement
	data := e.send(&p.route, p, m, 0, out)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.exchanges.answer(&e.exchangeMemory, m.messageID, data)
	p.pending--
}

// answerNon sends the response to a Non-confirmable request as Non-confirmable (RFC 7252, section 5.2.3).
func (e *Endpoint) answerNon(w *ResponseWriter, m *outgoing, out *batch) {
	p := w.exchange.peer
	m.typ = message.NonConfirmable
	p.mu.Lock()
	if !w.reuseID {
		m.messageID = p.newMessageID()
	}
	if rel := w.relation; rel != nil && rel.peer.Load() == p {
		rel.recent.add(m.messageID) // RST to it ends the relation
	}
	p.pending--
	p.mu.Unlock()
	e.send(&p.route, p, m, 0, out)
}

// answerSeparately sends the response as a Confirmable message after an empty ACK (RFC 7252, section 5.2.2). It reports
// whether it did.
func (e *Endpoint) answerSeparately(w *ResponseWriter, m *outgoing) bool {
	p := w.exchange.peer
	p.mu.Lock()
	defer p.mu.Unlock()
	p.pending--
	if p.gone {
		return false
	}
	m.messageID = p.newMessageID()
	t := &transmission{message: *m, relation: w.relation, first: true}
	p.separate = append(p.separate, t)
	p.transmit(t)
	t.message.options, t.message.payload = nil, nil // w is about to be reused
	return true
}

// send encodes and sends m. What it returns is valid until the batch is flushed.
func (e *Endpoint) send(rt *route, p *Peer, m *outgoing, note Note, out *batch) []byte {
	if rt.conn != nil {
		return e.sendOver(rt, p, *m, note)
	}
	if out == nil {
		data := m.append(make([]byte, 0, headerSize+len(m.token)+64+len(m.payload)))
		e.sendRaw(rt, p, data, note, nil)
		return data
	}
	data := m.append(out.buffer())
	e.sendRaw(rt, p, data, note, out)
	return data
}

// sendOver encodes and sends m over a connection; it returns nil if the peer does not take it. m is a copy: what is given
// to an interface is allocated, which the way of datagrams does without.
func (e *Endpoint) sendOver(rt *route, p *Peer, m outgoing, note Note) []byte {
	data := rt.conn.encode(&m)
	if data == nil {
		e.stats.dropped.Add(1)
		return nil
	}
	_ = e.sendRaw(rt, p, data, note, nil)
	return data
}

// sendRaw sends an encoded message. The error is of a datagram that the system did not take; of what goes into a batch,
// or over a connection, it is known later, and counted. What is too long for an unverified address does not go.
func (e *Endpoint) sendRaw(rt *route, p *Peer, data []byte, note Note, out *batch) error {
	if p != nil && !p.spend(data, note) {
		e.stats.withheld.Add(1)
		return nil
	}
	if c := e.conditions.Load(); c != nil && !rt.reliable() {
		return c.leave(rt, p, data, note, out)
	}
	e.sends(rt, p, data, effect{note: note})
	return e.pass(rt, data, out)
}

// pass hands an encoded message to what carries it.
func (e *Endpoint) pass(rt *route, data []byte, out *batch) error {
	switch {
	case rt.conn != nil:
		rt.conn.write(data)
	case out == nil:
		return rt.socket.write(rt, data)
	default:
		if out.used == len(out.messages) {
			out.flush()
		}
		out.add(rt, data)
	}
	return nil
}

// sends counts and shows a message that is about to go.
func (e *Endpoint) sends(rt *route, p *Peer, data []byte, f effect) {
	e.stats.out.Add(1)
	e.stats.outBytes.Add(uint64(len(data)))
	if p != nil {
		p.out.Add(1)
	}
	if tap := e.tap.Load(); tap != nil {
		e.tell(*tap, rt, p, f.datagram(time.Now(), true, data))
	}
}
