// Package flow counts what flows from which client to which topic and on to whom, while somebody looks. It is fed by the
// goroutines that publish and deliver; a window asks what moved since it asked last.
//
// Nobody has to say that he looks no longer: who has not asked for a minute does not look, and from then on a message
// costs one atomic load again.
package flow

import (
	"hash/maphash"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"sluice/engine/linked"
)

// Way is the direction of an edge, and the side that its client is on.
type Way uint8

// The ways. A client publishes, or is told.
const (
	FromCoAP Way = iota
	FromMQTT
	ToCoAP
	ToMQTT
)

// CoAP reports whether the client of the edge speaks CoAP.
func (w Way) CoAP() bool { return w == FromCoAP || w == ToCoAP }

// Publishes reports whether the edge leads from its client to its topic.
func (w Way) Publishes() bool { return w == FromCoAP || w == FromMQTT }

// Key names an edge.
type Key struct {
	Way           Way
	Client, Topic string // the client's ID; an address where it gave none
}

// Edge is a snapshot of what passed between a client and a topic.
type Edge struct {
	Key
	Count uint64 // messages since somebody looks; it begins again where the edge was forgotten meanwhile
	At    time.Time
}

// Options bound a Table. A zero field means its default.
type Options struct {
	MaxEdges int           // those that were silent longest go; default 16,384
	MaxBytes int64         // of their names, and of what an edge takes beside them; default 8 MiB
	Patience time.Duration // who has not asked for so long does not look; default 1 min
}

const (
	shardCount = 16 // a power of two
	// edgeSize is what an edge takes beside its names, roughly: itself and its place in the map.
	edgeSize = 192
)

// Table holds the edges. All methods may be called from any goroutine.
type Table struct {
	options  Options
	seed     maphash.Seed
	watched  atomic.Bool
	asked    atomic.Int64 // Unix time in nanoseconds
	revision atomic.Uint64
	shards   [shardCount]shard
	answers  answers
}

// shard is a part of the edges with a lock of its own. Its list is ordered by revision.
type shard struct {
	sync.Mutex
	edges   map[Key]*entry
	ordered linked.List[entry, *entry] // the first was silent longest
	bytes   int64
	_       [64]byte // keeps the locks of two shards on different cache lines
}

type entry struct {
	linked.Links[entry]
	key      Key
	count    uint64
	at       int64 // Unix time in nanoseconds
	revision uint64
}

// New returns an empty table that nobody looks at.
func New(o Options) *Table {
	if o.MaxEdges <= 0 {
		o.MaxEdges = 16384
	}
	if o.MaxBytes <= 0 {
		o.MaxBytes = 8 << 20
	}
	if o.Patience <= 0 {
		o.Patience = time.Minute // a window that rests asks every 15 s
	}
	t := &Table{options: o, seed: maphash.MakeSeed()}
	for i := range t.shards {
		t.shards[i].edges = map[Key]*entry{}
	}
	return t
}

// Watched reports whether somebody looks. It is one atomic load, for callers to ask before they find out what Note needs.
func (t *Table) Watched() bool { return t.watched.Load() }

// Note counts a message between a client and a topic. Nothing is kept of the strings unless the edge is new. While nobody
// looks, or without a client, it does nothing.
func (t *Table) Note(way Way, client, topic string, at time.Time) {
	if !t.wanted(client, at) {
		return
	}
	s := t.shard(client, maphash.String(t.seed, topic))
	s.Lock()
	defer s.Unlock()
	e := s.edges[Key{way, client, topic}]
	if e == nil {
		e = &entry{key: Key{way, strings.Clone(client), strings.Clone(topic)}}
	}
	t.count(s, e, at)
}

// NoteBytes is Note for who has the topic as bytes.
func (t *Table) NoteBytes(way Way, client string, topic []byte, at time.Time) {
	if !t.wanted(client, at) {
		return
	}
	s := t.shard(client, maphash.Bytes(t.seed, topic))
	s.Lock()
	defer s.Unlock()
	e := s.edges[Key{way, client, string(topic)}]
	if e == nil {
		e = &entry{key: Key{way, strings.Clone(client), string(topic)}}
	}
	t.count(s, e, at)
}

// wanted reports whether a message is to be counted.
func (t *Table) wanted(client string, at time.Time) bool {
	if !t.watched.Load() || client == "" {
		return false
	}
	if at.UnixNano()-t.asked.Load() > int64(t.options.Patience) {
		t.forsake()
		return false
	}
	return true
}

func (t *Table) shard(client string, topic uint64) *shard {
	return &t.shards[(maphash.String(t.seed, client)^topic)%shardCount]
}

// count counts one more message for e, which is new if it has none. The lock of s is held.
func (t *Table) count(s *shard, e *entry, at time.Time) {
	if e.count == 0 {
		s.edges[e.key] = e
		s.bytes += e.size()
	} else {
		s.ordered.Remove(e)
	}
	e.count++
	e.at = at.UnixNano()
	e.revision = t.revision.Add(1) // under the lock: who reads the counter first sees every change up to it
	s.ordered.Push(e)
	most, mostBytes := max(1, t.options.MaxEdges/shardCount), t.options.MaxBytes/shardCount
	for s.ordered.First() != e && (len(s.edges) > most || s.bytes > mostBytes) {
		s.drop(s.ordered.First())
	}
	if s.bytes > mostBytes { // its names alone are too long
		s.drop(e)
	}
}

// forsake forgets everything because nobody looks any more.
func (t *Table) forsake() {
	if t.watched.CompareAndSwap(true, false) {
		t.clear()
	}
}

func (t *Table) clear() {
	for i := range t.shards {
		s := &t.shards[i]
		s.Lock()
		s.edges, s.ordered, s.bytes = map[Key]*entry{}, linked.List[entry, *entry]{}, 0
		s.Unlock()
	}
}

// Since says that somebody looks, and returns the edges that moved after the revision that the former call returned, in no
// order, and the one to ask with the next time. The first call, with 0, begins to count. The cost grows with what moved.
func (t *Table) Since(revision uint64, now time.Time) ([]Edge, uint64) {
	t.look(now)
	next := t.revision.Load()
	if next == revision {
		return nil, next
	}
	var moved []Edge
	for i := range t.shards {
		s := &t.shards[i]
		s.Lock()
		for e := s.ordered.Last(); e != nil && e.revision > revision; e = e.Previous() {
			moved = append(moved, Edge{Key: e.key, Count: e.count, At: time.Unix(0, e.at)})
		}
		s.Unlock()
	}
	return moved, next
}

// look notes that somebody looks now.
func (t *Table) look(now time.Time) {
	if now := now.UnixNano(); now > t.asked.Load() {
		t.asked.Store(now)
	}
	if !t.watched.Load() {
		t.clear()
		t.watched.Store(true)
	}
}

// Len is the number of edges.
func (t *Table) Len() int {
	n := 0
	for i := range t.shards {
		t.shards[i].Lock()
		n += len(t.shards[i].edges)
		t.shards[i].Unlock()
	}
	return n
}

func (e *entry) size() int64 { return int64(len(e.key.Client)+len(e.key.Topic)) + edgeSize }

func (s *shard) drop(e *entry) {
	s.ordered.Remove(e)
	delete(s.edges, e.key)
	s.bytes -= e.size()
}
