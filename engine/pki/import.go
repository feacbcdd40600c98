package pki

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"unicode/utf16"

	"sluice/engine/mistakes"
)

// Bounds of an import.
const (
	maxImport       = 1 << 20 // bytes
	maxCertificates = 500
	maxKeys         = 100
	maxKeyDER       = 16 << 10 // bytes of one private key; RSA 4096 takes 2,400
	// maxIterations bounds the rounds of key derivation in one import, all that is encrypted in it together: a second or
	// two, where OpenSSL takes 2,048 rounds and cautious people a million.
	maxIterations = 5_000_000
)

// ErrPassword says that an import is encrypted, and no password or another one was given.
var ErrPassword = mistakes.New("wrong or missing password")

// Imported is what a file held.
type Imported struct {
	// Pairs are the certificates that issued none of the others or whose key is here, each with its issuers as far as they
	// are here. An issuer whose key is not here is only in chains.
	Pairs []*Pair
	// Keys are private keys whose certificate is not here.
	Keys []crypto.Signer
	// Skipped is what was not taken, in the order of the file.
	Skipped []Skipped
}

// Skipped is a part of a file that was not taken.
type Skipped struct {
	Position int    // of the PEM block in the file, from 1; 0 if the file is no PEM
	Type     string // of the PEM block
	Reason   error
}

// String says which part, and why.
func (s Skipped) String() string { return s.Words().Error() }

// Words is String as a sentence.
func (s Skipped) Words() error {
	if s.Position == 0 {
		return s.Reason
	}
	return mistakes.Errorf("block %d (%s): %w", s.Position, s.Type, s.Reason)
}

// Import reads certificates and private keys: PEM with any number of both in any order, DER, PKCS #8 with and without
// encryption, SEC 1, PKCS #1, and PKCS #12. Keys are on P-256, P-384, P-521 or Ed25519, or RSA of 2048 to 4096 bits. The
// error is ErrPassword if a private key needs a password or another one, and says what the file is where it holds
// nothing that can be taken. No error shows a key or the password.
func Import(data []byte, password string) (*Imported, error) {
	if len(data) > maxImport {
		return nil, mistakes.Errorf("the file has %d bytes, and certificates and keys are read up to %d", len(data), maxImport)
	}
	return importWithin(data, password, maxIterations)
}

// importWithin spends no more than so many rounds of key derivation.
func importWithin(data []byte, password string, iterations int) (*Imported, error) {
	r := &importer{password: password, iterations: iterations}
	if err := r.read(plainText(data)); err != nil {
		return nil, err
	}
	if len(r.certificates)+len(r.keys) == 0 {
		return nil, r.nothing()
	}
	return &Imported{Pairs: r.pairs(), Keys: r.loose(), Skipped: r.skipped}, nil
}

// importer collects what one file holds.
type importer struct {
	password     string
	iterations   int // of key derivation that are left
	certificates []*x509.Certificate
	keys         []crypto.Signer
	skipped      []Skipped
}

func (r *importer) read(data []byte) error {
	if bytes.Contains(data, []byte("-----BEGIN")) {
		return r.readPEM(data)
	}
	if len(data) > 0 && data[0] == 0x30 {
		return r.readDER(data)
	}
	return whatIs(data)
}

func (r *importer) readPEM(data []byte) error {
	for position := 1; ; position++ {
		block, rest := pem.Decode(data)
		if block == nil {
			break
		}
		if err := r.readBlock(position, block); err != nil {
			return mistakes.Errorf("block %d (%s): %w", position, block.Type, err)
		}
		data = rest
	}
	if at := bytes.Index(data, []byte("-----BEGIN")); at >= 0 {
		line, _, _ := bytes.Cut(data[at:], []byte("\n"))
		r.skip(0, "", mistakes.Errorf("after %.60q comes no Base64 that ends as it should: the file is cut or was changed", bytes.TrimSpace(line)))
	}
	return nil
}

