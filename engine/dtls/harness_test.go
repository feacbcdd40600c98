package dtls_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"math/big"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	pion "github.com/pion/dtls/v3"

	"sluice/engine/dtls"
	"sluice/engine/secure"
)

// authority issues certificates for tests.
type authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
	serial      int64
}

func newAuthority(t testing.TB, name string) *authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotBefore: time.Now().Add(-time.Hour),
		NotAfter: time.Now().Add(24 * time.Hour), IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return &authority{certificate: certificate, key: key, serial: 1}
}

func (a *authority) pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.certificate)
	return pool
}

// issue makes a certificate for a server and a client alike; until is when it expires.
func (a *authority) issue(t testing.TB, name string, until time.Time) *tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return a.sign(t, name, until, key, key.Public())
}

func (a *authority) issueRSA(t testing.TB, name string) *tls.Certificate {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return a.sign(t, name, time.Now().Add(time.Hour), key, key.Public())
}

func (a *authority) sign(t testing.TB, name string, until time.Time, key, public any) *tls.Certificate {
	t.Helper()
	a.serial++
	template := &x509.Certificate{
		SerialNumber: big.NewInt(a.serial), Subject: pkix.Name{CommonName: name, Organization: []string{"Plant"}},
		NotBefore: time.Now().Add(-2 * time.Hour), NotAfter: until, DNSNames: []string{"localhost"},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback}, KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.certificate, public, a.key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
}

// credentials is a secure.Credentials that a test changes as it likes.
type credentials struct {
	mu      sync.Mutex
	server  *tls.Certificate
	trusted *authority
	keys    map[string]string
	revoked map[string]bool // fingerprints and PSK identities
}

func (c *credentials) ServerCertificate(string) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.server == nil {
		return nil, &secure.Refusal{Outcome: secure.NoServerCertificate}
	}
	return c.server, nil
}

func (c *credentials) Authorities() *x509.CertPool {
	if c.trusted == nil {
		return x509.NewCertPool()
	}
	return c.trusted.pool()
}

func (c *credentials) VerifyClient(chain [][]byte) error {
	leaf, err := x509.ParseCertificate(chain[0])
	if err != nil {
		return &secure.Refusal{Outcome: secure.BadCertificate, Detail: err.Error()}
	}
	if time.Now().After(leaf.NotAfter) {
		return &secure.Refusal{Outcome: secure.Expired, Detail: leaf.NotAfter.Format(time.DateOnly)}
	}
	options := x509.VerifyOptions{Roots: c.Authorities(), KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}
	if _, err := leaf.Verify(options); err != nil {
		return &secure.Refusal{Outcome: secure.UnknownAuthority, Detail: leaf.Issuer.String()}
	}
	return nil
}

func (c *credentials) PSK(identity []byte) ([]byte, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	key, ok := c.keys[string(identity)]
	return []byte(key), ok
}

func (c *credentials) HasPSK() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.keys) > 0
}

func (c *credentials) Revoked(i secure.Identity) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.revoked[i.Fingerprint] || c.revoked[i.PSK]
}

// revoke lets a fingerprint or a PSK identity in no more.
func (c *credentials) revoke(who string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.revoked == nil {
		c.revoked = map[string]bool{}
	}
	c.revoked[who] = true
}

// server is a listener that sends back what it reads.
type server struct {
	*dtls.Listener
	t     testing.TB
	addr  netip.AddrPort
	ended chan secure.Handshake
	conns chan *dtls.Conn
	heard atomic.Int64 // messages
}

// serve listens on a free port of 127.0.0.1.
func serve(t testing.TB, c dtls.Config) *server {
	t.Helper()
	return serveOn(t, "127.0.0.1:0", c)
}

