package record

import (
	"fmt"
	"net/netip"
	"testing"
	"time"
)

// passed is a frame that passed some milliseconds after the first.
type passed struct {
	ms   int
	in   string // from the peer
	out  string // to the peer
	note Note
	want string // "took answered", "-" for what answers nothing
}

func TestTracker(t *testing.T) {
	tests := []struct {
		name     string
		protocol Protocol
		frames   []passed
	}{
		{"piggybacked response", CoAP, []passed{
			{ms: 0, in: `41 01 00 01 aa`, want: "-"},
			{ms: 5, out: `61 45 00 01 aa`, want: "5ms 1"},
		}},
		{"request lost by conditions and sent again", CoAP, []passed{
			{ms: 0, in: `41 01 00 01 aa`, note: LostByConditions, want: "-"},
			{ms: 2000, in: `41 01 00 01 aa`, note: LostByConditions, want: "again 1"},
			{ms: 6000, in: `41 01 00 01 aa`, want: "again 1"},
			{ms: 6005, out: `61 45 00 01 aa`, want: "6.005s 1"},
			{ms: 7000, in: `41 01 00 01 ab`, want: "-"},
		}},
		{"answer lost by conditions and sent again", CoAP, []passed{
			{ms: 0, in: `41 01 00 01 aa`, want: "-"},
			{ms: 5, out: `61 45 00 01 aa`, note: LostByConditions, want: "none 1"},
			{ms: 2000, in: `41 01 00 01 aa`, note: Duplicate, want: "again 1"},
			{ms: 2001, out: `61 45 00 01 aa`, note: Retransmitted, want: "2.001s 1"},
		}},
		{"request without token", CoAP, []passed{
			{ms: 0, in: `40 01 00 01`, want: "-"},
			{ms: 1, in: `40 01 00 02`, want: "-"},
			{ms: 5, out: `60 45 00 01`, want: "5ms 1"},
			{ms: 6, out: `60 45 00 02`, want: "5ms 2"},
		}},
		{"over TCP, out of order", CoAPTCP, []passed{
			{ms: 0, in: `01 01 aa`, want: "-"},
			{ms: 1, in: `01 01 bb`, want: "-"},
			{ms: 5, out: `01 45 bb`, want: "4ms 2"},
			{ms: 6, out: `01 45 aa`, want: "6ms 1"},
			{ms: 9, out: `61 45 aa 61 02 ff "1"`, want: "none 1"},
		}},
		{"in a WebSocket", CoAPWebSocket, []passed{
			{ms: 0, in: `01 01 aa b1 "a"`, want: "-"},
			{ms: 5, out: `01 45 aa ff "1"`, want: "5ms 1"},
		}},
		{"signaling", CoAPTCP, []passed{
			{ms: 0, in: `00 e1`, want: "-"},
			{ms: 1, in: `01 01 aa`, want: "-"},
			{ms: 2, in: `01 e2 aa`, want: "-"},
			{ms: 5, out: `01 e3 aa`, want: "3ms 3"},
			{ms: 6, in: `00 00`, want: "-"},
			{ms: 7, in: `0f 01`, want: "-"},
		}},
		{"separate response", CoAP, []passed{
			{ms: 0, in: `41 01 00 01 aa`, want: "-"},
			{ms: 2, out: `60 00 00 01`, want: "2ms 1"},
			{ms: 9, out: `41 45 10 01 aa`, want: "9ms 1"},
			{ms: 12, in: `60 00 10 01`, want: "3ms 3"},
		}},
		{"response to NON", CoAP, []passed{
			{ms: 0, in: `51 01 00 01 aa`, want: "-"},
			{ms: 4, out: `51 45 10 02 aa`, want: "4ms 1"},
		}},
		{"notifications", CoAP, []passed{
			{ms: 0, in: `41 01 00 01 aa 60`, want: "-"},
			{ms: 1, out: `61 45 00 01 aa 61 01`, want: "1ms 1"},
			{ms: 50, out: `51 45 10 01 aa 61 02`, want: "none 1"},
			{ms: 90, out: `41 45 10 02 aa 61 03`, want: "none 1"},
			{ms: 97, in: `60 00 10 02`, want: "7ms 4"},
		}},
		{"notification answered by reset", CoAP, []passed{
			{ms: 0, out: `51 45 10 01 aa 61 02`, want: "-"},
			{ms: 3, in: `70 00 10 01`, want: "3ms 1"},
		}},
		{"token used again", CoAP, []passed{
			{ms: 0, in: `41 01 00 01 aa`, want: "-"},
			{ms: 1, out: `61 45 00 01 aa`, want: "1ms 1"},
			{ms: 10, in: `41 01 00 02 aa`, want: "-"},
			{ms: 12, out: `61 45 00 02 aa`, want: "2ms 3"},
		}},
		{"duplicate", CoAP, []passed{
			{ms: 0, in: `41 01 00 01 aa`, want: "-"},
			{ms: 1, out: `61 45 00 01 aa`, want: "1ms 1"},
			{ms: 3000, in: `41 01 00 01 aa`, note: Duplicate, want: "again 1"},
			{ms: 3001, out: `61 45 00 01 aa`, want: "none 1"},
		}},
		{"retransmission", CoAP, []passed{
			{ms: 0, out: `41 45 10 01 aa 61 02`, want: "-"},
			{ms: 2000, out: `41 45 10 01 aa 61 02`, note: Retransmitted, want: "again 1"},
			{ms: 2005, in: `60 00 10 01`, want: "2.005s 1"},
		}},
		{"ping", CoAP, []passed{
			{ms: 0, in: `40 00 00 09`, want: "-"},
			{ms: 1, out: `70 00 00 09`, want: "1ms 1"},
		}},
		{"both directions with one message ID", CoAP, []passed{
			{ms: 0, in: `41 01 00 01 aa`, want: "-"},
			{ms: 1, out: `41 45 00 01 bb`, want: "-"},
			{ms: 3, in: `60 00 00 01`, want: "2ms 2"},
			{ms: 4, out: `61 45 00 01 aa`, want: "4ms 1"},
		}},
		{"what nobody asked for", CoAP, []passed{
			{ms: 0, out: `61 45 00 01 aa`, want: "-"},
			{ms: 1, in: `60 00 00 07`, want: "-"},
			{ms: 2, in: `40`, want: "-"},
			{ms: 3, in: `4f 01 00 01`, want: "-"},
			{ms: 4, in: `44 01 00 01`, want: "-"},
		}},
		{"malformed", CoAP, []passed{
			{ms: 0, in: `41 01 00 01 aa f0`, note: Malformed, want: "-"},
			{ms: 1, out: `70 00 00 01`, want: "1ms 1"},
		}},
		{"MQTT", MQTT, []passed{
			{ms: 0, in: `10 0d 0004 "MQTT" 04 02 003c 0001 "c"`, want: "-"},
			{ms: 1, out: `20 02 00 00`, want: "1ms 1"},
			{ms: 2, in: `82 08 0001 0003 "a/b" 01`, want: "-"},
			{ms: 4, out: `90 03 0001 01`, want: "2ms 3"},
			{ms: 5, in: `32 07 0001 "a" 0001 "x"`, want: "-"},
			{ms: 6, out: `32 07 0001 "a" 0001 "x"`, want: "-"},
			{ms: 8, out: `40 02 0001`, want: "3ms 5"},
			{ms: 9, in: `40 02 0001`, want: "3ms 6"},
			{ms: 10, in: `34 07 0001 "a" 0002 "x"`, want: "-"},
			{ms: 11, out: `50 02 0002`, want: "1ms 9"},
			{ms: 12, in: `62 02 0002`, want: "-"},
			{ms: 15, out: `70 02 0002`, want: "3ms 11"},
			{ms: 16, in: `c0 00`, want: "-"},
			{ms: 17, out: `d0 00`, want: "1ms 13"},
			{ms: 18, in: `30 04 0001 "ax"`, want: "-"},
			{ms: 19, out: `40 02 0009`, want: "-"},
			{ms: 20, in: ``, want: "-"},
			{ms: 21, in: `10`, want: "-"},
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			tracker := NewTracker(100)
			for i, p := range test.frames {
				f := Frame{
					Seq: uint64(i + 1), At: time.UnixMilli(int64(p.ms)), Protocol: test.protocol, Outgoing: p.out != "",
					Peer: netip.MustParseAddrPort("192.0.2.1:5683"), Note: p.note, Data: unhex(t, p.in+p.out),
				}
				if got := exchange(tracker.Note(&f)); got != p.want {
					t.Errorf("frame %d: %s, want %s", f.Seq, got, p.want)
				}
			}
		})
	}
}

