package settings

import (
	"net/netip"
	"strconv"
	"strings"

	"sluice/engine/mistakes"
)

// Destination is one entry of Proxy.Allow, SCHEME://HOST[:PORT], taken apart.
type Destination struct {
	Scheme string // coap or coaps
	// Name is a host name in lower case, "*.DOMAIN" for all names below a domain, or "*" for every host. Empty: Prefix.
	Name   string
	Prefix netip.Prefix // one address or a block of them
	Port   uint16       // 0: every port
}

// DefaultPort is the port of a scheme's URIs that name none (RFC 7252, section 6).
func DefaultPort(scheme string) uint16 {
	if scheme == "coaps" {
		return 5684
	}
	return 5683
}

// ParseDestination reads SCHEME://HOST[:PORT]. HOST is a name, *.DOMAIN, *, an address or a CIDR block, an IPv6 one in
// brackets; PORT is a number, * for every port, or left out for the scheme's.
func ParseDestination(s string) (Destination, error) {
	scheme, rest, ok := strings.Cut(s, "://")
	if !ok || scheme != "coap" && scheme != "coaps" {
		return Destination{}, mistakes.New("does not begin with coap:// or coaps://")
	}
	d := Destination{Scheme: scheme, Port: DefaultPort(scheme)}
	host, port := rest, ""
	if bracketed, found := strings.CutPrefix(rest, "["); found {
		if host, port, ok = strings.Cut(bracketed, "]"); !ok {
			return Destination{}, mistakes.New("has no ] after the IPv6 address")
		}
		if port != "" && port[0] != ':' {
			return Destination{}, mistakes.Errorf("has %q behind the address", port)
		}
		port = strings.TrimPrefix(port, ":")
	} else if at := strings.LastIndexByte(rest, ':'); at >= 0 {
		host, port = rest[:at], rest[at+1:]
	}
	switch n, err := strconv.ParseUint(port, 10, 16); {
	case port == "":
	case port == "*":
		d.Port = 0
	case err != nil || n == 0:
		return Destination{}, mistakes.Errorf("has the port %q", port)
	default:
		d.Port = uint16(n)
	}
	return d, d.readHost(host)
}

func (d *Destination) readHost(host string) error {
	if prefix, err := netip.ParsePrefix(host); err == nil {
		d.Prefix = prefix.Masked()
		return nil
	}
	if addr, err := netip.ParseAddr(host); err == nil && addr.Zone() == "" {
		d.Prefix = netip.PrefixFrom(addr, addr.BitLen())
		return nil
	}
	name := strings.TrimSuffix(strings.ToLower(host), ".")
	if name != "*" && !hostname.MatchString(strings.TrimPrefix(name, "*.")) {
		return mistakes.Errorf("has the host %q", host)
	}
	d.Name = name
	return nil
}
