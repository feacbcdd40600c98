package engine

import (
	"bytes"
	"time"

	"sluice/engine/broker"
	"sluice/engine/gateway"
	"sluice/engine/mistakes"
	"sluice/engine/record"
)

// Publication is a message that the window publishes.
type Publication struct {
	Topic   string
	Payload []byte
	QoS     byte // 0 to 2
	Retain  bool
	Expiry  time.Duration // 0: none
	// ContentFormat is what the payload is declared to be (RFC 7252, section 12.3), if HasContentFormat. MQTT 5 subscribers
	// get its media type, observers of the dialect ietf the number.
	ContentFormat    uint16
	HasContentFormat bool
	// MaxAge, unless it is 0, keeps the value as a resource that devices of the dialect emqx4 read below /ps, where its
	// discovery says what the payload is: how long it is fresh (RFC 7252, section 5.10.5), in whole seconds.
	MaxAge time.Duration
}

// payloadType is what p declares.
func (p *Publication) payloadType() broker.PayloadType {
	if !p.HasContentFormat {
		return broker.PayloadType{}
	}
	return broker.PayloadType{
		ContentFormat: p.ContentFormat, HasContentFormat: true, ContentType: record.MediaType(int(p.ContentFormat)),
	}
}

// Publish hands a message to every MQTT subscriber and every observer. It returns when they have it, and, if it is to be
// retained, when it is on disk. A topic that cannot be published to is an error.
func (e *Engine) Publish(p Publication) error {
	r := e.current()
	if r == nil {
		return ErrStopped
	}
	m := &broker.Message{
		Topic: p.Topic, Payload: p.Payload, QoS: p.QoS, Retain: p.Retain, Expiry: p.Expiry, HasExpiry: p.Expiry > 0,
		Type: p.payloadType(), Via: broker.ViaWindow, At: time.Now(),
	}
	var err error
	if p.Retain {
		done := make(chan error, 1)
		r.broker.PublishRetained(m, func(err error) { done <- err })
		err = <-done
	} else {
		err = r.broker.Publish(m)
	}
	if err == nil && p.MaxAge > 0 {
		err = r.gateway.PutResource(gateway.Resource{
			Topic: p.Topic, Payload: bytes.Clone(p.Payload), ContentFormat: p.ContentFormat, MaxAge: p.MaxAge, At: m.At})
	}
	if err != nil {
		return mistakes.Errorf("publish to %q: %w", p.Topic, err)
	}
	return nil
}

// Retained returns the retained messages that match an MQTT filter now, with what is left of their expiry.
func (e *Engine) Retained(filter string) []Publication {
	r := e.current()
	if r == nil {
		return nil
	}
	messages := r.broker.Retained(filter)
	list := make([]Publication, len(messages))
	for i, m := range messages {
		list[i] = Publication{Topic: m.Topic, Payload: m.Payload, QoS: m.QoS, Retain: true, Expiry: m.Expiry}
		list[i].ContentFormat, list[i].HasContentFormat = m.Type.Number()
	}
	return list
}

// Resource returns what devices of the dialect emqx4 read of a topic.
func (e *Engine) Resource(topic string) (gateway.Resource, bool) {
	r := e.current()
	if r == nil {
		return gateway.Resource{}, false
	}
	return r.gateway.Resource(topic)
}
