package pki

import (
	"bytes"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"time"
	"unicode/utf8"

	"sluice/engine/secure"
)

// maxDetail bounds what a refusal says of a certificate; see secure.Handshake.
const maxDetail = 256

// Verify checks the certificates that a client showed, its own first, against the authorities that are trusted. revoked is
// asked by the ID of each certificate on the way to the authority, that one's included. The error is a *secure.Refusal
// with the first reason that helps: an unknown authority is told before an expired certificate.
func Verify(chain, roots []*x509.Certificate, revoked func(id string) bool, now time.Time) error {
	if len(chain) == 0 {
		return refuse(secure.NoCertificate, "")
	}
	if len(chain) > maxChain {
		return refuse(secure.BadCertificate, "%d certificates are shown, and %d are read", len(chain), maxChain)
	}
	for _, cert := range chain {
		if err := checkPublicKey(cert.PublicKey); err != nil {
			return refuse(secure.BadCertificate, "%s: %v", displayName(cert), err)
		}
		if revoked(Fingerprint(cert.Raw)) {
			return refuse(secure.Revoked, "%s", secure.Subject(cert))
		}
	}
	leaf := chain[0]
	// The certificate's own time is told apart below: x509 looks at it before it looks for the authority.
	valid := earlier(later(now, leaf.NotBefore), leaf.NotAfter)
	paths, err := leaf.Verify(x509.VerifyOptions{
		Roots:         pool(roots),
		Intermediates: pool(chain[1:]),
		CurrentTime:   valid,
		KeyUsages:     []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	})
	if err != nil {
		return reason(err, chain, roots, valid)
	}
	if err := refuseTime(leaf, now); err != nil {
		return err
	}
	return anyNotRevoked(paths, revoked)
}

func pool(certificates []*x509.Certificate) *x509.CertPool {
	p := x509.NewCertPool()
	for _, cert := range certificates {
		p.AddCert(cert)
	}
	return p
}

// anyNotRevoked wants one path to an authority on which nothing is revoked.
func anyNotRevoked(paths [][]*x509.Certificate, revoked func(id string) bool) error {
	var culprit *x509.Certificate
	for _, path := range paths {
		i := slices.IndexFunc(path, func(cert *x509.Certificate) bool { return revoked(Fingerprint(cert.Raw)) })
		if i < 0 {
			return nil
		}
		culprit = path[i]
	}
	return refuse(secure.Revoked, "%s", secure.Subject(culprit))
}

// reason turns what x509 says into the reason that helps.
func reason(err error, chain, roots []*x509.Certificate, now time.Time) error {
	var invalid x509.CertificateInvalidError
	var unknown x509.UnknownAuthorityError
	switch {
	case errors.As(err, &invalid):
		return invalidReason(invalid, now)
	case errors.As(err, &unknown):
		return unknownReason(chain, roots)
	}
	return refuse(secure.BadCertificate, "%v", err)
}

func invalidReason(invalid x509.CertificateInvalidError, now time.Time) error {
	switch invalid.Reason {
	case x509.Expired:
		if err := refuseTime(invalid.Cert, now); err != nil {
			return err
		}
	case x509.IncompatibleUsage:
		return refuse(secure.WrongUsage, "")
	case x509.NotAuthorizedToSign:
		return refuse(secure.BadCertificate, "%s may not issue certificates", secure.Subject(invalid.Cert))
	}
	return refuse(secure.BadCertificate, "%v", invalid)
}

// unknownReason looks closer at what x509 found no way to an authority for: the name may be known and the key not, and
// the signature may be broken or of a kind that is no longer taken.
func unknownReason(chain, roots []*x509.Certificate) error {
	last := topOf(chain)
	switch last.SignatureAlgorithm {
	case x509.MD2WithRSA, x509.MD5WithRSA, x509.SHA1WithRSA, x509.ECDSAWithSHA1:
		return refuse(secure.BadCertificate, "%s is signed with %s, which is no longer safe", secure.Subject(last), last.SignatureAlgorithm)
	}
	issuer := secure.Issuer(last)
	for _, shown := range chain {
		if shown != last && bytes.Equal(shown.RawSubject, last.RawIssuer) && !isAuthority(shown) {
			return refuse(secure.BadCertificate, "%s may not issue certificates", issuer)
		}
	}
	for _, root := range roots {
		if !bytes.Equal(root.RawSubject, last.RawIssuer) {
			continue
		}
		if len(last.AuthorityKeyId) > 0 && bytes.Equal(root.SubjectKeyId, last.AuthorityKeyId) {
			return refuse(secure.BadCertificate, "the signature of %s on %s is wrong", issuer, secure.Subject(last))
		}
		return refuse(secure.UnknownAuthority, "%s, with another key than the one that is trusted", issuer)
	}
	return refuse(secure.UnknownAuthority, "%s", issuer)
}

// topOf is the last certificate that can be reached from the first one within what was shown: its issuer is the one
// that is missing.
func topOf(chain []*x509.Certificate) *x509.Certificate {
	path := chainOf(chain[0], issuersOf(chain))
	return path[len(path)-1]
}

func refuseTime(cert *x509.Certificate, now time.Time) error {
	switch {
	case now.After(cert.NotAfter):
		return refuse(secure.Expired, "%s, on %s", secure.Subject(cert), date(cert.NotAfter))
	case now.Before(cert.NotBefore):
		return refuse(secure.NotYetValid, "%s, from %s", secure.Subject(cert), date(cert.NotBefore))
	}
	return nil
}

func refuse(outcome secure.Outcome, format string, args ...any) error {
	detail := fmt.Sprintf(format, args...)
	for len(detail) > maxDetail {
		_, size := utf8.DecodeLastRuneInString(detail)
		detail = detail[:len(detail)-size]
	}
	return &secure.Refusal{Outcome: outcome, Detail: detail}
}
