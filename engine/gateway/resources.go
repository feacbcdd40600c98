package gateway

import (
	"bytes"
	"encoding/binary"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"sluice/engine/coap"
	"sluice/engine/mistakes"
	"sluice/engine/settings"
)

// resourceFlush is how often values that came from MQTT are written: nobody waits for those.
const resourceFlush = time.Second

// resource is one entry of the table that EMQX 4 keeps for /ps. payload is never modified.
type resource struct {
	topic   string // with mountpoint
	payload []byte
	format  uint16 // 0: none was told, or text/plain; then any format may follow
	maxAge  uint32 // seconds
	at      time.Time
}

// remaining returns the seconds until the value expires; it does so only for who reads it, the resource stays.
func (r *resource) remaining(now time.Time) (seconds uint32, fresh bool) {
	age := max(now.Sub(r.at), 0) / time.Second
	if age >= time.Duration(r.maxAge) {
		return 0, false
	}
	return r.maxAge - uint32(age), true
}

const resourceVersion = 1

var errResource = errors.New("not a resource")

// encode returns the form kept on disk: version, format, Max-Age, Unix nanoseconds, payload.
func (r *resource) encode() []byte {
	b := make([]byte, 0, 15+len(r.payload))
	b = append(b, resourceVersion)
	b = binary.BigEndian.AppendUint16(b, r.format)
	b = binary.BigEndian.AppendUint32(b, r.maxAge)
	b = binary.BigEndian.AppendUint64(b, uint64(r.at.UnixNano()))
	return append(b, r.payload...)
}

// decodeResource copies value.
func decodeResource(topic string, value []byte) (resource, error) {
	if len(value) < 15 || value[0] != resourceVersion {
		return resource{}, errResource
	}
	return resource{
		topic:   strings.Clone(topic),
		format:  binary.BigEndian.Uint16(value[1:]),
		maxAge:  binary.BigEndian.Uint32(value[3:]),
		at:      time.Unix(0, int64(binary.BigEndian.Uint64(value[7:]))),
		payload: bytes.Clone(value[15:]),
	}, nil
}

// resources is the table of resources.
type resources struct {
	store              ResourceStore // may be nil
	log                *slog.Logger
	maxCount, maxBytes int // bytes of topics and payloads
	reached            *bounded

	mu      sync.RWMutex // also makes the store see changes in their order
	byTopic map[string]*resource
	bytes   int
	dirty   map[string]struct{} // values from MQTT that are not written yet
	names   []string            // topics in order; nil when they have to be ordered again
}

func newResources(store ResourceStore, l settings.Limits, b *bounded, log *slog.Logger) *resources {
	return &resources{
		store: store, log: log, maxCount: l.MaxResources, maxBytes: int(l.MaxResourceBytes), reached: b,
		byTopic: make(map[string]*resource), dirty: make(map[string]struct{}),
	}
}

func (t *resources) load() error {
	if t.store == nil {
		return nil
	}
	return t.store.Resources(func(topic string, value []byte) error {
		r, err := decodeResource(topic, value)
		if err != nil {
			t.log.Warn("a resource on disk cannot be read and is left out", "topic", topic, "error", err)
			return nil
		}
		t.byTopic[r.topic] = &r
		t.bytes += len(r.topic) + len(r.payload)
		return nil
	})
}

func (t *resources) get(topic string) (resource, bool) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	if r := t.byTopic[topic]; r != nil {
		return *r, true
	}
	return resource{}, false
}

// size returns how many resources there are, and their bytes.
func (t *resources) size() (count, bytes int) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return len(t.byTopic), t.bytes
}

// bounded returns the bound that is in the way of r, or nil, and by how much the bytes would grow. The lock is held.
func (t *resources) bounded(r *resource) (by *coap.Reached, size int) {
	before := t.byTopic[r.topic]
	size = len(r.topic) + len(r.payload)
	if before != nil {
		size -= len(before.topic) + len(before.payload)
	}
	switch {
	case before == nil && len(t.byTopic) >= t.maxCount:
		return &t.reached.resources, size
	case size > 0 && t.bytes+size > t.maxBytes:
		return &t.reached.resourceBytes, size
	}
	return nil, size
}

// room reports whether r could be put now.
func (t *resources) room(r *resource) bool {
	t.mu.RLock()
	by, _ := t.bounded(r)
	t.mu.RUnlock()
	if by != nil {
		by.Note()
	}
	return by == nil
}

