package gateway

import (
	"slices"

	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"

	"sluice/engine/coap"
	"sluice/engine/settings"
)

// handler answers one listener in one dialect.
type handler struct {
	gateway  *Gateway
	dialect  settings.Dialect
	listener string // its URL
	mount    mountpoint
	authn    bool // credentials are checked
	counts   bool // max_connections is set: a session has its place until it ends

	collection []string // path of the topic collection in segments; none: the dialect has none
}

// lenient reports whether a useful answer is preferred to the one of a single dialect.
func (h *handler) lenient() bool { return h.dialect == settings.DialectAuto }

// strict reports whether requests are answered as EMQX does, and those that EMQX does not know are refused.
func (h *handler) strict() bool {
	return h.dialect == settings.DialectEMQX5 || h.dialect == settings.DialectEMQX4
}

// asksObservers reports whether an observer may be silent until it is asked whether it is still there.
func (h *handler) asksObservers() bool { return h.lenient() || h.dialect == settings.DialectIETF }

// prepare does what every answer of the dialect has in common.
func (h *handler) prepare(w *coap.ResponseWriter) {
	if h.dialect == settings.DialectEMQX5 {
		w.ReuseMessageID()
	}
}

// ServeCoAP implements coap.Handler.
func (h *handler) ServeCoAP(w *coap.ResponseWriter, r *coap.Request) {
	if r.Multicast && !discovers(r) {
		return // nothing is said about it to a group
	}
	x := exchangePool.Get().(*exchange)
	x.Request, x.handler, x.writer = r, h, w
	x.parse()
	h.gateway.touch()
	if p := known(r.Peer); p != nil && p.waiting.Load() > 0 {
		if x.postpone() == busy {
			x.code(codes.ServiceUnavailable)
		}
	} else {
		h.serve(x)
	}
	*x = exchange{}
	exchangePool.Put(x)
}

// discovers reports whether a request is for /.well-known/core, which is all that is answered to a group.
func discovers(r *coap.Request) bool {
	var buf [2]string
	return (r.Code == codes.GET || r.Code == coap.FETCH) &&
		slices.Equal(r.PathSegments(buf[:0]), []string{".well-known", "core"})
}

func (h *handler) serve(x *exchange) {
	switch {
	case x.isForForwardProxy():
		h.serveForward(x)
	case x.isForReverseProxy():
		h.serveReverse(x)
	case x.isForDirectory():
		h.serveDirectory(x)
	case x.meantForIETF():
		h.serveIETF(x)
	case x.Code > codes.DELETE:
		x.code(codes.MethodNotAllowed)
	case h.dialect == settings.DialectEMQX5:
		h.serveEMQX5(x)
	case h.dialect == settings.DialectEMQX4:
		h.serveEMQX4(x)
	case x.meantForEMQX4():
		h.serveEMQX4(x)
	default:
		h.serveEMQX5(x)
	}
}

// meantForEMQX4 decides the dialect of a request that came to auto.
func (x *exchange) meantForEMQX4() bool {
	switch x.root {
	case rootMQTT:
		return !x.isConnection()
	case rootPubSub:
		return x.query.c != nil && !x.query.onlyEMQX5() && !x.observesWildcards()
	}
	return true
}

// observesWildcards reports whether a request is to observe, or no longer, a filter with wildcards, which under /ps only
// EMQX 5 has.
func (x *exchange) observesWildcards() bool {
	if _, observes := x.Uint(message.Observe); !observes || x.Code != codes.GET {
		return false
	}
	return slices.ContainsFunc(x.path, func(o message.Option) bool { return wild(o.Value) })
}

// isConnection reports whether the path is mqtt/connection.
func (x *exchange) isConnection() bool {
	return x.root == rootMQTT && len(x.path) == 2 && string(x.path[1].Value) == "connection"
}

// PeerGone implements coap.Handler: the endpoint, or the peer's connection, has closed, or the peer yielded. A created
// connection outlives the transport until its heartbeat runs out or its client takes it over from elsewhere; any other
// session ends.
func (h *handler) PeerGone(conn *coap.Peer) {
	p := known(conn)
	if p == nil {
		return
	}
	if s := p.session.Load(); s != nil && (conn.Endpoint().Closed() || !s.modeIs(ModeConnection)) {
		h.gateway.end(s, reasonClosed)
	}
	if s := p.query.Load(); s != nil {
		s.leave(p)
		p.drop(s)
		h.gateway.endIf(s, reasonClosed, func() bool { return s.home == nil })
	}
	h.gateway.touch()
}
