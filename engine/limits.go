package engine

import "sluice/engine/coap"

// Limit is a bound of one listener, or of the gateway behind all of them.
type Limit struct {
	Listener string // its URL; empty: the gateway
	coap.Bound
}

// limits lists all bounds, those of the gateway first.
func (r *running) limits() []Limit {
	var all []Limit
	for _, b := range r.gateway.Bounds() {
		all = append(all, Limit{Bound: b})
	}
	if r.directory != nil {
		for _, b := range r.directory.Bounds() {
			all = append(all, Limit{Bound: b})
		}
	}
	for _, l := range r.listeners {
		if l.endpoint == nil {
			continue
		}
		for _, b := range l.endpoint.Bounds() {
			all = append(all, Limit{Listener: l.settings.Bind, Bound: b})
		}
	}
	return all
}

// Limits returns every bound with what is used of it and how often it was reached since Start; nil while stopped.
func (e *Engine) Limits() []Limit {
	if r := e.current(); r != nil {
		return r.limits()
	}
	return nil
}
