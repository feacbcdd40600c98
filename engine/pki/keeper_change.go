package pki

import (
	"time"
	"unicode"
	"unicode/utf8"

	"sluice/engine/mistakes"
)

// Rename gives a certificate another name.
func (k *Keeper) Rename(id, name string) error {
	switch {
	case name == "":
		return mistakes.Errorf("rename a certificate: the name is missing")
	case len(name) > maxEntryName:
		return mistakes.Errorf("rename a certificate: the name is longer than %d bytes", maxEntryName)
	case !printable(name):
		return mistakes.Errorf("rename a certificate: the name has characters that cannot be shown")
	}
	return k.replace(id, mistakes.Phrase("rename"), func(c *certificate) { c.Name = name })
}

// Revoke lets a certificate count no longer, and what it issued neither: at once, for living sessions too; see OnRevoked.
func (k *Keeper) Revoke(id string) error {
	err := k.replace(id, mistakes.Phrase("revoke"), func(c *certificate) {
		if c.Revoked.IsZero() {
			c.Revoked = time.Now().Truncate(time.Second)
		}
	})
	if err == nil {
		k.tellRevoked()
	}
	return err
}

// Restore takes back that a certificate was revoked.
func (k *Keeper) Restore(id string) error {
	return k.replace(id, mistakes.Phrase("restore"), func(c *certificate) { c.Revoked = time.Time{} })
}

// replace changes one certificate.
func (k *Keeper) replace(id string, doing mistakes.Phrase, with func(*certificate)) error {
	k.changing.Lock()
	defer k.changing.Unlock()
	old, there := k.certs[id]
	if !there {
		return mistakes.Errorf("%s certificate %s: %w", doing, id, ErrNotKept)
	}
	c := *old
	with(&c)
	if err := k.apply(change{certs: []*certificate{&c}}); err != nil {
		return mistakes.Errorf("%s certificate %s: %w", doing, c.Name, err)
	}
	return nil
}

// Delete forgets a certificate and its private key. One that was revoked stays revoked; any other is good as before
// wherever its authority is trusted. Who was let in by an authority that is deleted must go. undo puts all back, once.
func (k *Keeper) Delete(id string) (undo func() error, err error) {
	c, err := k.delete(id)
	if err != nil {
		return nil, err
	}
	k.tellRevoked()
	return func() error {
		k.changing.Lock()
		defer k.changing.Unlock()
		if _, there := k.certs[id]; there {
			return nil
		}
		back := change{certs: []*certificate{c}}
		if !c.Revoked.IsZero() {
			back.gone = map[string]time.Time{id: {}}
		}
		if err := k.apply(back); err != nil {
			return mistakes.Errorf("take back the deletion of %s: %w", c.Name, err)
		}
		return nil
	}, nil
}

func (k *Keeper) delete(id string) (*certificate, error) {
	k.changing.Lock()
	defer k.changing.Unlock()
	c, there := k.certs[id]
	if !there {
		return nil, mistakes.Errorf("delete certificate %s: %w", id, ErrNotKept)
	}
	away := change{drop: []string{id}}
	if !c.Revoked.IsZero() {
		away.gone = map[string]time.Time{id: c.Revoked}
	}
	if err := k.apply(away); err != nil {
		return nil, mistakes.Errorf("delete certificate %s: %w", c.Name, err)
	}
	return c, nil
}

// printable reports whether text is UTF-8 without control characters.
func printable(text string) bool {
	for _, r := range text {
		if !unicode.IsPrint(r) {
			return false
		}
	}
	return utf8.ValidString(text)
}

// cutText shortens text to at most n bytes, at the end of a character.
func cutText(text string, n int) string {
	if len(text) <= n {
		return text
	}
	for n > 0 && !utf8.RuneStart(text[n]) {
		n--
	}
	return text[:n]
}
