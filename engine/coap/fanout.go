package coap

import (
	"slices"
	"sync"
	"time"
)

// Fanout notifies many relations: what their notifications have in common is encoded once, and the datagrams leave in
// batches. It is used by one goroutine and must be ended. Until then it may hold peers locked: that goroutine calls
// nothing else that needs one, of which Relation.Peer and Peer.LastSeen are not.
//
// What two goroutines notify of one relation leaves in the order of its Observe values, and each value says what was
// notified when it was given out. For that a peer stays locked from there until its datagram is with the system. As
// several peers are locked at a time, one that is locked by somebody else is waited for only after the batch has been sent
// and all are unlocked: no two goroutines can wait for each other.
type Fanout struct {
	now     time.Time // of this batch; zero until it is needed
	locked  []*Peer
	batches []*batch // one a socket
	content content
}

// maxLocked is how many peers are locked, and datagrams wait, at a time.
const maxLocked = 2 * batchSize

var fanoutPool = sync.Pool{New: func() any { return &Fanout{locked: make([]*Peer, 0, maxLocked)} }}

// NewFanout begins a fan-out.
func NewFanout() *Fanout { return fanoutPool.Get().(*Fanout) }

// Notify is Relation.Notify. Notifications of the same code, options and payload (the same slices, not equal ones) should
// follow each other. n may leave any time until End, or another call of Notify.
func (f *Fanout) Notify(rel *Relation, n Notification) {
	p := f.lock(rel)
	if rel.open() {
		p.notify(rel, n, f)
	}
	if len(f.locked) == maxLocked {
		f.flush()
	}
}

// End sends what has not been sent. f must not be used afterwards.
func (f *Fanout) End() {
	f.flush()
	for i, b := range f.batches {
		b.socket.batches.Put(b)
		f.batches[i] = nil
	}
	f.batches = f.batches[:0]
	f.content.of = Notification{}
	fanoutPool.Put(f)
}

// lock locks the peer that a relation belongs to now, if it is not locked already. It stays so until flush.
func (f *Fanout) lock(rel *Relation) *Peer {
	for {
		p := rel.peer.Load()
		switch n := len(f.locked); {
		case n == 0:
			p.mu.Lock()
		case f.locked[n-1] == p:
			return p
		case p.mu.TryLock():
		case slices.Contains(f.locked, p):
			return p
		default:
			f.flush()
			p.mu.Lock()
		}
		if rel.peer.Load() == p {
			f.locked = append(f.locked, p)
			return p
		}
		p.mu.Unlock()
	}
}

// flush sends what waits and unlocks the peers.
func (f *Fanout) flush() {
	f.send()
	for i, p := range f.locked {
		p.mu.Unlock()
		f.locked[i] = nil
	}
	f.locked = f.locked[:0]
	f.now = time.Time{}
}

// send sends what waits. f may be nil.
func (f *Fanout) send() {
	if f == nil {
		return
	}
	for _, b := range f.batches {
		b.flush()
	}
}

// time is that of the batch. f may be nil.
func (f *Fanout) time() time.Time {
	if f == nil {
		return time.Now()
	}
	if f.now.IsZero() {
		f.now = time.Now()
	}
	return f.now
}

// encoded is n encoded. It is valid until the next call. f may be nil.
func (f *Fanout) encoded(n *Notification) *content {
	if f == nil {
		return encode(n)
	}
	if !f.content.holds(n) {
		f.content.encode(n)
	}
	return &f.content
}

// batchFor is where a datagram to a peer waits; nil: it is sent at once, as to a peer without a socket. f may be nil.
func (f *Fanout) batchFor(rt *route) *batch {
	if f == nil || rt.socket == nil {
		return nil
	}
	for _, b := range f.batches {
		if b.socket == rt.socket {
			return b
		}
	}
	b := rt.socket.batches.Get().(*batch)
	f.batches = append(f.batches, b)
	return b
}
