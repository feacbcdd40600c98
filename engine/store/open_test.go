package store

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"go.etcd.io/bbolt"
)

func TestNewFileAndFoldersAreForTheUserOnly(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("modes mean nothing there")
	}
	folder := filepath.Join(t.TempDir(), "a", "b")
	openStore(t, filepath.Join(folder, "state.db"))
	for path, want := range map[string]fs.FileMode{
		filepath.Join(folder, "state.db"): 0o600,
		folder:                            fs.ModeDir | 0o700,
		filepath.Dir(folder):              fs.ModeDir | 0o700,
	} {
		if info, err := os.Stat(path); err != nil || info.Mode() != want {
			t.Errorf("%s: %v, want %v", path, info.Mode(), want)
		}
	}
	if entries, _ := os.ReadDir(folder); len(entries) != 1 {
		t.Errorf("beside the state file: %v", entries)
	}
}

func TestEmptyFileIsFilled(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	must(t, os.WriteFile(path, nil, 0o600))
	put(t, openStore(t, path), "a", "1")
}

func TestFileWithoutBucketsIsFilled(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	db, err := bbolt.Open(path, 0o600, nil)
	must(t, err)
	must(t, db.Close())
	put(t, openStore(t, path), "a", "1")
}

func TestLocked(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	openStore(t, path)
	_, err := Open(path)
	var locked *LockedError
	if !errors.As(err, &locked) || locked.Path != path {
		t.Fatal(err)
	}
	if want := "state file " + path + " is in use: another Sluice has it open"; err.Error() != want {
		t.Errorf("says %q", err)
	}
}

func TestFileSystemErrorsAreNotDamage(t *testing.T) {
	folder := t.TempDir()
	file := filepath.Join(folder, "file")
	must(t, os.WriteFile(file, []byte("x"), 0o600))
	for name, path := range map[string]string{"a folder": folder, "below a file": filepath.Join(file, "state.db")} {
		_, err := Open(path)
		var damaged *DamagedError
		if err == nil || errors.As(err, &damaged) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestNewer(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	must(t, openStore(t, path).Close())
	db, err := bbolt.Open(path, 0o600, nil)
	must(t, err)
	must(t, db.Update(func(tx *bbolt.Tx) error {
		return tx.Bucket(bucketMeta).Put([]byte(keyVersion), seal(keyVersion, []byte("7")))
	}))
	must(t, db.Close())
	err = refused(t, path)
	var newer *NewerError
	if !errors.As(err, &newer) || newer.Version != 7 || newer.Known != schema {
		t.Error(err)
	}
}

func TestEarlierSchemasAreBroughtUpToDate(t *testing.T) {
	for version := 1; version < schema; version++ {
		t.Run(fmt.Sprint("schema ", version), func(t *testing.T) {
			path := fileOfSchema(t, version)
			for range 2 { // the second time it is up to date
				s, err := Open(path)
				must(t, err)
				if value, ok, err := s.Value("window"); err != nil || !ok || string(value) != "wide" {
					t.Errorf("what was kept is %q, %v, %v", value, ok, err)
				}
				must(t, wait(func(done func(error)) { s.PutTopic("ps/1", []byte("topic"), done) }))
				must(t, wait(func(done func(error)) { s.PutRegistration("rd/1", []byte("registration"), done) }))
				for table := range tables {
					must(t, s.PutSecured(Secured{table, "a", []byte("value")}))
				}
				must(t, s.Close())
			}
		})
	}
}

// fileOfSchema makes the file that an earlier Sluice left.
func fileOfSchema(t *testing.T, version int) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "state.db")
	db, err := bbolt.Open(path, 0o600, nil)
	must(t, err)
	must(t, db.Update(func(tx *bbolt.Tx) error {
		for _, name := range bucketsOf(version) {
			if _, err := tx.CreateBucket(name); err != nil {
				return err
			}
		}
		if err := tx.Bucket(bucketValues).Put([]byte("window"), seal("window", []byte("wide"))); err != nil {
			return err
		}
		return tx.Bucket(bucketMeta).Put([]byte(keyVersion), seal(keyVersion, []byte(fmt.Sprint(version))))
	}))
	must(t, db.Close())
	return path
}

// refused opens a file that cannot be opened, sees that its bytes stay as they are, and returns the error.
func refused(t *testing.T, path string) error {
	t.Helper()
	before, err := os.ReadFile(path)
	must(t, err)
	s, openErr := Open(path)
	if openErr == nil {
		_ = s.Close()
		t.Fatal("the file was opened")
	}
	after, err := os.ReadFile(path)
	must(t, err)
	if !bytes.Equal(before, after) {
		t.Error("the file was changed")
	}
	return openErr
}

