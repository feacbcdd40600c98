package client

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"slices"
	"time"

	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"
	"golang.org/x/net/ipv4"
	"golang.org/x/net/ipv6"

	"sluice/engine/mistakes"
)

// Addresses of All CoAP Nodes (RFC 7252, section 12.8). An IPv6 one of link-local scope takes a zone: ff02::fd%eth0.
const (
	AllNodesIPv4      = "224.0.1.187:5683"
	AllNodesLinkLocal = "[ff02::fd]:5683"
	AllNodesSiteLocal = "[ff05::fd]:5683"
)

const (
	// defaultGroupWait is DEFAULT_LEISURE of RFC 7252, section 8.2, and time for the way there and back.
	defaultGroupWait = 7 * time.Second
	// maxGroupResponses bounds how many responses are handed on.
	maxGroupResponses = 10_000
)

// GroupConfig says how a group is asked.
type GroupConfig struct {
	// Interface is the network interface to ask on; empty: all that do multicast and have an address of the group's family.
	Interface string
	// Wait is how long responses are awaited; 0: 7 s, within which servers answer at a time of their choice.
	Wait time.Duration
}

// GroupResponse is the response of one server.
type GroupResponse struct {
	From    netip.AddrPort
	At      time.Time
	Code    codes.Code
	Options message.Options
	Payload []byte
	// Err says why the later blocks, which that server is asked for alone, could not be fetched.
	Err error
}

// AskGroup sends a Non-confirmable request to a group, HOST:PORT, and calls found with the response of each server, once
// each, on the goroutine that calls (RFC 7252, section 8). It returns nil when the time to wait is over. An address that is
// no group is asked just so.
func AskGroup(ctx context.Context, group string, r *Request, c GroupConfig, found func(*GroupResponse)) error {
	to, err := net.ResolveUDPAddr("udp", group)
	if err != nil {
		return mistakes.Errorf("reading the address of the group: %w", err)
	}
	on, err := groupInterfaces(to, c.Interface)
	if err != nil {
		return mistakes.Errorf("asking %s: %w", group, err)
	}
	conn, err := groupSocket(to)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	p := packet{typ: message.NonConfirmable, code: r.Code, messageID: uint16(time.Now().UnixNano()), token: r.Token, options: inOrder(r.Options), payload: r.Payload}
	if p.token == nil {
		p.token = newToken()
	}
	data, err := p.encode()
	if err != nil {
		return err
	}
	wait := c.Wait
	if wait == 0 {
		wait = defaultGroupWait
	}
	ctx, cancel := context.WithTimeoutCause(ctx, wait, errWaited)
	defer cancel()
	defer context.AfterFunc(ctx, func() { _ = conn.SetReadDeadline(time.Now()) })()
	if err := sendToGroup(conn, to, on, data); err != nil {
		return mistakes.Errorf("asking %s: %w", group, err)
	}
	err = collect(ctx, conn, p.token, r, found)
	if errors.Is(err, errWaited) {
		return nil
	}
	return err
}

var errWaited = mistakes.New("the time to wait is over")

// groupInterfaces are those that a group is asked on; none where the address is no group or names its zone.
func groupInterfaces(to *net.UDPAddr, name string) ([]net.Interface, error) {
	if name != "" {
		on, err := net.InterfaceByName(name)
		if err != nil {
			return nil, mistakes.Errorf("on the interface %s: %w", name, err)
		}
		return []net.Interface{*on}, nil
	}
	if !to.IP.IsMulticast() || to.Zone != "" {
		return nil, nil
	}
	all, err := net.Interfaces()
	if err != nil {
		return nil, mistakes.Errorf("listing the network interfaces: %w", err)
	}
	all = slices.DeleteFunc(all, func(i net.Interface) bool {
		return i.Flags&net.FlagUp == 0 || i.Flags&net.FlagMulticast == 0 || !hasFamily(&i, to.IP.To4() != nil)
	})
	if len(all) == 0 {
		return nil, ErrNoNetwork
	}
	return all, nil
}

