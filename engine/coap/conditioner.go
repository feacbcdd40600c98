package coap

import (
	"math/rand/v2"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"sluice/engine/mistakes"
)

// Conditioning says which peers have which conditions.
type Conditioning struct {
	// All are those of every peer.
	All Conditions
	// Of returns the conditions of one peer, by its address and Data, in place of All; nil: it has those of all. It is
	// called for every datagram, as a tap is.
	Of func(addr netip.AddrPort, data any) *Conditions
	// Seed makes what is drawn the same each time; 0: it is not.
	Seed uint64
}

// ConditionStats counts what conditions did.
type ConditionStats struct {
	Lost, Delayed, Duplicated uint64
	Overflowed                uint64 // lost because too many were delayed
	Waiting                   int    // delayed datagrams now
	WaitingBytes              int
}

// conditioner does to datagrams what conditions say. Its lock comes after that of a Peer.
type conditioner struct {
	endpoint *Endpoint
	late     lateQueue
	counts   struct{ lost, delayed, duplicated, overflowed atomic.Uint64 }

	mu     sync.Mutex
	set    Conditioning
	since  time.Time
	random *rand.Rand
	paths  map[pathKey]*path
	ports  ports
}

type pathKey struct {
	addr     netip.AddrPort
	outgoing bool
}

// pathMemory is how long the last datagram of a way is remembered after it has arrived.
const pathMemory = time.Minute

