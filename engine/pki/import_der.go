package pki

import (
	"bytes"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"

	"sluice/engine/mistakes"
)

// Object identifiers that tell files apart.
var (
	oidData       = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 1}
	oidSignedData = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 2}
)

// readDER takes a file that begins as DER does: certificates one after the other, one private key, or PKCS #12.
func (r *importer) readDER(data []byte) error {
	if bytes.HasPrefix(data, []byte{0x30, 0x80}) {
		return mistakes.New("this is BER with lengths left open, which is not read: make PEM of it, with openssl pkcs12 -in FILE -out out.pem if it is PKCS #12")
	}
	first := firstElement(data)
	if len(first) == 0 {
		return mistakes.New("this begins as DER does, but is cut or was changed")
	}
	switch {
	case isCertificate(first):
		return r.readCertificates(data)
	case isPFX(first):
		return r.readPKCS12(first)
	case isEncryptedKey(first):
		der, err := r.decryptPKCS8(first)
		return r.addKey(0, "", der, true, err)
	case isPrivateKey(first):
		return r.addKey(0, "", first, false, nil)
	}
	return whatDERIs(first)
}

func (r *importer) readCertificates(data []byte) error {
	for len(data) > 0 {
		der := firstElement(data)
		if len(der) == 0 {
			r.skip(0, "", mistakes.New("what follows the certificate is no DER"))
			return nil
		}
		r.note(0, "", r.addCertificate(der))
		data = data[len(der):]
	}
	return nil
}

// whatDERIs says what DER is that holds nothing that is taken.
func whatDERIs(der []byte) error {
	if _, err := x509.ParseCertificateRequest(der); err == nil {
		return mistakes.Errorf("%s", isRequest)
	}
	if _, err := x509.ParseRevocationList(der); err == nil {
		return mistakes.Errorf("%s", isCRL)
	}
	if _, err := x509.ParsePKIXPublicKey(der); err == nil {
		return mistakes.Errorf("%s", isPublicKey)
	}
	if _, err := x509.ParsePKCS1PublicKey(der); err == nil {
		return mistakes.Errorf("%s", isPublicKey)
	}
	var content struct {
		Type asn1.ObjectIdentifier
		Rest asn1.RawValue `asn1:"optional"`
	}
	if _, err := asn1.Unmarshal(der, &content); err == nil && content.Type.Equal(oidSignedData) {
		return mistakes.Errorf("%s", isPKCS7)
	}
	return mistakes.New("this is DER, but neither a certificate, a private key nor PKCS #12")
}

// firstElement is the first value of DER with its tag and length; none if it is cut.
func firstElement(data []byte) []byte {
	var element asn1.RawValue
	if _, err := asn1.Unmarshal(data, &element); err != nil {
		return nil
	}
	return element.FullBytes
}

// isCertificate knows certificates, and what was to be one: SEQUENCE of a SEQUENCE that begins with a version, a
// serial number, and an algorithm (RFC 5280, section 4.1).
func isCertificate(der []byte) bool {
	var c struct {
		TBS struct {
			Version   int `asn1:"optional,explicit,default:0,tag:0"`
			Serial    asn1.RawValue
			Algorithm pkix.AlgorithmIdentifier
			Issuer    asn1.RawValue
			Validity  struct{ NotBefore, NotAfter asn1.RawValue }
			Subject   asn1.RawValue
			PublicKey asn1.RawValue
		}
		Algorithm pkix.AlgorithmIdentifier
		Signature asn1.BitString
	}
	_, err := asn1.Unmarshal(der, &c)
	return err == nil && c.TBS.Serial.Tag == asn1.TagInteger
}

// pfx is PKCS #12 (RFC 7292, section 4).
type pfx struct {
	Version int
	Safe    struct {
		Type    asn1.ObjectIdentifier
		Content asn1.RawValue `asn1:"optional"`
	}
	MAC asn1.RawValue `asn1:"optional"`
}

// isPFX tells PKCS #12 from a private key by its kind of content.
func isPFX(der []byte) bool {
	var p pfx
	_, err := asn1.Unmarshal(der, &p)
	return err == nil && p.Version == 3 && (p.Safe.Type.Equal(oidData) || p.Safe.Type.Equal(oidSignedData))
}

func hasMAC(der []byte) bool {
	var p pfx
	_, err := asn1.Unmarshal(der, &p)
	return err == nil && len(p.MAC.FullBytes) > 0
}

func isEncryptedKey(der []byte) bool {
	var info encryptedKeyInfo
	_, err := asn1.Unmarshal(der, &info)
	return err == nil
}

// isPrivateKey knows PKCS #8 (RFC 5958), SEC 1 (RFC 5915) and PKCS #1 (RFC 8017, appendix A.1.2) by how they begin.
func isPrivateKey(der []byte) bool {
	var pkcs8 struct {
		Version   int
		Algorithm pkix.AlgorithmIdentifier
		Key       []byte
		Rest      []asn1.RawValue `asn1:"optional,tag:0"`
		Public    asn1.RawValue   `asn1:"optional,tag:1"`
	}
	if _, err := asn1.Unmarshal(der, &pkcs8); err == nil {
		return true
	}
	var sec1 struct {
		Version    int
		Key        []byte
		Parameters asn1.RawValue `asn1:"optional,explicit,tag:0"`
		Public     asn1.RawValue `asn1:"optional,explicit,tag:1"`
	}
	if _, err := asn1.Unmarshal(der, &sec1); err == nil {
		return true
	}
	var pkcs1 []asn1.RawValue
	_, err := asn1.Unmarshal(der, &pkcs1)
	return err == nil && len(pkcs1) >= 9 && pkcs1[0].Tag == asn1.TagInteger && pkcs1[8].Tag == asn1.TagInteger
}
