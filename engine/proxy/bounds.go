package proxy

import "sluice/engine/coap"

// Bounds returns the bounds that are settings, by their names.
func (p *Proxy) Bounds() []coap.Bound {
	p.mu.Lock()
	entries, bytes, shared := p.cache.entries, p.cache.bytes, p.shared
	p.mu.Unlock()
	s := &p.settings
	return []coap.Bound{
		p.cache.fullEntries.Bound("proxy.max_cache_entries", int64(s.MaxCacheEntries), int64(entries)),
		p.cache.fullBytes.Bound("proxy.max_cache_bytes", int64(s.MaxCacheBytes), bytes),
		p.fullObservers.Bound("proxy.max_observers", int64(s.MaxObservers), int64(shared)),
	}
}
