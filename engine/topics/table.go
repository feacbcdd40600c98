package topics

import (
	"hash/maphash"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"sluice/engine/broker"
	"sluice/engine/linked"
)

const (
	shardCount = 32 // a power of two

	// entrySize is what a topic takes beside its name and payload, roughly: the entry and its place in the map.
	entrySize = 256

	// slack is how much larger than the last payload a topic's buffer may be before it is given back.
	slack = 4096
)

// Options bound a Table. A zero field means its default.
type Options struct {
	MaxBytes      int64 // names, last payloads and their types; default 64 MiB
	MaxTopics     int   // default 200,000
	HistoryBytes  int64 // all histories together; default 32 MiB
	HistoryLength int   // values kept a topic; default 500
}

// Table holds the last value of every topic. All methods may be called from any goroutine.
type Table struct {
	options  Options
	seed     maphash.Seed
	shards   [shardCount]shard
	revision atomic.Uint64
	bytes    atomic.Int64
	count    atomic.Int64

	history history
	removed removals
}

// shard is a part of the topics with a lock of its own. Its lists are ordered by revision: the topic that was silent
// longest first. Topics with a retained message have a list of their own, because they are evicted last.
type shard struct {
	sync.Mutex
	topics   map[string]*entry
	ordinary list
	retained list
	_        [64]byte // keeps the locks of two shards on different cache lines
}

// list is of entries by revision.
type list = linked.List[entry, *entry]

// entry is one topic; its shard's lock guards it.
type entry struct {
	name     string
	payload  []byte // reused: nobody gets it
	at       int64  // Unix time in nanoseconds
	from     string
	via      broker.Via
	qos      byte
	kind     broker.PayloadType
	retained bool
	count    uint64
	revision uint64

	linked.Links[entry]
	past past // guarded by the lock of history
}

// New returns an empty Table.
func New(o Options) *Table {
	if o.MaxBytes <= 0 {
		o.MaxBytes = 64 << 20
	}
	if o.MaxTopics <= 0 {
		o.MaxTopics = 200_000
	}
	if o.HistoryBytes <= 0 {
		o.HistoryBytes = 32 << 20
	}
	if o.HistoryLength <= 0 {
		o.HistoryLength = 500
	}
	t := &Table{options: o, seed: maphash.MakeSeed()}
	for i := range t.shards {
		t.shards[i].topics = make(map[string]*entry)
	}
	return t
}

func (t *Table) shard(name string) *shard {
	return &t.shards[maphash.String(t.seed, name)%shardCount]
}

// Note takes m as the last value of its topic. The payload is copied. A retained message marks the topic as retained, an
// empty one as not; other messages leave the mark. The topics silent longest make room, those without a retained message
// first.
func (t *Table) Note(m *broker.Message) {
	s := t.shard(m.Topic)
	s.Lock()
	e := s.topics[m.Topic]
	known := e != nil
	before := 0
	if known {
		before = e.size()
		s.listOf(e).Remove(e)
	} else {
		e = &entry{name: strings.Clone(m.Topic)} // the caller's may be a part of a whole datagram
		s.topics[e.name] = e
	}
	if n := len(m.Payload); cap(e.payload) > 2*n+slack {
		e.payload = make([]byte, 0, n)
	}
	e.payload = append(e.payload[:0], m.Payload...)
	at := m.At
	if at.IsZero() {
		at = time.Now()
	}
	e.at = at.UnixNano()
	if e.from != m.From {
		e.from = strings.Clone(m.From)
	}
	e.via, e.qos = m.Via, m.QoS
	e.setType(m.Type)
	if m.Retain {
		e.retained = len(m.Payload) > 0
	}
	e.count++
	t.touch(s, e)
	grown := int64(e.size() - before)
	if t.history.kept.Load() {
		t.history.add(e, m.Retain, t.options)
	}
	s.Unlock()

	if !known {
		grown += int64(len(e.name)) + entrySize
		t.count.Add(1)
	}
	if grown == 0 {
		return
	}
	if t.bytes.Add(grown) > t.options.MaxBytes || t.count.Load() > int64(t.options.MaxTopics) {
		t.evict()
	}
}

// size is what e takes beside its name and entrySize.
func (e *entry) size() int { return cap(e.payload) + len(e.kind.ContentType) }

// setType takes over what was declared of the last value. Most publishers declare the same each time: that is kept once.
func (e *entry) setType(t broker.PayloadType) {
	before := e.kind.ContentType
	e.kind = t
	if before == t.ContentType {
		e.kind.ContentType = before
	} else {
		e.kind.ContentType = strings.Clone(t.ContentType)
	}
}

// touch gives e, which is in no list, the next revision and puts it at the end of its list. The revision is taken under
// the shard's lock: who reads the counter first and locks the shard then sees every change up to it.
func (t *Table) touch(s *shard, e *entry) {
	e.revision = t.revision.Add(1)
	s.listOf(e).Push(e)
}

func (s *shard) listOf(e *entry) *list {
	if e.retained {
		return &s.retained
	}
	return &s.ordinary
}

// SetRetained marks a known topic as having a retained message or none, as when one expires.
func (t *Table) SetRetained(name string, retained bool) {
	s := t.shard(name)
	s.Lock()
	defer s.Unlock()
	e := s.topics[name]
	if e == nil || e.retained == retained {
		return
	}
	s.listOf(e).Remove(e)
	e.retained = retained
	t.touch(s, e)
}

// Remove forgets a topic and its history; it reports whether there was one. The next message brings it back.
func (t *Table) Remove(name string) bool {
	s := t.shard(name)
	s.Lock()
	defer s.Unlock()
	e := s.topics[name]
	if e == nil {
		return false
	}
	t.drop(s, e)
	return true
}

// drop removes e; the lock of s is held.
func (t *Table) drop(s *shard, e *entry) {
	s.listOf(e).Remove(e)
	delete(s.topics, e.name)
	t.history.forget(e)
	t.count.Add(-1)
	t.bytes.Add(-int64(e.size() + len(e.name) + entrySize))
	t.removed.add(e.name, &t.revision)
}

// evict removes the topics silent longest until the table is within its bounds.
func (t *Table) evict() {
	for t.bytes.Load() > t.options.MaxBytes || t.count.Load() > int64(t.options.MaxTopics) {
		if !t.evictOldest(func(s *shard) *list { return &s.ordinary }) &&
			!t.evictOldest(func(s *shard) *list { return &s.retained }) {
			return
		}
	}
}

// evictOldest removes the first of all the lists that which names; false when all are empty. A topic that speaks while
// we look may let another one go in its place.
func (t *Table) evictOldest(which func(*shard) *list) bool {
	var oldest *shard
	var revision uint64
	for i := range t.shards {
		s := &t.shards[i]
		s.Lock()
		if e := which(s).First(); e != nil && (oldest == nil || e.revision < revision) {
			oldest, revision = s, e.revision
		}
		s.Unlock()
	}
	if oldest == nil {
		return false
	}
	oldest.Lock()
	defer oldest.Unlock()
	if e := which(oldest).First(); e != nil {
		t.drop(oldest, e)
	}
	return true
}

// Len returns the number of topics.
func (t *Table) Len() int {
	return int(t.count.Load())
}

// Revision returns a number that grows with every change; one atomic load.
func (t *Table) Revision() uint64 {
	return t.revision.Load()
}
