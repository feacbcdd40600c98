package coap

import (
	"bytes"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"
)

// asking is an endpoint that asks peer 0, and what became of it.
type asking struct {
	*wire
	done chan outcome
}

type outcome struct {
	response *ClientResponse
	err      error
}

func newAsking(t *testing.T, c Config) *asking {
	if c.Handler == nil {
		c.Handler = handlerFunc(func(w *ResponseWriter, _ *Request) { w.SetCode(codes.NotFound) })
	}
	return &asking{newWire(t, c).gather(), make(chan outcome, 256)}
}

func (a *asking) ask(r *ClientRequest) *Call {
	a.t.Helper()
	c, err := a.endpoint.Request(ToAddr(a.peerAddr(0)), r, func(r *ClientResponse, err error) { a.done <- outcome{r, err} })
	if err != nil {
		a.t.Fatal(err)
	}
	return c
}

// respond hands a message to the endpoint as an answer to what it sent.
func (a *asking) respond(s sentDatagram, m outgoing) {
	if m.token == nil && m.code != codes.Empty {
		m.token = s.token
	}
	if m.messageID == 0 {
		m.messageID = s.messageID
	}
	a.request(m)
}

// ends is what became of the request, now.
func (a *asking) ends() outcome {
	a.t.Helper()
	select {
	case o := <-a.done:
		return o
	default:
		a.t.Fatal("the request is not done")
		return outcome{}
	}
}

func (a *asking) open() {
	a.t.Helper()
	if len(a.done) > 0 {
		a.t.Fatalf("the request is done: %+v", <-a.done)
	}
}

func getting(path string) *ClientRequest {
	return &ClientRequest{Code: codes.GET, Options: message.Options{{ID: message.URIPath, Value: []byte(path)}}}
}

func (o outcome) is(t *testing.T, code codes.Code, payload string) {
	t.Helper()
	if o.err != nil || o.response.Code != code || string(o.response.Payload) != payload {
		t.Errorf("got %+v, %v; want %v %q", o.response, o.err, code, payload)
	}
}

func TestResponsesToOurRequests(t *testing.T) {
	hello := outgoing{typ: ack, code: codes.Content, payload: []byte("hello")}
	with := func(m outgoing, change func(m *outgoing)) outgoing {
		change(&m)
		return m
	}
	later := func(typ message.Type) outgoing {
		return with(hello, func(m *outgoing) { m.typ, m.messageID = typ, 4711 })
	}
	for _, tt := range []struct {
		name    string
		non     bool
		answers []outgoing
		replies int // empty ACKs that the endpoint sends
		code    codes.Code
		err     error
		open    bool // the endpoint still waits
	}{
		{name: "piggybacked", answers: []outgoing{hello}, code: codes.Content},
		{name: "separate, CON", answers: []outgoing{{typ: ack}, later(con)}, replies: 1, code: codes.Content},
		{name: "separate, NON", answers: []outgoing{{typ: ack}, later(non)}, code: codes.Content},
		{name: "separate, its ACK was lost", answers: []outgoing{later(con)}, replies: 1, code: codes.Content},
		{name: "separate, and its copies", answers: []outgoing{{typ: ack}, later(con), later(con), later(con)}, replies: 3, code: codes.Content},
		{name: "NON answered by NON", non: true, answers: []outgoing{later(non)}, code: codes.Content},
		{name: "NON answered by CON", non: true, answers: []outgoing{later(con)}, replies: 1, code: codes.Content},
		{name: "error", answers: []outgoing{{typ: ack, code: codes.NotFound}}, code: codes.NotFound},
		{name: "response code that is not registered", answers: []outgoing{{typ: ack, code: 0x9e}}, code: 0x9e},
		{name: "RST", answers: []outgoing{{typ: rst}}, err: ErrReset},
		{name: "RST to a NON", non: true, answers: []outgoing{{typ: rst}}, err: ErrReset},
		{name: "RST after the ACK", answers: []outgoing{{typ: ack}, {typ: rst}}, err: ErrReset},
		{name: "piggybacked with another token", answers: []outgoing{with(hello, func(m *outgoing) { m.token = []byte("guessed!") })}, open: true},
		{name: "piggybacked with another message ID", answers: []outgoing{with(hello, func(m *outgoing) { m.messageID = 1 })}, open: true},
		{name: "piggybacked on a NON", non: true, answers: []outgoing{hello}, open: true},
		{name: "RST to another message", answers: []outgoing{{typ: rst, messageID: 1}}, open: true},
		{name: "critical option that is not understood", answers: []outgoing{with(hello, func(m *outgoing) {
			m.options = message.Options{{ID: 9, Value: []byte("oscore")}}
		})}, err: ErrBadOption},
		{name: "repeated elective option", answers: []outgoing{with(hello, func(m *outgoing) {
			m.options = message.Options{{ID: message.MaxAge, Value: []byte{1}}, {ID: message.MaxAge, Value: []byte{2}}}
		})}, code: codes.Content},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				a := newAsking(t, Config{})
				r := getting("a")
				r.NonConfirmable = tt.non
				a.ask(r)
				sent := a.next()
				if len(sent.token) != 8 || sent.code != codes.GET || (sent.typ == non) != tt.non {
					t.Fatalf("sent %+v", sent)
				}
				for _, m := range tt.answers {
					a.respond(sent, m)
				}
				for range tt.replies {
					reply := a.next()
					reply.is(t, ack, codes.Empty, 4711, "")
				}
				a.quiet()
				if tt.open {
					a.open()
					return
				}
				o := a.ends()
				if !errors.Is(o.err, tt.err) || o.err == nil && o.response.Code != tt.code {
					t.Errorf("got %+v, %v", o.response, o.err)
				}
				if len(a.done) > 0 {
					t.Error("done was called again")
				}
				time.Sleep(time.Hour)
				a.quiet() // nothing is retransmitted
			})
		})
	}
}

func TestResponsesFromElsewhereAreRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAsking(t, Config{})
		a.ask(getting("a"))
		sent := a.next()
		a.receive(1, (&outgoing{typ: con, code: codes.Content, messageID: 9, token: sent.token}).append(nil))
		reply := a.next()
		reply.is(t, rst, codes.Empty, 9, "")
		a.open()
	})
}

func TestOurRequestsAreRetransmittedAndGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAsking(t, Config{})
		begin := time.Now()
		a.ask(getting("a"))
		first := a.next()
		previous, interval := first.at, time.Duration(0)
		for i := range 4 {
			again := a.next()
			if again.messageID != first.messageID || again.note != Retransmitted {
				t.Fatalf("sent %+v", again)
			}
			elapsed := again.at.Sub(previous)
			if i == 0 && (elapsed < 2*time.Second || elapsed > 3*time.Second) || i > 0 && elapsed != 2*interval {
				t.Errorf("retransmission %d after %v", i+1, elapsed)
			}
			previous, interval = again.at, elapsed
		}
		o := <-a.done
		if !errors.Is(o.err, ErrTimeout) {
			t.Errorf("ended with %v", o.err)
		}
		if d := time.Since(begin); d < 62*time.Second || d > 93*time.Second {
			t.Errorf("given up after %v", d)
		}
		a.quiet()
		if s := a.endpoint.ClientStats(); s != (ClientStats{Requests: 1, Timeouts: 1}) {
			t.Errorf("counted %+v", s)
		}
	})
}

func TestWaitingForResponsesEnds(t *testing.T) {
	for _, tt := range []struct {
		name         string
		non          bool
		acknowledged bool
		timeout      time.Duration
		from, to     time.Duration
	}{
		{name: "acknowledged", acknowledged: true, from: 93 * time.Second, to: 93 * time.Second},
		{name: "NON", non: true, from: 95 * time.Second, to: 96 * time.Second},
		{name: "Timeout", timeout: time.Second, from: time.Second, to: time.Second},
		{name: "Timeout of an acknowledged one", timeout: time.Second, acknowledged: true, from: time.Second, to: time.Second},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				a := newAsking(t, Config{})
				r := getting("a")
				r.NonConfirmable, r.Timeout = tt.non, tt.timeout
				begin := time.Now()
				a.ask(r)
				if sent := a.next(); tt.acknowledged {
					a.answer(0, ack, sent.messageID)
				}
				o := <-a.done
				if d := time.Since(begin); !errors.Is(o.err, ErrTimeout) || d < tt.from || d > tt.to {
					t.Errorf("%v after %v", o.err, d)
				}
				if a.endpoint.ClientStats().Active != 0 {
					t.Error("it is still active")
				}
			})
		})
	}
}

