package coap

import (
	"net"
	"net/netip"
	"slices"

	"sluice/engine/datagram"
	"sluice/engine/mistakes"
)

// The groups of All CoAP Nodes (RFC 7252, section 12.8).
var (
	allNodes          = netip.MustParseAddr("224.0.1.187")
	allNodesLinkLocal = netip.MustParseAddr("ff02::fd")
	allNodesSiteLocal = netip.MustParseAddr("ff05::fd")
)

// everyInterface stands for all interfaces in Config.Multicast.
const everyInterface = "*"

var errNoMulticast = mistakes.New("this system does not say which datagrams were sent to a group")

// groupsOf are the groups of an address family.
func groupsOf(v6 bool) []netip.Addr {
	if v6 {
		return []netip.Addr{allNodesLinkLocal, allNodesSiteLocal}
	}
	return []netip.Addr{allNodes}
}

// joinGroups joins the groups of All CoAP Nodes on the interfaces of Config.Multicast.
func (e *Endpoint) joinGroups() error {
	interfaces, err := multicastInterfaces(e.config.Multicast)
	if err != nil {
		return err
	}
	for _, on := range interfaces {
		joined, err := e.joinOn(&on)
		if !joined && slices.Contains(e.config.Multicast, on.Name) {
			return mistakes.Errorf("join the groups of All CoAP Nodes on %s: %w", on.Name, err)
		}
	}
	return nil
}

// multicastInterfaces are the interfaces of names. "*" is all that are up and know multicast, but not loopback.
func multicastInterfaces(names []string) (chosen []net.Interface, err error) {
	if len(names) == 0 {
		return nil, nil
	}
	all, err := net.Interfaces()
	if err != nil {
		return nil, mistakes.Errorf("list the network interfaces: %w", err)
	}
	for _, name := range names {
		known := name == everyInterface
		for _, i := range all {
			known = known || i.Name == name
			useful := i.Flags&net.FlagUp != 0 && i.Flags&net.FlagMulticast != 0 && i.Flags&net.FlagLoopback == 0
			same := func(other net.Interface) bool { return other.Index == i.Index }
			if (i.Name == name || name == everyInterface && useful) && !slices.ContainsFunc(chosen, same) {
				chosen = append(chosen, i)
			}
		}
		if !known {
			return nil, mistakes.Errorf("join the groups of All CoAP Nodes on %s: there is no such network interface", name)
		}
	}
	return chosen, nil
}

// joinOn joins on one interface and reports whether any group could be joined there; if not, why.
func (e *Endpoint) joinOn(on *net.Interface) (joined bool, why error) {
	for _, s := range e.sockets {
		for _, group := range groupsOf(s.v6) {
			if err := e.join(s, group, on); err != nil {
				why = err
			} else {
				joined = true
			}
		}
	}
	return joined, why
}

// join joins one group. A socket bound to all addresses does so itself; for one that is bound to an address another is
// opened, bound to the group.
func (e *Endpoint) join(s *socket, group netip.Addr, on *net.Interface) error {
	listens := s
	if !s.wildcard {
		var err error
		if listens, err = e.groupSocket(s, group, on); err != nil {
			return err
		}
	}
	packets, ok := listens.packets.(datagram.Joiner)
	if !ok {
		return errNoMulticast
	}
	return packets.JoinGroup(on, &net.UDPAddr{IP: group.AsSlice()})
}

// groupSocket is bound to a group and the port of s, which answers. The link-local group has one socket an interface.
func (e *Endpoint) groupSocket(s *socket, group netip.Addr, on *net.Interface) (*socket, error) {
	bound := &net.UDPAddr{IP: group.AsSlice(), Port: s.udp.LocalAddr().(*net.UDPAddr).Port}
	if group == allNodesLinkLocal {
		bound.Zone = on.Name
	}
	for _, other := range e.groups {
		if other.udp.LocalAddr().String() == bound.String() {
			return other, nil
		}
	}
	conn, err := bindGroup(bound, on.Index)
	if err != nil {
		return nil, err
	}
	listens := newSocket(e, conn)
	listens.answers = s
	e.groups = append(e.groups, listens)
	return listens, nil
}
