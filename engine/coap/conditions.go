package coap

import (
	"math/rand/v2"
	"time"

	"sluice/engine/mistakes"
)

// Conditions are what happens to the datagrams of a peer on their way, in both directions, as if there were a worse
// network between it and the endpoint. The zero value does nothing. They hold for UDP and DTLS; over DTLS for the
// messages inside, so that handshakes succeed and the record shows what was lost.
type Conditions struct {
	// Loss, Duplication and Reordering are the parts of all datagrams, 0 to 1, that are lost, come twice, and are held back
	// so long that later ones overtake them.
	Loss, Duplication, Reordering float64
	// Delay is that of every datagram, one way; up to Jitter more is added, evenly distributed. Jitter alone does not
	// reorder: a datagram waits for the one before it.
	Delay, Jitter time.Duration
	// SilentFor is for how long nothing passes, from when the conditions are set and then every SilentEvery; 0: once.
	SilentFor, SilentEvery time.Duration
	// PortAfter is the silence of a peer after which the address translation on its way forgets it: what is sent to it is
	// lost, and its next datagram comes from another port. 0: never. UDP only.
	PortAfter time.Duration
	// MaxSize is the longest message that passes, in bytes; longer ones are lost. 0: there is none.
	MaxSize int
}

// Bounds of Conditions.
const (
	MaxConditionDelay = time.Minute // of Delay and of Jitter
	MaxSilence        = time.Hour   // of SilentFor, SilentEvery and PortAfter
	MaxConditionSize  = 1<<16 - 1   // of MaxSize, in bytes
)

// minHoldBack is how much longer a datagram that is to be overtaken waits, at least.
const minHoldBack = 50 * time.Millisecond

// Active reports whether c does anything.
func (c *Conditions) Active() bool { return *c != Conditions{} }

// Validate says what is out of bounds.
func (c *Conditions) Validate() error {
	for _, part := range []struct {
		name  string
		value float64
	}{{"loss", c.Loss}, {"duplication", c.Duplication}, {"reordering", c.Reordering}} {
		if !(part.value >= 0 && part.value <= 1) { // NaN is neither
			return mistakes.Errorf("%s %v: must be from 0 to 1", part.name, part.value)
		}
	}
	for _, d := range []struct {
		name  string
		value time.Duration
		max   time.Duration
	}{
		{"delay", c.Delay, MaxConditionDelay}, {"jitter", c.Jitter, MaxConditionDelay},
		{"silent period", c.SilentFor, MaxSilence}, {"interval of silent periods", c.SilentEvery, MaxSilence},
		{"silence before a port changes", c.PortAfter, MaxSilence},
	} {
		if d.value < 0 || d.value > d.max {
			return mistakes.Errorf("%s %v: must be from 0 to %v", d.name, d.value, d.max)
		}
	}
	if c.MaxSize < 0 || c.MaxSize > MaxConditionSize {
		return mistakes.Errorf("longest message %d: must be from 0 to %d bytes", c.MaxSize, MaxConditionSize)
	}
	if c.SilentEvery > 0 && c.SilentFor >= c.SilentEvery {
		return mistakes.Errorf("a silent period of %v every %v: nothing would ever pass", c.SilentFor, c.SilentEvery)
	}
	return nil
}

// silent reports whether nothing passes at a time after the conditions were set.
func (c *Conditions) silent(elapsed time.Duration) bool {
	if c.SilentEvery > 0 {
		elapsed %= c.SilentEvery
	}
	return elapsed < c.SilentFor
}

// path is one direction to or from a peer: when its last datagram arrives.
type path struct{ last time.Time }

// fate is what becomes of a datagram: when each of its copies arrives.
type fate struct {
	lost   bool
	cause  Cause // of the loss
	at     [2]time.Time
	held   [2]bool // so long that later ones overtake it
	copies int
}

// fate draws what becomes of a datagram that leaves now. elapsed is the time since the conditions were set.
func (c *Conditions) fate(now time.Time, elapsed time.Duration, way *path, random *rand.Rand) fate {
	if c.silent(elapsed) {
		return fate{lost: true, cause: Silence}
	}
	if c.Loss > 0 && random.Float64() < c.Loss {
		return fate{lost: true}
	}
	f := fate{copies: 1}
	if c.Duplication > 0 && random.Float64() < c.Duplication {
		f.copies = 2
	}
	for i := range f.copies {
		f.at[i], f.held[i] = c.arrival(now, way, random)
	}
	return f
}

// arrival draws when a datagram arrives, and whether later ones overtake it.
func (c *Conditions) arrival(now time.Time, way *path, random *rand.Rand) (at time.Time, held bool) {
	at = now.Add(c.Delay)
	if c.Jitter > 0 {
		at = at.Add(time.Duration(random.Int64N(int64(c.Jitter) + 1)))
	}
	if c.Reordering > 0 && random.Float64() < c.Reordering {
		return at.Add(max(c.Delay+c.Jitter, minHoldBack)), true
	}
	if at.Before(way.last) {
		at = way.last
	}
	way.last = at
	return at, false
}
