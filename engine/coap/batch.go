package coap

import (
	"net"

	"golang.org/x/net/ipv4"
)

const (
	// batchSize is how many datagrams one system call reads or writes where the system can.
	batchSize = 32
	// replySize holds nearly every reply (RFC 7252, section 4.6); longer ones get a buffer of their own.
	replySize = 1280
)

// batch gathers the answers to one batch of datagrams.
type batch struct {
	socket   *socket
	messages []ipv4.Message
	addrs    []net.UDPAddr // of messages; peers keep them in a smaller form
	buffers  [][]byte
	used     int
}

func newBatch(s *socket) *batch {
	const size = 2 * batchSize
	b := &batch{
		socket: s, messages: make([]ipv4.Message, size), addrs: make([]net.UDPAddr, size), buffers: make([][]byte, size),
	}
	space := make([]byte, len(b.buffers)*replySize)
	used := make([][]byte, size)
	ips := make([]byte, size*net.IPv6len)
	for i := range b.messages {
		b.addrs[i].IP = ips[i*net.IPv6len : i*net.IPv6len : (i+1)*net.IPv6len]
		b.buffers[i] = space[i*replySize : i*replySize : (i+1)*replySize]
		b.messages[i].Buffers = used[i : i+1 : i+1]
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
	m, addr := &b.messages[b.used], &b.addrs[b.used]
	addr.Port, addr.Zone = int(rt.addr.Port()), rt.addr.Addr().Zone()
	if ip := rt.addr.Addr(); ip.Is4() {
		ip4 := ip.As4()
		addr.IP = append(addr.IP[:0], ip4[:]...)
	} else {
		ip16 := ip.As16()
		addr.IP = append(addr.IP[:0], ip16[:]...)
	}
	m.Buffers[0], m.Addr, m.OOB = data, addr, rt.oob
	b.used++
}

func (b *batch) flush() {
	if b.used == 0 {
		return
	}
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
