package coap

import "time"

// SequenceKind says how the Observe values of a relation grow (RFC 7641, section 4.4).
type SequenceKind uint8

// Kinds of sequences.
const (
	// SequenceClock is the low 24 bits of max(microseconds/31, previous+1), as EMQX 5 counts.
	SequenceClock SequenceKind = iota
	// SequenceCounter is 0, 1, 2 … 16777215, 1 …, as EMQX 5 up to 6.1.0 counted.
	SequenceCounter
	// SequenceEMQX4 is 0, 1, 2 … 4095, 0 …
	SequenceEMQX4
)

const maxSequence = 1<<24 - 1

// sequence makes Observe values. It belongs to the lock of its relation's peer.
type sequence struct {
	started bool
	last    uint32
	clock   int64
}

var processStart = time.Now()

// advance returns the next value.
func (s *sequence) advance(kind SequenceKind) uint32 { return s.advanceAt(kind, time.Now()) }

// advanceAt is advance for who knows the time.
func (s *sequence) advanceAt(kind SequenceKind, at time.Time) uint32 {
	switch {
	case kind == SequenceClock:
		// Wall time when the process began and monotonic time since: values grow over a restart and do not fall when
		// the clock is set.
		now := processStart.Add(at.Sub(processStart)).UnixMicro() / 31
		s.clock = max(now, s.clock+1)
		s.last = uint32(s.clock & maxSequence)
	case !s.started:
		s.last = 0
	case kind == SequenceEMQX4:
		s.last = (s.last + 1) % 4096
	default:
		if s.last++; s.last > maxSequence {
			s.last = 1
		}
	}
	s.started = true
	return s.last
}
