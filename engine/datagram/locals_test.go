package datagram

import (
	"encoding/binary"
	"testing"
)

func TestLocalsAreReadOnceAndBounded(t *testing.T) {
	parsed := 0
	locals := NewLocals(func(controlMessage []byte) uint32 {
		parsed++
		return binary.BigEndian.Uint32(controlMessage)
	})
	ask := func(from, to uint32) {
		for i := from; i < to; i++ {
			if got := locals.Of(binary.BigEndian.AppendUint32(nil, i)); got != i {
				t.Fatalf("%d stands for %d", i, got)
			}
		}
	}
	ask(0, maxLocals)
	ask(0, maxLocals)
	if parsed != maxLocals {
		t.Errorf("%d were read, want %d", parsed, maxLocals)
	}
	ask(maxLocals, maxLocals+10)
	ask(maxLocals, maxLocals+10)
	if parsed != maxLocals+20 || len(locals.known) != maxLocals {
		t.Errorf("%d were read, %d are remembered", parsed, len(locals.known))
	}
	known := binary.BigEndian.AppendUint32(nil, 7)
	if n := testing.AllocsPerRun(100, func() { locals.Of(known) }); n != 0 {
		t.Errorf("a known one costs %v allocations", n)
	}
}

func TestDestinationOfNothing(t *testing.T) {
	for _, v6 := range []bool{false, true} {
		for _, controlMessage := range [][]byte{nil, {1, 2, 3}, make([]byte, 128)} {
			if addr, ok := Destination(controlMessage, v6); ok {
				t.Errorf("%x: %v", controlMessage, addr)
			}
		}
	}
}
