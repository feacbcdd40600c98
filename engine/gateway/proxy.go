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
		who = x.who(s)
	} else if h.gateway.settings.ConnectionRequired {
		x.code(codes.Unauthorized)
		return
	} else {
		var ok bool
		if who, ok = x.authenticate(credentials{}); !ok {
			return
		}
	}
	if x.mayProxy(who, target.Topic()) {
		p.Forward(x.Request, directoryExchange{x}, target)
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
	if x.mayProxy(who, proxy.Topic(ep, path)) {
		h.gateway.proxy.Reverse(x.Request, directoryExchange{x}, ep, path, queries)
	}
}

// mayProxy reports whether who may ask for a topic, to publish if the method changes something, else to subscribe. If
// not, the request is answered.
func (x *exchange) mayProxy(who identity, topic string) bool {
	action := settings.Subscribe
	if proxy.Unsafe(x.Code) {
		action = settings.Publish
	}
	if !x.handler.gateway.access.Allowed(who.access(), action, literal(topic)) {
		x.code(codes.Forbidden)
		return false
	}
	return true
}

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
