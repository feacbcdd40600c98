package coap

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"
)

const (
	ack = message.Acknowledgement
	rst = message.Reset
)

// deferring is a handler that hands every answer over.
func deferring() (handlerFunc, chan *Deferred) {
	deferred := make(chan *Deferred, 16)
	return func(w *ResponseWriter, _ *Request) { deferred <- w.Defer() }, deferred
}

func ok(w *ResponseWriter) {
	w.SetCode(codes.Content)
	w.SetString("late")
}

func (s *sentDatagram) is(t *testing.T, typ message.Type, code codes.Code, messageID uint16, token string) {
	t.Helper()
	if s.typ != typ || s.code != code || s.messageID != messageID || string(s.token) != token {
		t.Errorf("sent %v %v MID %d token %q, want %v %v MID %d token %q",
			s.typ, s.code, s.messageID, s.token, typ, code, messageID, token)
	}
}

func TestDeferredWithinASecondIsPiggybacked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, deferred := deferring()
		w := newWire(t, Config{Handler: h}).gather()
		m := get(con, 7, "t", "a")
		w.request(m)
		time.Sleep(999 * time.Millisecond)
		w.request(m)
		w.quiet() // a duplicate of what is being handled is ignored
		(<-deferred).Reply(ok)
		answer := w.next()
		answer.is(t, ack, codes.Content, 7, "t")
		time.Sleep(time.Minute)
		w.quiet()
		w.request(m)
		again := w.next()
		again.is(t, ack, codes.Content, 7, "t")
		if string(again.payload) != "late" || again.note != Retransmitted {
			t.Errorf("the duplicate got %q, note %v", again.payload, again.note)
		}
	})
}

func TestDeferredLongerIsAcknowledgedAndAnsweredSeparately(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, deferred := deferring()
		w := newWire(t, Config{Handler: h}).gather()
		m := get(con, 7, "t", "a")
		began := time.Now()
		w.request(m)
		empty := w.next()
		empty.is(t, ack, codes.Empty, 7, "")
		if after := empty.at.Sub(began); after != time.Second {
			t.Errorf("acknowledged after %v, want PROCESSING_DELAY", after)
		}
		w.request(m)
		again := w.next()
		again.is(t, ack, codes.Empty, 7, "")

		d := <-deferred
		d.Reply(ok)
		answer := w.next()
		answer.is(t, con, codes.Content, answer.messageID, "t")
		if answer.messageID == 7 {
			t.Error("the separate response has the message ID of the request")
		}
		d.Reply(ok)
		w.quiet() // an answer is given once
		copied := w.next()
		copied.is(t, con, codes.Content, answer.messageID, "t")
		if copied.note != Retransmitted || string(copied.payload) != "late" {
			t.Errorf("retransmitted %q, note %v", copied.payload, copied.note)
		}
		w.answer(0, ack, answer.messageID)
		w.request(m)
		again = w.next()
		again.is(t, ack, codes.Empty, 7, "")
		time.Sleep(time.Hour)
		w.quiet()
	})
}

func TestSeparateResponseIsGivenUpOn(t *testing.T) {
	for _, tt := range []struct {
		name   string
		answer func(w *wire, messageID uint16)
		copies int
	}{
		{"RST", func(w *wire, messageID uint16) { w.answer(0, rst, messageID) }, 0},
		{"silence", func(*wire, uint16) {}, 4},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h, deferred := deferring()
				w := newWire(t, Config{Handler: h}).gather()
				w.request(get(con, 7, "t", "a"))
				w.next()
				(<-deferred).Reply(ok)
				tt.answer(w, w.next().messageID)
				for range tt.copies {
					w.next()
				}
				time.Sleep(time.Hour)
				w.quiet()
				if n := w.endpoint.Stats().Peers; n != 0 {
					t.Errorf("%d peers are kept", n)
				}
			})
		})
	}
}

func TestDeferredNonIsAnsweredNonWheneverItComes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, deferred := deferring()
		w := newWire(t, Config{Handler: h}).gather()
		m := get(non, 7, "t", "a")
		w.request(m)
		time.Sleep(10 * time.Second)
		w.request(m)
		w.quiet()
		(<-deferred).Reply(ok)
		answer := w.next()
		answer.is(t, non, codes.Content, answer.messageID, "t")
		time.Sleep(time.Hour)
		w.quiet()
	})
}

func TestDeferredPeerIsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, deferred := deferring()
		w := newWire(t, Config{Handler: h}).gather()
		w.request(get(con, 7, "t", "a"))
		time.Sleep(time.Hour)
		if n := w.endpoint.Stats().Peers; n != 1 {
			t.Fatalf("%d peers, want the one that waits for its answer", n)
		}
		(<-deferred).Reply(ok)
	})
}

func TestDeferredObservation(t *testing.T) {
	const notified = "changed"
	for _, tt := range []struct {
		name   string
		answer func(w *wire, messageID uint16)
		end    EndReason
	}{
		{"ACK", func(w *wire, messageID uint16) { w.answer(0, ack, messageID) }, 0},
		{"RST", func(w *wire, messageID uint16) { w.answer(0, rst, messageID) }, EndReset},
		{"silence", func(w *wire, _ uint16) {
			for range 4 {
				w.next()
			}
			time.Sleep(time.Minute)
		}, EndTimeout},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h, deferred := deferring()
				w := newWire(t, Config{Handler: h}).gather()
				w.request(get(con, 7, "t", "a", observe))
				w.next()
				var ended EndReason
				(<-deferred).Reply(func(rw *ResponseWriter) {
					ok(rw)
					rel := rw.Observe(RelationConfig{OnEnd: func(_ *Relation, reason EndReason) { ended = reason }})
					rel.Notify(Notification{Payload: []byte(notified)})
				})
				first := w.next()
				first.is(t, con, codes.Content, first.messageID, "t")
				w.quiet() // the notification waits until the client has the first response
				tt.answer(w, first.messageID)
				synctest.Wait()
				if ended != tt.end {
					t.Errorf("the relation ended with %d, want %d", ended, tt.end)
				}
				if tt.end == 0 {
					n := w.next()
					n.is(t, non, codes.Content, n.messageID, "t")
				}
				time.Sleep(time.Hour)
				w.quiet()
			})
		})
	}
}

func TestDeferredAnswerAfterClose(t *testing.T) {
	for _, typ := range []message.Type{con, non} {
		for _, wait := range []time.Duration{0, 2 * time.Second} {
			synctest.Test(t, func(t *testing.T) {
				h, deferred := deferring()
				w := newWire(t, Config{Handler: h})
				w.request(get(typ, 7, "t", "a", observe))
				time.Sleep(wait)
				if err := w.endpoint.Close(); err != nil {
					t.Fatal(err)
				}
				var ended EndReason
				(<-deferred).Reply(func(rw *ResponseWriter) {
					ok(rw)
					rw.Observe(RelationConfig{OnEnd: func(_ *Relation, reason EndReason) { ended = reason }})
				})
				if ended != EndClosed {
					t.Errorf("%v after %v: the observation ended with %d, want EndClosed", typ, wait, ended)
				}
			})
		}
	}
}
