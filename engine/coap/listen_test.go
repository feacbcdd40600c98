package coap_test

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"

	"sluice/engine/coap"
)

func TestAnswersLeaveFromTheAddressThatWasAsked(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux has all of 127.0.0.0/8 without being asked")
	}
	for _, tt := range []struct {
		listen string
		ask    []string
	}{
		{"0.0.0.0:0", []string{"127.0.0.1", "127.0.0.2", "127.9.8.7"}},
		{"[::]:0", []string{"::1"}},
		{":0", []string{"127.0.0.1", "127.0.0.2", "::1"}},
	} {
		t.Run(tt.listen, func(t *testing.T) {
			relations := make(chan *coap.Relation, 1)
			e := listen(t, tt.listen, coap.Config{Handler: handler(func(w *coap.ResponseWriter, _ *coap.Request) {
				w.SetCode(codes.Content)
				relations <- w.Observe(coap.RelationConfig{})
			})})
			for _, ip := range tt.ask {
				// A connected socket gets datagrams from the address it asked and from no other.
				d := newDevice(t, netip.AddrPortFrom(netip.MustParseAddr(ip), e.Addr().Port()))
				if m := d.ask(request(message.Confirmable, codes.GET, 1, "t", "a", option(message.Observe))); m.Code != codes.Content {
					t.Errorf("%s answered %v", ip, m)
				}
				(<-relations).Notify(coap.Notification{Confirmable: true, Payload: []byte("from " + ip)})
				m := d.receive()
				if string(m.Payload) != "from "+ip {
					t.Errorf("%s notified %q", ip, m.Payload)
				}
				d.send(encode(t, message.Message{Type: message.Acknowledgement, MessageID: m.MessageID}))
			}
		})
	}
}

func TestOneSocketThatAsksTwoAddressesIsTwoPeers(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux has all of 127.0.0.0/8 without being asked")
	}
	h, calls := counting()
	e := listen(t, "0.0.0.0:0", coap.Config{Handler: h})
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	for _, ip := range []string{"127.0.0.1", "127.0.0.2"} {
		to := netip.AddrPortFrom(netip.MustParseAddr(ip), e.Addr().Port())
		if _, err := conn.WriteToUDPAddrPort([]byte{0x40, 1, 0, 1}, to); err != nil {
			t.Fatal(err)
		}
		_ = conn.SetReadDeadline(time.Now().Add(patience))
		if _, from, err := conn.ReadFromUDPAddrPort(make([]byte, 100)); err != nil || from != to {
			t.Errorf("asked %v, answered from %v, %v", to, from, err)
		}
	}
	if calls.Load() != 2 {
		t.Errorf("the same message ID at another address was taken for a duplicate")
	}
}

func TestListenErrors(t *testing.T) {
	taken := listen(t, "127.0.0.1:0", coap.Config{Handler: content("")}).Addr().String()
	for _, tt := range []struct {
		address string
		is      error
		names   string
	}{
		{taken, syscall.EADDRINUSE, taken},
		{"127.0.0.1", nil, "127.0.0.1"},
		{"127.0.0.1:port", nil, "127.0.0.1:port"},
		{"127.0.0.1:70000", nil, "70000"},
		{"192.0.2.1:0", nil, "192.0.2.1"}, // an address for documentation; no machine has it
	} {
		e, err := coap.Listen(t.Context(), tt.address, coap.Config{Handler: content("")})
		if err == nil {
			_ = e.Close()
			t.Errorf("%s: no error", tt.address)
			continue
		}
		if tt.is != nil && !errors.Is(err, tt.is) {
			t.Errorf("%s: %v is not %v", tt.address, err, tt.is)
		}
		if !strings.Contains(err.Error(), tt.names) {
			t.Errorf("%s: %q does not name it", tt.address, err)
		}
	}
	if runtime.GOOS == "linux" { // taken in one family is taken
		_, port, _ := net.SplitHostPort(taken)
		if _, err := coap.Listen(t.Context(), ":"+port, coap.Config{Handler: content("")}); !errors.Is(err, syscall.EADDRINUSE) {
			t.Errorf("both families: %v", err)
		}
	}
}

func TestSeveralEndpoints(t *testing.T) {
	one := listen(t, "127.0.0.1:0", coap.Config{Handler: content("one")})
	two := listen(t, "[::1]:0", coap.Config{Handler: content("two")})
	for e, want := range map[*coap.Endpoint]string{one: "one", two: "two"} {
		if e.Addr().Port() == 0 {
			t.Error("the port is not known")
		}
		if m := newDevice(t, e.Addr()).ask(request(message.Confirmable, codes.GET, 1, "t", "a")); string(m.Payload) != want {
			t.Errorf("%v answered %q", e.Addr(), m.Payload)
		}
	}
}

