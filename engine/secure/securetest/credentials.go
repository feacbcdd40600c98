// Package securetest has what tests of secure listeners need: credentials without a keeper, and clients.
package securetest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"net"
	"sync"
	"testing"
	"time"

	"sluice/engine/secure"
)

// Credentials are an authority with one server certificate, for 127.0.0.1, and pre-shared keys. It implements
// secure.Credentials.
type Credentials struct {
	t         testing.TB
	authority *x509.Certificate
	key       *ecdsa.PrivateKey
	server    *tls.Certificate

	mu      sync.Mutex
	psks    map[string][]byte
	revoked map[string]bool // common names and PSK identities
}

// New makes credentials with the given pre-shared keys, by identity.
func New(t testing.TB, psks map[string]string) *Credentials {
	t.Helper()
	c := &Credentials{t: t, psks: map[string][]byte{}, revoked: map[string]bool{}}
	for identity, key := range psks {
		c.psks[identity] = []byte(key)
	}
	template := &x509.Certificate{
		Subject: pkix.Name{CommonName: "authority"}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	root := c.issue(template)
	c.authority, c.key = root.Leaf, root.PrivateKey.(*ecdsa.PrivateKey)
	c.server = c.issue(&x509.Certificate{
		Subject: pkix.Name{CommonName: "server"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	})
	return c
}

// Client issues a client certificate for a common name.
func (c *Credentials) Client(name string) tls.Certificate {
	c.t.Helper()
	return *c.issue(&x509.Certificate{
		Subject: pkix.Name{CommonName: name}, KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	})
}

func (c *Credentials) issue(template *x509.Certificate) *tls.Certificate {
	c.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		c.t.Fatal(err)
	}
	template.SerialNumber = big.NewInt(time.Now().UnixNano())
	template.NotBefore, template.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	parent, signer := c.authority, c.key
	if parent == nil {
		parent, signer = template, key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), signer)
	if err != nil {
		c.t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		c.t.Fatal(err)
	}
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
}

// Revoke withdraws the certificates of a common name, or a pre-shared key.
func (c *Credentials) Revoke(name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.revoked[name] = true
}

// ServerCertificate implements secure.Credentials.
func (c *Credentials) ServerCertificate(string) (*tls.Certificate, error) { return c.server, nil }

// Authorities implements secure.Credentials.
func (c *Credentials) Authorities() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(c.authority)
	return pool
}

// VerifyClient implements secure.Credentials.
func (c *Credentials) VerifyClient(chain [][]byte) error {
	cert, err := x509.ParseCertificate(chain[0])
	if err != nil {
		return &secure.Refusal{Outcome: secure.BadCertificate, Detail: err.Error()}
	}
	usage := []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	if _, err := cert.Verify(x509.VerifyOptions{Roots: c.Authorities(), KeyUsages: usage}); err != nil {
		return &secure.Refusal{Outcome: secure.UnknownAuthority, Detail: secure.Issuer(cert)}
	}
	return nil
}

// PSK implements secure.Credentials.
func (c *Credentials) PSK(identity []byte) (key []byte, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	key, ok = c.psks[string(identity)]
	return key, ok
}

// HasPSK implements secure.Credentials.
func (c *Credentials) HasPSK() bool { return len(c.psks) > 0 }

// Revoked implements secure.Credentials.
func (c *Credentials) Revoked(i secure.Identity) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.revoked[i.CommonName] || c.revoked[i.PSK]
}
