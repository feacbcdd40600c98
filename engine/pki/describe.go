package pki

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"fmt"
	"math/big"
	"slices"
	"strings"

	"sluice/engine/secure"
)

// Describe is a certificate's entry, all but Name, IssuerID, HasKey and Revoked. One that may issue is Trusted: whether it
// is an Authority depends on its key.
func Describe(cert *x509.Certificate) Entry {
	return Entry{
		ID:        secure.Fingerprint(cert.Raw),
		Kind:      kindOf(cert),
		Subject:   secure.Subject(cert),
		Issuer:    secure.Issuer(cert),
		Serial:    colons(cert.SerialNumber),
		Key:       keyName(cert),
		Names:     alternativeNames(cert),
		Usages:    usages(cert),
		NotBefore: cert.NotBefore,
		NotAfter:  cert.NotAfter,
	}
}

// kindOf tells servers from clients by the extended key usage, and where that allows both by whether there is a name
// that clients could look for.
func kindOf(cert *x509.Certificate) Kind {
	server, client := mayBe(cert, x509.ExtKeyUsageServerAuth), mayBe(cert, x509.ExtKeyUsageClientAuth)
	switch {
	case isAuthority(cert):
		return Trusted
	case server && (!client || len(cert.DNSNames)+len(cert.IPAddresses) > 0):
		return Server
	}
	return Client
}

// isAuthority takes roots of before version 3 too, which cannot say what they are.
func isAuthority(cert *x509.Certificate) bool {
	return cert.IsCA || cert.Version < 3 && SelfSigned(cert)
}

// mayBe reports whether a certificate may be used so; one without extended key usages may be used for all.
func mayBe(cert *x509.Certificate, usage x509.ExtKeyUsage) bool {
	if len(cert.ExtKeyUsage)+len(cert.UnknownExtKeyUsage) == 0 {
		return true
	}
	return slices.Contains(cert.ExtKeyUsage, usage) || slices.Contains(cert.ExtKeyUsage, x509.ExtKeyUsageAny)
}

func colons(serial *big.Int) string {
	digits := serial.Text(16)
	sign := ""
	if strings.HasPrefix(digits, "-") {
		sign, digits = "-", digits[1:]
	}
	if len(digits)%2 == 1 {
		digits = "0" + digits
	}
	pairs := make([]string, 0, len(digits)/2)
	for i := 0; i < len(digits); i += 2 {
		pairs = append(pairs, digits[i:i+2])
	}
	return sign + strings.Join(pairs, ":")
}

func keyName(cert *x509.Certificate) string {
	switch key := cert.PublicKey.(type) {
	case *ecdsa.PublicKey:
		return key.Curve.Params().Name
	case *rsa.PublicKey:
		return fmt.Sprintf("RSA %d", key.N.BitLen())
	case ed25519.PublicKey:
		return "Ed25519"
	}
	return cert.PublicKeyAlgorithm.String()
}

func alternativeNames(cert *x509.Certificate) []string {
	names := slices.Clone(cert.DNSNames)
	for _, address := range cert.IPAddresses {
		names = append(names, address.String())
	}
	for _, uri := range cert.URIs {
		names = append(names, uri.String())
	}
	return append(names, cert.EmailAddresses...)
}

func usages(cert *x509.Certificate) []string {
	var usages []string
	if isAuthority(cert) {
		usages = append(usages, "issuing certificates")
	}
	for _, usage := range cert.ExtKeyUsage {
		switch usage {
		case x509.ExtKeyUsageAny:
			usages = append(usages, "any")
		case x509.ExtKeyUsageClientAuth:
			usages = append(usages, "client authentication")
		case x509.ExtKeyUsageServerAuth:
			usages = append(usages, "server authentication")
		}
	}
	return usages
}
