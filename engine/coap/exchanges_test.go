package coap

import (
	"testing"
	"time"

	"github.com/plgd-dev/go-coap/v3/message"
)

const (
	con = message.Confirmable
	non = message.NonConfirmable
)

func TestExchangesLastTheirLifetime(t *testing.T) {
	for _, tt := range []struct {
		name     string
		typ      message.Type
		lifetime time.Duration
	}{
		{"CON", con, 247 * time.Second},
		{"NON", non, 145 * time.Second},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var x exchanges
			m := newExchangeMemory(t)
			x.begin(m, 7, tt.typ, 0, 0)
			if x.expire(m, int64(tt.lifetime)-1); x.find(7) == nil {
				t.Error("forgotten before its lifetime is over")
			}
			if x.expire(m, int64(tt.lifetime)); x.find(7) != nil {
				t.Error("remembered after its lifetime")
			}
		})
	}
}

func TestNonIsForgottenInTimeBehindAnOlderCon(t *testing.T) {
	w := newWire(t, Config{Handler: changed}).gather()
	rt := w.route(0)
	at := func(seconds int, m outgoing) {
		w.reader.now = w.endpoint.began.Add(time.Duration(seconds) * time.Second)
		w.reader.datagram(&rt, m.append(nil))
	}
	at(0, get(con, 1, "", "a"))
	at(1, get(non, 2, "", "a"))
	at(150, get(non, 2, "", "a"))
	if n := w.endpoint.Stats(); n.Requests != 3 || n.Duplicates != 0 {
		t.Errorf("%d requests, %d duplicates; want 3 and 0: a NON may use a message ID again after 145 s", n.Requests, n.Duplicates)
	}
	at(151, get(non, 2, "", "a"))
	at(250, get(non, 2, "", "a")) // the CON and the first NON are gone by now; the second is not
	if n := w.endpoint.Stats(); n.Duplicates != 2 {
		t.Errorf("%d duplicates, want 2", n.Duplicates)
	}
}

// newExchangeMemory has the usual limits.
func newExchangeMemory(t *testing.T) *exchangeMemory {
	c, err := Config{}.withDefaults()
	if err != nil {
		t.Fatal(err)
	}
	var m exchangeMemory
	m.init(&c, new(reachings))
	return &m
}

func TestExchangesAreBoundedByNumber(t *testing.T) {
	var x exchanges
	m := newExchangeMemory(t)
	for id := range 3 * usual.PeerExchanges {
		x.begin(m, uint16(id), con, uint32(id), int64(id))
		x.answer(m, uint16(id), []byte{byte(id)})
	}
	if x.len() != usual.PeerExchanges || len(x.index) != usual.PeerExchanges {
		t.Fatalf("%d remembered, %d indexed, want %d", x.len(), len(x.index), usual.PeerExchanges)
	}
	if x.find(uint16(2*usual.PeerExchanges-1)) != nil {
		t.Error("the oldest is still there")
	}
	for id := 2 * usual.PeerExchanges; id < 3*usual.PeerExchanges; id++ {
		if s := x.find(uint16(id)); s == nil || s.digest != uint32(id) || s.reply[0] != byte(id) {
			t.Fatalf("exchange %d: %+v", id, s)
		}
	}
	if m.slots.Load() != int64(usual.PeerExchanges) || m.replies.Load() != int64(usual.PeerExchanges) || x.replies != usual.PeerExchanges {
		t.Errorf("accounted %d slots, %d bytes", m.slots.Load(), m.replies.Load())
	}
}

func TestExchangesAreBoundedByBytes(t *testing.T) {
	var x exchanges
	m := newExchangeMemory(t)
	for id := range 1000 {
		x.begin(m, uint16(id), con, 0, 0)
		x.answer(m, uint16(id), make([]byte, 1000))
	}
	if x.replies > usual.PeerReplyBytes || m.replies.Load() != int64(x.replies) || x.len() != usual.PeerReplyBytes/1000 {
		t.Errorf("%d exchanges with %d bytes, want at most %d bytes", x.len(), x.replies, usual.PeerReplyBytes)
	}
	if x.find(999) == nil || x.find(999-100) == nil {
		t.Error("the latest are not there")
	}
}

func TestExchangesOfAllPeersAreBounded(t *testing.T) {
	m := newExchangeMemory(t)
	m.slots.Store(int64(usual.Exchanges))
	m.replies.Store(usual.ReplyBytes)
	var x exchanges
	for id := range 100 {
		x.begin(m, uint16(id), con, 0, 0)
		x.answer(m, uint16(id), []byte("answer"))
		if x.len() != 1 || x.find(uint16(id)).reply == nil {
			t.Fatalf("%d remembered, want the latest alone", x.len())
		}
	}
}

func TestExchangesShrinkAfterABurst(t *testing.T) {
	var x exchanges
	m := newExchangeMemory(t)
	for id := range usual.PeerExchanges {
		x.begin(m, uint16(id), con, 0, 0)
	}
	for i := range 64 { // then one every ten seconds
		now := int64(i+1) * int64(10*time.Second)
		x.expire(m, now)
		x.begin(m, uint16(usual.PeerExchanges+i), con, 0, now)
		if x.find(uint16(usual.PeerExchanges+i)) == nil {
			t.Fatalf("message %d is not found", i)
		}
	}
	if len(x.ring) > 64 || m.slots.Load() != int64(len(x.ring)) {
		t.Errorf("room for %d exchanges is kept for %d, %d accounted", len(x.ring), x.len(), m.slots.Load())
	}
	x.clear(m)
	if m.slots.Load() != 0 || x.len() != 0 {
		t.Error("something is left")
	}
}
