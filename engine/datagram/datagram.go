// Package datagram reads and writes the datagrams of a UDP socket in batches where the system has them, and one by one where
// it has none.
package datagram

import (
	"net"
	"net/netip"
	"runtime"

	"golang.org/x/net/ipv4"
	"golang.org/x/net/ipv6"
)

// Conn is what ipv4.PacketConn and ipv6.PacketConn have in common; their Message is one type. Reading and writing may go on
// side by side.
type Conn interface {
	ReadBatch([]ipv4.Message, int) (int, error)
	WriteBatch([]ipv4.Message, int) (int, error)
}

// New gives a socket batches and, if it is bound to all addresses, word of which of them was asked. Where the system has
// multicast groups the Conn is a Joiner.
func New(udp *net.UDPConn, v6, wildcard bool) Conn {
	switch {
	case runtime.GOOS == "windows":
		return Singly{udp} // golang.org/x/net has neither batches nor control messages there
	case v6:
		p := ipv6.NewPacketConn(udp)
		if wildcard {
			// Where the system cannot tell the address that was asked, answers leave from the one it prefers.
			_ = p.SetControlMessage(ipv6.FlagDst, true)
		}
		return lone{p, udp}
	default:
		p := ipv4.NewPacketConn(udp)
		if wildcard {
			_ = p.SetControlMessage(ipv4.FlagDst, true)
		}
		return lone{p, udp}
	}
}

// Destination returns the address that was asked, of the control message of a datagram; ok is false if it names none.
func Destination(controlMessage []byte, v6 bool) (addr netip.Addr, ok bool) {
	var ip net.IP
	if v6 {
		var cm ipv6.ControlMessage
		if cm.Parse(controlMessage) == nil {
			ip = cm.Dst
		}
	} else {
		var cm ipv4.ControlMessage
		if cm.Parse(controlMessage) == nil {
			ip = cm.Dst
		}
	}
	addr, ok = netip.AddrFromSlice(ip)
	return addr.Unmap(), ok
}

// Source returns the control message that sends from an address of this machine.
func Source(addr netip.Addr, v6 bool) []byte {
	if v6 {
		return (&ipv6.ControlMessage{Src: addr.AsSlice()}).Marshal()
	}
	return (&ipv4.ControlMessage{Src: addr.AsSlice()}).Marshal()
}

// Joiner is a Conn that can join multicast groups.
type Joiner interface {
	JoinGroup(*net.Interface, net.Addr) error
}

// lone sends a datagram that is alone without a batch, which would take longer.
type lone struct {
	groupConn
	udp *net.UDPConn
}

type groupConn interface {
	Conn
	Joiner
}

func (l lone) WriteBatch(messages []ipv4.Message, flags int) (int, error) {
	addr, ok := messages[0].Addr.(*net.UDPAddr)
	if len(messages) > 1 || !ok {
		return l.groupConn.WriteBatch(messages, flags)
	}
	if _, _, err := l.udp.WriteMsgUDP(messages[0].Buffers[0], messages[0].OOB, addr); err != nil {
		return 0, err
	}
	return 1, nil
}

// Singly reads and writes one datagram a call, and cannot tell which address was asked.
type Singly struct{ *net.UDPConn }

// ReadBatch implements Conn.
func (s Singly) ReadBatch(messages []ipv4.Message, _ int) (int, error) {
	m := &messages[0]
	n, addr, err := s.ReadFromUDPAddrPort(m.Buffers[0])
	if err != nil {
		return 0, err
	}
	m.N, m.NN, m.Addr = n, 0, net.UDPAddrFromAddrPort(addr)
	return 1, nil
}

// WriteBatch implements Conn.
func (s Singly) WriteBatch(messages []ipv4.Message, _ int) (int, error) {
	m := &messages[0]
	if _, err := s.WriteTo(m.Buffers[0], m.Addr); err != nil {
		return 0, err
	}
	return 1, nil
}
