package pki

import (
	"context"
	"errors"

	"sluice/engine/mistakes"
	"sluice/engine/pki/seal"
	"sluice/engine/store"
)

// ownKeyFile is where the key file of this state file is unless told otherwise.
func (k *Keeper) ownKeyFile() string { return k.store.Path() + ".key" }

// SealedBy says where the key is that seals private keys; Nowhere as long as none was sealed.
func (k *Keeper) SealedBy() seal.Kept {
	k.mu.RLock()
	defer k.mu.RUnlock()
	switch {
	case k.box != nil:
		return k.box.Kept()
	case k.record != nil:
		return k.record.Kept()
	}
	return seal.Kept{}
}

// Locked says why private keys and pre-shared keys cannot be used, a *seal.Error; nil: they can.
func (k *Keeper) Locked() error {
	k.mu.RLock()
	defer k.mu.RUnlock()
	return k.locked
}

// Unlock tries again to get the key that seals, with a passphrase where one is needed. It returns when ctx ends at the
// latest; a keyring may be asking its user meanwhile.
func (k *Keeper) Unlock(ctx context.Context, passphrase string) error {
	k.mu.RLock()
	record, open, place := k.record, k.box != nil, *k.place
	k.mu.RUnlock()
	if record == nil || open {
		return k.Locked()
	}
	if passphrase != "" {
		place.Passphrase = passphrase
	}
	box, err := k.openBox(ctx, *record, place)
	k.changing.Lock()
	defer k.changing.Unlock()
	if k.record != record || k.box != nil {
		return k.locked // somebody was quicker
	}
	k.unlocked(box, err)
	return err
}

// openBox gets the master key of a record.
func (k *Keeper) openBox(ctx context.Context, record seal.Record, place seal.Place) (*seal.Box, error) {
	box, err := seal.Open(ctx, record, place)
	var missing *seal.Error
	if errors.As(err, &missing) && missing.Reason == seal.FileMissing && place.KeyFile == "" {
		place.KeyFile = k.ownKeyFile() // the state file was moved with its key file
		if moved, movedErr := seal.Open(ctx, record, place); movedErr == nil {
			return moved, nil
		}
	}
	return box, err
}

// unlocked makes box the one that opens, or err the reason why there is none, for who holds changing.
func (k *Keeper) unlocked(box *seal.Box, err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.box, k.locked = box, err
	if err == nil {
		k.unsealAll()
	}
	k.changed()
}

// unsealAll opens what handshakes need, for who holds mu. What cannot be opened is left as it is.
func (k *Keeper) unsealAll() {
	for identity, p := range k.psks {
		key, err := k.box.Open(p.sealed, pskLabel(identity))
		if err != nil {
			k.log.Error("a pre-shared key cannot be used", "identity", identity, "error", err)
			continue
		}
		opened := *p
		opened.key = key
		k.psks[identity] = &opened
	}
	for id, c := range k.certs {
		if c.Kind != Server || c.sealed == nil {
			continue
		}
		signer, err := c.unseal(k.box)
		if err != nil {
			k.log.Error("a server certificate cannot be used", "error", err)
			continue
		}
		opened := *c
		opened.signer = signer
		k.certs[id] = &opened
	}
}

// sealer returns the box to seal with, for who holds changing; the first time it makes the master key.
func (k *Keeper) sealer() (*seal.Box, error) {
	if k.locked != nil {
		return nil, k.locked
	}
	if k.box != nil {
		return k.box, nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), k.patience)
	defer cancel()
	return k.sealerIn(ctx, *k.place)
}

// sealerIn makes the master key, for who holds changing.
func (k *Keeper) sealerIn(ctx context.Context, place seal.Place) (*seal.Box, error) {
	if place.KeyFile == "" {
		place.KeyFile = k.ownKeyFile()
	}
	box, record, err := seal.Create(ctx, place)
	if err != nil {
		return nil, err
	}
	if err := k.putRecord(record); err != nil {
		return nil, err
	}
	k.mu.Lock()
	k.box, k.record = box, &record
	k.mu.Unlock()
	k.revision.Add(1)
	k.log.Info("private keys are sealed", "by", box.Kept().String())
	return box, nil
}

func (k *Keeper) putRecord(record seal.Record) error {
	err := k.store.PutSecured(store.Secured{Table: store.Sealing, Key: recordKey, Value: record.Bytes()})
	if err != nil {
		return mistakes.Errorf("keep where the sealing key is: %w", err)
	}
	return nil
}

// KeepIn keeps the key that seals in another place, or under another passphrase. What is sealed stays as it is. An end in
// between leaves the key in both places.
func (k *Keeper) KeepIn(ctx context.Context, place seal.Place) error {
	k.changing.Lock()
	defer k.changing.Unlock()
	if k.store == nil {
		return mistakes.New("there is no state file, so nothing is kept")
	}
	if k.record == nil {
		_, err := k.sealerIn(ctx, place)
		return err
	}
	if k.locked != nil {
		return k.locked
	}
	if place.KeyFile == "" {
		place.KeyFile = k.ownKeyFile()
	}
	box, record, err := k.box.Move(ctx, place)
	if err != nil {
		return err
	}
	if err := k.putRecord(record); err != nil {
		return err
	}
	old := *k.record
	k.mu.Lock()
	k.box, k.record = box, &record
	k.mu.Unlock()
	k.revision.Add(1)
	if err := seal.Forget(ctx, old, record, k.ownKeyFile()); err != nil {
		k.log.Warn("the sealing key is still where it was, too", "place", old.Kept().String(), "error", err)
	}
	return nil
}

// StartOver gives up what cannot be opened any more: the private keys of all certificates and the pre-shared keys. It is
// for a master key that is lost for good, and an error while there is one.
func (k *Keeper) StartOver() error {
	if err := k.startOver(); err != nil {
		return err
	}
	k.tellRevoked()
	return nil
}

func (k *Keeper) startOver() error {
	k.changing.Lock()
	defer k.changing.Unlock()
	if k.locked == nil {
		return mistakes.New("the private keys can be opened: there is no reason to give them up")
	}
	var c change
	for _, cert := range k.certs {
		if cert.sealed == nil {
			continue
		}
		bare := *cert
		bare.sealed, bare.HasKey = nil, false
		if bare.Kind == Authority {
			bare.Kind = Trusted
		}
		c.certs = append(c.certs, &bare)
	}
	for identity := range k.psks {
		c.dropPS = append(c.dropPS, identity)
	}
	writes, err := c.writes()
	if err != nil {
		return err
	}
	writes = append(writes, store.Secured{Table: store.Sealing, Key: recordKey})
	if err := k.store.PutSecured(writes...); err != nil {
		return err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, cert := range c.certs {
		k.certs[cert.ID] = cert
	}
	clear(k.psks)
	k.box, k.record, k.locked = nil, nil, nil
	k.changed()
	return nil
}
