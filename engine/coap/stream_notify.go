package coap

import (
	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"
)

// streamNotification sends n over a reliable transport: nothing is acknowledged, and nothing is outstanding (RFC 8323,
// section 7). What the peer does not take is dropped. The peer's lock is held.
func (p *Peer) streamNotification(rel *Relation, n Notification) {
	e := p.endpoint
	observe := rel.nextSequence()
	prepared := p.firstBlock(rel, n, observe)
	value := appendUint(make([]byte, 0, 3), observe, e.config.ZeroAsByte)
	m := outgoing{
		code: n.Code, token: rel.token(), options: withOption(prepared.Options, message.Observe, value), payload: prepared.Payload,
	}
	if e.send(&p.route, p, &m, 0, nil) == nil { // counted there
		rel.dropped++
		return
	}
	rel.sent++
	rel.lastSent = e.time().UnixNano()
	e.stats.notifications.Add(1)
}

// tooLong replaces an answer that the peer does not take, and cannot be sent in blocks.
func (w *ResponseWriter) tooLong() {
	w.code = codes.InternalServerError
	w.options = w.options[:0]
	w.values = w.values[:0]
	w.payload = nil
	const why = "the answer is longer than your Max-Message-Size, and you do not announce block-wise transfer"
	if plan := w.exchange.peer.streamPlan(w.exchange.token, nil, block{}); len(why) <= plan.whole {
		w.payload = []byte(why)
	}
	w.endRelation()
}

// endRelation ends the relation that an answer was to begin which cannot be sent.
func (w *ResponseWriter) endRelation() {
	if rel := w.relation; rel != nil {
		w.relation = nil
		p := rel.lock()
		end := rel.end()
		p.mu.Unlock()
		if end {
			rel.tell(EndTooLong)
		}
	}
}
