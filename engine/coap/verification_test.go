package coap

import (
	"bytes"
	"errors"
	"fmt"
	"net/netip"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"
)

// thrifty asserts that the endpoint sends peer 0 at most three times what came from it, until that is called off.
type thrifty struct {
	*wire
	mu       sync.Mutex // of what follows: retransmissions leave by another goroutine
	in, out  int
	verified bool
}

func newThrifty(t *testing.T, c Config) *thrifty {
	t.Helper()
	if c.VerifyAddresses == VerifyRemote {
		c.VerifyAddresses = VerifyAlways
	}
	w := &thrifty{wire: newWire(t, c).gather()}
	gathers := *w.endpoint.tap.Load()
	w.endpoint.SetTap(func(d *Datagram) {
		w.mu.Lock()
		defer w.mu.Unlock()
		if d.Outgoing {
			w.out += len(d.Data)
		} else {
			w.in += len(d.Data)
		}
		if !w.verified && w.out > 3*w.in {
			t.Errorf("%d bytes were sent for %d: % x", w.out, w.in, d.Data)
		}
		gathers(d)
	})
	return w
}

// echoIn is the Echo option of a datagram.
func (s *sentDatagram) echoIn() []byte { return echoOf(s.options) }

func echoing(value []byte) message.Option { return message.Option{ID: echo, Value: value} }

// sized answers with a body of so many bytes.
func sized(length int) handlerFunc {
	return func(w *ResponseWriter, _ *Request) {
		w.SetCode(codes.Content)
		w.SetPayload([]byte(body64("x") + string(make([]byte, length)))[:length])
	}
}

func TestEchoValues(t *testing.T) {
	addr := netip.MustParseAddrPort("192.0.2.1:1234")
	now := time.Now()
	value := echoValue(addr, now)
	if len(value) > 40 || len(value) == 0 {
		t.Errorf("a value of %d bytes", len(value))
	}
	altered := bytes.Clone(value)
	altered[len(value)-1] ^= 1
	for _, tt := range []struct {
		name  string
		value []byte
		addr  string
		after time.Duration
		fresh bool
	}{
		{"at once", value, "192.0.2.1:1234", 0, true},
		{"just in time", value, "192.0.2.1:1234", echoLifetime - time.Second, true},
		{"late", value, "192.0.2.1:1234", echoLifetime + time.Second, false},
		{"from the future", value, "192.0.2.1:1234", -2 * time.Second, false},
		{"from another port", value, "192.0.2.1:1235", 0, false},
		{"from another address", value, "192.0.2.2:1234", 0, false},
		{"altered", altered, "192.0.2.1:1234", 0, false},
		{"cut", value[:len(value)-1], "192.0.2.1:1234", 0, false},
		{"none", nil, "192.0.2.1:1234", 0, false},
	} {
		if got := freshEcho(tt.value, netip.MustParseAddrPort(tt.addr), now.Add(tt.after)); got != tt.fresh {
			t.Errorf("%s: fresh %v", tt.name, got)
		}
	}
}

func TestWhoIsVerified(t *testing.T) {
	for _, tt := range []struct {
		v    Verification
		addr string
		want bool
	}{
		{VerifyRemote, "127.0.0.1", false}, {VerifyRemote, "::1", false}, {VerifyRemote, "192.0.2.1", true},
		{VerifyRemote, "2001:db8::1", true}, {VerifyNever, "192.0.2.1", false}, {VerifyAlways, "127.0.0.1", true},
	} {
		if got := tt.v.demands(netip.MustParseAddr(tt.addr)); got != tt.want {
			t.Errorf("%d demands of %s: %v", tt.v, tt.addr, got)
		}
	}
}

func TestLongAnswerToAnUnverifiedAddressIsCut(t *testing.T) {
	for _, tt := range []struct {
		path  string
		block int
		echo  bool
	}{
		{"a-path-of-20-bytes-xx", 32, true},
		{"short", 16, false},
		{"a-path-that-takes-much-more-room-in-the-request-than-most-do", 128, true},
	} {
		w := newThrifty(t, Config{Handler: sized(3000)})
		w.request(get(con, 1, "t", tt.path))
		s := w.next()
		s.is(t, ack, codes.Content, 1, "t")
		b, ok := blockOption(s.options, message.Block2)
		if !ok || b.num != 0 || !b.more || b.size != tt.block || len(s.payload) != tt.block {
			t.Errorf("%s: block %+v of %d bytes, want the first of %d", tt.path, b, len(s.payload), tt.block)
		}
		if (s.echoIn() != nil) != tt.echo {
			t.Errorf("%s: Echo % x", tt.path, s.echoIn())
		}
		if !tt.echo {
			continue
		}
		// With Echo the address is verified: the next block may be as large as it is asked for.
		w.verified = true
		w.request(get(con, 2, "u", tt.path, message.Option{ID: message.Block2, Value: []byte{0x16}}, echoing(s.echoIn())))
		s = w.next()
		if b, _ := blockOption(s.options, message.Block2); b.num != 1 || len(s.payload) != 1024 || s.echoIn() != nil {
			t.Errorf("%s: then block %+v of %d bytes", tt.path, b, len(s.payload))
		}
	}
}

