package client

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"

	"sluice/engine/coap"
)

var body = strings.Repeat("0123456789abcdef", 20) // 320 bytes

// taking puts request blocks together, asking for blocks of a size.
func taking(size int) func(*server, packet) {
	return func(s *server, p packet) {
		b, blocks := blockOf(p.options, message.Block1)
		if !blocks {
			s.keep("", string(p.payload))
			s.answer(p, codes.Changed, "")
			return
		}
		before := ""
		if b.num > 0 {
			before = s.kept()
		}
		s.keep(before, string(p.payload))
		named := message.Option{ID: message.Block1, Value: block{num: b.num, more: b.more, size: min(size, b.size)}.value()}
		if b.more {
			s.answer(p, codes.Continue, "", named)
		} else {
			s.answer(p, codes.Changed, "", named)
		}
	}
}

func TestUpload(t *testing.T) {
	for _, c := range []struct {
		name    string
		request Request
		asked   int // block size of the server
		blocks  int
		sizes   string
	}{
		{"whole", Request{BlockSize: 512}, 1024, 0, "320"},
		{"in blocks", Request{BlockSize: 128}, 1024, 3, "128 128 64"},
		{"the server asks for smaller ones", Request{BlockSize: 128}, 64, 4, "128 64 64 64"},
		{"without blocks", Request{BlockSize: 64, WithoutBlocks: true}, 64, 0, "320"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := serve(t, taking(c.asked))
			c.request.Code, c.request.Payload = codes.PUT, []byte(body)
			var told []Progress
			c.request.Progress = func(p Progress) { told = append(told, p) }
			x := do(t, s.dial(t), &c.request)
			var sizes []string
			tokens := map[string]bool{}
			for _, p := range s.received() {
				sizes = append(sizes, strconv.Itoa(len(p.payload)))
				tokens[string(p.token)] = true
			}
			if x.Code != codes.Changed || s.kept() != body || x.Blocks != c.blocks || strings.Join(sizes, " ") != c.sizes || len(tokens) != 1 {
				t.Errorf("%d blocks of %s bytes, %d tokens: %v", x.Blocks, sizes, len(tokens), x.Code)
			}
			if len(told) != max(0, c.blocks-1) || len(told) > 0 && (told[0].Sent != 128 || told[0].ToSend != 320) {
				t.Errorf("told %+v", told)
			}
		})
	}
}

func TestTooLargeInOneMessage(t *testing.T) {
	take := taking(64)
	s := serve(t, func(s *server, p packet) {
		if b, _ := blockOf(p.options, message.Block1); b.size > 64 || len(p.payload) > 64 {
			s.answer(p, codes.RequestEntityTooLarge, "", message.Option{ID: message.Block1, Value: block{size: 64}.value()})
			return
		}
		take(s, p)
	})
	for _, size := range []int{1024, 128} {
		if x := do(t, s.dial(t), &Request{Code: codes.PUT, Payload: []byte(body), BlockSize: size}); x.Code != codes.Changed || s.kept() != body {
			t.Errorf("%v with %d bytes", x.Code, len(s.kept()))
		}
	}
}

func TestServerTakesEachBlockByItself(t *testing.T) {
	for _, knows := range []bool{true, false} {
		s := serve(t, func(s *server, p packet) {
			s.keep(s.kept(), string(p.payload))
			if value, ok := find(p.options, message.Block1); ok && knows {
				// RFC 7959, section 2.3: M is 0, so the block was acted upon.
				s.answer(p, codes.Changed, "", option(message.Block1, value[len(value)-1]&^8))
				return
			}
			s.answer(p, codes.Changed, "")
		})
		x, err := s.dial(t).Do(t.Context(), &Request{Code: codes.PUT, Payload: []byte(body[:64]), BlockSize: 16})
		if knows && (err != nil || s.kept() != body[:64] || x.Code != codes.Changed) {
			t.Errorf("%v, %v with %q", x.Code, err, s.kept())
		}
		if !knows && (!errors.Is(err, ErrBlocks) || s.kept() != body[:16]) {
			t.Errorf("%v with %q", err, s.kept())
		}
	}
}

// giving sends a body in blocks; version is what is in the ETag of each response.
func giving(size int, version func() byte) func(*server, packet) {
	return func(s *server, p packet) {
		b, asked := blockOf(p.options, message.Block2)
		if !asked || b.num == 0 {
			b.size = min(size, max(b.size, 16))
			if !asked {
				b.size = size
			}
		}
		from := int(b.num) * b.size
		end := min(from+b.size, len(body))
		s.answer(p, codes.Content, body[from:end],
			message.Option{ID: message.Block2, Value: block{num: b.num, more: end < len(body), size: b.size}.value()},
			option(message.ETag, version()), message.Option{ID: message.Size2, Value: uintValue(uint32(len(body)))})
	}
}

