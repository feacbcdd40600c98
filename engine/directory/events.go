package directory

import (
	"net/netip"
	"sync"
	"time"
)

// EventKind says what happened to a registration.
type EventKind uint8

// What may happen.
const (
	Registered EventKind = iota + 1 // anew, or in the place of the former registration
	Updated
	Expired // the lifetime has ended
	Removed // by the device or, if there is a Reason, from this side
	Refused // Reason says why
)

// String returns the kind in one word.
func (k EventKind) String() string {
	return [...]string{"", "registered", "updated", "expired", "removed", "refused"}[k]
}

// Event is something that happened in the directory.
type Event struct {
	Number   uint64 // grows by one with each event
	At       time.Time
	Kind     EventKind
	Endpoint string // empty: the request did not say
	Sector   string
	Location string         // /rd/…; empty: there is none
	Address  netip.AddrPort // where the request came from; that of the registration for Expired
	Reason   string         // of Refused, and of Removed if the device did not ask for it
}

// maxEvents bounds the events kept.
const maxEvents = 1024

// eventRing keeps the last events.
type eventRing struct {
	mu   sync.Mutex
	last uint64
	ring [maxEvents]Event // event n is at n%maxEvents
}

func (e *eventRing) add(x Event) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.last++
	x.Number = e.last
	e.ring[x.Number%maxEvents] = x
}

// since returns the events after number, oldest first, as far as they are kept.
func (e *eventRing) since(number uint64) []Event {
	e.mu.Lock()
	defer e.mu.Unlock()
	first := max(number+1, 1)
	if e.last >= maxEvents {
		first = max(first, e.last-maxEvents+1)
	}
	var events []Event
	for n := first; n <= e.last; n++ {
		events = append(events, e.ring[n%maxEvents])
	}
	return events
}

// note keeps an event of a registration.
func (d *Directory) note(kind EventKind, r *registration, reason string) {
	d.events.add(Event{
		At: time.Now(), Kind: kind, Endpoint: r.endpoint, Sector: r.sector, Location: r.location(), Address: r.address,
		Reason: reason,
	})
}

// Events returns what happened after the event of that number, oldest first; 0 asks for all that are kept, which are the
// last 1024.
func (d *Directory) Events(after uint64) []Event { return d.events.since(after) }
