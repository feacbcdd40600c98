package store

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"go.etcd.io/bbolt"
	bbolterrors "go.etcd.io/bbolt/errors"

	"sluice/engine/mistakes"
)

// schema is the version of the layout of buckets and values that this package writes. It reads all before.
const schema = 3

const keyVersion = "version"

// lockTimeout is how long Open waits for another process that may be about to end.
const lockTimeout = time.Second

// LockedError says that another process has the state file open.
type LockedError struct{ Path string }

// Error names the file.
func (e *LockedError) Error() string { return e.Words().Error() }

// Words is Error as a sentence.
func (e *LockedError) Words() error {
	return mistakes.Errorf("state file %s is in use: another Sluice has it open", e.Path)
}

// DamagedError says that the file is no state file, or one that lost or changed some of its bytes.
type DamagedError struct {
	Path string
	Err  error
}

// Error names the file and what was found.
func (e *DamagedError) Error() string { return e.Words().Error() }

// Words is Error as a sentence.
func (e *DamagedError) Words() error {
	return mistakes.Errorf("state file %s is damaged or not a state file; it was not changed: %w", e.Path, e.Err)
}

// Unwrap returns what was found.
func (e *DamagedError) Unwrap() error { return e.Err }

// NewerError says that a newer Sluice wrote the file.
type NewerError struct {
	Path string
	// Version is the schema of the file and Known the newest that this Sluice understands.
	Version, Known int
}

// Error names the file and both schemas.
func (e *NewerError) Error() string { return e.Words().Error() }

// Words is Error as a sentence.
func (e *NewerError) Words() error {
	return mistakes.Errorf("state file %s was written by a newer Sluice (schema %d, this one knows %d); it was not changed",
		e.Path, e.Version, e.Known)
}

// Open opens the state file at path. A missing file is created with mode 0600, missing folders with 0700; an empty file
// is filled. A file that cannot be used is left byte for byte as it is and reported as *LockedError, *DamagedError or
// *NewerError, or as the error of the file system.
func Open(path string) (*Store, error) {
	var db *bbolt.DB
	_, err := guard(func() (err error) {
		db, err = open(path)
		return err
	})
	if err != nil {
		return nil, wrapOpen(path, err)
	}
	s := &Store{db: db, path: path, wake: make(chan struct{}, 1), stopped: make(chan struct{})}
	go s.run()
	return s, nil
}

// wrapOpen names the file in errors that do not do so themselves.
func wrapOpen(path string, err error) error {
	if errors.Is(err, bbolterrors.ErrTimeout) {
		return &LockedError{Path: path}
	}
	var damaged *DamagedError
	var newer *NewerError
	if errors.As(err, &damaged) || errors.As(err, &newer) {
		return err
	}
	return mistakes.Errorf("open state file %s: %w", path, err)
}

func open(path string) (*bbolt.DB, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		err = create(path)
	case err == nil && !info.Mode().IsRegular():
		err = mistakes.New("it is not a regular file")
	case err == nil && info.Size() > 0:
		err = verify(path)
	}
	if err != nil {
		return nil, err
	}
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{Timeout: lockTimeout})
	if err != nil {
		return nil, err
	}
	if err := db.Update(prepare); err != nil {
		return nil, errors.Join(mistakes.Errorf("prepare: %w", err), db.Close())
	}
	return db, nil
}

// create makes a state file under another name and then gives it its own, so that a kill in between does not leave half
// a file behind.
func create(path string) error {
	folder := filepath.Dir(path)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return mistakes.Errorf("create folder: %w", err)
	}
	f, err := os.CreateTemp(folder, "."+filepath.Base(path)+".*.new") // mode 0600
	if err != nil {
		return mistakes.Errorf("create: %w", err)
	}
	temporary := f.Name()
	defer func() { _ = os.Remove(temporary) }()
	if err := f.Close(); err != nil {
		return mistakes.Errorf("create: %w", err)
	}
	db, err := bbolt.Open(temporary, 0o600, &bbolt.Options{Timeout: lockTimeout})
	if err != nil {
		return mistakes.Errorf("create: %w", err)
	}
	if err := errors.Join(db.Update(prepare), db.Close()); err != nil {
		return mistakes.Errorf("create: %w", err)
	}
	// A link, unlike a rename, does not replace the file of another Sluice that was quicker.
	err = os.Link(temporary, path)
	if err != nil && !errors.Is(err, fs.ErrExist) {
		err = os.Rename(temporary, path) // the file system has no links
	}
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return mistakes.Errorf("create: %w", err)
	}
	syncFolder(folder)
	return nil
}