// put adds or replaces a resource; done is called when that is on disk. When the table is full it does neither. A value
// that came from the broker meanwhile and is newer stays.
func (t *resources) put(r resource, done func(error)) (full bool) {
	t.mu.Lock()
	by, size := t.bounded(&r)
	if by != nil {
		t.mu.Unlock()
		by.Note()
		return true
	}
	before := t.byTopic[r.topic]
	if before != nil && before.at.After(r.at) {
		size += len(before.payload) - len(r.payload)
		r.payload, r.at = before.payload, before.at
	}
	t.bytes += size
	t.byTopic[r.topic] = &r
	delete(t.dirty, r.topic)
	if before == nil {
		t.names = nil
	}
	if t.store == nil {
		t.mu.Unlock()
		done(nil)
		return false
	}
	defer t.mu.Unlock()
	t.store.PutResource(r.topic, r.encode(), done)
	return false
}

// update gives an existing resource a newer value that came from the broker. payload is kept.
func (t *resources) update(topic string, payload []byte, at time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	before := t.byTopic[topic]
	if before == nil || !at.After(before.at) {
		return
	}
	size := len(payload) - len(before.payload)
	if size > 0 && t.bytes+size > t.maxBytes {
		t.reached.resourceBytes.Note()
		return
	}
	t.bytes += size
	r := *before
	r.payload, r.at = payload, at
	t.byTopic[topic] = &r
	if t.store != nil {
		t.dirty[topic] = struct{}{}
	}
}

// flush writes the values that came from the broker.
func (t *resources) flush() {
	t.mu.Lock()
	defer t.mu.Unlock()
	for topic := range t.dirty {
		t.store.PutResource(topic, t.byTopic[topic].encode(), func(err error) {
			if err != nil {
				t.log.Error("a resource cannot be kept", "topic", topic, "error", err)
			}
		})
	}
	clear(t.dirty)
}

// remove deletes a resource and, if below is set, those under it in the hierarchy. done is called when that is on disk;
// not when there was none.
func (t *resources) remove(topic string, below bool, done func(error)) (removed []string) {
	t.mu.Lock()
	if _, ok := t.byTopic[topic]; ok {
		removed = append(removed, topic)
	}
	if below {
		prefix := topic + "/"
		for other := range t.byTopic {
			if strings.HasPrefix(other, prefix) {
				removed = append(removed, other)
			}
		}
	}
	if len(removed) > 0 {
		t.names = nil
	}
	for _, gone := range removed {
		r := t.byTopic[gone]
		t.bytes -= len(r.topic) + len(r.payload)
		delete(t.byTopic, gone)
		delete(t.dirty, gone)
	}
	if t.store == nil {
		t.mu.Unlock()
		if len(removed) > 0 {
			done(nil)
		}
		return removed
	}
	defer t.mu.Unlock()
	one := all(len(removed), done)
	for _, gone := range removed {
		t.store.DeleteResource(gone, one)
	}
	return removed
}

// all calls done with the joined errors when it has been called n times itself.
func all(n int, done func(error)) func(error) {
	var (
		left atomic.Int64
		mu   sync.Mutex
		errs []error
	)
	left.Store(int64(n))
	return func(err error) {
		if err != nil {
			mu.Lock()
			errs = append(errs, err)
			mu.Unlock()
		}
		if left.Add(-1) == 0 {
			if err := errors.Join(errs...); err != nil {
				done(mistakes.Errorf("delete resources: %w", err))
				return
			}
			done(nil)
		}
	}
}

// topics returns the topics of all resources in order. What it returns does not change.
func (t *resources) topics() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.names == nil {
		t.names = slices.Sorted(maps.Keys(t.byTopic))
	}
	return t.names
}

// below returns the topics of the resources under one in the hierarchy, in order.
func (t *resources) below(topic string) []string {
	names, prefix := t.topics(), topic+"/"
	from, _ := slices.BinarySearch(names, prefix)
	to := from
	for to < len(names) && strings.HasPrefix(names[to], prefix) {
		to++
	}
	return names[from:to]
}

// snapshot returns all resources by topic.
func (t *resources) snapshot() []resource {
	t.mu.RLock()
	list := make([]resource, 0, len(t.byTopic))
	for _, r := range t.byTopic {
		list = append(list, *r)
	}
	t.mu.RUnlock()
	slices.SortFunc(list, func(a, b resource) int { return strings.Compare(a.topic, b.topic) })
	return list
}
