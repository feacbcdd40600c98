package coap

import (
	"time"

	"github.com/plgd-dev/go-coap/v3/message"
)

// transmission is a Confirmable message of ours that awaits its ACK (RFC 7252, section 4.2).
type transmission struct {
	timer
	peer         *Peer
	relation     *Relation    // nil: a separate response that begins none
	first        bool         // it is the separate response that begins relation
	notification Notification // as it was given
	prepared     Notification // its first block
	message      outgoing
	data         []byte
	attempts     int
	interval     time.Duration
	sent         time.Time
}

// transmit sends message as a Confirmable one and retransmits it until it is acknowledged. The peer's lock is held.
func (p *Peer) transmit(t *transmission) {
	t.message.typ = message.Confirmable
	t.data = p.endpoint.send(&p.route, p, &t.message, 0, nil)
	p.await(t)
}

// await retransmits t, which was sent just now, until it is acknowledged. The peer's lock is held.
func (p *Peer) await(t *transmission) {
	t.peer = p
	t.sent = time.Now()
	t.interval = p.endpoint.config.Transmission.firstInterval()
	t.fire = t.expire
	p.endpoint.timers.set(&t.timer, t.sent.Add(t.interval))
}

// expire sends the message again, or gives up.
func (t *transmission) expire(now time.Time) {
	p := t.peer
	p.mu.Lock()
	if !p.outstanding(t) {
		p.mu.Unlock()
		return
	}
	if t.attempts == p.endpoint.config.Transmission.MaxRetransmit {
		p.settle(t)
		if t.relation != nil && !t.first {
			t.relation.lost++
		}
		p.mu.Unlock()
		t.refused(EndTimeout)
		return
	}
	t.attempts++
	t.interval *= 2
	p.endpoint.stats.retransmissions.Add(1)
	p.resent.Add(1)
	if rel := t.relation; rel != nil && !t.first {
		rel.retransmissions++
		if rel.config.RefreshOnRetransmit {
			c := encode(&t.prepared)
			t.data = c.append(t.data[:0], rel, message.Confirmable, t.message.messageID, rel.nextSequence())
		}
	}
	p.endpoint.sendRaw(&p.route, p, t.data, Retransmitted, nil)
	p.endpoint.timers.set(&t.timer, now.Add(t.interval))
	p.mu.Unlock()
}

// outstanding reports whether t still awaits its ACK. The peer's lock is held.
func (p *Peer) outstanding(t *transmission) bool {
	if p.observing != nil && p.observing.outstanding == t {
		return true
	}
	for _, s := range p.separate {
		if s == t {
			return true
		}
	}
	return false
}

// settle takes t out of what awaits an ACK. The peer's lock is held.
func (p *Peer) settle(t *transmission) {
	p.endpoint.timers.stop(&t.timer)
	if p.observing != nil && p.observing.outstanding == t {
		p.observing.outstanding = nil
		return
	}
	for i, s := range p.separate {
		if s == t {
			p.separate = append(p.separate[:i], p.separate[i+1:]...)
			return
		}
	}
}

// awaiting finds what an ACK or RST with this message ID is for. The peer's lock is held.
func (p *Peer) awaiting(messageID uint16) *transmission {
	if p.observing != nil {
		if t := p.observing.outstanding; t != nil && t.message.messageID == messageID {
			return t
		}
	}
	for _, t := range p.separate {
		if t.message.messageID == messageID {
			return t
		}
	}
	return nil
}

// acknowledged handles an ACK, whatever its code: message IDs decide (some devices answer a notification with 2.04).
func (p *Peer) acknowledged(messageID uint16, now time.Time) {
	p.mu.Lock()
	t := p.awaiting(messageID)
	if t == nil {
		p.mu.Unlock()
		return
	}
	p.settle(t)
	p.Verify()
	if t.attempts == 0 { // of a retransmitted one nobody knows which copy was acknowledged
		p.measured(now.Sub(t.sent))
	}
	if rel := t.relation; rel != nil && !t.first {
		rel.acknowledged++
		if t.attempts == 0 {
			rel.roundTrip = now.Sub(t.sent)
		}
	}
	p.pump()
	p.mu.Unlock()
	if t.first && t.relation != nil {
		t.relation.release()
	}
}

// reset handles a RST: it ends the relation whose notification, or first response, it refuses (RFC 7641, section 3.6).
func (p *Peer) reset(messageID uint16) {
	p.mu.Lock()
	t := p.awaiting(messageID)
	if t == nil {
		t = &transmission{peer: p}
		if p.observing != nil {
			t.relation = p.observing.sentAs(messageID)
		}
	} else {
		p.settle(t)
	}
	p.mu.Unlock()
	t.refused(EndReset)
}

// refused ends the relation of a message that its peer does not take, unless it is to stay, and lets out what waits.
// No lock is held.
func (t *transmission) refused(reason EndReason) {
	if rel := t.relation; rel != nil {
		rel.refused(t, reason)
	}
	t.peer.mu.Lock()
	t.peer.pump()
	t.peer.mu.Unlock()
}