// SetConditions sets what happens to datagrams from now on; those that are delayed already still arrive. Without
// conditions it costs one atomic load a datagram. Streams (TCP, WebSocket) have none, nor has multicast.
func (e *Endpoint) SetConditions(set Conditioning) error {
	if err := set.All.Validate(); err != nil {
		return mistakes.Errorf("set conditions: %w", err)
	}
	if e.streams != nil {
		return nil
	}
	c := e.conditioner()
	seed := set.Seed
	if seed == 0 {
		seed = rand.Uint64()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.set, c.since, c.random = set, time.Now(), rand.New(rand.NewPCG(seed, seed))
	c.engage()
	return nil
}

// conditioner is made when it is first needed.
func (e *Endpoint) conditioner() *conditioner {
	e.makeConditioner.Do(func() {
		c := &conditioner{endpoint: e, since: time.Now(), random: rand.New(rand.NewPCG(rand.Uint64(), 0)), paths: map[pathKey]*path{}}
		c.ports.init()
		e.lastConditioner = c
	})
	return e.lastConditioner
}

// engage puts c in the way of datagrams, or takes it out of it. The lock is held.
func (c *conditioner) engage() {
	if c.set.All.Active() || c.set.Of != nil || c.ports.changed() {
		c.endpoint.conditions.Store(c)
	} else {
		c.endpoint.conditions.Store(nil)
		clear(c.paths)
	}
}

// ConditionStats returns the counters of conditions.
func (e *Endpoint) ConditionStats() ConditionStats {
	c := e.conditioner()
	s := ConditionStats{
		Lost: c.counts.lost.Load(), Delayed: c.counts.delayed.Load(), Duplicated: c.counts.duplicated.Load(),
		Overflowed: c.counts.overflowed.Load(),
	}
	s.Waiting, s.WaitingBytes = c.late.waiting()
	return s
}

// of are the conditions of a peer, which may not be known.
func (c *conditioner) of(rt *route, p *Peer) *Conditions {
	c.mu.Lock()
	set := c.set
	c.mu.Unlock()
	if set.Of != nil {
		var data any
		if p != nil {
			data = p.Data()
		}
		if own := set.Of(rt.remote(), data); own != nil {
			return own
		}
	}
	return &set.All
}

// draw draws the fate of a datagram of so many bytes.
func (c *conditioner) draw(conditions *Conditions, key pathKey, now time.Time, size int) fate {
	if conditions.MaxSize > 0 && size > conditions.MaxSize {
		return fate{lost: true, cause: TooLong}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	way := c.paths[key]
	if way == nil {
		way = &path{}
	}
	f := conditions.fate(now, now.Sub(c.since), way, c.random)
	if way.last.After(now) && len(c.paths) < 2*c.endpoint.config.Limits.Peers {
		c.paths[key] = way
	}
	return f
}

// arrived handles a datagram that the socket, or a session of DTLS, has read.
func (r *reader) arrived(rt *route, b []byte) {
	if c := r.endpoint.conditions.Load(); c != nil {
		c.arrive(r, rt, b)
		return
	}
	r.datagram(rt, b)
}

func (c *conditioner) arrive(r *reader, rt *route, b []byte) {
	p := c.endpoint.peerOf(rt)
	conditions, cause := c.of(rt, p), ByChance
	if rt.conn == nil {
		shown, moved := c.shownAt(rt.addr, conditions.PortAfter, r.now)
		if shown != rt.addr {
			rt.addr = shown
			p = c.endpoint.peerOf(rt)
		}
		if moved {
			cause = Remapped
		}
	}
	f := c.draw(conditions, pathKey{rt.addr, false}, r.now, len(b))
	if f.lost {
		c.counts.lost.Add(1)
		c.loses(r, rt, p, effect{cause: f.cause, conditions: conditions}, b)
		return
	}
	for i := range f.copies {
		copied := c.effectOf(f, i, r.now, conditions)
		if copied.cause == ByChance {
			copied.cause = cause
		}
		if copied.note&DelayedByConditions == 0 {
			r.condition = copied
			r.datagram(rt, b)
			r.condition = effect{}
			continue
		}
		if !c.late.add(c, late{at: f.at[i], route: *rt, data: append([]byte(nil), b...), effect: copied}) {
			c.counts.overflowed.Add(1)
			c.loses(r, rt, p, effect{cause: Overflow, conditions: conditions}, b)
		}
	}
}

// effectOf tells what becomes of a copy, and counts it.
func (c *conditioner) effectOf(f fate, copied int, now time.Time, by *Conditions) effect {
	e := effect{conditions: by}
	if f.held[copied] {
		e.cause = Overtaken
	}
	if f.at[copied].After(now) {
		e.note |= DelayedByConditions
		e.delay = f.at[copied].Sub(now)
		c.counts.delayed.Add(1)
	}
	if copied > 0 {
		e.note |= DuplicatedByConditions
		c.counts.duplicated.Add(1)
	}
	return e
}

// leave sends a datagram, as sendRaw does without conditions.
func (c *conditioner) leave(rt *route, p *Peer, data []byte, note Note, out *batch) error {
	now := time.Now()
	conditions := c.of(rt, p)
	to, reachable := *rt, true
	if rt.conn == nil {
		to.addr, reachable = c.realOf(rt.addr, conditions.PortAfter, now)
	}
	f := c.draw(conditions, pathKey{rt.addr, true}, now, len(data))
	if f.lost || !reachable {
		c.counts.lost.Add(1)
		if !reachable {
			f.cause = Unmapped
		}
		c.endpoint.sends(rt, p, data, effect{note: note | LostByConditions, cause: f.cause, conditions: conditions})
		return nil
	}
	for i := range f.copies {
		copied := c.effectOf(f, i, now, conditions)
		copied.note |= note
		delayed := copied.note&DelayedByConditions != 0
		if delayed &&
			!c.late.add(c, late{at: f.at[i], outgoing: true, route: to, data: append([]byte(nil), data...)}) {
			c.counts.overflowed.Add(1)
			copied = effect{note: note | LostByConditions, cause: Overflow, conditions: conditions}
		}
		c.endpoint.sends(rt, p, data, copied)
		if delayed {
			continue
		}
		if out != nil && i > 0 {
			out = nil // the buffer belongs to the first
		}
		if err := c.endpoint.pass(&to, data, out); err != nil {
			return err
		}
	}
	return nil
}

// sweep forgets what is too old.
func (c *conditioner) sweep(now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for key, way := range c.paths {
		if now.Sub(way.last) > pathMemory {
			delete(c.paths, key)
		}
	}
	c.ports.sweep(now)
	c.engage()
}