// gone counts the peers that go.
type gone struct {
	handler
	mu    sync.Mutex
	peers []any
}

func (g *gone) PeerGone(p *coap.Peer) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.peers = append(g.peers, p.Data())
}

func TestCloseWithTrafficRunning(t *testing.T) {
	before := runtime.NumGoroutine()
	g := &gone{handler: func(w *coap.ResponseWriter, r *coap.Request) {
		w.SetCode(codes.Content)
		r.Peer.SetData("known")
		if rel := w.Observe(coap.RelationConfig{}); rel != nil { // until there are too many
			rel.Notify(coap.Notification{Confirmable: true, Payload: []byte("x")})
		}
	}}
	e, err := coap.Listen(t.Context(), "127.0.0.1:0", coap.Config{Handler: g})
	if err != nil {
		t.Fatal(err)
	}
	conn, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(e.Addr()))
	if err != nil {
		t.Fatal(err)
	}
	var sending sync.WaitGroup
	sending.Go(func() {
		for i := 0; ; i++ {
			if _, err := conn.Write([]byte{0x42, 1, byte(i >> 8), byte(i), byte(i >> 8), byte(i), 0x60}); errors.Is(err, net.ErrClosed) {
				return
			}
		}
	})
	eventually(t, "requests are answered", func() bool { return e.Stats().Requests > 100 })
	var closing sync.WaitGroup
	for range 3 {
		closing.Go(func() {
			if err := e.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	closing.Wait()
	_ = conn.Close()
	sending.Wait()
	if len(g.peers) != 1 || g.peers[0] != "known" {
		t.Errorf("gone: %v", g.peers)
	}
	if n := e.Stats().Peers; n != 0 {
		t.Errorf("%d peers are left", n)
	}
	again, err := coap.Listen(t.Context(), e.Addr().String(), coap.Config{Handler: g})
	if err != nil {
		t.Fatalf("the port is not free: %v", err)
	}
	_ = again.Close()
	eventually(t, "no goroutine is left", func() bool { return runtime.NumGoroutine() <= before })
}

func TestEndOfContextCloses(t *testing.T) {
	for _, early := range []bool{true, false} {
		ctx, cancel := context.WithCancel(context.Background())
		if early {
			cancel()
		}
		e, err := coap.Listen(ctx, "127.0.0.1:0", coap.Config{Handler: content("")})
		if err != nil {
			t.Fatal(err)
		}
		cancel()
		eventually(t, "the port is free", func() bool {
			again, err := coap.Listen(context.Background(), e.Addr().String(), coap.Config{Handler: content("")})
			if err == nil {
				_ = again.Close()
			}
			return err == nil
		})
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestStatsAndLastSeen(t *testing.T) {
	peers := make(chan *coap.Peer, 1)
	e := listen(t, "127.0.0.1:0", coap.Config{Handler: handler(func(w *coap.ResponseWriter, r *coap.Request) {
		w.SetCode(codes.Content)
		peers <- r.Peer
	})})
	d := newDevice(t, e.Addr())
	d.ask(request(message.Confirmable, codes.GET, 1, "", "a"))
	p := <-peers
	first := p.LastSeen()
	if since := time.Since(first); since < 0 || since > patience {
		t.Errorf("last seen %v ago", since)
	}
	time.Sleep(2 * time.Millisecond)
	d.send([]byte{0x40, 1, 0, 1, 0xff}) // a malformed datagram is no sign of life
	d.receiveRaw()
	if p.LastSeen() != first {
		t.Error("a malformed datagram counts")
	}
	d.silent() // a ping is
	if !p.LastSeen().After(first) {
		t.Error("a ping does not count")
	}
	if s := p.Stats(); s.In != 2 || s.Out != 2 {
		t.Errorf("peer: %+v", s)
	}
	if s := e.Stats(); s.In != 3 || s.Out != 3 || s.InBytes != 6+5+4 || s.OutBytes != 4+4+4 || s.Malformed != 1 || s.Peers != 1 {
		t.Errorf("endpoint: %+v", s)
	}
	if p.Endpoint() != e || p.Addr() != d.conn.LocalAddr().(*net.UDPAddr).AddrPort() {
		t.Error("the peer does not know where it is")
	}
}
