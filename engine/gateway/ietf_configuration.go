package gateway

import (
	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"

	"sluice/engine/coap"
	"sluice/engine/gateway/topicconfig"
	"sluice/engine/settings"
)

// topicRequest answers a request to a topic resource (section 2.5).
func (h *handler) topicRequest(x *exchange, s *session, t *topicResource) {
	action := settings.Publish
	switch x.Code {
	case codes.GET, coap.FETCH:
		action = settings.Subscribe
	case codes.POST, coap.IPATCH, codes.DELETE:
	default:
		x.code(codes.MethodNotAllowed)
		return
	}
	if _, ok := x.mayUse(s, t, action); !ok || x.Code != codes.DELETE && !x.accepts(topicconfig.ContentFormat) {
		return
	}
	switch x.Code {
	case codes.GET:
		x.answerConfiguration(codes.Content, t.configuration())
	case coap.FETCH:
		h.fetchTopic(x, t)
	case codes.DELETE:
		h.deleteTopic(x, t)
	default:
		h.updateTopic(x, t)
	}
}

func (x *exchange) answerConfiguration(code codes.Code, config topicconfig.Properties) {
	x.answer(func(w *coap.ResponseWriter) {
		w.SetCode(code)
		fillConfiguration(w, &config)
	})
}

func fillConfiguration(w *coap.ResponseWriter, config *topicconfig.Properties) {
	w.AddUint(message.ContentFormat, topicconfig.ContentFormat)
	w.SetPayload(config.Encode())
}

// fetchTopic answers with the properties that the payload lists: an array of keys, or the map of drafts up to -20.
func (h *handler) fetchTopic(x *exchange, t *topicResource) {
	var keys topicconfig.Set
	var err error
	switch format, _ := x.Uint(message.ContentFormat); format {
	case topicconfig.CBOR:
		keys, err = topicconfig.DecodeKeys(x.Payload)
	case topicconfig.ContentFormat:
		keys, err = topicconfig.DecodeConfFilter(x.Payload)
	default:
		x.code(codes.UnsupportedMediaType)
		return
	}
	if err != nil {
		x.invalid(err)
		return
	}
	config := t.configuration()
	x.answerConfiguration(codes.Content, config.Select(keys))
}

// updateTopic replaces the configuration (POST) or changes parts of it (iPATCH).
func (h *handler) updateTopic(x *exchange, t *topicResource) {
	if !x.hasFormat(topicconfig.ContentFormat) {
		return
	}
	change, err := topicconfig.Decode(x.Payload)
	if err == nil {
		err = t.update(&change, x.Code == coap.IPATCH)
	}
	if err != nil {
		x.invalid(err)
		return
	}
	t.dropSurplus()
	table := h.gateway.topics
	table.wake(x.Received) // another expiration-date or observer-check may have come nearer
	config := t.configuration()
	table.save(t, h.whenKept(x, t, func(w *coap.ResponseWriter) {
		w.SetCode(codes.Changed)
		fillConfiguration(w, &config)
	}))
	h.gateway.touch()
}

// update changes the configuration.
func (t *topicResource) update(change *topicconfig.Properties, partly bool) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	next, err := t.config.Replace(change)
	if partly {
		next, err = t.config.Patch(change)
	}
	if err != nil {
		return err
	}
	if !t.table.grow(next.Size() - t.config.Size()) {
		return errTopicsFull
	}
	t.config, t.encoded = next, nil
	return nil
}

// deleteTopic deletes a topic with its data; its observers get a last 4.04.
func (h *handler) deleteTopic(x *exchange, t *topicResource) {
	done := h.whenKept(x, t, func(w *coap.ResponseWriter) { w.SetCode(codes.Deleted) })
	if !h.gateway.topics.remove(t, done) { // somebody else was quicker
		x.code(codes.NotFound)
	}
	h.gateway.touch()
}
