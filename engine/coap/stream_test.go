package coap_test

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"

	"sluice/engine/coap"
)

// streamed is a request without the message layer.
func streamed(code codes.Code, token, path string, options ...message.Option) message.Message {
	return request(message.Confirmable, code, 0, token, path, options...)
}

// Messages in hexadecimal, in the form of TCP.
const (
	rawCSM   = "00 e1"
	rawGet   = "21 01 74 b1 61"             // GET, token "t", Uri-Path "a"
	rawHello = "61 45 74 ff 68 65 6c 6c 6f" // 2.05, token "t", payload "hello"
)

// how a connection ends.
const (
	open    = ""
	aborted = "7.05 and the end"
	closed  = "the end"
)

// TestRFC8323 is a table of its statements: what a client sends, what it gets behind the endpoint's CSM, and how the
// connection ends.
func TestRFC8323(t *testing.T) {
	longToken := "18 01 " + strings.Repeat("74", 8) + " 20"
	for _, tt := range []struct {
		section, statement string
		send, want, end    string
		badOption          string // of the Abort
	}{
		{"3.2", "a message has neither type nor message ID", rawCSM + rawGet, rawHello, open, ""},
		{"3.2", "an extended length of one byte", rawCSM + "d1 01 01 74 b1 61" + strings.Repeat("01 62", 6), rawHello, open, ""},
		{"3.2", "an extended length of two bytes", rawCSM + "e1 00 07 02 74 b1 61 ff" + strings.Repeat("00", 273), rawHello, open, ""},
		{"3.2", "an extended length of four bytes", rawCSM + "f1 00 00 00 03 02 74 b1 61 ff" + strings.Repeat("00", 65805), rawHello, open, ""},
		{"3.2", "a token of 8 bytes", rawCSM + longToken, "68 45 " + strings.Repeat("74", 8) + " ff 68656c6c6f", open, ""},
		{"3.2", "token lengths from 9 are reserved", rawCSM + "09 01", "", aborted, ""},
		{"3.2", "token length 15 is reserved", rawCSM + "0f 01", "", aborted, ""},
		{"5.3.1", "a message of 4 GB is refused before it comes", rawCSM + "f0 ff ff ff ff", "", aborted, ""},
		{"5.3.1", "a message longer than our Max-Message-Size", rawCSM + "f0 00 01 00 00", "", aborted, ""},
		{"5.3", "the first message is a CSM", rawGet, "", aborted, ""},
		{"5.3", "the first message is no Ping", "00 e2", "", aborted, ""},
		{"5.3", "an Empty message may come before", "00 00" + rawCSM + rawGet, rawHello, open, ""},
		{"5.3", "another CSM may come at any time", rawCSM + rawGet + rawCSM + rawGet, rawHello + rawHello, open, ""},
		{"5.2", "unknown elective options are ignored", "20 e1 80 20" + rawGet, rawHello, open, ""},
		{"5.2", "unknown critical options of a CSM abort", "10 e1 90", "", aborted, "09"},
		{"5.2", "unknown critical options of a Ping abort", rawCSM + "10 e2 10", "", aborted, ""},
		{"5.2", "unknown critical options of a Release abort", rawCSM + "10 e4 10", "", aborted, ""},
		{"5.6", "a Max-Message-Size that cannot be", "60 e1 25 01 02 03 04 05", "", aborted, "02"},
		{"5.6", "a Block-Wise-Transfer that cannot be", "20 e1 41 01", "", aborted, "04"},
		{"5.1", "unassigned signaling codes are ignored", rawCSM + "00 ff" + rawGet, rawHello, open, ""},
		{"5.4", "Empty messages are ignored", rawCSM + "00 00" + rawGet + "00 00", rawHello, open, ""},
		{"5.4", "a Pong has the token of its Ping", rawCSM + "01 e2 42", "01 e3 42", open, ""},
		{"5.4", "a Ping without token", rawCSM + "00 e2", "00 e3", open, ""},
		{"5.4.1", "Custody is given when all before is answered", rawCSM + rawGet + "11 e2 42 20", rawHello + "11 e3 42 20", open, ""},
		{"5.4", "a Pong that nobody waits for is ignored", rawCSM + "01 e3 42" + rawGet, rawHello, open, ""},
		{"5.5", "requests before a Release are answered", rawCSM + rawGet + "00 e4", rawHello, closed, ""},
		{"5.5", "a Release with its options", rawCSM + "70 e4 22 61 3a 21 05 ff 78", "", closed, ""},
		{"5.6", "an Abort ends the connection", rawCSM + "00 e5" + rawGet, "", closed, ""},
		{"5.6", "a payload marker without payload", rawCSM + "10 01 ff", "", aborted, ""},
		{"5.6", "an option of reserved length", rawCSM + "10 01 bf", "", aborted, ""},
		{"5.6", "an option that is cut short", rawCSM + "20 01 b5 61", "", aborted, ""},
		{"5.6", "a reserved class of codes", rawCSM + "00 20", "", aborted, ""},
		{"7252, 5.4.1", "a critical option that is unknown", rawCSM + "31 01 74 b1 61 20", "01 82 74", open, ""},
		{"7252, 5.8", "a method that is unknown", rawCSM + "01 1f 74", "01 85 74", open, ""},
		{"3.4", "a response that answers nothing is ignored, there is no Reset", rawCSM + "01 45 77" + rawGet, rawHello, open, ""},
		{"6", "a block of BERT is asked for", rawCSM + "41 01 74 b1 61 c1 07", "91 45 74 d1 0a 06 ff 68 65 6c 6c 6f", open, ""},
	} {
		t.Run(tt.section+" "+tt.statement, func(t *testing.T) {
			t.Parallel()
			e := listenTCP(t, coap.Config{Handler: content("hello"), Stream: coap.StreamConfig{MaxMessageSize: 66_000}})
			c := dial(t, e)
			c.sendRaw(unhex(t, tt.send))
			want := unhex(t, tt.want)
			for len(want) > 0 {
				_, raw, err := c.next()
				if err != nil || !bytes.HasPrefix(want, raw) {
					t.Fatalf("got % x, %v, want % x", raw, err, want)
				}
				want = want[len(raw):]
			}
			switch tt.end {
			case aborted:
				value, _ := optionOf(c.aborted(), message.TCPBadCSMOption)
				if got := hex.EncodeToString(value); got != tt.badOption {
					t.Errorf("Bad-CSM-Option %q, want %q", got, tt.badOption)
				}
			case closed:
				c.ended()
			default:
				c.send(csm())
				c.silent()
			}
			eventually(t, "the peer is forgotten with its connection", func() bool {
				return (e.Stats().Peers == 0) == (tt.end != open)
			})
		})
	}
}