// syncFolder makes a new name durable. Not every system and file system can do that, so errors do not count.
func syncFolder(folder string) {
	if f, err := os.Open(folder); err == nil {
		_ = f.Sync()
		_ = f.Close()
	}
}

// prepare makes the buckets that a file does not have, being new or of an earlier schema, and writes the schema.
func prepare(tx *bbolt.Tx) error {
	version, err := fileVersion(tx)
	if err != nil || version == schema {
		return err
	}
	for _, name := range bucketsOf(schema) {
		if _, err := tx.CreateBucketIfNotExists(name); err != nil {
			return mistakes.Errorf("create bucket %s: %w", name, err)
		}
	}
	return tx.Bucket(bucketMeta).Put([]byte(keyVersion), seal(keyVersion, []byte(strconv.Itoa(schema))))
}

// verify reads the whole file without writing to it. It holds the file's lock in shared mode meanwhile, so that nobody
// writes to it either.
func verify(path string) error {
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{ReadOnly: true, Timeout: lockTimeout})
	if err != nil {
		return classify(path, err)
	}
	err = verifyOpen(path, db)
	if closeErr := db.Close(); err == nil && closeErr != nil {
		return closeErr
	}
	return err
}

// classify tells what is wrong with the bytes of a file from what is wrong with access to it.
func classify(path string, err error) error {
	var system *fs.PathError
	if errors.Is(err, bbolterrors.ErrTimeout) || errors.As(err, &system) {
		return err
	}
	return &DamagedError{Path: path, Err: err}
}

func verifyOpen(path string, db *bbolt.DB) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	if err := checkPages(f); err != nil {
		return classify(path, err)
	}
	return db.View(func(tx *bbolt.Tx) error {
		version, err := fileVersion(tx)
		if err != nil {
			return &DamagedError{Path: path, Err: err}
		}
		if version > schema {
			return &NewerError{Path: path, Version: version, Known: schema}
		}
		if err := checkValues(tx, version); err != nil {
			return &DamagedError{Path: path, Err: err}
		}
		return nil
	})
}

// fileVersion returns the schema of a file; 0 for one that has nothing in it yet, which an end in the middle of filling
// an empty file leaves behind.
func fileVersion(tx *bbolt.Tx) (int, error) {
	meta := tx.Bucket(bucketMeta)
	if meta == nil {
		if name, _ := tx.Cursor().First(); name != nil {
			return 0, mistakes.New("it is the bbolt file of another program")
		}
		return 0, nil
	}
	text, err := unseal([]byte(keyVersion), meta.Get([]byte(keyVersion)))
	if err != nil {
		return 0, mistakes.Errorf("schema version: %w", err)
	}
	version, err := strconv.Atoi(string(text))
	if err != nil || version < 1 {
		return 0, mistakes.Errorf("schema version %q", text)
	}
	return version, nil
}

// checkValues compares every value with its checksum.
func checkValues(tx *bbolt.Tx, version int) error {
	for _, name := range bucketsOf(version) {
		bucket := tx.Bucket(name)
		if bucket == nil {
			return mistakes.Errorf("bucket %s is missing", name)
		}
		err := bucket.ForEach(func(k, v []byte) error {
			_, err := unseal(k, v)
			return err
		})
		if err != nil {
			return mistakes.Errorf("bucket %s: %w", name, err)
		}
	}
	return nil
}
