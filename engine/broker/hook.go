package broker

import (
	"time"

	mqtt "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"
)

// retainedPending bounds a client's retained QoS 0 messages that are on their way to disk; the next one waits.
const retainedPending = 256

// hook is what mochi calls. Its methods run in the goroutine of the client they concern, or of who publishes to it.
type hook struct {
	mqtt.HookBase
	broker *Embedded
}

func (h *hook) ID() string {
	return "sluice"
}

// Provides names the methods below: mochi copies a packet of 1 KiB for each call.
func (h *hook) Provides(event byte) bool {
	switch event {
	case mqtt.OnConnectAuthenticate, mqtt.OnSessionEstablish, mqtt.OnSessionEstablished, mqtt.OnDisconnect,
		mqtt.OnClientExpired, mqtt.OnACLCheck, mqtt.OnSubscribe, mqtt.OnSubscribed, mqtt.OnUnsubscribed,
		mqtt.OnPublish, mqtt.OnPublished, mqtt.OnPublishDropped, mqtt.OnQosPublish, mqtt.OnQosComplete, mqtt.OnQosDropped,
		mqtt.OnRetainMessage, mqtt.OnRetainedExpired, mqtt.OnWill, mqtt.OnWillSent:
		return true
	}
	return false
}

// OnConnectAuthenticate decides on the credentials of a CONNECT.
func (h *hook) OnConnectAuthenticate(cl *mqtt.Client, pk packets.Packet) bool {
	if !h.authenticate(cl, &pk) {
		return false
	}
	if c := connOf(cl); c != nil {
		c.username = string(pk.Connect.Username)
		if most := int(cl.Properties.Props.ReceiveMaximum); most < int(h.broker.server.Options.Capabilities.MaximumInflight) {
			c.window.maximum = most
		}
		cl.Properties.Props.ReceiveMaximum = 0 // tells mochi that there is no bound
		cl.State.Inflight.ResetSendQuota(0)
		c.client.Store(cl)
	}
	return true
}

// OnSessionEstablish comes before mochi looks for an older session of the same client ID.
func (h *hook) OnSessionEstablish(cl *mqtt.Client, pk packets.Packet) {
	c := connOf(cl)
	if c == nil {
		return
	}
	h.broker.takeOver(c)
	h.withhold(cl)
	if held, ok := h.broker.server.Clients.Get(cl.ID); ok && !pk.Connect.Clean && connOf(held) != nil {
		c.deliveries.inherit(&connOf(held).deliveries)
	}
}

// OnSessionEstablished comes after CONNACK.
func (h *hook) OnSessionEstablished(cl *mqtt.Client, _ packets.Packet) {
	if c := connOf(cl); c != nil {
		c.established.Store(true)
	}
	for _, s := range cl.State.Subscriptions.GetAll() { // of a session that is resumed
		if s.Qos > 0 {
			separatePacketIDs(cl)
			break
		}
	}
	h.broker.routes.changed()
	if c := connOf(cl); c != nil { // Recheck may not have found it yet, and the session may have been somebody else's
		if reason, _ := h.judge(cl, c); reason.Code != 0 {
			c.end(reason)
		}
		c.sendRetained()
	}
}

// OnDisconnect comes before mochi ends the session, if it ends with the connection.
func (h *hook) OnDisconnect(cl *mqtt.Client, _ error, _ bool) {
	if c := connOf(cl); c != nil {
		c.established.Store(false)
	}
}

// OnClientExpired ends the subscriptions of a session that is over; mochi would keep them.
func (h *hook) OnClientExpired(cl *mqtt.Client) {
	cl.ClearInflights()
	h.broker.server.UnsubscribeClient(cl)
}

// OnACLCheck is asked before a client publishes, when it subscribes, and for each message delivered to it.
func (h *hook) OnACLCheck(cl *mqtt.Client, topic string, write bool) bool {
	a := h.broker.access
	if a == nil || !a.HasRules() {
		return true
	}
	if write {
		// Behind a topic alias the topic is not known yet: OnPublish asks again.
		return topic == "" || h.allowed(cl, ActionPublish, topic)
	}
	plain, _ := splitShare(topic)
	return h.allowed(cl, ActionSubscribe, plain)
}

// OnSubscribe has mochi refuse the filters that it would take though they are not valid.
func (h *hook) OnSubscribe(cl *mqtt.Client, pk packets.Packet) packets.Packet {
	separate := cl.State.Subscriptions.Len() == 0
	existed := make([]bool, len(pk.Filters))
	for i := range pk.Filters {
		_, existed[i] = cl.State.Subscriptions.Get(pk.Filters[i].Filter)
		if separate && pk.Filters[i].Qos > 0 {
			separatePacketIDs(cl)
			separate = false
		}
		plain, ok := splitShare(pk.Filters[i].Filter)
		if !ok || checkFilter(plain) != nil {
			pk.Filters[i].Filter = "" // answered with "topic filter invalid"
		}
	}
	if c := connOf(cl); c != nil {
		c.existed = existed
	}
	return pk
}

