package pcapng

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"sluice/engine/record"
)

var start = time.Unix(1_800_000_000, 123_456_789)

// traffic is what a ring may hold: both families, both transports, both directions, every note.
func traffic() []record.Frame {
	device4, device6 := netip.MustParseAddrPort("127.0.0.1:40001"), netip.MustParseAddrPort("[2001:db8::7]:40002")
	far, backEnd := netip.MustParseAddrPort("192.0.2.9:5683"), netip.MustParseAddrPort("127.0.0.1:50001")
	const coap4, coap6, mqtt4 = "coap://127.0.0.1:5683", "coap://[::]:5683", "mqtt://127.0.0.1:1883"
	const tcp6, webSocket = "coap+tcp://[::1]:5683", "coap+ws://127.0.0.1:8080"
	onLoopback := netip.MustParseAddrPort("[::1]:40003")
	publish := "\x30\x8e\x94\x09\x00\x03a/b" + strings.Repeat("0123456789", 15_000) + strings.Repeat("x", 25)
	frames := []record.Frame{
		{Peer: device4, Listener: coap4, Client: "sensor-1", Data: []byte("\x42\x03\x12\x34ab\xb2ps\x05topic\x41c\xff21.5")},
		{Peer: device4, Listener: coap4, Client: "sensor-1", Outgoing: true, Data: []byte("\x62\x44\x12\x34ab")},
		{Peer: device4, Listener: coap4, Note: record.Duplicate | record.Altered, Data: []byte("\x42\x03\x12\x34cd\xb2ps\xff22")},
		{Peer: device6, Listener: coap6, Data: []byte("\x41\x01\x00\x07t\x60\x54mqtt\x01x\x43c=1")},
		{Peer: device6, Listener: coap6, Outgoing: true, Note: record.Retransmitted, Data: []byte("\x41\x45\x00\x08t\x61\x05\x60\xffon")},
		{Peer: far, Listener: coap6, Note: record.Malformed, Data: []byte("\x40")},
		{Peer: far, Listener: coap6, Outgoing: true, Data: []byte("\x70\x00\x00\x08")},
		{Peer: backEnd, Listener: mqtt4, Protocol: record.MQTT, Data: []byte("\x10\x0d\x00\x04MQTT\x04\x02\x00\x3c\x00\x01c")},
		{Peer: backEnd, Listener: mqtt4, Protocol: record.MQTT, Outgoing: true, Data: []byte("\x20\x02\x00\x00")},
		{Peer: backEnd, Listener: mqtt4, Protocol: record.MQTT, Client: "c", Data: []byte("\x82\x08\x00\x01\x00\x03a/b\x01")},
		{Peer: backEnd, Listener: mqtt4, Protocol: record.MQTT, Outgoing: true, Data: []byte("\x90\x03\x00\x01\x01")},
		{Peer: backEnd, Listener: mqtt4, Protocol: record.MQTT, Client: "c", Outgoing: true, Data: []byte(publish)},
		{Peer: backEnd, Listener: mqtt4, Protocol: record.MQTT, Note: record.Cut, Data: []byte("\xc0\x00")},
		{Peer: onLoopback, Listener: tcp6, Protocol: record.CoAPTCP, Outgoing: true, Data: []byte("\x00\xe1")},
		{Peer: onLoopback, Listener: tcp6, Protocol: record.CoAPTCP, Data: []byte("\x81\x02t\xb2ps\x01x\xff21")},
		{Peer: onLoopback, Listener: tcp6, Protocol: record.CoAPTCP, Outgoing: true, Data: []byte("\x01\x41t")},
		{Peer: device4, Listener: coap4, Note: record.LostByConditions, Condition: record.Condition{Preset: "NB-IoT"}, Data: []byte("\x40\x01\x00\x09\xb1x")},
		{Peer: device4, Listener: coap4, Note: record.LostByConditions, Condition: record.Condition{Cause: record.Silence}, Data: []byte("\x40\x01\x00\x0a\xb1x")},
		{Peer: device4, Listener: coap4, Outgoing: true, Note: record.DelayedByConditions | record.DuplicatedByConditions,
			Condition: record.Condition{Preset: "Lossy Wi-Fi", Cause: record.Overtaken, Delay: 641_127 * time.Microsecond}, Data: []byte("\x60\x45\x00\x09")},
		{Peer: backEnd, Listener: webSocket, Protocol: record.CoAPWebSocket, Client: "browser", Data: []byte("\x01\x01t\xb1x")},
	}
	for i := range frames {
		frames[i].Seq, frames[i].At = uint64(i+1), start.Add(time.Duration(i)*1_000_001)
	}
	return frames
}

