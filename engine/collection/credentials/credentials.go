// Package credentials finds what "with identity" and "with authority" of a collection name among the certificates and keys
// that Sluice keeps.
package credentials

import (
	"crypto/x509"
	"strings"

	"sluice/engine/client"
	"sluice/engine/mistakes"
	"sluice/engine/pki"
)

// What a request may name besides certificates.
const (
	PSKPrefix       = "psk:"   // before the identity of a pre-shared key
	SystemAuthority = "system" // only those that the system trusts
	AnyAuthority    = "any"    // the server's certificate is not checked
)

var errNoKeeper = mistakes.New("there are no certificates and keys, because no state is kept")

// Kept reports whether an identity or an authority is one that is kept.
func Kept(identity, authority string) bool {
	return identity != "" || authority != "" && authority != SystemAuthority && authority != AnyAuthority
}

// Security is what to show and trust for the names of a request. An empty identity shows nothing, an empty authority is any
// of those that are kept or that the system trusts. keeper may be nil if nothing that is kept is named.
func Security(keeper *pki.Keeper, identity, authority string) (*client.Security, error) {
	s := &client.Security{ConnectionID: true}
	switch key, isPSK := strings.CutPrefix(identity, PSKPrefix); {
	case identity == "":
	case keeper == nil:
		return nil, errNoKeeper
	case isPSK:
		psk, err := keeper.RevealPSK(key)
		if err != nil {
			return nil, mistakes.Errorf("the pre-shared key %s: %w", key, err)
		}
		s.PSKIdentity, s.PSK = key, psk
		return s, nil
	default:
		pair, err := pairOf(keeper, identity, func(e pki.Entry) bool { return e.HasKey && e.Revoked.IsZero() })
		if err != nil {
			return nil, err
		}
		s.Certificate = pair.TLS()
	}
	return s, trust(s, keeper, authority)
}

// trust sets who must have issued the server's certificate.
func trust(s *client.Security, keeper *pki.Keeper, authority string) error {
	switch authority {
	case AnyAuthority:
		s.SkipVerify = true
		return nil
	case SystemAuthority:
		return nil
	}
	if authority != "" {
		if keeper == nil {
			return errNoKeeper
		}
		pair, err := pairOf(keeper, authority, IsAuthority)
		if err != nil {
			return err
		}
		s.Authorities = x509.NewCertPool()
		s.Authorities.AddCert(pair.Certificate())
		return nil
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool() // a system without authorities
	}
	if keeper != nil {
		for _, e := range keeper.Entries() {
			if IsAuthority(e) && e.Revoked.IsZero() {
				if pair, err := keeper.Pair(e.ID); err == nil {
					pool.AddCert(pair.Certificate())
				}
			}
		}
	}
	s.Authorities = pool
	return nil
}

// IsAuthority reports whether a certificate is for what servers are checked against.
func IsAuthority(e pki.Entry) bool { return e.Kind == pki.Authority || e.Kind == pki.Trusted }

// pairOf finds a certificate by its name or the beginning of its ID.
func pairOf(keeper *pki.Keeper, name string, fits func(pki.Entry) bool) (*pki.Pair, error) {
	const least = 8 // digits of an ID
	for _, e := range keeper.Entries() {
		if fits(e) && (e.Name == name || len(name) >= least && strings.HasPrefix(e.ID, strings.ToLower(name))) {
			return keeper.Pair(e.ID)
		}
	}
	return nil, mistakes.Errorf("no certificate of that use is called %s", name)
}
