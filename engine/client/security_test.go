package client

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/pion/dtls/v3"
	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"
)

// certificate makes a key and a certificate that its own key signs.
func certificate(t *testing.T, name string) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
		KeyUsage:    x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(parsed)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pool
}

// serveDTLS answers each request with what the client proved.
func serveDTLS(t *testing.T, options ...dtls.ServerOption) string {
	t.Helper()
	l, err := dtls.ListenWithOptions("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)}, options...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go answerDTLS(conn.(*dtls.Conn))
		}
	}()
	return l.Addr().String()
}

func answerDTLS(conn *dtls.Conn) {
	defer func() { _ = conn.Close() }()
	buffer := make([]byte, maxDatagram)
	for {
		n, err := conn.Read(buffer)
		if err != nil {
			return
		}
		p, err := parse(buffer[:n])
		if err != nil {
			return
		}
		state, _ := conn.ConnectionState()
		proved := string(state.IdentityHint)
		if len(state.PeerCertificates) > 0 {
			if c, err := x509.ParseCertificate(state.PeerCertificates[0]); err == nil {
				proved = c.Subject.CommonName
			}
		}
		response := packet{typ: message.Acknowledgement, code: codes.Content, messageID: p.messageID, token: p.token, payload: []byte(proved)}
		data, err := response.encode()
		if err != nil {
			return
		}
		if _, err := conn.Write(data); err != nil {
			return
		}
	}
}

func TestSecurity(t *testing.T) {
	serverCertificate, serverPool := certificate(t, "server")
	clientCertificate, clientPool := certificate(t, "lamp-3")
	key := []byte("0123456789abcdef")
	certified := serveDTLS(t, dtls.WithCertificates(serverCertificate), dtls.WithClientAuth(dtls.VerifyClientCertIfGiven), dtls.WithClientCAs(clientPool),
		dtls.WithCipherSuites(dtls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, dtls.TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8))
	keyed := serveDTLS(t, dtls.WithPSK(func([]byte) ([]byte, error) { return key, nil }), dtls.WithCipherSuites(dtls.TLS_PSK_WITH_AES_128_CCM_8))

	for _, c := range []struct {
		name     string
		to       string
		security *Security
		proved   string
		suite    string
		refused  string
	}{
		{"the server's certificate", certified, &Security{Authorities: serverPool, ServerName: "server"}, "", "TLS_ECDHE_ECDSA_", ""},
		{"certificates of both", certified, &Security{Authorities: serverPool, ServerName: "server", Certificate: &clientCertificate}, "lamp-3", "TLS_ECDHE_ECDSA_", ""},
		{"one cipher suite", certified, &Security{SkipVerify: true, CipherSuites: []string{"TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8"}}, "", "TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8", ""},
		{"a pre-shared key", keyed, &Security{PSKIdentity: "lamp-3", PSK: key, ConnectionID: true}, "lamp-3", "TLS_PSK_WITH_AES_128_CCM_8", ""},
		{"another name", certified, &Security{Authorities: serverPool, ServerName: "else"}, "", "", "else"},
		{"an unknown authority", certified, &Security{Authorities: clientPool, ServerName: "server"}, "", "", "x509"},
		{"the system's authorities", certified, nil, "", "", "x509"},
		{"an unknown suite", certified, &Security{CipherSuites: []string{"TLS_NULL"}}, "", "", `the cipher suite "TLS_NULL" is not spoken`},
		{"a wrong key", keyed, &Security{PSKIdentity: "lamp-3", PSK: []byte("fedcba9876543210"), HandshakeTimeout: 300 * time.Millisecond}, "", "", "DTLS with "},
	} {
		t.Run(c.name, func(t *testing.T) {
			conn, err := Dial(t.Context(), "coaps", c.to, Config{Security: c.security})
			if c.refused != "" {
				if err == nil || !strings.Contains(err.Error(), c.refused) || strings.Contains(err.Error(), "fedcba") {
					t.Fatalf("got %v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = conn.Close() }()
			x := do(t, conn, &Request{Code: codes.GET})
			session, secured := conn.Session()
			if string(x.Payload) != c.proved || !secured || !strings.HasPrefix(session.CipherSuite, c.suite) {
				t.Errorf("proved %q, agreed to %+v", x.Payload, session.CipherSuite)
			}
		})
	}
	if _, secured := dial(t, "coap", certified, Config{}).Session(); secured {
		t.Error("UDP is secured")
	}
	if _, err := Dial(t.Context(), "http", certified, Config{}); err == nil {
		t.Error("spoke HTTP")
	}
}
