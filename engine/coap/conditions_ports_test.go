package coap

import (
	"net/netip"
	"testing"
	"time"
)

// TestFormerPortsAreBounded: a peer that changes its port with every datagram does not fill the memory.
func TestFormerPortsAreBounded(t *testing.T) {
	w := newWire(t, Config{Handler: handlerFunc(func(*ResponseWriter, *Request) {}), Limits: Limits{Peers: 2}})
	c, now := w.endpoint.conditioner(), time.Now()
	real := netip.MustParseAddrPort("192.0.2.1:4000")
	for range 200 {
		now = now.Add(time.Second)
		c.shownAt(real, time.Millisecond, now)
	}
	if n := len(c.ports.former); n != 2*formerPorts {
		t.Errorf("%d ports are remembered", n)
	}
	if n := len(c.ports.behind); n != 1 {
		t.Errorf("%d ports are the peer's", n)
	}
}
