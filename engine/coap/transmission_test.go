package coap

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/plgd-dev/go-coap/v3/message/codes"
)

// observed is an endpoint with one observer, peer 0, whose first response is out.
func observed(t *testing.T, c RelationConfig) (*wire, *Relation) {
	t.Helper()
	h, relations := observing1(c)
	w := newWire(t, Config{Handler: h}).gather()
	w.request(get(con, 1, "t", "a", observe))
	first := w.next()
	first.is(t, ack, codes.Content, 1, "t")
	return w, <-relations
}

// observing1 is a handler that begins a relation with each request that asks for one.
func observing1(c RelationConfig) (handlerFunc, chan *Relation) {
	relations := make(chan *Relation, 16)
	return func(w *ResponseWriter, r *Request) {
		w.SetCode(codes.Content)
		if r.Has(6) {
			relations <- w.Observe(c)
		}
	}, relations
}

func TestRetransmissionBacksOffExponentially(t *testing.T) {
	var firsts []time.Duration
	for range 20 {
		synctest.Test(t, func(t *testing.T) {
			var ended time.Time
			w, rel := observed(t, RelationConfig{OnEnd: func(_ *Relation, reason EndReason) {
				if reason != EndTimeout {
					t.Errorf("ended with %d, want EndTimeout", reason)
				}
				ended = time.Now()
			}})
			rel.Notify(Notification{Confirmable: true, Payload: []byte("x")})
			first := w.next()
			previous := first
			var interval time.Duration
			for i := range 4 {
				next := w.next()
				next.is(t, con, codes.Content, first.messageID, "t")
				if string(next.payload) != "x" || next.note != Retransmitted {
					t.Errorf("retransmitted %q, note %v", next.payload, next.note)
				}
				elapsed := next.at.Sub(previous.at)
				switch {
				case i == 0:
					firsts = append(firsts, elapsed)
					if elapsed < 2*time.Second || elapsed > 3*time.Second {
						t.Errorf("ACK_TIMEOUT times the random factor is %v, want 2 to 3 s", elapsed)
					}
				case elapsed != 2*interval:
					t.Errorf("retransmission %d after %v, want %v", i+1, elapsed, 2*interval)
				}
				previous, interval = next, elapsed
			}
			time.Sleep(2*interval + time.Millisecond)
			synctest.Wait()
			if got := ended.Sub(previous.at); got != 2*interval {
				t.Errorf("given up after %v more, want %v", got, 2*interval)
			}
			w.quiet()
			if s := w.endpoint.Stats(); s.Retransmissions != 4 || s.Notifications != 1 {
				t.Errorf("counted %d retransmissions of %d notifications", s.Retransmissions, s.Notifications)
			}
		})
	}
	slices.Sort(firsts)
	if len(slices.Compact(firsts)) < 10 {
		t.Errorf("the first timeouts are not random: %v", firsts)
	}
}

func TestAnswersStopRetransmission(t *testing.T) {
	for _, tt := range []struct {
		name   string
		answer outgoing
	}{
		{"empty ACK", outgoing{typ: ack}},
		{"ACK with 2.04", outgoing{typ: ack, code: codes.Changed}},
		{"ACK with 4.04 and a token", outgoing{typ: ack, code: codes.NotFound, token: []byte("t")}},
		{"RST", outgoing{typ: rst}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w, rel := observed(t, RelationConfig{IgnoreReset: true})
				rel.Notify(Notification{Confirmable: true, Payload: []byte("1")})
				rel.Notify(Notification{Confirmable: true, Payload: []byte("2")})
				first := w.next()
				w.quiet()
				tt.answer.messageID = first.messageID + 1000
				w.request(tt.answer) // of another message
				w.quiet()
				tt.answer.messageID = first.messageID
				w.request(tt.answer)
				second := w.next()
				if string(second.payload) != "2" || second.messageID == first.messageID {
					t.Errorf("then came %q", second.payload)
				}
			})
		})
	}
}

func TestRoundTripIsMeasured(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, rel := observed(t, RelationConfig{})
		notify := func(wait time.Duration) {
			rel.Notify(Notification{Confirmable: true})
			id := w.next().messageID
			time.Sleep(wait)
			w.answer(0, ack, id)
		}
		notify(80 * time.Millisecond)
		notify(160 * time.Millisecond)
		if got := rel.Stats().RoundTrip; got != 160*time.Millisecond {
			t.Errorf("the last round trip is %v", got)
		}
		if got := rel.Peer().Stats().RoundTrip; got != 90*time.Millisecond {
			t.Errorf("the smoothed round trip is %v, want 80 ms and an eighth of 80 ms", got)
		}
		rel.Notify(Notification{Confirmable: true})
		id := w.next().messageID
		w.next()
		w.answer(0, ack, id) // of which copy?
		if got := rel.Stats(); got.RoundTrip != 160*time.Millisecond || got.Acknowledged != 3 || got.Retransmissions != 1 {
			t.Errorf("after an ACK of a retransmitted one: %+v", got)
		}
	})
}

func TestRefreshOnRetransmit(t *testing.T) {
	for _, refresh := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			w, rel := observed(t, RelationConfig{Sequence: SequenceCounter, RefreshOnRetransmit: refresh})
			rel.Notify(Notification{Confirmable: true, Payload: []byte("x")})
			first, second := w.next(), w.next()
			before, _ := uintOption(first.options, 6)
			after, _ := uintOption(second.options, 6)
			if changed := after == before+1; before != 1 || changed != refresh || first.messageID != second.messageID {
				t.Errorf("refresh %v: Observe was %d, then %d", refresh, before, after)
			}
			if string(second.payload) != "x" {
				t.Errorf("retransmitted %q", second.payload)
			}
		})
	}
}
