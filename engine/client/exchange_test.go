package client

import (
	"context"
	"errors"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"

	"sluice/engine/record"
)

func TestResponses(t *testing.T) {
	for _, c := range []struct {
		name            string
		non             bool
		script          func(*server, packet)
		typ             message.Type
		retransmissions int
		datagrams       int
	}{
		{"with the ACK", false, func(s *server, p packet) { s.answer(p, codes.Content, "hot") }, message.Acknowledgement, 0, 2},
		{"apart, Confirmable", false, func(s *server, p packet) {
			if p.code == codes.GET {
				s.send(packet{typ: message.Acknowledgement, messageID: p.messageID})
				s.notify(message.Confirmable, p.token, codes.Content, "hot")
			}
		}, message.Confirmable, 0, 4},
		{"apart, without an ACK before", false, func(s *server, p packet) {
			if p.code == codes.GET {
				s.notify(message.NonConfirmable, p.token, codes.Content, "hot")
			}
		}, message.NonConfirmable, 0, 2},
		{"to a Non-confirmable request", true, func(s *server, p packet) { s.answer(p, codes.Content, "hot") }, message.NonConfirmable, 0, 2},
		{"to the second copy", false, func(s *server, p packet) {
			if len(s.received()) > 1 {
				s.answer(p, codes.Content, "hot")
			}
		}, message.Acknowledgement, 1, 3},
		{"behind one of another token and a malformed one", false, func(s *server, p packet) {
			if p.code != codes.GET {
				return
			}
			if _, err := s.conn.WriteTo([]byte{0x4f, 0x45, 0, 1}, s.peer); err != nil {
				t.Error(err)
			}
			s.send(packet{typ: message.Acknowledgement, code: codes.Content, messageID: p.messageID, token: message.Token("other")})
			s.answer(p, codes.Content, "hot")
		}, message.Acknowledgement, 0, 5},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := serve(t, c.script)
			x := do(t, s.dial(t), &Request{Code: codes.GET, NonConfirmable: c.non, Transmission: quick})
			if !x.Answered || x.Code != codes.Content || string(x.Payload) != "hot" || x.Type != c.typ || x.Retransmissions != c.retransmissions {
				t.Errorf("answered %+v", x)
			}
			if x.RTT <= 0 || x.Took < x.RTT || len(x.Datagrams) != c.datagrams || !x.Datagrams[0].Outgoing {
				t.Errorf("RTT %s of %s, %d datagrams", x.RTT, x.Took, len(x.Datagrams))
			}
		})
	}
}

func TestNoResponse(t *testing.T) {
	silent := func(*server, packet) {}
	for _, c := range []struct {
		name      string
		request   Request
		script    func(*server, packet)
		want      error
		datagrams int
	}{
		{"silence", Request{Transmission: quick}, silent, ErrUnanswered, 3},
		{"silence, sent once", Request{Transmission: &Transmission{ACKTimeout: 10 * time.Millisecond}}, silent, ErrUnanswered, 1},
		{"a timeout", Request{Timeout: 20 * time.Millisecond}, silent, ErrUnanswered, 1},
		{"a timeout, Non-confirmable", Request{NonConfirmable: true, Timeout: 20 * time.Millisecond}, silent, ErrUnanswered, 1},
		{"a Reset", Request{}, func(s *server, p packet) { s.send(packet{typ: message.Reset, messageID: p.messageID}) }, ErrReset, 2},
		{"an ACK and no more", Request{Timeout: 50 * time.Millisecond, Transmission: quick}, func(s *server, p packet) {
			s.send(packet{typ: message.Acknowledgement, messageID: p.messageID})
		}, ErrUnanswered, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.request.Code = codes.GET
			x, err := serve(t, c.script).dial(t).Do(t.Context(), &c.request)
			if !errors.Is(err, c.want) || x.Answered || len(x.Datagrams) != c.datagrams {
				t.Errorf("%v after %d datagrams, %+v", err, len(x.Datagrams), x)
			}
		})
	}
}

