package pki

import (
	"slices"
	"time"

	"sluice/engine/mistakes"
)

// generatedKey is how long the keys of devices are, in bytes (RFC 7925, section 4.2, uses suites of 128 bits).
const generatedKey = 16

// PairEach returns a certificate with its key for each device that is named. A good one that is kept of the newest authority
// is taken; what is missing is issued and kept, all or nothing.
func (k *Keeper) PairEach(devices []string) ([]*Pair, error) {
	k.changing.Lock()
	defer k.changing.Unlock()
	pairs, err := k.pairEach(devices)
	if err != nil {
		return nil, mistakes.Errorf("issue a certificate each: %w", err)
	}
	return pairs, nil
}

func (k *Keeper) pairEach(devices []string) ([]*Pair, error) {
	d := k.draft()
	authority := d.current()
	if authority == nil {
		return nil, ErrNoAuthority
	}
	box, err := k.sealer()
	if err != nil {
		return nil, err
	}
	kept := k.clientsOf(authority)
	all := make([]*certificate, len(devices))
	for i, name := range devices {
		if all[i] = kept[name]; all[i] != nil {
			continue
		}
		if all[i], err = d.issue(Request{Name: name, Kind: Client}); err != nil {
			return nil, err
		}
		kept[name] = all[i]
	}
	if len(d.certs) > 0 {
		if err := k.apply(d.change); err != nil {
			return nil, err
		}
	}
	pairs := make([]*Pair, len(all))
	for i, c := range all {
		if pairs[i], err = k.pair(c, box); err != nil {
			return nil, err
		}
	}
	return pairs, nil
}

// clientsOf are the good certificates of clients that an authority issued, the newest of each name, for who holds changing.
func (k *Keeper) clientsOf(authority *certificate) map[string]*certificate {
	found, now := map[string]*certificate{}, time.Now()
	for _, c := range k.certs {
		if c.Kind != Client || c.IssuerID != authority.ID || !c.HasKey || !c.good(now) {
			continue
		}
		name := c.cert.Subject.CommonName
		if other := found[name]; other == nil || newer(c, other) {
			found[name] = c
		}
	}
	return found
}

// PSKEach returns a pre-shared key for each device that is named, which is its identity. One that is kept is taken; what is
// missing is generated and kept, all or nothing, so that only the client ID of that name may come with it.
func (k *Keeper) PSKEach(devices []string) ([][]byte, error) {
	k.changing.Lock()
	defer k.changing.Unlock()
	keys, err := k.pskEach(devices)
	if err != nil {
		return nil, mistakes.Errorf("make a pre-shared key each: %w", err)
	}
	return keys, nil
}

func (k *Keeper) pskEach(devices []string) ([][]byte, error) {
	box, err := k.sealer()
	if err != nil {
		return nil, err
	}
	var c change
	keys := make([][]byte, len(devices))
	for i, name := range devices {
		if p, there := k.psks[name]; there {
			if p.key == nil {
				return nil, mistakes.Errorf("pre-shared key %s: %w", name, mistakes.New("its key cannot be opened"))
			}
			keys[i] = slices.Clone(p.key)
			continue
		}
		key, err := GenerateKey(generatedKey)
		if err != nil {
			return nil, err
		}
		keys[i] = key
		c.psks = append(c.psks, &preSharedKey{
			PreSharedKey: PreSharedKey{Identity: name, Bytes: len(key), ClientID: name, Created: time.Now().Truncate(time.Second)},
			key:          slices.Clone(key), sealed: box.Seal(key, pskLabel(name)),
		})
	}
	if len(c.psks) == 0 {
		return keys, nil
	}
	return keys, k.apply(c)
}
