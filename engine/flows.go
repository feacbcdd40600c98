package engine

import (
	"bytes"
	"time"

	"github.com/plgd-dev/go-coap/v3/message/codes"

	"sluice/engine/broker"
	"sluice/engine/flow"
	"sluice/engine/record"
)

// Flows counts what flows between clients and topics, and how requests are answered, while somebody asks it. It outlives
// Stop.
func (e *Engine) Flows() *flow.Table { return e.flow }

// noteMessage sees every message of either side.
func (e *Engine) noteMessage(m *broker.Message) {
	e.note(m)
	switch m.Via.Side() {
	case broker.ViaCoAP:
		e.flow.Note(flow.FromCoAP, m.From, m.Topic, m.At)
	case broker.ViaMQTT:
		e.flow.Note(flow.FromMQTT, m.From, m.Topic, m.At)
	}
}

// noteDelivery sees every MQTT packet; a PUBLISH to a client is a delivery. One that names its topic by an alias is left
// out.
func (e *Engine) noteDelivery(p *broker.Packet) {
	if !p.Outgoing || !e.flow.Watched() {
		return
	}
	f := record.Frame{Protocol: record.MQTT, Data: p.Data}
	if topic, ok := f.TopicName(); ok && len(topic) > 0 && !bytes.HasPrefix(topic, []byte("$")) {
		e.flow.NoteBytes(flow.ToMQTT, p.Client, topic, p.At)
	}
}

// noteAnswer sees every answer to a CoAP request.
func (e *Engine) noteAnswer(code codes.Code, received time.Time) {
	if e.flow.Watched() {
		e.flow.NoteAnswer(code >= codes.BadRequest, time.Since(received))
	}
}

// notified counts notifications as flows.
type notified struct{ flow *flow.Table }

func (n notified) Watched() bool { return n.flow.Watched() }

func (n notified) Note(client, topic string, at time.Time) {
	n.flow.Note(flow.ToCoAP, client, topic, at)
}
