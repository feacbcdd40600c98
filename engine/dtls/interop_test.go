package dtls_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"sluice/engine/dtls"
	"sluice/engine/secure"
)

// answering is a server that answers every CoAP request with 2.05 and "served".
func answering(t *testing.T, c dtls.Config) *server {
	t.Helper()
	udp, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	s := &server{t: t, ended: make(chan secure.Handshake, 64), addr: udp.LocalAddr().(*net.UDPAddr).AddrPort()}
	c.OnHandshake = func(h secure.Handshake) { s.ended <- h }
	if s.Listener, err = dtls.Listen([]*net.UDPConn{udp}, c); err != nil {
		t.Fatal(err)
	}
	var work sync.WaitGroup
	work.Go(func() {
		for {
			conn, err := s.Accept()
			if err != nil {
				return
			}
			work.Go(func() { answer(conn) })
		}
	})
	t.Cleanup(func() {
		_ = s.Close()
		work.Wait()
	})
	return s
}

func answer(conn *dtls.Conn) {
	defer func() { _ = conn.Close() }()
	b := make([]byte, dtls.MaxMessage)
	for {
		n, err := conn.Read(b)
		if err != nil {
			return
		}
		if n < 4 || n < 4+int(b[0]&0xf) || b[1] == 0 {
			continue
		}
		token := int(b[0] & 0xf)
		reply := append([]byte{0x60 | byte(token), 0x45, b[2], b[3]}, b[4:4+token]...)
		_, _ = conn.Write(append(append(reply, 0xff), "served"...))
	}
}

// run runs a program and returns what it printed.
func run(t *testing.T, input string, program string, args ...string) string {
	t.Helper()
	path, err := exec.LookPath(program)
	if err != nil {
		t.Skip(program + " is not installed")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	command := exec.CommandContext(ctx, path, args...)
	command.Stdin = strings.NewReader(input)
	var out bytes.Buffer
	command.Stdout, command.Stderr = &out, &out
	var exit *exec.ExitError
	if err := command.Run(); err != nil && !errors.As(err, &exit) {
		t.Fatalf("%s %v: %v\n%s", program, args, err, out.String())
	}
	return out.String()
}

// pemFiles writes a certificate and its key.
func pemFiles(t *testing.T, c *tls.Certificate) (certificate, key string) {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(c.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	return pemFile(t, "CERTIFICATE", c.Certificate[0]), pemFile(t, "PRIVATE KEY", der)
}

func pemFile(t *testing.T, kind string, der []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), strings.ToLower(strings.ReplaceAll(kind, " ", "-"))+".pem")
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestLibcoapClients(t *testing.T) {
	a, c := plant(t)
	other := newAuthority(t, "Somebody else")
	ours, theirs := pemFile(t, "CERTIFICATE", a.certificate.Raw), pemFile(t, "CERTIFICATE", other.certificate.Raw)
	cert, key := pemFiles(t, a.issue(t, "lamp-3", time.Now().Add(time.Hour)))
	late, lateKey := pemFiles(t, a.issue(t, "lamp-3", time.Now().Add(-time.Hour)))
	foreign, foreignKey := pemFiles(t, other.issue(t, "lamp-3", time.Now().Add(time.Hour)))
	rsa := &credentials{server: a.issueRSA(t, "gateway"), trusted: a}
	for _, program := range []string{"coap-client-openssl", "coap-client-gnutls"} {
		for _, test := range []struct {
			name        string
			args        []string
			auth        secure.ClientAuth
			credentials *credentials
			outcome     secure.Outcome
		}{
			{"server certificate", []string{"-R", ours}, secure.VerifyNone, c, secure.Accepted},
			{"RSA server certificate", []string{"-R", ours}, secure.VerifyNone, rsa, secure.Accepted},
			{"client certificate", []string{"-R", ours, "-c", cert, "-j", key}, secure.RequireCert, c, secure.Accepted},
			{"PSK", []string{"-u", pskIdentity, "-k", pskKey}, secure.RequireCert, c, secure.Accepted},
			{"PSK without a server certificate", []string{"-u", pskIdentity, "-k", pskKey}, secure.VerifyNone,
				&credentials{keys: c.keys}, secure.Accepted},
			{"wrong authority of the server", []string{"-R", theirs}, secure.VerifyNone, c, secure.RefusedByPeer},
			{"no certificate", []string{"-R", ours}, secure.RequireCert, c, secure.NoCertificate},
			{"expired", []string{"-R", ours, "-c", late, "-j", lateKey}, secure.RequireCert, c, secure.Expired},
			{"unknown authority", []string{"-R", ours, "-c", foreign, "-j", foreignKey}, secure.RequireCert, c, secure.UnknownAuthority},
			{"wrong key", []string{"-u", pskIdentity, "-k", "another"}, secure.VerifyNone, c, secure.WrongKey},
			{"unknown identity", []string{"-u", "lamp-4", "-k", pskKey}, secure.VerifyNone, c, secure.UnknownPSKIdentity},
		} {
			t.Run(program+" "+test.name, func(t *testing.T) {
				s := answering(t, dtls.Config{Credentials: test.credentials, ClientAuth: test.auth, HandshakeTimeout: 5 * time.Second})
				args := append([]string{"-v", "6", "-B", "4", "-m", "get"}, test.args...)
				out := run(t, "", program, append(args, "coaps://"+s.addr.String()+"/x")...)
				h := s.handshake()
				if h.Outcome != test.outcome {
					t.Errorf("%v %q; want %v", h.Outcome, h.Detail, test.outcome)
				}
				if served := strings.Contains(out, "served"); served != (test.outcome == secure.Accepted) {
					t.Errorf("served: %v\n%s", served, out)
				}
				t.Logf("%v: %s, %s\n%s", h.Outcome, h.Detail, h.Identity.CipherSuite, out)
			})
		}
	}
}