// sample returns the bytes of a state file that has several pages of everything.
func sample(t testing.TB) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "sample.db")
	s, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 300 {
		value := bytes.Repeat([]byte{byte(i)}, i%90)
		if i == 100 {
			value = make([]byte, 20000)
		}
		s.PutResource(fmt.Sprintf("topic/%d", i), value, func(error) {})
	}
	for i := range 40 {
		topic := fmt.Sprintf("topic/%d", i*7)
		if err := wait(func(done func(error)) { s.DeleteResource(topic, done) }); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.PutValue("k", []byte("v")); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestDamaged(t *testing.T) {
	good := sample(t)
	page := os.Getpagesize()
	other := filepath.Join(t.TempDir(), "other.db")
	db, err := bbolt.Open(other, 0o600, nil)
	must(t, err)
	must(t, db.Update(func(tx *bbolt.Tx) error {
		_, err := tx.CreateBucket([]byte("theirs"))
		return err
	}))
	must(t, db.Close())
	theirs, err := os.ReadFile(other)
	must(t, err)

	tests := map[string]func() []byte{
		"text":                            func() []byte { return []byte("[gateway]\nheartbeat = 30\n") },
		"text longer than pages":          func() []byte { return bytes.Repeat([]byte("sluice "), 10000) },
		"zeros":                           func() []byte { return make([]byte, len(good)) },
		"one byte":                        func() []byte { return good[:1] },
		"one page":                        func() []byte { return good[:page] },
		"cut in the second page":          func() []byte { return good[:page+100] },
		"cut by half":                     func() []byte { return good[:len(good)/2/page*page] },
		"both meta pages broken":          func() []byte { return flip(good, 16+40, page+16+40) },
		"a value changed":                 func() []byte { return replace(good, bytes.Repeat([]byte{79}, 79), bytes.Repeat([]byte{78}, 79)) },
		"a key changed":                   func() []byte { return replace(good, []byte("topic/299"), []byte("topic/2 9")) },
		"the bbolt file of another thing": func() []byte { return theirs },
	}
	for name, data := range tests {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "state.db")
			must(t, os.WriteFile(path, data(), 0o600))
			err := refused(t, path)
			var damaged *DamagedError
			if !errors.As(err, &damaged) || damaged.Path != path {
				t.Errorf("%T: %v", err, err)
			}
		})
	}
}

func flip(data []byte, at ...int) []byte {
	data = bytes.Clone(data)
	for _, i := range at {
		data[i] ^= 0xff
	}
	return data
}

func replace(data, old, with []byte) []byte { return bytes.ReplaceAll(data, old, with) }

// TestAnyChangedByte changes bytes all over a file: it must be refused unchanged, or all that is read must be right.
func TestAnyChangedByte(t *testing.T) {
	good := sample(t)
	random := rand.New(rand.NewPCG(1, 2))
	path := filepath.Join(t.TempDir(), "state.db")
	refusals := 0
	for range 300 {
		data := bytes.Clone(good)
		for range 1 + random.IntN(3) {
			// Page headers and element headers are where it hurts most.
			at := random.IntN(len(data))
			if random.IntN(2) == 0 {
				at = at/4096*4096 + random.IntN(64)
			}
			data[at] = byte(random.Uint32())
		}
		if !tryFile(t, path, data) {
			refusals++
		}
	}
	if refusals == 0 {
		t.Error("no change was noticed")
	}
}

// tryFile reports whether a state file of the given bytes can be opened, and then uses all of it.
func tryFile(t *testing.T, path string, data []byte) bool {
	t.Helper()
	must(t, os.WriteFile(path, data, 0o600))
	s, err := Open(path)
	if err != nil {
		after, readErr := os.ReadFile(path)
		must(t, readErr)
		if !bytes.Equal(after, data) {
			t.Fatalf("the refused file was changed (%v)", err)
		}
		return false
	}
	defer func() { must(t, s.Close()) }()
	for topic, value := range resources(t, s) {
		if len(value) > 90 && topic != "topic/100" {
			t.Errorf("%s has %d bytes", topic, len(value))
		}
	}
	put(t, s, "new", "value")
	must(t, wait(func(done func(error)) { s.DeleteResource("topic/10", done) }))
	return true
}

func FuzzOpen(f *testing.F) {
	good := sample(f)
	f.Add(uint32(4096), uint64(0), uint32(4096*3), uint64(1))
	f.Add(uint32(4096*5+24), uint64(1)<<32, uint32(4096*6+8), uint64(2))
	path := filepath.Join(f.TempDir(), "state.db")
	f.Fuzz(func(t *testing.T, at1 uint32, xor1 uint64, at2 uint32, xor2 uint64) {
		data := bytes.Clone(good)
		for at, xor := range map[uint32]uint64{at1: xor1, at2: xor2} {
			i := int(at) % (len(data) - 8)
			order.PutUint64(data[i:], order.Uint64(data[i:])^xor)
		}
		tryFile(t, fmt.Sprintf("%s.%d", path, os.Getpid()), data)
	})
}

func TestFileCutWhileOpen(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("a mapped file cannot be cut there")
	}
	path := filepath.Join(t.TempDir(), "state.db")
	s, err := Open(path)
	must(t, err)
	put(t, s, "a", "1")
	must(t, os.Truncate(path, 0))
	if err := s.Resources(func(string, []byte) error { return nil }); err == nil {
		t.Error("a file that is gone can be read")
	}
	for range 2 {
		if err := wait(func(done func(error)) { s.PutResource("b", nil, done) }); err == nil {
			t.Error("a file that is gone can be written")
		}
	}
	if err := s.Close(); err == nil {
		t.Error("closing says nothing")
	}
}
