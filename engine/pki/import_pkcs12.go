package pki

import (
	"crypto/x509"
	"encoding/asn1"
	"errors"

	"software.sslmate.com/src/go-pkcs12"

	"sluice/engine/mistakes"
)

// maxPKCS12WithKey bounds PKCS #12 with a private key, which takes 10,000 bytes with a long chain: a key of many times
// the usual size takes minutes to check.
const maxPKCS12WithKey = 64 << 10

// oidPKCS12PBE is what the algorithms of RFC 7292, appendix C, begin with.
var oidPKCS12PBE = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 12, 1}

// readPKCS12 takes private keys with their certificates, or certificates only.
func (r *importer) readPKCS12(der []byte) error {
	if err := r.spendPKCS12(der); err != nil {
		return err
	}
	if !inBasicPlane(r.password) {
		return mistakes.Errorf("the password has a character that PKCS #12 cannot take: %w", ErrPassword)
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
		return mistakes.Errorf("PKCS #12 with a private key has %d bytes, and is read up to %d", len(der), maxPKCS12WithKey)
	}
	key, cert, issuers, err := pkcs12.DecodeChain(der, password)
	if isPassword(err) {
		return passwordError(der)
	}
	if err != nil {
		if other := r.readSafes(der); other != nil {
			return mistakes.Errorf("reading PKCS #12: %w (%v)", err, other)
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
		return mistakes.New("PKCS #12 that is encrypted has to have a MAC: make it anew without -nomac")
	}
	return mistakes.Errorf("reading PKCS #12: %w", ErrPassword)
}

func isPassword(err error) bool {
	return errors.Is(err, pkcs12.ErrIncorrectPassword) || errors.Is(err, pkcs12.ErrDecryption)
}

// spendPKCS12 adds up the rounds of key derivation that the file asks for wherever that can be seen without the password:
// for the MAC, and in the parameters of each encryption.
func (r *importer) spendPKCS12(der []byte) error {
	var file pfx
	if _, err := asn1.Unmarshal(der, &file); err != nil {
		return mistakes.Errorf("reading PKCS #12: %w", err)
	}
	total := 1
	count := func(iterations asn1.RawValue) {
		n, ok := smallInteger(iterations)
		if !ok {
			n = maxIterations
		}
		total = min(total+max(n, 0), 2*maxIterations)
	}
	// MacData is what is authenticated, a salt, and the rounds.
	if mac := elementsOf(file.MAC.Bytes); len(mac) > 2 {
		count(mac[2])
	}
	walkDER(der, 0, func(elements []asn1.RawValue) {
		if len(elements) < 2 || !derivesKey(elements[0]) {
			return
		}
		// The parameters are a salt and the rounds, with PBKDF2 and with what PKCS #12 had before.
		if parameters := elementsOf(elements[1].Bytes); len(parameters) > 1 {
			count(parameters[1])
		}
	})
	return r.spend(total)
}

// derivesKey knows the identifiers of PBKDF2 and of PKCS #12's own algorithms (RFC 7292, appendix C).
func derivesKey(element asn1.RawValue) bool {
	var oid asn1.ObjectIdentifier
	if _, err := asn1.Unmarshal(element.FullBytes, &oid); err != nil {
		return false
	}
	return oid.Equal(oidPBKDF2) || len(oid) > 0 && oid[:len(oid)-1].Equal(oidPKCS12PBE)
}

// smallInteger is the value of an INTEGER that is not huge; what is no INTEGER counts nothing, since nothing reads it.
func smallInteger(element asn1.RawValue) (int, bool) {
	if element.Class != asn1.ClassUniversal || element.Tag != asn1.TagInteger {
		return 0, true
	}
	var n int32
	_, err := asn1.Unmarshal(element.FullBytes, &n)
	return int(n), err == nil
}

// walkDER calls f with the elements of every value that has some, also of those in OCTET STRINGs.
func walkDER(der []byte, depth int, f func([]asn1.RawValue)) {
	const maxDepth = 20
	if depth == maxDepth {
		return
	}
	elements := elementsOf(der)
	f(elements)
	for _, element := range elements {
		if element.IsCompound || element.Class == asn1.ClassUniversal && element.Tag == asn1.TagOctetString {
			walkDER(element.Bytes, depth+1, f)
		}
	}
}

// elementsOf are the values one after the other, up to the first that is none.
func elementsOf(der []byte) []asn1.RawValue {
	var elements []asn1.RawValue
	for len(der) > 0 {
		var element asn1.RawValue
		rest, err := asn1.Unmarshal(der, &element)
		if err != nil {
			break
		}
		elements = append(elements, element)
		der = rest
	}
	return elements
}
