package coap

import (
	"errors"
	"net"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/net/ipv4"

	"sluice/engine/datagram"
)

// maxDatagram is the longest UDP payload there is.
const maxDatagram = 64 << 10

// socket is one bound UDP socket of an endpoint. Bound to all addresses it learns from each datagram which of them was
// asked, so that the answer leaves from there.
type socket struct {
	endpoint *Endpoint
	udp      *net.UDPConn
	packets  datagram.Conn
	v6       bool
	wildcard bool
	locals   *datagram.Locals[local] // used by the reading goroutine only
	batches  sync.Pool               // of fan-outs
	answers  *socket                 // of one bound to a group: what its datagrams are answered from
	dropped  atomic.Uint64
}

// local is an address of this machine and the control message that sends from it.
type local struct {
	addr netip.Addr
	oob  []byte
	// group and otherGroup say that it is no address of this machine that was asked, but All CoAP Nodes, or a group that
	// is not ours.
	group, otherGroup bool
}

// route is the way to a peer.
type route struct {
	conn   connection // nil: datagrams of socket
	addr   netip.AddrPort
	oob    []byte // sends from local
	socket *socket
	local  netip.Addr // zero unless the socket is bound to all addresses
}

func newSocket(e *Endpoint, udp *net.UDPConn) *socket {
	bound := udp.LocalAddr().(*net.UDPAddr).AddrPort().Addr()
	s := &socket{endpoint: e, udp: udp, v6: bound.Is6(), wildcard: bound.IsUnspecified()}
	s.locals = datagram.NewLocals(s.parseLocal)
	s.packets = datagram.New(udp, s.v6, s.wildcard)
	s.batches.New = func() any { return newBatch(s) }
	return s
}

// read serves the socket until it is closed.
func (s *socket) read() {
	in := make([]ipv4.Message, batchSize)
	space := make([]byte, batchSize*maxDatagram)
	for i := range in {
		in[i].Buffers = [][]byte{space[i*maxDatagram : (i+1)*maxDatagram : (i+1)*maxDatagram]}
		if s.wildcard {
			in[i].OOB = make([]byte, 128)
		}
	}
	r := newReader(s)
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
		r.now = time.Now()
		for i := range in[:n] {
			m := &in[i]
			addr, ok := m.Addr.(*net.UDPAddr)
			if !ok {
				continue
			}
			rt := route{socket: s, addr: unmap(addr.AddrPort())}
			group := s.answers != nil
			if group {
				rt.socket = s.answers
			}
			if s.wildcard {
				l := s.locals.Of(m.OOB[:m.NN])
				if l.otherGroup {
					continue
				}
				rt.local, rt.oob, group = l.addr, l.oob, l.group
			}
			if group {
				r.groupDatagram(&rt, m.Buffers[0][:m.N])
			} else {
				r.arrived(&rt, m.Buffers[0][:m.N])
			}
		}
		r.out.flush()
	}
}

func unmap(a netip.AddrPort) netip.AddrPort { return netip.AddrPortFrom(a.Addr().Unmap(), a.Port()) }

// parseLocal finds which local address a control message names.
func (s *socket) parseLocal(oob []byte) local {
	addr, ok := datagram.Destination(oob, s.v6)
	if !ok {
		return local{}
	}
	if addr.IsMulticast() {
		ours := len(s.endpoint.config.Multicast) > 0 && slices.Contains(groupsOf(s.v6), addr)
		return local{group: ours, otherGroup: !ours}
	}
	return s.sendingFrom(addr)
}

// sendingFrom is an address of this machine and the control message that sends from it.
func (s *socket) sendingFrom(addr netip.Addr) local {
	return local{addr: addr, oob: datagram.Source(addr, s.v6)}
}

// write sends one datagram at once.
func (s *socket) write(rt *route, b []byte) error {
	_, _, err := s.udp.WriteMsgUDPAddrPort(b, rt.oob, rt.addr)
	if err != nil {
		s.dropped.Add(1)
	}
	return err
}
