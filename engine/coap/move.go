package coap

import (
	"slices"
	"sync"
)

// moving serialises moves, which lock two peers.
var moving sync.Mutex

// MoveTo hands all relations, with what is outstanding and what waits, to another peer: the same client now speaks from
// there. An outstanding notification is sent to the new address at once. A relation there that has the token of one that
// comes ends with EndReplaced; its OnEnd is not called by MoveTo, so locks that OnEnd takes may be held.
func (p *Peer) MoveTo(other *Peer) {
	if p == other {
		return
	}
	var replaced []*Relation
	moveLocked(p, other, func() {
		if p.observing == nil || other.gone {
			return
		}
		relations := slices.Clone(p.observing.relations)
		for _, rel := range relations {
			if r := other.replace(rel.token(), rel); r != nil {
				replaced = append(replaced, r)
			}
		}
		p.handOver(other, relations)
	})
	for _, rel := range replaced {
		p.endpoint.timers.soon(func() { rel.tell(EndReplaced) })
	}
}

// moveLocked runs move with both peers' locks held.
func moveLocked(p, other *Peer, move func()) {
	moving.Lock()
	defer moving.Unlock()
	p.mu.Lock()
	defer p.mu.Unlock()
	if p != other {
		other.mu.Lock()
		defer other.mu.Unlock()
	}
	move()
}

// renew makes the relation go on under another request, perhaps of another peer, and returns its next Observe value,
// unless it has ended.
func (rel *Relation) renew(x *exchange) (value uint32, ok bool) {
	var replaced *Relation
	for p := rel.peer.Load(); ; p = rel.peer.Load() {
		moved := false
		moveLocked(p, x.peer, func() {
			if moved = rel.peer.Load() != p; moved {
				return
			}
			if ok = !rel.ended && !x.peer.gone; ok {
				replaced = p.renew(rel, x)
				value = rel.nextSequence()
			}
		})
		if !moved {
			break
		}
	}
	if replaced != nil {
		replaced.tell(EndReplaced)
	}
	return value, ok
}

// renew takes rel, which is p's, to another request and returns the relation that had its token. The locks of p and of
// the request's peer are held.
func (p *Peer) renew(rel *Relation, x *exchange) (replaced *Relation) {
	rel.held = true
	replaced = x.peer.replace(x.token, rel)
	if p != x.peer || string(rel.token()) != string(x.token) {
		// The client may not know the old token any more: what it has not acknowledged is sent again under the new one.
		p.recall(rel)
	}
	rel.adopt(x)
	if p != x.peer {
		p.handOver(x.peer, []*Relation{rel})
	}
	return replaced
}

// handOver moves relations. Both peers' locks are held.
func (p *Peer) handOver(other *Peer, relations []*Relation) {
	if other.observing == nil {
		other.observing = &observing{}
	}
	from, to := p.observing, other.observing
	var waiting []queued
	if t := from.outstanding; t != nil && slices.Contains(relations, t.relation) {
		p.settle(t)
		waiting = append(waiting, queued{t.relation, t.notification})
	}
	for _, q := range from.queue {
		if slices.Contains(relations, q.relation) {
			waiting = append(waiting, q)
		}
	}
	for _, rel := range relations {
		p.forget(rel)
		rel.peer.Store(other)
		to.relations = append(to.relations, rel)
		other.endpoint.relations.Add(1)
	}
	for _, q := range waiting {
		to.enqueue(other.endpoint, q)
	}
	p.pump()
	other.pump()
}
