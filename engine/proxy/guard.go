package proxy

import (
	"net"
	"net/netip"
	"slices"
	"strings"

	"sluice/engine/mistakes"
	"sluice/engine/settings"
)

// errForbidden is of a target that must not be asked.
var errForbidden = mistakes.New("the target is not allowed")

// guard says what may be asked.
type guard struct {
	allow               []settings.Destination
	loopback, linkLocal bool
	// own are the addresses of this machine; a field for tests.
	own func() []netip.Addr
}

func newGuard(s settings.Proxy) (guard, error) {
	g := guard{loopback: s.AllowLoopback, linkLocal: s.AllowLinkLocal, own: interfaceAddrs}
	for _, text := range s.Allow {
		d, err := settings.ParseDestination(text)
		if err != nil {
			return g, mistakes.Errorf("allowed destination %q %w", text, err)
		}
		g.allow = append(g.allow, d)
	}
	return g, nil
}

func interfaceAddrs() (addrs []netip.Addr) {
	all, err := net.InterfaceAddrs()
	if err != nil {
		return nil
	}
	for _, a := range all {
		if prefix, err := netip.ParsePrefix(a.String()); err == nil {
			addrs = append(addrs, prefix.Addr().Unmap())
		}
	}
	return addrs
}

// check refuses a target unless it, with all the addresses that its name has, may be asked.
func (g *guard) check(t *Target, addrs []netip.Addr) error {
	if len(addrs) == 0 {
		return errForbidden
	}
	for _, a := range addrs {
		if err := g.checkAddr(a); err != nil {
			return err
		}
	}
	for i := range g.allow {
		if allows(&g.allow[i], t, addrs) {
			return nil
		}
	}
	return errForbidden
}

// checkAddr refuses addresses that need a permission of their own, or have none.
func (g *guard) checkAddr(a netip.Addr) error {
	a = a.Unmap().WithZone("")
	if embedded, ok := embedded(a); ok {
		if err := g.checkAddr(embedded); err != nil {
			return err
		}
	}
	switch {
	case a.IsUnspecified(), a.IsMulticast(), a == netip.AddrFrom4([4]byte{255, 255, 255, 255}):
		return mistakes.Errorf("%w: %s is not the address of one server", errForbidden, a)
	case a.IsLinkLocalUnicast():
		if !g.linkLocal {
			return mistakes.Errorf("%w: link-local addresses are not", errForbidden)
		}
	case a.IsLoopback() || slices.Contains(g.own(), a):
		if !g.loopback {
			return mistakes.Errorf("%w: addresses of this machine are not", errForbidden)
		}
	}
	return nil
}

var (
	translated = netip.MustParsePrefix("64:ff9b::/96") // RFC 6052
	compatible = netip.MustParsePrefix("::/96")        // RFC 4291, section 2.5.5.1
	tunnelled  = netip.MustParsePrefix("2002::/16")    // RFC 3056
)

// embedded is the IPv4 address that an IPv6 address leads to.
func embedded(a netip.Addr) (netip.Addr, bool) {
	b := a.As16()
	switch {
	case !a.Is6():
	case translated.Contains(a), compatible.Contains(a) && !a.IsLoopback() && !a.IsUnspecified():
		return netip.AddrFrom4([4]byte(b[12:])), true
	case tunnelled.Contains(a):
		return netip.AddrFrom4([4]byte(b[2:6])), true
	}
	return netip.Addr{}, false
}

// allows reports whether an entry of the list has a target with its addresses.
func allows(d *settings.Destination, t *Target, addrs []netip.Addr) bool {
	if d.Scheme != t.Scheme || d.Port != 0 && d.Port != t.Port {
		return false
	}
	if d.Name == "" {
		return !slices.ContainsFunc(addrs, func(a netip.Addr) bool { return !d.Prefix.Contains(a.Unmap().WithZone("")) })
	}
	if d.Name == "*" {
		return true
	}
	name := strings.TrimSuffix(t.Host, ".")
	if domain, below := strings.CutPrefix(d.Name, "*"); below {
		return len(name) > len(domain) && strings.HasSuffix(name, domain)
	}
	return name == d.Name
}
