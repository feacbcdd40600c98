package pki

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"time"

	"sluice/engine/mistakes"
)

// Lifetimes of what is issued without one.
const (
	AuthorityLifetime = 10 * 365 * day
	ServerLifetime    = 365 * day
	ClientLifetime    = 90 * day
)

const (
	day = 24 * time.Hour
	// backdated is how long before now a certificate is valid, for devices whose clock is behind or has the wrong zone.
	backdated = day
	// maxLifetime keeps the end of a certificate within what X.509 can say.
	maxLifetime = 100 * 365 * day
)

// NewAuthority makes an authority: a key on P-256 and a certificate that signed itself and may issue certificates of
// servers and devices, but no further authorities. A lifetime of 0 is AuthorityLifetime.
func NewAuthority(name string, lifetime time.Duration) (*Pair, error) {
	if err := checkName(mistakes.Phrase("the authority's name"), name); err != nil {
		return nil, err
	}
	lifetime, err := checkLifetime(lifetime, AuthorityLifetime)
	if err != nil {
		return nil, err
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, mistakes.Errorf("making the authority's key: %w", err)
	}
	serial, err := newSerial()
	if err != nil {
		return nil, err
	}
	id, err := keyID(key)
	if err != nil {
		return nil, err
	}
	now := time.Now()
	template := &x509.Certificate{
		SerialNumber:          serial,
		Subject:               pkix.Name{CommonName: name},
		NotBefore:             now.Add(-backdated),
		NotAfter:              now.Add(lifetime),
		BasicConstraintsValid: true,
		IsCA:                  true,
		MaxPathLenZero:        true,
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
		SubjectKeyId:          id,
		AuthorityKeyId:        id,
		SignatureAlgorithm:    x509.ECDSAWithSHA256,
	}
	cert, err := sign(template, template, key, key)
	if err != nil {
		return nil, mistakes.Errorf("making the authority's certificate: %w", err)
	}
	return &Pair{Chain: []*x509.Certificate{cert}, Key: key}, nil
}

// newSerial is a positive random number of 127 bits: no two certificates share one, and none needs a 17th byte.
func newSerial() (*big.Int, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 126))
	if err != nil {
		return nil, mistakes.Errorf("making a serial number: %w", err)
	}
	return serial.SetBit(serial, 126, 1), nil
}

// keyID is the identifier of a key: the first 160 bits of its SHA-256 (RFC 7093, section 2, method 1).
func keyID(key *ecdsa.PrivateKey) ([]byte, error) {
	point, err := key.PublicKey.Bytes()
	if err != nil {
		return nil, mistakes.Errorf("naming the key: %w", err)
	}
	sum := sha256.Sum256(point)
	return sum[:20], nil
}
