package engine

import (
	"net/netip"

	"sluice/engine/broker"
	"sluice/engine/coap"
	"sluice/engine/record"
)

// coapTap records the messages of one listener.
func (e *Engine) coapTap(r *running, url string) func(*coap.Datagram) {
	return func(d *coap.Datagram) {
		if !e.record.Enabled() {
			return
		}
		e.record.Add(&record.Frame{
			At: d.At, Protocol: framed[d.Transport], Outgoing: d.Outgoing, Peer: d.Peer, Listener: url,
			Client: r.gateway.ClientID(d.PeerData), Note: noteOf(d.Note), Condition: conditionOf(d), Data: d.Data,
		})
	}
}

// framed is the form that messages have on a transport.
var framed = map[coap.Transport]record.Protocol{
	coap.UDP: record.CoAP, coap.DTLS: record.CoAP, coap.TCP: record.CoAPTCP, coap.WebSocket: record.CoAPWebSocket,
}

// notes are those of an endpoint, and of a record.
var notes = []struct {
	of coap.Note
	is record.Note
}{
	{coap.Retransmitted, record.Retransmitted}, {coap.Duplicate, record.Duplicate}, {coap.Malformed, record.Malformed},
	{coap.Altered, record.Altered}, {coap.LostByConditions, record.LostByConditions},
	{coap.DelayedByConditions, record.DelayedByConditions}, {coap.DuplicatedByConditions, record.DuplicatedByConditions},
}

func noteOf(n coap.Note) (note record.Note) {
	for _, one := range notes {
		if n&one.of != 0 {
			note |= one.is
		}
	}
	return note
}

// causes are those of a record by those of an endpoint.
var causes = [...]record.Cause{
	coap.ByChance: record.ByChance, coap.Silence: record.Silence, coap.Unmapped: record.Unmapped, coap.Overflow: record.Overflow,
	coap.TooLong: record.TooLong, coap.Overtaken: record.Overtaken, coap.Remapped: record.Remapped,
}

func conditionOf(d *coap.Datagram) (c record.Condition) {
	if d.Conditions == nil {
		return c
	}
	c.Cause, c.Delay = causes[d.Cause], d.Delay
	if preset, ok := coap.PresetOf(d.Conditions); ok {
		c.Preset = preset.Title
	}
	return c
}

func (e *Engine) recordMQTT(p *broker.Packet) {
	e.noteDelivery(p)
	if !e.record.Enabled() {
		return
	}
	e.record.Add(&record.Frame{
		At: p.At, Protocol: record.MQTT, Outgoing: p.Outgoing, Peer: unmapped(p.Peer), Listener: p.Listener,
		Client: p.Client, Data: p.Data,
	})
}

func unmapped(a netip.AddrPort) netip.AddrPort { return netip.AddrPortFrom(a.Addr().Unmap(), a.Port()) }
