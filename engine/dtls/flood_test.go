package dtls_test

import (
	"encoding/binary"
	"math/rand/v2"
	"net"
	"net/netip"
	"runtime"
	"testing"
	"time"

	"github.com/pion/dtls/v3/pkg/protocol"
	"github.com/pion/dtls/v3/pkg/protocol/extension"
	"github.com/pion/dtls/v3/pkg/protocol/handshake"
	"github.com/pion/dtls/v3/pkg/protocol/recordlayer"

	"sluice/engine/dtls"
	"sluice/engine/secure"
)

// hello is a ClientHello with a pre-shared key; the cookie may be nil.
func hello(t testing.TB, messageSeq uint16, random byte, cookie []byte, more ...extension.Extension) []byte {
	t.Helper()
	message := &handshake.MessageClientHello{
		Version: protocol.Version1_2, Cookie: cookie, CipherSuiteIDs: []uint16{0xc0a8},
		CompressionMethods: []*protocol.CompressionMethod{{}}, Extensions: more,
	}
	message.Random.RandomBytes[0] = random
	r := recordlayer.RecordLayer{
		Header:  recordlayer.Header{Version: protocol.Version1_2, SequenceNumber: uint64(messageSeq)},
		Content: &handshake.Handshake{Header: handshake.Header{MessageSequence: messageSeq}, Message: message},
	}
	b, err := r.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// exchange sends a datagram and returns the answer, or nil if none comes.
func exchange(t testing.TB, udp *net.UDPConn, to netip.AddrPort, b []byte) []byte {
	t.Helper()
	if _, err := udp.WriteToUDPAddrPort(b, to); err != nil {
		t.Fatal(err)
	}
	_ = udp.SetReadDeadline(time.Now().Add(200 * time.Millisecond))
	answer := make([]byte, 2048)
	n, err := udp.Read(answer)
	if err != nil {
		return nil
	}
	return answer[:n]
}

// cookieFor asks for the cookie of a ClientHello.
func cookieFor(t testing.TB, udp *net.UDPConn, to netip.AddrPort, random byte) []byte {
	t.Helper()
	answer := exchange(t, udp, to, hello(t, 0, random, nil))
	if len(answer) < 28 || answer[13] != 3 {
		t.Fatalf("no HelloVerifyRequest: %x", answer)
	}
	return answer[28:]
}

func udpAt(t testing.TB, ip string) *net.UDPConn {
	t.Helper()
	udp, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.ParseIP(ip)})
	if err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() { _ = udp.Close() })
	return udp
}

func TestHelloVerifyRequest(t *testing.T) {
	_, c := plant(t)
	s := serve(t, dtls.Config{Credentials: c})
	udp := listenUDP(t)
	first := hello(t, 0, 1, nil)
	binary.BigEndian.PutUint16(first[9:], 7) // the record's number
	answer := exchange(t, udp, s.addr, first)
	if len(answer) != 48 || answer[0] != 22 || answer[10] != 7 || answer[13] != 3 {
		t.Fatalf("%x", answer)
	}
	cookie := answer[28:]
	for name, b := range map[string][]byte{
		"none":                              hello(t, 1, 1, nil),
		"one that was made up":              hello(t, 1, 1, make([]byte, 20)),
		"that of another ClientHello":       hello(t, 1, 2, cookie),
		"in a ClientHello of two fragments": fragmented(hello(t, 1, 1, cookie)),
	} {
		if answer := exchange(t, udp, s.addr, b); answer != nil {
			t.Errorf("a cookie %s: %x", name, answer)
		}
	}
	if answer := exchange(t, listenUDP(t), s.addr, hello(t, 1, 1, cookie)); answer != nil {
		t.Errorf("a cookie from another port: %x", answer)
	}
	if n := s.Stats(); n.Begun != 0 || n.Cookies != 1 || n.BadCookie != 4 || n.Fragments != 1 {
		t.Errorf("%+v", n)
	}
	answer = exchange(t, udp, s.addr, hello(t, 1, 1, cookie))
	if len(answer) < 30 || answer[0] != 22 || answer[13] != 2 || answer[10] != 1 {
		t.Errorf("the ServerHello is not numbered like the ClientHello: %x", answer)
	}
	repeated := hello(t, 1, 1, cookie)
	repeated[10] = 2 // a record of its own
	again := exchange(t, udp, s.addr, repeated)
	if len(again) < 30 || again[13] != 2 || again[10] <= answer[10] {
		t.Errorf("the answer to a ClientHello that came again: %x", again)
	}
	if n := s.Stats(); n.Begun != 1 || n.HalfOpen != 1 {
		t.Errorf("%+v", n)
	}
}

