package coap

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync/atomic"
	"time"

	"golang.org/x/net/ipv4"
	"golang.org/x/net/ipv6"
)

const (
	// batchSize is how many datagrams one system call reads or writes where the system can.
	batchSize = 32
	// maxDatagram is the longest UDP payload there is.
	maxDatagram = 64 << 10
	// replySize holds nearly every reply (RFC 7252, section 4.6); longer ones get a buffer of their own.
	replySize = 1280
	// maxLocals bounds the remembered local addresses of a socket bound to all addresses.
	maxLocals = 1024
)

// packetConn is what ipv4.PacketConn and ipv6.PacketConn have in common; their Message is one type.
type packetConn interface {
	ReadBatch([]ipv4.Message, int) (int, error)
	WriteBatch([]ipv4.Message, int) (int, error)
}

// socket is one bound UDP socket of an endpoint. Bound to all addresses it learns from each datagram which of them was
// asked, so that the answer leaves from there.
type socket struct {
	endpoint *Endpoint
	udp      *net.UDPConn
	packets  packetConn
	v6       bool
	wildcard bool
	locals   map[string]local // by control message; used by the reading goroutine only
	dropped  atomic.Uint64
}

// local is an address of this machine and the control message that sends from it.
type local struct {
	addr netip.Addr
	oob  []byte
}

// route is the way to a peer.
type route struct {
	socket *socket
	addr   netip.AddrPort
	local  netip.Addr // zero unless the socket is bound to all addresses
	oob    []byte
	udp    net.Addr
}

func newSocket(e *Endpoint, udp *net.UDPConn) *socket {
	bound := udp.LocalAddr().(*net.UDPAddr).AddrPort().Addr()
	s := &socket{endpoint: e, udp: udp, v6: bound.Is6(), wildcard: bound.IsUnspecified(), locals: map[string]local{}}
	if s.v6 {
		p := ipv6.NewPacketConn(udp)
		s.packets = p
		if s.wildcard {
			// Where the system cannot tell the address that was asked, answers leave from the one it prefers.
			_ = p.SetControlMessage(ipv6.FlagDst, true)
		}
		return s
	}
	p := ipv4.NewPacketConn(udp)
	s.packets = p
	if s.wildcard {
		_ = p.SetControlMessage(ipv4.FlagDst, true)
	}
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
			rt := route{socket: s, addr: unmap(addr.AddrPort()), udp: addr}
			if s.wildcard {
				l := s.localOf(m.OOB[:m.NN])
				rt.local, rt.oob = l.addr, l.oob
			}
			r.datagram(&rt, m.Buffers[0][:m.N])
		}
		r.out.flush()
	}
}

func unmap(a netip.AddrPort) netip.AddrPort { return netip.AddrPortFrom(a.Addr().Unmap(), a.Port()) }

// localOf finds which local address a control message names.
func (s *socket) localOf(oob []byte) local {
	if l, ok := s.locals[string(oob)]; ok {
		return l
	}
	l := s.parseLocal(oob)
	if len(s.locals) < maxLocals {
		s.locals[string(oob)] = l
	}
	return l
}

func (s *socket) parseLocal(oob []byte) local {
	var ip net.IP
	if s.v6 {
		var cm ipv6.ControlMessage
		if cm.Parse(oob) == nil {
			ip = cm.Dst
		}
	} else {
		var cm ipv4.ControlMessage
		if cm.Parse(oob) == nil {
			ip = cm.Dst
		}
	}
	addr, ok := netip.AddrFromSlice(ip)
	if addr = addr.Unmap(); !ok || addr.IsMulticast() {
		return local{}
	}
	if s.v6 {
		return local{addr: addr, oob: (&ipv6.ControlMessage{Src: ip}).Marshal()}
	}
	return local{addr: addr, oob: (&ipv4.ControlMessage{Src: ip}).Marshal()}
}

// write sends one datagram at once.
func (s *socket) write(rt *route, b []byte) {
	if _, _, err := s.udp.WriteMsgUDPAddrPort(b, rt.oob, rt.addr); err != nil {
		s.dropped.Add(1)
	}
}

// batch gathers the answers to one batch of datagrams.
type batch struct {
	socket   *socket
	messages []ipv4.Message
	buffers  [][]byte
	used     int
}

func newBatch(s *socket) *batch {
	b := &batch{socket: s, messages: make([]ipv4.Message, 2*batchSize), buffers: make([][]byte, 2*batchSize)}
	space := make([]byte, len(b.buffers)*replySize)
	for i := range b.messages {
		b.buffers[i] = space[i*replySize : i*replySize : (i+1)*replySize]
		b.messages[i].Buffers = make([][]byte, 1)
	}
	return b
}

// buffer returns an empty buffer for the next datagram.
func (b *batch) buffer() []byte {
	if b.used == len(b.messages) {
		b.flush()
	}
	return b.buffers[b.used]
}

// add queues a datagram that was written to buffer, or to what buffer grew to.
func (b *batch) add(rt *route, data []byte) {
	m := &b.messages[b.used]
	m.Buffers[0], m.Addr, m.OOB = data, rt.udp, rt.oob
	b.used++
}

func (b *batch) flush() {
	for sent := 0; sent < b.used; {
		n, err := b.socket.packets.WriteBatch(b.messages[sent:b.used], 0)
		if err != nil || n == 0 {
			// The first of them could not be sent; the others may.
			b.socket.dropped.Add(1)
			n = max(n, 0) + 1
		}
		sent += n
	}
	for i := range b.messages[:b.used] {
		m := &b.messages[i]
		m.Buffers[0], m.Addr, m.OOB = nil, nil, nil
	}
	b.used = 0
}

// bind opens the sockets of host:port: one, or one a family if host is empty.
func bind(hostport string) ([]*net.UDPConn, error) {
	host, port, err := net.SplitHostPort(hostport)
	if err != nil {
		return nil, fmt.Errorf("read address %q: %w", hostport, err)
	}
	networks := []string{"udp"}
	if host == "" {
		networks = []string{"udp4", "udp6"}
	}
	var conns []*net.UDPConn
	for _, network := range networks {
		addr, err := net.ResolveUDPAddr(network, net.JoinHostPort(host, port))
		if err != nil {
			closeAll(conns)
			return nil, fmt.Errorf("resolve %q: %w", hostport, err)
		}
		conn, err := net.ListenUDP(familyOf(network, addr), addr)
		if err != nil {
			if len(conns) > 0 && !errors.Is(err, errAddressInUse) {
				break // a machine without IPv6
			}
			closeAll(conns)
			return nil, fmt.Errorf("bind %s: %w", hostport, err)
		}
		conns = append(conns, conn)
		if port == "0" {
			port = fmt.Sprint(conn.LocalAddr().(*net.UDPAddr).Port)
		}
	}
	for _, conn := range conns {
		// The system may grant less; bursts then lose datagrams earlier.
		_ = conn.SetReadBuffer(socketBuffer)
		_ = conn.SetWriteBuffer(socketBuffer)
	}
	return conns, nil
}

const socketBuffer = 4 << 20

// familyOf keeps an IPv6 wildcard from taking IPv4 datagrams as well.
func familyOf(network string, addr *net.UDPAddr) string {
	if network != "udp" {
		return network
	}
	if addr.IP == nil || addr.IP.To4() != nil {
		return "udp4"
	}
	return "udp6"
}

func closeAll(conns []*net.UDPConn) {
	for _, c := range conns {
		_ = c.Close()
	}
}