// TestClientWithoutEchoReadsAll has a client that repeats no Echo option and asks for blocks of the size it is given.
func TestClientWithoutEchoReadsAll(t *testing.T) {
	w := newThrifty(t, Config{Handler: sized(5000)})
	var got []byte
	next := block{size: 1024}
	for id := uint16(1); ; id++ {
		options := message.Option{ID: message.Block2, Value: appendUint(nil, next.value(), false)}
		w.request(get(con, id, "t", "plant", options))
		s := w.next()
		b, ok := blockOption(s.options, message.Block2)
		if s.code != codes.Content || !ok || b.offset() != int64(len(got)) {
			t.Fatalf("%v, block %+v after %d bytes", s.code, b, len(got))
		}
		if got = append(got, s.payload...); !b.more {
			break
		}
		next = block{num: uint32(len(got) / b.size), size: b.size}
	}
	if len(got) != 5000 {
		t.Errorf("read %d bytes", len(got))
	}
}

func TestWhatCannotBeCutIsAskedForAgainWithEcho(t *testing.T) {
	for name, c := range map[string]Config{
		"without block-wise":      {Handler: sized(500), DisableBlockwise: true},
		"options that fill it":    {Handler: withETags(500, 9)},
		"a body of a block alone": {Handler: withETags(16, 4)},
	} {
		w := newThrifty(t, c)
		w.request(get(con, 1, "t", "a-path"))
		s := w.next()
		s.is(t, ack, codes.Unauthorized, 1, "t")
		if s.echoIn() == nil || len(s.payload) != 0 {
			t.Fatalf("%s: Echo % x, payload %q", name, s.echoIn(), s.payload)
		}
		w.verified = true
		w.request(get(con, 2, "t", "a-path", echoing(s.echoIn())))
		if s = w.next(); s.code != codes.Content || s.echoIn() != nil {
			t.Errorf("%s: then %v", name, s.code)
		}
	}
}

// withETags answers with a body and many options.
func withETags(length, etags int) handlerFunc {
	return func(w *ResponseWriter, _ *Request) {
		w.SetCode(codes.Content)
		for range etags {
			w.AddOption(message.ETag, make([]byte, 8))
		}
		w.SetPayload(make([]byte, length))
	}
}

// TestWhatWasCarriedOutIsNotAskedForAgain keeps a request that changes something from being made twice.
func TestWhatWasCarriedOutIsNotAskedForAgain(t *testing.T) {
	for name, c := range map[string]Config{
		"cut": {}, "without block-wise": {DisableBlockwise: true},
	} {
		calls := 0
		c.Handler = handlerFunc(func(w *ResponseWriter, _ *Request) {
			calls++
			w.SetCode(codes.Changed)
			w.SetPayload(make([]byte, 2000))
		})
		w := newThrifty(t, c)
		for id, code := range []codes.Code{codes.PUT, codes.POST, codes.DELETE, PATCH, IPATCH} {
			m := get(con, uint16(id), "t", "a")
			m.code = code
			w.request(m)
			s := w.next()
			s.is(t, ack, codes.Changed, uint16(id), "t")
		}
		if calls != 5 {
			t.Errorf("%s: %d calls", name, calls)
		}
	}
}

func TestErrorToAnUnverifiedAddressIsSentWithoutItsText(t *testing.T) {
	w := newThrifty(t, Config{Handler: handlerFunc(func(w *ResponseWriter, _ *Request) {
		w.SetCode(codes.NotFound)
		w.SetPayload(make([]byte, 300))
	})})
	w.request(get(non, 1, "t", "a"))
	if s := w.next(); s.code != codes.NotFound || len(s.payload) != 0 {
		t.Errorf("answered %v with %d bytes", s.code, len(s.payload))
	}
}

// The clock stands still, so that the rate is reached however slow the machine is.
func TestNoKindOfDatagramAmplifies(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newThrifty(t, Config{FinalBlock1: true, Handler: sized(2000), Limits: Limits{PeerRate: 300}})
		for i := range 200 {
			id := uint16(i)
			for _, typ := range []message.Type{con, non} {
				w.request(get(typ, id, "", "")) // the second is a duplicate of the first
				w.request(outgoing{typ: typ, code: codes.GET, messageID: 1000 + id})
				w.request(outgoing{typ: typ, code: 9, messageID: 2000 + id, token: message.Token("12345678")})
				w.request(block1(3000+id, "a"))
				w.request(outgoing{typ: typ, messageID: id})
				w.receive(0, []byte{0x49, 1, 0, byte(i)})
				w.request(get(typ, 5000+id, "t", fmt.Sprint(i), observe))
			}
		}
		if s := w.endpoint.Stats(); s.Refused == 0 || s.Withheld == 0 {
			t.Errorf("%+v: the test did not come to a bound", s)
		}
	})
}

