package directory

import (
	"net/netip"
	"time"

	"sluice/engine/coap"
	"sluice/engine/linkformat"
)

// Endpoint is one registration now. Its slices are not to be modified.
type Endpoint struct {
	Name, Sector string
	Location     string // /rd/…
	Base         string // URI
	BaseGiven    bool   // by the device, not taken from its address
	Attributes   []linkformat.Attribute
	// Links are as they were registered, and Resolved with targets and anchors that are URIs.
	Links, Resolved []linkformat.Link
	// Owner is who may change it: psk:IDENTITY, cn:NAME, user:NAME, client:ID or address:IP.
	Owner   string
	Address netip.AddrPort // where the last registration or update came from
	// Peer is the device itself, if the base is the address it spoke from last and the program was running then; else nil.
	Peer           *coap.Peer
	Since, Updated time.Time
	Lifetime       time.Duration
	Remaining      time.Duration // 0: it has expired and can only be refreshed
	Simple         bool          // asked for at /.well-known/rd
}

func (r *registration) snapshot(now time.Time) Endpoint {
	return Endpoint{
		Name: r.endpoint, Sector: r.sector, Location: r.location(), Base: r.base, BaseGiven: r.baseGiven,
		Attributes: r.attributes, Links: r.links, Resolved: r.resolved, Owner: r.owner, Address: r.address, Peer: r.peer,
		Since: r.since, Updated: r.updated, Lifetime: time.Duration(r.lifetime) * time.Second,
		Remaining: max(r.expires.Sub(now), 0), Simple: r.simple,
	}
}

// Snapshot returns all registrations in the order they were made, those that have expired but are remembered included.
func (d *Directory) Snapshot() []Endpoint {
	list, _ := d.list()
	now := time.Now()
	endpoints := make([]Endpoint, len(list))
	for i, r := range list {
		endpoints[i] = r.snapshot(now)
	}
	return endpoints
}

// Find returns the active registration of an endpoint name: the one without a sector or, if there is none, the first
// that was made.
func (d *Directory) Find(name string) (Endpoint, bool) {
	now := time.Now()
	d.mu.Lock()
	r := d.byKey[key{endpoint: name}]
	d.mu.Unlock()
	if r != nil && r.active(now) {
		return r.snapshot(now), true
	}
	list, _ := d.list()
	for _, r := range list {
		if r.endpoint == name && r.active(now) {
			return r.snapshot(now), true
		}
	}
	return Endpoint{}, false
}

// Resources calls yield for the links that a resource lookup of a client at an address gives (RFC 9176, section 6.2), those
// of the oldest registration first, until it returns false. At most so many registrations are looked at.
func (d *Directory) Resources(c *Client, scheme string, from netip.AddrPort, most int, yield func(*linkformat.Link) bool) {
	list, _ := d.list()
	now, link := time.Now(), origin{scheme, from}.link()
	for _, r := range list[:min(len(list), most)] {
		if !r.active(now) || r.link != "" && r.link != link || !c.MayLookUp(r.endpoint) {
			continue
		}
		for i := range r.resolved {
			if !yield(&r.resolved[i]) {
				return
			}
		}
	}
}

// Stats describes a Directory now.
type Stats struct {
	Registrations int // those that have expired but are remembered included
	Links         int
	Size          int // bytes, roughly
	Observers     int
	Refused       uint64 // registrations and updates
}

// Stats returns the counters.
func (d *Directory) Stats() Stats {
	d.mu.Lock()
	s := Stats{Registrations: len(d.byID), Links: d.links, Size: d.size}
	d.mu.Unlock()
	s.Observers, s.Refused = d.watchers.len(), d.refused.Load()
	return s
}
