package coap

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"
)

// segments reads data in pieces whose lengths cuts gives, over and over.
type segments struct {
	data, cuts []byte
	next       int
}

func (s *segments) Read(b []byte) (int, error) {
	if len(s.data) == 0 {
		return 0, io.EOF
	}
	n := len(s.data)
	if len(s.cuts) > 0 {
		n = int(s.cuts[s.next%len(s.cuts)]) + 1
		s.next++
	}
	n = copy(b, s.data[:min(n, len(s.data))])
	s.data = s.data[n:]
	return n, nil
}

func (s *segments) Write(b []byte) (int, error) { return len(b), nil }

// streamSeeds are messages and beginnings of messages near the edges.
var streamSeeds = [][]byte{
	{0x00, 0xe1}, {0x00, 0x00}, {0x09, 0x01}, {0xf0, 0xff, 0xff, 0xff, 0xff, 0x01}, {0xd0, 0x00, 0x01}, {0xe1, 0, 0, 2},
	{0x00, 0xe1, 0x21, 1, 't', 0xb1, 'a', 0x01, 0xe2, 'p', 0x11, 0xe2, 'p', 0x20},
	{0x30, 0xe1, 0x21, 50, 0x20, 0x31, 1, 't', 0x60, 0x51, 'a', 0x00, 0xe4},
	{0x50, 0xe1, 0x23, 1, 0, 0, 0x20, 0x41, 3, 't', 0xb1, 'a', 0xd1, 3, 0x0f}, {0x10, 0xe1, 0x90}, {0x20, 0xe1, 0x41, 1},
	append([]byte{0x00, 0xe1, 0xe1, 0x00, 0x05, 3, 't', 0xd1, 14, 7, 0xff}, bytes.Repeat([]byte("d"), 300)...),
}

// split is what framing makes of bytes: the messages, and why it stopped.
func split(t *testing.T, data, cuts []byte, longest int) (messages []string, end string) {
	var all atomic.Int64
	f := &streamFraming{conn: &segments{data: data, cuts: cuts}, buffer: receiveBuffer{all: &all}, longest: longest}
	for {
		b, err := f.next()
		if len(f.buffer.data) > max(firstRead, 2*longest) || all.Load() > int64(2*longest) {
			t.Fatalf("%d bytes are kept, %d counted, for messages of at most %d", len(f.buffer.data), all.Load(), longest)
		}
		if err != nil {
			f.release()
			if all.Load() != 0 {
				t.Fatalf("%d bytes are counted after the end", all.Load())
			}
			return messages, err.Error()
		}
		messages = append(messages, string(b))
	}
}

// FuzzStreamFraming: the messages are the same, however the bytes arrive.
func FuzzStreamFraming(f *testing.F) {
	for i, s := range streamSeeds {
		f.Add(s, []byte{byte(i)}, uint16(100))
		f.Add(append(bytes.Clone(s), s...), []byte{0, 3, byte(i)}, uint16(10_000))
	}
	f.Fuzz(func(t *testing.T, data, cuts []byte, longest uint16) {
		want, wantEnd := split(t, data, nil, int(longest)+1)
		got, gotEnd := split(t, data, cuts, int(longest)+1)
		if fmt.Sprintf("%q", want) != fmt.Sprintf("%q", got) || wantEnd != gotEnd {
			t.Fatalf("at once %q, %s; in pieces %q, %s", want, wantEnd, got, gotEnd)
		}
		total := 0
		for _, m := range got {
			total += len(m)
			checkFrame(t, []byte(m))
		}
		if !bytes.HasPrefix(data, []byte(joined(got))) || total > len(data) {
			t.Fatalf("% x became %q", data, got)
		}
	})
}

func joined(parts []string) (all string) {
	for _, p := range parts {
		all += p
	}
	return all
}

