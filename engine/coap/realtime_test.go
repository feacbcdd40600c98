package coap_test

import (
	"testing"
	"time"

	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"

	"sluice/engine/coap"
)

// within asserts a duration with room for a busy machine above it.
func within(t *testing.T, what string, got, from, to time.Duration) {
	t.Helper()
	if got < from-50*time.Millisecond || got > to+500*time.Millisecond {
		t.Errorf("%s after %v, want %v to %v", what, got, from, to)
	}
}

func TestRetransmissionOverASocket(t *testing.T) {
	if testing.Short() {
		t.Skip("takes the time of two retransmissions")
	}
	t.Parallel()
	e := listen(t, "127.0.0.1:0", coap.Config{Handler: handler(func(w *coap.ResponseWriter, _ *coap.Request) {
		w.SetCode(codes.Content)
		w.Observe(coap.RelationConfig{}).Notify(coap.Notification{Confirmable: true, Payload: []byte("x")})
	})})
	d := newDevice(t, e.Addr())
	d.ask(request(message.Confirmable, codes.GET, 1, "t", "a", option(message.Observe)))
	sent := time.Now()
	notification := d.receiveRaw()
	timeout := 2 * time.Second
	for i := range 2 {
		if again := d.receiveWithin(2*timeout + time.Second); string(again) != string(notification) {
			t.Fatalf("sent % x, then % x", notification, again)
		}
		within(t, "retransmitted", time.Since(sent), timeout, timeout*3/2)
		if i == 0 {
			timeout = 2 * time.Since(sent) // it doubles what the random factor made of it
		}
		sent = time.Now()
	}
	d.send(encode(t, message.Message{Type: message.Acknowledgement, MessageID: decode(t, notification).MessageID}))
	d.silent()
}

func TestDeferredOverASocket(t *testing.T) {
	t.Parallel()
	deferred := make(chan *coap.Deferred, 1)
	e := listen(t, "127.0.0.1:0", coap.Config{Handler: handler(func(w *coap.ResponseWriter, _ *coap.Request) {
		deferred <- w.Defer()
	})})
	d := newDevice(t, e.Addr())
	asked := time.Now()
	if m := d.ask(request(message.Confirmable, codes.GET, 7, "t", "a")); m.Type != message.Acknowledgement || m.Code != codes.Empty || m.MessageID != 7 {
		t.Fatalf("answered %v", m)
	}
	within(t, "acknowledged", time.Since(asked), time.Second, time.Second)
	(<-deferred).Reply(func(w *coap.ResponseWriter) {
		w.SetCode(codes.Content)
		w.SetString("late")
	})
	m := d.receive()
	if m.Type != message.Confirmable || m.Code != codes.Content || string(m.Token) != "t" || string(m.Payload) != "late" {
		t.Errorf("answered %v", m)
	}
	d.send(encode(t, message.Message{Type: message.Acknowledgement, MessageID: m.MessageID}))
	d.silent()
}
