package gateway

import (
	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"

	"sluice/engine/coap"
	"sluice/engine/settings"
)

const (
	formatLink        = 40 // application/link-format
	formatOctetStream = 42 // application/octet-stream
	formatEXI         = 47 // application/exi
	formatJSON        = 50 // application/json

	defaultMaxAge = 60 // seconds; EMQX 4 leaves Max-Age out when this remains
)

// pubsubEMQX4 answers /ps/<topic> as EMQX 4 does, in the order it checks.
func (h *handler) pubsubEMQX4(x *exchange) {
	segments := x.path[1:]
	if len(segments) == 0 {
		x.code(codes.BadRequest)
		return
	}
	s := x.querySession()
	if s == nil {
		return
	}
	var stack [256]byte
	topic, err := appendTopicEMQX4(stack[:0], segments)
	if err != nil {
		x.code(codes.BadRequest)
		return
	}
	format, formatted := x.contentFormat()
	if formatted && format == formatLink {
		switch {
		case x.Code == codes.POST:
			h.createResource(x, s, string(topic))
			return
		case x.Code == codes.GET && !h.lenient():
			h.echo(x)
			return
		}
	}
	if wild(topic) || len(topic) == 0 {
		x.code(codes.BadRequest)
		return
	}
	who := x.who(s)
	mount, ok := x.mountOf(who)
	if !ok {
		x.code(codes.Forbidden)
		return
	}
	name, mounted := string(topic), mount+string(topic)
	res, exists := h.gateway.resources.get(mounted)
	switch {
	case formatted && format != formatLink && exists && res.format != format && res.format != 0:
		x.code(codes.BadRequest)
	case !x.precondition(exists):
		x.code(codes.PreconditionFailed)
	case x.Code == codes.GET:
		h.getResource(x, s, name)
	case x.Code == codes.DELETE:
		h.delete(x, who, name, codes.Forbidden)
	default:
		h.putResource(x, s, topic, mount, exists)
	}
}

// echo answers GET with Content-Format 40, which EMQX 4 takes for its own content.
func (h *handler) echo(x *exchange) {
	payload := append([]byte(nil), x.Payload...)
	x.answer(func(w *coap.ResponseWriter) {
		w.SetCode(codes.Content)
		w.AddUint(message.ContentFormat, formatLink)
		w.SetPayload(payload)
	})
}

// createResource creates parent/name from the payload <name>;ct=format.
func (h *handler) createResource(x *exchange, s *session, parent string) {
	name, format, err := parseCreate(string(x.Payload))
	if err != nil || wild(parent) {
		x.code(codes.BadRequest)
		return
	}
	if parent != "" {
		name = parent + "/" + name
	}
	mount, ok := x.allowed(x.who(s), settings.Publish, name)
	if !ok {
		x.code(codes.Forbidden)
		return
	}
	table := h.gateway.resources
	res, exists := table.get(mount + name)
	if !x.precondition(exists) {
		x.code(codes.PreconditionFailed)
		return
	}
	res.topic, res.format, res.maxAge, res.at = mount+name, format, x.maxAge(), x.Received
	h.keep(x, res, func(w *coap.ResponseWriter) {
		w.SetCode(codes.Created)
		w.AddString(message.LocationPath, "/ps/"+name)
	})
}

// keep puts a resource into the table and answers when it is on disk.
func (h *handler) keep(x *exchange, res resource, fill func(w *coap.ResponseWriter)) {
	answer := x.later()
	full := h.gateway.resources.put(res, func(err error) {
		if err != nil {
			h.gateway.log.Error("a resource cannot be kept", "topic", res.topic, "error", err)
			answer.code(codes.InternalServerError)
			return
		}
		answer.answer(fill)
	})
	if full {
		answer.code(codes.ServiceUnavailable)
		return
	}
	h.gateway.touch()
}

// putResource stores and publishes a value.
func (h *handler) putResource(x *exchange, s *session, topic []byte, mount string, exists bool) {
	if !h.lenient() && h.gateway.settings.EMQX4.RequireContentFormat && !x.storable() {
		x.code(codes.InternalServerError)
		return
	}
	who := x.who(s)
	name, mounted, ok := h.mayPublish(s, who, mount, topic)
	if !ok {
		x.code(codes.Forbidden)
		return
	}
	g := h.gateway
	res := resource{topic: mounted, payload: append([]byte(nil), x.Payload...), maxAge: x.maxAge(), at: x.Received}
	var formatted bool
	if res.format, formatted = x.contentFormat(); !formatted && exists {
		before, _ := g.resources.get(mounted)
		res.format = before.format
	}
	if !g.resources.room(&res) { // before anybody is told
		x.code(codes.ServiceUnavailable)
		return
	}
	m := messageEMQX4(x, who, mounted)
	if !formatted && res.format != 0 { // declared when the resource was made
		m.Type = h.typed(res.format)
	}
	if err := g.broker.Publish(m); err != nil {
		x.code(g.published(err))
		return
	}
	h.keep(x, res, func(w *coap.ResponseWriter) {
		w.SetCode(codes.Changed)
		if !exists {
			w.SetCode(codes.Created)
			w.AddString(message.LocationPath, "/ps/"+name)
		}
	})
}

// storable reports whether the request's Content-Format is one that EMQX 4 itself stores.
func (x *exchange) storable() bool {
	format, ok := x.contentFormat()
	return ok && (format == formatOctetStream || format == formatEXI || format == formatJSON)
}

