package coap

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"
)

// many answers every request with 2.05 and a body of the length that its first path segment names, and begins a relation
// if asked to.
func many(notify int) handlerFunc {
	return func(w *ResponseWriter, r *Request) {
		var length int
		_, _ = fmt.Sscan(r.PathSegments(nil)[0], &length)
		w.SetCode(codes.Content)
		w.SetPayload(make([]byte, length))
		if !r.Has(message.Observe) {
			return
		}
		if rel := w.Observe(RelationConfig{}); rel != nil {
			for range notify {
				rel.Notify(Notification{Confirmable: true})
			}
		}
	}
}

// block1 is the first block of a PUT with 64-byte blocks.
func block1(messageID uint16, path string) outgoing {
	m := get(con, messageID, "t", path, message.Option{ID: message.Block1, Value: []byte{0x0a}})
	m.code, m.payload = codes.PUT, make([]byte, 64)
	return m
}

func TestBoundsThatAreReachedAreCounted(t *testing.T) {
	gets := func(n int, path string, more ...message.Option) func(w *wire) {
		return func(w *wire) {
			for i := range n {
				w.request(get(con, uint16(i), fmt.Sprint(i), path+fmt.Sprint(i), more...))
			}
		}
	}
	for _, tt := range []struct {
		name    string
		limits  Limits
		do      func(w *wire)
		reached uint64
	}{
		{"max_peers", Limits{Peers: 2}, func(w *wire) {
			for peer := range 5 {
				w.requestFrom(peer, get(con, 1, "t", "0", observe))
			}
		}, 3},
		{"max_exchanges_per_peer", Limits{PeerExchanges: 5}, gets(12, "0"), 1},
		{"max_exchanges", Limits{Exchanges: 4}, gets(12, "0"), 1},
		{"max_reply_bytes_per_peer", Limits{PeerReplyBytes: 1000}, gets(4, "30"), 1},
		{"max_reply_bytes", Limits{ReplyBytes: 1000}, gets(4, "30"), 1},
		{"max_body_size", Limits{}, func(w *wire) {
			m := block1(1, "0")
			m.options = m.options.Add(message.Option{ID: message.Size1, Value: []byte{1, 0, 0, 0}})
			w.request(m)
		}, 1},
		{"max_transfers_per_peer", Limits{PeerTransfers: 3}, gets(5, "200"), 2},
		{"max_transfers_per_peer", Limits{PeerTransfers: 3}, func(w *wire) {
			for i := range 5 {
				w.request(block1(uint16(i), fmt.Sprint(i)))
			}
		}, 2},
		{"max_transfer_bytes_per_peer", Limits{PeerTransferBytes: 5000}, gets(3, "200"), 1},
		{"max_transfer_bytes_per_peer", Limits{PeerTransferBytes: 150}, func(w *wire) {
			for i := range 3 {
				w.request(block1(uint16(i), fmt.Sprint(i)))
			}
		}, 1},
		{"max_transfer_bytes", Limits{TransferBytes: 5000}, func(w *wire) {
			for peer := range 3 {
				w.requestFrom(peer, get(con, 1, "t", "2000"))
			}
		}, 1},
		{"max_transfer_bytes", Limits{TransferBytes: 150}, func(w *wire) {
			for peer := range 3 {
				w.requestFrom(peer, block1(1, "0"))
			}
		}, 1},
		{"max_notifications_per_peer", Limits{PeerNotifications: 2}, gets(1, "0", observe), 8},
		{"max_observers_per_peer", Limits{PeerRelations: 3}, gets(5, "0", observe), 2},
		{"max_observers", Limits{Relations: 3}, func(w *wire) {
			for peer := range 5 {
				w.requestFrom(peer, get(con, 1, "t", "0", observe))
			}
		}, 2},
		{"max_requests_per_second_per_peer", Limits{PeerRate: 3}, gets(5, "0"), 2},
		{"max_requests_per_second", Limits{Rate: 8}, func(w *wire) {
			for peer := range 5 {
				w.requestFrom(peer, get(con, 1, "t", "0"))
			}
		}, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWire(t, Config{Limits: tt.limits, Handler: many(10)})
			begin := time.Now()
			tt.do(w)
			for _, b := range w.endpoint.Bounds() {
				switch {
				case b.Name != tt.name:
					if b.Reached != 0 || !b.Last.IsZero() {
						t.Errorf("%+v was not reached", b)
					}
				case b.Reached != tt.reached:
					t.Errorf("%+v, want it reached %d times", b, tt.reached)
				case b.Last.Before(begin) || b.Last.After(time.Now()):
					t.Errorf("%+v, reached last at the wrong time", b)
				case b.InUse > b.Limit:
					t.Errorf("%+v, more in use than may be", b)
				}
			}
		})
	}
}

func TestBoundsHaveDefaultsAndNames(t *testing.T) {
	w := newWire(t, Config{Handler: changed})
	var names []string
	for _, b := range w.endpoint.Bounds() {
		if b.Limit == 0 && !strings.Contains(b.Name, "per_second") && b.Name != "max_conn_rate" {
			t.Errorf("%s has no default", b.Name)
		}
		names = append(names, b.Name)
	}
	slices.Sort(names)
	if n := len(slices.Compact(names)); n != int(boundHandshakes) || names[0] == "" {
		t.Errorf("names %q", names)
	}
}

func TestLimitsAndTransmissionParametersAreChecked(t *testing.T) {
	for _, c := range []Config{
		{MaxBodySize: -1},
		{Limits: Limits{Peers: -1}},
		{Limits: Limits{PeerRate: -1}},
		{Limits: Limits{TransferBytes: -1}},
		{Transmission: Transmission{ACKTimeout: -1}},
		{Transmission: Transmission{ACKTimeout: 2 * time.Hour}},
		{Transmission: Transmission{ACKRandomFactor: 0.5}},
		{Transmission: Transmission{MaxRetransmit: -1}},
		{Transmission: Transmission{MaxRetransmit: 11}},
		{Transmission: Transmission{ProcessingDelay: -1}},
	} {
		if _, err := c.withDefaults(); err == nil {
			t.Errorf("%+v is taken", c)
		}
	}
}

func TestTransmissionParameters(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, relations := observing1(RelationConfig{})
		w := newWire(t, Config{Handler: h, Transmission: Transmission{
			ACKTimeout: 100 * time.Millisecond, ACKRandomFactor: 1, MaxRetransmit: 2,
		}}).gather()
		w.request(get(con, 1, "t", "a", observe))
		w.next()
		(<-relations).Notify(text(true, "x"))
		first := w.next().at
		for _, after := range []time.Duration{100, 300} {
			if s := w.next(); s.at.Sub(first) != after*time.Millisecond {
				t.Errorf("retransmitted after %v, want %d ms", s.at.Sub(first), after)
			}
		}
		time.Sleep(time.Minute)
		w.quiet()
	})
}
