package broker

import (
	"bytes"
	"crypto/tls"
	"net"
	"testing"
	"time"

	"sluice/engine/secure"
)

// script is a client that sends what it has and takes no notice of answers.
type script struct {
	net.Conn
	sends *bytes.Reader
	said  bytes.Buffer // by the other side
}

func (s *script) Read(p []byte) (int, error)       { return s.sends.Read(p) }
func (s *script) Write(p []byte) (int, error)      { return s.said.Write(p) }
func (s *script) Close() error                     { return nil }
func (s *script) SetWriteDeadline(time.Time) error { return nil }

// clientHello is what a client begins with.
func clientHello(config *tls.Config) []byte {
	s := &script{sends: bytes.NewReader(nil)}
	_ = tls.Client(s, config).Handshake()
	return s.said.Bytes()
}

// Whatever is sent instead of a handshake, its end has a reason.
func FuzzHandshake(f *testing.F) {
	ca := newAuthority(f, "Plant")
	server := notingHello(&tls.Config{Certificates: []tls.Certificate{ca.server()}, ClientAuth: tls.RequireAnyClientCert})
	hello13 := clientHello(&tls.Config{ServerName: "localhost"})
	for _, sent := range [][]byte{
		nil, []byte("\x10\x0c\x00\x04MQTT\x04\x02\x00\x3c\x00\x00"), []byte("GET / HTTP/1.1\r\n\r\n"), []byte("\x16\xfe\xfd\x00\x00"),
		hello13, hello13[:len(hello13)/2], append(bytes.Clone(hello13), "\x15\x03\x03\x00\x02\x02\x30"...),
		clientHello(&tls.Config{ServerName: "localhost", MaxVersion: tls.VersionTLS12}),
		clientHello(&tls.Config{ServerName: "localhost", MaxVersion: tls.VersionTLS11, MinVersion: tls.VersionTLS10}),
	} {
		f.Add(sent)
	}
	f.Fuzz(func(t *testing.T, sent []byte) {
		h := &hello{Conn: &script{sends: bytes.NewReader(sent)}}
		err := tls.Server(h, server).Handshake()
		if err == nil {
			t.Skip("it made a handshake")
		}
		outcome, detail := h.outcome(err)
		if outcome == secure.Accepted || len(secure.Detail(detail)) > 256 {
			t.Errorf("%v is %s: %q", err, outcome, detail)
		}
		if h.came > len(sent) {
			t.Errorf("%d bytes of %d came", h.came, len(sent))
		}
	})
}

// What OpenSSL sends when it does not trust a server of TLS 1.3 is no handshake message but an alert, unencrypted.
func TestPlainAlert(t *testing.T) {
	ca := newAuthority(t, "Plant")
	sent := append(clientHello(&tls.Config{ServerName: "localhost"}), "\x15\x03\x03\x00\x02\x02\x30"...)
	h := &hello{Conn: &script{sends: bytes.NewReader(sent)}}
	err := tls.Server(h, notingHello(&tls.Config{Certificates: []tls.Certificate{ca.server()}})).Handshake()
	if outcome, detail := h.outcome(err); outcome != secure.RefusedByPeer || detail != secure.Alert(48) {
		t.Errorf("%v is %s: %q", err, outcome, detail)
	}
}