func written(t testing.TB, frames []record.Frame) []byte {
	t.Helper()
	var file bytes.Buffer
	w, err := NewWriter(&file)
	if err != nil {
		t.Fatal(err)
	}
	for i := range frames {
		if err := w.Write(&frames[i]); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

func readAll(r *Reader) (frames []record.Frame, err error) {
	for {
		f, err := r.Next()
		if err != nil {
			return frames, err
		}
		frames = append(frames, f)
	}
}

func TestRoundTrip(t *testing.T) {
	want := traffic()
	got, err := readAll(NewReader(bytes.NewReader(written(t, want))))
	if err != io.EOF {
		t.Fatal(err)
	}
	if len(got) != len(want) {
		t.Fatalf("%d frames came back of %d", len(got), len(want))
	}
	for i := range want {
		if !got[i].At.Equal(want[i].At) {
			t.Errorf("frame %d: time %v, want %v", i+1, got[i].At, want[i].At)
		}
		got[i].At = want[i].At
		if !reflect.DeepEqual(got[i], want[i]) {
			t.Errorf("frame %d:\n%+v, want\n%+v", i+1, got[i], want[i])
		}
	}
}

func TestSecretsAreOverwritten(t *testing.T) {
	peer := netip.MustParseAddrPort("127.0.0.1:40001")
	frames := []record.Frame{
		{Peer: peer, Listener: "coap://127.0.0.1:5683", Data: []byte("\x40\x01\x00\x01\xd3\x02c=1\x0bp=secret-00")},
		{Peer: peer, Listener: "coap://127.0.0.1:5683", Outgoing: true, Data: []byte("\x60\x41\x00\x01\xff1234567890")},
		{Peer: peer, Listener: "mqtt://127.0.0.1:1883", Protocol: record.MQTT,
			Data: []byte("\x10\x1b\x00\x04MQTT\x04\xc2\x00\x3c\x00\x01c\x00\x01u\x00\x09secret-00")},
	}
	before := string(frames[2].Data)
	file := written(t, frames)
	if bytes.Contains(file, []byte("secret-00")) || bytes.Contains(file, []byte("1234567890")) {
		t.Errorf("a secret is in the file: %q", file)
	}
	for _, kept := range []string{"p=*********", "\xff**********", "\x00\x01u\x00\x09*********"} {
		if !bytes.Contains(file, []byte(kept)) {
			t.Errorf("%q is not in the file: %q", kept, file)
		}
	}
	if string(frames[2].Data) != before {
		t.Error("the frame was changed")
	}
}

// The near end of a packet, from the URL of the listener and the peer.
func TestNearEnd(t *testing.T) {
	for _, test := range []struct{ listener, peer, want string }{
		{"coap://192.0.2.1:5684", "192.0.2.9", "192.0.2.1:5683"},
		{"coap://127.0.0.1:0", "127.0.0.1", "127.0.0.1:5683"},
		{"coap://0.0.0.0:5683", "192.0.2.9", "0.0.0.0:5683"},
		{"coap://[::]:5683", "192.0.2.9", "0.0.0.0:5683"},
		{"coap://[::]:5683", "2001:db8::1", "[::]:5683"},
		{"coap://[::]:5683", "::1", "[::1]:5683"},
		{"coap://[fe80::1%25eth0]:5683", "fe80::2%eth0", "[fe80::1]:5683"},
		{"coap://localhost:15683", "127.0.0.1", "127.0.0.1:5683"},
		{"coaps://127.0.0.1:5684", "127.0.0.1", "127.0.0.1:5683"},
		{"mqtt://0.0.0.0", "127.0.0.1", "127.0.0.1:1883"},
		{"ws://127.0.0.1:8083/mqtt", "127.0.0.1", "127.0.0.1:8083"},
		{"", "192.0.2.9", "0.0.0.0:5683"},
		{"%", "192.0.2.9", "0.0.0.0:5683"},
	} {
		if got := endpointOf(test.listener).towards(netip.MustParseAddr(test.peer)).String(); got != test.want {
			t.Errorf("%s, peer %s: %s, want %s", test.listener, test.peer, got, test.want)
		}
	}
}

// fullDisk takes some bytes and no more.
type fullDisk struct{ left int }

var errFull = errors.New("no space left on device")

func (d *fullDisk) Write(b []byte) (int, error) {
	if len(b) > d.left {
		return 0, errFull
	}
	d.left -= len(b)
	return len(b), nil
}

func TestFollow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var file bytes.Buffer
		w, err := NewWriter(&file)
		if err != nil {
			t.Fatal(err)
		}
		ring := record.New(1 << 20)
		frames := traffic()
		ring.Add(&frames[0])
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() {
			missed, err := w.Follow(ctx, ring, ring.Last(), nil)
			if missed != 0 {
				err = errors.Join(err, fmt.Errorf("%d frames were missed", missed))
			}
			ended <- err
		}()
		synctest.Wait()
		ring.Add(&frames[1])
		time.Sleep(followEvery)
		synctest.Wait()
		if got, _ := readAll(NewReader(bytes.NewReader(file.Bytes()))); len(got) != 1 || !got[0].Outgoing {
			t.Errorf("while it runs the file holds %+v", got)
		}
		ring.Add(&frames[2])
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if got, _ := readAll(NewReader(bytes.NewReader(file.Bytes()))); len(got) != 2 {
			t.Errorf("at the end the file holds %d frames, want 2", len(got))
		}
	})
}

func TestFollowCountsWhatTheRingForgot(t *testing.T) {
	ring := record.New(1)
	for range 1000 {
		ring.Add(&traffic()[0])
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	w, err := NewWriter(io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	missed, err := w.Follow(ended, ring, 0, nil)
	if want := ring.Stats().Dropped; missed != want || missed == 0 || err != nil {
		t.Errorf("missed %d, %v; the ring forgot %d", missed, err, want)
	}
}

func TestFollowEndsOnAFullDisk(t *testing.T) {
	ring := record.New(1 << 20)
	for range 1000 {
		ring.Add(&traffic()[0])
	}
	w, err := NewWriter(&fullDisk{left: 10_000})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Follow(t.Context(), ring, 0, nil); !errors.Is(err, errFull) {
		t.Errorf("the error is %v", err)
	}
}
