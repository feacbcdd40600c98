package proxy

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"time"

	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"

	"sluice/engine/coap"
)

// resolveTimeout bounds the time until a name is resolved.
const resolveTimeout = 5 * time.Second

// Reverses reports whether the reverse proxy is on.
func (p *Proxy) Reverses() bool { return p.settings.Reverse && p.directory != nil }

// Forwards reports whether the forward proxy is on.
func (p *Proxy) Forwards() bool { return p.client != nil }

// Local reports whether a target is the endpoint that was asked. Such a request is not for the proxy but for the endpoint
// itself (RFC 7252, section 5.7.2), and the options are those that it has then.
func (p *Proxy) Local(r *coap.Request, t *Target) (options message.Options, local bool) {
	addr, ok := t.literal()
	if !ok || t.Scheme != "coap" || !p.isSelf(r.Peer.Endpoint(), netip.AddrPortFrom(addr, t.Port)) {
		return nil, false
	}
	for _, o := range r.Options {
		switch o.ID {
		case message.ProxyURI, message.ProxyScheme, message.URIHost, message.URIPort, message.URIPath, message.URIQuery:
		default:
			options = append(options, o)
		}
	}
	for _, o := range t.options() {
		options = options.Add(o)
	}
	return options, true
}

// isSelf reports whether an address is an endpoint's own.
func (p *Proxy) isSelf(e *coap.Endpoint, addr netip.AddrPort) bool {
	own := e.Addr()
	if own.Port() != addr.Port() {
		return false
	}
	if a := own.Addr().Unmap(); !a.IsUnspecified() {
		return a == addr.Addr()
	}
	return addr.Addr().IsLoopback() || slices.Contains(p.guard.own(), addr.Addr())
}

// Forward passes a request on to its target, if that is allowed. It may be called from any goroutine and keeps nothing of
// the datagram.
func (p *Proxy) Forward(r *coap.Request, x Exchange, t *Target) {
	q := newInquiry(r, x)
	if p.client == nil {
		q.refuse(codes.ProxyingNotSupported, "proxying is off")
		return
	}
	if !p.hop(q, r) {
		return
	}
	if q.observe == 0 {
		q.asked = t.String()
	}
	asked := r.Peer.Endpoint()
	p.resolve(q, t, func(addrs []netip.Addr) {
		switch to := netip.AddrPortFrom(addrs[0], t.Port); {
		case p.isSelf(asked, to), p.isSelf(p.client, to):
			p.counters.failed.Add(1)
			q.refuse(codes.BadGateway, "the target is this proxy")
		default:
			q.aim(p.server(t, to), t.options())
			p.serve(q)
		}
	})
}

// server is the origin at an address that was checked.
func (p *Proxy) server(t *Target, to netip.AddrPort) origin {
	id := t.Scheme + "://" + t.Authority()
	if t.Scheme == "coaps" {
		return &secureOrigin{name: id, connections: p.secure, to: to, host: t.Host}
	}
	return &udpOrigin{name: id, endpoint: p.client, to: coap.ToAddr(to)}
}

// resolve finds and checks the addresses of a target. Names are resolved on another goroutine.
func (p *Proxy) resolve(q *inquiry, t *Target, then func(addrs []netip.Addr)) {
	checked := func(addrs []netip.Addr) {
		if err := p.guard.check(t, addrs); err != nil {
			p.counters.forbidden.Add(1)
			p.log.Debug("a target is not allowed", "target", t.Scheme+"://"+t.Authority(), "error", err)
			q.refuse(codes.Forbidden, err.Error())
			return
		}
		then(addrs)
	}
	if addr, ok := t.literal(); ok {
		checked([]netip.Addr{addr})
		return
	}
	select {
	case p.resolves <- struct{}{}:
	default:
		p.busy(q)
		return
	}
	q.putOff()
	p.running.Go(func() {
		defer func() { <-p.resolves }()
		addrs, err := p.addressesOf(t.Host)
		if err != nil {
			p.fail(q, err)
			return
		}
		checked(addrs)
	})
}

func (p *Proxy) addressesOf(host string) ([]netip.Addr, error) {
	ctx, cancel := context.WithTimeout(p.ctx, resolveTimeout)
	defer cancel()
	addrs, err := p.lookUp(ctx, host)
	var notFound *net.DNSError
	switch {
	case errors.As(err, &notFound) && notFound.IsTimeout, errors.Is(err, context.DeadlineExceeded):
		return nil, fmt.Errorf("%w: %w", coap.ErrTimeout, err)
	case err != nil:
		return nil, fmt.Errorf("%w: %w", coap.ErrUnreachable, err)
	case len(addrs) == 0:
		return nil, coap.ErrUnreachable
	}
	for i := range addrs {
		addrs[i] = addrs[i].Unmap()
	}
	return addrs, nil
}
