package coap

import "github.com/plgd-dev/go-coap/v3/message"

// Finish sends n, whose code says why there will be no more, as the last notification (RFC 7641, section 4.2), and ends
// the relation. What else waits for it, or for its ACK, is dropped. The Observe option is left out: it would say that the
// client is still in the list of observers. OnEnd is not called.
func (rel *Relation) Finish(n Notification) {
	p := rel.lock()
	defer p.mu.Unlock()
	switch {
	case rel.ended || rel.last != nil:
	case rel.held:
		rel.last = &n // after the response that begins the relation
	default:
		p.finish(rel, n)
	}
}

// finish ends rel with n. The peer's lock is held.
func (p *Peer) finish(rel *Relation, n Notification) {
	rel.end()
	m := outgoing{
		typ: message.NonConfirmable, code: n.Code, messageID: p.newMessageID(), token: rel.token(), options: n.Options,
		payload: n.Payload,
	}
	p.endpoint.stats.notifications.Add(1)
	if n.Confirmable && !p.reliable() {
		t := &transmission{message: m}
		p.separate = append(p.separate, t)
		p.transmit(t)
	} else {
		p.endpoint.send(&p.route, p, &m, 0, nil)
	}
	p.pump()
}
