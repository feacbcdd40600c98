package dtls

import (
	"sync"
	"time"
)

// bucket lets through so many at once and then one after each interval.
type bucket struct {
	burst int
	every time.Duration

	mu   sync.Mutex
	full time.Time // when it is full again
}

func (b *bucket) take(now time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.full.Before(now) {
		b.full = now
	}
	next := b.full.Add(b.every)
	if next.Sub(now) > time.Duration(b.burst)*b.every {
		return false
	}
	b.full = next
	return true
}
