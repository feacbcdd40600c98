package dtls_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	pion "github.com/pion/dtls/v3"

	"sluice/engine/dtls"
	"sluice/engine/secure"
)

// relay passes datagrams between a client and a server, as a NAT does, and changes the client's port when it is told to.
type relay struct {
	lose   int // the datagram of this number, either way
	passed atomic.Int64
	t      *testing.T
	inside *net.UDPConn
	server netip.AddrPort
	client atomic.Pointer[netip.AddrPort]

	mu      sync.Mutex
	outside *net.UDPConn
	sent    [][]byte // by the client
}

func newRelay(t *testing.T, server netip.AddrPort) *relay {
	t.Helper()
	return newLossyRelay(t, server, 0)
}

func newLossyRelay(t *testing.T, server netip.AddrPort, lose int) *relay {
	t.Helper()
	r := &relay{t: t, server: server, inside: listenUDP(t), lose: lose}
	r.changePort()
	go func() {
		b := make([]byte, 65536)
		for {
			n, from, err := r.inside.ReadFromUDPAddrPort(b)
			if err != nil {
				return
			}
			r.client.Store(&from)
			r.send(b[:n])
		}
	}()
	return r
}

func listenUDP(t testing.TB) *net.UDPConn {
	t.Helper()
	udp, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = udp.Close() })
	return udp
}

// send sends a datagram to the server from the port of now.
func (r *relay) send(b []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sent = append(r.sent, bytes.Clone(b))
	if int(r.passed.Add(1)) == r.lose {
		return
	}
	_, _ = r.outside.WriteToUDPAddrPort(b, r.server)
}

// last is what the client sent last.
func (r *relay) last() []byte {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.sent[len(r.sent)-1]
}

func (r *relay) changePort() netip.AddrPort {
	outside := listenUDP(r.t)
	r.mu.Lock()
	r.outside = outside
	r.mu.Unlock()
	go func() {
		b := make([]byte, 65536)
		for {
			n, _, err := outside.ReadFromUDPAddrPort(b)
			if err != nil {
				return
			}
			if to := r.client.Load(); to != nil && int(r.passed.Add(1)) != r.lose {
				_, _ = r.inside.WriteToUDPAddrPort(b[:n], *to)
			}
		}
	}()
	return outside.LocalAddr().(*net.UDPAddr).AddrPort()
}

func (r *relay) dial(options ...pion.ClientOption) *pion.Conn {
	r.t.Helper()
	conn, err := dialOver(r.t, listenUDP(r.t), r.inside.LocalAddr(), options...)
	if err != nil {
		r.t.Fatal(err)
	}
	return conn
}

func TestConnectionIDKeepsASessionWhosePortChanges(t *testing.T) {
	a, c := plant(t)
	for name, options := range map[string][]pion.ClientOption{
		"with certificates": trusting(a), "with a key": withPSK(pskIdentity, pskKey),
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, dtls.Config{Credentials: c})
			r := newRelay(t, s.addr)
			conn := r.dial(append(options, pion.WithConnectionIDGenerator(pion.OnlySendCIDGenerator()))...)
			mustTalk(t, conn, "here")
			session := s.conn()
			for range 3 {
				port := r.changePort()
				mustTalk(t, conn, "there")
				if got := session.RemoteAddr(); got != port {
					t.Errorf("the session is at %v; want %v", got, port)
				}
			}
			if n := s.Stats(); n.Sessions != 1 || n.Moved != 3 || n.Begun != 1 {
				t.Errorf("%+v", n)
			}
		})
	}
}

func TestWithoutConnectionIDASessionStaysWhereItIs(t *testing.T) {
	_, c := plant(t)
	s := serve(t, dtls.Config{Credentials: c})
	r := newRelay(t, s.addr)
	conn := r.dial(withPSK(pskIdentity, pskKey)...)
	mustTalk(t, conn, "here")
	at := s.conn().RemoteAddr()
	r.changePort()
	if _, err := conn.Write([]byte("there")); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the datagram is dropped", func() bool { return s.Stats().Unknown == 1 })
	if s.Stats().Moved != 0 || at.Port() == 0 {
		t.Error("the session moved")
	}
}

func TestGarbageAndReplaysDoNotMoveASession(t *testing.T) {
	_, c := plant(t)
	s := serve(t, dtls.Config{Credentials: c})
	r := newRelay(t, s.addr)
	conn := r.dial(append(withPSK(pskIdentity, pskKey), pion.WithConnectionIDGenerator(pion.RandomCIDGenerator(4)))...)
	mustTalk(t, conn, "here")
	session := s.conn()
	at := session.RemoteAddr()
	replay := bytes.Clone(r.last())
	if replay[0] != 25 {
		t.Fatalf("a record of type %d", replay[0])
	}
	forged := bytes.Clone(replay)
	forged[len(forged)-1] ^= 1
	forged[10]++ // a number that was not there
	elsewhere := listenUDP(t)
	for _, b := range [][]byte{replay, forged, forged[:19], append(bytes.Clone(forged), forged...)} {
		if _, err := elsewhere.WriteToUDPAddrPort(b, s.addr); err != nil {
			t.Fatal(err)
		}
	}
	mustTalk(t, conn, "still here")
	if got := session.RemoteAddr(); got != at {
		t.Errorf("the session moved from %v to %v", at, got)
	}
	_ = elsewhere.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
	if n, _, err := elsewhere.ReadFromUDP(make([]byte, 100)); err == nil {
		t.Errorf("%d bytes came to the wrong address", n)
	}
}

