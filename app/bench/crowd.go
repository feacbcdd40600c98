package main

import (
	"errors"
	"fmt"
	"net"
	"runtime"
	"time"

	"golang.org/x/net/ipv4"
)

const (
	// standSize is how many members share a socket. The receive buffer that Linux grants anybody holds twice as many
	// short datagrams, so that one for each member waits there until it is read.
	standSize = 256
	// chunk is how many datagrams one system call takes.
	chunk = 64
	// patience is how long a crowd waits for what should be there: machines that measure may be busy.
	patience = 5 * time.Second
)

var errNotLinux = errors.New("needs Linux, where all of 127/8 is this machine")

// crowd is many devices: each has an address of its own, 127.1.0.0 and on. They share sockets that are bound to all
// addresses and send from the address of whoever speaks, since ten thousand sockets would cost more than what is measured.
type crowd struct {
	size      int
	stands    []*stand
	messageID uint16 // used last
}

// stand is a socket and the members that use it.
type stand struct {
	conn    *net.UDPConn
	packets *ipv4.PacketConn
	port    int
	first   int
	sources [][]byte // a control message a member that sends from its address
	in, out []ipv4.Message
}

func address(member int) net.IP { return net.IPv4(127, 1, byte(member>>8), byte(member)).To4() }

func newCrowd(size int) (*crowd, error) {
	if runtime.GOOS != "linux" {
		return nil, errNotLinux
	}
	c := &crowd{size: size}
	for first := 0; first < size; first += standSize {
		s, err := newStand(first, min(standSize, size-first))
		if err != nil {
			c.close()
			return nil, err
		}
		c.stands = append(c.stands, s)
	}
	return c, nil
}

func newStand(first, members int) (*stand, error) {
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{})
	if err != nil {
		return nil, fmt.Errorf("bind a socket of the crowd: %w", err)
	}
	_ = conn.SetReadBuffer(4 << 20)
	s := &stand{
		conn: conn, packets: ipv4.NewPacketConn(conn), port: conn.LocalAddr().(*net.UDPAddr).Port, first: first,
		in: make([]ipv4.Message, chunk), out: make([]ipv4.Message, chunk),
	}
	if err := s.packets.SetControlMessage(ipv4.FlagDst, true); err != nil {
		_ = conn.Close()
		return nil, fmt.Errorf("ask for destination addresses: %w", err)
	}
	for i := range members {
		s.sources = append(s.sources, (&ipv4.ControlMessage{Src: address(first + i)}).Marshal())
	}
	for i := range chunk {
		s.in[i] = ipv4.Message{Buffers: [][]byte{make([]byte, 2048)}, OOB: make([]byte, 64)}
		s.out[i] = ipv4.Message{Buffers: [][]byte{make([]byte, 0, 256)}}
	}
	return s, nil
}

func (c *crowd) close() {
	for _, s := range c.stands {
		_ = s.conn.Close()
	}
}

// ask has every member send one request and waits until each has its answer.
func (c *crowd) ask(to *net.UDPAddr, request func(member int, b []byte) []byte) error {
	for _, s := range c.stands {
		if err := s.ask(to, request); err != nil {
			return err
		}
	}
	return nil
}

func (s *stand) ask(to *net.UDPAddr, request func(member int, b []byte) []byte) error {
	waiting := make(map[int]bool, len(s.sources))
	for i := range s.sources {
		waiting[i] = true
	}
	for range 5 {
		n := 0
		for i := range waiting {
			s.prepare(n, i, to, request(s.first+i, s.out[n].Buffers[0][:0]))
			if n++; n == chunk {
				s.send(n)
				n = 0
			}
		}
		s.send(n)
		deadline := time.Now().Add(patience)
		for len(waiting) > 0 {
			answers, err := s.receive(deadline)
			if err != nil {
				break // those that wait ask again
			}
			for j := range answers {
				if b := answers[j].Buffers[0][:answers[j].N]; len(b) < 4 || b[1]>>5 != 2 {
					return fmt.Errorf("a request was answered % x", b)
				}
				delete(waiting, s.member(&answers[j]))
			}
		}
		if len(waiting) == 0 {
			return nil
		}
	}
	return fmt.Errorf("%d requests were not answered", len(waiting))
}

// prepare makes b the n-th datagram that send sends, from a member of the stand.
func (s *stand) prepare(n, member int, to *net.UDPAddr, b []byte) {
	s.out[n].Buffers[0], s.out[n].OOB, s.out[n].Addr = b, s.sources[member], to
}

func (s *stand) send(n int) { sendAll(s.packets, s.out[:n]) }

// sendAll is the plain loop. A datagram that cannot be sent is left out, and missed by who counts.
func sendAll(packets *ipv4.PacketConn, messages []ipv4.Message) {
	for len(messages) > 0 {
		n, err := packets.WriteBatch(messages[:min(chunk, len(messages))], 0)
		if err != nil {
			n = max(n, 0) + 1
		}
		messages = messages[n:]
	}
}

// receive returns the datagrams that are there, or the first that comes; they are valid until the next call.
func (s *stand) receive(deadline time.Time) ([]ipv4.Message, error) {
	if err := s.conn.SetReadDeadline(deadline); err != nil {
		return nil, fmt.Errorf("set deadline: %w", err)
	}
	n, err := s.packets.ReadBatch(s.in, 0)
	if err != nil {
		return nil, fmt.Errorf("receive: %w", err)
	}
	return s.in[:n], nil
}

// member is to whom a datagram came.
func (s *stand) member(m *ipv4.Message) int {
	var cm ipv4.ControlMessage
	if cm.Parse(m.OOB[:m.NN]) != nil {
		return -1
	}
	ip := cm.Dst.To4()
	return int(ip[2])<<8 + int(ip[3]) - s.first
}

// collect reads one datagram for each of the first members and hands it to take, which may be nil. It returns how many
// did not come.
func (c *crowd) collect(members int, take func(member int, s *stand, b []byte)) (missing int) {
	for _, s := range c.stands {
		left := min(len(s.sources), members-s.first)
		deadline := time.Now().Add(patience)
		for left > 0 {
			messages, err := s.receive(deadline)
			if err != nil {
				missing += left
				break
			}
			left -= len(messages)
			if take == nil {
				continue
			}
			for i := range messages {
				m := &messages[i]
				take(s.first+s.member(m), s, m.Buffers[0][:m.N])
			}
		}
		if s.first+standSize >= members {
			break
		}
	}
	return missing
}