func TestDownload(t *testing.T) {
	constant := func() byte { return 1 }
	t.Run("in the server's blocks", func(t *testing.T) {
		var last Progress
		s := serve(t, giving(128, constant))
		x := do(t, s.dial(t), &Request{Code: codes.GET, Progress: func(p Progress) { last = p }})
		if string(x.Payload) != body || x.Blocks != 3 || last.Received != 320 || last.ToReceive != 320 {
			t.Errorf("%d bytes in %d blocks, %+v", len(x.Payload), x.Blocks, last)
		}
	})
	t.Run("early negotiation", func(t *testing.T) {
		s := serve(t, giving(128, constant))
		x := do(t, s.dial(t), &Request{Code: codes.GET, EarlyNegotiation: true, BlockSize: 32})
		if string(x.Payload) != body || x.Blocks != 10 {
			t.Errorf("%d bytes in %d blocks", len(x.Payload), x.Blocks)
		}
	})
	t.Run("the first only", func(t *testing.T) {
		x := do(t, serve(t, giving(128, constant)).dial(t), &Request{Code: codes.GET, WithoutBlocks: true})
		if string(x.Payload) != body[:128] {
			t.Errorf("%d bytes", len(x.Payload))
		}
	})
	t.Run("changed once", func(t *testing.T) {
		n := byte(0)
		s := serve(t, giving(128, func() byte { n++; return min(n, 2) }))
		if x := do(t, s.dial(t), &Request{Code: codes.GET}); string(x.Payload) != body {
			t.Errorf("%d bytes", len(x.Payload))
		}
	})
	t.Run("changed each time", func(t *testing.T) {
		n := byte(0)
		s := serve(t, giving(128, func() byte { n++; return n }))
		if _, err := s.dial(t).Do(t.Context(), &Request{Code: codes.GET}); !errors.Is(err, ErrChanged) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("too large", func(t *testing.T) {
		x, err := serve(t, giving(128, constant)).dial(t).Do(t.Context(), &Request{Code: codes.GET, MaxBody: 200})
		if !errors.Is(err, ErrBodyTooLarge) || len(x.Datagrams) != 2 {
			t.Errorf("%v after %d datagrams", err, len(x.Datagrams))
		}
	})
	t.Run("cancelled", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		x, err := serve(t, giving(16, constant)).dial(t).Do(ctx, &Request{Code: codes.GET, Progress: func(p Progress) {
			if p.Received >= 64 {
				cancel()
			}
		}})
		if !errors.Is(err, context.Canceled) || x.Blocks > 6 {
			t.Errorf("%v after %d blocks", err, x.Blocks)
		}
	})
	t.Run("blocks that do not fit", func(t *testing.T) {
		s := serve(t, func(s *server, p packet) {
			s.answer(p, codes.Content, strings.Repeat("x", 16), message.Option{ID: message.Block2, Value: block{more: true, size: 16}.value()})
		})
		if _, err := s.dial(t).Do(t.Context(), &Request{Code: codes.GET}); !errors.Is(err, ErrBlocks) {
			t.Errorf("got %v", err)
		}
	})
}

// keeper keeps what is put.
type keeper struct {
	mu   sync.Mutex
	body []byte
}

func (k *keeper) kept() string {
	k.mu.Lock()
	defer k.mu.Unlock()
	return string(k.body)
}

func (k *keeper) ServeCoAP(w *coap.ResponseWriter, r *coap.Request) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if r.Code == codes.PUT {
		k.body = append([]byte(nil), r.Payload...)
		w.SetCode(codes.Changed)
		return
	}
	w.SetCode(codes.Content)
	w.SetPayload(k.body)
}

func (k *keeper) PeerGone(*coap.Peer) {}

// TestEndpoint exchanges long bodies with an endpoint of package coap.
func TestEndpoint(t *testing.T) {
	k := &keeper{}
	e, err := coap.Listen(t.Context(), "127.0.0.1:0", coap.Config{Handler: k})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	c := dial(t, "coap", e.Addr().String(), Config{})
	long := strings.Repeat(body, 40)
	for _, size := range []int{16, 64, 1024} {
		if x := do(t, c, &Request{Code: codes.PUT, Payload: []byte(long), BlockSize: size}); x.Code != codes.Changed || k.kept() != long || x.Retransmissions > 0 {
			t.Fatalf("%v, %d bytes, %d retransmissions", x.Code, len(k.kept()), x.Retransmissions)
		}
		if x := do(t, c, &Request{Code: codes.GET, EarlyNegotiation: true, BlockSize: size}); string(x.Payload) != long || x.Retransmissions > 0 {
			t.Fatalf("%v, %d bytes, %d retransmissions", x.Code, len(x.Payload), x.Retransmissions)
		}
	}
}
