package pki

import (
	"bytes"
	"crypto"
	"crypto/tls"
	"crypto/x509"

	"sluice/engine/secure"
)

// Pair is a certificate with the certificates of its issuers, and its private key where that is had.
type Pair struct {
	Chain []*x509.Certificate // its own first, each followed by its issuer
	Key   crypto.Signer       // nil: not had
}

// Certificate is the pair's own.
func (p *Pair) Certificate() *x509.Certificate { return p.Chain[0] }

// Presented is what a handshake shows: the chain without the root, which the peer has or does not trust (RFC 5246,
// section 7.4.2). A certificate that signed itself is shown when it is all there is.
func (p *Pair) Presented() []*x509.Certificate {
	last := len(p.Chain) - 1
	if last > 0 && SelfSigned(p.Chain[last]) {
		return p.Chain[:last]
	}
	return p.Chain
}

// TLS is the pair as handshakes take it.
func (p *Pair) TLS() *tls.Certificate {
	certificate := &tls.Certificate{PrivateKey: p.Key, Leaf: p.Chain[0]}
	for _, cert := range p.Presented() {
		certificate.Certificate = append(certificate.Certificate, cert.Raw)
	}
	return certificate
}

// SelfSigned reports whether a certificate names itself as its issuer.
func SelfSigned(cert *x509.Certificate) bool { return bytes.Equal(cert.RawSubject, cert.RawIssuer) }

// Fingerprint is the SHA-256 of a certificate (DER) in lower-case hex: its Entry's ID.
func Fingerprint(der []byte) string { return secure.Fingerprint(der) }

// samePublicKey reports whether a key and a certificate belong together.
func samePublicKey(cert *x509.Certificate, key crypto.Signer) bool {
	public, ok := key.Public().(interface{ Equal(crypto.PublicKey) bool })
	return ok && public.Equal(cert.PublicKey)
}
