package main

import (
	"fmt"
	"math/rand/v2"
	"net"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/dtls/v3/pkg/protocol"
	"github.com/pion/dtls/v3/pkg/protocol/handshake"
	"github.com/pion/dtls/v3/pkg/protocol/recordlayer"
)

// attack sends to a listener of coaps what makes work and leads to nothing.
type attack struct {
	target *net.UDPAddr
	kinds  []*kind
}

// kind is one of the things that are sent. send returns whether it was refused in so many words.
type kind struct {
	name          string
	send          func(from *net.UDPConn) (refused bool)
	sent, refused atomic.Int64
}

func newAttack(target string) (*attack, error) {
	to, err := net.ResolveUDPAddr("udp4", target)
	if err != nil {
		return nil, fmt.Errorf("resolve %s: %w", target, err)
	}
	a := &attack{target: to}
	a.kinds = []*kind{
		{name: "random bytes", send: func(from *net.UDPConn) bool { return a.datagram(from, randomBytes(14+rand.IntN(200))) }},
		{name: "cut off ClientHellos", send: func(from *net.UDPConn) bool {
			b := clientHello(0, nil)
			return a.datagram(from, b[:13+rand.IntN(len(b)-13)])
		}},
		{name: "ClientHellos without a cookie", send: func(from *net.UDPConn) bool { return a.datagram(from, clientHello(0, nil)) }},
		{name: "ClientHellos with one that never go on", send: func(*net.UDPConn) bool { return a.halfOpen() }},
		{name: "handshakes with a wrong key", send: func(*net.UDPConn) bool {
			return comeAndGo(target, withPSK("fedcba9876543210")) != nil
		}},
	}
	return a, nil
}

// start sends with a pause after each, as fast as can be without one, and nothing if it is negative. What is returned ends
// it and says how many were sent.
func (a *attack) start(pause time.Duration) (stop func() (sent int64)) {
	done := make(chan struct{})
	before := a.sent()
	var attackers sync.WaitGroup
	for _, k := range a.kinds {
		if pause >= 0 {
			attackers.Go(func() { k.repeat(pause*time.Duration(len(a.kinds)), done) })
		}
	}
	return func() int64 {
		close(done)
		attackers.Wait()
		return a.sent() - before
	}
}

func (k *kind) repeat(pause time.Duration, done <-chan struct{}) {
	from, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		return
	}
	defer from.Close()
	for next := time.Now(); ; {
		if k.send(from) {
			k.refused.Add(1)
		}
		k.sent.Add(1)
		next = next.Add(pause)
		select {
		case <-done:
			return
		case <-time.After(time.Until(next)):
		}
	}
}

func (a *attack) sent() (n int64) {
	for _, k := range a.kinds {
		n += k.sent.Load()
	}
	return n
}

// String says how many there were of each kind.
func (a *attack) String() string {
	var parts []string
	for _, k := range a.kinds {
		part := fmt.Sprintf("%d %s", k.sent.Load(), k.name)
		if refused := k.refused.Load(); refused > 0 {
			part += fmt.Sprintf(" (%d refused)", refused)
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, ", ")
}

func (a *attack) datagram(from *net.UDPConn, b []byte) (refused bool) {
	_, _ = from.WriteToUDP(b, a.target)
	return false
}

// halfOpen begins a handshake from an address of its own and is gone when it is answered, or refused without a word.
func (a *attack) halfOpen() (refused bool) {
	local := &net.UDPAddr{IP: net.IPv4(127, 2, byte(rand.Uint32()), byte(rand.Uint32()))}
	socket, err := net.ListenUDP("udp4", local)
	if err != nil { // only Linux has all of 127/8
		if socket, err = net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)}); err != nil {
			return false
		}
	}
	defer socket.Close()
	a.datagram(socket, clientHello(0, nil))
	answer := make([]byte, 2048)
	const header = 28 // of a HelloVerifyRequest, up to its cookie (RFC 6347, section 4.2.1)
	_ = socket.SetReadDeadline(time.Now().Add(time.Second))
	n, err := socket.Read(answer)
	if err != nil || n <= header {
		return false
	}
	return a.datagram(socket, clientHello(1, slices.Clone(answer[header:n])))
}

// clientHello offers a pre-shared key.
func clientHello(messageSeq uint16, cookie []byte) []byte {
	hello := &handshake.MessageClientHello{
		Version: protocol.Version1_2, Cookie: cookie, CipherSuiteIDs: []uint16{0xc0a8}, // TLS_PSK_WITH_AES_128_CCM_8
		CompressionMethods: []*protocol.CompressionMethod{{}},
	}
	b, err := (&recordlayer.RecordLayer{
		Header:  recordlayer.Header{Version: protocol.Version1_2, SequenceNumber: uint64(messageSeq)},
		Content: &handshake.Handshake{Header: handshake.Header{MessageSequence: messageSeq}, Message: hello},
	}).Marshal()
	if err != nil {
		panic(fmt.Sprintf("a ClientHello of constants cannot be encoded: %v", err))
	}
	return b
}

func randomBytes(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(rand.Uint32())
	}
	return b
}
