package dtls

import (
	"bytes"
	"context"
	"net"
	"net/netip"
	"testing"
	"time"

	pion "github.com/pion/dtls/v3"
)

// testHello is a ClientHello of OpenSSL: TLS_PSK_WITH_AES_128_CCM_8, with some extensions.
func testHello(t testing.TB, messageSeq byte, cookie []byte) record {
	t.Helper()
	body := append([]byte{0xfe, 0xfd}, bytes.Repeat([]byte{7}, 32)...)
	body = append(append(body, 2, 8, 9, byte(len(cookie))), cookie...)
	body = append(body, 0, 4, 0xc0, 0xa8, 0, 0xff, 1, 0)
	extensions := []byte{
		0, 0, 0, 9, 0, 7, 0, 0, 4, 'h', 'o', 's', 't', // server_name
		0, 13, 0, 6, 0, 4, 4, 3, 4, 1, // signature_algorithms
		0, 54, 0, 1, 0, // connection_id
		0, 43, 0, 3, 2, 0xfe, 0xfd, // supported_versions
	}
	body = append(append(body, 0, byte(len(extensions))), extensions...)
	r := append(record{22, 0xfe, 0xff, 0, 0, 0, 0, 0, 0, 0, 5, 0, byte(len(body) + 12)},
		1, 0, 0, byte(len(body)), 0, messageSeq, 0, 0, 0, 0, 0, byte(len(body)))
	return append(r, body...)
}

func TestClientHelloIsRead(t *testing.T) {
	cookie := bytes.Repeat([]byte{1}, cookieLength)
	h, ok := parseHello(testHello(t, 1, cookie))
	if !ok || h.messageSeq != 1 || h.serverName != "host" || !h.movable || !h.speaks12() ||
		!bytes.Equal(h.cookie, cookie) || !bytes.Equal(h.sessionID, []byte{8, 9}) || len(h.signatureSchemes()) != 2 {
		t.Errorf("%v: %+v", ok, h)
	}
	if got, want := h.first(), testHello(t, 0, nil); !bytes.Equal(got[11:], want[11:]) || record(got).sequence() != 4 {
		t.Errorf("the first ClientHello is\n%x; want\n%x", got, want)
	}
	whole := testHello(t, 1, cookie)
	for n := range len(whole) {
		if r, _, ok := nextRecord(whole[:n]); ok {
			t.Errorf("%d bytes of %d: %x", n, len(whole), r)
		}
	}
}

func TestCookiesLiveForAMinuteOrTwo(t *testing.T) {
	f := flow{remote: netip.MustParseAddrPort("192.0.2.1:5684")}
	other := flow{remote: netip.MustParseAddrPort("192.0.2.1:5685")}
	now := time.Unix(1_700_000_000, 0)
	var c cookies
	h, _ := parseHello(testHello(t, 1, nil))
	h.cookie = c.of(f, &h, now)
	for _, test := range []struct {
		flow  flow
		after time.Duration
		want  bool
	}{
		{f, 0, true},
		{other, 0, false},
		{f, cookieLifetime - 1, true},
		{f, cookieLifetime + 1, true}, // the secret is the one before
		{f, 2*cookieLifetime + 2, false},
		{f, time.Hour, false},
	} {
		if got := c.check(test.flow, &h, now.Add(test.after)); got != test.want {
			t.Errorf("from %v after %v: %v; want %v", test.flow.remote, test.after, got, test.want)
		}
	}
}

// TestPionLetsItsCookieBeWrittenOver fails if another version of pion keeps its cookie elsewhere, or checks it otherwise:
// then no handshake would come about.
func TestPionLetsItsCookieBeWrittenOver(t *testing.T) {
	if err := checkPion(); err != nil {
		t.Fatal(err)
	}
	sent := &sentOnly{sent: make(chan []byte, 16), hellos: make(chan []byte, 1)}
	conn, err := pion.ServerWithOptions(sent, &net.UDPAddr{}, pion.WithPSK(func([]byte) ([]byte, error) { return []byte("key"), nil }),
		pion.WithCipherSuites(pion.TLS_PSK_WITH_AES_128_CCM_8))
	if err != nil {
		t.Fatal(err)
	}
	sent.conn = conn
	h, _ := parseHello(testHello(t, 1, bytes.Repeat([]byte{1}, cookieLength)))
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	t.Cleanup(func() {
		close(sent.hellos)
		_ = conn.Close()
	})
	go func() { _ = conn.HandshakeContext(ctx) }()
	sent.hellos <- h.first()
	verify := <-sent.sent
	if !isHelloVerifyRequest(verify) || len(verify) != recordHeader+handshakeHeader+3+cookieLength {
		t.Fatalf("pion answers the first ClientHello with %x", verify)
	}
	sent.hellos <- h.record
	if answer := <-sent.sent; answer[recordHeader] != 2 {
		t.Errorf("pion answers a ClientHello with our cookie with %x", answer)
	}
}

// sentOnly is a net.PacketConn for one handshake, which writes over the cookie where session does.
type sentOnly struct {
	net.PacketConn
	conn         *pion.Conn
	sent, hellos chan []byte
}

func (s *sentOnly) ReadFrom(b []byte) (int, net.Addr, error) {
	hello, ok := <-s.hellos
	if !ok {
		return 0, nil, net.ErrClosed
	}
	return copy(b, hello), &net.UDPAddr{}, nil
}

func (s *sentOnly) WriteTo(b []byte, _ net.Addr) (int, error) {
	if isHelloVerifyRequest(b) {
		if err := setCookie(s.conn, bytes.Repeat([]byte{1}, cookieLength)); err != nil {
			return 0, err
		}
	}
	s.sent <- bytes.Clone(b)
	return len(b), nil
}

func (s *sentOnly) SetReadDeadline(time.Time) error  { return nil }
func (s *sentOnly) SetWriteDeadline(time.Time) error { return nil }
func (s *sentOnly) Close() error                     { return nil }