// checkFrame parses a message and writes it again in both forms.
func checkFrame(t *testing.T, b []byte) {
	m := incoming{options: make(message.Options, 0, 4)}
	if m.parseFrame(b) != nil {
		return
	}
	out := outgoing(m)
	for _, webSocket := range []bool{false, true} {
		encoded := out.frame(webSocket)
		again := incoming{options: make(message.Options, 0, 4)}
		if err := again.parseFrame(encoded); err != nil {
			t.Fatalf("% x became % x: %v", b, encoded, err)
		}
		if webSocket && encoded[0]>>4 != 0 || again.code != m.code || !bytes.Equal(again.token, m.token) ||
			!bytes.Equal(again.payload, m.payload) || len(again.options) != len(m.options) {
			t.Fatalf("% x became % x", b, encoded)
		}
		if len(encoded) > longestFrame(m.token, m.options)+len(m.payload) {
			t.Fatalf("% x is longer than was reckoned with", encoded)
		}
	}
}

// FuzzStream hands bytes to a connection whose handler does all that a handler may, and reads what it answers.
func FuzzStream(f *testing.F) {
	for i, s := range streamSeeds {
		f.Add(s, []byte{byte(i)})
		f.Add(append(bytes.Clone(s), s...), []byte{0, 3, byte(i)})
	}
	f.Fuzz(func(t *testing.T, data, cuts []byte) {
		h := &versatile{}
		c, err := Config{MaxBlockSize: 16, MaxBodySize: 5000, FinalBlock1: true, Handler: h}.withDefaults()
		if err != nil {
			t.Fatal(err)
		}
		e := newEndpoint(c, nil)
		listener := &streamListener{Listener: noListener{}}
		e.streams = &streamServer{endpoint: e, transport: TCP, listener: listener, streams: make(map[*stream]struct{})}
		listener.server = e.streams
		client, served := net.Pipe()
		conn := &streamConn{Conn: served, server: e.streams, closed: make(chan struct{})}
		conn.patience.Store(int64(time.Minute))
		conn.read.Store(e.now())
		done := make(chan struct{})
		go func() {
			defer close(done)
			e.streams.serve(conn, func(s *stream) framing {
				return &streamFraming{conn: s.conn, buffer: e.streams.buffer(), longest: c.Stream.MaxMessageSize}
			})
		}()
		go func() {
			_, _ = io.Copy(client, &segments{data: data, cuts: cuts})
			_, _ = client.Write([]byte{0x04, 0xe2, 'd', 'o', 'n', 'e'}) // if it is still understood, the Pong is last
		}()
		answers(t, client)
		_ = client.Close()
		<-done
		if err := e.Close(); err != nil {
			t.Error(err)
		}
		if e.peers.count.Load() != 0 || e.streams.receiving.Load() != 0 || e.uploadBytes.Load() != 0 || e.downloadBytes.Load() != 0 {
			t.Error("something of the connection is left")
		}
	})
}

// answers reads what an endpoint sends until the Pong, an Abort, the end, or for a moment.
func answers(t *testing.T, client net.Conn) {
	_ = client.SetReadDeadline(time.Now().Add(10 * time.Millisecond))
	var all atomic.Int64
	f := &streamFraming{conn: client, buffer: receiveBuffer{all: &all}, longest: 1 << 20}
	m := incoming{options: make(message.Options, 0, 16)}
	for i := 0; ; i++ {
		b, err := f.next()
		var mistake *abortion
		if errors.As(err, &mistake) {
			t.Fatalf("the endpoint sent what it would not take: %v", err)
		}
		if err != nil {
			return
		}
		if m.parseFrame(b) != nil || i == 0 && m.code != codes.CSM {
			t.Fatalf("the endpoint sent % x", b)
		}
		if m.code == codes.Abort || m.code == codes.Pong && string(m.token) == "done" {
			return
		}
	}
}

// noListener accepts nothing.
type noListener struct{}

func (noListener) Accept() (net.Conn, error) { return nil, net.ErrClosed }
func (noListener) Addr() net.Addr            { return &net.TCPAddr{} }
func (noListener) Close() error              { return nil }

// FuzzWebSocketMessage: what passes for a message of a WebSocket is one, and is written again as it came.
func FuzzWebSocketMessage(f *testing.F) {
	for _, s := range streamSeeds {
		f.Add(s, uint16(100))
	}
	f.Fuzz(func(t *testing.T, data []byte, longest uint16) {
		framing := &webSocketFraming{longest: int(longest)}
		b, err := framing.check(data)
		if err != nil {
			return
		}
		if !bytes.Equal(b, data) || b[0]>>4 != 0 {
			t.Fatalf("% x became % x", data, b)
		}
		checkFrame(t, b)
	})
}
