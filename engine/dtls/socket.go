package dtls

import (
	"errors"
	"net"
	"net/netip"
	"time"

	"golang.org/x/net/ipv4"

	"sluice/engine/datagram"
)

const (
	// batchSize is how many datagrams one system call reads or writes where the system can.
	batchSize = 32
	// maxDatagram is the longest that pion reads; longer ones are dropped.
	maxDatagram = 8 << 10
)

// flow is where datagrams come from and what they were sent to.
type flow struct {
	remote netip.AddrPort
	local  netip.Addr // zero unless the socket is bound to all addresses
	socket *socket
}

// route is the way to a peer. It is the net.Addr that pion knows the peer by.
type route struct {
	flow
	oob []byte // sends from flow.local
}

// Network is "udp".
func (r *route) Network() string { return "udp" }

func (r *route) String() string { return r.remote.String() }

// local is an address of this machine and the control message that sends from it.
type local struct {
	addr  netip.Addr
	oob   []byte
	group bool // a multicast group, which DTLS has nothing for
}

// socket is one bound UDP socket. Bound to all addresses it learns from each datagram which of them was asked, so that
// the answer leaves from there.
type socket struct {
	listener *Listener
	udp      *net.UDPConn
	packets  datagram.Conn
	bound    netip.Addr
	wildcard bool
	locals   *datagram.Locals[local] // used by the reading goroutine only
	replies  []ipv4.Message          // to the batch that was read; likewise
}

func newSocket(l *Listener, udp *net.UDPConn) *socket {
	bound := udp.LocalAddr().(*net.UDPAddr).AddrPort().Addr()
	s := &socket{listener: l, udp: udp, bound: bound.Unmap(), wildcard: bound.IsUnspecified()}
	s.locals = datagram.NewLocals(s.parseLocal)
	s.packets = datagram.New(udp, bound.Is6(), s.wildcard)
	return s
}

// read serves the socket until it is closed.
func (s *socket) read() {
	in := make([]ipv4.Message, batchSize)
	space := make([]byte, batchSize*(maxDatagram+1))
	for i := range in {
		in[i].Buffers = [][]byte{space[i*(maxDatagram+1) : (i+1)*(maxDatagram+1) : (i+1)*(maxDatagram+1)]}
		if s.wildcard {
			in[i].OOB = make([]byte, 128)
		}
	}
	for {
		n, err := s.packets.ReadBatch(in, 0)
		if err != nil {
			if errors.Is(err, net.ErrClosed) {
				return
			}
			// An ICMP error of some earlier datagram, or no memory for the moment: neither ends a listener.
			time.Sleep(time.Millisecond)
			continue
		}
		now := time.Now()
		for i := range in[:n] {
			s.received(&in[i], now)
		}
		s.flush()
	}
}

func (s *socket) received(m *ipv4.Message, now time.Time) {
	addr, ok := m.Addr.(*net.UDPAddr)
	if !ok {
		return
	}
	if m.N > maxDatagram {
		s.listener.stats.dropped.Add(1)
		return
	}
	remote := addr.AddrPort()
	rt := route{flow: flow{remote: netip.AddrPortFrom(remote.Addr().Unmap(), remote.Port()), socket: s}}
	if s.wildcard {
		l := s.locals.Of(m.OOB[:m.NN])
		if l.group {
			s.listener.stats.dropped.Add(1)
			return
		}
		rt.local, rt.oob = l.addr, l.oob
	}
	s.listener.datagram(&rt, m.Buffers[0][:m.N], now)
}

// parseLocal finds which local address a control message names.
func (s *socket) parseLocal(oob []byte) local {
	addr, ok := datagram.Destination(oob, s.bound.Is6())
	switch {
	case !ok:
		return local{}
	case addr.IsMulticast():
		return local{group: true}
	}
	return local{addr: addr, oob: datagram.Source(addr, s.bound.Is6())}
}

// write sends one datagram at once.
func (rt *route) write(b []byte) error {
	_, _, err := rt.socket.udp.WriteMsgUDPAddrPort(b, rt.oob, rt.remote)
	if err != nil {
		rt.socket.listener.stats.unsent.Add(1)
	}
	return err
}

// reply queues a datagram that goes when the batch that was read has been dealt with.
func (s *socket) reply(rt *route, b []byte) {
	s.replies = append(s.replies, ipv4.Message{
		Buffers: [][]byte{b}, OOB: rt.oob, Addr: net.UDPAddrFromAddrPort(rt.remote),
	})
}

func (s *socket) flush() {
	for sent := 0; sent < len(s.replies); {
		n, err := s.packets.WriteBatch(s.replies[sent:], 0)
		if err != nil || n <= 0 {
			// The first of them could not be sent; the others may.
			s.listener.stats.unsent.Add(1)
			n = 1
		}
		sent += n
	}
	clear(s.replies)
	s.replies = s.replies[:0]
}
