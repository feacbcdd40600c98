package topics

import "slices"

// Removed is a topic that Take took, with its history.
type Removed struct {
	Topic   Topic
	history []Value // newest first
}

// Size is how many bytes it keeps.
func (r *Removed) Size() int {
	size := entrySize + len(r.Topic.Name) + len(r.Topic.Payload) + len(r.Topic.Type.ContentType)
	for _, v := range r.history {
		size += len(v.Payload) + len(v.Type.ContentType) + valueSize
	}
	return size
}

// Take removes a topic and returns what it was; false if it is not known.
func (t *Table) Take(name string) (Removed, bool) {
	s := t.shard(name)
	s.Lock()
	defer s.Unlock()
	e := s.topics[name]
	if e == nil {
		return Removed{}, false
	}
	r := Removed{e.snapshot(), t.history.of(e, 0)}
	t.drop(s, e)
	return r, true
}

// Restore brings back a topic that Take took: its last value, its count and its history. What has come meanwhile stays
// the last value, and follows in the history. Whether a message is retained is not taken over: see SetRetained.
func (t *Table) Restore(r Removed) {
	s := t.shard(r.Topic.Name)
	s.Lock()
	e := s.topics[r.Topic.Name]
	known := e != nil
	before := 0
	if known {
		before = e.size()
		s.listOf(e).Remove(e)
	} else {
		e = &entry{name: r.Topic.Name}
		s.topics[e.name] = e
	}
	if at := r.Topic.At.UnixNano(); e.at < at || !known {
		e.payload = append(e.payload[:0], r.Topic.Payload...)
		e.at, e.from, e.via, e.qos, e.kind = at, r.Topic.From, r.Topic.Via, r.Topic.QoS, r.Topic.Type
	}
	e.count += r.Topic.Count
	t.touch(s, e)
	since := t.history.of(e, 0)
	t.history.forget(e)
	for _, v := range slices.Backward(append(since, r.history...)) {
		t.history.append(e, v, t.options)
	}
	grown := int64(e.size() - before)
	s.Unlock()
	if !known {
		grown += int64(len(e.name)) + entrySize
		t.count.Add(1)
	}
	if t.bytes.Add(grown) > t.options.MaxBytes || t.count.Load() > int64(t.options.MaxTopics) {
		t.evict()
	}
}
