package store

import (
	"go.etcd.io/bbolt"

	"sluice/engine/mistakes"
)

// maxQueued bounds the bytes that wait for the disk.
const maxQueued = 64 << 20

// writeOverhead is what a queued write costs beyond its bytes, roughly.
const writeOverhead = 128

// write is one change that waits for its transaction. A nil value deletes the key.
type write struct {
	bucket []byte
	key    string
	value  []byte
	done   func(error) // may be nil
}

func (w *write) tell(err error) {
	if w.done != nil {
		w.done(err)
	}
}

func (w *write) size() int { return len(w.key) + len(w.value) + writeOverhead }

// put queues a write; value is copied. done is called exactly once: by the writer, or before put returns when the write
// cannot be queued.
func (s *Store) put(bucket []byte, key string, value []byte, done func(error)) {
	w := write{bucket: bucket, key: key, done: done}
	if err := writable(key, value); err != nil {
		w.tell(err)
		return
	}
	w.value = seal(key, value)
	s.enqueue(w)
}

// writable says what keeps a value from being written under key.
func writable(key string, value []byte) error {
	switch {
	case key == "":
		return mistakes.New("state file: the name is empty")
	case len(key) > bbolt.MaxKeySize:
		return mistakes.Errorf("state file: the name is longer than %d bytes", bbolt.MaxKeySize)
	case len(value) > bbolt.MaxValueSize-sealSize:
		return mistakes.Errorf("state file: the value is longer than %d bytes", bbolt.MaxValueSize-sealSize)
	}
	return nil
}

// remove queues the deletion of a key, which need not exist.
func (s *Store) remove(bucket []byte, key string, done func(error)) {
	s.enqueue(write{bucket: bucket, key: key, done: done})
}

func (s *Store) enqueue(w write) {
	if err := s.tryEnqueue(w); err != nil {
		w.tell(err)
	}
}

// tryEnqueue queues writes that are made in one transaction.
func (s *Store) tryEnqueue(writes ...write) error {
	size := 0
	for i := range writes {
		size += writes[i].size()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return ErrClosed
	}
	if s.queued > 0 && s.queued+size > maxQueued {
		return ErrBusy
	}
	s.queue = append(s.queue, writes...)
	s.queued += size
	select {
	case s.wake <- struct{}{}:
	default:
	}
	return nil
}

// wait queues a write by start and waits for it.
func wait(start func(done func(error))) error {
	result := make(chan error, 1)
	start(func(err error) { result <- err })
	return <-result
}

// run is the writer: it commits what has gathered until the store is closed.
func (s *Store) run() {
	defer close(s.stopped)
	for range s.wake {
		s.commit(s.take())
	}
	s.commit(s.take())
}

func (s *Store) take() []write {
	s.mu.Lock()
	defer s.mu.Unlock()
	batch := s.queue
	s.queue, s.queued = nil, 0
	return batch
}

// commit writes a batch in one transaction and tells every writer in the order they came.
func (s *Store) commit(batch []write) {
	if len(batch) == 0 {
		return
	}
	err := s.use(mistakes.Phrase("write"), func() error {
		return s.db.Update(func(tx *bbolt.Tx) error { return apply(tx, batch) })
	})
	s.noteWrite(err)
	for i := range batch {
		batch[i].tell(err)
	}
}

// apply makes the changes of a batch. Of several to one key only the last is made.
func apply(tx *bbolt.Tx, batch []write) error {
	type target struct{ bucket, key string }
	last := make(map[target]int, len(batch))
	for i := range batch {
		last[target{string(batch[i].bucket), batch[i].key}] = i
	}
	for i := range batch {
		w := &batch[i]
		if last[target{string(w.bucket), w.key}] != i {
			continue
		}
		bucket, key := tx.Bucket(w.bucket), []byte(w.key)
		if w.value == nil {
			if err := bucket.Delete(key); err != nil {
				return mistakes.Errorf("delete from %s: %w", w.bucket, err)
			}
		} else if err := bucket.Put(key, w.value); err != nil {
			return mistakes.Errorf("write to %s: %w", w.bucket, err)
		}
	}
	return nil
}
