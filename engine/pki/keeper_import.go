package pki

import (
	"crypto"
	"slices"
	"time"

	"sluice/engine/mistakes"
	"sluice/engine/pki/seal"
)

// Imports is what Keeper.Import took of a file.
type Imports struct {
	// Entries are those that the file held: new ones, ones that got their private key, and ones that were kept before.
	Entries []Entry
	Skipped []Skipped
}

// Import keeps the certificates and private keys of a file, all or none; see Import for the forms, and ErrPassword. A
// certificate that may issue becomes an authority if its private key is there, and is trusted otherwise. Issuers that
// come with a certificate are kept with it, to be shown with it: they are not trusted for that. The first certificate is
// called name, unless that is empty.
func (k *Keeper) Import(name string, data []byte, password string) (Imports, error) {
	read, err := Import(data, password)
	if err != nil {
		return Imports{}, err
	}
	if !printable(name) {
		return Imports{}, mistakes.New("import: the name has characters that cannot be shown")
	}
	k.changing.Lock()
	defer k.changing.Unlock()
	in := &importing{draft: k.draft()}
	for i, pair := range read.Pairs {
		if i > 0 {
			name = ""
		}
		if err := in.take(pair, name); err != nil {
			return Imports{}, err
		}
	}
	skipped := slices.Clone(read.Skipped)
	for _, key := range read.Keys {
		found, err := in.takeKey(key)
		if err != nil {
			return Imports{}, err
		}
		if !found {
			skipped = append(skipped, Skipped{Reason: mistakes.New("a private key belongs to no certificate that is kept")})
		}
	}
	if len(in.all) == 0 {
		return Imports{}, mistakes.Errorf("import: %w", skipped[0].Words())
	}
	if len(in.certs) > 0 {
		if err := k.apply(in.change); err != nil {
			return Imports{}, mistakes.Errorf("import: %w", err)
		}
	}
	return Imports{Entries: k.entriesOf(in.all), Skipped: skipped}, nil
}

// importing is a change by an import.
type importing struct {
	*draft
	all []*certificate
}

func (in *importing) take(pair *Pair, name string) error {
	k := in.keeper
	old := k.certs[Fingerprint(pair.Chain[0].Raw)]
	if old != nil && (old.HasKey || pair.Key == nil) {
		in.all = append(in.all, old)
		return nil
	}
	c := newCertificate(pair.Chain[0], name)
	c.chain = pair.Chain[1:]
	if old != nil {
		kept := *old
		c = &kept
	} else if at, gone := k.gone[c.ID]; gone {
		c.Revoked = at
		if in.gone == nil {
			in.gone = map[string]time.Time{}
		}
		in.gone[c.ID] = time.Time{}
	}
	return in.keep(c, pair.Key)
}

// takeKey gives a private key to the certificate that it belongs to.
func (in *importing) takeKey(key crypto.Signer) (found bool, err error) {
	old := in.keeper.find(func(c *certificate) bool { return samePublicKey(c.cert, key) })
	if old == nil {
		return false, nil
	}
	if old.HasKey {
		in.all = append(in.all, old)
		return true, nil
	}
	c := *old
	return true, in.keep(&c, key)
}

func (in *importing) keep(c *certificate, key crypto.Signer) error {
	if key != nil {
		var box *seal.Box
		var err error
		if box, err = in.keeper.sealer(); err == nil {
			err = c.withKey(key, box)
		}
		if err != nil {
			return mistakes.Errorf("import %s: %w", c.Name, err)
		}
	}
	in.certs, in.all = append(in.certs, c), append(in.all, c)
	return nil
}
