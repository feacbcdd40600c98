package gateway

import (
	"math"
	"time"

	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"

	"sluice/engine/broker"
	"sluice/engine/coap"
	"sluice/engine/gateway/topicconfig"
	"sluice/engine/settings"
)

// dataRequest answers a request to topic-data (section 3.2).
func (h *handler) dataRequest(x *exchange, s *session, t *topicResource) {
	switch x.Code {
	case codes.GET:
		if who, ok := x.mayUse(s, t, settings.Subscribe); ok {
			h.getData(x, s, t, who)
		}
	case codes.PUT:
		if who, ok := x.mayUse(s, t, settings.Publish); ok {
			h.putData(x, s, t, who)
		}
	case codes.DELETE:
		if _, ok := x.mayUse(s, t, settings.Publish); ok {
			h.deleteData(x, t)
		}
	default:
		x.code(codes.MethodNotAllowed)
	}
}

// getData reads, subscribes or unsubscribes.
func (h *handler) getData(x *exchange, s *session, t *topicResource, who identity) {
	observe, given := x.Uint(message.Observe)
	if given && observe == 1 {
		if o := x.dataObservation(s, t); o != nil {
			h.gateway.stop(o)
		}
	}
	data, full := t.current()
	switch {
	case !full:
		x.code(codes.NotFound)
	case data.formatted && !x.accepts(data.format):
	case given && observe == 0:
		h.observeData(x, s, t, who)
	default:
		x.answer(func(w *coap.ResponseWriter) { fillData(w, &data) })
	}
}

// fillData makes the data the answer.
func fillData(w *coap.ResponseWriter, data *representation) {
	w.SetCode(codes.Content)
	if data.formatted {
		w.AddUint(message.ContentFormat, uint32(data.format))
	}
	w.SetPayload(data.payload)
}

// putData publishes (section 3.2.1). It is acknowledged when it is on disk, together with what others publish at the
// same time.
func (h *handler) putData(x *exchange, s *session, t *topicResource, who identity) {
	qos, ok := x.qos(h.gateway.settings.PublishQoS)
	if !ok || qos < 0 || qos > 2 {
		x.code(codes.BadRequest)
		return
	}
	format, formatted := x.contentFormat()
	before, full := t.current()
	config := t.configuration()
	if !x.precondition(full) {
		x.code(codes.PreconditionFailed)
		return
	}
	if formatted && config.Has(topicconfig.TopicContentFormat) && format != config.TopicContentFormat {
		x.code(codes.UnsupportedMediaType)
		return
	}
	if wait, ok := t.admit(h.gateway.settings.IETF.MaxPublishRate, x.Received); !ok {
		x.tooMany(wait)
		return
	}
	if growth := len(x.Payload) - len(before.payload); growth > 0 {
		if !t.table.grow(growth) {
			x.code(codes.ServiceUnavailable)
			return
		}
		t.table.grow(-growth) // deliver takes it
	}
	s.remember([]byte(t.name), t.mount)
	a := &announcement{at: x.Received}
	m := &broker.Message{
		Topic: t.mounted, Payload: x.Payload, QoS: byte(qos), Retain: string(x.query.get(fieldRetain)) == "true",
		From: who.clientID, Via: broker.ViaMethod(byte(x.Code)), Type: x.payloadType(), At: x.Received,
	}
	if !formatted && config.Has(topicconfig.TopicContentFormat) {
		m.Type = h.typed(config.TopicContentFormat)
	}
	code := codes.Changed
	if !full {
		code = codes.Created
	}
	h.publishData(t, m, a, x.later(), h.whenKept(x, t, func(w *coap.ResponseWriter) { w.SetCode(code) }))
}

// publishData hands m to the broker, which gives it back to the topic, and writes the topic then.
func (h *handler) publishData(t *topicResource, m *broker.Message, a *announcement, answer later, kept func(error)) {
	g := h.gateway
	published := func(err error) {
		switch room := t.arrived(a); {
		case err != nil:
			answer.code(g.published(err))
		case !room:
			answer.code(codes.ServiceUnavailable)
		default:
			t.table.save(t, kept)
		}
	}
	t.announce(a)
	if m.Retain {
		g.broker.PublishRetained(m, published)
		return
	}
	published(g.broker.Publish(m))
}

// tooMany answers 4.29: the publisher is to be quiet for so long (RFC 8516).
func (x *exchange) tooMany(wait time.Duration) {
	seconds := uint32(math.Ceil(wait.Seconds()))
	x.answer(func(w *coap.ResponseWriter) {
		w.SetCode(codes.TooManyRequests)
		w.AddUint(message.MaxAge, max(seconds, 1))
	})
}

// deleteData makes a topic HALF CREATED (section 3.2.4); its observers get a last 4.04.
func (h *handler) deleteData(x *exchange, t *topicResource) {
	_, full := t.current()
	if !x.precondition(full) {
		x.code(codes.PreconditionFailed)
		return
	}
	if !t.clear() {
		x.code(codes.NotFound)
		return
	}
	t.table.forgetRetained(t)
	t.table.save(t, h.whenKept(x, t, func(w *coap.ResponseWriter) { w.SetCode(codes.Deleted) }))
	h.gateway.touch()
}
