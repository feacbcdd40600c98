package seal

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/zalando/go-keyring"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// because fails unless err is a *Error for the reason.
func because(t *testing.T, err error, reason Reason) {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) || e.Reason != reason {
		t.Errorf("%v, want reason %d", err, reason)
	}
}

func TestWhatIsSealedIsOpenedOnlyAsItWas(t *testing.T) {
	box, other := InMemory(), InMemory()
	plain := []byte("the private key of lamp-3")
	sealed := box.Seal(plain, []byte("lamp-3"))
	if bytes.Contains(sealed, plain[:8]) {
		t.Error("it is not sealed")
	}
	if bytes.Equal(sealed, box.Seal(plain, []byte("lamp-3"))) {
		t.Error("two seals of one secret are equal: there is no nonce")
	}
	if got, err := box.Open(sealed, []byte("lamp-3")); err != nil || !bytes.Equal(got, plain) {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := box.Open(sealed, []byte("lamp-4")); !errors.Is(err, ErrOpen) {
		t.Errorf("under another label: %v", err)
	}
	if _, err := other.Open(sealed, []byte("lamp-3")); !errors.Is(err, ErrOpen) {
		t.Errorf("by another key: %v", err)
	}
	for i := range sealed {
		changed := bytes.Clone(sealed)
		changed[i] ^= 1
		if _, err := box.Open(changed, []byte("lamp-3")); !errors.Is(err, ErrOpen) {
			t.Errorf("byte %d changed: %v", i, err)
		}
		if _, err := box.Open(sealed[:i], []byte("lamp-3")); !errors.Is(err, ErrOpen) {
			t.Errorf("cut to %d bytes: %v", i, err)
		}
	}
}

func FuzzOpenSealed(f *testing.F) {
	box := InMemory()
	f.Add(box.Seal([]byte("key"), nil))
	f.Add([]byte{1})
	f.Fuzz(func(t *testing.T, sealed []byte) {
		if plain, err := box.Open(sealed, []byte("label")); err == nil {
			t.Errorf("opened to %q", plain)
		}
	})
}

func FuzzParseRecord(f *testing.F) {
	_, record, err := Create(context.Background(), Place{Where: Passphrase, Passphrase: "open"})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(record.Bytes())
	f.Add([]byte(`{"where":"keyring"}`))
	f.Add([]byte(`{"where":"passphrase","wrapped":{"memory":4294967295,"time":4294967295,"threads":255,"salt":"","sealed":""}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := ParseRecord(data)
		if err != nil || r.where != Passphrase || r.wrapped.Memory > 1<<10 || r.wrapped.Time > 2 {
			return
		}
		if _, err := Open(context.Background(), r, Place{Passphrase: "wrong"}); err == nil {
			t.Error("opened")
		}
	})
}

// kept makes a master key in each place and what it sealed.
func TestPlaces(t *testing.T) {
	keyring.MockInit()
	for name, place := range map[string]Place{
		"keyring":    {Where: Keyring},
		"key file":   {Where: KeyFile, KeyFile: filepath.Join(t.TempDir(), "folder", "sluice.db.key")},
		"passphrase": {Where: Passphrase, Passphrase: "correct horse"},
	} {
		t.Run(name, func(t *testing.T) {
			ctx := context.Background()
			box, record, err := Create(ctx, place)
			must(t, err)
			if box.Kept().Where != place.Where || box.Kept() != record.Kept() {
				t.Errorf("kept in %v and %v", box.Kept(), record.Kept())
			}
			sealed := box.Seal([]byte("secret"), []byte("label"))
			if bytes.Contains(record.Bytes(), []byte(base64.StdEncoding.EncodeToString(box.master[:]))) {
				t.Error("the record holds the master key")
			}
			read, err := ParseRecord(record.Bytes())
			must(t, err)
			again, err := Open(ctx, read, place)
			must(t, err)
			if plain, err := again.Open(sealed, []byte("label")); err != nil || string(plain) != "secret" {
				t.Errorf("%q, %v", plain, err)
			}
		})
	}
}

func TestKeyFile(t *testing.T) {
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "sluice.db.key")
	place := Place{Where: KeyFile, KeyFile: path}
	_, record, err := Create(ctx, place)
	must(t, err)
	good, err := os.ReadFile(path)
	must(t, err)
	if left, _ := os.ReadDir(filepath.Dir(path)); len(left) != 1 {
		t.Errorf("left behind: %v", left)
	}
	if info, err := os.Stat(path); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}

	t.Run("one that is there is used, not overwritten", func(t *testing.T) {
		first, err := Open(ctx, record, place)
		must(t, err)
		second, _, err := Create(ctx, place)
		must(t, err)
		if *first.master != *second.master {
			t.Error("another key")
		}
		if now, _ := os.ReadFile(path); !bytes.Equal(now, good) {
			t.Error("the file changed")
		}
	})
	t.Run("readable by others", func(t *testing.T) {
		if runtime.GOOS == "windows" {
			t.Skip("modes mean nothing there")
		}
		for _, mode := range []os.FileMode{0o640, 0o604, 0o666, 0o610} {
			must(t, os.Chmod(path, mode))
			_, err := Open(ctx, record, place)
			because(t, err, FileReadable)
			if !strings.Contains(err.Error(), "chmod 600 "+path) {
				t.Errorf("does not say what to do: %v", err)
			}
			_, _, err = Create(ctx, place)
			because(t, err, FileReadable)
		}
		must(t, os.Chmod(path, 0o400))
		_, err := Open(ctx, record, place)
		must(t, err)
		must(t, os.Chmod(path, 0o600))
	})
	for name, content := range map[string]string{
		"empty": "", "text": "password\n", "cut": string(good[:30]), "long": strings.Repeat(string(good), 100),
		"another version": strings.Replace(string(good), "-1 ", "-2 ", 1),
	} {
		t.Run(name, func(t *testing.T) {
			must(t, os.WriteFile(path, []byte(content), 0o600))
			_, err := Open(ctx, record, place)
			because(t, err, FileUnusable)
			_, _, err = Create(ctx, place)
			because(t, err, FileUnusable)
			if now, _ := os.ReadFile(path); string(now) != content {
				t.Error("the file changed")
			}
		})
	}
	t.Run("another key", func(t *testing.T) {
		other := filepath.Join(t.TempDir(), "other")
		_, _, err := Create(ctx, Place{Where: KeyFile, KeyFile: other})
		must(t, err)
		_, err = Open(ctx, record, Place{KeyFile: other})
		because(t, err, WrongKey)
	})
	t.Run("missing", func(t *testing.T) {
		must(t, os.Remove(path))
		_, err := Open(ctx, record, place)
		because(t, err, FileMissing)
	})
	t.Run("a folder", func(t *testing.T) {
		_, err := Open(ctx, record, Place{KeyFile: t.TempDir()})
		because(t, err, FileUnusable)
	})
}

func TestPassphrase(t *testing.T) {
	ctx := context.Background()
	_, _, err := Create(ctx, Place{Where: Passphrase})
	because(t, err, PassphraseNeeded)
	_, record, err := Create(ctx, Place{Where: Passphrase, Passphrase: "correct horse"})
	must(t, err)
	_, err = Open(ctx, record, Place{Passphrase: "battery staple"})
	because(t, err, WrongPassphrase)
	_, err = Open(ctx, record, Place{})
	because(t, err, PassphraseNeeded)

	costly := record
	w := *record.wrapped
	w.Memory = maxArgonMemory + 1
	costly.wrapped = &w
	_, err = Open(ctx, costly, Place{Passphrase: "correct horse"})
	because(t, err, RecordBroken)
}

func TestKeyring(t *testing.T) {
	ctx := context.Background()
	keyring.MockInit()
	box, record, err := Create(ctx, Place{Where: Keyring})
	must(t, err)
	if text, err := keyring.Get("Sluice", record.account); err != nil || text != base64.StdEncoding.EncodeToString(box.master[:]) {
		t.Errorf("the keyring has %d bytes, %v", len(text), err)
	}
	other := bytes.Repeat([]byte{1}, masterSize)
	must(t, keyring.Set(service, record.account, base64.StdEncoding.EncodeToString(other)))
	_, err = Open(ctx, record, Place{})
	because(t, err, WrongKey)
	must(t, keyring.Set(service, record.account, "no key"))
	_, err = Open(ctx, record, Place{})
	because(t, err, WrongKey)

	keyring.MockInit()
	_, err = Open(ctx, record, Place{})
	because(t, err, Lost)

	locked := errors.New("prompt dismissed")
	keyring.MockInitWithError(locked)
	t.Cleanup(keyring.MockInit)
	_, err = Open(ctx, record, Place{})
	because(t, err, NotAnswering)
	if !errors.Is(err, locked) {
		t.Errorf("does not say why: %v", err)
	}
	_, _, err = Create(ctx, Place{Where: Keyring})
	because(t, err, NotAnswering)
}

func TestWithoutAKeyringItIsAKeyFile(t *testing.T) {
	keyring.MockInitWithError(errors.New("no session bus"))
	t.Cleanup(keyring.MockInit)
	path := filepath.Join(t.TempDir(), "sluice.db.key")
	box, _, err := Create(context.Background(), Place{KeyFile: path})
	must(t, err)
	if want := (Kept{KeyFile, path}); box.Kept() != want {
		t.Errorf("kept in %v", box.Kept())
	}
	keyring.MockInit()
	box, _, err = Create(context.Background(), Place{KeyFile: path})
	must(t, err)
	if want := (Kept{Where: Keyring}); box.Kept() != want {
		t.Errorf("with a keyring kept in %v", box.Kept())
	}
}

func TestAKeyringThatHangsIsNotWaitedFor(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	release := make(chan struct{})
	defer close(release)
	_, err := ask(ctx, func() (string, error) {
		<-release
		return "", nil
	})
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
	_, err = ask(context.Background(), func() (string, error) { panic("the bus answered nonsense") })
	if err == nil {
		t.Error("a panic of the library is no error")
	}
}

func TestMove(t *testing.T) {
	ctx := context.Background()
	keyring.MockInit()
	own := filepath.Join(t.TempDir(), "sluice.db.key")
	elsewhere := filepath.Join(t.TempDir(), "shared.key")
	box, record, err := Create(ctx, Place{Where: Keyring})
	must(t, err)
	sealed := box.Seal([]byte("secret"), nil)
	for _, place := range []Place{
		{Where: KeyFile, KeyFile: own}, {Where: KeyFile, KeyFile: own}, {Where: Passphrase, Passphrase: "one"},
		{Where: Passphrase, Passphrase: "two"}, {Where: KeyFile, KeyFile: elsewhere}, {Where: Keyring}, {Where: Keyring},
	} {
		moved, now, err := box.Move(ctx, place)
		must(t, err)
		for _, r := range []Record{record, now} { // until the old one is forgotten, both open
			if r.where == Passphrase && place.Where == Passphrase {
				continue
			}
			_, err = Open(ctx, r, Place{Passphrase: "two"})
			if r.where != Passphrase {
				must(t, err)
			}
		}
		must(t, Forget(ctx, record, now, own))
		again, err := Open(ctx, now, place)
		must(t, err)
		if plain, err := again.Open(sealed, nil); err != nil || string(plain) != "secret" {
			t.Errorf("in %v: %q, %v", place, plain, err)
		}
		if record.where == Keyring {
			if _, err := Open(ctx, record, Place{}); err == nil {
				t.Error("the key is still in the keyring")
			}
		}
		box, record = moved, now
	}
	if _, err := os.Stat(own); err == nil {
		t.Error("the key file is still there")
	}
	if _, err := os.Stat(elsewhere); err != nil {
		t.Error("a key file that others may share is gone")
	}

	other := filepath.Join(t.TempDir(), "other.key")
	_, _, err = Create(ctx, Place{Where: KeyFile, KeyFile: other})
	must(t, err)
	_, _, err = box.Move(ctx, Place{Where: KeyFile, KeyFile: other})
	because(t, err, FileOccupied)
}

func TestNoSecretIsPrinted(t *testing.T) {
	const passphrase = "correct horse battery staple"
	box, record, err := Create(context.Background(), Place{Where: Passphrase, Passphrase: passphrase})
	must(t, err)
	place := Place{Where: Passphrase, Passphrase: passphrase}
	var out bytes.Buffer
	for _, log := range []*slog.Logger{slog.New(slog.NewTextHandler(&out, nil)), slog.New(slog.NewJSONHandler(&out, nil))} {
		log.Info("x", "box", box, "place", place, "record", record, "both", []any{box, place}, "in", struct {
			B *Box
			P Place
		}{box, place})
	}
	for _, v := range []any{box, place, &place, record, []*Box{box}, map[string]any{"a": box, "b": place}, struct{ B *Box }{box}, struct{ b *Box }{box}} {
		fmt.Fprintf(&out, "%v %+v %#v %s %x %q\n", v, v, v, v, v, v)
		text, err := json.Marshal(v)
		must(t, err)
		out.Write(text)
	}
	for _, secret := range []string{passphrase, string(box.master[:]), hex.EncodeToString(box.master[:]),
		base64.StdEncoding.EncodeToString(box.master[:]), strings.Trim(fmt.Sprint(box.master[:8]), "[]")} {
		if strings.Contains(out.String(), secret) {
			t.Errorf("%q is in the output", secret)
		}
	}
}