// TestOurCSM: the first message says what we take, and does not wait for the client's.
func TestOurCSM(t *testing.T) {
	for _, tt := range []struct {
		config coap.Config
		want   string
	}{
		{coap.Config{}, "50 e1 23 40 04 80 20"},
		{coap.Config{MaxBodySize: 100_000}, "50 e1 23 01 8b 20 20"},
		{coap.Config{Stream: coap.StreamConfig{MaxMessageSize: 1152}}, "40 e1 22 04 80 20"},
		{coap.Config{DisableBlockwise: true}, "40 e1 23 40 04 80"},
	} {
		tt.config.Handler = content("")
		e := listenTCP(t, tt.config)
		c := dialUngreeted(t, e)
		if _, raw, err := c.next(); err != nil || !bytes.Equal(raw, unhex(t, tt.want)) {
			t.Errorf("got % x, %v, want %s", raw, err, tt.want)
		}
	}
}

// TestAnswersOutOfOrder: a request whose answer takes long does not hold up the next one (RFC 8323, section 3.3).
func TestAnswersOutOfOrder(t *testing.T) {
	deferred := make(chan *coap.Deferred, 1)
	e := listenTCP(t, coap.Config{Handler: handler(func(w *coap.ResponseWriter, r *coap.Request) {
		if r.Type != message.Confirmable || r.MessageID != 0 || r.Peer.Transport() != coap.TCP {
			t.Errorf("type %v, message ID %d, transport %v", r.Type, r.MessageID, r.Peer.Transport())
		}
		if string(r.Token) == "slow" {
			deferred <- w.Defer()
			return
		}
		w.SetCode(codes.Content)
	})})
	c := connect(t, e)
	c.send(streamed(codes.GET, "slow", "a"))
	if m := c.ask(streamed(codes.GET, "fast", "a")); string(m.Token) != "fast" {
		t.Fatalf("got %v", m)
	}
	custody := message.Message{Code: codes.Ping, Token: message.Token("p"), Options: message.Options{{ID: message.TCPCustody}}}
	c.send(custody)
	time.Sleep(20 * time.Millisecond) // an empty acknowledgement, or the Pong, would have come
	(<-deferred).Reply(func(w *coap.ResponseWriter) { w.SetCode(codes.Changed) })
	if m := c.receive(); m.Code != codes.Changed || string(m.Token) != "slow" {
		t.Errorf("got %v", m)
	}
	if m := c.receive(); m.Code != codes.Pong || len(m.Options) != 1 {
		t.Errorf("got %v, want the Pong with Custody after the answer", m)
	}
}

