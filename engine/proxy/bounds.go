package proxy

import (
	"sync/atomic"
	"time"

	"sluice/engine/coap"
)

// reached counts how often one bound was reached.
type reached struct {
	count atomic.Uint64
	last  atomic.Int64 // Unix nanoseconds
}

func (r *reached) note() {
	r.count.Add(1)
	r.last.Store(time.Now().UnixNano())
}

func (r *reached) bound(name string, limit, inUse int64) coap.Bound {
	b := coap.Bound{Name: name, Limit: limit, InUse: inUse, Reached: r.count.Load()}
	if b.Reached > 0 {
		b.Last = time.Unix(0, r.last.Load())
	}
	return b
}

// Bounds returns the bounds that are settings, by their names.
func (p *Proxy) Bounds() []coap.Bound {
	p.mu.Lock()
	entries, bytes, shared := p.cache.entries, p.cache.bytes, p.shared
	p.mu.Unlock()
	s := &p.settings
	return []coap.Bound{
		p.cache.fullEntries.bound("proxy.max_cache_entries", int64(s.MaxCacheEntries), int64(entries)),
		p.cache.fullBytes.bound("proxy.max_cache_bytes", int64(s.MaxCacheBytes), bytes),
		p.fullObservers.bound("proxy.max_observers", int64(s.MaxObservers), int64(shared)),
	}
}