func TestARebootedDeviceTakesThePlaceOfItsSession(t *testing.T) {
	_, c := plant(t)
	s := serve(t, dtls.Config{Credentials: c})
	r := newRelay(t, s.addr)
	first := r.dial(withPSK(pskIdentity, pskKey)...)
	mustTalk(t, first, "before")
	old := s.conn()
	// The second dials from another port inside, which is the same outside.
	second := r.dial(withPSK(pskIdentity, pskKey)...)
	mustTalk(t, second, "after")
	if fresh := s.conn(); fresh.RemoteAddr() != old.RemoteAddr() {
		t.Errorf("the second is at %v, the first at %v", fresh.RemoteAddr(), old.RemoteAddr())
	}
	eventually(t, "the old session ends", func() bool { return s.Stats().Sessions == 1 })
	if _, err := old.Write([]byte("x")); !errors.Is(err, net.ErrClosed) {
		t.Errorf("write to the old session: %v", err)
	}
}

func TestAnUnfinishedHandshakeLeavesTheSessionAlone(t *testing.T) {
	_, c := plant(t)
	s := serve(t, dtls.Config{Credentials: c, HandshakeTimeout: 200 * time.Millisecond})
	r := newRelay(t, s.addr)
	conn := r.dial(withPSK(pskIdentity, pskKey)...)
	mustTalk(t, conn, "before")
	client := *r.client.Load()
	hello := captured(t, r)
	r.send(hello)
	eventually(t, "a handshake is under way", func() bool { return s.Stats().Begun == 2 })
	r.client.Store(&client)
	mustTalk(t, conn, "meanwhile")
	eventually(t, "it is given up", func() bool { return s.Stats().HalfOpen == 0 })
	mustTalk(t, conn, "after")
	if h := s.handshake(); h.Outcome != secure.Accepted {
		t.Errorf("%+v", h)
	}
	if h := s.handshake(); h.Outcome != secure.TimedOut {
		t.Errorf("%+v", h)
	}
}

