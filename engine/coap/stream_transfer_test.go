package coap_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"

	"sluice/engine/coap"
)

// szxBlock is the value of a Block option; SZX 7 is BERT.
func szxBlock(num uint32, more bool, szx byte) []byte {
	v := num<<4 | uint32(szx)
	if more {
		v |= 8
	}
	b := make([]byte, 4)
	n, _ := message.EncodeUint32(b, v)
	return b[:n]
}

// szxBlockOf reads the Block option of a message.
func szxBlockOf(t *testing.T, m message.Message, id message.OptionID) (num uint32, more bool, szx byte) {
	t.Helper()
	v, err := m.Options.GetUint32(id)
	if err != nil {
		t.Fatalf("%v has no %v", m, id)
	}
	return v >> 4, v&8 != 0, byte(v & 7)
}

// TestDownloadsOverStream: a body goes whole where the client takes it, in BERT where it takes that, in blocks where it
// takes those, and never in a longer message than it takes (RFC 8323, sections 5.3 and 6).
func TestDownloadsOverStream(t *testing.T) {
	body := strings.Repeat("0123456789abcdef", 100_000/16)
	for _, tt := range []struct {
		name        string
		csm         []message.Option
		ask         []byte // value of Block2; nil: none
		szx         byte   // of the answer
		first, most int    // bytes of the first payload, and of messages
	}{
		{"whole", []message.Option{maxMessageSize(8 << 20)}, nil, 0, 100_000, 8 << 20},
		{"BERT", []message.Option{maxMessageSize(10_000), takesBlocks}, nil, 7, 9 << 10, 10_000},
		{"BERT, bounded", []message.Option{maxMessageSize(90_000), takesBlocks}, nil, 7, 64 << 10, 90_000},
		{"BERT that was asked for", []message.Option{maxMessageSize(8 << 20), takesBlocks}, szxBlock(0, false, 7), 7, 64 << 10, 8 << 20},
		{"1024 that was asked for", []message.Option{maxMessageSize(8 << 20), takesBlocks}, szxBlock(0, false, 6), 6, 1024, 8 << 20},
		{"no BERT up to 1152", []message.Option{takesBlocks}, nil, 6, 1024, 1152},
		{"no BERT without its announcement", nil, szxBlock(0, false, 7), 6, 1024, 1152},
		{"256 where no more fits", []message.Option{maxMessageSize(500), takesBlocks}, nil, 4, 256, 500},
	} {
		for name, transport := range transports {
			t.Run(name+" "+tt.name, func(t *testing.T) {
				e := transport.listen(t, coap.Config{Handler: content(body)})
				c := transport.dial(t, e)
				c.send(csm(tt.csm...))
				ask := streamed(codes.GET, "t", "a")
				if tt.ask != nil {
					ask.Options = ask.Options.Add(message.Option{ID: message.Block2, Value: tt.ask})
				}
				var got []byte
				for token := byte('a'); ; token++ {
					c.send(ask)
					m, raw, err := c.next()
					if err != nil || m.Code != codes.Content || len(raw) > tt.most {
						t.Fatalf("got %v of %d bytes, %v", m.Code, len(raw), err)
					}
					if len(got) == 0 && len(m.Payload) != tt.first {
						t.Errorf("the first payload has %d bytes, want %d", len(m.Payload), tt.first)
					}
					got = append(got, m.Payload...)
					if len(m.Payload) == len(body) {
						break
					}
					num, more, szx := szxBlockOf(t, m, message.Block2)
					if szx != tt.szx {
						t.Fatalf("SZX %d, want %d", szx, tt.szx)
					}
					size := 16 << szx
					if szx == 7 {
						size = 1024
					}
					if !more {
						break
					}
					next := num + uint32(len(m.Payload)/size)
					ask = streamed(codes.GET, string(token), "a", option(message.Block2, szxBlock(next, false, szx)...))
				}
				if string(got) != body {
					t.Errorf("got %d bytes, want %d", len(got), len(body))
				}
			})
		}
	}
}

// TestTooLongForTheClient: what a client does not take, whole or in blocks, is an error that it can take.
func TestTooLongForTheClient(t *testing.T) {
	relations := make(chan *coap.Relation, 1)
	ends := make(chan coap.EndReason, 1)
	e := listenTCP(t, coap.Config{Handler: handler(func(w *coap.ResponseWriter, r *coap.Request) {
		w.SetCode(codes.Content)
		w.SetPayload(bytes.Repeat([]byte("x"), 2000))
		if r.Has(message.Observe) {
			rel := w.Observe(coap.RelationConfig{OnEnd: func(_ *coap.Relation, reason coap.EndReason) { ends <- reason }})
			if string(r.Token) == "short" {
				w.SetPayload(nil)
				relations <- rel
			}
		}
	})})
	c := connect(t, e)
	if m := c.ask(streamed(codes.GET, "t", "a")); m.Code != codes.InternalServerError || len(m.Payload) == 0 {
		t.Errorf("got %v", m)
	}
	if m := c.ask(streamed(codes.GET, "u", "a", option(message.Observe))); m.Code != codes.InternalServerError || m.Options.HasOption(message.Observe) {
		t.Errorf("got %v", m)
	}
	if reason := <-ends; reason != coap.EndTooLong {
		t.Errorf("reason %v", reason)
	}
	c.ask(streamed(codes.GET, "short", "a", option(message.Observe)))
	rel := <-relations
	rel.Notify(coap.Notification{Payload: bytes.Repeat([]byte("x"), 2000)})
	rel.Notify(coap.Notification{Payload: []byte("short")})
	if m := c.receive(); string(m.Payload) != "short" {
		t.Errorf("got %v", m)
	}
	if s := rel.Stats(); s.Dropped != 1 || s.Sent != 1 || e.Stats().Dropped != 1 {
		t.Errorf("%+v", s)
	}
	c.send(csm(maxMessageSize(3000))) // a later CSM counts too
	if m := c.ask(streamed(codes.GET, "t", "a")); m.Code != codes.Content {
		t.Errorf("got %v", m)
	}
}

