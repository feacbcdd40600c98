// Package store keeps all state in one bbolt file. It is the only package that opens it.
//
// Writes go through one goroutine that commits what has gathered in one transaction (fsync included) and then tells
// every writer, so that nothing is acknowledged to a device or client before it is on disk, and a thousand writers
// share one fsync. A file that another process holds, that is damaged, or that a newer Sluice wrote is reported as
// LockedError, DamagedError or NewerError and is left as it is.
//
// Every value is kept with a checksum over its key and itself. Open checks all of them, and before that every page, so
// that what is read later is what was written.
package store

import (
	"encoding/binary"
	"hash/crc32"
	"os"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"

	"go.etcd.io/bbolt"

	"sluice/engine/mistakes"
)

// The buckets of the file. bucketMeta holds the version of the schema, whose form never changes.
var (
	bucketMeta      = []byte("meta")
	bucketSettings  = []byte("settings")
	bucketUsers     = []byte("users")
	bucketResources = []byte("resources")
	bucketRetained  = []byte("retained")
	bucketValues    = []byte("values")
	bucketPubSub    = []byte("pubsub")
	bucketDirectory = []byte("directory")

	bucketCertificates  = []byte("certificates")
	bucketKeys          = []byte("keys")
	bucketPreSharedKeys = []byte("psk")
	bucketRevoked       = []byte("revoked")
	bucketSealing       = []byte("pki")

	// newBuckets are those that each version of the schema brought, from version 1 on.
	newBuckets = [][][]byte{
		{bucketMeta, bucketSettings, bucketUsers, bucketResources, bucketRetained, bucketValues},
		{bucketPubSub, bucketDirectory},
		{bucketCertificates, bucketKeys, bucketPreSharedKeys, bucketRevoked, bucketSealing},
	}
)

// bucketsOf returns the buckets of a file of the given version of the schema.
func bucketsOf(version int) [][]byte { return slices.Concat(newBuckets[:version]...) }

var (
	// ErrClosed is what a write gets after Close.
	ErrClosed = mistakes.New("state file is closed")
	// ErrBusy is what a write gets while more than 64 MiB wait for the disk.
	ErrBusy = mistakes.New("state file: the disk does not keep up with the writes")
)

// Store is an open state file. Its methods may be called from any goroutine.
type Store struct {
	db   *bbolt.DB
	path string

	mu     sync.Mutex
	queue  []write
	queued int // bytes in queue
	closed bool

	wake    chan struct{}         // has one place: something is in queue
	stopped chan struct{}         // closed when the writer has ended
	broken  atomic.Pointer[error] // why nothing can be read or written any more
	refused atomic.Pointer[error] // why the latest transaction was not written
}

// Path returns the path the store was opened with.
func (s *Store) Path() string { return s.path }

// Size returns the length of the file in bytes, 0 when it cannot be told.
func (s *Store) Size() int64 {
	info, err := os.Stat(s.path)
	if err != nil {
		return 0
	}
	return info.Size()
}

// Close writes what is queued, tells the writers and closes the file. Calling it again does nothing.
func (s *Store) Close() error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		<-s.stopped
		return nil
	}
	s.closed = true
	close(s.wake)
	s.mu.Unlock()
	<-s.stopped
	if err := s.broken.Load(); err != nil {
		return *err // closing bbolt would wait for the locks that it holds
	}
	if err := s.db.Close(); err != nil {
		return mistakes.Errorf("close state file %s: %w", s.path, err)
	}
	return nil
}

// each calls fn with a copy of every key and value of a bucket. fn must not wait for a write.
func (s *Store) each(bucket []byte, fn func(key string, value []byte) error) error {
	return s.view(func(tx *bbolt.Tx) error {
		return tx.Bucket(bucket).ForEach(func(k, v []byte) error {
			value, err := unseal(k, v)
			if err != nil {
				return err
			}
			return fn(string(k), value)
		})
	})
}

// get returns a copy of one value and whether it is there.
func (s *Store) get(bucket []byte, key string) (value []byte, ok bool, err error) {
	err = s.view(func(tx *bbolt.Tx) error {
		v := tx.Bucket(bucket).Get([]byte(key))
		if v == nil {
			return nil
		}
		ok = true
		value, err = unseal([]byte(key), v)
		return err
	})
	return value, ok, err
}

func (s *Store) view(fn func(*bbolt.Tx) error) error {
	return s.use(mistakes.Phrase("read"), func() error { return s.db.View(fn) })
}

// use runs fn on the open file. bbolt holds its locks for ever when it panics, so after that the file is not touched
// again: who did would wait without end.
func (s *Store) use(what mistakes.Phrase, fn func() error) error {
	if err := s.broken.Load(); err != nil {
		return *err
	}
	panicked, err := guard(fn)
	if err != nil {
		err = mistakes.Errorf("%s state file %s: %w", what, s.path, err)
	}
	if panicked {
		s.broken.CompareAndSwap(nil, &err)
	}
	return err
}

// guard runs fn. A panic of bbolt, which trusts the file, and a fault in the mapped file, whose end somebody may have
// cut off, become an error.
func guard(fn func() error) (panicked bool, err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if r := recover(); r != nil {
			panicked, err = true, mistakes.Errorf("the file cannot be used: %v", r)
		}
	}()
	return false, fn()
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

const sealSize = 4

var errChecksum = mistakes.New("a value does not match its checksum")

func checksum(key, value []byte) uint32 {
	return crc32.Update(crc32.Checksum(key, castagnoli), castagnoli, value)
}

// seal returns value as it is written: after its checksum.
func seal(key string, value []byte) []byte {
	sealed := make([]byte, sealSize, sealSize+len(value))
	binary.BigEndian.PutUint32(sealed, checksum([]byte(key), value))
	return append(sealed, value...)
}

// unseal returns a copy of what was sealed; it is not nil.
func unseal(key, sealed []byte) ([]byte, error) {
	if len(sealed) < sealSize || binary.BigEndian.Uint32(sealed) != checksum(key, sealed[sealSize:]) {
		return nil, errChecksum
	}
	return append(make([]byte, 0, len(sealed)-sealSize), sealed[sealSize:]...), nil
}
