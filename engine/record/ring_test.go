package record

import (
	"bytes"
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"
)

func frame(data string) *Frame {
	return &Frame{
		At:       time.Unix(1700000000, 123456789),
		Protocol: MQTT,
		Outgoing: true,
		Peer:     netip.MustParseAddrPort("192.0.2.17:49320"),
		Listener: "mqtt://127.0.0.1:1883",
		Client:   "sensor-17",
		Note:     Duplicate,
		Data:     []byte(data),
	}
}

func TestRingGivesBackWhatWasAdded(t *testing.T) {
	peers := map[string]netip.AddrPort{
		"IPv4":        netip.MustParseAddrPort("192.0.2.17:49320"),
		"IPv6":        netip.MustParseAddrPort("[2001:db8::1]:5683"),
		"IPv4 mapped": netip.MustParseAddrPort("[::ffff:192.0.2.1]:5683"),
		"with a zone": netip.MustParseAddrPort("[fe80::1%eth0]:5683"),
		"none":        {},
	}
	for name, peer := range peers {
		t.Run(name, func(t *testing.T) {
			r := New(1 << 20)
			want := frame("hello")
			want.Peer = peer
			r.Add(want)
			got, ok := r.Get(1)
			if !ok {
				t.Fatal("not kept")
			}
			if !got.At.Equal(want.At) {
				t.Errorf("at %v", got.At)
			}
			got.At = want.At
			if fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", *want) {
				t.Errorf("got %+v\nadded %+v", got, *want)
			}
		})
	}
}

func TestRingKeepsWhatConditionsDid(t *testing.T) {
	r := New(1 << 20)
	for _, test := range []struct {
		note       Note
		want, kept Condition
	}{
		{0, Condition{}, Condition{}},
		{LostByConditions, Condition{Preset: "NB-IoT", Cause: Silence}, Condition{Preset: "NB-IoT", Cause: Silence}},
		{DelayedByConditions, Condition{Delay: time.Minute + 1234}, Condition{Delay: time.Minute + 1000}},
		{Duplicate | DelayedByConditions | DuplicatedByConditions, Condition{"LoRa-like", Overtaken, time.Millisecond}, Condition{"LoRa-like", Overtaken, time.Millisecond}},
		{0, Condition{Cause: Remapped}, Condition{Cause: Remapped}},
	} {
		f := frame("hello")
		f.Note, f.Condition = test.note, test.want
		r.Add(f)
		got, _ := r.Get(f.Seq)
		NewScanner(r).Scan(f.Seq, 1, func(scanned *Frame) bool {
			if scanned.Condition != got.Condition {
				t.Errorf("%+v is scanned as %+v", got.Condition, scanned.Condition)
			}
			return true
		})
		if got.Condition != test.kept || got.Note != test.note || got.Client != f.Client || string(got.Data) != "hello" {
			t.Errorf("%+v is kept as %+v", f, got)
		}
	}
}

func TestRingCopiesIn(t *testing.T) {
	r := New(1 << 20)
	f := frame("hello")
	r.Add(f)
	copy(f.Data, "HELLO")
	got, _ := r.Get(1)
	if string(got.Data) != "hello" {
		t.Errorf("kept %q", got.Data)
	}
	copy(got.Data, "HELLO")
	if again, _ := r.Get(1); string(again.Data) != "hello" {
		t.Errorf("what was handed out is the ring's own: %q", again.Data)
	}
}

func TestSince(t *testing.T) {
	r := New(1 << 20)
	for i := 1; i <= 5; i++ {
		r.Add(frame(fmt.Sprint(i)))
	}
	tests := []struct {
		seq  uint64
		max  int
		want string
	}{
		{0, 10, "1 2 3 4 5"},
		{0, 2, "1 2"},
		{3, 10, "4 5"},
		{5, 10, ""},
		{9, 10, ""},
		{0, 0, ""},
		{0, -1, ""},
	}
	for _, test := range tests {
		var got []string
		for _, f := range r.Since(test.seq, test.max) {
			got = append(got, string(f.Data))
		}
		if strings.Join(got, " ") != test.want {
			t.Errorf("since %d, at most %d: %q, want %q", test.seq, test.max, strings.Join(got, " "), test.want)
		}
	}
}

