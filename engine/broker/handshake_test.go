package broker

import (
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mochi-mqtt/server/v2/packets"

	"sluice/engine/secure"
)

// outcomes collects handshakes.
type outcomes struct {
	mu   sync.Mutex
	list []secure.Handshake
	came chan struct{}
}

func newOutcomes() *outcomes { return &outcomes{came: make(chan struct{}, 1<<16)} }

func (o *outcomes) note(h secure.Handshake) {
	o.mu.Lock()
	o.list = append(o.list, h)
	o.mu.Unlock()
	o.came <- struct{}{}
}

func (o *outcomes) next(t testing.TB) secure.Handshake {
	t.Helper()
	select {
	case <-o.came:
	case <-time.After(patience):
		t.Fatal("no handshake was reported")
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	h := o.list[0]
	o.list = o.list[1:]
	return h
}

func (o *outcomes) len() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.list)
}

func TestTLSRefusals(t *testing.T) {
	ca, other := newAuthority(t, "Plant"), newAuthority(t, "Elsewhere")
	long := time.Now().Add(-48 * time.Hour)
	expired := ca.issue(&x509.Certificate{
		Subject: pkix.Name{CommonName: "old"}, NotBefore: long, NotAfter: long.Add(time.Hour),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	})
	soon := ca.issue(&x509.Certificate{
		Subject: pkix.Name{CommonName: "new"}, NotBefore: time.Now().Add(time.Hour), NotAfter: time.Now().Add(2 * time.Hour),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	})
	revoked := func([][]byte, [][]*x509.Certificate) error {
		return &secure.Refusal{Outcome: secure.Revoked, Detail: "CN=lamp-3"}
	}
	show := func(c tls.Certificate) func(*tls.Config) {
		return func(config *tls.Config) {
			config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &c, nil }
		}
	}
	tests := []struct {
		name    string
		server  func(*tls.Config)
		client  func(*tls.Config)
		outcome secure.Outcome
		detail  string // is part of it
	}{
		{"no certificate", nil, nil, secure.NoCertificate, ""},
		{"another authority", nil, show(other.device("thief")), secure.UnknownAuthority, "CN=Elsewhere"},
		{"expired", nil, show(expired), secure.Expired, long.Add(time.Hour).UTC().Format(time.RFC3339)},
		{"not valid yet", nil, show(soon), secure.NotYetValid, "Z"},
		{"a server's", nil, show(ca.server()), secure.WrongUsage, ""},
		{"revoked", func(c *tls.Config) { c.VerifyPeerCertificate = revoked }, show(ca.device("lamp-3")), secure.Revoked, "CN=lamp-3"},
		{"no shared version", func(c *tls.Config) { c.MinVersion = tls.VersionTLS13 },
			func(c *tls.Config) { c.MaxVersion = tls.VersionTLS12 }, secure.NoSharedVersion, "TLS 1.2"},
		{"no shared cipher",
			func(c *tls.Config) {
				c.MaxVersion, c.CipherSuites = tls.VersionTLS12, []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384}
			},
			func(c *tls.Config) {
				c.MaxVersion, c.CipherSuites = tls.VersionTLS12, []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256}
			}, secure.NoSharedCipher, "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"},
		{"the client trusts another authority", nil, func(c *tls.Config) { c.RootCAs = other.pool() },
			secure.RefusedByPeer, "bad_certificate"},
		{"nothing to show", func(c *tls.Config) { c.Certificates = nil }, nil, secure.NoServerCertificate, ""},
	}
	for _, scheme := range tlsSchemes {
		for _, test := range tests {
			t.Run(scheme+", "+test.name, func(t *testing.T) {
				e, told := start(t, Options{}), newOutcomes()
				server := &tls.Config{
					Certificates: []tls.Certificate{ca.server()}, ClientCAs: ca.pool(), ClientAuth: tls.RequireAndVerifyClientCert,
				}
				if test.server != nil {
					test.server(server)
				}
				l := listenTLS(t, e, scheme, TLSOptions{OnHandshake: told.note, Config: server})
				config := &tls.Config{RootCAs: ca.pool()}
				if test.client != nil {
					test.client(config)
				}
				if c, err := openTLS(t, l, 5, config); err == nil {
					_, _ = c.stream.Write([]byte{packets.Pingreq << 4, 0})
					if _, err := c.next(); err == nil {
						t.Fatal("the client was let in")
					}
				}
				h := told.next(t)
				if h.Outcome != test.outcome || !strings.Contains(h.Detail, test.detail) {
					t.Errorf("%s: %q, want %s: %q", h.Outcome, h.Detail, test.outcome, test.detail)
				}
				if n := len(e.Clients()); n > 0 {
					t.Errorf("%d clients", n)
				}
			})
		}
	}
}