// TestUploadsOverStream: a body comes whole, in blocks and in BERT.
func TestUploadsOverStream(t *testing.T) {
	body := bytes.Repeat([]byte("0123456789abcdef"), 100_000/16)
	for _, tt := range []struct {
		name  string
		parts []int // bytes of each message
		szx   byte
	}{
		{"whole", []int{100_000}, 0},
		{"1024", slicesOf(1024, 100_000), 6},
		{"256", slicesOf(256, 100_000), 4},
		{"BERT", []int{8 << 10, 16 << 10, 64 << 10, 100_000 - 88<<10}, 7},
		{"BERT of one block each", slicesOf(1024, 100_000), 7},
	} {
		for name, transport := range transports {
			t.Run(name+" "+tt.name, func(t *testing.T) {
				got := make(chan []byte, 2)
				e := transport.listen(t, coap.Config{FinalBlock1: true, Handler: handler(func(w *coap.ResponseWriter, r *coap.Request) {
					got <- bytes.Clone(r.Payload)
					w.SetCode(codes.Changed)
				})})
				c := transport.dial(t, e)
				c.send(csm())
				rest := body
				for i, n := range tt.parts {
					m := streamed(codes.PUT, fmt.Sprint(i), "a")
					num, more := uint32(0), len(rest) > n
					if len(tt.parts) > 1 {
						size := min(16<<tt.szx, 1024)
						num = uint32((len(body) - len(rest)) / size)
						m.Options = m.Options.Add(message.Option{ID: message.Block1, Value: szxBlock(num, more, tt.szx)})
					}
					m.Payload, rest = rest[:n], rest[n:]
					answer := c.ask(m)
					want := codes.Continue
					if !more {
						want = codes.Changed
					}
					if answer.Code != want {
						t.Fatalf("part %d: %v", i, answer)
					}
					if len(tt.parts) > 1 {
						if n, m, szx := szxBlockOf(t, answer, message.Block1); n != num || m != more || szx != tt.szx {
							t.Fatalf("part %d: answered %d/%v/%d", i, n, m, szx)
						}
					}
				}
				if b := <-got; !bytes.Equal(b, body) || len(got) > 0 {
					t.Errorf("got %d bytes, want %d, once", len(b), len(body))
				}
			})
		}
	}
}

// slicesOf cuts a length.
func slicesOf(size, length int) (parts []int) {
	for ; length > size; length -= size {
		parts = append(parts, size)
	}
	return append(parts, length)
}

func TestUploadErrorsOverStream(t *testing.T) {
	e := listenTCP(t, coap.Config{MaxBodySize: 5000, Stream: coap.StreamConfig{MaxMessageSize: 70_000}, Handler: content("")})
	c := connect(t, e)
	for _, tt := range []struct {
		name  string
		block []byte
		bytes int
		want  codes.Code
	}{
		{"BERT that is no multiple", szxBlock(0, true, 7), 1500, codes.BadRequest},
		{"BERT without payload", szxBlock(0, true, 7), 0, codes.BadRequest},
		{"a later block first", szxBlock(2, true, 7), 1024, codes.RequestEntityIncomplete},
		{"more than a body", szxBlock(0, true, 7), 6 << 10, codes.RequestEntityTooLarge},
		{"the first of two", szxBlock(0, true, 7), 2 << 10, codes.Continue},
		{"a gap", szxBlock(1, false, 7), 10, codes.RequestEntityIncomplete},
	} {
		m := streamed(codes.PUT, "t", "a", option(message.Block1, tt.block...))
		m.Payload = make([]byte, tt.bytes)
		if got := c.ask(m); got.Code != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, got.Code, tt.want)
		}
	}
}

// TestLargeNotificationsOverStream: one that a client does not take whole comes in blocks, of which it asks for the later
// ones (RFC 7959, section 2.6).
func TestLargeNotificationsOverStream(t *testing.T) {
	body := strings.Repeat("0123456789abcdef", 20_000/16)
	for name, options := range map[string][]message.Option{
		"whole": {maxMessageSize(1 << 20), takesBlocks}, "BERT": {maxMessageSize(5000), takesBlocks}, "1024": {takesBlocks},
	} {
		t.Run(name, func(t *testing.T) {
			relations := make(chan *coap.Relation, 1)
			e := listenTCP(t, coap.Config{Handler: handler(func(w *coap.ResponseWriter, r *coap.Request) {
				w.SetCode(codes.Content)
				if r.Has(message.Observe) {
					relations <- w.Observe(coap.RelationConfig{})
				}
			})})
			c := connect(t, e, options...)
			c.ask(streamed(codes.GET, "t", "a", option(message.Observe)))
			rel := <-relations
			rel.Notify(coap.Notification{Payload: []byte(body)})
			m := c.receive()
			got := string(m.Payload)
			for len(got) < len(body) {
				_, _, szx := szxBlockOf(t, m, message.Block2)
				if (szx == 7) != (name == "BERT") {
					t.Fatalf("SZX %d", szx)
				}
				m = c.ask(streamed(codes.GET, "u", "a", option(message.Block2, szxBlock(uint32(len(got)/1024), false, szx)...)))
				if len(m.Payload) == 0 {
					t.Fatalf("got %v", m)
				}
				got += string(m.Payload)
			}
			if got != body {
				t.Errorf("got %d bytes, want %d", len(got), len(body))
			}
		})
	}
}
