package engine

import (
	"errors"
	"fmt"
	"time"

	"sluice/engine/broker"
)

// Publication is a message that the window publishes.
type Publication struct {
	Topic   string
	Payload []byte
	QoS     byte // 0 to 2
	Retain  bool
	Expiry  time.Duration // 0: none
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
		Via: broker.ViaWindow, At: time.Now(),
	}
	var err error
	if p.Retain {
		done := make(chan error, 1)
		r.broker.PublishRetained(m, func(err error) { done <- err })
		err = <-done
	} else {
		err = r.broker.Publish(m)
	}
	if err != nil {
		return fmt.Errorf("publish to %q: %w", p.Topic, err)
	}
	return nil
}

// ClearRetained removes the retained message of a topic.
func (e *Engine) ClearRetained(topic string) error {
	return e.Publish(Publication{Topic: topic, Retain: true})
}

// DeleteTopic forgets a topic: its retained message, its resource of emqx4, and its last value.
func (e *Engine) DeleteTopic(name string) error {
	r := e.current()
	if r == nil {
		return ErrStopped
	}
	var errs []error
	if len(r.broker.Retained(name)) > 0 {
		errs = append(errs, e.ClearRetained(name))
	}
	r.gateway.DeleteResource(name)
	e.topics.Remove(name)
	e.changes.Add(1)
	return errors.Join(errs...)
}
