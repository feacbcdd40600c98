package coap_test

import (
	"bytes"
	"net"
	"slices"
	"sync"
	"testing"

	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"

	"sluice/engine/coap"
	"sluice/engine/dtls"
	"sluice/engine/secure/securetest"
)

// TestSessionsAreBounded: beyond their number the one that is needed least gives way, or the new one.
func TestSessionsAreBounded(t *testing.T) {
	credentials := securetest.New(t, nil)
	l := newLeaving()
	e := listenDTLS(t, credentials, coap.Config{Handler: l, Limits: coap.Limits{Peers: 2}})
	dial := func() *device { return secureDevice(t, e, securetest.Client{Credentials: credentials}) }
	observe := func(d *device) {
		t.Helper()
		if m := d.ask(request(message.Confirmable, codes.GET, 1, "t", "a", option(message.Observe))); !m.Options.HasOption(message.Observe) {
			t.Fatalf("got %v", m)
		}
	}
	observer := dial()
	observe(observer)
	idle := dial()
	idle.ask(request(message.Confirmable, codes.GET, 1, "t", "a"))
	second := dial()
	observe(second)
	if _, err := idle.conn.Read(make([]byte, 100)); err == nil {
		t.Error("the idle session goes on")
	}
	eventually(t, "there are two", func() bool { return e.Stats().Peers == 2 })
	// It is told so while it still shakes hands, or when it has.
	if third, err := securetest.Attempt(t, e.Addr(), securetest.Client{Credentials: credentials}); err == nil {
		if _, err := third.Read(make([]byte, 100)); err == nil {
			t.Error("there are more sessions than may be")
		}
	}
	observer.ask(request(message.Confirmable, codes.GET, 2, "u", "a"))
	second.ask(request(message.Confirmable, codes.GET, 2, "u", "a"))
	if s := e.Stats(); s.Peers != 2 || s.Refused != 1 {
		t.Errorf("%+v", s)
	}
	bound := func(name string) coap.Bound {
		all := e.Bounds()
		at := slices.IndexFunc(all, func(b coap.Bound) bool { return b.Name == name })
		if at < 0 {
			t.Fatalf("there is no bound %s", name)
		}
		return all[at]
	}
	if b := bound("max_peers"); b.Limit != 2 || b.InUse != 2 || b.Reached != 2 || b.Last.IsZero() {
		t.Errorf("%+v", b)
	}
	eventually(t, "no handshake goes on", func() bool { return bound("max_handshakes").InUse == 0 })
	if b := bound("max_handshakes"); b.Limit != dtls.DefaultMaxHandshakes || b.Reached != 0 {
		t.Errorf("%+v", b)
	}
}

// repeating sends every datagram twice, and all of them again when it is told to.
type repeating struct {
	net.PacketConn
	mu   sync.Mutex
	sent [][]byte
	to   net.Addr
}

func (r *repeating) WriteTo(b []byte, to net.Addr) (int, error) {
	r.mu.Lock()
	r.sent, r.to = append(r.sent, bytes.Clone(b)), to
	r.mu.Unlock()
	_, _ = r.PacketConn.WriteTo(b, to)
	return r.PacketConn.WriteTo(b, to)
}

func (r *repeating) again() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, b := range r.sent {
		_, _ = r.PacketConn.WriteTo(b, r.to)
	}
}

// TestARefusedSessionIsCountedOnce: however often the client repeats itself, one handshake comes to its end.
func TestARefusedSessionIsCountedOnce(t *testing.T) {
	credentials := securetest.New(t, nil)
	e := listenDTLS(t, credentials, coap.Config{Handler: newLeaving(), Limits: coap.Limits{Peers: 1}})
	observer := secureDevice(t, e, securetest.Client{Credentials: credentials})
	observer.ask(request(message.Confirmable, codes.GET, 1, "t", "a", option(message.Observe)))
	socket, err := net.ListenUDP("udp", nil)
	if err != nil {
		t.Fatal(err)
	}
	stutterer := &repeating{PacketConn: socket}
	if refused, err := securetest.Attempt(t, e.Addr(), securetest.Client{Credentials: credentials, Conn: stutterer}); err == nil {
		if _, err := refused.Read(make([]byte, 100)); err == nil {
			t.Error("there are more sessions than may be")
		}
	}
	stutterer.again()
	// The listener has read it all when the observer, who speaks after it, is answered.
	observer.ask(request(message.Confirmable, codes.GET, 2, "u", "a"))
	if s := e.Stats(); s.Peers != 1 || s.Refused != 1 {
		t.Errorf("%+v", s)
	}
	if b := e.Bounds()[0]; b.Name != "max_peers" || b.Reached != 1 {
		t.Errorf("%+v", b)
	}
}
