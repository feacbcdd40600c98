package pki

import (
	"errors"
	"io"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"sluice/engine/mistakes"
)

// watchEvery is how often files are looked at, at most.
const watchEvery = time.Second

// watched is what files hold, read again when one of them changed.
type watched[T any] struct {
	paths []string
	parse func(data [][]byte) (T, error)
	log   *slog.Logger

	value  atomic.Pointer[T]
	looked atomic.Int64 // when, in nanoseconds

	mu     sync.Mutex // held by who looks
	stamps []stamp    // of what was read last, even if it could not be used
}

// stamp tells whether a file changed.
type stamp struct {
	modified time.Time
	size     int64
}

func watch[T any](paths []string, parse func([][]byte) (T, error), log *slog.Logger) (*watched[T], error) {
	w := &watched[T]{paths: paths, parse: parse, log: log}
	w.looked.Store(time.Now().UnixNano())
	stamps, err := w.look()
	if err != nil {
		return nil, err
	}
	w.stamps = stamps
	if err := w.read(); err != nil {
		return nil, err
	}
	return w, nil
}

// get returns what the files hold. Whoever comes first after a second looks at them; the others do not wait.
func (w *watched[T]) get(now time.Time) T {
	if looked := w.looked.Load(); now.UnixNano()-looked >= int64(watchEvery) && w.mu.TryLock() {
		w.refresh()
		w.looked.Store(now.UnixNano())
		w.mu.Unlock()
	}
	return *w.value.Load()
}

func (w *watched[T]) refresh() {
	stamps, err := w.look()
	if err == nil && equalStamps(stamps, w.stamps) {
		return
	}
	if err != nil && w.stamps == nil {
		return // it was said before
	}
	w.stamps = stamps
	if err == nil {
		err = w.read()
	}
	if err != nil {
		w.log.Error("a file of credentials changed and cannot be used; what was read before is", "error", err)
		return
	}
	w.log.Info("a file of credentials changed and was read", "file", w.paths[0])
}

func (w *watched[T]) look() ([]stamp, error) {
	stamps := make([]stamp, len(w.paths))
	for i, path := range w.paths {
		info, err := os.Stat(path)
		if err != nil {
			return nil, err
		}
		if !info.Mode().IsRegular() {
			return nil, mistakes.Errorf("%s is not a regular file", path)
		}
		stamps[i] = stamp{info.ModTime(), info.Size()}
	}
	return stamps, nil
}

func equalStamps(a, b []stamp) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if !a[i].modified.Equal(b[i].modified) || a[i].size != b[i].size {
			return false
		}
	}
	return true
}

func (w *watched[T]) read() error {
	data := make([][]byte, len(w.paths))
	for i, path := range w.paths {
		var err error
		if data[i], err = readBounded(path); err != nil {
			return err
		}
	}
	value, err := w.parse(data)
	if err != nil {
		return mistakes.Errorf("%s: %w", w.paths[0], err)
	}
	w.value.Store(&value)
	return nil
}

// readBounded reads a file of at most maxImport bytes.
func readBounded(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(io.LimitReader(f, maxImport+1))
	if err = errors.Join(err, f.Close()); err != nil {
		return nil, err
	}
	if len(data) > maxImport {
		return nil, mistakes.Errorf("%s is longer than %d bytes", path, maxImport)
	}
	return data, nil
}
