package gateway

import (
	"errors"
	"math"
	"strings"
	"time"

	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"

	"sluice/engine/broker"
	"sluice/engine/coap"
	"sluice/engine/settings"
)

// Texts that EMQX 5 answers under /ps.
const (
	textInvalidTopic   = "invalid topic"
	textInvalidObserve = "invalid observe value"
	textNoToken        = "observe without token"
)

// pubsubEMQX5 answers /ps as EMQX 5 does.
func (h *handler) pubsubEMQX5(x *exchange) {
	if x.session == nil {
		switch x.login(x.query.get(fieldClientID), x.query.get(fieldUsername), x.query.get(fieldPassword)) {
		case postponed:
			return
		case refused:
			x.refuse(codes.Unauthorized, "")
			return
		case busy:
			x.code(codes.ServiceUnavailable)
			return
		}
	}
	if len(x.path) < 2 {
		x.text(codes.BadRequest, textInvalidTopic)
		return
	}
	var stack [256]byte
	topic, err := appendTopicEMQX5(stack[:0], x.path[1:])
	switch {
	case !h.hasEMQX5(x.Code):
		x.code(codes.MethodNotAllowed)
		return
	case err != nil:
		x.code(codes.BadRequest)
		return
	}
	s := x.speaker()
	if s == nil {
		x.code(codes.ServiceUnavailable)
		return
	}
	switch x.Code {
	case codes.GET:
		h.getEMQX5(x, s, string(topic))
	case codes.DELETE:
		h.delete(x, x.identify(s), string(topic), codes.Unauthorized)
	default:
		h.publishEMQX5(x, s, topic)
	}
}

// hasEMQX5 reports whether /ps has a method: auto publishes with PUT, too, and deletes resources.
func (h *handler) hasEMQX5(method codes.Code) bool {
	return method == codes.GET || method == codes.POST || h.lenient() && (method == codes.PUT || method == codes.DELETE)
}

// speaker returns the session that the request counts for: the one its token proved, or the one at its address, which
// begins now if there is none. It returns nil when there are too many sessions.
func (x *exchange) speaker() *session {
	if x.session != nil {
		return x.session
	}
	if s := x.local(); s != nil {
		return s
	}
	g := x.handler.gateway
	s := x.handler.newSession(ModeConnectionless, x.Received)
	if !g.registry.add(s) {
		return nil
	}
	settle(x.Peer, s)
	g.wheel.add(s, g.heartbeat.period)
	return s
}

