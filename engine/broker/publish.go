package broker

import (
	"bytes"
	"math"
	"strings"
	"time"

	"github.com/mochi-mqtt/server/v2/packets"

	"sluice/engine/mistakes"
)

var errRetain = mistakes.New("a retained message goes through PublishRetained")

// Publish implements Broker. A zero m.At is set to now. The error says why the topic or QoS cannot be published, or is
// ErrClosed; that nobody subscribed is none.
func (e *Embedded) Publish(m *Message) error {
	if m.Retain {
		return errRetain
	}
	r, err := e.prepare(m)
	if err != nil {
		return err
	}
	e.hand(r, m)
	if r.clients {
		return e.inject(packetOf(m))
	}
	return nil
}

// PublishRetained implements Broker. It does not wait for the disk; done must not publish a retained message itself.
func (e *Embedded) PublishRetained(m *Message, done func(error)) {
	if !m.Retain {
		done(mistakes.New("the message is not marked as retained"))
		return
	}
	r, err := e.prepare(m)
	if err != nil {
		done(err)
		return
	}
	if !e.retained.room(m.Topic, m.Payload, m.At) {
		done(mistakes.Errorf("publish to %.80q: %w", m.Topic, ErrRetainedFull))
		return
	}
	// The retained message is in place before a function can ask for it.
	pk := packetOf(m)
	if err := e.inject(pk); err != nil {
		done(err)
		return
	}
	e.hand(r, m)
	e.retained.persist(pk, done)
}

func (e *Embedded) prepare(m *Message) (*route, error) {
	if e.closed.Load() {
		return nil, ErrClosed
	}
	if m.QoS > 2 {
		return nil, mistakes.Errorf("QoS %d is not 0, 1 or 2", m.QoS)
	}
	if m.Via != ViaGateway && isSys(m.Topic) {
		return nil, checkTopic(m.Topic)
	}
	r, err := e.routes.lookup(m.Topic)
	if err != nil {
		return nil, err
	}
	if m.At.IsZero() {
		m.At = time.Now()
	}
	return r, nil
}

// hand gives m to the functions of this process. They may keep what they get, so they get a copy, made only if there
// are any.
func (e *Embedded) hand(r *route, m *Message) {
	if e.onMessage != nil && !isSys(m.Topic) {
		e.onMessage(m)
	}
	if len(r.subscriptions) == 0 {
		return
	}
	kept := *m
	kept.Payload = bytes.Clone(m.Payload)
	r.call(&kept)
}

// inject gives a packet to mochi for the MQTT clients. mochi copies the payload for each of them and, when it is
// retained, once more.
func (e *Embedded) inject(pk *packets.Packet) error {
	if err := e.server.InjectPacket(e.publisher, *pk); err != nil {
		return mistakes.Errorf("publish to %.80q: %w", pk.TopicName, err)
	}
	return nil
}

// packetOf returns m as mochi takes it. The payload is shared.
func packetOf(m *Message) *packets.Packet {
	pk := &packets.Packet{
		FixedHeader: packets.FixedHeader{Type: packets.Publish, Qos: m.QoS, Retain: m.Retain},
		TopicName:   m.Topic,
		Payload:     m.Payload,
	}
	if m.QoS > 0 {
		pk.PacketID = 1 // mochi requires one; nothing is acknowledged in this process
	}
	m.Type.properties(&pk.Properties)
	if m.HasExpiry {
		pk.Properties.MessageExpiryInterval = expirySeconds(m.Expiry)
	}
	if m.Retain {
		pk.TopicName = strings.Clone(m.Topic) // kept: it may be a part of a whole datagram
		pk.Connect.ClientIdentifier = originOf(m).mark()
	}
	return pk
}

// expirySeconds rounds up to what MQTT can say: whole seconds, at least one, for zero means none to mochi.
func expirySeconds(d time.Duration) uint32 {
	s := int64(math.Ceil(d.Seconds()))
	return uint32(max(1, min(s, math.MaxUint32)))
}

// Subscribe implements Broker. The error says what is wrong with the filter, or is ErrClosed. After unsubscribe has
// returned no further call of fn begins; one that is running in another goroutine may still be.
func (e *Embedded) Subscribe(filter string, fn func(*Message)) (unsubscribe func(), err error) {
	if e.closed.Load() {
		return nil, ErrClosed
	}
	if err := checkFilter(filter); err != nil {
		return nil, err
	}
	s := &subscription{filter: filter, fn: fn}
	e.routes.add(s)
	return func() {
		if !s.ended.Swap(true) {
			e.routes.remove(s)
		}
	}, nil
}

// Retained implements Broker: what matches filter and has not expired, by topic. Topics below $SYS are not among them.
func (e *Embedded) Retained(filter string) []*Message {
	return e.retained.messages(filter, time.Now())
}