func exchange(e Exchange) string {
	switch {
	case e.Repeats != 0 && e.Request == 0:
		return fmt.Sprintf("again %d", e.Repeats)
	case e.Request == 0 && e.Took < 0:
		return "-"
	case e.Took < 0:
		return fmt.Sprintf("none %d", e.Request)
	}
	return fmt.Sprintf("%v %d", e.Took, e.Request)
}

func TestTrackerTellsPeersApart(t *testing.T) {
	tracker := NewTracker(100)
	at := time.UnixMilli(0)
	first := Frame{Seq: 1, At: at, Peer: netip.MustParseAddrPort("192.0.2.1:1"), Data: unhex(t, `41 01 00 01 aa`)}
	second := Frame{Seq: 2, At: at, Peer: netip.MustParseAddrPort("192.0.2.2:1"), Data: first.Data}
	tracker.Note(&first)
	tracker.Note(&second)
	answer := Frame{Seq: 3, At: at, Outgoing: true, Peer: second.Peer, Data: unhex(t, `61 45 00 01 aa`)}
	if e := tracker.Note(&answer); e.Request != 2 {
		t.Errorf("it answers %d", e.Request)
	}
}

func TestTrackerIsBounded(t *testing.T) {
	const most = 10
	tracker := NewTracker(most)
	peer := netip.MustParseAddrPort("192.0.2.1:5683")
	for i := range 1000 {
		f := Frame{Seq: uint64(i + 1), Peer: peer, Data: []byte{0x42, 1, byte(i >> 8), byte(i), byte(i >> 8), byte(i)}}
		tracker.Note(&f)
		if len(tracker.asked) > most || len(tracker.order) > most {
			t.Fatalf("after %d frames: %d and %d", i+1, len(tracker.asked), len(tracker.order))
		}
	}
	last := Frame{Peer: peer, Outgoing: true, Data: []byte{0x62, 0x45, 3, 0xe7, 3, 0xe7}}
	if e := tracker.Note(&last); e.Request != 1000 {
		t.Errorf("the newest is forgotten: %+v", e)
	}
	NewTracker(0).Note(&last)
}

func BenchmarkTracker(b *testing.B) {
	tracker := NewTracker(8192)
	in := Frame{Seq: 1, Peer: netip.MustParseAddrPort("192.0.2.1:5683"), Data: []byte{0x42, 1, 0, 0, 0, 0}}
	out := Frame{Seq: 2, Outgoing: true, Peer: in.Peer, Data: []byte{0x62, 0x45, 0, 0, 0, 0}}
	b.ReportAllocs()
	for b.Loop() {
		tracker.Note(&in)
		tracker.Note(&out)
	}
}
