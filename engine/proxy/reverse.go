package proxy

import (
	"net/netip"
	"net/url"

	"github.com/plgd-dev/go-coap/v3/message/codes"

	"sluice/engine/coap"
	"sluice/engine/linkformat"
)

// Reverse passes a request on to the device that is registered as ep. path and query are the segments and arguments that
// the device gets; credentials for the gateway are not among them. It may be called from any goroutine and keeps nothing
// of the datagram.
func (p *Proxy) Reverse(r *coap.Request, x Exchange, ep string, path, query []string) {
	q := newInquiry(r, x)
	if !p.Reverses() {
		q.refuse(codes.NotFound, "")
		return
	}
	if !p.hop(q, r) {
		return
	}
	device, ok := p.directory.Resolve(ep, path)
	if !ok {
		q.refuse(codes.NotFound, "")
		return
	}
	t, refused := targetOfDevice(&device)
	if refused != nil {
		q.refuse(codes.BadGateway, refused.Text)
		return
	}
	t.Query = append(t.Query, query...)
	if q.observe == 0 {
		q.asked = reference("/"+Root+"/"+url.PathEscape(ep), path, query)
	}
	asked := r.Peer.Endpoint()
	if r.Peer.Transport() != coap.UDP {
		asked = p.client
	}
	if server := ownOrigin(&device, t, asked); server != nil {
		q.find = func() (origin, bool) {
			device, ok := p.directory.Resolve(ep, path)
			if !ok {
				return nil, false
			}
			if t, refused := targetOfDevice(&device); refused == nil {
				if found := ownOrigin(&device, t, asked); found != nil {
					return found, true
				}
			}
			return server, true
		}
		q.aim(server, t.options())
		p.serve(q)
		return
	}
	p.resolve(q, t, func(addrs []netip.Addr) {
		server := p.elsewhere(&device, t, netip.AddrPortFrom(addrs[0], t.Port), asked)
		if server == nil {
			q.refuse(codes.BadGateway, "the device cannot be asked from here")
			return
		}
		q.aim(server, t.options())
		p.serve(q)
	})
}

// targetOfDevice reads the URI of a device's resource. What carries it does not matter if the device is there itself.
func targetOfDevice(d *Device) (*Target, *Refusal) {
	uri := d.Target
	if d.Peer != nil {
		ref := linkformat.ParseReference(uri)
		ref.Scheme = "coap"
		uri = ref.String()
	}
	return ParseTarget(uri)
}

// ownOrigin is a device that is asked without further permission: through the connection or socket that it spoke to, or
// at the address that it registered from. nil: it is neither.
func ownOrigin(d *Device, t *Target, asked *coap.Endpoint) origin {
	name := "rd " + d.ID
	if d.Peer != nil {
		return &udpOrigin{name: name, endpoint: d.Peer.Endpoint(), to: coap.ToPeer(d.Peer), peer: d.Peer}
	}
	addr, literal := t.literal()
	if !literal || t.Scheme != "coap" || addr != d.Address.Addr().Unmap().WithZone("") || asked == nil {
		return nil
	}
	to := netip.AddrPortFrom(d.Address.Addr().Unmap(), t.Port) // with its zone
	return &udpOrigin{name: name, endpoint: asked, to: coap.ToAddr(to)}
}

// elsewhere is a device whose base is not the address that it registered from; it has been checked.
func (p *Proxy) elsewhere(d *Device, t *Target, to netip.AddrPort, asked *coap.Endpoint) origin {
	name := "rd " + d.ID
	switch {
	case t.Scheme == "coaps" && p.secure != nil:
		return &secureOrigin{name: name, connections: p.secure, to: to, host: t.Host}
	case t.Scheme == "coap" && asked != nil:
		return &udpOrigin{name: name, endpoint: asked, to: coap.ToAddr(to)}
	}
	return nil
}

// Topic is what access rules call a resource of a device: rd-proxy/EP/PATH.
func Topic(ep string, path []string) string {
	topic := Root + "/" + ep
	for _, segment := range path {
		topic += "/" + segment
	}
	return topic
}

// Root is the first segment of the paths of the reverse proxy.
const Root = "rd-proxy"

// Unsafe reports whether a method changes something, so that it needs the permission to publish.
func Unsafe(method codes.Code) bool { return !isRead(method) }
