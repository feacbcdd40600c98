package dtls

import (
	"net"
	"runtime"

	"golang.org/x/net/ipv4"
	"golang.org/x/net/ipv6"
)

// packetConn is what ipv4.PacketConn and ipv6.PacketConn have in common; their Message is one type.
type packetConn interface {
	ReadBatch([]ipv4.Message, int) (int, error)
	WriteBatch([]ipv4.Message, int) (int, error)
}

// newPackets gives a socket batches and, if it is bound to all addresses, word of which of them was asked.
func newPackets(udp *net.UDPConn, v6, wildcard bool) packetConn {
	switch {
	case runtime.GOOS == "windows":
		return singly{udp} // golang.org/x/net has neither batches nor control messages there
	case v6:
		p := ipv6.NewPacketConn(udp)
		if wildcard {
			// Where the system cannot tell the address that was asked, answers leave from the one it prefers.
			_ = p.SetControlMessage(ipv6.FlagDst, true)
		}
		return p
	default:
		p := ipv4.NewPacketConn(udp)
		if wildcard {
			_ = p.SetControlMessage(ipv4.FlagDst, true)
		}
		return p
	}
}

// singly reads and writes one datagram a call.
type singly struct{ udp *net.UDPConn }

func (s singly) ReadBatch(messages []ipv4.Message, _ int) (int, error) {
	m := &messages[0]
	n, addr, err := s.udp.ReadFromUDPAddrPort(m.Buffers[0])
	if err != nil {
		return 0, err
	}
	m.N, m.NN, m.Addr = n, 0, net.UDPAddrFromAddrPort(addr)
	return 1, nil
}

func (s singly) WriteBatch(messages []ipv4.Message, _ int) (int, error) {
	m := &messages[0]
	if _, err := s.udp.WriteTo(m.Buffers[0], m.Addr); err != nil {
		return 0, err
	}
	return 1, nil
}