func TestRingIsBoundedByBytes(t *testing.T) {
	for _, maxBytes := range []int64{0, 64 << 10, 1 << 20} {
		for _, size := range []int{4, 60, 1000, 5000, 2 << 20} {
			t.Run(fmt.Sprintf("%d bytes, frames of %d", maxBytes, size), func(t *testing.T) {
				r := New(maxBytes)
				f := frame(strings.Repeat("x", size))
				n := max(int(4*r.maxBytes)/size, 10)
				for i := range n {
					r.Add(f)
					if s := r.Stats(); s.Bytes > s.MaxBytes {
						t.Fatalf("%d bytes after %d frames, at most %d", s.Bytes, i+1, s.MaxBytes)
					}
				}
				s := r.Stats()
				if s.Kept == 0 || uint64(s.Kept)+s.Dropped != uint64(n) {
					t.Errorf("kept %d and dropped %d of %d", s.Kept, s.Dropped, n)
				}
				if r.Last() != uint64(n) || r.Last()-r.First()+1 != uint64(s.Kept) {
					t.Errorf("kept %d: %d to %d", s.Kept, r.First(), r.Last())
				}
				frames := r.Since(0, n)
				if len(frames) != s.Kept {
					t.Fatalf("%d frames, kept %d", len(frames), s.Kept)
				}
				for i, got := range frames {
					if got.Seq != r.First()+uint64(i) {
						t.Fatalf("frame %d has number %d", i, got.Seq)
					}
				}
				if _, ok := r.Get(r.First() - 1); ok {
					t.Error("a dropped frame is still there")
				}
			})
		}
	}
}

func TestLongMessageIsCut(t *testing.T) {
	r := New(64 << 10)
	r.Add(frame(strings.Repeat("x", 100<<10)))
	f, ok := r.Get(1)
	if !ok || f.Note&Cut == 0 || len(f.Data) != 16<<10 {
		t.Errorf("kept %v, note %b, %d bytes", ok, f.Note, len(f.Data))
	}
	if m := Decode(f); m.Err != "only the first 16384 bytes were kept" {
		t.Errorf("decoded: %s", m.Err)
	}
}

func TestLongClientIDIsCut(t *testing.T) {
	r := New(64 << 10)
	f := frame("hello")
	f.Client = strings.Repeat("c", 70000)
	r.Add(f)
	got, _ := r.Get(1)
	if len(got.Client) != maxClient || string(got.Data) != "hello" {
		t.Errorf("client ID of %d bytes, data %q", len(got.Client), got.Data)
	}
}

func TestClear(t *testing.T) {
	r := New(1 << 20)
	if r.First() != 1 || r.Last() != 0 {
		t.Errorf("a new ring has %d to %d", r.First(), r.Last())
	}
	r.Add(frame("1"))
	r.Add(frame("2"))
	r.Clear()
	if r.First() != 3 || r.Last() != 2 || r.Since(0, 10) != nil {
		t.Errorf("after clear: %d to %d", r.First(), r.Last())
	}
	if s := r.Stats(); s.Kept != 0 || s.Dropped != 0 {
		t.Errorf("after clear: %+v", s)
	}
	r.Add(frame("3"))
	if f, ok := r.Get(3); !ok || string(f.Data) != "3" {
		t.Errorf("%v %q", ok, f.Data)
	}
}