// TestReleaseWaitsForAnswers: what was asked before a Release is answered before the end (RFC 8323, section 5.5).
func TestReleaseWaitsForAnswers(t *testing.T) {
	e := listenTCP(t, coap.Config{Handler: handler(func(w *coap.ResponseWriter, _ *coap.Request) {
		d := w.Defer()
		time.AfterFunc(50*time.Millisecond, func() {
			d.Reply(func(w *coap.ResponseWriter) { w.SetCode(codes.Changed) })
		})
	})})
	c := connect(t, e)
	c.send(streamed(codes.PUT, "1", "a"))
	c.send(streamed(codes.PUT, "2", "a"))
	c.send(message.Message{Code: codes.Release})
	for range 2 {
		if m := c.receive(); m.Code != codes.Changed {
			t.Errorf("got %v", m)
		}
	}
	c.ended()
}

// TestCloseReleases: an endpoint that closes asks its clients to close, and ends what they began.
func TestCloseReleases(t *testing.T) {
	ends := make(chan coap.EndReason, 1)
	g := &gone{handler: func(w *coap.ResponseWriter, r *coap.Request) {
		r.Peer.SetData("known")
		w.SetCode(codes.Content)
		w.Observe(coap.RelationConfig{OnEnd: func(_ *coap.Relation, reason coap.EndReason) { ends <- reason }})
	}}
	e := listenTCP(t, coap.Config{Handler: g})
	c := connect(t, e)
	c.ask(streamed(codes.GET, "t", "a", option(message.Observe)))
	began := time.Now()
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	if m := c.receive(); m.Code != codes.Release {
		t.Errorf("got %v", m)
	}
	c.ended()
	if reason := <-ends; reason != coap.EndClosed || len(g.peers) != 1 || !e.Closed() {
		t.Errorf("reason %v, gone %v", reason, g.peers)
	}
	if took := time.Since(began); took > 3*time.Second {
		t.Errorf("a client that does not close held up Close for %v", took)
	}
}

