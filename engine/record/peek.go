package record

import "strings"

// Parts of a message that are read without explaining the rest of it: nothing here allocates.

// tokenAt returns where the token of a CoAP message is; false if the message has no whole header.
func (f *Frame) tokenAt() (from, to int, ok bool) {
	b := f.Data
	switch f.Protocol {
	case CoAP:
		if len(b) < coapHeaderSize {
			return 0, 0, false
		}
		from = coapHeaderSize
		to = from + int(b[0]&0x0f)
	case CoAPTCP, CoAPWebSocket:
		h, ok := readStreamHeader(b, f.Protocol == CoAPWebSocket)
		if !ok {
			return 0, 0, false
		}
		from, to = h.tokenAt, h.tokenAt+h.tokenLength
	default:
		return 0, 0, false
	}
	return from, to, to-from <= coapMaxToken && to <= len(b)
}

// Token is the token of a CoAP message, nil if there is none.
func (f *Frame) Token() []byte {
	from, to, ok := f.tokenAt()
	if !ok || from == to {
		return nil
	}
	return f.Data[from:to:to]
}

// MessageID is the message ID of CoAP over datagrams or the packet identifier of MQTT; false if there is none.
func (f *Frame) MessageID() (id uint16, ok bool) {
	switch f.Protocol {
	case CoAP:
		if len(f.Data) < coapHeaderSize {
			return 0, false
		}
		return uint16(f.Data[2])<<8 | uint16(f.Data[3]), true
	case MQTT:
		r, typ, ok := f.mqttBody()
		if !ok || typ == mqttConnect || typ == mqttConnack || typ >= mqttPingreq || typ == mqttPublish && f.Data[0]>>1&3 == 0 {
			return 0, false
		}
		if typ == mqttPublish {
			topic, _ := r.uint16()
			r.bytes(topic)
		}
		v, ok := r.uint16()
		return uint16(v), ok
	}
	return 0, false
}

// mqttBody returns a reader behind the fixed header of an MQTT packet.
func (f *Frame) mqttBody() (r reader, typ int, ok bool) {
	if f.Protocol != MQTT || len(f.Data) == 0 {
		return reader{}, 0, false
	}
	r = reader{data: f.Data, at: 1}
	_, ok = r.varint()
	return r, int(f.Data[0] >> 4), ok
}

// TopicName is the topic name of an MQTT PUBLISH; false for any other frame.
func (f *Frame) TopicName() ([]byte, bool) {
	r, typ, ok := f.mqttBody()
	if !ok || typ != mqttPublish {
		return nil, false
	}
	n, ok := r.uint16()
	if !ok {
		return nil, false
	}
	return r.bytes(n)
}

// IsRequest reports whether f is a CoAP request.
func (f *Frame) IsRequest() bool {
	code, ok := f.Code()
	return ok && code>>5 == 0 && code != 0
}

// TypeName is CON, NON, ACK, RST, TCP, WS or MQTT, as Message.Type; empty if the frame is.
func (f *Frame) TypeName() string {
	switch {
	case len(f.Data) == 0:
		return ""
	case f.Protocol == CoAP:
		return coapTypes[f.Data[0]>>4&3].short
	case f.Protocol == CoAPTCP:
		return "TCP"
	case f.Protocol == CoAPWebSocket:
		return "WS"
	}
	return "MQTT"
}

// CodeName is the code of a CoAP message as the registry has it, dotted, and its name, which is empty for one that is not
// registered.
func CodeName(code byte) (number, name string) { return dotted(code), codeNames[code].name }

// PacketTypeName is the name of an MQTT control packet by the upper half of its first byte.
func PacketTypeName(typ byte) string { return mqttTypes[typ&0x0f] }

// OptionWalk goes over the options of a CoAP message. It ends at the first one that cannot be read.
type OptionWalk struct {
	r      reader
	number int
	failed bool
}

// WalkOptions begins before the first option; for a frame that is not CoAP there is none.
func (f *Frame) WalkOptions() OptionWalk {
	_, at, ok := f.tokenAt()
	return OptionWalk{r: reader{data: f.Data, at: at}, failed: !ok}
}

// Next returns the next option. The value is a part of the frame's Data.
func (w *OptionWalk) Next() (number int, value []byte, ok bool) {
	if w.failed || w.r.left() == 0 || w.r.data[w.r.at] == payloadMarker {
		return 0, nil, false
	}
	first, _ := w.r.byte()
	delta, ok1 := w.extended(int(first >> 4))
	length, ok2 := w.extended(int(first & 0x0f))
	value, ok3 := w.r.bytes(length)
	w.number += delta
	if !ok1 || !ok2 || !ok3 || w.number > 0xffff {
		w.failed = true
		return 0, nil, false
	}
	return w.number, value, true
}

func (w *OptionWalk) extended(nibble int) (int, bool) {
	switch nibble {
	case 13:
		b, ok := w.r.byte()
		return int(b) + 13, ok
	case 14:
		v, ok := w.r.uint16()
		return v + 269, ok
	case 15:
		return 0, false
	}
	return nibble, true
}

// Payload is what follows the options, once Next has returned false.
func (w *OptionWalk) Payload() []byte {
	if w.failed || w.r.left() < 2 || w.r.data[w.r.at] != payloadMarker {
		return nil
	}
	return w.r.data[w.r.at+1:]
}

// VisibleQuery is the part of a query parameter, or of several, that may be shown: without the value of a secret.
func VisibleQuery(query []byte) []byte {
	if at := secretAt(string(query)); at >= 0 {
		return query[:at]
	}
	return query
}

// ClaimedClient finds the client ID in the query of a request, "c" or "clientid" as the dialects have it.
func (f *Frame) ClaimedClient() (client []byte, ok bool) {
	if !f.IsRequest() {
		return nil, false
	}
	for w := f.WalkOptions(); ; {
		number, value, ok := w.Next()
		if !ok || number > optionURIQuery {
			return nil, false
		}
		if number != optionURIQuery {
			continue
		}
		for part := range strings.SplitSeq(string(value), "&") {
			if name, id, _ := strings.Cut(part, "="); name == "c" || name == "clientid" {
				return []byte(id), true
			}
		}
	}
}
