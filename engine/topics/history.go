package topics

import (
	"bytes"
	"sync"
	"sync/atomic"
	"time"

	"sluice/engine/linked"
)

// valueSize is what a value in a history takes beside its payload and type, roughly.
const valueSize = 192

// history is the past of all topics on one budget. Its values form one list, oldest first; each topic chains its own.
type history struct {
	kept   atomic.Bool
	mu     sync.Mutex
	values linked.List[value, *value]
	bytes  int64
}

// past is the chain of one topic's values.
type past struct {
	oldest, newest *value
	length         int
}

type value struct {
	Value
	linked.Links[value] // in history
	owner               *entry
	older, newer        *value // of the same topic
}

// add appends the value that e has just got, if h is kept; the lock of the shard of e is held.
func (h *history) add(e *entry, retain bool, o Options) {
	h.append(e, Value{Payload: bytes.Clone(e.payload), At: time.Unix(0, e.at), From: e.from, Via: e.via, QoS: e.qos, Type: e.kind, Retain: retain}, o)
}

// append appends a value of e, whose payload nobody changes; the lock of the shard of e is held.
func (h *history) append(e *entry, last Value, o Options) {
	v := &value{Value: last, owner: e}
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.kept.Load() {
		return
	}
	h.values.Push(v)
	v.older = e.past.newest
	if v.older == nil {
		e.past.oldest = v
	} else {
		v.older.newer = v
	}
	e.past.newest = v
	e.past.length++
	h.bytes += v.size()

	if e.past.length > o.HistoryLength {
		h.remove(e.past.oldest)
	}
	for h.bytes > o.HistoryBytes {
		h.remove(h.values.First())
	}
}

// remove takes out v, the oldest of its topic; h.mu is held.
func (h *history) remove(v *value) {
	h.values.Remove(v)
	p := &v.owner.past
	p.oldest = v.newer
	if v.newer == nil {
		p.newest = nil
	} else {
		v.newer.older = nil
	}
	p.length--
	h.bytes -= v.size()
}

// forget removes the past of a topic.
func (h *history) forget(e *entry) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for e.past.oldest != nil {
		h.remove(e.past.oldest)
	}
}

func (h *history) clear() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for h.values.First() != nil {
		h.remove(h.values.First())
	}
}

func (v *value) size() int64 {
	return int64(len(v.Payload)+len(v.Type.ContentType)) + valueSize
}

// HistoryBytes is what all histories take, roughly; see Options.
func (t *Table) HistoryBytes() int64 {
	t.history.mu.Lock()
	defer t.history.mu.Unlock()
	return t.history.bytes
}

// SetWatched says whether somebody looks. While nobody does no history is kept, and what there was is dropped.
func (t *Table) SetWatched(watched bool) {
	if t.history.kept.Swap(watched) && !watched {
		t.history.clear()
	}
}

// History returns the last values of a topic that were kept while it was watched, newest first, at most max of them
// (0: all).
func (t *Table) History(name string, max int) []Value {
	s := t.shard(name)
	s.Lock()
	e := s.topics[name]
	s.Unlock()
	if e == nil {
		return nil
	}
	return t.history.of(e, max)
}

// of returns the last values of e, newest first, at most max of them (0: all).
func (h *history) of(e *entry, max int) []Value {
	h.mu.Lock()
	defer h.mu.Unlock()
	length := e.past.length
	if max > 0 {
		length = min(length, max)
	}
	values := make([]Value, 0, length)
	for v := e.past.newest; v != nil && len(values) < length; v = v.older {
		values = append(values, v.Value)
	}
	return values
}