// OnSubscribed comes before SUBACK, which says what is in reasons. A filter may have been denied since mochi asked, when
// Recheck did not find it yet.
func (h *hook) OnSubscribed(cl *mqtt.Client, pk packets.Packet, reasons []byte) {
	h.broker.routes.changed()
	for i, sub := range pk.Filters {
		if plain, _ := splitShare(sub.Filter); reasons[i] > packets.CodeGrantedQos2.Code || h.allowed(cl, ActionSubscribe, plain) {
			continue
		}
		h.broker.unsubscribe(cl, sub.Filter)
		if reasons[i] = packets.ErrNotAuthorized.Code; cl.Properties.ProtocolVersion < 5 {
			reasons[i] = packets.ErrUnspecifiedError.Code
		}
	}
	if c := connOf(cl); c != nil {
		c.expectRetained(pk.Filters, reasons, c.existed)
	}
}

// OnUnsubscribed comes for UNSUBSCRIBE and for the end of a session.
func (h *hook) OnUnsubscribed(cl *mqtt.Client, pk packets.Packet) {
	h.broker.routes.changed()
	if c := connOf(cl); c != nil {
		for _, s := range pk.Filters {
			c.deliveries.remove(s.Filter)
		}
	}
}

// OnPublish comes before a message is retained, acknowledged or delivered.
func (h *hook) OnPublish(cl *mqtt.Client, pk packets.Packet) (packets.Packet, error) {
	if cl.Net.Inline {
		return pk, nil
	}
	if pk.Properties.TopicAliasFlag {
		if pk.TopicName == "" {
			if c := connOf(cl); c != nil {
				c.tell(packets.ErrTopicAliasInvalid)
				_ = c.Conn.Close()
			}
			return pk, packets.ErrRejectPacket
		}
		if !h.allowed(cl, ActionPublish, pk.TopicName) {
			return pk, h.refuse(cl, &pk, packets.ErrNotAuthorized)
		}
	}
	now := time.Now()
	if pk.FixedHeader.Retain && !h.broker.retained.room(pk.TopicName, pk.Payload, now) {
		if pk.FixedHeader.Qos > 0 {
			return pk, h.refuse(cl, &pk, packets.ErrQuotaExceeded)
		}
		pk.FixedHeader.Retain = false
	}
	if h.broker.onMessage == nil && !pk.FixedHeader.Retain {
		return pk, nil
	}
	m := messageOf(&pk, now)
	if pk.FixedHeader.Retain {
		pk.Connect.ClientIdentifier = originOf(m).mark()
	}
	if h.broker.onMessage != nil {
		h.broker.onMessage(m)
	}
	return pk, nil
}

// refuse has mochi forget a client's PUBLISH and tells the client, if its version and the QoS have a way to; an MQTT 3.1.1
// client that waits for an acknowledgement is disconnected. mochi would answer QoS 2 with a PUBACK.
func (h *hook) refuse(cl *mqtt.Client, pk *packets.Packet, reason packets.Code) error {
	switch {
	case pk.FixedHeader.Qos == 0:
	case cl.Properties.ProtocolVersion < 5:
		_ = h.broker.server.DisconnectClient(cl, reason)
	default:
		kind := packets.Puback
		if pk.FixedHeader.Qos == 2 {
			kind = packets.Pubrec
		}
		_ = cl.WritePacket(packets.Packet{ // if it cannot be written the connection ends anyway
			FixedHeader: packets.FixedHeader{Type: kind}, PacketID: pk.PacketID, ReasonCode: reason.Code,
		})
	}
	return packets.ErrRejectPacket
}

// OnQosPublish comes when a QoS 1 or 2 message for a client, or an acknowledgement, got a packet identifier, and again
// when it is sent again. mochi orders what it sends again by Created, in seconds and of these 16 bits; we put the
// message's number in its place.
func (h *hook) OnQosPublish(cl *mqtt.Client, pk packets.Packet, _ int64, _ int) {
	c := connOf(cl)
	if c == nil || pk.FixedHeader.Type != packets.Publish {
		return
	}
	if cl.State.Inflight.Len() == 1 {
		c.sequence.Store(0)
	}
	pk.Created = c.sequence.Add(1)
	cl.State.Inflight.Set(pk)
	if pk.PacketID < firstPacketID {
		separatePacketIDs(cl)
	}
}

