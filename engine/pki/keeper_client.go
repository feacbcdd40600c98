package pki

import "sluice/engine/mistakes"

// Pair returns a kept certificate with its issuers, and with its private key where that is kept, for a client that shows
// it or trusts it.
func (k *Keeper) Pair(id string) (*Pair, error) {
	pair, _, err := k.exported(id)
	if err != nil {
		return nil, mistakes.Errorf("taking a certificate: %w", err)
	}
	return pair, nil
}
