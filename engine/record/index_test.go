package record

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"
)

// indexed adds frames to an index; "in" or "out", milliseconds and bytes each, with "again" where one comes again.
func indexed(t *testing.T, lines ...string) *Index {
	t.Helper()
	x := NewIndex()
	for i, line := range lines {
		var ms int
		var direction string
		if _, err := fmt.Sscan(line, &ms, &direction); err != nil {
			t.Fatal(err)
		}
		rest := strings.SplitN(line, " ", 3)[2]
		f := Frame{Seq: uint64(i + 1), At: time.UnixMilli(int64(ms)), Peer: netip.MustParseAddrPort("192.0.2.1:1000"), Outgoing: direction == "out"}
		if bad, found := strings.CutPrefix(rest, "malformed "); found {
			rest, f.Note = bad, Malformed
		}
		if again, found := strings.CutPrefix(rest, "again "); found {
			rest, f.Note = again, Duplicate
			if f.Outgoing {
				f.Note = Retransmitted
			}
		}
		f.Data = unhex(t, rest)
		x.Add(&f)
	}
	return x
}

func TestIndexFindsWhatBelongsTogether(t *testing.T) {
	for _, test := range []struct {
		name   string
		frames []string
		roots  []uint64
	}{
		{"request and response", []string{`0 in 41 01 0001 aa`, `1 out 61 45 0001 aa`}, []uint64{1, 1}},
		{"separate response", []string{`0 in 41 01 0001 aa`, `1 out 60 00 0001`, `9 out 41 45 0007 aa`, `10 in 60 00 0007`}, []uint64{1, 1, 1, 1}},
		{"sent again", []string{`0 in 41 01 0001 aa`, `1 out 61 45 0001 aa`, `2000 in again 41 01 0001 aa`, `2001 out again 61 45 0001 aa`}, []uint64{1, 1, 1, 1}},
		{"observation", []string{`0 in 41 01 0001 aa 60`, `1 out 61 45 0001 aa 60`, `500 out 41 45 0007 aa 61 01`, `2500 out again 41 45 0007 aa 61 01`, `2600 in 60 00 0007`}, []uint64{1, 1, 1, 1, 1}},
		{"a malformed message and the RST that rejects it", []string{`0 in malformed 40 01 0001 f0`, `1 out 70 00 0001`, `2 in malformed 50 01 0002 f0`, `3 in malformed 40`}, []uint64{1, 1, 3, 4}},
		{"two clients' requests", []string{`0 in 41 01 0001 aa`, `1 in 41 01 0002 bb`, `2 out 61 45 0002 bb`, `3 out 61 45 0001 aa`}, []uint64{1, 2, 2, 1}},
		{"blocks of a download", []string{
			`0 in 41 01 0001 aa b1 "f"`, `1 out 61 45 0001 aa d1 0a 0e ff "x"`,
			`2 in 41 01 0002 bb b1 "f" c1 16`, `3 out 61 45 0002 bb d1 0a 16 ff "x"`}, []uint64{1, 1, 1, 1}},
		{"blocks of an upload", []string{
			`0 in 41 03 0001 aa b1 "f" d1 03 0e ff "x"`, `1 out 61 5f 0001 aa`,
			`2 in 41 03 0002 bb b1 "f" d1 03 16 ff "x"`, `3 in 41 03 0003 cc b1 "g" d1 03 16 ff "x"`}, []uint64{1, 1, 1, 4}},
	} {
		t.Run(test.name, func(t *testing.T) {
			x := indexed(t, test.frames...)
			var roots []uint64
			for i := range test.frames {
				roots = append(roots, x.Of(uint64(i+1)).Root)
			}
			if !slices.Equal(roots, test.roots) {
				t.Errorf("the exchanges begin with %v, want %v", roots, test.roots)
			}
		})
	}
}

