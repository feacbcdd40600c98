package directory

import (
	"net/netip"
	"slices"
	"strings"
	"time"

	"sluice/engine/coap"
	"sluice/engine/linkformat"
)

// registration is one registration resource. It is not changed once it is in the table; see withLinks.
type registration struct {
	key
	id         string // the last segment of the location
	serial     uint64 // orders lookups
	base       string
	baseGiven  bool
	link       string // that base is local to; see linkOf
	lifetime   uint32 // seconds
	since      time.Time
	updated    time.Time
	expires    time.Time
	owner      string
	address    netip.AddrPort // where the last registration or update came from
	peer       *coap.Peer     // the device itself, if it spoke last and since the program began
	simple     bool
	freshUntil time.Time // simple: when its links have to be fetched again
	attributes []linkformat.Attribute
	links      []linkformat.Link // as they were registered

	// What follows from the above; see complete.
	size     int // bytes it counts for
	self     linkformat.Link
	resolved []linkformat.Link
	names    []string // of the attributes that any link has, in lower case
}

const (
	pathRegister = "rd"
	// What a registration and a link cost beyond their text, roughly.
	registrationOverhead = 1024
	linkOverhead         = 256
)

func (r *registration) location() string { return "/" + pathRegister + "/" + r.id }

// active reports whether the lifetime has not ended.
func (r *registration) active(now time.Time) bool { return r.expires.After(now) }

// begin starts the lifetime anew.
func (r *registration) begin(now time.Time) {
	r.updated, r.expires = now, now.Add(time.Duration(r.lifetime)*time.Second)
}

// apply takes parameters of a registration or an update that comes from o, whose peer is p.
func (r *registration) apply(given *parameters, o origin, p *coap.Peer) *refusal {
	if given.lifetime != 0 {
		r.lifetime = given.lifetime
	}
	if given.base != nil {
		link, refused := checkBase(*given.base, o)
		if refused != nil {
			return refused
		}
		r.base, r.baseGiven, r.link = *given.base, true, link
	} else if !r.baseGiven {
		r.base, r.link = o.base(), o.link()
	}
	r.address, r.peer = o.addr, nil
	if r.base == o.base() {
		r.peer = p
	}
	if refused := r.override(given.attributes); refused != nil {
		return refused
	}
	return nil
}

// override replaces attributes of the same name (RFC 9176, section 5.3.1).
func (r *registration) override(attributes []linkformat.Attribute) *refusal {
	if len(attributes) == 0 {
		return nil
	}
	kept := slices.DeleteFunc(slices.Clone(r.attributes), func(a linkformat.Attribute) bool {
		return slices.ContainsFunc(attributes, func(b linkformat.Attribute) bool { return strings.EqualFold(a.Name, b.Name) })
	})
	if len(kept)+len(attributes) > maxAttributes {
		return badRequest("more than %d attributes", maxAttributes)
	}
	r.attributes = append(kept, attributes...)
	return nil
}

// complete derives what lookups need.
func (r *registration) complete() {
	r.self = linkformat.Link{Target: r.location()}
	r.self.Add("base", r.base)
	r.self.Add("ep", r.endpoint)
	if r.sector != "" {
		r.self.Add("d", r.sector)
	}
	r.self.Attributes = append(r.self.Attributes, r.attributes...)
	r.self.Add("rt", "core.rd-ep")
	base := linkformat.ParseReference(r.base)
	r.resolved = make([]linkformat.Link, len(r.links))
	r.size = registrationOverhead + textOf(&r.self)
	r.names = nil
	for i := range r.links {
		for j := range r.links[i].Attributes {
			if name := strings.ToLower(r.links[i].Attributes[j].Name); !slices.Contains(r.names, name) {
				r.names = append(r.names, name)
			}
		}
		r.resolved[i] = r.links[i].Resolve(base)
		r.size += linkOverhead + textOf(&r.links[i]) + len(r.resolved[i].Target)
	}
}

// textOf is the length of a link's texts.
func textOf(l *linkformat.Link) int {
	n := len(l.Target)
	for i := range l.Attributes {
		n += len(l.Attributes[i].Name) + len(l.Attributes[i].Value)
	}
	return n
}
