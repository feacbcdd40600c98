package coap

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"
)

// body64 is a body of three blocks of 64 bytes.
func body64(name string) string { return strings.Repeat(name+" ", 150/(len(name)+1)) }

// fetch asks for a later block of 64 bytes.
func fetch(messageID uint16, num int) outgoing {
	return get(con, messageID, fmt.Sprint("f", num), "a", message.Option{ID: message.Block2, Value: []byte{byte(num<<4 | 2)}})
}

// observed64 is an observer of an endpoint with blocks of 64 bytes.
func observed64(t *testing.T, c RelationConfig) (*wire, *Relation) {
	w, rel := observed(t, c)
	w.endpoint.config.MaxBlockSize = 64
	return w, rel
}

func TestLargeNotificationIsFetchedWhileOthersCome(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, rel := observed64(t, RelationConfig{})
		one, two := body64("one"), body64("two")
		rel.Notify(Notification{Payload: []byte(one), Options: message.Options{
			{ID: message.ETag, Value: []byte{1}}, {ID: message.Size1, Value: []byte{9}}}})
		first := w.next()
		if string(first.payload) != one[:64] {
			t.Fatalf("first %q", first.payload)
		}
		if b, ok := blockOption(first.options, message.Block2); !ok || b != (block{more: true, size: 64}) {
			t.Fatalf("Block2 %+v", b)
		}
		rel.Notify(text(false, two))
		w.quiet() // a large one would take the body away that is being fetched
		rel.Notify(text(false, "short"))
		w.expect("short")

		got := one[:64]
		for num := 1; num <= 2; num++ {
			w.request(fetch(uint16(100+num), num))
			s := w.next()
			s.is(t, ack, codes.Content, uint16(100+num), fmt.Sprint("f", num))
			if _, ok := uintOption(s.options, message.Observe); ok {
				t.Error("a later block has Observe")
			}
			if tag, _ := s.options.GetBytes(message.ETag); string(tag) != "\x01" {
				t.Errorf("a later block has ETag % x", tag)
			}
			got += string(s.payload)
		}
		if got != one {
			t.Errorf("got %q", got)
		}
		w.expect(two[:64]) // after the last block, and at once
	})
}

func TestALaterBlockRepeatsObserveIfItsRequestHasIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, rel := observed64(t, RelationConfig{})
		rel.Notify(text(false, body64("one")))
		first := w.next()
		want, _ := uintOption(first.options, message.Observe)
		m := fetch(100, 1)
		m.options = append(message.Options{{ID: message.Observe}}, m.options...)
		w.request(m)
		if got, ok := uintOption(w.next().options, message.Observe); !ok || got != want {
			t.Errorf("Observe %d, %v; the first block has %d", got, ok, want)
		}
	})
}

func TestLargeNotificationWaitsNoLongerThanTheBodyIsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, rel := observed64(t, RelationConfig{})
		began := time.Now()
		rel.Notify(text(false, body64("one")))
		rel.Notify(text(false, body64("two")))
		w.next()
		time.Sleep(100 * time.Second)
		w.request(fetch(100, 1)) // it does go on
		w.next()
		if second := w.next(); second.at.Sub(began) != 347*time.Second {
			t.Errorf("the second came after %v, want 247 s after the last sign", second.at.Sub(began))
		}
	})
}

func TestLargeNotificationWaitsForNobody(t *testing.T) {
	for _, tt := range []struct {
		name string
		do   func(w *wire, rel *Relation, first sentDatagram)
	}{
		{"when the first is refused", func(w *wire, _ *Relation, first sentDatagram) { w.answer(0, rst, first.messageID) }},
		{"when other bodies take its place", func(w *wire, _ *Relation, _ sentDatagram) {
			w.endpoint.config.Handler = handlerFunc(func(w *ResponseWriter, _ *Request) {
				w.SetCode(codes.Content)
				w.SetString(body64("new"))
			})
			for i := range usual.PeerTransfers {
				w.request(get(con, uint16(100+i), "g", fmt.Sprint("other", i)))
				w.next()
			}
		}},
		{"when the relation moves", func(w *wire, rel *Relation, _ sentDatagram) {
			w.requestFrom(1, get(con, 1, "", "a"))
			w.next()
			rel.Peer().MoveTo(w.endpoint.peers.lookup(&route{addr: w.peerAddr(1)}))
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w, rel := observed64(t, RelationConfig{IgnoreReset: true})
			rel.Notify(text(false, body64("one")))
			rel.Notify(text(false, body64("two")))
			first := w.next()
			w.quiet()
			tt.do(w, rel, first)
			w.expect(body64("two")[:64])
		})
	}
}

