package coap

import (
	"testing"
	"time"
)

func TestSequences(t *testing.T) {
	for _, tt := range []struct {
		name string
		kind SequenceKind
		from sequence
		want []uint32
	}{
		{"a counter begins with 0", SequenceCounter, sequence{}, []uint32{0, 1, 2}},
		{"a counter wraps to 1", SequenceCounter, sequence{started: true, last: 1<<24 - 2}, []uint32{1<<24 - 1, 1, 2}},
		{"EMQX 4 begins with 0", SequenceEMQX4, sequence{}, []uint32{0, 1, 2}},
		{"EMQX 4 wraps to 0", SequenceEMQX4, sequence{started: true, last: 4094}, []uint32{4095, 0, 1}},
		{"the clock counts on within a tick", SequenceClock, sequence{started: true, clock: 1<<50 + 7}, []uint32{8, 9, 10}},
		{"the clock wraps to 0", SequenceClock, sequence{started: true, clock: 1<<50 - 2}, []uint32{1<<24 - 1, 0, 1}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := tt.from
			for _, want := range tt.want {
				if got := s.advance(tt.kind); got != want || s.last != want {
					t.Errorf("got %d, want %d", got, want)
				}
			}
		})
	}
}

func TestClockSequenceFollowsTheClock(t *testing.T) {
	var s sequence
	before := time.Now().UnixMicro() / 31
	s.advance(SequenceClock)
	after := time.Now().UnixMicro() / 31
	if s.clock < before-100_000 || s.clock > after+100_000 { // the wall clock may have been set meanwhile, by 3 s here
		t.Errorf("the clock reads %d, want %d to %d", s.clock, before, after)
	}
	if s.last != uint32(s.clock)&0xffffff {
		t.Errorf("the value is %d, want the low 24 bits of %d", s.last, s.clock)
	}
	earlier := s.clock
	time.Sleep(time.Millisecond)
	if s.advance(SequenceClock); s.clock < earlier+1000/31 {
		t.Errorf("a millisecond counts %d, want at least %d", s.clock-earlier, 1000/31)
	}
}
