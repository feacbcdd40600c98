package directory

import (
	"cmp"

	"sluice/engine/coap"
)

// Limits bound a Directory. A zero field means its default.
type Limits struct {
	Registrations       int // 10,000
	RegistrationsClient int // of one client; 1,000
	Links               int // of one registration; 1,000
	RegistrationSize    int // of one registration's links, in bytes; 64 KiB
	Size                int // of all in memory, in bytes; 64 MiB
	Observers           int // of lookups; 1,024
	Fetches             int // simple registrations under way at a time; 64
}

func (l Limits) withDefaults() Limits {
	l.Registrations = cmp.Or(max(l.Registrations, 0), 10_000)
	l.RegistrationsClient = cmp.Or(max(l.RegistrationsClient, 0), 1_000)
	l.Links = cmp.Or(max(l.Links, 0), 1_000)
	l.RegistrationSize = cmp.Or(max(l.RegistrationSize, 0), 64<<10)
	l.Size = cmp.Or(max(l.Size, 0), 64<<20)
	l.Observers = cmp.Or(max(l.Observers, 0), 1_024)
	l.Fetches = cmp.Or(max(l.Fetches, 0), 64)
	return l
}

// bound tells the bounds apart; their order is that of Bounds.
type bound uint8

const (
	boundRegistrations bound = iota
	boundRegistrationsClient
	boundLinks
	boundRegistrationSize
	boundSize
	boundObservers
	boundFetches
	bounds
)

// reached counts how often each bound was reached.
type reached [bounds]coap.Reached

func (r *reached) note(b bound) { r[b].Note() }

// Bounds returns the bounds by the names of their settings, with what is used of them.
func (d *Directory) Bounds() []coap.Bound {
	const unknown = -1
	d.mu.Lock()
	registrations, size := len(d.byID), d.size
	d.mu.Unlock()
	bound := func(b bound, name string, limit int, inUse int64) coap.Bound {
		return d.reached[b].Bound("directory."+name, int64(limit), inUse)
	}
	return []coap.Bound{
		bound(boundRegistrations, "max_registrations", d.limits.Registrations, int64(registrations)),
		bound(boundRegistrationsClient, "max_registrations_client", d.limits.RegistrationsClient, unknown),
		bound(boundLinks, "max_links", d.limits.Links, unknown),
		bound(boundRegistrationSize, "max_registration_size", d.limits.RegistrationSize, unknown),
		bound(boundSize, "max_size", d.limits.Size, int64(size)),
		bound(boundObservers, "max_observers", d.limits.Observers, int64(d.watchers.len())),
		bound(boundFetches, "max_fetches", d.limits.Fetches, int64(d.fetches.len())),
	}
}
