package coap

import (
	"crypto/rand"
	"fmt"
	"net"
	"net/netip"

	"github.com/plgd-dev/go-coap/v3/message"

	"sluice/engine/datagram"
)

// Destination is who a request of ours goes to.
type Destination struct {
	addr netip.AddrPort
	peer *Peer
}

// ToAddr is the endpoint of a unicast address.
func ToAddr(addr netip.AddrPort) Destination { return Destination{addr: unmap(addr)} }

// ToPeer is a peer that was heard before. The request leaves from the address that the peer asked, so that it passes the
// address translation on its side. It does not matter whether the peer has been forgotten meanwhile.
func ToPeer(p *Peer) Destination { return Destination{addr: p.Addr(), peer: p} }

// String is the address.
func (d Destination) String() string { return d.addr.String() }

// routeTo finds the way to a destination.
func (e *Endpoint) routeTo(to Destination) (route, error) {
	if to.peer != nil {
		if to.peer.endpoint != e {
			return route{}, fmt.Errorf("%w: it speaks to another one", ErrUnreachable)
		}
		return to.peer.route, nil
	}
	a := to.addr.Addr()
	if !to.addr.IsValid() || to.addr.Port() == 0 || a.IsUnspecified() || a.IsMulticast() {
		return route{}, fmt.Errorf("%w: it is not of one endpoint", ErrUnreachable)
	}
	for _, s := range e.sockets {
		if s.v6 == a.Is6() {
			return s.routeTo(to.addr)
		}
	}
	return route{}, fmt.Errorf("%w: it is of another family", ErrUnreachable)
}

// routeTo is the route that datagrams from addr come by: its local address is the one that the system sends from.
func (s *socket) routeTo(addr netip.AddrPort) (route, error) {
	rt := route{socket: s, addr: addr}
	if _, unaware := s.packets.(datagram.Singly); unaware || !s.wildcard {
		return rt, nil
	}
	conn, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(addr)) // sends nothing
	if err != nil {
		return rt, fmt.Errorf("%w: %w", ErrUnreachable, err)
	}
	defer func() { _ = conn.Close() }()
	l := s.sendingFrom(unmap(conn.LocalAddr().(*net.UDPAddr).AddrPort()).Addr().WithZone(""))
	rt.local, rt.oob = l.addr, l.oob
	return rt, nil
}

// newToken makes a token that nobody off the path can guess (RFC 7252, section 5.3.1).
func newToken() message.Token {
	token := make(message.Token, maxTokenLength)
	_, _ = rand.Read(token) // never fails
	return token
}