func TestNobodyListens(t *testing.T) {
	gone, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := gone.LocalAddr().String()
	if err := gone.Close(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if _, err := dial(t, "coap", addr, Config{}).Do(ctx, &Request{Code: codes.GET}); !errors.Is(err, ErrRefused) {
		t.Errorf("got %v", err)
	}
}

func TestCancelAndClose(t *testing.T) {
	s := serve(t, func(s *server, p packet) {})
	c := s.dial(t)
	ctx, cancel := context.WithCancelCause(t.Context())
	enough := errors.New("enough")
	time.AfterFunc(20*time.Millisecond, func() { cancel(enough) })
	if _, err := c.Do(ctx, &Request{Code: codes.GET, Token: message.Token("a")}); !errors.Is(err, enough) {
		t.Errorf("got %v", err)
	}
	// What comes later is answered by a Reset.
	s.notify(message.Confirmable, message.Token("a"), codes.Content, "late")
	await(t, "the Reset", func() bool { got := s.received(); return got[len(got)-1].typ == message.Reset })

	closed := s.dial(t)
	time.AfterFunc(20*time.Millisecond, func() { _ = closed.Close() })
	if _, err := closed.Do(t.Context(), &Request{Code: codes.GET}); !errors.Is(err, ErrClosed) {
		t.Errorf("got %v", err)
	}
	if _, err := closed.Do(t.Context(), &Request{Code: codes.GET}); !errors.Is(err, ErrClosed) {
		t.Errorf("got %v", err)
	}
}

// TestWhatIsSent sees that a request goes as it was given.
func TestWhatIsSent(t *testing.T) {
	s := serve(t, func(s *server, p packet) { s.answer(p, codes.Changed, "") })
	c := s.dial(t)
	do(t, c, &Request{
		Code: codes.PUT, Token: message.Token{}, Payload: []byte("x"), EarlyNegotiation: true, BlockSize: 32,
		Options: message.Options{
			text(message.URIQuery, "b"), option(65001, 1, 2), text(message.URIPath, "a"), text(message.URIQuery, "a"),
			option(message.ContentFormat, 50), option(message.ContentFormat, 0),
		},
	})
	p := s.received()[0]
	want := []message.Option{
		text(message.URIPath, "a"), option(message.ContentFormat, 50), option(message.ContentFormat, 0), text(message.URIQuery, "b"),
		text(message.URIQuery, "a"), option(message.Block2, 1), option(65001, 1, 2),
	}
	if len(p.token) != 0 || len(p.options) != len(want) || string(p.payload) != "x" {
		t.Fatalf("sent %+v", p)
	}
	for i := range want {
		if p.options[i].ID != want[i].ID || string(p.options[i].Value) != string(want[i].Value) {
			t.Errorf("option %d is %v, want %v", i, p.options[i], want[i])
		}
	}
	if _, err := c.Do(t.Context(), &Request{Code: codes.GET, Token: make(message.Token, 9)}); err == nil {
		t.Error("a token of 9 bytes was sent")
	}
	if _, err := c.Do(t.Context(), &Request{Code: codes.GET, BlockSize: 100}); err == nil {
		t.Error("blocks of 100 bytes were sent")
	}
}

func TestDuplicatesAreAnsweredAgain(t *testing.T) {
	s := serve(t, func(s *server, p packet) {
		if p.code != codes.GET {
			return
		}
		response := packet{typ: message.Confirmable, code: codes.Content, messageID: 7, token: p.token}
		s.send(response)
		s.send(response)
	})
	c := s.dial(t)
	do(t, c, &Request{Code: codes.GET})
	await(t, "two ACKs", func() bool { return len(s.received()) == 3 })
	for _, p := range s.received()[1:] {
		if p.typ != message.Acknowledgement || p.messageID != 7 {
			t.Errorf("answered by %+v", p)
		}
	}
}

func TestEcho(t *testing.T) {
	s := serve(t, func(s *server, p packet) {
		if value, ok := find(p.options, optionEcho); ok && string(value) == "fresh" {
			s.answer(p, codes.Content, "ok")
			return
		}
		s.answer(p, codes.Unauthorized, "", text(optionEcho, "fresh"))
	})
	if x := do(t, s.dial(t), &Request{Code: codes.GET}); x.Code != codes.Content || len(x.Datagrams) != 4 {
		t.Errorf("answered %+v", x)
	}
	if x := do(t, s.dial(t), &Request{Code: codes.GET, Options: message.Options{text(optionEcho, "stale")}}); x.Code != codes.Unauthorized {
		t.Errorf("answered %+v", x)
	}
}

func TestPing(t *testing.T) {
	s := serve(t, func(s *server, p packet) {
		if len(s.received()) > 1 {
			s.send(packet{typ: message.Reset, messageID: p.messageID})
		}
	})
	c := s.dial(t)
	x, err := c.Ping(t.Context(), &Request{Transmission: quick})
	if err != nil || !x.Answered || x.Type != message.Reset || x.Retransmissions != 1 || x.RTT <= 0 {
		t.Errorf("%+v, %v", x, err)
	}
	// And a ping of the server's is answered the same way.
	s.send(packet{typ: message.Confirmable, messageID: 9})
	await(t, "the Reset", func() bool { got := s.received(); return got[len(got)-1].typ == message.Reset })
}

func TestTap(t *testing.T) {
	s := serve(t, func(s *server, p packet) { s.answer(p, codes.Content, "") })
	passed := make(chan Datagram, 10)
	c := dial(t, "coap", s.conn.LocalAddr().String(), Config{Local: "127.0.0.1:0", OnDatagram: func(d Datagram) { passed <- d }})
	do(t, c, &Request{Code: codes.GET})
	for _, outgoing := range []bool{true, false} {
		if d := <-passed; d.Outgoing != outgoing || d.Note != record.Note(0) || len(d.Data) != 8 {
			t.Errorf("passed %+v", d)
		}
	}
	if c.LocalAddr().(*net.UDPAddr).Port == 0 || c.RemoteAddr().String() != s.conn.LocalAddr().String() {
		t.Errorf("from %s to %s", c.LocalAddr(), c.RemoteAddr())
	}
}

func TestManyAtATime(t *testing.T) {
	s := serve(t, func(s *server, p packet) { s.answer(p, codes.Content, string(p.payload)) })
	c := s.dial(t)
	var asked sync.WaitGroup
	for i := range 50 {
		asked.Go(func() {
			x, err := c.Do(t.Context(), &Request{Code: codeFETCH, Payload: []byte{byte(i)}, Timeout: patience})
			if err != nil || len(x.Payload) != 1 || x.Payload[0] != byte(i) {
				t.Errorf("%d is answered %v, %v", i, x.Payload, err)
			}
		})
	}
	asked.Wait()
	select {
	case <-c.Done():
		t.Error("the connection is closed")
	default:
	}
}

func TestTooLongToRead(t *testing.T) {
	s := serve(t, func(s *server, p packet) {
		s.notify(message.NonConfirmable, p.token, codes.Content, "much too long")
		s.answer(p, codes.Content, "hot")
	})
	c := dial(t, "coap", s.conn.LocalAddr().String(), Config{MaxMessage: 16})
	if x := do(t, c, &Request{Code: codes.GET}); string(x.Payload) != "hot" {
		t.Errorf("read %q", x.Payload)
	}
}

func FuzzReceive(f *testing.F) {
	f.Add([]byte{0x44, 0x45, 0, 1, 1, 2, 3, 4, 0x60, 0xff, 'x'})
	f.Add([]byte{0x60, 0x45, 0, 1})
	f.Fuzz(func(t *testing.T, data []byte) {
		near, far := net.Pipe()
		go func() {
			buffer := make([]byte, maxDatagram)
			for {
				if _, err := far.Read(buffer); err != nil {
					return
				}
			}
		}()
		c := newConn(near, Config{})
		w := &waiter{events: make(chan *event, 4), trace: &trace{max: maxTrace}, observation: &Observation{}}
		c.byToken["\x01\x02\x03\x04"], c.byID[1] = w, w
		c.receive(data, time.Now())
		c.receive(data, time.Now())
		_ = c.Close()
		_ = far.Close()
		if p, err := parse(data); err == nil {
			again, err := p.encode()
			if err != nil {
				t.Fatalf("%x is read and not written: %v", data, err)
			}
			if _, err := parse(again); err != nil {
				t.Fatalf("%x is written %x", data, again)
			}
		}
	})
}

// TestAnAnswerWithAnotherTokenIsToldOf: who looks for why nothing is answered sees what came instead.
func TestAnAnswerWithAnotherTokenIsToldOf(t *testing.T) {
	s := serve(t, func(s *server, p packet) {
		if p.code == codes.GET {
			s.notify(message.NonConfirmable, message.Token{0xee}, codes.Content, "lost")
		}
	})
	c := dial(t, "coap", s.conn.LocalAddr().String(), Config{})
	x, err := c.Do(t.Context(), &Request{Code: codes.GET, Transmission: quick, Timeout: 15 * time.Millisecond})
	if !errors.Is(err, ErrUnanswered) || len(x.Datagrams) != 3 {
		t.Fatalf("%v, %d datagrams", err, len(x.Datagrams))
	}
	if got := x.Datagrams[1]; got.Outgoing || !got.Stray {
		t.Errorf("what came: %+v", got)
	}
	if got := x.Datagrams[2]; !got.Outgoing || got.Data[0]>>4&3 != byte(message.Reset) {
		t.Errorf("what was answered: %+v", got)
	}
}
