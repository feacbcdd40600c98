package keys

import (
	"crypto/x509"

	"sluice/engine/client"
	"sluice/engine/device"
	"sluice/engine/mistakes"
	"sluice/engine/pki"
)

// Kind says what devices show.
type Kind uint8

// Kinds.
const (
	Certificate     Kind = iota // all the same kept certificate
	PSK                         // all the same kept pre-shared key
	CertificateEach             // each one of its own, issued by the newest authority for its name
	PSKEach                     // each one of its own, with its name as the identity and its only client ID
)

// Choice is what devices show and trust.
type Choice struct {
	Kind Kind
	// Name is the ID of a certificate, or the identity of a pre-shared key; empty for one each.
	Name string
	// AnyServer takes any certificate of the gateway.
	AnyServer bool
}

// ErrNoKeys says that nothing is kept.
var ErrNoKeys = mistakes.New("there are no certificates and keys, because no state is kept")

// Of makes credentials of what k, which may be nil, keeps. One that all show is looked up at once; what each needs of its
// own is made when the devices connect. Of fails where k is locked, or nothing could be made.
func Of(k *pki.Keeper, c Choice) (device.Credentials, error) {
	if k == nil {
		return nil, ErrNoKeys
	}
	if err := k.Locked(); err != nil {
		return nil, mistakes.Errorf("private keys are locked: %w", err)
	}
	switch c.Kind {
	case PSK:
		key, err := k.RevealPSK(c.Name)
		if err != nil {
			return nil, err
		}
		return device.SharedSecurity{Security: client.Security{PSKIdentity: c.Name, PSK: key, ConnectionID: true}}, nil
	case PSKEach:
		return newEach(func(names []string) ([]*client.Security, error) { return pskEach(k, names) }), nil
	}
	trusted, err := authorities(k)
	if err != nil {
		return nil, err
	}
	basis := client.Security{Authorities: trusted, SkipVerify: c.AnyServer, ConnectionID: true}
	if c.Kind == CertificateEach {
		if !CanIssue(k) {
			return nil, pki.ErrNoAuthority
		}
		return newEach(func(names []string) ([]*client.Security, error) { return certificateEach(k, basis, names) }), nil
	}
	pair, err := k.Pair(c.Name)
	if err != nil {
		return nil, err
	}
	if pair.Key == nil {
		return nil, mistakes.Errorf("the private key of %s is not kept", pair.Certificate().Subject.CommonName)
	}
	basis.Certificate = pair.TLS()
	return device.SharedSecurity{Security: basis}, nil
}

// CanIssue reports whether k keeps an authority that is good, with its key.
func CanIssue(k *pki.Keeper) bool {
	for _, e := range k.Entries() {
		if e.Kind == pki.Authority && e.HasKey && e.Revoked.IsZero() {
			return true
		}
	}
	return false
}

// authorities are those that k keeps and those of the system.
func authorities(k *pki.Keeper) (*x509.CertPool, error) {
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool() // a system without authorities
	}
	for _, e := range k.Entries() {
		if e.Kind != pki.Authority && e.Kind != pki.Trusted || !e.Revoked.IsZero() {
			continue
		}
		pair, err := k.Pair(e.ID)
		if err != nil {
			return nil, err
		}
		pool.AddCert(pair.Certificate())
	}
	return pool, nil
}

func pskEach(k *pki.Keeper, names []string) ([]*client.Security, error) {
	keys, err := k.PSKEach(names)
	if err != nil {
		return nil, err
	}
	all := make([]*client.Security, len(names))
	for i, name := range names {
		all[i] = &client.Security{PSKIdentity: name, PSK: keys[i], ConnectionID: true}
	}
	return all, nil
}

func certificateEach(k *pki.Keeper, basis client.Security, names []string) ([]*client.Security, error) {
	pairs, err := k.PairEach(names)
	if err != nil {
		return nil, err
	}
	all := make([]*client.Security, len(names))
	for i, pair := range pairs {
		own := basis
		own.Certificate = pair.TLS()
		all[i] = &own
	}
	return all, nil
}

// IssuedBy makes credentials of which nothing is kept: each device gets a certificate that the authority issues for its
// name.
func IssuedBy(authority *pki.Pair, basis client.Security) device.Credentials {
	return newEach(func(names []string) ([]*client.Security, error) {
		all := make([]*client.Security, len(names))
		for i, name := range names {
			pair, err := authority.Issue(pki.Request{Name: name, Kind: pki.Client})
			if err != nil {
				return nil, err
			}
			own := basis
			own.Certificate = pair.TLS()
			all[i] = &own
		}
		return all, nil
	})
}
