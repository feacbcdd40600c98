package coap

import (
	"slices"
	"time"

	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"
)

// observing is what a peer observes. It belongs to the peer's lock.
type observing struct {
	relations   []*Relation
	outstanding *transmission // the one Confirmable notification that awaits its ACK
	queue       []queued
	queuedBytes int64 // of the bodies in the queue
}

func (o *observing) empty() bool { return len(o.relations) == 0 && o.outstanding == nil }

// sentAs returns the relation that lately sent a Non-confirmable notification with a message ID, or nil.
func (o *observing) sentAs(messageID uint16) *Relation {
	for _, rel := range o.relations {
		if rel.recent.has(messageID) {
			return rel
		}
	}
	return nil
}

// stop ends retransmission.
func (o *observing) stop(e *Endpoint) {
	if o.outstanding != nil {
		e.timers.stop(&o.outstanding.timer)
		o.outstanding = nil
	}
	o.dequeueOf(e, nil)
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
	replaced := p.replace(rel.token(), rel)
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
		if other != rel && string(other.token()) == string(token) {
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
	rel.recent = recentIDs{}
	if t := o.outstanding; t != nil && t.relation == rel {
		p.settle(t)
		o.insert(p.endpoint, 0, queued{rel, t.notification})
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
	o.dequeueOf(p.endpoint, rel)
	rel.recent = recentIDs{}
	if t := o.outstanding; t != nil && t.relation == rel {
		p.settle(t)
	}
	rel.stopUnblock(p.endpoint)
	if o.empty() {
		p.observing = nil
	}
}

// notify sends or queues, as part of f unless that is nil. The peer's lock is held.
func (p *Peer) notify(rel *Relation, n Notification, f *Fanout) {
	o := p.observing
	if len(o.queue) == 0 && p.mayNotify(rel, &n) {
		p.sendNotification(rel, n, f)
		return
	}
	o.enqueue(p.endpoint, queued{rel, n})
	if o.outstanding == nil {
		f.send() // what pump sends comes after it
		p.pump()
	}
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
		rel.unblockAt(p.endpoint, p.endpoint.began.Add(time.Duration(d.expires)))
	}
	return d == nil
}

// pump sends what waits and may go. The peer's lock is held.
func (p *Peer) pump() {
	o := p.observing
	if o == nil {
		return
	}
	for i := 0; i < len(o.queue) && o.outstanding == nil && p.roomy(); {
		if q := &o.queue[i]; !p.mayNotify(q.relation, &q.notification) {
			i++
			continue
		}
		q := o.dequeue(p.endpoint, i)
		p.sendNotification(q.relation, q.notification, nil)
		i = 0 // the bodies it displaced may have been what an earlier one waited for
	}
	if len(o.queue) == 0 {
		o.queue = nil
	}
	if o.empty() {
		p.observing = nil
	}
}

// sendNotification sends n now, as part of f unless that is nil. The peer's lock is held.
func (p *Peer) sendNotification(rel *Relation, n Notification, f *Fanout) {
	e := p.endpoint
	if n.Code == codes.Empty {
		n.Code = codes.Content
	}
	if p.unverified.Load() {
		n.Confirmable = true // its ACK verifies the address, and what follows waits for that
	}
	if p.reliable() {
		p.streamNotification(rel, n)
		return
	}
	now := f.time()
	observe := rel.sequence.advanceAt(rel.config.Sequence, now)
	prepared := p.firstBlock(rel, n, observe)
	messageID := p.newMessageID()
	rel.sent++
	rel.lastSent = now.UnixNano()
	rel.lastConfirmable = n.Confirmable
	e.stats.notifications.Add(1)
	c, out := f.encoded(&prepared), f.batchFor(&p.route)
	if n.Confirmable {
		t := &transmission{relation: rel, notification: n, prepared: prepared}
		t.message.messageID = messageID
		t.data = c.append(make([]byte, 0, c.size()), rel, message.Confirmable, messageID, observe)
		p.observing.outstanding = t
		e.sendRaw(&p.route, p, t.data, 0, out)
		p.await(t)
		return
	}
	rel.recent.add(messageID)
	var buffer []byte
	if out != nil {
		buffer = out.buffer()
	} else {
		buffer = make([]byte, 0, c.size())
	}
	e.sendRaw(&p.route, p, c.append(buffer, rel, message.NonConfirmable, messageID, observe), 0, out)
}
