package proxy

import (
	"container/list"
	"time"

	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"

	"sluice/engine/coap"
)

// overhead is roughly what an entry takes beyond its texts, in bytes.
const overhead = 512

// cache holds what is known of resources. It belongs to Proxy.mu.
type cache struct {
	maxEntries int
	maxBytes   int64
	resources  map[string]*resource
	targets    map[string][]*resource
	recent     *list.List // of resources with an entry, the most recently used first
	entries    int
	bytes      int64
	evicted    uint64

	fullEntries, fullBytes coap.Reached
}

// resource is one cache key.
type resource struct {
	target, key string
	entry       *entry // nil: nothing is kept
	place       *list.Element
	flight      *flight // that others may join; nil: there is none
	asking      int     // flights, with those that nobody may join
	watch       *watch  // nil: nobody observes
	generation  int     // of the representation; another method makes a new one
}

// entry is a response that is kept. It is not modified.
type entry struct {
	code    codes.Code
	options message.Options // without Max-Age
	payload []byte
	etag    []byte
	at      time.Time // when the server sent or confirmed it
	maxAge  time.Duration
}

func newCache(maxEntries int, maxBytes int64) *cache {
	return &cache{
		maxEntries: maxEntries, maxBytes: maxBytes, resources: map[string]*resource{}, targets: map[string][]*resource{},
		recent: list.New(),
	}
}

func newEntry(r *coap.ClientResponse) *entry {
	e := &entry{code: r.Code, payload: r.Payload, at: r.Received, maxAge: r.MaxAge()}
	for _, o := range r.Options {
		switch o.ID {
		case message.MaxAge:
			continue
		case message.ETag:
			e.etag = o.Value
		}
		e.options = append(e.options, o)
	}
	return e
}

// confirmed is the entry after the server said that it is still valid (RFC 7252, section 5.9.1.3).
func (e *entry) confirmed(r *coap.ClientResponse) *entry {
	fresh := newEntry(r)
	fresh.code, fresh.payload, fresh.etag = e.code, e.payload, e.etag
	for _, o := range e.options {
		if !fresh.options.HasOption(o.ID) {
			fresh.options = fresh.options.Add(o)
		}
	}
	return fresh
}

// fresh reports whether the entry may be given without asking (RFC 7252, section 5.6.1).
// contentFormat is -1 if there is none.
func (e *entry) contentFormat() int {
	if number, err := e.options.GetUint32(message.ContentFormat); err == nil {
		return int(number)
	}
	return -1
}

func (e *entry) fresh(now time.Time) bool { return now.Before(e.at.Add(e.maxAge)) }

func (e *entry) size(key string) int64 {
	n := overhead + 2*len(key) + len(e.payload)
	for _, o := range e.options {
		n += 32 + len(o.Value)
	}
	return int64(n)
}

// kept reports whether a response may be kept. The others say something of the moment or of one request.
func kept(code codes.Code) bool {
	switch code {
	case codes.Content:
		return true
	case codes.TooManyRequests, codes.RequestEntityIncomplete, codes.RequestEntityTooLarge, codes.Unauthorized:
		return false
	}
	return code>>5 == 4
}

// fill writes a fresh response.
func (e *entry) fill(w *coap.ResponseWriter, q *inquiry, now time.Time) {
	remaining := max(e.at.Add(e.maxAge).Sub(now), 0)
	if e.code == codes.Content && q.has(e.etag) {
		w.SetCode(codes.Valid)
		w.AddOption(message.ETag, e.etag)
		w.AddUint(message.MaxAge, uint32(remaining/time.Second))
		return
	}
	e.write(w)
	w.AddUint(message.MaxAge, uint32(remaining/time.Second))
}

// fillStale writes a response that is not known to be valid any more.
func (e *entry) fillStale(w *coap.ResponseWriter, now time.Time) {
	e.write(w)
	w.AddUint(message.MaxAge, 0)
	w.AddUint(OptionAge, e.age(now))
}

func (e *entry) write(w *coap.ResponseWriter) {
	w.SetCode(e.code)
	for _, o := range e.options {
		w.AddOption(o.ID, o.Value)
	}
	w.SetPayload(e.payload)
}

// age is in seconds.
func (e *entry) age(now time.Time) uint32 {
	return uint32(min(max(now.Sub(e.at), 0)/time.Second, 1<<32-1))
}

// resource returns what is known under the key of a request, beginning if nothing is.
func (c *cache) resource(q *inquiry) *resource {
	r := c.resources[q.key]
	if r == nil {
		r = &resource{target: q.target, key: q.key}
		c.resources[q.key] = r
		c.targets[q.target] = append(c.targets[q.target], r)
	}
	return r
}

// keep puts a response in place of what is kept of a resource, if there is room.
func (c *cache) keep(r *resource, e *entry) {
	c.drop(r)
	size := e.size(r.key)
	if size > c.maxBytes/2 {
		c.fullBytes.Note()
		return
	}
	for c.entries > 0 && (c.entries >= c.maxEntries || c.bytes+size > c.maxBytes) {
		if c.entries >= c.maxEntries {
			c.fullEntries.Note()
		} else {
			c.fullBytes.Note()
		}
		oldest := c.recent.Back().Value.(*resource)
		c.evicted++
		c.drop(oldest)
		c.release(oldest)
	}
	r.entry = e
	r.place = c.recent.PushFront(r)
	c.entries++
	c.bytes += size
}

// used says that the entry of a resource was given.
func (c *cache) used(r *resource) { c.recent.MoveToFront(r.place) }

// drop forgets the entry of a resource.
func (c *cache) drop(r *resource) {
	if r.entry == nil {
		return
	}
	c.recent.Remove(r.place)
	c.entries--
	c.bytes -= r.entry.size(r.key)
	r.entry, r.place = nil, nil
}

// release forgets a resource that nothing is known of.
func (c *cache) release(r *resource) {
	if r.entry != nil || r.asking > 0 || r.watch != nil || c.resources[r.key] != r {
		return
	}
	delete(c.resources, r.key)
	siblings := c.targets[r.target]
	for i := range siblings {
		if siblings[i] == r {
			siblings = append(siblings[:i], siblings[i+1:]...)
			break
		}
	}
	if len(siblings) == 0 {
		delete(c.targets, r.target)
		return
	}
	c.targets[r.target] = siblings
}

// forget drops what is kept of a target, whatever the method and the options of the requests were.
func (p *Proxy) forget(target string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, r := range append([]*resource(nil), p.cache.targets[target]...) {
		r.generation++
		p.cache.drop(r)
		p.cache.release(r)
	}
}
