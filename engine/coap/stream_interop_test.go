package coap_test

import (
	"bytes"
	"context"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"
	"github.com/plgd-dev/go-coap/v3/message/pool"
	"github.com/plgd-dev/go-coap/v3/net/blockwise"
	"github.com/plgd-dev/go-coap/v3/options"
	"github.com/plgd-dev/go-coap/v3/tcp"

	"sluice/engine/coap"
)

// store keeps what is put, by path.
type store struct {
	mu     sync.Mutex
	values map[string][]byte
	puts   int
}

func (s *store) PeerGone(*coap.Peer) {}

func (s *store) ServeCoAP(w *coap.ResponseWriter, r *coap.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.values == nil {
		s.values = make(map[string][]byte)
	}
	path := strings.Join(r.PathSegments(nil), "/")
	if r.Code == codes.PUT {
		s.puts++
		s.values[path] = bytes.Clone(r.Payload)
		w.SetCode(codes.Changed)
		return
	}
	w.SetCode(codes.Content)
	w.SetPayload(s.values[path])
	if v, ok := r.Uint(message.Observe); ok && v == 0 {
		rel := w.Observe(coap.RelationConfig{})
		for _, text := range []string{"one ", "two ", "three"} {
			rel.Notify(coap.Notification{Confirmable: true, Payload: []byte(text)})
		}
	}
}

func TestLibcoapOverTCP(t *testing.T) {
	for _, tt := range []struct {
		name      string
		put, get  []string
		minBlocks int // of the messages that carry the body
	}{
		{"in one message", nil, nil, 1},
		{"in blocks of 1024", []string{"-b", "1024"}, []string{"-b", "1024"}, 97},
		{"in blocks of 64", []string{"-b", "64"}, []string{"-b", "64"}, 1562},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := &store{}
			e := listenTCP(t, coap.Config{Handler: s})
			path, content := file(t, 100_000)
			clientOver(t, "coap+tcp", e.Addr(), "/topic", append(tt.put, "-m", "put", "-f", path, "-B", "20")...)
			if s.puts != 1 || string(s.values["topic"]) != content {
				t.Fatalf("%d puts of %d bytes", s.puts, len(s.values["topic"]))
			}
			in := e.Stats().In
			got := clientOver(t, "coap+tcp", e.Addr(), "/topic", append(tt.get, "-B", "20")...)
			if strings.TrimSuffix(got, "\n") != strings.TrimSuffix(content, "\n") {
				t.Errorf("read %d bytes, want %d", len(got), len(content))
			}
			if n := int(e.Stats().In - in); n < tt.minBlocks {
				t.Errorf("%d messages for the body, want at least %d", n, tt.minBlocks)
			}
		})
	}
}

func TestLibcoapObservesOverTCP(t *testing.T) {
	e := listenTCP(t, coap.Config{Handler: &store{}})
	if got := clientOver(t, "coap+tcp", e.Addr(), "/topic", "-s", "1", "-B", "5"); got != "one two three\n" {
		t.Errorf("the client printed %q", got)
	}
	eventually(t, "the connection is gone", func() bool { return e.Stats().Peers == 0 })
}

// TestGoCoAPOverTCP: go-coap's client says nothing in its CSM, and so is never sent more than 1152 bytes unless it asks
// for blocks.
func TestGoCoAPOverTCP(t *testing.T) {
	s := &store{}
	e := listenTCP(t, coap.Config{Handler: s})
	c, err := tcp.Dial(e.Addr().String(), options.WithBlockwise(true, blockwise.SZX1024, 5*time.Second), options.WithMaxMessageSize(1<<20))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()

	if err := c.Ping(ctx); err != nil {
		t.Errorf("ping: %v", err)
	}
	body := bytes.Repeat([]byte("0123456789abcdef"), 10_000/16)
	if r, err := c.Put(ctx, "/topic", message.AppOctets, bytes.NewReader(body)); err != nil || r.Code() != codes.Changed {
		t.Fatalf("put: %v, %v", r, err)
	}
	if s.puts != 1 || !bytes.Equal(s.values["topic"], body) {
		t.Fatalf("%d puts of %d bytes", s.puts, len(s.values["topic"]))
	}
	r, err := c.Get(ctx, "/topic", message.Option{ID: message.Block2, Value: []byte{6}})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(r.Body()); err != nil || !bytes.Equal(got, body) {
		t.Errorf("read %d bytes, %v, want %d", len(got), err, len(body))
	}
	if r, err := c.Get(ctx, "/topic"); err != nil || r.Code() != codes.InternalServerError {
		t.Errorf("without asking for blocks: %v, %v", r, err)
	}
	got := make(chan string, 10)
	observation, err := c.Observe(ctx, "/other", func(m *pool.Message) {
		if b, err := m.ReadBody(); err == nil && len(b) > 0 {
			got <- string(b)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"one ", "two ", "three"} {
		if text := <-got; text != want {
			t.Errorf("notified %q, want %q", text, want)
		}
	}
	if err := observation.Cancel(ctx); err != nil {
		t.Errorf("cancel: %v", err)
	}
}