func TestFirstNotificationVerifiesTheAddress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, relations := observing1(RelationConfig{})
		w := newThrifty(t, Config{Handler: h})
		w.request(get(con, 1, "t", "a", observe))
		w.next()
		rel := <-relations
		for i := range 10 {
			rel.Notify(text(false, fmt.Sprint(i)))
		}
		first := w.next()
		first.is(t, con, codes.Content, first.messageID, "t")
		w.quiet()
		if rel.Peer().Verified() {
			t.Error("verified before anything was acknowledged")
		}
		w.answer(0, ack, first.messageID+1)
		if rel.Peer().Verified() {
			t.Error("verified by the ACK of something else")
		}
		w.quiet()
		w.verified = true
		w.answer(0, ack, first.messageID)
		for i := 1; i < 10; i++ {
			if s := w.next(); s.typ != non || string(s.payload) != fmt.Sprint(i) {
				t.Errorf("notification %d: %v %q", i, s.typ, s.payload)
			}
		}
	})
}

func TestObserverThatNeverAcknowledges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ended := make(chan EndReason, 1)
		h, relations := observing1(RelationConfig{OnEnd: func(_ *Relation, reason EndReason) { ended <- reason }})
		w := newThrifty(t, Config{Handler: h})
		w.request(get(con, 1, "t", "a-path-of-some-bytes", observe))
		(<-relations).Notify(Notification{Payload: make([]byte, 5000)})
		if reason := <-ended; reason != EndTimeout {
			t.Errorf("ended with %v", reason)
		}
		if n := w.endpoint.Stats().Withheld; n == 0 {
			t.Error("nothing was withheld")
		}
	})
}

func TestLargeNotificationToAnUnverifiedAddress(t *testing.T) {
	h, relations := observing1(RelationConfig{})
	w := newThrifty(t, Config{Handler: h})
	w.request(get(con, 1, "t", "a-path-of-some-bytes-more", observe))
	w.next()
	(<-relations).Notify(text(false, body64("large")))
	s := w.next()
	b, _ := blockOption(s.options, message.Block2)
	if b.size != 64 || !b.more || string(s.payload) != body64("large")[:64] {
		t.Fatalf("notified block %+v %q", b, s.payload)
	}
	w.verified = true
	w.answer(0, ack, s.messageID)
	w.request(get(con, 2, "u", "a-path-of-some-bytes-more", message.Option{ID: message.Block2, Value: []byte{0x12}}))
	if s = w.next(); string(s.payload) != body64("large")[64:128] {
		t.Errorf("the second block is %q", s.payload)
	}
}

// TestRequestsThatSomebodyElseMayHaveCaused has a request that makes the endpoint ask its sender, as a simple registration
// does: who forges an address gets it no more than three times what was sent.
func TestRequestsThatSomebodyElseMayHaveCaused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		done := make(chan error, 1)
		var w *thrifty
		w = newThrifty(t, Config{Handler: handlerFunc(func(out *ResponseWriter, r *Request) {
			out.SetCode(codes.Changed)
			_, err := w.endpoint.Request(ToPeer(r.Peer), getting("a-path-of-some-bytes"), func(_ *ClientResponse, err error) { done <- err })
			if err != nil {
				t.Error(err)
			}
		})})
		for id := range uint16(5) {
			w.request(get(non, id, "", "a-path-that-is-as-long"))
			if err := <-done; !errors.Is(err, ErrTimeout) {
				t.Errorf("ended with %v", err)
			}
		}
		if s := w.endpoint.Stats(); s.Withheld == 0 || s.Retransmissions == 0 {
			t.Errorf("%+v: nothing was withheld, or sent again", s)
		}
	})
}

// TestRequestsToAnAddressThatWeSpeakToFirst are sent again whether it is verified or not.
func TestRequestsToAnAddressThatWeSpeakToFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAsking(t, Config{VerifyAddresses: VerifyAlways})
		a.ask(getting("a"))
		for range 5 {
			a.next()
		}
		if n := a.endpoint.Stats().Withheld; n != 0 {
			t.Errorf("%d withheld", n)
		}
	})
}

func TestVerifyByTheHandler(t *testing.T) {
	w := newThrifty(t, Config{Handler: handlerFunc(func(w *ResponseWriter, r *Request) {
		r.Peer.Verify()
		w.SetCode(codes.Content)
		w.SetPayload(make([]byte, 900))
	})})
	w.verified = true
	w.request(get(non, 1, "t", "a"))
	if s := w.next(); len(s.payload) != 900 {
		t.Errorf("answered %d bytes", len(s.payload))
	}
}

func TestObservationWhoseFirstAnswerDoesNotFitEnds(t *testing.T) {
	var ended EndReason
	w := newThrifty(t, Config{DisableBlockwise: true, Handler: handlerFunc(func(w *ResponseWriter, _ *Request) {
		w.SetCode(codes.Content)
		w.SetPayload(make([]byte, 900))
		w.Observe(RelationConfig{OnEnd: func(_ *Relation, reason EndReason) { ended = reason }})
	})})
	w.request(get(con, 1, "t", "a", observe))
	s := w.next()
	if _, observes := uintOption(s.options, message.Observe); s.code != codes.Unauthorized || observes || ended != EndTooLong {
		t.Errorf("answered %v, Observe %v, ended %v", s.code, observes, ended)
	}
}
