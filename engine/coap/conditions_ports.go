package coap

import (
	"math/rand/v2"
	"net/netip"
	"time"
)

// ports is the address translation of conditions: it shows peers at other ports than those they send from. It belongs to
// the conditioner's lock.
type ports struct {
	shown  map[netip.AddrPort]*shownPort     // by the address that datagrams come from
	behind map[netip.AddrPort]netip.AddrPort // by the address that is shown, where it is another one
	former map[netip.AddrPort]time.Time      // shown before, until when: nothing gets through there any more
}

// shownPort is where a peer is shown.
type shownPort struct {
	addr   netip.AddrPort
	heard  time.Time
	lapsed bool // its next datagram comes from another port
}

const (
	// portMemory is how long a port that was changed is remembered after the last datagram.
	portMemory = 10 * time.Minute
	// portTries bounds the search for a port that nobody has.
	portTries = 32
	// formerPorts bounds how many are remembered, by how many peers there may be.
	formerPorts = 16
	// The dynamic ports (RFC 6335, section 6).
	firstDynamicPort, dynamicPorts = 49152, 16384
)

func (t *ports) init() {
	t.shown, t.behind, t.former = map[netip.AddrPort]*shownPort{}, map[netip.AddrPort]netip.AddrPort{}, map[netip.AddrPort]time.Time{}
}

// changed reports whether somebody is shown elsewhere, or about to be.
func (t *ports) changed() bool { return len(t.shown) > 0 || len(t.former) > 0 }

func (t *ports) sweep(now time.Time) {
	for real, s := range t.shown {
		if now.Sub(s.heard) > portMemory {
			delete(t.shown, real)
			delete(t.behind, s.addr)
		}
	}
	for addr, until := range t.former {
		if now.Sub(until) > portMemory {
			delete(t.former, addr)
		}
	}
}

// ChangePorts lets the peers that which selects, by address and Data, come from another port with their next datagram,
// as after a restart of the router on their way; what is sent to them before is lost. It returns how many there are. UDP
// only.
func (e *Endpoint) ChangePorts(which func(addr netip.AddrPort, data any) bool) int {
	var chosen []netip.AddrPort
	for _, p := range e.peers.all() {
		if which(p.route.addr, p.Data()) {
			chosen = append(chosen, p.route.addr)
		}
	}
	if len(chosen) == 0 {
		return 0
	}
	c := e.conditioner()
	c.mu.Lock()
	defer c.mu.Unlock()
	now, changed := time.Now(), 0
	for _, addr := range chosen {
		if _, gone := c.ports.former[addr]; gone {
			continue // the same peer, where it was before
		}
		if real, ok := c.ports.behind[addr]; ok {
			addr = real
		}
		s := c.ports.shown[addr]
		if s == nil && len(c.ports.shown) < e.config.Limits.Peers {
			s = &shownPort{addr: addr}
			c.ports.shown[addr] = s
		}
		if s != nil {
			s.lapsed, s.heard = true, now
			changed++
		}
	}
	c.engage()
	return changed
}

// shownAt is where a peer is shown, whose datagram just came, and whether that is another port from now on. after is
// Conditions.PortAfter.
func (c *conditioner) shownAt(real netip.AddrPort, after time.Duration, now time.Time) (shown netip.AddrPort, moved bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.ports.shown[real]
	_, others := c.ports.behind[real] // somebody else is shown there
	_, former := c.ports.former[real]
	if s == nil {
		if after == 0 && !others && !former || len(c.ports.shown) >= c.endpoint.config.Limits.Peers {
			return real, false
		}
		s = &shownPort{addr: real, heard: now, lapsed: others || former}
		c.ports.shown[real] = s
	}
	if s.lapsed || after > 0 && now.Sub(s.heard) > after {
		c.mu.Unlock()
		port := c.freePort(real)
		c.mu.Lock()
		if s.addr != real || !others { // else it stays that of who is shown there
			if len(c.ports.former) < formerPorts*c.endpoint.config.Limits.Peers {
				c.ports.former[s.addr] = now
			}
			delete(c.ports.behind, s.addr)
		}
		s.addr, s.lapsed, moved = port, false, true
		c.ports.behind[port] = real
	}
	s.heard = now
	return s.addr, moved
}

// freePort finds a port of a peer's address that nobody has. The lock is not held: it comes after that of the peers.
func (c *conditioner) freePort(of netip.AddrPort) (port netip.AddrPort) {
	for range portTries {
		port = netip.AddrPortFrom(of.Addr(), uint16(firstDynamicPort+rand.IntN(dynamicPorts)))
		c.mu.Lock()
		_, taken := c.ports.behind[port]
		_, former := c.ports.former[port]
		_, own := c.ports.shown[port]
		c.mu.Unlock()
		if !taken && !former && !own && c.endpoint.peers.at(port) == nil {
			break
		}
	}
	return port
}

// realOf is where datagrams to a peer that is shown at an address go, and whether they get through.
func (c *conditioner) realOf(addr netip.AddrPort, after time.Duration, now time.Time) (netip.AddrPort, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	real, elsewhere := c.ports.behind[addr]
	if !elsewhere {
		real = addr
	}
	if _, former := c.ports.former[addr]; former && !elsewhere {
		return addr, false
	}
	s := c.ports.shown[real]
	if s == nil {
		return real, true
	}
	return real, s.addr == addr && !s.lapsed && (after == 0 || now.Sub(s.heard) <= after)
}
