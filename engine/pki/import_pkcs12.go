package pki

import (
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"fmt"

	"software.sslmate.com/src/go-pkcs12"
)

// maxPKCS12WithKey bounds PKCS #12 with a private key, which takes 10,000 bytes with a long chain: a key of many times
// the usual size takes minutes to check.
const maxPKCS12WithKey = 64 << 10

// readPKCS12 takes private keys with their certificates, or certificates only.
func (r *importer) readPKCS12(der []byte) error {
	if err := r.spendPKCS12(der); err != nil {
		return err
	}
	if !inBasicPlane(r.password) {
		return fmt.Errorf("the password has a character that PKCS #12 cannot take: %w", ErrPassword)
	}
	password := r.password
	if !hasMAC(der) {
		password = "" // as go-pkcs12 has it: such a file is not encrypted
	}
	certificates, err := pkcs12.DecodeTrustStore(der, password)
	if err == nil {
		r.addAll(certificates)
		return nil
	}
	if isPassword(err) {
		return passwordError(der)
	}
	if len(der) > maxPKCS12WithKey {
		return fmt.Errorf("PKCS #12 with a private key has %d bytes, and is read up to %d", len(der), maxPKCS12WithKey)
	}
	key, cert, issuers, err := pkcs12.DecodeChain(der, password)
	if isPassword(err) {
		return passwordError(der)
	}
	if err != nil {
		if other := r.readSafes(der); other != nil {
			return fmt.Errorf("reading PKCS #12: %w (%v)", err, other)
		}
		return nil
	}
	signer, err := checkKey(key)
	if err == nil {
		err = r.keep(signer)
	}
	r.note(0, "", err)
	r.addAll(append([]*x509.Certificate{cert}, issuers...))
	return nil
}

func (r *importer) addAll(certificates []*x509.Certificate) {
	for _, cert := range certificates {
		r.note(0, "", r.addCertificate(cert.Raw))
	}
}

func passwordError(der []byte) error {
	if !hasMAC(der) {
		return errors.New("PKCS #12 that is encrypted has to have a MAC: make it anew without -nomac")
	}
	return fmt.Errorf("reading PKCS #12: %w", ErrPassword)
}

func isPassword(err error) bool {
	return errors.Is(err, pkcs12.ErrIncorrectPassword) || errors.Is(err, pkcs12.ErrDecryption)
}

// spendPKCS12 adds up the rounds of key derivation that the file asks for wherever it can be seen without the password.
func (r *importer) spendPKCS12(der []byte) error {
	var total int
	var err error
	walkDER(der, 0, func(elements []asn1.RawValue) {
		for i := 1; i < len(elements) && err == nil; i++ {
			// The salt comes before the count, in PKCS #12's own derivation, in PBKDF2 and for the MAC alike.
			if elements[i-1].Tag != asn1.TagOctetString || elements[i].Tag != asn1.TagInteger || elements[i].Class != asn1.ClassUniversal {
				continue
			}
			var iterations int
			if _, bad := asn1.Unmarshal(elements[i].FullBytes, &iterations); bad != nil || iterations > maxIterations {
				err = fmt.Errorf("PKCS #12 with more than %d rounds of key derivation is not read", maxIterations)
			}
			total += max(iterations, 0)
		}
	})
	if err != nil {
		return err
	}
	return r.spend(max(total, 1))
}

// walkDER calls f with the elements of every SEQUENCE, also of those in OCTET STRINGs.
func walkDER(der []byte, depth int, f func([]asn1.RawValue)) {
	const maxDepth = 20
	if depth == maxDepth {
		return
	}
	var elements []asn1.RawValue
	for len(der) > 0 {
		var element asn1.RawValue
		rest, err := asn1.Unmarshal(der, &element)
		if err != nil {
			return
		}
		elements = append(elements, element)
		der = rest
	}
	f(elements)
	for _, element := range elements {
		if element.IsCompound || element.Class == asn1.ClassUniversal && element.Tag == asn1.TagOctetString {
			walkDER(element.Bytes, depth+1, f)
		}
	}
}
