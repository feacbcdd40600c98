package secure

import (
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/hex"
	"fmt"
	"strings"
)

// Subject is the distinguished name of a certificate as RFC 2253 writes it, the last part first as EMQX and OpenSSL do
// (-nameopt RFC2253), such as "CN=sensor-17,O=Workbench".
func Subject(cert *x509.Certificate) string { return distinguishedName(cert.RawSubject) }

// Issuer is the distinguished name of a certificate's issuer; see Subject.
func Issuer(cert *x509.Certificate) string { return distinguishedName(cert.RawIssuer) }

// Fingerprint is the SHA-256 of a certificate (DER) in lower-case hex.
func Fingerprint(der []byte) string {
	sum := sha256.Sum256(der)
	return hex.EncodeToString(sum[:])
}

// CertificateIdentity is the part of an Identity that a certificate proves.
func CertificateIdentity(cert *x509.Certificate) Identity {
	return Identity{Subject: Subject(cert), CommonName: cert.Subject.CommonName, Fingerprint: Fingerprint(cert.Raw)}
}

// attributes are the names of RFC 2253, section 2.3, and those that OpenSSL adds.
var attributes = map[string]string{
	"2.5.4.3": "CN", "2.5.4.4": "SN", "2.5.4.5": "serialNumber", "2.5.4.6": "C", "2.5.4.7": "L", "2.5.4.8": "ST",
	"2.5.4.9": "street", "2.5.4.10": "O", "2.5.4.11": "OU", "2.5.4.12": "title", "2.5.4.17": "postalCode", "2.5.4.42": "GN",
	"2.5.4.46": "dnQualifier", "0.9.2342.19200300.100.1.1": "UID", "0.9.2342.19200300.100.1.25": "DC",
	"1.2.840.113549.1.9.1": "emailAddress",
}

// distinguishedName keeps the order of the certificate: pkix.Name, which x509 offers, has one of its own.
func distinguishedName(raw []byte) string {
	var sequence pkix.RDNSequence
	if rest, err := asn1.Unmarshal(raw, &sequence); err != nil || len(rest) > 0 {
		return "#" + hex.EncodeToString(raw)
	}
	parts := make([]string, 0, len(sequence))
	for i := len(sequence) - 1; i >= 0; i-- {
		var values []string
		for _, attribute := range sequence[i] {
			values = append(values, attributeText(attribute))
		}
		parts = append(parts, strings.Join(values, "+"))
	}
	return strings.Join(parts, ",")
}

func attributeText(a pkix.AttributeTypeAndValue) string {
	name, known := attributes[a.Type.String()]
	if !known {
		name = a.Type.String()
	}
	if value, ok := a.Value.(string); ok {
		return name + "=" + escapeValue(value)
	}
	if der, err := asn1.Marshal(a.Value); err == nil {
		return name + "=#" + hex.EncodeToString(der)
	}
	return name + "=?"
}

// escapeValue follows RFC 2253, section 2.4. Control characters, which could draw over a terminal or a log, are escaped
// as hex pairs.
func escapeValue(value string) string {
	var b strings.Builder
	for i, r := range value {
		last := i+len(string(r)) == len(value)
		switch {
		case strings.ContainsRune(`,+"\<>;`, r), r == '#' && i == 0, r == ' ' && (i == 0 || last):
			b.WriteByte('\\')
			b.WriteRune(r)
		case r < ' ' || r == 0x7f:
			fmt.Fprintf(&b, `\%02X`, r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
