package gateway

import (
	"github.com/plgd-dev/go-coap/v3/message"

	"sluice/engine/broker"
	"sluice/engine/record"
)

// payloadType is what the Content-Format of a publish declares.
func (x *exchange) payloadType() broker.PayloadType {
	if !x.Has(message.ContentFormat) {
		return broker.PayloadType{}
	}
	format, _ := x.contentFormat()
	return x.handler.typed(format)
}

// typed is the payload type that a Content-Format stands for. EMQX tells MQTT subscribers nothing of it, nor do its dialects.
func (h *handler) typed(format uint16) broker.PayloadType {
	t := broker.PayloadType{ContentFormat: format, HasContentFormat: true}
	if !h.strict() {
		t.ContentType = record.MediaType(int(format))
	}
	return t
}
