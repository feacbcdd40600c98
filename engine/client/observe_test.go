package client

import (
	"strings"
	"testing"
	"time"

	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"
)

func observeOption(n uint32) message.Option {
	return message.Option{ID: message.Observe, Value: uintValue(n)}
}

// granting answers a request with Observe 0 by granting it, and one with 1 by 2.05 without.
func granting(s *server, p packet) {
	if p.code != codes.GET {
		return
	}
	if n, ok := findUint(p.options, message.Observe); ok && n == 0 {
		s.answer(p, codes.Content, "first", observeOption(1))
		return
	}
	s.answer(p, codes.Content, "over")
}

func observe(t *testing.T, s *server) (*Observation, chan *Notification) {
	t.Helper()
	notifications := make(chan *Notification, 100)
	o, x, err := s.dial(t).Observe(t.Context(), &Request{Code: codes.GET, Options: message.Options{text(message.URIPath, "a")}}, func(n *Notification) { notifications <- n })
	if err != nil || o == nil || !x.Observed || string(x.Payload) != "first" {
		t.Fatalf("%+v, %v", x, err)
	}
	return o, notifications
}

func next(t *testing.T, from chan *Notification) *Notification {
	t.Helper()
	select {
	case n := <-from:
		return n
	case <-time.After(patience):
		t.Fatal("no notification")
		return nil
	}
}

func TestNotifications(t *testing.T) {
	s := serve(t, granting)
	o, got := observe(t, s)
	s.notify(message.NonConfirmable, o.Token(), codes.Content, "two", observeOption(2))
	s.notify(message.Confirmable, o.Token(), codes.Content, "four", observeOption(4))
	s.notify(message.NonConfirmable, o.Token(), codes.Content, "three", observeOption(3))
	for _, want := range []struct {
		payload   string
		reordered bool
		typ       message.Type
	}{{"two", false, message.NonConfirmable}, {"four", false, message.Confirmable}, {"three", true, message.NonConfirmable}} {
		if n := next(t, got); string(n.Payload) != want.payload || n.Reordered != want.reordered || n.Type != want.typ || n.Last {
			t.Errorf("%+v, want %+v", n, want)
		}
	}
	await(t, "the ACK", func() bool { all := s.received(); return all[len(all)-1].typ == message.Acknowledgement })
	s.notify(message.Confirmable, o.Token(), codes.NotFound, "")
	if n := next(t, got); !n.Last || n.Code != codes.NotFound {
		t.Errorf("%+v", n)
	}
	<-o.Done()
	if kept, left := o.Datagrams(); len(kept) != 6 || left != 0 || o.Lost() != 0 {
		t.Errorf("%d datagrams, %d left out, %d lost", len(kept), left, o.Lost())
	}
}

func TestNotGranted(t *testing.T) {
	s := serve(t, func(s *server, p packet) { s.answer(p, codes.Content, "plain") })
	o, x, err := s.dial(t).Observe(t.Context(), &Request{Code: codes.GET}, nil)
	if o != nil || err != nil || string(x.Payload) != "plain" || x.Observed {
		t.Errorf("%v, %+v, %v", o, x, err)
	}
}

func TestEndings(t *testing.T) {
	t.Run("by GET", func(t *testing.T) {
		s := serve(t, granting)
		o, _ := observe(t, s)
		x, err := o.Cancel(t.Context(), ByGet)
		if err != nil || string(x.Payload) != "over" {
			t.Fatalf("%+v, %v", x, err)
		}
		<-o.Done()
		p := s.received()[1]
		if n, ok := findUint(p.options, message.Observe); !ok || n != 1 || string(p.token) != string(o.Token()) {
			t.Errorf("sent %+v", p)
		}
		s.notify(message.NonConfirmable, o.Token(), codes.Content, "late", observeOption(9))
		await(t, "the Reset", func() bool { return len(s.received()) == 3 && s.received()[2].typ == message.Reset })
		if _, err := o.Cancel(t.Context(), ByGet); err == nil {
			t.Error("ended twice")
		}
	})
	t.Run("by Reset", func(t *testing.T) {
		s := serve(t, granting)
		o, got := observe(t, s)
		if _, err := o.Cancel(t.Context(), ByReset); err != nil {
			t.Fatal(err)
		}
		id := s.notify(message.NonConfirmable, o.Token(), codes.Content, "late", observeOption(9))
		<-o.Done()
		await(t, "the Reset", func() bool { return len(s.received()) == 2 })
		if p := s.received()[1]; p.typ != message.Reset || p.messageID != id || len(got) != 0 {
			t.Errorf("sent %+v", p)
		}
	})
	t.Run("forgotten", func(t *testing.T) {
		s := serve(t, granting)
		o, got := observe(t, s)
		if _, err := o.Cancel(t.Context(), Forget); err != nil {
			t.Fatal(err)
		}
		<-o.Done()
		s.notify(message.Confirmable, o.Token(), codes.Content, "late", observeOption(9))
		s.send(packet{typ: message.Confirmable, messageID: 999}) // a ping, which is answered
		await(t, "the Reset of the ping", func() bool { return len(s.received()) == 2 })
		if p := s.received()[1]; p.messageID != 999 || len(got) != 0 {
			t.Errorf("sent %+v", p)
		}
	})
}

func TestNotificationInBlocks(t *testing.T) {
	give := giving(64, func() byte { return 1 })
	s := serve(t, func(s *server, p packet) {
		if _, observes := find(p.options, message.Observe); observes || p.code != codes.GET {
			granting(s, p)
			return
		}
		give(s, p)
	})
	o, got := observe(t, s)
	s.notify(message.NonConfirmable, o.Token(), codes.Content, body[:64], observeOption(2),
		message.Option{ID: message.Block2, Value: block{more: true, size: 64}.value()}, option(message.ETag, 1))
	if n := next(t, got); n.Err != nil || string(n.Payload) != body {
		t.Errorf("%d bytes, %v", len(n.Payload), n.Err)
	}
	for _, p := range s.received()[1:] {
		if string(p.token) == string(o.Token()) {
			t.Errorf("a block is fetched under the token of the observation")
		}
	}
	s.notify(message.NonConfirmable, o.Token(), codes.Content, strings.Repeat("x", 64), observeOption(3),
		message.Option{ID: message.Block2, Value: block{more: true, size: 64}.value()}, option(message.ETag, 2))
	if n := next(t, got); n.Err == nil || len(n.Payload) != 64 {
		t.Errorf("%d bytes, %v", len(n.Payload), n.Err)
	}
}
