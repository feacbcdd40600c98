package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"time"

	pion "github.com/pion/dtls/v3"

	"sluice/engine"
	"sluice/engine/pki"
	"sluice/engine/settings"
)

const (
	pskIdentity = "bench"
	pskKey      = "0123456789abcdef"
)

// credentials are those of all servers that are measured with DTLS.
type credentials struct {
	keys   *pki.Keeper
	server tls.Certificate
	roots  *x509.CertPool
}

func newCredentials() (*credentials, error) {
	keys, err := pki.OpenKeeper(pki.Options{})
	if err != nil {
		return nil, err
	}
	made, err := keys.SetUp("")
	if err != nil {
		return nil, err
	}
	if err := keys.AddPSK(pskIdentity, []byte(pskKey), ""); err != nil {
		return nil, err
	}
	files, err := keys.Export(made.Server, pki.PEM, pki.ExportOptions{})
	if err != nil {
		return nil, err
	}
	server, err := tls.X509KeyPair(files[0].Data, files[1].Data)
	if err != nil {
		return nil, fmt.Errorf("read the certificate of the server: %w", err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(files[2].Data) {
		return nil, errors.New("the authority is not read")
	}
	return &credentials{keys, server, roots}, nil
}

func givePSK(key string) pion.Option {
	return pion.WithPSK(func([]byte) ([]byte, error) { return []byte(key), nil })
}

// withPSK are the options of a client with a pre-shared key.
func withPSK(key string) []pion.ClientOption {
	return []pion.ClientOption{
		givePSK(key), pion.WithPSKIdentityHint([]byte(pskIdentity)), pion.WithCipherSuites(pion.TLS_PSK_WITH_AES_128_CCM_8),
	}
}

// withECDSA are the options of a client that checks the certificate of the server.
func (c *credentials) withECDSA() []pion.ClientOption {
	return []pion.ClientOption{
		pion.WithRootCAs(c.roots), pion.WithServerName("localhost"),
		pion.WithCipherSuites(pion.TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8),
	}
}

// dialDTLS makes a handshake from a socket.
func dialDTLS(socket net.PacketConn, addr string, options []pion.ClientOption) (*pion.Conn, error) {
	to, err := net.ResolveUDPAddr("udp4", addr)
	if err != nil {
		return nil, fmt.Errorf("resolve %s: %w", addr, err)
	}
	conn, err := pion.ClientWithOptions(socket, to, options...)
	if err != nil {
		return nil, fmt.Errorf("begin a handshake: %w", err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := conn.HandshakeContext(ctx); err != nil {
		_ = conn.Close()
		return nil, fmt.Errorf("handshake: %w", err)
	}
	return conn, nil
}

// startSecure starts Sluice with a listener of coap and one of coaps, in this order.
func startSecure(c *credentials) (*engine.Engine, error) {
	s := settings.Default()
	s.Gateway.Heartbeat = settings.Duration(time.Hour)
	s.Listeners = []settings.Listener{{Bind: "coap://127.0.0.1:0"}, {Bind: "coaps://127.0.0.1:0"}}
	e, err := engine.New(engine.Config{Settings: s, Keys: c.keys, Log: slog.New(slog.NewTextHandler(io.Discard, nil))})
	if err != nil {
		return nil, err
	}
	if err := e.Start(context.Background()); err != nil {
		return nil, err
	}
	return e, nil
}

// handshakeLimit is the bound of handshakes under way.
func handshakeLimit(e *engine.Engine) (l engine.Limit) {
	for _, l = range e.Limits() {
		if l.Name == "max_handshakes" {
			return l
		}
	}
	return engine.Limit{}
}
