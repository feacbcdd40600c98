package pki

import (
	"crypto/x509"

	"sluice/engine/mistakes"
)

// Export returns the files of a certificate, with its private key if that is kept, and with the authority that its peer
// has to trust: of a client's that of the server's certificate, of any other the root of its own. See Pair.Export.
func (k *Keeper) Export(id string, f Format, o ExportOptions) ([]File, error) {
	pair, authority, err := k.exported(id)
	if err != nil {
		return nil, mistakes.Errorf("export: %w", err)
	}
	return pair.Export(f, authority, o)
}

func (k *Keeper) exported(id string) (*Pair, *x509.Certificate, error) {
	k.mu.RLock()
	defer k.mu.RUnlock()
	c, there := k.certs[id]
	if !there {
		return nil, nil, ErrNotKept
	}
	pair := &Pair{Chain: k.chain(c)}
	if c.HasKey {
		if k.locked != nil {
			return nil, nil, mistakes.Errorf("the private key of %s: %w", c.Name, k.locked)
		}
		var err error
		if pair.Key, err = c.unseal(k.box); err != nil {
			return nil, nil, err
		}
	}
	root := pair.Chain
	if c.Kind == Client {
		if server := k.find(func(c *certificate) bool { return c.Kind == Server && c.HasKey && c.Revoked.IsZero() }); server != nil {
			root = k.chain(server)
		}
	}
	if last := root[len(root)-1]; isAuthority(last) {
		return pair, last, nil
	}
	return pair, nil, nil
}

// ExportPSK returns the files of a pre-shared key; see the function ExportPSK.
func (k *Keeper) ExportPSK(identity string, f Format, o ExportOptions) ([]File, error) {
	key, err := k.RevealPSK(identity)
	if err != nil {
		return nil, mistakes.Errorf("export: %w", err)
	}
	defer clear(key)
	return ExportPSK(identity, key, f, o)
}
