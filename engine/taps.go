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

func noteOf(n coap.Note) (note record.Note) {
	if n&coap.Retransmitted != 0 {
		note |= record.Retransmitted
	}
	if n&coap.Duplicate != 0 {
		note |= record.Duplicate
	}
	if n&coap.Malformed != 0 {
		note |= record.Malformed
	}
	if n&coap.Altered != 0 {
		note |= record.Altered
	}
	if n&coap.LostByConditions != 0 {
		note |= record.LostByConditions
	}
	if n&coap.DelayedByConditions != 0 {
		note |= record.DelayedByConditions
	}
	if n&coap.DuplicatedByConditions != 0 {
		note |= record.DuplicatedByConditions
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
