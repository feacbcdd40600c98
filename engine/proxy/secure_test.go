package proxy

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	piondtls "github.com/pion/dtls/v3"
	"github.com/plgd-dev/go-coap/v3/dtls"
	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"
	"github.com/plgd-dev/go-coap/v3/mux"
	coapnet "github.com/plgd-dev/go-coap/v3/net"
	"github.com/plgd-dev/go-coap/v3/options"

	"sluice/engine/coap"
)

// authority makes a self-signed certificate for a name, and a file that has it.
func authority(t *testing.T, name string) (certificate tls.Certificate, file string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	file = filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, file
}

// secureServer serves a value over DTLS, and notifies observers of the next when told so.
func secureServer(t *testing.T, certificate tls.Certificate, asked *atomic.Int32, next chan struct{}) uint16 {
	t.Helper()
	l, err := coapnet.NewDTLSListener("udp4", "127.0.0.1:0", coapnet.NewDTLSServerOptions(piondtls.WithCertificates(certificate)))
	if err != nil {
		t.Fatal(err)
	}
	router := mux.NewRouter()
	router.DefaultHandleFunc(func(w mux.ResponseWriter, r *mux.Message) {
		asked.Add(1)
		if v, err := r.Observe(); err == nil && v == 0 {
			conn, token := w.Conn(), append(message.Token(nil), r.Token()...)
			_ = w.SetResponse(codes.Content, message.TextPlain, bytes.NewReader([]byte("1")), message.Option{ID: message.Observe, Value: []byte{1}})
			go func() {
				for n := byte(2); ; n++ {
					select {
					case <-next:
					case <-conn.Context().Done():
						return
					}
					m := conn.AcquireMessage(conn.Context())
					m.SetCode(codes.Content)
					m.SetToken(token)
					m.SetObserve(uint32(n))
					m.SetBody(bytes.NewReader([]byte{'0' + n}))
					_ = conn.WriteMessage(m)
				}
			}()
			return
		}
		_ = w.SetResponse(codes.Content, message.TextPlain, bytes.NewReader([]byte("secure")))
	})
	server := dtls.NewServer(options.WithMux(router), options.WithErrors(func(error) {}))
	served := make(chan error, 1)
	go func() { served <- server.Serve(l) }()
	t.Cleanup(func() {
		server.Stop()
		<-served
		_ = l.Close()
	})
	return l.Addr().(*net.UDPAddr).AddrPort().Port()
}

func TestSecureServers(t *testing.T) {
	certificate, file := authority(t, "secure.test")
	var asked atomic.Int32
	next := make(chan struct{})
	port := secureServer(t, certificate, &asked, next)
	s := forwarding("coaps://*:*")
	s.CA = file
	f := newFront(t, s, func(c *Config) {
		c.LookUp = func(context.Context, string) ([]netip.Addr, error) { return []netip.Addr{loopback(0).Addr()}, nil }
	})
	uri := func(host, path string) message.Option {
		return text(message.ProxyURI, fmt.Sprintf("coaps://%s:%d/%s", host, port, path))
	}
	is(t, f.get("", uri("secure.test", "a")), codes.Content, "secure")
	is(t, f.get("", uri("secure.test", "a")), codes.Content, "secure")
	is(t, f.get("", uri("secure.test", "b")), codes.Content, "secure")
	if n := asked.Load(); n != 2 {
		t.Errorf("the server was asked %d times", n)
	}
	f.proxy.secure.mu.Lock()
	n := len(f.proxy.secure.known)
	f.proxy.secure.mu.Unlock()
	if n != 1 {
		t.Errorf("%d connections", n)
	}
	is(t, f.get("", uri("other.test", "a")), codes.BadGateway, "the server cannot be reached") // not its certificate
	o := &observing{got: make(chan *coap.ClientResponse, 8)}
	var err error
	o.Observation, err = f.client.Observe(coap.ToAddr(f.endpoint.Addr()), to(codes.GET, "", uri("secure.test", "o")),
		func(r *coap.ClientResponse, err error) {
			if err == nil {
				o.got <- r
			}
		})
	if err != nil {
		t.Fatal(err)
	}
	o.next(t, codes.Content, "1", true)
	next <- struct{}{}
	o.next(t, codes.Content, "2", true)
}