// fragmented cuts off the end of a handshake message and says so.
func fragmented(b []byte) []byte {
	b = b[:len(b)-2]
	binary.BigEndian.PutUint16(b[11:], binary.BigEndian.Uint16(b[11:])-2)
	b[24] -= 2
	return b
}

func TestVersionsThatAreNotSpokenAreRefusedAtOnce(t *testing.T) {
	_, c := plant(t)
	old := hello(t, 0, 1, nil)
	old[26] = 0xff // DTLS 1.0
	for _, test := range []struct {
		hello  []byte
		detail string
	}{
		{old, "the client offers DTLS 1.0"},
		{hello(t, 0, 1, nil, &extension.SupportedVersions{Versions: []protocol.Version{protocol.Version1_3, protocol.Version1_0}}),
			"the client offers DTLS 1.3, DTLS 1.0"},
	} {
		s := serve(t, dtls.Config{Credentials: c})
		answer := exchange(t, listenUDP(t), s.addr, test.hello)
		if len(answer) != 15 || answer[0] != 21 || answer[14] != byte(70) {
			t.Errorf("no alert protocol_version: %x", answer)
		}
		if h := s.handshake(); h.Outcome != secure.NoSharedVersion || h.Detail != test.detail {
			t.Errorf("%+v", h)
		}
	}
}

func TestCoAPWithoutDTLSIsToldOfNowAndThen(t *testing.T) {
	_, c := plant(t)
	s := serve(t, dtls.Config{Credentials: c})
	udp := listenUDP(t)
	for range 20 {
		if _, err := udp.WriteToUDPAddrPort([]byte{0x40, 1, 0, 1}, s.addr); err != nil {
			t.Fatal(err)
		}
	}
	if h := s.handshake(); h.Outcome != secure.Malformed || h.Detail != "CoAP without DTLS" || h.Peer.Port() == 0 {
		t.Errorf("%+v", h)
	}
	eventually(t, "all are counted", func() bool { return s.Stats().Strange == 20 })
	if len(s.ended) > 4 {
		t.Errorf("%d entries more", len(s.ended))
	}
}

func TestOneAddressGetsAShareOfHandshakes(t *testing.T) {
	_, c := plant(t)
	s := serve(t, dtls.Config{Credentials: c, MaxHandshakes: 8})
	begin := func(ip string) bool {
		udp := udpAt(t, ip)
		return exchange(t, udp, s.addr, hello(t, 1, 1, cookieFor(t, udp, s.addr, 1))) != nil
	}
	for i := range 3 {
		if got := begin("127.0.0.1"); got != (i < 2) {
			t.Errorf("handshake %d of one address: %v", i, got)
		}
	}
	if h := s.handshake(); h.Outcome != secure.TooMany {
		t.Errorf("%+v", h)
	}
	for _, ip := range []string{"127.0.0.2", "127.0.0.3", "127.0.0.4"} {
		for range 2 {
			if !begin(ip) {
				t.Errorf("%s gets no share", ip)
			}
		}
	}
	if n := s.Stats(); n.HalfOpen != 8 || n.Ended[secure.TooMany] != 1 {
		t.Errorf("%+v", n)
	}
}