// TestConnectionEndsRelations: they end when the connection does, also while answers are still to be given.
func TestConnectionEndsRelations(t *testing.T) {
	ends := make(chan coap.EndReason, 1)
	deferred := make(chan *coap.Deferred, 1)
	g := &gone{handler: func(w *coap.ResponseWriter, r *coap.Request) {
		r.Peer.SetData("known")
		if !r.Has(message.Observe) {
			deferred <- w.Defer()
			return
		}
		w.SetCode(codes.Content)
		w.Observe(coap.RelationConfig{OnEnd: func(_ *coap.Relation, reason coap.EndReason) { ends <- reason }})
	}}
	e := listenTCP(t, coap.Config{Handler: g})
	c := connect(t, e)
	c.ask(streamed(codes.GET, "t", "a", option(message.Observe)))
	c.send(streamed(codes.GET, "u", "a"))
	answer := <-deferred
	_ = c.conn.Close()
	if reason := <-ends; reason != coap.EndClosed {
		t.Errorf("reason %v", reason)
	}
	eventually(t, "the handler is told", func() bool {
		g.mu.Lock()
		defer g.mu.Unlock()
		return len(g.peers) == 1
	})
	late := make(chan coap.EndReason, 1)
	answer.Reply(func(w *coap.ResponseWriter) {
		w.SetCode(codes.Content)
		w.Observe(coap.RelationConfig{OnEnd: func(_ *coap.Relation, reason coap.EndReason) { late <- reason }})
	})
	if reason := <-late; reason != coap.EndClosed || e.Closed() {
		t.Errorf("the late relation ended with %v", reason)
	}
}

// TestObserveOverStream: notifications have the token and growing Observe values, are not acknowledged, and end with
// Observe 1 (RFC 8323, section 7 and appendix A).
func TestObserveOverStream(t *testing.T) {
	for name, transport := range transports {
		t.Run(name, func(t *testing.T) {
			relations := make(chan *coap.Relation, 1)
			var current *coap.Relation
			e := transport.listen(t, coap.Config{Handler: handler(func(w *coap.ResponseWriter, r *coap.Request) {
				w.SetCode(codes.Content)
				switch v, ok := r.Uint(message.Observe); {
				case ok && v == 0:
					current = w.Observe(coap.RelationConfig{Sequence: coap.SequenceCounter})
					relations <- current
				case ok:
					current.Cancel()
				}
			})})
			c := transport.dial(t, e)
			c.send(csm())
			if m := c.ask(streamed(codes.GET, "t", "a", option(message.Observe))); m.Code != codes.Content || !m.Options.HasOption(message.Observe) {
				t.Fatalf("got %v", m)
			}
			rel := <-relations
			for i := range 300 { // as fast as they are given: none waits for an acknowledgement
				rel.Notify(coap.Notification{Confirmable: i%2 == 0, Payload: fmt.Append(nil, i)})
				m := c.receive()
				if v, err := m.Options.Observe(); err != nil || v != uint32(i+1) || string(m.Token) != "t" || string(m.Payload) != fmt.Sprint(i) {
					t.Fatalf("notification %d is %v", i, m)
				}
			}
			if s := rel.Stats(); s.Sent != 300 || s.Dropped != 0 || s.LastConfirmable {
				t.Errorf("%+v", s)
			}
			c.ask(streamed(codes.GET, "t", "a", option(message.Observe, 1)))
			rel.Notify(coap.Notification{Payload: []byte("late")})
			c.silent()
		})
	}
}

// TestTapShowsStreams: the tap sees every message in the form of its transport.
func TestTapShowsStreams(t *testing.T) {
	for name, transport := range transports {
		t.Run(name, func(t *testing.T) {
			seen := make(chan string, 20)
			e := transport.listen(t, coap.Config{Handler: content("hello")})
			e.SetTap(func(d *coap.Datagram) {
				seen <- fmt.Sprintf("%v %v %x", d.Transport, d.Outgoing, d.Data)
			})
			c := transport.dial(t, e)
			c.send(csm())
			c.ask(message.Message{Code: codes.GET, Token: message.Token("t")})
			get, hello := "010174", "614574ff68656c6c6f"
			if name == "coap+ws" {
				hello = "014574ff68656c6c6f"
			}
			for i, want := range []string{"", name + " false 00e1", name + " false " + get, name + " true " + hello} {
				if got := <-seen; i > 0 && got != want {
					t.Errorf("got %s, want %s", got, want)
				}
			}
		})
	}
}
