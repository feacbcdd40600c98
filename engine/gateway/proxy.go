package gateway

import (
	"net/url"
	"slices"
	"strings"

	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"

	"sluice/engine/directory"
	"sluice/engine/linkformat"
	"sluice/engine/proxy"
	"sluice/engine/settings"
)

// newProxy makes the proxy of a gateway.
func newProxy(c *Config) (*proxy.Proxy, error) {
	config := proxy.Config{Settings: c.Settings.Proxy, NotifyType: c.Settings.NotifyType, Log: c.Log}
	if c.Directory != nil {
		config.Directory = devices{c.Directory}
	}
	return proxy.New(config)
}

// Proxy asks devices and other servers on behalf of clients.
func (g *Gateway) Proxy() *proxy.Proxy { return g.proxy }

// isForForwardProxy reports whether the request is for somebody else. EMQX takes no notice of that.
func (x *exchange) isForForwardProxy() bool { return !x.handler.strict() && proxy.Proxied(x.Request) }

// isForReverseProxy reports whether the request is for a device that registered here.
func (x *exchange) isForReverseProxy() bool {
	h := x.handler
	return !h.strict() && h.gateway.proxy.Reverses() && len(x.path) > 1 && string(x.path[0].Value) == proxy.Root
}

// serveForward passes a request on, once it is known that who asks may. Its query, if it has one, is for the target: who
// asks is known by the connection at its address, or let in without credentials.
func (h *handler) serveForward(x *exchange) {
	p := h.gateway.proxy
	if !p.Forwards() {
		x.code(codes.ProxyingNotSupported)
		return
	}
	target, refused := proxy.TargetOf(x.Request)
	if refused != nil {
		x.text(refused.Code, refused.Text)
		return
	}
	if options, local := p.Local(x.Request, target); local {
		x.become(options)
		h.serve(x)
		return
	}
	var who identity
	if s := x.connected(); s != nil {
		who, x.admission = x.who(s), s.admittedBy()
	} else if h.gateway.settings.ConnectionRequired {
		x.code(codes.Unauthorized)
		return
	} else {
		var ok bool
		if who, ok = x.authenticate(credentials{}); !ok {
			return
		}
	}
	if permission := x.permission(who, target.Topic()); x.mayProxy(permission) {
		p.Forward(x.Request, proxyExchange{directoryExchange{x}, permission}, target)
	}
}

// become gives the request other options.
func (x *exchange) become(options message.Options) {
	r := *x.Request
	r.Options = options
	x.Request, x.root, x.query = &r, rootOther, query{}
	x.parse()
}

// serveReverse passes a request on to a device, once it is known that who asks may.
func (h *handler) serveReverse(x *exchange) {
	given, queries := x.credentials()
	if h.gateway.settings.ConnectionRequired && given.token == nil {
		x.text(codes.BadRequest, textMissingToken)
		return
	}
	who, ok := x.authenticate(given)
	if !ok {
		return
	}
	segments := x.PathSegments(nil)
	ep, path := segments[1], segments[2:]
	if permission := x.permission(who, proxy.Topic(ep, path)); x.mayProxy(permission) {
		h.gateway.proxy.Reverse(x.Request, proxyExchange{directoryExchange{x}, permission}, ep, path, queries)
	}
}

// permission is that of who, to publish to a topic if the method changes something, else to subscribe.
func (x *exchange) permission(who identity, topic string) proxy.Permission {
	action := settings.Subscribe
	if proxy.Unsafe(x.Code) {
		action = settings.Publish
	}
	topic = literal(topic)
	auth, admission := x.handler.gateway.access, x.admission
	return func() codes.Code {
		switch {
		case !admission.holds(auth, who):
			return codes.Unauthorized
		case !auth.Allowed(who.access(), action, topic):
			return codes.Forbidden
		}
		return 0
	}
}

// mayProxy answers the request if its permission is denied.
func (x *exchange) mayProxy(p proxy.Permission) bool {
	denied := p()
	if denied != 0 {
		x.code(denied)
	}
	return denied == 0
}

// proxyExchange is an exchange as the proxy answers it.
type proxyExchange struct {
	directoryExchange
	permission proxy.Permission
}

// Permission implements proxy.Exchange.
func (e proxyExchange) Permission() proxy.Permission { return e.permission }

// devices are those of the resource directory, for the proxy.
type devices struct{ directory *directory.Directory }

// Resolve implements proxy.Directory. A link that leads elsewhere than to its device's base is not the device's.
func (d devices) Resolve(ep string, path []string) (proxy.Device, bool) {
	e, ok := d.directory.Find(ep)
	if !ok {
		return proxy.Device{}, false
	}
	base := linkformat.ParseReference(e.Base)
	for i := range e.Resolved {
		target := linkformat.ParseReference(e.Resolved[i].Target)
		if target.Scheme == base.Scheme && target.Authority == base.Authority && slices.Equal(pathSegments(target.Path), path) {
			target.Query, target.HasQuery, target.Fragment, target.HasFragment = "", false, "", false
			return proxy.Device{ID: e.Location, Target: target.String(), Address: e.Address, Peer: e.Peer}, true
		}
	}
	return proxy.Device{}, false
}

// pathSegments are the Uri-Path options that a path means (RFC 7252, section 6.4).
func pathSegments(path string) []string {
	if path == "" || path == "/" {
		return nil
	}
	segments := strings.Split(strings.TrimPrefix(path, "/"), "/")
	for i, s := range segments {
		if decoded, err := url.PathUnescape(s); err == nil {
			segments[i] = decoded
		}
	}
	return segments
}
