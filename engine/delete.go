package engine

import (
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"sluice/engine/broker"
	"sluice/engine/gateway"
	"sluice/engine/mistakes"
	"sluice/engine/topics"
)

// DeletedTopic is what RestoreTopic needs. What there was not is nil.
type DeletedTopic struct {
	Name     string
	Retained *broker.Message // its expiry counts from when it was published
	Resource *gateway.Resource
	Known    *topics.Removed
}

// Size is how many bytes are kept to restore it.
func (d DeletedTopic) Size() int {
	size := 0
	if d.Retained != nil {
		size += len(d.Retained.Payload) + len(d.Retained.Type.ContentType) + len(d.Name)
	}
	if d.Resource != nil {
		size += len(d.Resource.Payload) + len(d.Name)
	}
	if d.Known != nil {
		size += d.Known.Size()
	}
	return size
}

// Empty reports that nothing was deleted.
func (d DeletedTopic) Empty() bool { return d.Retained == nil && d.Resource == nil && d.Known == nil }

// ClearRetained removes the retained message of a topic.
func (e *Engine) ClearRetained(topic string) (DeletedTopic, error) {
	d := DeletedTopic{Name: topic, Retained: e.retained(topic)}
	return d, e.Publish(Publication{Topic: topic, Retain: true})
}

// DeleteTopic forgets a topic: its retained message, its resource of emqx4, its last value and its history.
func (e *Engine) DeleteTopic(name string) (DeletedTopic, error) {
	r := e.current()
	if r == nil {
		return DeletedTopic{}, ErrStopped
	}
	d := DeletedTopic{Name: name}
	if known, ok := e.topics.Take(name); ok {
		d.Known = &known
	}
	if resource, ok := r.gateway.Resource(name); ok {
		d.Resource = &resource
	}
	var err error
	if d.Retained = e.retained(name); d.Retained != nil {
		_, err = e.ClearRetained(name)
	}
	r.gateway.DeleteResource(name)
	e.topics.Remove(name) // clearing is a message too
	e.changes.Add(1)
	return d, err
}

// retained returns the retained message of a topic as it was published, nil for none.
func (e *Engine) retained(topic string) *broker.Message {
	r := e.current()
	if r == nil {
		return nil
	}
	now := time.Now()
	for _, m := range r.broker.Retained(topic) {
		if m.Topic == topic {
			if m.HasExpiry {
				m.Expiry += now.Sub(m.At)
			}
			return m
		}
	}
	return nil
}

// restoring is the message that is being published again, which the table of topics is not to count once more.
type restoring struct {
	mu      sync.Mutex
	message atomic.Pointer[broker.Message]
}

// note has the table of topics take a message.
func (e *Engine) note(m *broker.Message) {
	if e.restoring.message.Load() != m {
		e.topics.Note(m)
	}
}

// RestoreTopic brings back what was deleted: the retained message, with its moment, its QoS and what is left of its expiry,
// is published again, for who subscribes was told that it was cleared. What has come meanwhile stays. It returns when all is
// on disk.
func (e *Engine) RestoreTopic(d DeletedTopic) error {
	r := e.current()
	if r == nil {
		return ErrStopped
	}
	if d.Known != nil {
		e.topics.Restore(*d.Known)
	}
	var errs []error
	if m := d.Retained; m != nil && e.retained(d.Name) == nil && (!m.HasExpiry || time.Since(m.At) < m.Expiry) {
		if err := e.publishAgain(r, *m, d.Known != nil); err != nil {
			errs = append(errs, mistakes.Errorf("publish to %q again: %w", d.Name, err))
		}
	}
	if d.Resource != nil {
		if _, newer := r.gateway.Resource(d.Name); !newer {
			errs = append(errs, r.gateway.PutResource(*d.Resource))
		}
	}
	e.changes.Add(1)
	return errors.Join(errs...)
}

// publishAgain publishes a retained message as it was; known says that the table of topics has it already.
func (e *Engine) publishAgain(r *running, m broker.Message, known bool) error {
	done := make(chan error, 1)
	e.restoring.mu.Lock()
	if known {
		e.restoring.message.Store(&m)
	}
	r.broker.PublishRetained(&m, func(err error) { done <- err })
	e.restoring.message.Store(nil)
	e.restoring.mu.Unlock()
	err := <-done
	if err == nil {
		e.topics.SetRetained(m.Topic, true)
	}
	return err
}
