package request

import (
	"crypto/x509"
	"fmt"
	"strings"

	"fyne.io/fyne/v2/lang"

	"sluice/engine/client"
	"sluice/engine/pki"
)

// What a request names besides kept certificates and keys.
const (
	pskPrefix       = "psk:"
	systemAuthority = "system"
	anyAuthority    = "any"
)

// resolver finds what a request shows and trusts among what Sluice keeps. It may be called from any goroutine.
type resolver struct{ keys func() *pki.Keeper }

// security is what to show and trust for the names of a request.
func (r resolver) security(identity, authority string) (*client.Security, error) {
	s := &client.Security{ConnectionID: true}
	keeper := r.keys()
	switch key, isPSK := strings.CutPrefix(identity, pskPrefix); {
	case identity == "":
	case keeper == nil:
		return nil, fmt.Errorf("%s", lang.L("there are no certificates and keys, because no state is kept"))
	case isPSK:
		psk, err := keeper.RevealPSK(key)
		if err != nil {
			return nil, fmt.Errorf("the pre-shared key %s: %w", key, err)
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

// trust sets who must have issued the server's certificate: without a name the authorities that Sluice keeps and those of
// the system.
func trust(s *client.Security, keeper *pki.Keeper, authority string) error {
	switch authority {
	case anyAuthority:
		s.SkipVerify = true
		return nil
	case systemAuthority:
		return nil
	}
	if authority != "" {
		if keeper == nil {
			return fmt.Errorf("%s", lang.L("there are no certificates and keys, because no state is kept"))
		}
		pair, err := pairOf(keeper, authority, isAuthority)
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
			if isAuthority(e) && e.Revoked.IsZero() {
				if pair, err := keeper.Pair(e.ID); err == nil {
					pool.AddCert(pair.Certificate())
				}
			}
		}
	}
	s.Authorities = pool
	return nil
}

func isAuthority(e pki.Entry) bool { return e.Kind == pki.Authority || e.Kind == pki.Trusted }

// pairOf finds a certificate by its name or the beginning of its ID.
func pairOf(keeper *pki.Keeper, name string, fits func(pki.Entry) bool) (*pki.Pair, error) {
	const least = 8 // digits of an ID
	for _, e := range keeper.Entries() {
		if fits(e) && (e.Name == name || len(name) >= least && strings.HasPrefix(e.ID, strings.ToLower(name))) {
			return keeper.Pair(e.ID)
		}
	}
	return nil, fmt.Errorf("%s", lang.L("no certificate of that use is called {{.Name}}", map[string]any{"Name": name}))
}