// maxAge returns the request's Max-Age in seconds.
func (x *exchange) maxAge() uint32 {
	if v, ok := x.Uint(message.MaxAge); ok {
		return v
	}
	return defaultMaxAge
}

// getResource reads or observes.
func (h *handler) getResource(x *exchange, s *session, name string) {
	observe, given := x.Uint(message.Observe)
	switch {
	case given && observe == 0:
		h.observeResource(x, s, name)
	case given && observe > 1:
		x.code(codes.BadOption)
	default:
		if given {
			x.unobserve(s, x.who(s), formMQTT, name, x.Peer)
		}
		h.read(x, x.who(s), name, codes.Forbidden)
	}
}

// observeResource starts an observation. Where EMQX 4 wants the resource to exist, auto waits for its first value.
func (h *handler) observeResource(x *exchange, s *session, name string) {
	mount, ok := x.allowed(x.who(s), settings.Subscribe, name)
	if !ok {
		x.code(codes.Forbidden)
		return
	}
	res, exists := h.gateway.resources.get(mount + name)
	if !exists && !h.lenient() {
		x.code(codes.NotFound)
		return
	}
	x.answer(func(w *coap.ResponseWriter) {
		o := h.observeEMQX4(w, x, s, formResource, name, mount, exists)
		if o == nil || !exists {
			return
		}
		remaining, fresh := res.remaining(x.Received)
		if !fresh {
			w.SetCode(coap.NoContent)
			return
		}
		w.SetPayload(res.payload)
		addMaxAge(w, remaining)
	})
}

func addMaxAge(w *coap.ResponseWriter, seconds uint32) {
	if seconds != defaultMaxAge {
		w.AddUint(message.MaxAge, seconds)
	}
}

// read answers with the last value of a topic. denied is the dialect's answer to who may not.
func (h *handler) read(x *exchange, who identity, name string, denied codes.Code) {
	if name == "" || wild(name) {
		x.code(codes.BadRequest)
		return
	}
	mount, ok := x.allowed(who, settings.Subscribe, name)
	if !ok {
		x.code(denied)
		return
	}
	res, kind := h.last(mount + name)
	if kind == lastNone {
		x.code(codes.NotFound)
		return
	}
	x.answer(func(w *coap.ResponseWriter) {
		w.SetCode(codes.Content)
		if kind == lastMessage {
			w.SetPayload(res.payload)
			return
		}
		remaining, fresh := res.remaining(x.Received)
		if !fresh {
			return
		}
		if etag, single := x.singleETag(); single && !h.lenient() {
			w.SetCode(codes.Valid) // EMQX 4 takes the request's ETag for the resource's
			w.AddOption(message.ETag, etag)
			return
		}
		w.SetPayload(res.payload)
		addMaxAge(w, remaining)
		if format, formatted := x.contentFormat(); formatted {
			w.AddUint(message.ContentFormat, uint32(format))
		}
	})
}

// singleETag returns the request's ETag if it has exactly one.
func (x *exchange) singleETag() (etag []byte, single bool) {
	for i := range x.Options {
		if x.Options[i].ID == message.ETag {
			if single {
				return nil, false
			}
			etag, single = x.Options[i].Value, true
		}
	}
	return etag, single
}

// lastKind says where a last value comes from.
type lastKind uint8

const (
	lastNone lastKind = iota
	lastMessage
	lastResource
)

// last returns the last value of a topic: the resource's; in auto, where every publish counts as one to the resource,
// that of a newer message; and in auto, when there is no resource, the retained or else the last message.
func (h *handler) last(mounted string) (resource, lastKind) {
	g := h.gateway
	res, exists := g.resources.get(mounted)
	if !h.lenient() {
		if exists {
			return res, lastResource
		}
		return res, lastNone
	}
	if !exists {
		for _, m := range g.broker.Retained(mounted) {
			return resource{payload: m.Payload}, lastMessage
		}
	}
	if g.values != nil {
		if t, ok := g.values.Topic(mounted); ok && (!exists || t.At.After(res.at)) {
			res.payload, res.at = t.Payload, t.At
			if !exists {
				return res, lastMessage
			}
		}
	}
	if exists {
		return res, lastResource
	}
	return res, lastNone
}

// delete deletes a resource and those below it.
func (h *handler) delete(x *exchange, who identity, name string, denied codes.Code) {
	mount, ok := x.allowed(who, settings.Publish, name)
	if !ok {
		x.code(denied)
		return
	}
	g := h.gateway
	if _, exists := g.resources.get(mount + name); !exists {
		x.code(codes.NotFound)
		return
	}
	for _, topic := range g.resources.below(mount + name) {
		if !g.access.Allowed(who.access(), settings.Publish, topic[len(mount):]) {
			x.code(denied) // all or nothing
			return
		}
	}
	answer := x.later()
	removed := g.resources.remove(mount+name, true, func(err error) {
		if err != nil {
			g.log.Error("a resource cannot be deleted", "topic", mount+name, "error", err)
			answer.code(codes.InternalServerError)
			return
		}
		answer.code(codes.Deleted)
	})
	if h.lenient() && g.values != nil {
		for _, topic := range removed {
			g.values.Remove(topic) // or reading would still find it
		}
	}
	g.touch()
}