func TestMaxSessions(t *testing.T) {
	_, c := plant(t)
	s := serve(t, dtls.Config{Credentials: c, MaxSessions: 1})
	r := newRelay(t, s.addr)
	mustTalk(t, r.dial(withPSK(pskIdentity, pskKey)...), "one")
	udp := listenUDP(t)
	if exchange(t, udp, s.addr, hello(t, 1, 1, cookieFor(t, udp, s.addr, 1))) != nil {
		t.Error("a second session is begun")
	}
	// A device that takes the place of its own session is let in.
	mustTalk(t, r.dial(withPSK(pskIdentity, pskKey)...), "again")
}

func TestFloodsLeaveNothingBehind(t *testing.T) {
	_, c := plant(t)
	s := serve(t, dtls.Config{Credentials: c, HandshakeTimeout: 300 * time.Millisecond})
	device := s.mustDial(withPSK(pskIdentity, pskKey)...)
	mustTalk(t, device, "before")
	before, memory := runtime.NumGoroutine(), heap()
	random := rand.New(rand.NewPCG(1, 2))
	for range 40 {
		udp := udpAt(t, "127.0.0.1")
		cookie := cookieFor(t, udp, s.addr, 9)
		for i := range 250 {
			b := make([]byte, 14+random.IntN(200))
			for i := range b {
				b[i] = byte(random.Uint32())
			}
			switch i % 5 {
			case 0: // garbage
			case 1: // garbage in a record of DTLS
				copy(b, []byte{22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, byte(i), 0, byte(len(b) - 13)})
			case 2: // a Connection ID that is nobody's
				copy(b, []byte{25, 0xfe, 0xfd, 0, 1, 0, 0, 0, 0, 0, 1})
			case 3:
				b = hello(t, 0, byte(i), nil)
			case 4: // half-open
				b = hello(t, 1, 9, cookie)
			}
			if _, err := udp.WriteToUDPAddrPort(b, s.addr); err != nil {
				t.Fatal(err)
			}
		}
		_ = udp.Close()
		mustTalk(t, device, "meanwhile")
	}
	if n := s.Stats(); n.Begun == 0 || n.Cookies < 1000 || n.Strange == 0 || n.Unknown == 0 {
		t.Errorf("%+v", n)
	}
	eventually(t, "handshakes end", func() bool { return s.Stats().HalfOpen == 0 })
	goroutinesEnd(t, before)
	if grown := int64(heap()) - int64(memory); grown > 4<<20 {
		t.Errorf("%d bytes more than before", grown)
	}
	if told := len(s.ended); told > 200 {
		t.Errorf("%d entries", told)
	}
	mustTalk(t, device, "after")
}

// goroutinesEnd waits until there are no more than before. pion has one for each read, which at the moment of counting may
// just not be there.
func goroutinesEnd(t testing.TB, before int) {
	t.Helper()
	const reads = 4
	eventually(t, "goroutines end", func() bool { return runtime.NumGoroutine() <= before+reads })
}

func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

func TestCloseEndsEverything(t *testing.T) {
	_, c := plant(t)
	before := runtime.NumGoroutine()
	s := serve(t, dtls.Config{Credentials: c})
	conn := s.mustDial(withPSK(pskIdentity, pskKey)...)
	udp := listenUDP(t)
	if exchange(t, udp, s.addr, hello(t, 1, 1, cookieFor(t, udp, s.addr, 1))) == nil {
		t.Fatal("no half-open handshake")
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	_ = conn.SetReadDeadline(time.Now().Add(5 * time.Second))
	if _, err := conn.Read(make([]byte, 100)); err == nil {
		t.Error("the client was not told")
	}
	_ = conn.Close()
	goroutinesEnd(t, before)
	if _, err := s.Accept(); err == nil {
		t.Error("Accept after Close")
	}
}