func TestLargeNotificationWaitsForAnotherBodyOfTheResource(t *testing.T) {
	w, rel := observed64(t, RelationConfig{})
	w.endpoint.config.Handler = handlerFunc(func(w *ResponseWriter, _ *Request) {
		w.SetCode(codes.Content)
		w.SetString(body64("got"))
	})
	rel.Notify(text(false, body64("one")))
	rel.Notify(text(false, body64("two")))
	w.request(get(con, 100, "g", "a")) // the client prefers to begin anew
	w.expect(body64("one")[:64], body64("got")[:64])
	w.request(fetch(101, 1))
	w.request(fetch(102, 2))
	w.expect(body64("got")[64:128], body64("got")[128:], body64("two")[:64])
}

func TestLargeFirstResponseIsFetchedBeforeALargeNotification(t *testing.T) {
	var rel *Relation
	one := body64("one")
	w := newWire(t, Config{MaxBlockSize: 64, Handler: handlerFunc(func(w *ResponseWriter, r *Request) {
		w.SetCode(codes.Content)
		w.SetString(one)
		if r.Has(message.Observe) {
			rel = w.Observe(RelationConfig{})
		}
	})}).gather()
	w.request(get(con, 1, "t", "a", observe))
	rel.Notify(text(false, body64("two")))
	w.expect(one[:64])
	w.request(fetch(2, 1))
	w.request(fetch(3, 2))
	w.expect(one[64:128], one[128:], body64("two")[:64])
}

func TestKeptBodiesAreBounded(t *testing.T) {
	const length = 1 << 20
	big := make([]byte, length)
	w := newWire(t, Config{Handler: handlerFunc(func(w *ResponseWriter, _ *Request) {
		w.SetCode(codes.Content)
		w.SetPayload(big)
	})}).gather()
	for peer := range 100 {
		w.requestFrom(peer, get(con, 1, "t", "a"))
		w.requestFrom(peer, get(con, 2, "t", "b"))
		if s := w.next(); len(s.payload) != 1024 {
			t.Fatalf("peer %d got %d bytes", peer, len(s.payload))
		}
		w.next()
	}
	if n := w.endpoint.downloadBytes.Load(); n > usual.TransferBytes || n < usual.TransferBytes-2*length {
		t.Errorf("%d bytes are kept, want nearly %d", n, usual.TransferBytes)
	}
	w.requestFrom(99, get(con, 3, "t", "a", message.Option{ID: message.Block2, Value: []byte{0x16}}))
	if s := w.next(); s.code != codes.Content || len(s.payload) != 1024 {
		t.Errorf("a body that was not kept: block 1 answered %v", s.code)
	}
	_ = w.endpoint.Close()
	if n := w.endpoint.downloadBytes.Load(); n != 0 {
		t.Errorf("%d bytes are left after Close", n)
	}
}

func TestUnfinishedUploadsAreBoundedAndExpire(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWire(t, Config{Handler: changed}).gather()
		upload := func(peer int, num uint16, value ...byte) codes.Code {
			w.requestFrom(peer, outgoing{
				typ: con, code: codes.PUT, messageID: num, payload: make([]byte, 1024),
				options: message.Options{{ID: message.Block1, Value: value}},
			})
			s := w.next()
			return s.code
		}
		if code := upload(0, 0, 0x0e); code != codes.Continue {
			t.Fatalf("the first block answered %v", code)
		}
		time.Sleep(246 * time.Second)
		if code := upload(0, 1, 0x1e); code != codes.Continue {
			t.Errorf("within its lifetime: %v", code)
		}
		time.Sleep(247 * time.Second)
		if code := upload(0, 2, 0x2e); code != codes.RequestEntityIncomplete {
			t.Errorf("after its lifetime: %v", code)
		}
		w.endpoint.uploadBytes.Store(usual.TransferBytes - 1500)
		if code := upload(1, 3, 0x0e); code != codes.Continue {
			t.Errorf("within the bound: %v", code)
		}
		if code := upload(2, 3, 0x0e); code != codes.ServiceUnavailable {
			t.Errorf("beyond the bound: %v", code)
		}
		time.Sleep(time.Hour)
		if n := w.endpoint.uploadBytes.Load(); n != usual.TransferBytes-1500 {
			t.Errorf("%d bytes are accounted when all have expired", n-usual.TransferBytes+1500)
		}
	})
}
