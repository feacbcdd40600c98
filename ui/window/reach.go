package window

import (
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"sluice/engine/settings"
)

// reachable says who may reach the gateway.
type reachable uint8

const (
	thisMachine reachable = iota // every listener is on loopback
	theNetwork                   // no listener is
	someOfBoth
)

// isLoopback reports whether a host of a listener is this machine only.
func isLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.Unmap().IsLoopback()
}

// reachOf says who may reach the listeners of settings.
func reachOf(s settings.Settings) reachable {
	var local, open bool
	for _, l := range s.Listeners {
		_, host, _, err := l.Split()
		if err != nil {
			continue
		}
		if isLoopback(host) {
			local = true
		} else {
			open = true
		}
	}
	switch {
	case local && open:
		return someOfBoth
	case open:
		return theNetwork
	}
	return thisMachine
}

// withReach are settings whose listeners are all on loopback, or all on every address of the machine. A listener that is
// on a single address of the network already stays there.
func withReach(s settings.Settings, r reachable) settings.Settings {
	s = s.Clone()
	for i := range s.Listeners {
		l := &s.Listeners[i]
		scheme, host, port, err := l.Split()
		if err != nil || isLoopback(host) == (r == thisMachine) {
			continue
		}
		six := strings.Contains(host, ":")
		switch {
		case r == thisMachine && six:
			host = "::1"
		case r == thisMachine:
			host = "127.0.0.1"
		case six:
			host = "::"
		default:
			host = "0.0.0.0"
		}
		l.Bind = scheme + "://" + net.JoinHostPort(host, strconv.Itoa(port))
	}
	return s
}

// urlsOf are the addresses that the listeners of settings are reached at, with those of the machine where a listener is on
// all of them.
func urlsOf(s settings.Settings, machine []netip.Addr) []string {
	var urls []string
	for _, l := range s.Listeners {
		scheme, host, port, err := l.Split()
		if err != nil {
			continue
		}
		at := strconv.Itoa(port)
		addr, err := netip.ParseAddr(host)
		if err != nil || !addr.IsUnspecified() {
			urls = append(urls, scheme+"://"+net.JoinHostPort(host, at))
			continue
		}
		found := false
		for _, of := range machine {
			if of.Is4() || addr.Is6() {
				found = true
				urls = append(urls, scheme+"://"+net.JoinHostPort(of.String(), at))
			}
		}
		if !found {
			urls = append(urls, l.Bind)
		}
	}
	return urls
}

// networkAddresses are those that other machines may reach this one at, IPv4 first, without link-local ones, which need a
// zone.
func networkAddresses() []netip.Addr {
	all, err := net.InterfaceAddrs()
	if err != nil {
		return nil
	}
	var found []netip.Addr
	for _, a := range all {
		prefix, err := netip.ParsePrefix(a.String())
		if err != nil {
			continue
		}
		addr := prefix.Addr().Unmap()
		if !addr.IsLoopback() && !addr.IsLinkLocalUnicast() && !addr.IsMulticast() {
			found = append(found, addr)
		}
	}
	slices.SortFunc(found, netip.Addr.Compare)
	return found
}