// readBlock takes a PEM block. Only a wrong password ends the import; what is merely not taken is noted.
func (r *importer) readBlock(position int, block *pem.Block) error {
	switch block.Type {
	case "CERTIFICATE", "X509 CERTIFICATE":
		r.note(position, block.Type, r.addCertificate(block.Bytes))
	case "TRUSTED CERTIFICATE": // of openssl x509 -trustout: what it is trusted for follows the certificate
		r.note(position, block.Type, r.addCertificate(firstElement(block.Bytes)))
	case "PRIVATE KEY", "EC PRIVATE KEY", "RSA PRIVATE KEY":
		der, err := r.decryptLegacy(block)
		return r.addKey(position, block.Type, der, block.Headers["DEK-Info"] != "", err)
	case "ENCRYPTED PRIVATE KEY":
		der, err := r.decryptPKCS8(block.Bytes)
		return r.addKey(position, block.Type, der, true, err)
	case "EC PARAMETERS": // openssl ecparam writes them before the key, which names its curve itself
	default:
		r.skip(position, block.Type, blockReason(block.Type))
	}
	return nil
}

// addKey takes a private key, or the error of its decryption. One that was decrypted into something else was so with the
// wrong password: padding alone does not tell.
func (r *importer) addKey(position int, kind string, der []byte, decrypted bool, err error) error {
	var key crypto.Signer
	if err == nil {
		key, err = parseKey(der)
	}
	if errors.Is(err, ErrPassword) || decrypted && errors.Is(err, errNoKey) {
		return ErrPassword
	}
	if err == nil {
		err = r.keep(key)
	}
	r.note(position, kind, err)
	return nil
}

func (r *importer) keep(key crypto.Signer) error {
	for _, other := range r.keys {
		if samePublic(other, key) {
			return nil
		}
	}
	if len(r.keys) == maxKeys {
		return mistakes.Errorf("more than %d private keys", maxKeys)
	}
	r.keys = append(r.keys, key)
	return nil
}

func (r *importer) addCertificate(der []byte) error {
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return mistakes.Errorf("this is no certificate: %w", err)
	}
	if err := checkPublicKey(cert.PublicKey); err != nil {
		return mistakes.Errorf("%s: %w", displayName(cert), err)
	}
	for _, other := range r.certificates {
		if other.Equal(cert) {
			return nil
		}
	}
	if len(r.certificates) == maxCertificates {
		return mistakes.Errorf("more than %d certificates", maxCertificates)
	}
	r.certificates = append(r.certificates, cert)
	return nil
}

func (r *importer) note(position int, kind string, err error) {
	if err != nil {
		r.skip(position, kind, err)
	}
}

func (r *importer) skip(position int, kind string, reason error) {
	r.skipped = append(r.skipped, Skipped{position, kind, reason})
}

// nothing is the error of a file of which nothing could be taken.
func (r *importer) nothing() error {
	const shown = 3
	if len(r.skipped) == 0 {
		return mistakes.New("there is no certificate and no private key in it")
	}
	reasons := r.skipped[0].Words()
	for _, s := range r.skipped[1:min(shown, len(r.skipped))] {
		reasons = mistakes.Errorf("%w; %w", reasons, s.Words())
	}
	if more := len(r.skipped) - shown; more > 0 {
		reasons = mistakes.Errorf("%w; and %d more", reasons, more)
	}
	return reasons
}

// plainText drops a byte order mark, and makes UTF-8 of the UTF-16 that Windows programs write.
func plainText(data []byte) []byte {
	if utf8Text, ok := bytes.CutPrefix(data, []byte("\xEF\xBB\xBF")); ok {
		return utf8Text
	}
	little, big := bytes.HasPrefix(data, []byte("\xFF\xFE")), bytes.HasPrefix(data, []byte("\xFE\xFF"))
	if !little && !big {
		return data
	}
	units := make([]uint16, 0, len(data)/2)
	for i := 2; i+1 < len(data); i += 2 {
		low, high := data[i], data[i+1]
		if big {
			low, high = high, low
		}
		units = append(units, uint16(high)<<8|uint16(low))
	}
	return []byte(string(utf16.Decode(units)))
}
