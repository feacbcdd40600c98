package securetest

import (
	"context"
	"crypto/tls"
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/pion/dtls/v3"
)

// patience is how long a handshake may take.
const patience = 10 * time.Second

// Client says how a client shakes hands.
type Client struct {
	Credentials *Credentials // whose authority it trusts
	Certificate *tls.Certificate
	PSK, Key    string // in place of certificates
	// ConnectionID takes part in RFC 9146, so that the session survives another address.
	ConnectionID bool
	// Conn is what it speaks through; nil: a socket of its own.
	Conn net.PacketConn
}

// Dial opens a session of DTLS. It is closed when the test ends.
func Dial(t testing.TB, server netip.AddrPort, c Client) *dtls.Conn {
	t.Helper()
	conn, err := Attempt(t, server, c)
	if err != nil {
		t.Fatal(err)
	}
	return conn
}

// Attempt is Dial for who may be refused.
func Attempt(t testing.TB, server netip.AddrPort, c Client) (*dtls.Conn, error) {
	t.Helper()
	options := []dtls.ClientOption{dtls.WithFlightInterval(100 * time.Millisecond)}
	switch {
	case c.PSK != "":
		options = append(options, dtls.WithPSKIdentityHint([]byte(c.PSK)),
			dtls.WithPSK(func([]byte) ([]byte, error) { return []byte(c.Key), nil }),
			dtls.WithCipherSuites(dtls.TLS_PSK_WITH_AES_128_CCM_8))
	default:
		options = append(options, dtls.WithRootCAs(c.Credentials.Authorities()), dtls.WithServerName(server.Addr().String()))
		if c.Certificate != nil {
			options = append(options, dtls.WithCertificates(*c.Certificate))
		}
	}
	if c.ConnectionID {
		options = append(options, dtls.WithConnectionIDGenerator(dtls.OnlySendCIDGenerator()))
	}
	if c.Conn == nil {
		socket, err := net.ListenUDP("udp", nil)
		if err != nil {
			t.Fatal(err)
		}
		c.Conn = socket
	}
	t.Cleanup(func() { _ = c.Conn.Close() })
	conn, err := dtls.ClientWithOptions(c.Conn, net.UDPAddrFromAddrPort(server), options...)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := conn.HandshakeContext(ctx); err != nil {
		_ = conn.Close()
		return nil, err
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn, nil
}
