package pki

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/zalando/go-keyring"

	"sluice/engine/pki/seal"
	"sluice/engine/secure"
)

// filled opens a state file and puts an authority, a server, a device and a pre-shared key into it.
func (f *stateFile) filled() (*Keeper, Setup) {
	f.t.Helper()
	k := f.open()
	set, err := k.SetUp("lamp-3")
	must(f.t, err)
	must(f.t, k.AddPSK("lamp-4", []byte("0123456789abcdef"), ""))
	return k, set
}

// usable fails unless the private and pre-shared keys can be used.
func usable(t *testing.T, k *Keeper) {
	t.Helper()
	must(t, k.Locked())
	if _, err := k.Issue(Request{Name: "probe", Kind: Client}); err != nil {
		t.Error(err)
	}
	if key, err := k.RevealPSK("lamp-4"); err != nil || string(key) != "0123456789abcdef" {
		t.Errorf("%q, %v", key, err)
	}
	c, err := k.Credentials(CredentialOptions{})
	must(t, err)
	if _, err := c.ServerCertificate(""); err != nil {
		t.Error(err)
	}
	if key, ok := c.PSK([]byte("lamp-4")); !ok || string(key) != "0123456789abcdef" {
		t.Errorf("%q, %v", key, ok)
	}
}

// lockedFor fails unless everything but private keys is there, and these say why not.
func lockedFor(t *testing.T, k *Keeper, set Setup, reason seal.Reason) {
	t.Helper()
	isReason := func(doing string, err error) {
		t.Helper()
		var e *seal.Error
		if !errors.As(err, &e) || e.Reason != reason {
			t.Errorf("%s: %v, want reason %d", doing, err, reason)
		}
	}
	isReason("locked", k.Locked())
	if len(k.Entries()) < 3 || len(k.PSKs()) != 1 {
		t.Errorf("%d certificates and %d keys are listed", len(k.Entries()), len(k.PSKs()))
	}
	_, err := k.Issue(Request{Name: "probe", Kind: Client})
	isReason("issue", err)
	_, err = k.CreateAuthority("", 0)
	isReason("create", err)
	isReason("add", k.AddPSK("lamp-5", []byte("0123456789abcdef"), ""))
	_, err = k.RevealPSK("lamp-4")
	isReason("reveal", err)
	_, err = k.Export(set.Device, PEM, ExportOptions{})
	isReason("export", err)
	isReason("keep elsewhere", k.KeepIn(context.Background(), seal.Place{Where: seal.Passphrase, Passphrase: "x"}))

	must(t, k.Rename(set.Device, "renamed"))
	must(t, k.BindPSK("lamp-4", "lamp-4"))
	c, err := k.Credentials(CredentialOptions{})
	must(t, err)
	if _, ok := c.PSK([]byte("lamp-4")); ok || c.HasPSK() {
		t.Error("there is a pre-shared key")
	}
	var refusal *secure.Refusal
	if _, err := c.ServerCertificate(""); !errors.As(err, &refusal) || refusal.Outcome != secure.NoServerCertificate || refusal.Detail == "" {
		t.Errorf("server certificate: %v", err)
	}
	if c.Revoked(secure.Identity{PSK: "lamp-4"}) {
		t.Error("who came with a key that cannot be opened now must go")
	}
}

func TestNothingIsSealedBeforeThereIsASecret(t *testing.T) {
	f := newStateFile(t, seal.Place{})
	k := f.open()
	if kept := k.SealedBy(); kept != (seal.Kept{}) {
		t.Errorf("sealed by %v", kept)
	}
	must(t, k.Locked())
	if files, _ := os.ReadDir(filepath.Dir(f.path)); len(files) != 1 {
		t.Errorf("beside the state file: %v", files)
	}
}

func TestLostKeyring(t *testing.T) {
	keyring.MockInit()
	f := newStateFile(t, seal.Place{})
	k, set := f.filled()
	if kept := k.SealedBy(); kept.Where != seal.Keyring {
		t.Errorf("sealed by %v", kept)
	}
	usable(t, f.open())

	keyring.MockInit() // another login, or the keyring was deleted
	k = f.open()
	lockedFor(t, k, set, seal.Lost)
	if kept := k.SealedBy(); kept.Where != seal.Keyring {
		t.Errorf("sealed by %v", kept)
	}
	must(t, k.StartOver())
	must(t, k.Locked())
	if e, _ := k.Entry(set.Authority); e.HasKey || e.Kind != Trusted {
		t.Errorf("the authority: %+v", e)
	}
	if _, err := k.SetUp("lamp-3"); err != nil {
		t.Error(err)
	}
	k = f.open()
	must(t, k.Locked())
	if k.StartOver() == nil {
		t.Error("keys that can be opened are given up")
	}
}

func TestLockedKeyringIsUnlockedLater(t *testing.T) {
	keyring.MockInit()
	f := newStateFile(t, seal.Place{})
	_, set := f.filled()
	putBack := theKeyring(t, f)
	keyring.MockInitWithError(errors.New("prompt dismissed"))
	t.Cleanup(keyring.MockInit)
	k := f.open()
	lockedFor(t, k, set, seal.NotAnswering)
	if k.Unlock(context.Background(), "") == nil {
		t.Error("unlocked by a keyring that is locked")
	}
	keyring.MockInit()
	putBack()
	before := k.Revision()
	must(t, k.Unlock(context.Background(), ""))
	if k.Revision() == before {
		t.Error("panes are not told")
	}
	usable(t, k)
}

