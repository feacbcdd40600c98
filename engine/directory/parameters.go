package directory

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/plgd-dev/go-coap/v3/message/codes"

	"sluice/engine/linkformat"
)

const (
	defaultLifetime = 90_000 // seconds (RFC 9176, section 5)
	maxName         = 63     // bytes of an endpoint name or sector
	maxAttributes   = 64     // of an endpoint
)

// refusal is why a request is not served: a code and a diagnostic payload.
type refusal struct {
	code   codes.Code
	reason string
	maxAge uint32 // seconds after which to try again; 0: not told
}

func (r *refusal) Error() string { return r.reason }

func badRequest(format string, args ...any) *refusal {
	return &refusal{code: codes.BadRequest, reason: fmt.Sprintf(format, args...)}
}

// parameters are the query of a registration or an update; nil and zero: not given.
type parameters struct {
	endpoint, sector, base *string
	lifetime               uint32
	attributes             []linkformat.Attribute // extra-attrs
}

// parseParameters reads the registration parameters of RFC 9176, section 5.
func parseParameters(queries []string) (p parameters, refused *refusal) {
	for _, query := range queries {
		name, value, given := strings.Cut(query, "=")
		switch name {
		case "ep":
			refused = p.name(&p.endpoint, "ep", value)
		case "d":
			refused = p.name(&p.sector, "d", value)
		case "lt":
			refused = p.lt(value)
		case "base":
			if p.base != nil {
				return p, badRequest("base is given twice")
			}
			p.base = &value
		case "href", "anchor", "rt", "page", "count":
			return p, badRequest("%s is not a registration parameter", name)
		default:
			refused = p.extra(name, value, given)
		}
		if refused != nil {
			return p, refused
		}
	}
	return p, nil
}

// name takes an endpoint name or a sector.
func (p *parameters) name(to **string, key, value string) *refusal {
	switch {
	case *to != nil:
		return badRequest("%s is given twice", key)
	case len(value) > maxName:
		return badRequest("%s is longer than %d bytes", key, maxName)
	case !utf8.ValidString(value):
		return badRequest("%s is not UTF-8", key)
	}
	for _, r := range value {
		if r < 32 || r >= 127 && r < 160 {
			return badRequest("%s has a control character", key)
		}
	}
	*to = &value
	return nil
}

func (p *parameters) lt(value string) *refusal {
	if p.lifetime != 0 {
		return badRequest("lt is given twice")
	}
	n, err := strconv.ParseUint(value, 10, 32)
	if err != nil || n == 0 {
		return badRequest("lt is not a whole number from 1 to 4294967295")
	}
	p.lifetime = uint32(n)
	return nil
}

func (p *parameters) extra(name, value string, given bool) *refusal {
	switch {
	case !linkformat.ValidName(name):
		return badRequest("%q cannot be the name of an attribute", name)
	case !utf8.ValidString(value):
		return badRequest("%s is not UTF-8", name)
	case len(p.attributes) == maxAttributes:
		return badRequest("more than %d attributes", maxAttributes)
	}
	p.attributes = append(p.attributes, linkformat.Attribute{Name: name, Value: value, Bare: !given})
	return nil
}

// key is the name under which a registration is known.
type key struct{ endpoint, sector string }

func (p *parameters) key() (key, *refusal) {
	if p.endpoint == nil || *p.endpoint == "" {
		return key{}, badRequest("ep, the endpoint name, is missing")
	}
	k := key{endpoint: *p.endpoint}
	if p.sector != nil {
		k.sector = *p.sector
	}
	return k, nil
}

// origin is where a request came from.
type origin struct {
	scheme string // of the transport
	addr   netip.AddrPort
}

// base is the URI of the origin (RFC 9176, section 5; RFC 7252, section 6.5), without a zone.
func (o origin) base() string {
	host := o.addr.Addr().Unmap().WithZone("")
	text := host.String()
	if host.Is6() {
		text = "[" + text + "]"
	}
	if int(o.addr.Port()) != defaultPort(o.scheme) {
		text += ":" + strconv.Itoa(int(o.addr.Port()))
	}
	return o.scheme + "://" + text
}

// link names the link that the origin is on, if its address is local to one; else it is empty.
func (o origin) link() string { return linkOf(o.addr.Addr()) }

func linkOf(a netip.Addr) string {
	a = a.Unmap()
	switch {
	case !a.IsLinkLocalUnicast():
		return ""
	case a.Is4():
		return "IPv4"
	}
	return "IPv6%" + a.Zone()
}

func defaultPort(scheme string) int {
	switch scheme {
	case "coap", "coap+tcp":
		return 5683
	case "coaps", "coaps+tcp":
		return 5684
	case "coap+ws", "http":
		return 80
	case "coaps+ws", "https":
		return 443
	}
	return 0
}

// checkBase tells whether base can be the base URI of a registration that comes from o, and to which link it is local.
func checkBase(base string, o origin) (link string, refused *refusal) {
	r := linkformat.ParseReference(base)
	host, ok := splitAuthority(r.Authority)
	ip, notIP := netip.ParseAddr(host)
	switch {
	case len(base) > maxBase:
		return "", badRequest("base is longer than %d bytes", maxBase)
	case notIP == nil && ip.Zone() != "":
		return "", badRequest("base has a zone identifier")
	case !linkformat.IsURI(base), !r.HasAuthority, !ok:
		return "", badRequest("base is not an absolute URI of the form scheme://authority")
	case r.HasFragment:
		return "", badRequest("base has a fragment")
	case notIP != nil || linkOf(ip) == "":
		return "", nil
	}
	if link = o.link(); link == "" || ip.Unmap().Is4() != o.addr.Addr().Unmap().Is4() {
		return "", badRequest("base is local to a link that the request did not come from")
	}
	return link, nil
}

// maxBase bounds a base URI in bytes.
const maxBase = 1024

// splitAuthority returns the host, without brackets, of an authority that has one and whose port is one.
func splitAuthority(authority string) (host string, ok bool) {
	host, port := authority, ""
	if rest, v6 := strings.CutPrefix(authority, "["); v6 {
		if host, port, ok = strings.Cut(rest, "]"); !ok {
			return "", false
		}
		a, err := netip.ParseAddr(host)
		if err != nil || !a.Is6() || port != "" && port[0] != ':' {
			return "", false
		}
		port = strings.TrimPrefix(port, ":")
	} else {
		host, port, _ = strings.Cut(authority, ":")
	}
	if port != "" {
		if _, err := strconv.ParseUint(port, 10, 16); err != nil {
			return "", false
		}
	}
	return host, host != "" && !strings.ContainsAny(host, "@[]")
}