// OnQosComplete comes when a client acknowledged a message, and for the acknowledgements it gets.
func (h *hook) OnQosComplete(cl *mqtt.Client, pk packets.Packet) {
	if c := connOf(cl); c != nil {
		c.deliveries.completed(pk.PacketID)
	}
}

// OnQosDropped comes when a message is not waited for any more: it expired, or the client refused it.
func (h *hook) OnQosDropped(cl *mqtt.Client, pk packets.Packet) {
	h.OnQosComplete(cl, pk)
}

// firstPacketID is where the packet identifiers of the broker begin.
const firstPacketID = 1 << 15

// separatePacketIDs has mochi give out the upper half of the packet identifiers. Client and broker choose theirs
// independently (MQTT 5, section 2.2.1), but mochi keeps both in one table: a client's SUBSCRIBE is refused, and its
// PUBLISH makes mochi forget a delivery, when the broker's own identifier is the same. Clients begin low. mochi has no
// way to set its counter; to count there takes it about a millisecond, once for a client that subscribes with QoS 1
// or 2 and then for every 32,768 messages.
func separatePacketIDs(cl *mqtt.Client) {
	for {
		if id, err := cl.NextPacketID(); err != nil || id >= firstPacketID-1 {
			return
		}
	}
}

// OnRetainMessage comes after mochi took a message as the last of its topic and before the publisher gets its PUBACK or
// PUBREC, which must mean that the message is on disk. If it is not, the client is disconnected without one.
func (h *hook) OnRetainMessage(cl *mqtt.Client, pk packets.Packet, _ int64) {
	c := connOf(cl)
	if c == nil {
		return // published in this process: PublishRetained sees to it
	}
	if pk.FixedHeader.Qos == 0 {
		c.keeping <- struct{}{}
		h.broker.retained.persist(&pk, func(err error) {
			<-c.keeping
			if err != nil {
				h.broker.log.Error("a retained message is not on disk", "topic", pk.TopicName, "error", err)
			}
		})
		return
	}
	done, wait := waitStored()
	h.broker.retained.persist(&pk, done)
	if err := wait(); err != nil {
		h.broker.log.Error("a retained message is not on disk", "topic", pk.TopicName, "error", err)
		_ = h.broker.server.DisconnectClient(cl, packets.ErrImplementationSpecificError)
	}
}

// OnRetainedExpired comes after mochi's clock removed a retained message.
func (h *hook) OnRetainedExpired(topic string) {
	h.broker.retained.expired(topic)
}

// OnPublished comes after the MQTT subscribers were served; the functions of this process follow.
func (h *hook) OnPublished(cl *mqtt.Client, pk packets.Packet) {
	if cl.Net.Inline {
		return
	}
	h.call(&pk)
}

// OnPublishDropped counts what a slow subscriber could not take.
func (h *hook) OnPublishDropped(*mqtt.Client, packets.Packet) {
	h.broker.dropped.Add(1)
}

// OnWill decides on a will when its client is gone. mochi does not ask for a permission and checks no topic, so a will
// that may not be sent is given a topic that nobody can subscribe to.
func (h *hook) OnWill(cl *mqtt.Client, will mqtt.Will) (mqtt.Will, error) {
	if err := checkTopic(will.TopicName); err != nil || !h.allowed(cl, ActionPublish, will.TopicName) {
		h.broker.log.Info("a will was refused", "client", cl.ID, "topic", will.TopicName, "error", err)
		return mqtt.Will{}, nil
	}
	will.Retain = will.Retain && h.broker.retained.room(will.TopicName, will.Payload, time.Now())
	if endsWithConnection(cl) {
		cl.Properties.Will.WillDelayInterval = 0 // the will is sent when the session ends, which is now (MQTT-3.1.3-9)
	}
	return will, nil
}

// OnWillSent comes after a will was delivered to MQTT subscribers.
func (h *hook) OnWillSent(_ *mqtt.Client, pk packets.Packet) {
	if pk.TopicName == "" {
		return
	}
	if h.broker.onMessage != nil {
		h.broker.onMessage(messageOf(&pk, time.Now()))
	}
	h.call(&pk)
}

// call hands an MQTT client's message to the functions of this process. The payload is the packet's own.
func (h *hook) call(pk *packets.Packet) {
	r, err := h.broker.routes.lookup(pk.TopicName)
	if err != nil || len(r.subscriptions) == 0 {
		return
	}
	r.call(messageOf(pk, time.Now()))
}

// connOf returns a client's connection, nil for who publishes in this process.
func connOf(cl *mqtt.Client) *conn {
	c, _ := cl.Net.Conn.(*conn)
	return c
}