// captured is a ClientHello with a cookie from the relay's address that the server has not seen.
func captured(t *testing.T, r *relay) []byte {
	t.Helper()
	udp := listenUDP(t)
	blocked := &withholding{UDPConn: udp, hello: make(chan []byte, 1)}
	conn, err := pion.ClientWithOptions(blocked, r.inside.LocalAddr(), withPSK(pskIdentity, pskKey)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	go func() { _ = conn.HandshakeContext(t.Context()) }()
	select {
	case hello := <-blocked.hello:
		return hello
	case <-time.After(5 * time.Second):
		t.Fatal("no ClientHello with a cookie")
		return nil
	}
}

// withholding is a socket that sends nothing from the first ClientHello with a cookie on.
type withholding struct {
	*net.UDPConn
	hello chan []byte
	held  atomic.Bool
}

func (w *withholding) WriteTo(b []byte, to net.Addr) (int, error) {
	if b[0] == 22 && b[13] == 1 && b[18] == 1 && w.held.CompareAndSwap(false, true) { // message_seq 1
		w.hello <- bytes.Clone(b)
	}
	if w.held.Load() {
		return len(b), nil
	}
	return w.UDPConn.WriteTo(b, to)
}

func TestCloseNotify(t *testing.T) {
	_, c := plant(t)
	s := serve(t, dtls.Config{Credentials: c})
	t.Run("of the peer ends Read", func(t *testing.T) {
		conn := s.mustDial(withPSK(pskIdentity, pskKey)...)
		session := s.conn()
		_ = conn.Close()
		eventually(t, "the session is forgotten", func() bool { return s.Stats().Sessions == 0 })
		if _, err := session.Read(make([]byte, dtls.MaxMessage)); err != io.EOF {
			t.Errorf("read: %v", err)
		}
	})
	t.Run("is sent by Close", func(t *testing.T) {
		conn := s.mustDial(withPSK(pskIdentity, pskKey)...)
		if err := s.conn().Close(); err != nil {
			t.Error(err)
		}
		_ = conn.SetReadDeadline(time.Now().Add(5 * time.Second))
		if _, err := conn.Read(make([]byte, 100)); err != io.EOF {
			t.Errorf("the client reads: %v", err)
		}
	})
}

func TestWhatCameBeforeCloseNotifyIsRead(t *testing.T) {
	const clients = 200
	_, c := plant(t)
	s := serve(t, dtls.Config{Credentials: c})
	kept := sessions{}
	for n := range clients {
		options := withPSK(pskIdentity, pskKey)
		if n%2 == 0 {
			options = append(options, pion.WithSessionStore(kept)) // the client is done first in a session taken up
		}
		conn := s.mustDial(options...)
		if _, err := conn.Write([]byte("good-bye")); err != nil {
			t.Fatal(err)
		}
		_ = conn.Close()
	}
	eventually(t, "all are heard", func() bool { return s.heard.Load() == clients })
	if n := s.Stats(); n.Ended[secure.Accepted] != clients {
		t.Errorf("%+v", n)
	}
}

func TestNothingInTheClearEndsASession(t *testing.T) {
	_, c := plant(t)
	s := serve(t, dtls.Config{Credentials: c})
	r := newRelay(t, s.addr)
	conn := r.dial(withPSK(pskIdentity, pskKey)...)
	mustTalk(t, conn, "before")
	header := func(kind byte, body ...byte) []byte {
		return append([]byte{kind, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 99, 0, byte(len(body))}, body...)
	}
	for _, b := range [][]byte{
		header(21, 2, 40), header(21, 1, 0), header(23, 'x'), header(20, 1), header(20, 2), header(22, 1, 2, 3), header(24, 1),
	} {
		r.send(b)
	}
	mustTalk(t, conn, "after")
}

func TestFragmentsInTheClearAreNotKeptWithoutBound(t *testing.T) {
	_, c := plant(t)
	s := serve(t, dtls.Config{Credentials: c})
	r := newRelay(t, s.addr)
	conn := r.dial(withPSK(pskIdentity, pskKey)...)
	mustTalk(t, conn, "before")
	const sent, length = 100, 1000
	fragment := append([]byte{22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, (12 + length) >> 8, (12 + length) & 0xff},
		11, 0x40, 0, 0, 0, 9, 0, 0, 0, 0, length>>8, length&0xff) // of a Certificate of 4 MiB that is not due
	fragment = append(fragment, make([]byte, length)...)
	for n := range sent {
		fragment[10], fragment[20] = byte(100+n), byte(n*4)
		r.send(fragment)
	}
	eventually(t, "most are dropped", func() bool { return s.Stats().Dropped > sent*3/4 })
	mustTalk(t, conn, "after")
}

func TestAnyDatagramMayGetLost(t *testing.T) {
	a, c := plant(t)
	certificate := a.issue(t, "lamp-3", time.Now().Add(time.Hour))
	for name, options := range map[string][]pion.ClientOption{
		"with certificates": trusting(a, certificate), "with a key": withPSK(pskIdentity, pskKey),
		"with a Connection ID": append(withPSK(pskIdentity, pskKey), pion.WithConnectionIDGenerator(pion.RandomCIDGenerator(4))),
	} {
		for lose := range 7 {
			t.Run(fmt.Sprint(name, ", number ", lose), func(t *testing.T) {
				t.Parallel()
				s := serve(t, dtls.Config{Credentials: c, ClientAuth: secure.RequireCert})
				options := append(slices.Clone(options), pion.WithFlightInterval(100*time.Millisecond))
				conn := newLossyRelay(t, s.addr, lose).dial(options...)
				if talk(conn, "hello", 500*time.Millisecond) != nil { // which may be what got lost
					mustTalk(t, conn, "again")
				}
				if h := s.handshake(); h.Outcome != secure.Accepted {
					t.Errorf("%+v", h)
				}
			})
		}
	}
}

func TestManyClientsComeAndGo(t *testing.T) {
	a, c := plant(t)
	s := serve(t, dtls.Config{Credentials: c})
	before := runtime.NumGoroutine()
	var clients sync.WaitGroup
	for n := range 40 {
		options := withPSK(pskIdentity, pskKey)
		if n%4 == 0 {
			options = trusting(a)
		}
		if n%2 == 0 {
			options = append(options, pion.WithConnectionIDGenerator(pion.RandomCIDGenerator(n%8)))
		}
		clients.Go(func() {
			for round := range 3 {
				udp, err := net.ListenUDP("udp4", nil)
				if err != nil {
					t.Error(err)
					return
				}
				conn, err := pion.ClientWithOptions(udp, net.UDPAddrFromAddrPort(s.addr), options...)
				if err != nil {
					t.Error(err)
					return
				}
				if err := talk(conn, fmt.Sprint(n, round), 5*time.Second); err != nil {
					t.Errorf("client %d, round %d: %v", n, round, err)
				}
				_ = conn.Close()
			}
		})
	}
	clients.Wait()
	eventually(t, "sessions end", func() bool { n := s.Stats(); return n.Sessions == 0 && n.HalfOpen == 0 })
	goroutinesEnd(t, before)
	if n := s.Stats(); n.Begun != 120 || n.Ended[secure.Accepted] != 120 {
		t.Errorf("%+v", n)
	}
}

// eventually waits until something is so.
func eventually(t testing.TB, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); !is(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not: %s", what)
		}
	}
}
