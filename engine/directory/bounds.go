package directory

import (
	"cmp"
	"sync/atomic"
	"time"

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
type reached [bounds]struct {
	count atomic.Uint64
	last  atomic.Int64 // Unix nanoseconds
}

func (r *reached) note(b bound) {
	r[b].count.Add(1)
	r[b].last.Store(time.Now().UnixNano())
}

// Bounds returns the bounds by the names of their settings, with what is used of them.
func (d *Directory) Bounds() []coap.Bound {
	const unknown = -1
	d.mu.Lock()
	registrations, size := len(d.byID), d.size
	d.mu.Unlock()
	all := []coap.Bound{
		boundRegistrations:       {Name: "directory.max_registrations", Limit: int64(d.limits.Registrations), InUse: int64(registrations)},
		boundRegistrationsClient: {Name: "directory.max_registrations_client", Limit: int64(d.limits.RegistrationsClient), InUse: unknown},
		boundLinks:               {Name: "directory.max_links", Limit: int64(d.limits.Links), InUse: unknown},
		boundRegistrationSize:    {Name: "directory.max_registration_size", Limit: int64(d.limits.RegistrationSize), InUse: unknown},
		boundSize:                {Name: "directory.max_size", Limit: int64(d.limits.Size), InUse: int64(size)},
		boundObservers:           {Name: "directory.max_observers", Limit: int64(d.limits.Observers), InUse: int64(d.watchers.len())},
		boundFetches:             {Name: "directory.max_fetches", Limit: int64(d.limits.Fetches), InUse: int64(d.fetches.len())},
	}
	for b := range all {
		if all[b].Reached = d.reached[b].count.Load(); all[b].Reached > 0 {
			all[b].Last = time.Unix(0, d.reached[b].last.Load())
		}
	}
	return all
}
