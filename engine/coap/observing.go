package coap

import (
	"slices"
	"time"

	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"
)

// remembered is how many Non-confirmable notifications of a peer a RST can still refer to.
const remembered = 16

// observing is what a peer observes. It belongs to the peer's lock.
type observing struct {
	relations   []*Relation
	outstanding *transmission // the one Confirmable notification that awaits its ACK
	queue       []queued
	recent      [remembered]sentAs // ring
	recentNext  int
}

type queued struct {
	relation     *Relation
	notification Notification
}

type sentAs struct {
	messageID uint16
	relation  *Relation
}

func (o *observing) empty() bool { return len(o.relations) == 0 && o.outstanding == nil }

func (o *observing) remember(messageID uint16, rel *Relation) {
	o.recent[o.recentNext%remembered] = sentAs{messageID, rel}
	o.recentNext++
}

func (o *observing) sentAs(messageID uint16) *Relation {
	for i := range o.recent {
		if s := &o.recent[i]; s.relation != nil && s.messageID == messageID {
			return s.relation
		}
	}
	return nil
}

func (o *observing) forgetSent(rel *Relation) {
	for i := range o.recent {
		if o.recent[i].relation == rel {
			o.recent[i] = sentAs{}
		}
	}
}

// stop ends retransmission.
func (o *observing) stop(e *Endpoint) {
	if o.outstanding != nil {
		e.timers.stop(&o.outstanding.timer)
		o.outstanding = nil
	}
	o.queue = nil
}

// addRelation registers rel, in place of another with its token, and returns the first Observe value, unless there are
// too many.
func (p *Peer) addRelation(rel *Relation) (first uint32, ok bool) {
	p.mu.Lock()
	first = rel.nextSequence()
	if p.gone {
		rel.ended, rel.late = true, true
		p.mu.Unlock()
		return first, true
	}
	replaced := p.replace(rel.token, rel)
	if ok = p.roomForRelation(); ok {
		if p.observing == nil {
			p.observing = &observing{}
		}
		p.observing.relations = append(p.observing.relations, rel)
	}
	p.mu.Unlock()
	if replaced != nil {
		replaced.tell(EndReplaced)
	}
	return first, ok
}

// roomForRelation counts one relation more, if the peer may have it. Its lock is held.
func (p *Peer) roomForRelation() bool {
	e := p.endpoint
	l := &e.config.Limits
	switch {
	case p.observing != nil && len(p.observing.relations) >= l.PeerRelations:
		e.reach(boundPeerRelations)
		return false
	case e.relations.Add(1) > int64(l.Relations):
		e.relations.Add(-1)
		e.reach(boundRelations)
		return false
	}
	return true
}

// replace ends the relation other than rel that has a token, and returns it. The peer's lock is held.
func (p *Peer) replace(token message.Token, rel *Relation) *Relation {
	if p.observing == nil {
		return nil
	}
	for _, other := range p.observing.relations {
		if other != rel && string(other.token) == string(token) {
			other.end()
			return other
		}
	}
	return nil
}

// recall takes back what was sent of a relation: what awaits its ACK waits to be sent again, and a RST to anything sent
// before means nothing any more. The peer's lock is held.
func (p *Peer) recall(rel *Relation) {
	o := p.observing
	o.forgetSent(rel)
	if t := o.outstanding; t != nil && t.relation == rel {
		p.settle(t)
		o.queue = slices.Insert(o.queue, 0, queued{rel, t.notification})
		p.pump()
	}
}

// forget takes rel off the peer. The peer's lock is held.
func (p *Peer) forget(rel *Relation) {
	o := p.observing
	if o == nil {
		return
	}
	before := len(o.relations)
	o.relations = slices.DeleteFunc(o.relations, func(r *Relation) bool { return r == rel })
	p.endpoint.relations.Add(int64(len(o.relations) - before))
	o.queue = slices.DeleteFunc(o.queue, func(q queued) bool { return q.relation == rel })
	o.forgetSent(rel)
	if t := o.outstanding; t != nil && t.relation == rel {
		p.settle(t)
	}
	p.endpoint.timers.stop(&rel.unblock)
	if o.empty() {
		p.observing = nil
	}
}

// notify sends or queues. The peer's lock is held.
func (p *Peer) notify(rel *Relation, n Notification) {
	o := p.observing
	if len(o.queue) == 0 && p.mayNotify(rel, &n) {
		p.sendNotification(rel, n)
		return
	}
	if len(o.queue) >= p.endpoint.config.Limits.PeerNotifications {
		p.endpoint.reach(boundPeerNotifications)
		o.queue[0].relation.dropped++
		p.endpoint.stats.dropped.Add(1)
		o.queue = slices.Delete(o.queue, 0, 1)
	}
	o.queue = append(o.queue, queued{rel, n})
	p.pump()
}

// mayNotify reports whether n may go out now: no Confirmable one is outstanding, the relation's first response is out,
// and, if n needs blocks, no other body of the resource is still being fetched block by block.
func (p *Peer) mayNotify(rel *Relation, n *Notification) bool {
	if p.observing.outstanding != nil || rel.held || !p.roomy() {
		return false
	}
	if len(n.Payload) <= p.notificationPlan(rel, n).whole {
		return true
	}
	d := p.fetching(rel.key)
	if d != nil { // however silent the client, n waits no longer than the body is kept
		p.endpoint.timers.set(&rel.unblock, p.endpoint.began.Add(time.Duration(d.expires)))
	}
	return d == nil
}

// pump sends what waits and may go. The peer's lock is held.
func (p *Peer) pump() {
	o := p.observing
	if o == nil {
		return
	}
	for i := 0; i < len(o.queue) && o.outstanding == nil; {
		q := o.queue[i]
		if !p.mayNotify(q.relation, &q.notification) {
			i++
			continue
		}
		o.queue = slices.Delete(o.queue, i, i+1)
		p.sendNotification(q.relation, q.notification)
		i = 0 // the bodies it displaced may have been what an earlier one waited for
	}
	if len(o.queue) == 0 {
		o.queue = nil
	}
	if o.empty() {
		p.observing = nil
	}
}

// sendNotification sends n now. The peer's lock is held.
func (p *Peer) sendNotification(rel *Relation, n Notification) {
	e := p.endpoint
	if n.Code == codes.Empty {
		n.Code = codes.Content
	}
	if p.reliable() {
		p.streamNotification(rel, n)
		return
	}
	observe := rel.nextSequence()
	prepared := p.firstBlock(rel, n, observe)
	m := outgoing{
		typ: message.NonConfirmable, code: n.Code, messageID: p.newMessageID(), token: rel.token,
		options: rel.options(&prepared, observe), payload: prepared.Payload,
	}
	rel.sent++
	rel.lastSent = e.time()
	rel.lastConfirmable = n.Confirmable
	e.stats.notifications.Add(1)
	if n.Confirmable {
		t := &transmission{relation: rel, notification: n, prepared: prepared, message: m}
		p.observing.outstanding = t
		p.transmit(t)
		return
	}
	p.observing.remember(m.messageID, rel)
	e.send(&p.route, p, &m, 0, nil)
}