func TestIndexFindsWhatIsOdd(t *testing.T) {
	x := indexed(t,
		`0 in 41 01 0001 aa`,             // slow
		`1 in 41 02 0002 bb`,             // refused
		`2 out 61 81 0002 bb`,            //
		`3 in 41 01 0003 cc`,             // acknowledged, but never answered
		`4 out 60 00 0003`,               //
		`1500 out 61 45 0001 aa`,         //
		`2000 out 41 45 0009 aa`,         // a notification that nobody acknowledges
		`4000 out again 41 45 0009 aa`,   //
		`4500 in 51 02 0004 dd d1 f5 1a`, // wants no answer
		`4600 in 51 02 0005 ee`,          // does
	)
	x.Settle(time.UnixMilli(4999))
	if changed := x.TakeChanged(); changed != nil {
		t.Errorf("%v are unanswered too soon", changed)
	}
	x.Settle(time.UnixMilli(20_000))
	x.Settle(time.UnixMilli(20_001))
	if changed := x.TakeChanged(); !slices.Equal(changed, []uint64{4, 7, 10}) {
		t.Errorf("unanswered are %v", changed)
	}
	if got, want := x.Counts(), (OddCounts{1, 3, 1, 0, 1}); got != want {
		t.Errorf("%v are %v, want %v", OddNames, got, want)
	}
	for _, seq := range []uint64{4, 7, 10} {
		if x.Of(seq).Odd&OddUnanswered == 0 {
			t.Errorf("frame %d is not unanswered", seq)
		}
	}
	late := Frame{Seq: 11, At: time.UnixMilli(21_000), Peer: netip.MustParseAddrPort("192.0.2.1:1000"), Outgoing: true, Data: unhex(t, `61 44 0005 ee`)}
	x.Add(&late)
	if x.Of(10).Odd&OddUnanswered != 0 || x.Of(11).Odd != OddSlow {
		t.Errorf("an answer came late: %v and %v", x.Of(10).Odd, x.Of(11).Odd)
	}
	if changed := x.TakeChanged(); !slices.Equal(changed, []uint64{10}) {
		t.Errorf("answered late are %v", changed)
	}
	x.Forget(8)
	if got, want := x.Counts(), (OddCounts{1, 0, 0, 0, 1}); got != want {
		t.Errorf("%v are %v after the ring dropped some, want %v", OddNames, got, want)
	}
}

func TestIndexBeginsAgainAfterAGap(t *testing.T) {
	x := indexed(t, `0 in 41 01 0001 aa`, `1 out 61 81 0001 aa`)
	x.Add(&Frame{Seq: 10, Data: unhex(t, `40 01 0001`)})
	if x.Last() != 10 || x.Counts() != (OddCounts{}) || x.Of(2).Odd != 0 || x.Of(10).Root != 10 {
		t.Errorf("last %d, %v", x.Last(), x.Counts())
	}
}

func TestMembersAreBounded(t *testing.T) {
	lines := []string{`0 in 41 01 0001 aa 60`}
	for i := range 100 {
		lines = append(lines, fmt.Sprintf(`%d out 51 45 %04x aa 61 %02x`, i+1, i+100, i))
	}
	x := indexed(t, lines...)
	members := x.Members(1, 20)
	if len(members) > 20 || members[0] != 1 || members[len(members)-1] != 101 || !slices.IsSorted(members) {
		t.Errorf("%d of %v", len(members), members)
	}
}

func TestScannerReadsWhatTheRingHolds(t *testing.T) {
	ring := New(64 << 10)
	peer := netip.MustParseAddrPort("[fe80::1%eth0]:1000")
	for i := range 3000 {
		ring.Add(&Frame{At: time.UnixMilli(int64(i)), Peer: peer, Listener: "coap://[::]:5683", Client: fmt.Sprint("c", i%7), Data: []byte(fmt.Sprint("data", i))})
	}
	var got []Frame
	s := NewScanner(ring)
	s.Scan(0, 1<<20, func(f *Frame) bool {
		f.Data = slices.Clone(f.Data)
		got = append(got, *f)
		return true
	})
	want := ring.Since(0, 3000)
	if len(got) != len(want) {
		t.Fatalf("%d frames, want %d", len(got), len(want))
	}
	for i := range want {
		if fmt.Sprint(got[i]) != fmt.Sprint(want[i]) {
			t.Fatalf("frame %d is %v, want %v", i, got[i], want[i])
		}
	}
	count := 0
	s.Scan(ring.Last()-9, 5, func(f *Frame) bool { count++; return f.Seq < ring.Last()-6 })
	if count != 4 {
		t.Errorf("%d visits, want 4 until the visitor had enough", count)
	}
	s.Scan(ring.Last()+1, 5, func(*Frame) bool { t.Error("a frame that did not pass yet"); return true })
}

func BenchmarkIndex(b *testing.B) {
	x := NewIndex()
	peer := netip.MustParseAddrPort("192.0.2.1:1000")
	request := Frame{Peer: peer, Listener: "coap://0.0.0.0:5683", Data: unhex(b, `44 02 0001 aabbccdd b2 "ps" 05 "plant" ff "23.4"`)}
	answer := Frame{Peer: peer, Listener: "coap://0.0.0.0:5683", Outgoing: true, Data: unhex(b, `64 44 0001 aabbccdd`)}
	seq := uint64(0)
	b.ReportAllocs()
	for b.Loop() {
		for _, f := range []*Frame{&request, &answer} {
			seq++
			f.Seq, f.At = seq, time.UnixMilli(int64(seq))
			f.Data[2], f.Data[3] = byte(seq>>9), byte(seq>>1)
			f.Data[4], f.Data[5] = byte(seq>>9), byte(seq>>1)
			x.Add(f)
		}
		x.Settle(answer.At)
		if seq > 500_000 {
			x.Forget(seq - 500_000)
		}
	}
}