// theKeyring returns what puts the master key of f back into a new keyring.
func theKeyring(t *testing.T, f *stateFile) (putBack func()) {
	t.Helper()
	var record struct{ Account string }
	must(t, json.Unmarshal(f.open().record.Bytes(), &record))
	secret, err := keyring.Get("Sluice", record.Account)
	must(t, err)
	return func() { must(t, keyring.Set("Sluice", record.Account, secret)) }
}

func TestKeyFileThatIsMissing(t *testing.T) {
	f := inKeyFile(t)
	k, set := f.filled()
	path := f.path + ".key"
	if kept := k.SealedBy(); kept != (seal.Kept{Where: seal.KeyFile, Path: path}) {
		t.Errorf("sealed by %v", kept)
	}
	must(t, os.Rename(path, path+".away"))
	k = f.open()
	lockedFor(t, k, set, seal.FileMissing)
	if _, err := os.Stat(path); err == nil {
		t.Error("a new key file was made")
	}
	must(t, os.Rename(path+".away", path))
	must(t, k.Unlock(context.Background(), ""))
	usable(t, k)
	if files, _ := os.ReadDir(filepath.Dir(f.path)); len(files) != 2 {
		t.Errorf("beside the state file: %v", files)
	}
}

func TestStateFileIsMovedWithItsKeyFile(t *testing.T) {
	f := inKeyFile(t)
	_, _ = f.filled()
	f.close()
	moved := &stateFile{t: t, path: filepath.Join(t.TempDir(), "backup.db")}
	t.Cleanup(moved.close)
	must(t, os.Rename(f.path, moved.path))
	must(t, os.Rename(f.path+".key", moved.path+".key"))
	usable(t, moved.open())
	moved.close()

	mounted := filepath.Join(t.TempDir(), "secret")
	must(t, os.Rename(moved.path+".key", mounted))
	moved.place.KeyFile = mounted
	usable(t, moved.open())
}

func TestKeeperWithPassphrase(t *testing.T) {
	f := newStateFile(t, seal.Place{Where: seal.Passphrase, Passphrase: "correct horse"})
	_, set := f.filled()
	usable(t, f.open())
	f.place = seal.Place{}
	k := f.open()
	lockedFor(t, k, set, seal.PassphraseNeeded)
	var e *seal.Error
	if err := k.Unlock(context.Background(), "battery staple"); !errors.As(err, &e) || e.Reason != seal.WrongPassphrase {
		t.Errorf("a wrong passphrase: %v", err)
	}
	must(t, k.Unlock(context.Background(), "correct horse"))
	usable(t, k)
}

func TestKeepIn(t *testing.T) {
	keyring.MockInit()
	f := newStateFile(t, seal.Place{})
	k, _ := f.filled()
	own := f.path + ".key"
	for _, test := range []struct {
		place seal.Place
		want  seal.Kept
	}{
		{seal.Place{Where: seal.KeyFile}, seal.Kept{Where: seal.KeyFile, Path: own}},
		{seal.Place{Where: seal.KeyFile}, seal.Kept{Where: seal.KeyFile, Path: own}},
		{seal.Place{Where: seal.Passphrase, Passphrase: "correct horse"}, seal.Kept{Where: seal.Passphrase}},
		{seal.Place{Where: seal.Keyring}, seal.Kept{Where: seal.Keyring}},
	} {
		before := k.Revision()
		must(t, k.KeepIn(context.Background(), test.place))
		if k.SealedBy() != test.want || k.Revision() == before {
			t.Errorf("kept in %v, want %v", k.SealedBy(), test.want)
		}
		usable(t, k)
		f.place = seal.Place{Passphrase: "correct horse"}
		k = f.open()
		if k.SealedBy() != test.want {
			t.Errorf("after a start kept in %v, want %v", k.SealedBy(), test.want)
		}
		usable(t, k)
	}
	if _, err := os.Stat(own); err == nil {
		t.Error("the key file was left behind")
	}
	if inMemory(t).KeepIn(context.Background(), seal.Place{Where: seal.KeyFile}) == nil {
		t.Error("nothing to keep, and it is kept")
	}
}

func TestPlaceThatCannotBeHadIsNotChosen(t *testing.T) {
	keyring.MockInitWithError(errors.New("no session bus"))
	t.Cleanup(keyring.MockInit)
	f := newStateFile(t, seal.Place{})
	k := f.open()
	if k.KeepIn(context.Background(), seal.Place{Where: seal.Keyring}) == nil {
		t.Error("kept in a keyring that is not there")
	}
	_, err := k.SetUp("")
	must(t, err)
	if k.SealedBy().Where != seal.KeyFile {
		t.Errorf("sealed by %v", k.SealedBy())
	}
}

func TestPlaceIsChosenBeforeTheFirstSecret(t *testing.T) {
	f := newStateFile(t, seal.Place{})
	must(t, f.open().KeepIn(context.Background(), seal.Place{Where: seal.KeyFile}))
	k, _ := f.filled()
	if k.SealedBy().Where != seal.KeyFile {
		t.Errorf("sealed by %v", k.SealedBy())
	}
}