func TestNStart(t *testing.T) {
	for _, n := range []int{1, 2} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				a := newAsking(t, Config{Transmission: Transmission{NStart: n}})
				for range 4 {
					a.ask(getting("a"))
				}
				var sent []sentDatagram
				for range n {
					sent = append(sent, a.next())
				}
				a.quiet()
				a.respond(sent[0], outgoing{typ: ack}) // the response comes later
				sent = append(sent, a.next())
				a.quiet()
				a.respond(sent[1], outgoing{typ: ack, code: codes.Content})
				if n == 1 {
					sent = append(sent, a.next())
					a.quiet()
				}
				a.respond(sent[0], outgoing{typ: non, messageID: 7, code: codes.Content})
				if len(a.done) != 2 {
					t.Errorf("%d are done", len(a.done))
				}
			})
		})
	}
}

func TestCancelledRequests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAsking(t, Config{})
		first, second := a.ask(getting("a")), a.ask(getting("b"))
		sent := a.next()
		if !first.Cancel() || first.Cancel() {
			t.Error("it was cancelled twice")
		}
		next := a.next() // its turn has come
		if !second.Cancel() {
			t.Error("the second was not cancelled")
		}
		a.respond(sent, outgoing{typ: con, code: codes.Content, messageID: 5})
		reply := a.next()
		reply.is(t, rst, codes.Empty, 5, "")
		a.respond(next, outgoing{typ: ack, code: codes.Content})
		time.Sleep(time.Hour)
		a.quiet()
		a.open()
		if s := a.endpoint.ClientStats(); s.Active != 0 {
			t.Errorf("counted %+v", s)
		}
	})
}

func TestOurRequestsAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const maxCallsPeer = 8
		a := newAsking(t, Config{Limits: Limits{PeerCalls: maxCallsPeer, Calls: maxCallsPeer + 1}})
		for range maxCallsPeer {
			a.ask(getting("a"))
		}
		ask := func(peer int) error {
			_, err := a.endpoint.Request(ToAddr(a.peerAddr(peer)), getting("a"), func(*ClientResponse, error) {})
			return err
		}
		if err := ask(0); !errors.Is(err, ErrBusy) {
			t.Errorf("one more to the peer: %v", err)
		}
		if err := ask(1); err != nil {
			t.Error(err)
		}
		if err := ask(2); !errors.Is(err, ErrBusy) {
			t.Errorf("one more in all: %v", err)
		}
		if s := a.endpoint.ClientStats(); s.Refused != 2 || s.Active != maxCallsPeer+1 {
			t.Errorf("counted %+v", s)
		}
		_ = a.endpoint.Close()
		for range maxCallsPeer {
			if o := a.ends(); !errors.Is(o.err, ErrClosed) {
				t.Errorf("ended with %v", o.err)
			}
		}
		if err := ask(3); !errors.Is(err, ErrClosed) {
			t.Errorf("after Close: %v", err)
		}
	})
}

func TestEchoChallengeIsAnsweredOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAsking(t, Config{})
		a.ask(getting("a"))
		challenge := outgoing{typ: ack, code: codes.Unauthorized, options: message.Options{{ID: echo, Value: []byte("fresh")}}}
		a.respond(a.next(), challenge)
		second := a.next()
		if value, _ := bytesOption(second.options, echo); string(value) != "fresh" {
			t.Errorf("asked again with Echo %q", value)
		}
		a.respond(second, challenge)
		o := a.ends()
		o.is(t, codes.Unauthorized, "")
	})
}

