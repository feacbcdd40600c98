package broker

import (
	"errors"
	"runtime"
	"runtime/debug"
	"slices"
	"sync/atomic"
	"time"

	mqtt "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"
)

// expectRetained notes which of the filters of a SUBSCRIBE are to get the retained messages (MQTT 5, section 3.8.3.1). It
// is called after mochi noted the subscriptions, and has mochi send none. existed says which there were before.
func (c *conn) expectRetained(filters packets.Subscriptions, reasons []byte, existed []bool) {
	for i := range filters {
		s := filters[i]
		filters[i].RetainHandling = 2
		switch {
		case reasons[i] > packets.CodeGrantedQos2.Code:
		case s.RetainHandling == 2:
			c.deliveries.remove(s.Filter)
		case s.RetainHandling == 1 && existed[i], mqtt.IsSharedFilter(s.Filter):
		default:
			c.deliveries.add(s)
		}
	}
}

// sendRetained has a goroutine send what the client is still to get of the retained messages.
func (c *conn) sendRetained() {
	cl := c.client.Load()
	if cl == nil {
		return
	}
	c.deliveries.start(func() {
		defer func() {
			if p := recover(); p != nil {
				_ = c.Conn.Close()
				c.broker.log.Error("an MQTT client was ended by a panic", "client", cl.ID, "peer", c.addr, "panic", p,
					"stack", string(debug.Stack()))
			}
		}()
		h := &hook{broker: c.broker}
		for d := c.deliveries.next(); d != nil; d = c.deliveries.next() {
			h.deliver(c, cl, d)
		}
	})
}

// deliver sends a subscription its retained messages, each as it is when its turn comes.
func (h *hook) deliver(c *conn, cl *mqtt.Client, d *delivery) {
	for _, topic := range h.broker.retained.topics(d.subscription.Filter) {
		if topic <= d.after {
			continue
		}
		if !h.deliverTopic(c, cl, d, topic) {
			return
		}
		d.after = topic
	}
	c.deliveries.finish(d)
}

// deliverTopic sends the retained message of a topic; false: the delivery is over. What is published at the same time may
// have overtaken the message, and the client must not be left with a value that is past: then the topic is sent again.
func (h *hook) deliverTopic(c *conn, cl *mqtt.Client, d *delivery, topic string) bool {
	for {
		if !c.deliveries.current(d) {
			return false
		}
		if _, ok := cl.State.Subscriptions.Get(d.subscription.Filter); !ok {
			c.deliveries.finish(d)
			return false
		}
		pk, ok := h.retainedFor(cl, &d.subscription, topic)
		if !ok {
			return true
		}
		if pk.FixedHeader.Qos > 0 && !c.deliveries.room(cl) {
			c.deliveries.wait()
			continue
		}
		if !h.send(c, cl, pk) {
			return false
		}
		held, ok := h.broker.server.Topics.Retained.Get(topic)
		switch {
		case ok && &held.Payload[0] == &pk.Payload[0]:
			return true
		case ok:
			continue
		case originOfPacket(&pk).expired(time.Now()):
			return true
		}
		pk.FixedHeader.Retain, pk.Payload, pk.Expiry = false, nil, 0 // cleared: said as to any subscriber
		return h.send(c, cl, pk)
	}
}

// retainedFor returns the retained message of a topic as a subscription gets it, if it does.
func (h *hook) retainedFor(cl *mqtt.Client, s *packets.Subscription, topic string) (packets.Packet, bool) {
	pk, ok := h.broker.server.Topics.Retained.Get(topic)
	if !ok || s.NoLocal && pk.Origin == cl.ID || originOfPacket(&pk).expired(time.Now()) || !h.OnACLCheck(cl, topic, false) {
		return pk, false
	}
	pk.FixedHeader.Retain = true
	pk.FixedHeader.Qos = min(pk.FixedHeader.Qos, s.Qos)
	pk.PacketID = 0
	if s.Identifier > 0 {
		pk.Properties.SubscriptionIdentifier = []int{s.Identifier}
	}
	return pk, true
}

// send writes a message to a client; false: the connection is over. The topic is always written out: an alias may be one
// that the client learns from a message which is still in mochi's queue.
func (h *hook) send(c *conn, cl *mqtt.Client, pk packets.Packet) bool {
	if pk.FixedHeader.Qos > 0 {
		id, err := cl.NextPacketID()
		if err != nil {
			h.broker.dropped.Add(1)
			return true
		}
		pk.PacketID = uint16(id)
		c.deliveries.sent(pk.PacketID)
		if cl.State.Inflight.Set(pk) {
			atomic.AddInt64(&h.broker.server.Info.Inflight, 1)
		}
		h.OnQosPublish(cl, pk, pk.Created, 0)
	}
	err := cl.WritePacket(pk)
	runtime.Gosched() // or the lock of the stream would hardly ever be mochi's
	if err == nil {
		return true
	}
	if !errors.As(err, new(packets.Code)) { // what was written of the packet, if anything, is not known
		_ = c.Conn.Close()
		<-c.deliveries.ended
		return false
	}
	// Too large for this client: as if it had been sent (MQTT-3.1.2-25).
	if pk.FixedHeader.Qos > 0 && cl.State.Inflight.Delete(pk.PacketID) {
		atomic.AddInt64(&h.broker.server.Info.Inflight, -1)
		c.deliveries.completed(pk.PacketID)
	}
	return true
}

// topics returns the topics of the retained messages that match filter, by name. Those below $SYS are mochi's.
func (r *retained) topics(filter string) []string {
	switch {
	case !hasWildcard(filter):
		return []string{filter}
	case !isSys(filter):
		return r.matching(filter)
	}
	var found []string
	for _, pk := range r.server.Topics.Messages(filter) {
		found = append(found, pk.TopicName)
	}
	slices.Sort(found)
	return found
}
