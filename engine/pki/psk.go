package pki

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"sluice/engine/mistakes"
)

// maxPSKIdentity is what every implementation takes (RFC 4279, section 5.3).
const maxPSKIdentity = 128 // bytes

// preSharedKey is one that is kept.
type preSharedKey struct {
	PreSharedKey
	key    []byte // nil: locked
	sealed []byte
}

// preSharedKeyRecord is a pre-shared key on disk, without the key.
type preSharedKeyRecord struct {
	Bytes    int       `json:"bytes"`
	ClientID string    `json:"client_id,omitempty"`
	Created  time.Time `json:"created"`
}

func (p *preSharedKey) bytes() ([]byte, error) {
	return json.Marshal(preSharedKeyRecord{p.Bytes, p.ClientID, p.Created})
}

func readPreSharedKey(identity string, value []byte) (*preSharedKey, error) {
	var r preSharedKeyRecord
	if err := json.Unmarshal(value, &r); err != nil {
		return nil, err
	}
	return &preSharedKey{PreSharedKey: PreSharedKey{
		Identity: identity, Bytes: r.Bytes, ClientID: r.ClientID, Created: r.Created,
	}}, nil
}

// PSKs returns all pre-shared keys without the keys, ordered by identity.
func (k *Keeper) PSKs() []PreSharedKey {
	k.mu.RLock()
	defer k.mu.RUnlock()
	all := make([]PreSharedKey, 0, len(k.psks))
	for _, p := range k.psks {
		shown := p.PreSharedKey
		shown.LastUsed = k.handshakes.lastUsed(pskUse, p.Identity)
		all = append(all, shown)
	}
	slices.SortFunc(all, func(a, b PreSharedKey) int { return strings.Compare(a.Identity, b.Identity) })
	return all
}

// AddPSK keeps a pre-shared key of 1 to 64 bytes; see ParseKey, GenerateKey and Weak. With a clientID only that client ID may
// come with it. An identity that is kept gets the new key and client ID: new handshakes need it, living sessions stay.
func (k *Keeper) AddPSK(identity string, key []byte, clientID string) error {
	switch {
	case identity == "":
		return mistakes.New("add a pre-shared key: the identity is missing")
	case len(identity) > maxPSKIdentity:
		return mistakes.Errorf("add a pre-shared key: the identity is longer than %d bytes", maxPSKIdentity)
	case !printable(identity):
		return mistakes.New("add a pre-shared key: the identity has characters that cannot be shown")
	case len(key) == 0 || len(key) > MaxKey:
		return mistakes.Errorf("add a pre-shared key: the key has %d bytes, 1 to %d are allowed", len(key), MaxKey)
	}
	k.changing.Lock()
	defer k.changing.Unlock()
	box, err := k.sealer()
	if err != nil {
		return mistakes.Errorf("add pre-shared key %s: %w", identity, err)
	}
	p := &preSharedKey{
		PreSharedKey: PreSharedKey{Identity: identity, Bytes: len(key), ClientID: clientID, Created: time.Now().Truncate(time.Second)},
		key:          slices.Clone(key), sealed: box.Seal(key, pskLabel(identity)),
	}
	if err := k.apply(change{psks: []*preSharedKey{p}}); err != nil {
		return mistakes.Errorf("add pre-shared key %s: %w", identity, err)
	}
	return nil
}

// BindPSK lets only one client ID come with a pre-shared key; an empty one lets any. Who came with another must go, see
// OnRevoked.
func (k *Keeper) BindPSK(identity, clientID string) error {
	if err := k.bindPSK(identity, clientID); err != nil {
		return mistakes.Errorf("bind pre-shared key %s: %w", identity, err)
	}
	k.tellRevoked()
	return nil
}

func (k *Keeper) bindPSK(identity, clientID string) error {
	k.changing.Lock()
	defer k.changing.Unlock()
	old, there := k.psks[identity]
	if !there {
		return ErrNotKept
	}
	p := *old
	p.ClientID = clientID
	return k.apply(change{psks: []*preSharedKey{&p}})
}

// BoundClientID returns the only client ID that may come with a pre-shared key, or nothing.
func (k *Keeper) BoundClientID(identity string) string { return k.view.Load().bound[identity] }

// DeletePSK forgets a pre-shared key; who came with it must go, see OnRevoked. undo puts it back, unless the identity has
// a new key by then.
func (k *Keeper) DeletePSK(identity string) (undo func() error, err error) {
	p, err := k.deletePSK(identity)
	if err != nil {
		return nil, mistakes.Errorf("delete pre-shared key %s: %w", identity, err)
	}
	k.tellRevoked()
	return func() error {
		k.changing.Lock()
		defer k.changing.Unlock()
		if _, there := k.psks[identity]; there {
			return nil
		}
		if err := k.apply(change{psks: []*preSharedKey{p}}); err != nil {
			return mistakes.Errorf("take back the deletion of pre-shared key %s: %w", identity, err)
		}
		return nil
	}, nil
}

func (k *Keeper) deletePSK(identity string) (*preSharedKey, error) {
	k.changing.Lock()
	defer k.changing.Unlock()
	p, there := k.psks[identity]
	if !there {
		return nil, ErrNotKept
	}
	return p, k.apply(change{dropPS: []string{identity}})
}

// RevealPSK returns a copy of a pre-shared key, for a user who asked to see it.
func (k *Keeper) RevealPSK(identity string) ([]byte, error) {
	k.mu.RLock()
	defer k.mu.RUnlock()
	p, there := k.psks[identity]
	switch {
	case !there:
		return nil, mistakes.Errorf("pre-shared key %s: %w", identity, ErrNotKept)
	case p.key == nil && k.locked != nil:
		return nil, mistakes.Errorf("pre-shared key %s: %w", identity, k.locked)
	case p.key == nil:
		return nil, mistakes.Errorf("pre-shared key %s: its key cannot be opened", identity)
	}
	return slices.Clone(p.key), nil
}