func TestTLSPortGetsSomethingElse(t *testing.T) {
	ca := newAuthority(t, "Plant")
	tests := []struct {
		name, sent string
		outcome    secure.Outcome
		detail     string
	}{
		{"MQTT", "\x10\x0c\x00\x04MQTT\x04\x02\x00\x3c\x00\x00", secure.Malformed, "MQTT without TLS was sent to a TLS port"},
		{"HTTP", "GET /mqtt HTTP/1.1\r\n\r\n", secure.Malformed, "HTTP without TLS was sent to a TLS port"},
		{"DTLS", "\x16\xfe\xfd\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00", secure.Malformed, "DTLS was sent to a TLS port"},
		{"garbage", "\xff\xff\xff\xff\xff\xff\xff\xff", secure.Malformed, "what was sent to a TLS port is not TLS"},
		{"half a hello", "\x16\x03\x01\x02\x00\x01", secure.TimedOut, ""},
		{"silence", "", secure.TimedOut, "nothing came"},
	}
	for _, scheme := range tlsSchemes {
		e, told := start(t, Options{}), newOutcomes()
		l := listenTLS(t, e, scheme, TLSOptions{
			OnHandshake: told.note, HandshakeTimeout: 100 * time.Millisecond,
			Config: &tls.Config{Certificates: []tls.Certificate{ca.server()}},
		})
		for _, test := range tests {
			stream, err := net.Dial("tcp", l.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			if _, err := io.WriteString(stream, test.sent); err != nil {
				t.Fatal(err)
			}
			if h := told.next(t); h.Outcome != test.outcome || h.Detail != test.detail {
				t.Errorf("%s, %s: %s: %q", scheme, test.name, h.Outcome, h.Detail)
			}
			_ = stream.SetReadDeadline(time.Now().Add(patience))
			if _, err := io.ReadAll(stream); errors.Is(err, os.ErrDeadlineExceeded) {
				t.Errorf("%s, %s: the connection is still open", scheme, test.name)
			}
			_ = stream.Close()
		}

		// A health check opens and closes.
		stream, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		_ = stream.Close()
		dialTLS(t, l, 4, "c", &tls.Config{RootCAs: ca.pool()})
		if h := told.next(t); h.Outcome != secure.Accepted || told.len() > 0 {
			t.Errorf("%s: a health check was reported: %+v", scheme, h)
		}
	}
}

// Who leaves handshakes half open keeps nobody out, and nobody waits for another's handshake.
func TestHalfOpenHandshakes(t *testing.T) {
	ca := newAuthority(t, "Plant")
	e, told := start(t, Options{}), newOutcomes()
	l := listenTLS(t, e, "mqtts", TLSOptions{
		OnHandshake: told.note, MaxHandshakes: 3, Config: &tls.Config{Certificates: []tls.Certificate{ca.server()}},
	})
	halfOpen := func() net.Conn {
		stream, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = stream.Close() })
		return stream
	}
	for range 2 {
		halfOpen()
	}
	dialTLS(t, l, 5, "a", &tls.Config{RootCAs: ca.pool()})
	if h := told.next(t); h.Outcome != secure.Accepted {
		t.Fatalf("%s beside two half open ones", h.Outcome)
	}
	halfOpen()
	halfOpen()
	if h := told.next(t); h.Outcome != secure.TooMany {
		t.Fatalf("the fourth: %s", h.Outcome)
	}
	time.Sleep(slowHandshake)
	dialTLS(t, l, 5, "b", &tls.Config{RootCAs: ca.pool()})
	count := map[secure.Outcome]int{}
	for range 2 {
		count[told.next(t).Outcome]++
	}
	if count[secure.TooMany] != 1 || count[secure.Accepted] != 1 {
		t.Errorf("one gives its place to another: %v", count)
	}
}

func TestPlacesOfHandshakes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := handshakes{maximum: 2}
		var ended []string
		enter := func(name string) (func(), bool) {
			return h.enter(time.Now(), func(error) { ended = append(ended, name) })
		}
		leave, _ := enter("first")
		leave()
		leave() // twice is once
		leaveSecond, _ := enter("second")
		time.Sleep(slowHandshake / 2)
		if _, ok := enter("third"); !ok {
			t.Error("the place of one that left is not free")
		}
		if _, ok := enter("fourth"); ok {
			t.Error("there are three in two places")
		}
		time.Sleep(slowHandshake / 2)
		if _, ok := enter("fifth"); !ok || len(ended) != 1 || ended[0] != "second" {
			t.Errorf("%v gave their place", ended)
		}
		leaveSecond()
		if _, ok := enter("sixth"); ok || h.places.Len() != 2 {
			t.Errorf("who gave its place frees another: %d", h.places.Len())
		}
	})
}