// TestBlocks plays a server whose messages are given, and compares what it is asked.
func TestBlocks(t *testing.T) {
	b1 := func(num uint32, more bool, size int) message.Option {
		return message.Option{ID: message.Block1, Value: appendUint(nil, block{num: num, more: more, size: size}.value(), false)}
	}
	b2 := func(num uint32, more bool, size int) message.Option {
		return message.Option{ID: message.Block2, Value: appendUint(nil, block{num: num, more: more, size: size}.value(), false)}
	}
	etag := func(s string) message.Option { return message.Option{ID: message.ETag, Value: []byte(s)} }
	part := func(size int) []byte { return bytes.Repeat([]byte{'x'}, size) }
	answer := func(code codes.Code, payload []byte, options ...message.Option) outgoing {
		m := outgoing{typ: ack, code: code, payload: payload}
		for _, o := range options {
			m.options = m.options.Add(o)
		}
		return m
	}
	type step struct {
		block1, block2 string // of the request: number, M and size; "" is none
		length         int
		answer         outgoing
	}
	for _, tt := range []struct {
		name   string
		method codes.Code
		body   int // of the request
		limit  int64
		steps  []step
		code   codes.Code
		length int // of the response
		err    error
	}{
		{name: "download", method: codes.GET, steps: []step{
			{"", "", 0, answer(codes.Content, part(64), b2(0, true, 64))},
			{"", "1 false 64", 0, answer(codes.Content, part(64), b2(1, true, 64))},
			{"", "2 false 64", 0, answer(codes.Content, part(5), b2(2, false, 64))},
		}, code: codes.Content, length: 133},
		{name: "download, smaller blocks later", method: codes.GET, steps: []step{
			{"", "", 0, answer(codes.Content, part(64), b2(0, true, 64))},
			{"", "1 false 64", 0, answer(codes.Content, part(16), b2(4, true, 16))},
			{"", "5 false 16", 0, answer(codes.Content, part(1), b2(5, false, 16))},
		}, code: codes.Content, length: 81},
		{name: "download that changes", method: codes.GET, steps: []step{
			{"", "", 0, answer(codes.Content, part(64), etag("1"), b2(0, true, 64))},
			{"", "1 false 64", 0, answer(codes.Content, part(64), etag("2"), b2(1, true, 64))},
			{"", "", 0, answer(codes.Content, part(64), etag("2"), b2(0, true, 64))},
			{"", "1 false 64", 0, answer(codes.Content, part(1), etag("2"), b2(1, false, 64))},
		}, code: codes.Content, length: 65},
		{name: "answer to POST that changes", method: codes.POST, steps: []step{
			{"", "", 0, answer(codes.Content, part(64), etag("1"), b2(0, true, 64))},
			{"", "1 false 64", 0, answer(codes.Content, part(64), etag("2"), b2(1, true, 64))},
		}, err: ErrChanged},
		{name: "download that goes away", method: codes.GET, steps: []step{
			{"", "", 0, answer(codes.Content, part(64), b2(0, true, 64))},
			{"", "1 false 64", 0, answer(codes.NotFound, nil)},
		}, code: codes.NotFound},
		{name: "download with a hole", method: codes.GET, steps: []step{
			{"", "", 0, answer(codes.Content, part(64), b2(0, true, 64))},
			{"", "1 false 64", 0, answer(codes.Content, part(64), b2(2, true, 64))},
		}, err: ErrBlocks},
		{name: "download with a short block", method: codes.GET, steps: []step{
			{"", "", 0, answer(codes.Content, part(63), b2(0, true, 64))},
		}, err: ErrBlocks},
		{name: "download too large", method: codes.GET, limit: 100, steps: []step{
			{"", "", 0, answer(codes.Content, part(64), b2(0, true, 64))},
			{"", "1 false 64", 0, answer(codes.Content, part(64), b2(1, true, 64))},
		}, err: ErrBodyTooLarge},
		{name: "download announced as too large", method: codes.GET, limit: 100, steps: []step{
			{"", "", 0, answer(codes.Content, part(64), b2(0, true, 64), message.Option{ID: message.Size2, Value: []byte{101}})},
		}, err: ErrBodyTooLarge},
		{name: "upload", method: codes.PUT, body: 2500, steps: []step{
			{"0 true 1024", "", 1024, answer(codes.Continue, nil, b1(0, true, 1024))},
			{"1 true 1024", "", 1024, answer(codes.Continue, nil, b1(1, true, 1024))},
			{"2 false 1024", "", 452, answer(codes.Changed, nil, b1(2, false, 1024))},
		}, code: codes.Changed},
		{name: "upload, smaller blocks from the second on", method: codes.PUT, body: 1100, steps: []step{
			{"0 true 1024", "", 1024, answer(codes.Continue, nil, b1(0, true, 64))},
			{"16 true 64", "", 64, answer(codes.Continue, nil, b1(16, true, 64))},
			{"17 false 64", "", 12, answer(codes.Changed, nil, b1(17, false, 64))},
		}, code: codes.Changed},
		{name: "upload, smaller blocks from the first on", method: codes.PUT, body: 1030, steps: []step{
			{"0 true 1024", "", 1024, answer(codes.RequestEntityTooLarge, nil, b1(0, true, 512))},
			{"0 true 512", "", 512, answer(codes.Continue, nil, b1(0, true, 512))},
			{"1 true 512", "", 512, answer(codes.Continue, nil, b1(1, true, 512))},
			{"2 false 512", "", 6, answer(codes.Changed, nil, b1(2, false, 512))},
		}, code: codes.Changed},
		{name: "message too large for the server", method: codes.PUT, body: 100, steps: []step{
			{"", "", 100, answer(codes.RequestEntityTooLarge, nil, b1(0, false, 64))},
			{"0 true 64", "", 64, answer(codes.Continue, nil, b1(0, true, 64))},
			{"1 false 64", "", 36, answer(codes.Changed, nil, b1(1, false, 64))},
		}, code: codes.Changed},
		{name: "upload too large for the server", method: codes.PUT, body: 1100, steps: []step{
			{"0 true 1024", "", 1024, answer(codes.RequestEntityTooLarge, nil)},
		}, code: codes.RequestEntityTooLarge},
		{name: "upload that nobody asked for more of", method: codes.PUT, body: 10, steps: []step{
			{"", "", 10, answer(codes.Continue, nil, b1(0, true, 1024))},
		}, err: ErrBlocks},
		{name: "upload and download", method: codes.POST, body: 1030, steps: []step{
			{"0 true 1024", "", 1024, answer(codes.Continue, nil, b1(0, true, 1024))},
			{"1 false 1024", "", 6, answer(codes.Changed, part(16), b1(1, false, 1024), b2(0, true, 16))},
			{"", "1 false 16", 0, answer(codes.Changed, part(3), b2(1, false, 16))},
		}, code: codes.Changed, length: 19},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				a := newAsking(t, Config{})
				r := getting("a")
				r.Code, r.Payload, r.MaxBody = tt.method, part(tt.body), tt.limit
				a.ask(r)
				for i, s := range tt.steps {
					sent := a.next()
					if got := blockText(sent.options, message.Block1); got != s.block1 {
						t.Errorf("step %d has Block1 %q, want %q", i, got, s.block1)
					}
					if got := blockText(sent.options, message.Block2); got != s.block2 {
						t.Errorf("step %d has Block2 %q, want %q", i, got, s.block2)
					}
					if len(sent.payload) != s.length {
						t.Errorf("step %d has %d bytes, want %d", i, len(sent.payload), s.length)
					}
					a.respond(sent, s.answer)
				}
				a.quiet()
				o := a.ends()
				if !errors.Is(o.err, tt.err) {
					t.Fatalf("ended with %v, want %v", o.err, tt.err)
				}
				if o.err == nil && (o.response.Code != tt.code || len(o.response.Payload) != tt.length) {
					t.Errorf("got %v with %d bytes", o.response.Code, len(o.response.Payload))
				}
				if n := a.endpoint.client.bodyBytes.Load(); n != 0 {
					t.Errorf("%d bytes are still kept", n)
				}
			})
		})
	}
}

func blockText(options message.Options, id message.OptionID) string {
	b, ok := blockOption(options, id)
	if !ok {
		return ""
	}
	return fmt.Sprint(b.num, b.more, b.size)
}