func TestWhatWasClearedIsRestored(t *testing.T) {
	r := New(1 << 20)
	r.Add(frame("1"))
	r.Add(frame("2"))
	before := r.Clear()
	r.Add(frame("3"))
	if _, seen := r.Get(2); seen || r.Stats().Kept != 1 {
		t.Errorf("after clear: %+v", r.Stats())
	}
	again := r.Clear()
	if first := r.Restore(again); first != 3 || r.Stats().Kept != 1 {
		t.Errorf("the second clear restored: from %d, %+v", first, r.Stats())
	}
	if first := r.Restore(before); first != 1 || r.Stats().Kept != 3 || len(r.Since(0, 10)) != 3 {
		t.Errorf("the first one restored: from %d, %+v", first, r.Stats())
	}
}

// What was cleared makes room for what comes, and is not missed: nobody lost sight of it against his will.
func TestWhatWasClearedMakesRoom(t *testing.T) {
	r := New(0)
	for range 100 {
		r.Add(frame(strings.Repeat("x", 100)))
	}
	lost := r.Stats().Dropped
	from := r.Clear()
	for range 20 {
		r.Add(frame(strings.Repeat("y", 100)))
	}
	if s := r.Stats(); s.Dropped != lost || s.Kept != 20 || s.Bytes > s.MaxBytes {
		t.Errorf("%d were lost before, now %+v", lost, s)
	}
	for range 1000 {
		r.Add(frame(strings.Repeat("z", 100)))
	}
	if first := r.Restore(from); first <= 120 || r.Stats().Kept != int(r.Last()+1-first) {
		t.Errorf("restored from %d, %+v", first, r.Stats())
	}
}

func TestDisabledRingKeepsWhatItHas(t *testing.T) {
	r := New(1 << 20)
	r.Add(frame("1"))
	r.SetEnabled(false)
	r.Add(frame("2"))
	if r.Enabled() || r.Last() != 1 {
		t.Errorf("enabled %v, last %d", r.Enabled(), r.Last())
	}
	r.SetEnabled(true)
	r.Add(frame("3"))
	if f, _ := r.Get(2); string(f.Data) != "3" {
		t.Errorf("second frame %q", f.Data)
	}
}

func TestManyListenersDoNotGrowTheRing(t *testing.T) {
	r := New(1 << 20)
	for i := range 2 * maxNames {
		f := frame("x")
		f.Listener = fmt.Sprintf("coap://[::1]:%d", i)
		r.Add(f)
	}
	if len(r.names.known) > maxNames {
		t.Errorf("%d names", len(r.names.known))
	}
	if f, _ := r.Get(1); f.Listener != "coap://[::1]:0" {
		t.Errorf("listener %q", f.Listener)
	}
}

func TestRingFromManyGoroutines(t *testing.T) {
	r := New(256 << 10)
	var writers, readers sync.WaitGroup
	done := make(chan struct{})
	for range 4 {
		writers.Go(func() {
			for i := range 5000 {
				r.Add(frame(strings.Repeat("x", 1+i%200)))
			}
		})
	}
	readers.Go(func() {
		seq := uint64(0)
		for {
			for _, f := range r.Since(seq, 100) {
				if f.Seq <= seq {
					t.Errorf("frame %d after %d", f.Seq, seq)
				}
				seq = f.Seq
				if len(bytes.Trim(f.Data, "x")) != 0 || f.Client != "sensor-17" {
					t.Errorf("frame %d is torn", f.Seq)
				}
			}
			select {
			case <-done:
				return
			default:
			}
		}
	})
	writers.Wait()
	close(done)
	readers.Wait()
	if r.Last() != 20000 {
		t.Errorf("last is %d", r.Last())
	}
}

func BenchmarkAdd(b *testing.B) {
	r := New(16 << 20)
	f := frame(strings.Repeat("x", 60))
	b.ReportAllocs()
	for b.Loop() {
		r.Add(f)
	}
}

func BenchmarkSince(b *testing.B) {
	r := New(16 << 20)
	for range 10000 {
		r.Add(frame(strings.Repeat("x", 60)))
	}
	b.ReportAllocs()
	for b.Loop() {
		r.Since(5000, 1000)
	}
}
