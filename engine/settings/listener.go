package settings

import (
	"fmt"
	"net/netip"
	"strings"

	"sluice/engine/mistakes"
)

// maxHealthCheck is the longest request or reply of a health check, in bytes.
const maxHealthCheck = 1024

// AccessRule is one of Listener.AccessRules, read.
type AccessRule struct {
	Allow bool
	Whom  netip.Prefix
}

// everybody are the prefixes that "all" stands for.
var everybody = []netip.Prefix{netip.PrefixFrom(netip.IPv4Unspecified(), 0), netip.PrefixFrom(netip.IPv6Unspecified(), 0)}

// parseAccessRule reads "allow 10.0.0.0/8" and the like; all stands for two rules.
func parseAccessRule(text string) ([]AccessRule, error) {
	permission, whom, found := strings.Cut(strings.TrimSpace(text), " ")
	whom = strings.TrimSpace(whom)
	allow := permission == "allow"
	if !found || !allow && permission != "deny" {
		return nil, mistakes.Errorf("%q does not begin with allow or deny", text)
	}
	if whom == "all" {
		return []AccessRule{{allow, everybody[0]}, {allow, everybody[1]}}, nil
	}
	if addr, err := netip.ParseAddr(whom); err == nil && addr.Zone() == "" {
		addr = addr.Unmap()
		return []AccessRule{{allow, netip.PrefixFrom(addr, addr.BitLen())}}, nil
	}
	prefix, err := netip.ParsePrefix(whom)
	if err != nil {
		return nil, mistakes.Errorf("%q names no address, CIDR block or all", text)
	}
	return []AccessRule{{allow, prefix.Masked()}}, nil
}

// Rules returns AccessRules, read; those that cannot be read are left out, which Validate reports.
func (l Listener) Rules() []AccessRule {
	var rules []AccessRule
	for _, text := range l.AccessRules {
		parsed, _ := parseAccessRule(text)
		rules = append(rules, parsed...)
	}
	return rules
}

// Admits reports whether an address may speak to the listener.
func Admits(rules []AccessRule, addr netip.Addr) bool {
	addr = addr.Unmap().WithZone("")
	for i := range rules {
		if rules[i].Whom.Contains(addr) {
			return rules[i].Allow
		}
	}
	return true
}

// listenerOptions checks what is set beside bind and dialect.
func (v *validator) listenerOptions(key string, l Listener, scheme string) {
	for _, set := range l.optionsWithoutMeaning(scheme) {
		v.problem(key+"."+set, "is set on a %s listener", scheme)
	}
	if o := l.options(scheme); o != nil {
		v.tlsOptions(key+"."+optionsTable(scheme), scheme, *o)
	}
	if !IsCoAP(scheme) {
		return
	}
	if l.Mountpoint != nil {
		v.mountpoint(key+".mountpoint", *l.Mountpoint)
	}
	if l.MaxConnections < 0 {
		v.problem(key+".max_connections", "is %d", l.MaxConnections)
	}
	if l.MaxConnRate < 0 {
		v.problem(key+".max_conn_rate", "is %d", l.MaxConnRate)
	}
	for i, text := range l.AccessRules {
		if _, err := parseAccessRule(text); err != nil {
			v.problem(fmt.Sprintf("%s.access_rules[%d]", key, i), "%w", err)
		}
	}
	if l.HealthCheck.Request == "" && l.HealthCheck.Reply != "" {
		v.problem(key+".health_check.request", "is missing")
	}
	if len(l.HealthCheck.Request) > maxHealthCheck {
		v.problem(key+".health_check.request", "is longer than %d bytes", maxHealthCheck)
	}
	if len(l.HealthCheck.Reply) > maxHealthCheck {
		v.problem(key+".health_check.reply", "is longer than %d bytes", maxHealthCheck)
	}
	for i, name := range l.Multicast {
		if name == "" || len(name) > 255 || textProblem(name) != nil {
			v.problem(fmt.Sprintf("%s.multicast[%d]", key, i), "is %q", name)
		}
	}
	v.buffer(key+".recbuf", l.ReceiveBuffer)
	v.buffer(key+".sndbuf", l.SendBuffer)
}

func (v *validator) buffer(key string, size Size) {
	if size < 0 || size > gigabyte {
		v.problem(key, "is %s", size)
	}
}

// optionsWithoutMeaning names the options that are set and are for other schemes only.
func (l Listener) optionsWithoutMeaning(scheme string) []string {
	var set []string
	for _, o := range []struct {
		name string
		set  bool
		has  bool
	}{
		{"enable_authn", l.EnableAuthn != nil, IsCoAP(scheme)}, {"mountpoint", l.Mountpoint != nil, IsCoAP(scheme)},
		{"max_connections", l.MaxConnections != 0, IsCoAP(scheme)}, {"max_conn_rate", l.MaxConnRate != 0, IsCoAP(scheme)},
		{"access_rules", len(l.AccessRules) > 0, IsCoAP(scheme)},
		{"health_check", l.HealthCheck != HealthCheck{}, scheme == "coap"},
		{"multicast", len(l.Multicast) > 0, scheme == "coap"},
		{"recbuf", l.ReceiveBuffer != 0, Network(scheme) == "udp"}, {"sndbuf", l.SendBuffer != 0, Network(scheme) == "udp"},
		{"dtls_options", l.DTLSOptions != nil, optionsTable(scheme) == "dtls_options"},
		{"ssl_options", l.SSLOptions != nil, optionsTable(scheme) == "ssl_options"},
	} {
		if o.set && !o.has {
			set = append(set, o.name)
		}
	}
	return set
}
