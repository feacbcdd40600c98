package coap_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"

	"sluice/engine/coap"
)

// counting answers each request with its number.
func counting() (handler, *atomic.Int32) {
	var calls atomic.Int32
	return func(w *coap.ResponseWriter, _ *coap.Request) {
		w.SetCode(codes.Content)
		w.SetString(fmt.Sprint(calls.Add(1)))
	}, &calls
}

// noting keeps the notes of incoming datagrams.
func noting(e *coap.Endpoint) func() []coap.Note {
	var mu sync.Mutex
	var notes []coap.Note
	e.SetTap(func(d *coap.Datagram) {
		mu.Lock()
		defer mu.Unlock()
		notes = append(notes, d.Note)
	})
	return func() []coap.Note {
		mu.Lock()
		defer mu.Unlock()
		taken := notes
		notes = nil
		return taken
	}
}

func TestDuplicateConGetsTheSameAnswer(t *testing.T) {
	h, calls := counting()
	e := listen(t, "127.0.0.1:0", coap.Config{Handler: h})
	notes := noting(e)
	d := newDevice(t, e.Addr())
	m := encode(t, request(message.Confirmable, codes.GET, 7, "t", "a"))
	d.send(m)
	first := d.receiveRaw()
	for range 3 {
		d.send(m)
		if again := d.receiveRaw(); string(again) != string(first) {
			t.Errorf("first % x, then % x", first, again)
		}
	}
	if calls.Load() != 1 {
		t.Errorf("the handler ran %d times", calls.Load())
	}
	want := []coap.Note{0, 0}
	for range 3 {
		want = append(want, coap.Duplicate, coap.Retransmitted)
	}
	if got := notes(); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("the tap was told %v, want %v", got, want)
	}
	if s := e.Stats(); s.Duplicates != 3 || s.Requests != 1 {
		t.Errorf("counted %d duplicates of %d requests", s.Duplicates, s.Requests)
	}
}

func TestDuplicateNonIsSilent(t *testing.T) {
	h, calls := counting()
	e := listen(t, "127.0.0.1:0", coap.Config{Handler: h})
	d := newDevice(t, e.Addr())
	m := request(message.NonConfirmable, codes.POST, 7, "t", "a")
	d.ask(m)
	d.send(encode(t, m))
	d.silent()
	if calls.Load() != 1 {
		t.Errorf("the handler ran %d times", calls.Load())
	}
}

func TestReusedMessageIDIsTakenForADuplicateAndNoted(t *testing.T) {
	h, calls := counting()
	e := listen(t, "127.0.0.1:0", coap.Config{Handler: h})
	d := newDevice(t, e.Addr())
	d.ask(request(message.Confirmable, codes.PUT, 7, "t", "a"))
	notes := noting(e)
	if m := d.ask(request(message.Confirmable, codes.PUT, 7, "t", "b")); string(m.Payload) != "1" || calls.Load() != 1 {
		t.Errorf("answered %q after %d calls, want the first answer", m.Payload, calls.Load())
	}
	if got := notes(); got[0] != coap.Duplicate|coap.Altered {
		t.Errorf("noted %v, want a duplicate that differs", got)
	}
}

func TestDuplicatesAreTheSendersOwn(t *testing.T) {
	h, _ := counting()
	e := listen(t, "127.0.0.1:0", coap.Config{Handler: h})
	m := request(message.Confirmable, codes.GET, 7, "t", "a")
	for i := range 3 {
		if got := newDevice(t, e.Addr()).ask(m); string(got.Payload) != fmt.Sprint(i+1) {
			t.Errorf("device %d got answer %s", i, got.Payload)
		}
	}
}

func TestDuplicatesAmongThousandsOfExchanges(t *testing.T) {
	h, calls := counting()
	e := listen(t, "127.0.0.1:0", coap.Config{Handler: h})
	d := newDevice(t, e.Addr())
	const total, remembered = 5000, 4096
	for i := range total {
		if m := d.ask(request(message.Confirmable, codes.GET, int32(i), "", "a")); string(m.Payload) != fmt.Sprint(i+1) {
			t.Fatalf("request %d answered %q", i, m.Payload)
		}
	}
	for i := total - remembered; i < total; i += 97 {
		if m := d.ask(request(message.Confirmable, codes.GET, int32(i), "", "a")); string(m.Payload) != fmt.Sprint(i+1) {
			t.Fatalf("the duplicate of request %d answered %q", i, m.Payload)
		}
	}
	if calls.Load() != total {
		t.Errorf("the handler ran %d times for %d requests", calls.Load(), total)
	}
}

func TestRefusedRequestsLeaveNothing(t *testing.T) {
	h, calls := counting()
	e := listen(t, "127.0.0.1:0", coap.Config{Handler: h})
	d := newDevice(t, e.Addr())
	bad := unhex(t, "41 01 0007 aa 91 00")
	for range 2 {
		d.send(bad)
		if m := d.receive(); m.Code != codes.BadOption {
			t.Fatalf("answered %v", m)
		}
	}
	if e.Stats().Peers != 0 {
		t.Error("a peer is kept for it")
	}
	if m := d.ask(request(message.Confirmable, codes.GET, 7, "", "a")); m.Code != codes.Content || calls.Load() != 1 {
		t.Errorf("a good request with the message ID of a refused one answered %v", m)
	}
}
