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
)

const patience = 5 * time.Second

// quick are transmission parameters for tests that wait for retransmissions.
var quick = &Transmission{ACKTimeout: 20 * time.Millisecond, ACKRandomFactor: 1, MaxRetransmit: 2}

// server answers datagrams as a script says, and keeps what it got.
type server struct {
	t      *testing.T
	conn   *net.UDPConn
	script func(s *server, p packet)

	mu   sync.Mutex
	got  []packet
	peer net.Addr
	id   uint16
	body string
}

// serve starts a server; script is called with each message, on one goroutine.
func serve(t *testing.T, script func(*server, packet)) *server {
	t.Helper()
	conn, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	s := &server{t: t, conn: conn, script: script, id: 100}
	done := make(chan struct{})
	go func() {
		defer close(done)
		buffer := make([]byte, maxDatagram)
		for {
			n, from, err := conn.ReadFrom(buffer)
			if err != nil {
				return
			}
			p, err := parse(append([]byte(nil), buffer[:n]...))
			if err != nil {
				t.Errorf("received %x", buffer[:n])
				continue
			}
			s.mu.Lock()
			s.got, s.peer = append(s.got, p), from
			s.mu.Unlock()
			s.script(s, p)
		}
	}()
	t.Cleanup(func() { _ = conn.Close(); <-done })
	return s
}

func (s *server) send(p packet) {
	data, err := p.encode()
	if err != nil {
		s.t.Error(err)
		return
	}
	s.mu.Lock()
	to := s.peer
	s.mu.Unlock()
	if _, err := s.conn.WriteTo(data, to); err != nil && !errors.Is(err, net.ErrClosed) {
		s.t.Error(err)
	}
}

// answer sends a response with the ACK of a request, or as NON.
func (s *server) answer(p packet, code codes.Code, payload string, options ...message.Option) {
	typ, id := message.Acknowledgement, p.messageID
	if p.typ == message.NonConfirmable {
		typ, id = p.typ, s.nextID()
	}
	s.send(packet{typ: typ, code: code, messageID: id, token: p.token, options: inOrder(options), payload: []byte(payload)})
}

func (s *server) nextID() uint16 {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.id++
	return s.id
}

// notify sends a response of its own, and returns its message ID.
func (s *server) notify(typ message.Type, token message.Token, code codes.Code, payload string, options ...message.Option) uint16 {
	id := s.nextID()
	s.send(packet{typ: typ, code: code, messageID: id, token: token, options: inOrder(options), payload: []byte(payload)})
	return id
}

// keep puts a body together, of which kept returns what there is.
func (s *server) keep(before, more string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.body = before + more
}

func (s *server) kept() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.body
}

// received returns the messages so far.
func (s *server) received() []packet {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]packet(nil), s.got...)
}

func (s *server) dial(t *testing.T) *Conn {
	t.Helper()
	return dial(t, "coap", s.conn.LocalAddr().String(), Config{})
}

func dial(t *testing.T, scheme, hostport string, config Config) *Conn {
	t.Helper()
	c, err := Dial(t.Context(), scheme, hostport, config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

func do(t *testing.T, c *Conn, r *Request) *Exchange {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	x, err := c.Do(ctx, r)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func await(t *testing.T, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !is(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("in vain: %s", what)
		}
	}
}

func option(id message.OptionID, value ...byte) message.Option {
	return message.Option{ID: id, Value: value}
}

func text(id message.OptionID, value string) message.Option {
	return message.Option{ID: id, Value: []byte(value)}
}
