package main

import (
	"io"

	"sluice/engine/client"
	"sluice/engine/collection/credentials"
	"sluice/engine/pki"
	"sluice/engine/store"
)

// keptSecurity is what requests show and trust: what their files name of the state file, and else what the flags say. The
// state file is opened when a request first names something of it.
type keptSecurity struct {
	certificates
	flags  *client.Security
	stderr io.Writer
	store  *store.Store // nil: not opened
	keys   *pki.Keeper
}

// of is what to show and trust for the names of a request.
func (k *keptSecurity) of(identity, authority string) (*client.Security, error) {
	if identity == "" && authority == "" {
		return k.flags, nil
	}
	if credentials.Kept(identity, authority) && k.store == nil {
		var err error
		if k.store, k.keys, err = k.keeper(k.stderr, false); err != nil {
			return nil, err
		}
	}
	s, err := credentials.Security(k.keys, identity, authority)
	if err != nil {
		return nil, withHint(err)
	}
	if identity == "" {
		s.Certificate, s.PSKIdentity, s.PSK = k.flags.Certificate, k.flags.PSKIdentity, k.flags.PSK
	}
	if authority == "" && k.flags.Authorities != nil {
		s.Authorities = k.flags.Authorities
	}
	s.SkipVerify = s.SkipVerify || k.flags.SkipVerify
	return s, nil
}

// close closes the state file if it was opened.
func (k *keptSecurity) close() error {
	if k.store == nil {
		return nil
	}
	return k.store.Close()
}
