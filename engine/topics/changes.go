package topics

import (
	"bytes"
	"cmp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// removalsKept bounds the log of removals.
const removalsKept = 16384

// removals is a ring of the topics that were removed last, by revision.
type removals struct {
	mu   sync.Mutex
	ring []removal
	next int // where the oldest is once the ring is full
}

type removal struct {
	name     string
	revision uint64
}

// add takes the revision under the lock, for the same reason as touch does.
func (r *removals) add(name string, revision *atomic.Uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	x := removal{name: name, revision: revision.Add(1)}
	if len(r.ring) < removalsKept {
		r.ring = append(r.ring, x)
		return
	}
	r.ring[r.next] = x
	r.next = (r.next + 1) % removalsKept
}

func (r *removals) since(revision uint64) []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var names []string
	for i := range r.ring { // newest first
		x := r.ring[(r.next-1-i+2*len(r.ring))%len(r.ring)]
		if x.revision <= revision {
			break
		}
		names = append(names, x.name)
	}
	slices.Reverse(names)
	return names
}

// Topic returns a snapshot of one topic.
func (t *Table) Topic(name string) (Topic, bool) {
	s := t.shard(name)
	s.Lock()
	defer s.Unlock()
	e := s.topics[name]
	if e == nil {
		return Topic{}, false
	}
	return e.snapshot(), true
}

// Names returns about max topics, those that spoke last, in order of their names. Where topics are spread unevenly, some
// that spoke earlier may stand for later ones.
func (t *Table) Names(max int) []string {
	var found []change
	for i := range t.shards {
		s := &t.shards[i]
		s.Lock()
		for _, l := range [...]*list{&s.ordinary, &s.retained} {
			room := 1 + 4*max/shardCount
			for e := l.Last(); e != nil && room > 0; e, room = e.Previous(), room-1 {
				found = append(found, change{s, e, e.revision})
			}
		}
		s.Unlock()
	}
	slices.SortFunc(found, func(a, b change) int { return cmp.Compare(b.revision, a.revision) })
	names := make([]string, 0, min(max, len(found)))
	for _, c := range found[:cap(names)] {
		names = append(names, c.entry.name) // which never changes
	}
	slices.Sort(names)
	return names
}

// Below returns the names of a branch in their order: the topic itself, if it is one, and those under it. The empty branch
// is all topics.
func (t *Table) Below(branch string) []string {
	var names []string
	prefix := branch + "/"
	for i := range t.shards {
		s := &t.shards[i]
		s.Lock()
		for name := range s.topics {
			if branch == "" || name == branch || strings.HasPrefix(name, prefix) {
				names = append(names, name)
			}
		}
		s.Unlock()
	}
	slices.Sort(names)
	return names
}

// snapshot copies e; its shard's lock is held.
func (e *entry) snapshot() Topic {
	return Topic{
		Name: e.name, Payload: bytes.Clone(e.payload), At: time.Unix(0, e.at), From: e.from, Via: e.via, QoS: e.qos, Type: e.kind,
		Retained: e.retained, Count: e.count, Revision: e.revision,
	}
}

// change is a topic that Changed found, before it is known whether it is among the first max.
type change struct {
	shard    *shard
	entry    *entry
	revision uint64
}

// Changed returns the topics that changed after revision since, those that changed first first, at most max of them
// (0: all), and the revision to ask with the next time. removed are the topics that went since then; apply them before
// changed, for a topic may have come back. Both may tell again what was told before. With since 0 removed is empty.
//
// Of more than 16,384 removals between two calls the first are not told: a reader that has caught up (changed shorter
// than max) and then holds another number of topics than Len starts again with since 0.
//
// The cost grows with what changed, not with the topics there are.
func (t *Table) Changed(since uint64, max int) (changed []Topic, removed []string, revision uint64) {
	// First the revision, then the removals, then the topics: what happens meanwhile is told the next time, and a topic
	// that is removed meanwhile is not told as present after its removal.
	revision = t.revision.Load()
	if revision == since {
		return nil, nil, revision
	}
	if since > 0 {
		removed = t.removed.since(since)
	}
	var found []change
	for i := range t.shards {
		s := &t.shards[i]
		s.Lock()
		for _, l := range [...]*list{&s.ordinary, &s.retained} {
			for e := l.Last(); e != nil && e.revision > since; e = e.Previous() {
				found = append(found, change{s, e, e.revision})
			}
		}
		s.Unlock()
	}
	slices.SortFunc(found, func(a, b change) int { return cmp.Compare(a.revision, b.revision) })
	if max > 0 && len(found) > max {
		found = found[:max]
		revision = min(revision, found[max-1].revision)
	}
	changed = make([]Topic, 0, len(found))
	for _, c := range found {
		c.shard.Lock()
		if c.entry.revision == c.revision && c.shard.topics[c.entry.name] == c.entry { // else the next call tells
			changed = append(changed, c.entry.snapshot())
		}
		c.shard.Unlock()
	}
	return changed, removed, revision
}