// identify says who the request speaks for. Without a token that is what its query says, for this request only.
func (x *exchange) identify(s *session) identity {
	if x.session != nil {
		return x.who(s)
	}
	id, username := x.query.get(fieldClientID), x.query.get(fieldUsername)
	if len(id) == 0 {
		id = []byte(x.demandedID())
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	who := identity{proved: x.Peer.Identity()}
	if who.username = s.username; who.username != string(username) {
		who.username = string(username)
	}
	if len(id) == 0 {
		if s.home != nil {
			who.clientID = s.home.address
		}
		return who
	}
	if who.clientID = s.id; who.clientID != string(id) {
		who.clientID = string(id)
	}
	if s.mode == ModeConnectionless {
		s.id, s.username = who.clientID, who.username
	}
	return who
}

// allowed reports whether who may act on a topic, and under which mountpoint.
func (x *exchange) allowed(who identity, action settings.Action, topic string) (mount string, ok bool) {
	if mount, ok = x.mountOf(who); !ok {
		return "", false
	}
	return mount, x.handler.gateway.access.Allowed(who.access(), action, topic)
}

// mayPublish returns a topic without and with the mountpoint, and whether who may publish to it.
func (h *handler) mayPublish(s *session, who identity, mount string, topic []byte) (name, mounted string, ok bool) {
	name, mounted = s.remember(topic, mount)
	return name, mounted, !reserved(mounted) && h.gateway.access.Allowed(who.access(), settings.Publish, name)
}

// publishEMQX5 publishes with the query's qos, retain and expiry.
func (h *handler) publishEMQX5(x *exchange, s *session, topic []byte) {
	qos, ok := x.qos(h.gateway.settings.PublishQoS)
	if !ok || qos < 0 || qos > 2 {
		x.code(codes.BadRequest)
		return
	}
	expiry, ok := x.integer(fieldExpiry)
	if !ok || expiry < 0 || expiry > math.MaxUint32 {
		x.code(codes.BadRequest)
		return
	}
	who := x.identify(s)
	mount, ok := x.mountOf(who)
	if !ok {
		x.code(codes.Unauthorized)
		return
	}
	_, mounted, ok := h.mayPublish(s, who, mount, topic)
	if !ok {
		x.code(codes.Unauthorized)
		return
	}
	x.publish(&broker.Message{
		Topic: mounted, Payload: x.Payload, QoS: byte(qos), Retain: string(x.query.get(fieldRetain)) == "true",
		// EMQX documents an expiry of 0 as never.
		Expiry: time.Duration(expiry) * time.Second, HasExpiry: expiry > 0,
		From: who.clientID, Via: broker.ViaMethod(byte(x.Code)), Type: x.payloadType(), At: x.Received,
	})
}

// publish hands m to the broker and answers 2.04; for a retained message once it is kept.
func (x *exchange) publish(m *broker.Message) {
	g := x.handler.gateway
	switch {
	case m.Topic == "" || wild(m.Topic):
		// MQTT has no such topic. EMQX accepts it, and it reaches those who observe exactly this text.
		if f := g.hub.exact(m.Topic); f != nil {
			kept := *m
			kept.Payload = append([]byte(nil), m.Payload...)
			f.deliver(&kept)
		}
		x.code(codes.Changed)
	case m.Retain:
		answer := x.later()
		g.broker.PublishRetained(m, func(err error) { answer.code(g.published(err)) })
	default:
		x.code(g.published(g.broker.Publish(m)))
	}
}

// published is the answer to a publish.
func (g *Gateway) published(err error) codes.Code {
	switch {
	case err == nil:
		return codes.Changed
	case errors.Is(err, broker.ErrRetainedFull): // the broker's log says so
		return codes.ServiceUnavailable
	default:
		g.log.Warn("publish failed", "error", err)
		return codes.InternalServerError
	}
}

// reserved reports whether a topic is the broker's own.
func reserved(topic string) bool {
	return len(topic) >= 4 && strings.EqualFold(topic[:4], "$SYS")
}

// qos returns the request's QoS, which is absent from most, and whether it is an integer.
func (x *exchange) qos(absent settings.RequestQoS) (int64, bool) {
	if v := x.query.get(fieldQoS); v != nil {
		return integer(v)
	}
	switch absent {
	case settings.QoS0:
		return 0, true
	case settings.QoS1:
		return 1, true
	case settings.QoS2:
		return 2, true
	}
	if x.Type == message.Confirmable {
		return 1, true
	}
	return 0, true
}

// integer returns a parameter, 0 when absent, and whether it is an integer.
func (x *exchange) integer(f field) (int64, bool) {
	v := x.query.get(f)
	if v == nil {
		return 0, true
	}
	return integer(v)
}

// getEMQX5 subscribes, unsubscribes or, in auto, reads.
func (h *handler) getEMQX5(x *exchange, s *session, topic string) {
	observe, given := x.Uint(message.Observe)
	switch {
	case given && observe == 1:
		x.unobserve(s, x.identify(s), formEMQX5, topic, nil)
		x.code(coap.NoContent)
	case given && observe == 0:
		h.subscribeEMQX5(x, s, topic)
	case !given && h.lenient():
		h.read(x, x.identify(s), topic, codes.Unauthorized)
	case x.asksLaterBlock():
		x.code(codes.BadOption)
	default:
		x.text(codes.BadRequest, textInvalidObserve)
	}
}

// asksLaterBlock reports whether the request is for a later block of a body, which is not kept if it comes here.
func (x *exchange) asksLaterBlock() bool {
	block2, _ := x.Uint(message.Block2)
	return block2>>4 > 0
}

// subscribeEMQX5 starts an observation.
func (h *handler) subscribeEMQX5(x *exchange, s *session, filter string) {
	if len(x.Token) == 0 && !h.lenient() {
		x.text(codes.BadRequest, textNoToken)
		return
	}
	// The broker delivers at the QoS of the message, so these are checked and nothing else.
	_, okQoS := x.qos(h.gateway.settings.SubscribeQoS)
	_, okNoLocal := x.integer(fieldNoLocal)
	wanted, always, okHandling := x.wantsRetained()
	if !okQoS || !okNoLocal || !okHandling {
		x.code(codes.BadRequest)
		return
	}
	who := x.identify(s)
	mount, ok := x.allowed(who, settings.Subscribe, filter)
	if !ok {
		x.code(codes.Unauthorized)
		return
	}
	x.answer(func(w *coap.ResponseWriter) {
		o, fresh := x.observe(w, s, who, formEMQX5, filter, mount)
		switch {
		case o == nil || !wanted:
		case h.lenient():
			h.current(w, o, fresh || always)
		case fresh || always:
			h.retained(o)
		}
	})
}

// wantsRetained reports whether a subscribing request is to get the retained messages, and whether always or only if the
// subscription is new: by its rh (MQTT 5, section 3.8.3.1), which EMQX takes for 1 when it is absent and a CoAP client's
// subscription for one that is not new; without one, by the settings, or because it came to auto. ok is false when rh is
// not an integer.
func (x *exchange) wantsRetained() (wanted, always, ok bool) {
	handling, ok := x.integer(fieldRetainHandling)
	if x.query.get(fieldRetainHandling) != nil && (handling == 0 || handling == 2) {
		return handling == 0, handling == 0, ok
	}
	return x.handler.lenient() || x.handler.gateway.settings.ObserveRetained, false, ok
}

// current gives a new observer the retained message: in the response if there is one for an exact topic, otherwise as
// notifications after it.
func (h *handler) current(w *coap.ResponseWriter, o *observation, fresh bool) {
	if wild(o.filter()) {
		if fresh {
			h.retained(o)
		}
		return
	}
	for _, m := range h.gateway.broker.Retained(o.feed.filter) {
		o.last.Store(valueOf(m, m.At))
		w.SetPayload(m.Payload)
	}
}

// retained sends the retained messages as notifications.
func (h *handler) retained(o *observation) {
	out := coap.NewFanout()
	defer out.End()
	for _, m := range h.gateway.broker.Retained(o.feed.filter) {
		o.notify(out, m, valueOf(m, time.Now()))
	}
}
