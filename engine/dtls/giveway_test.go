package dtls_test

import (
	"fmt"
	"testing"
	"time"

	"sluice/engine/dtls"
	"sluice/engine/secure"
)

// TestHalfOpenHandshakesGiveWay: who begins handshakes and leaves them, from however many addresses, shuts out no device,
// not even one beside it.
func TestHalfOpenHandshakesGiveWay(t *testing.T) {
	_, c := plant(t)
	s := serve(t, dtls.Config{Credentials: c, MaxHandshakes: 8})
	device := s.mustDial(withPSK(pskIdentity, pskKey)...)
	for i := range 8 {
		udp := udpAt(t, fmt.Sprintf("127.0.0.%d", 4-i/2))
		if exchange(t, udp, s.addr, hello(t, 1, 1, cookieFor(t, udp, s.addr, 1))) == nil {
			t.Fatal("no half-open handshake")
		}
	}
	for _, ip := range []string{"127.0.0.9", "127.0.0.1"} {
		conn, err := dialOver(t, udpAt(t, ip), s.Addr(), withPSK(pskIdentity, pskKey)...)
		if err != nil {
			t.Errorf("a device at %s is shut out: %v", ip, err)
			continue
		}
		mustTalk(t, conn, ip)
	}
	mustTalk(t, device, "after")
	n := s.Stats()
	if n.HalfOpen != 6 || n.Ended[secure.TooMany] < 2 {
		t.Errorf("%+v", n)
	}
	for h := s.handshake(); h.Outcome != secure.TooMany; h = s.handshake() {
		if h.Outcome != secure.Accepted {
			t.Errorf("%+v", h)
		}
	}
}

// TestYoungHandshakesDoNotGiveWay: a flood does not end what has just begun.
func TestYoungHandshakesDoNotGiveWay(t *testing.T) {
	_, c := plant(t)
	s := serve(t, dtls.Config{Credentials: c, MaxHandshakes: 4})
	first, second := udpAt(t, "127.0.0.1"), udpAt(t, "127.0.0.1")
	cookie := cookieFor(t, second, s.addr, 1)
	began := time.Now()
	if exchange(t, first, s.addr, hello(t, 1, 1, cookieFor(t, first, s.addr, 1))) == nil {
		t.Fatal("no half-open handshake")
	}
	_, err := second.WriteToUDPAddrPort(hello(t, 1, 1, cookie), s.addr)
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, "the second is refused", func() bool { return s.Stats().Ended[secure.TooMany] > 0 })
	if n := s.Stats(); time.Since(began) < 200*time.Millisecond && (n.HalfOpen != 1 || n.Begun != 1) {
		t.Errorf("%+v", n)
	}
}