// ErrNoNetwork says that there is no network on which a group could be asked.
var ErrNoNetwork = mistakes.New("no network interface that does multicast is up and has an address")

// hasFamily reports whether an interface has an address of IPv4, or else of IPv6.
func hasFamily(i *net.Interface, v4 bool) bool {
	addresses, err := i.Addrs()
	return err == nil && slices.ContainsFunc(addresses, func(a net.Addr) bool {
		n, ok := a.(*net.IPNet)
		return ok && (n.IP.To4() != nil) == v4
	})
}

// groupSocket opens a socket that sends to a group.
func groupSocket(to *net.UDPAddr) (*net.UDPConn, error) {
	network := "udp4"
	if to.IP.To4() == nil {
		network = "udp6"
	}
	conn, err := net.ListenUDP(network, nil)
	if err != nil {
		return nil, mistakes.Errorf("opening a socket: %w", err)
	}
	return conn, nil
}

// sendToGroup sends through each interface. It fails where none took it.
func sendToGroup(conn *net.UDPConn, to *net.UDPAddr, on []net.Interface, data []byte) error {
	if len(on) == 0 {
		_, err := conn.WriteTo(data, to)
		return err
	}
	var errs []error
	for _, i := range on {
		if err := sendThrough(conn, to, &i, data); err != nil {
			errs = append(errs, mistakes.Errorf("on the interface %s: %w", i.Name, err))
		}
	}
	if len(errs) < len(on) {
		return nil
	}
	return errors.Join(errs...)
}

func sendThrough(conn *net.UDPConn, to *net.UDPAddr, i *net.Interface, data []byte) error {
	there := *to
	var err error
	if to.IP.To4() != nil {
		err = ipv4.NewPacketConn(conn).SetMulticastInterface(i)
	} else {
		if to.IP.IsLinkLocalMulticast() {
			there.Zone = i.Name
		}
		err = ipv6.NewPacketConn(conn).SetMulticastInterface(i)
	}
	if err == nil {
		_, err = conn.WriteTo(data, &there)
	}
	return err
}

// collect hands on responses until ctx ends, and returns why it did.
func collect(ctx context.Context, conn *net.UDPConn, token message.Token, r *Request, found func(*GroupResponse)) error {
	seen := map[netip.AddrPort]bool{}
	buffer := make([]byte, maxDatagram)
	for len(seen) < maxGroupResponses {
		n, from, err := conn.ReadFromUDPAddrPort(buffer)
		switch {
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case err != nil && refusedByPeer(err):
			continue
		case err != nil:
			return mistakes.Errorf("waiting for responses: %w", err)
		}
		p, err := parse(append([]byte(nil), buffer[:n]...))
		if err != nil || string(p.token) != string(token) || p.code>>5 < 2 || p.typ == message.Acknowledgement || p.typ == message.Reset {
			continue
		}
		if p.typ == message.Confirmable {
			_, _ = conn.WriteToUDPAddrPort(header(message.Acknowledgement, p.messageID), from) // a copy is answered again
		}
		from = netip.AddrPortFrom(from.Addr().Unmap(), from.Port())
		if seen[from] {
			continue
		}
		seen[from] = true
		g := &GroupResponse{From: from, At: time.Now(), Code: p.code, Options: p.options, Payload: p.payload}
		if b, named := blockOf(p.options, message.Block2); named && b.more {
			g.rest(ctx, r)
		}
		found(g)
	}
	return nil
}

// rest asks the server alone for the whole (RFC 7959, section 2.8).
func (g *GroupResponse) rest(ctx context.Context, r *Request) {
	conn, err := Dial(ctx, "coap", g.From.String(), Config{})
	if err != nil {
		g.Err = err
		return
	}
	defer func() { _ = conn.Close() }()
	alone := *r
	alone.NonConfirmable, alone.Token = false, nil
	x, err := conn.Do(ctx, &alone)
	if g.Err = err; err == nil {
		g.Code, g.Options, g.Payload = x.Code, x.Options, x.Payload
	}
}