func serveOn(t testing.TB, address string, c dtls.Config) *server {
	t.Helper()
	bound, network := netip.MustParseAddrPort(address), "udp4"
	if bound.Addr().Is6() {
		network = "udp6"
	}
	udp, err := net.ListenUDP(network, net.UDPAddrFromAddrPort(bound))
	if err != nil {
		t.Fatal(err)
	}
	s := &server{t: t, ended: make(chan secure.Handshake, 4096), conns: make(chan *dtls.Conn, 4096)}
	c.OnHandshake = func(h secure.Handshake) {
		select {
		case s.ended <- h:
		default:
		}
	}
	c.Listener = "coaps://test"
	if s.Listener, err = dtls.Listen([]*net.UDPConn{udp}, c); err != nil {
		t.Fatal(err)
	}
	s.addr = udp.LocalAddr().(*net.UDPAddr).AddrPort()
	var work sync.WaitGroup
	work.Go(func() {
		for {
			conn, err := s.Accept()
			if err != nil {
				return
			}
			select {
			case s.conns <- conn:
			default:
			}
			work.Go(func() { s.echo(conn) })
		}
	})
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
		work.Wait()
	})
	return s
}

func (s *server) echo(conn *dtls.Conn) {
	b := make([]byte, dtls.MaxMessage)
	for {
		n, err := conn.Read(b)
		if err != nil {
			_ = conn.Close()
			return
		}
		s.heard.Add(1)
		_, _ = conn.Write(b[:n])
	}
}

// handshake waits for the next that ended.
func (s *server) handshake() secure.Handshake {
	s.t.Helper()
	select {
	case h := <-s.ended:
		return h
	case <-time.After(10 * time.Second):
		s.t.Fatal("no handshake ended")
		return secure.Handshake{}
	}
}

// conn waits for the next session.
func (s *server) conn() *dtls.Conn {
	s.t.Helper()
	select {
	case c := <-s.conns:
		return c
	case <-time.After(10 * time.Second):
		s.t.Fatal("no session was established")
		return nil
	}
}

// dial makes a handshake as a client.
func (s *server) dial(options ...pion.ClientOption) (*pion.Conn, error) {
	s.t.Helper()
	udp, err := net.ListenUDP("udp", nil)
	if err != nil {
		s.t.Fatal(err)
	}
	return dialOver(s.t, udp, net.UDPAddrFromAddrPort(s.addr), options...)
}

func dialOver(t testing.TB, packets net.PacketConn, to net.Addr, options ...pion.ClientOption) (*pion.Conn, error) {
	t.Helper()
	t.Cleanup(func() { _ = packets.Close() })
	conn, err := pion.ClientWithOptions(packets, to, options...)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 8*time.Second)
	defer cancel()
	t.Cleanup(func() { _ = conn.Close() })
	return conn, conn.HandshakeContext(ctx)
}

// mustDial makes a handshake that is to go well.
func (s *server) mustDial(options ...pion.ClientOption) *pion.Conn {
	s.t.Helper()
	conn, err := s.dial(options...)
	if err != nil {
		s.t.Fatalf("handshake: %v", err)
	}
	return conn
}

// talk sends a message and wants it back.
func talk(conn net.Conn, text string, wait time.Duration) error {
	if _, err := conn.Write([]byte(text)); err != nil {
		return err
	}
	_ = conn.SetReadDeadline(time.Now().Add(wait))
	b := make([]byte, dtls.MaxMessage)
	n, err := conn.Read(b)
	if err != nil {
		return fmt.Errorf("no answer to %q: %w", text, err)
	}
	if string(b[:n]) != text {
		return fmt.Errorf("%q is the answer to %q", b[:n], text)
	}
	return nil
}

func mustTalk(t testing.TB, conn net.Conn, text string) {
	t.Helper()
	if err := talk(conn, text, 5*time.Second); err != nil {
		t.Fatal(err)
	}
}

// withPSK are the options of a client with a pre-shared key.
func withPSK(identity, key string, suites ...pion.CipherSuiteID) []pion.ClientOption {
	if len(suites) == 0 {
		suites = []pion.CipherSuiteID{pion.TLS_PSK_WITH_AES_128_CCM_8}
	}
	return []pion.ClientOption{
		pion.WithPSK(func([]byte) ([]byte, error) { return []byte(key), nil }),
		pion.WithPSKIdentityHint([]byte(identity)), pion.WithCipherSuites(suites...),
	}
}

// trusting are the options of a client that trusts an authority, and has certificates if any are given.
func trusting(a *authority, certificates ...*tls.Certificate) []pion.ClientOption {
	options := []pion.ClientOption{pion.WithRootCAs(a.pool()), pion.WithServerName("localhost")}
	for _, c := range certificates {
		options = append(options, pion.WithCertificates(*c))
	}
	return options
}

var errNotRefused = errors.New("not refused")
