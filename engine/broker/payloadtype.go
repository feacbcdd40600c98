package broker

import (
	"strings"

	"github.com/mochi-mqtt/server/v2/packets"

	"sluice/engine/record"
)

// PayloadType is what a publisher declares a payload to be. The zero PayloadType declares nothing. It is borrowed as the
// Payload is.
type PayloadType struct {
	// ContentType is a media type, or whatever the publisher calls it (MQTT 5, section 3.3.2.3.9). MQTT 5 subscribers
	// get it.
	ContentType string
	// ContentFormat is that of a publish over CoAP (RFC 7252, section 12.3), if HasContentFormat. MQTT has no place for
	// it.
	ContentFormat    uint16
	HasContentFormat bool
	// UTF8 is a Payload Format Indicator of 1 (MQTT 5, section 3.3.2.3.2).
	UTF8 bool
}

// Number is the Content-Format that was declared, or the one registered for the Content Type; ok is false when there is
// none.
func (t PayloadType) Number() (number uint16, ok bool) {
	if t.HasContentFormat {
		return t.ContentFormat, true
	}
	n, ok := record.ContentFormatNumber(t.ContentType)
	if bare, _, parameters := strings.Cut(t.ContentType, ";"); !ok && parameters { // as in application/json; charset=utf-8
		n, ok = record.ContentFormatNumber(bare)
	}
	return uint16(n), ok
}

// properties are t in a PUBLISH.
func (t PayloadType) properties(p *packets.Properties) {
	p.ContentType = t.ContentType
	if t.UTF8 {
		p.PayloadFormat, p.PayloadFormatFlag = 1, true
	}
}

// typeOf is what the properties of a PUBLISH declare. ContentType is a part of the packet.
func typeOf(p *packets.Properties) PayloadType {
	return PayloadType{ContentType: p.ContentType, UTF8: p.PayloadFormatFlag && p.PayloadFormat == 1}
}
