package engine

import (
	"path/filepath"
	"testing"

	"sluice/engine/pki"
	"sluice/engine/pki/seal"
	"sluice/engine/settings"
	"sluice/engine/store"
)

// Who gives the passphrase, or opens the keyring, while Sluice runs need not start it again.
func TestListenersAreBoundOnceKeysAreUnlocked(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state")
	open := func(place seal.Place) (*store.Store, *pki.Keeper) {
		t.Helper()
		kept, err := store.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		keys, err := pki.OpenKeeper(pki.Options{Store: kept, Place: place})
		if err != nil {
			t.Fatal(err)
		}
		return kept, keys
	}
	kept, keys := open(seal.Place{Where: seal.Passphrase, Passphrase: "open sesame"})
	if _, err := keys.SetUp(""); err != nil {
		t.Fatal(err)
	}
	if err := kept.Close(); err != nil {
		t.Fatal(err)
	}

	kept, keys = open(seal.Place{})
	s := settings.Default()
	s.Listeners = append(secureListeners(), settings.Listener{Bind: "coap://127.0.0.1:0", Dialect: settings.DialectAuto})
	e, err := New(Config{Settings: s, Store: kept, Keys: keys})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
		_ = kept.Close()
	})
	if err := e.Start(t.Context()); err == nil || keys.Locked() == nil {
		t.Fatal("bound with locked keys")
	}
	if err := keys.Unlock(t.Context(), "open sesame"); err != nil {
		t.Fatal(err)
	}
	await(t, "all are bound", func() bool { return e.Status().State == Running })
}
