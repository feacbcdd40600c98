package pki

import (
	"crypto"
	"crypto/x509"
	"slices"
)

const (
	// maxCandidates bounds how many certificates of one name are tried as an issuer: each try verifies a signature.
	maxCandidates = 8
	maxChain      = 10
)

// pairs joins certificates with their keys and issuers, in the order of the file. Every certificate is in a chain.
func (r *importer) pairs() []*Pair {
	issuers := issuersOf(r.certificates)
	issued := map[*x509.Certificate]bool{}
	for _, issuer := range issuers {
		issued[issuer] = true
	}
	chains := map[*x509.Certificate]*Pair{}
	placed := map[*x509.Certificate]bool{}
	begin := func(cert *x509.Certificate) {
		pair := &Pair{Chain: chainOf(cert, issuers), Key: r.keyOf(cert)}
		chains[cert] = pair
		for _, member := range pair.Chain {
			placed[member] = true
		}
	}
	for _, cert := range r.certificates {
		if !issued[cert] || r.keyOf(cert) != nil {
			begin(cert)
		}
	}
	for _, cert := range r.certificates {
		if !placed[cert] { // authorities that issued each other, or a chain that is cut
			begin(cert)
		}
	}
	pairs := make([]*Pair, 0, len(chains))
	for _, cert := range r.certificates {
		if pair := chains[cert]; pair != nil {
			pairs = append(pairs, pair)
		}
	}
	return pairs
}

func (r *importer) keyOf(cert *x509.Certificate) crypto.Signer {
	for _, key := range r.keys {
		if samePublicKey(cert, key) {
			return key
		}
	}
	return nil
}

// loose are the keys without a certificate.
func (r *importer) loose() []crypto.Signer {
	return slices.DeleteFunc(slices.Clone(r.keys), func(key crypto.Signer) bool {
		return slices.ContainsFunc(r.certificates, func(cert *x509.Certificate) bool { return samePublicKey(cert, key) })
	})
}

// issuersOf finds for each certificate the one that signed it, if it is another one.
func issuersOf(certificates []*x509.Certificate) map[*x509.Certificate]*x509.Certificate {
	named := map[string][]*x509.Certificate{}
	for _, cert := range certificates {
		name := string(cert.RawSubject)
		if len(named[name]) < maxCandidates {
			named[name] = append(named[name], cert)
		}
	}
	issuers := map[*x509.Certificate]*x509.Certificate{}
	for _, cert := range certificates {
		if SelfSigned(cert) {
			continue
		}
		for _, candidate := range named[string(cert.RawIssuer)] {
			if candidate != cert && cert.CheckSignatureFrom(candidate) == nil {
				issuers[cert] = candidate
				break
			}
		}
	}
	return issuers
}

func chainOf(cert *x509.Certificate, issuers map[*x509.Certificate]*x509.Certificate) []*x509.Certificate {
	chain := []*x509.Certificate{cert}
	for len(chain) < maxChain {
		issuer := issuers[chain[len(chain)-1]]
		if issuer == nil || slices.Contains(chain, issuer) {
			break
		}
		chain = append(chain, issuer)
	}
	return chain
}
