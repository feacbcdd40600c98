package gateway

import (
	"math"

	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"

	"sluice/engine/broker"
	"sluice/engine/coap"
	"sluice/engine/settings"
)

// serveEMQX4 answers as EMQX 4 does.
func (h *handler) serveEMQX4(x *exchange) {
	switch {
	case x.root == rootMQTT:
		h.mqtt(x)
	case x.root == rootPubSub:
		h.pubsubEMQX4(x)
	case x.root == rootWellKnown && len(x.path) == 2 && string(x.path[1].Value) == "core":
		h.core(x)
	default:
		x.code(codes.NotFound)
	}
}

// querySession returns the session of the client ID, username and password in the query, making it if need be. It
// returns nil when the request is answered or postponed.
func (x *exchange) querySession() *session {
	c, u, p := x.credentialsEMQX4()
	if c == nil {
		x.code(codes.BadRequest)
		return nil
	}
	g := x.handler.gateway
	secret := g.digester.of(u, p)
	if p := known(x.Peer); p != nil {
		if s := p.query.Load(); s != nil && s.belongsTo(c, secret) && x.maySpeakFor(s) {
			return s
		}
	}
	if s := g.registry.query(c); s != nil && s.belongsTo(c, secret) && x.maySpeakFor(s) {
		visit(x.Peer, s)
		return s
	}
	switch x.login(c, u, p) {
	case postponed:
		return nil
	case refused:
		x.refuse(x.handler.authenticationFailure(), "")
		return nil
	case busy:
		x.code(codes.ServiceUnavailable)
		return nil
	}
	s := x.handler.newSession(ModeQuery, x.Received)
	s.id, s.username, s.secret, s.admission = string(c), string(u), secret, x.admission
	if !g.enter(s) {
		x.code(codes.ServiceUnavailable)
		return nil
	}
	visit(x.Peer, s)
	if !g.admits(s) { // something changed before it was listed
		g.end(s, reasonKicked)
		x.code(x.handler.authenticationFailure())
		return nil
	}
	g.announceConnected(s, x.Peer.Addr())
	return s
}

// credentialsEMQX4 returns client ID, username and password of an EMQX 4 request; auto also takes the names of EMQX 5.
func (x *exchange) credentialsEMQX4() (c, u, p []byte) {
	if x.query.c == nil && x.handler.lenient() {
		return x.query.get(fieldClientID), x.query.get(fieldUsername), x.query.get(fieldPassword)
	}
	return x.query.c, x.query.u, x.query.p
}

// authenticationFailure is what EMQX 4 documents, or what it does.
func (h *handler) authenticationFailure() codes.Code {
	if !h.lenient() && h.gateway.settings.EMQX4.AuthenticationFailure == settings.InternalServerError {
		return codes.InternalServerError
	}
	return codes.Unauthorized
}

// enter registers a query mode session and ends the one that had its client ID; in emqx4 also an MQTT client's.
func (g *Gateway) enter(s *session) bool {
	old, ok := g.registry.replace(s, s.id)
	if !ok {
		return false
	}
	if old != nil {
		g.end(old, reasonDiscarded)
	}
	if !s.handler.lenient() && s.id != "" {
		g.broker.Disconnect(s.id)
	}
	g.wheel.add(s, queryCheck)
	return true
}

func (s *session) belongsTo(id []byte, secret digest) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !s.ended && s.secret == secret && s.id == string(id)
}

// precondition evaluates If-Match and If-None-Match (RFC 7252, section 5.10.8) for a resource without ETag, as EMQX 4
// has only those: If-Match holds for an existing one if it names no ETag.
func (x *exchange) precondition(exists bool) bool {
	matching, matched := false, false
	for i := range x.Options {
		switch o := &x.Options[i]; o.ID {
		case message.IfMatch:
			matching = true
			matched = matched || exists && len(o.Value) == 0
		case message.IfNoneMatch:
			if exists {
				return false
			}
		}
	}
	return !matching || matched
}

// mqtt answers /mqtt/<topic>.
func (h *handler) mqtt(x *exchange) {
	s := x.querySession()
	if s == nil {
		return
	}
	var stack [256]byte
	topic, err := appendTopicEMQX4(stack[:0], x.path[1:])
	publishes := x.Code == codes.PUT || x.Code == codes.POST && h.lenient()
	switch {
	case !x.precondition(true):
		x.code(codes.PreconditionFailed)
	case !publishes && x.Code != codes.GET:
		x.code(codes.MethodNotAllowed)
	case err != nil:
		x.code(codes.BadRequest)
	case !publishes:
		h.mqttGet(x, s, string(topic))
	case len(topic) == 0:
		x.code(codes.BadRequest)
	default:
		h.publishEMQX4(x, s, topic)
	}
}

// mqttGet subscribes, unsubscribes, or only keeps the session.
func (h *handler) mqttGet(x *exchange, s *session, filter string) {
	observe, given := x.Uint(message.Observe)
	switch {
	case !given:
		x.code(codes.Content)
	case observe == 1:
		x.unobserve(s, x.who(s), formMQTT, filter, x.Peer)
		x.code(codes.Content)
	case observe != 0:
		x.code(codes.BadOption)
	case filter == "":
		x.code(codes.BadRequest)
	default:
		mount, ok := x.allowed(x.who(s), settings.Subscribe, filter)
		if !ok {
			x.code(codes.Forbidden)
			return
		}
		x.answer(func(w *coap.ResponseWriter) { h.observeEMQX4(w, x, s, formMQTT, filter, mount, false) })
	}
}

// observeEMQX4 starts an observation and gives it what is retained, unless the response has a value of its own. In emqx4
// only the newest observer of a filter in a session is told.
func (h *handler) observeEMQX4(w *coap.ResponseWriter, x *exchange, s *session, f form, filter, mount string, valued bool) *observation {
	o, fresh := x.observe(w, s, x.who(s), f, filter, mount)
	switch {
	case o == nil:
	case h.lenient():
		if !valued {
			h.current(w, o, fresh)
		}
	case fresh:
		for _, rival := range s.rivals(o) {
			h.gateway.stop(rival)
		}
		h.retained(o)
	}
	return o
}

// rivals returns the session's other observations of the filter of o.
func (s *session) rivals(o *observation) []*observation {
	s.mu.Lock()
	defer s.mu.Unlock()
	var rivals []*observation
	for _, other := range s.observations {
		if other != o && other.filter() == o.filter() {
			rivals = append(rivals, other)
		}
	}
	return rivals
}

// publishEMQX4 publishes with QoS 0.
func (h *handler) publishEMQX4(x *exchange, s *session, topic []byte) {
	who := x.who(s)
	mount, ok := x.mountOf(who)
	if !ok {
		x.code(codes.Forbidden)
		return
	}
	_, mounted, ok := h.mayPublish(s, who, mount, topic)
	if !ok {
		x.code(codes.Forbidden)
		return
	}
	x.publish(messageEMQX4(x, who, mounted))
}

func messageEMQX4(x *exchange, who identity, mounted string) *broker.Message {
	return &broker.Message{
		Topic: mounted, Payload: x.Payload, From: who.clientID, Via: broker.ViaMethod(byte(x.Code)),
		Type: x.payloadType(), At: x.Received,
	}
}

// contentFormat returns the request's Content-Format, and whether it has one that can be kept.
func (x *exchange) contentFormat() (uint16, bool) {
	v, ok := x.Uint(message.ContentFormat)
	return uint16(min(v, math.MaxUint16)), ok
}
