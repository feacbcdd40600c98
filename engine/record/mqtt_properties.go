package record

import (
	"encoding/binary"
	"fmt"
	"strconv"
)

// propertyFormat is how the value of a property is written (MQTT 5, section 2.2.2.2).
type propertyFormat uint8

const (
	propertyByte propertyFormat = iota
	propertyUint16
	propertyUint32
	propertyVarint
	propertyString
	propertyBinary
	propertyPair
)

// propertyInfo is a property and the packets it may be in, a bit for each type. A will's are those of PUBLISH and two
// more; in CONNECT all are let pass.
type propertyInfo struct {
	name   string
	format propertyFormat
	in     uint16
}

func packets(types ...int) uint16 {
	set := uint16(0)
	for _, t := range types {
		set |= 1 << t
	}
	return set
}

var (
	inPublish = packets(mqttPublish, mqttConnect)
	inAll     = ^uint16(0)

	properties = map[int]propertyInfo{
		0x01: {"Payload format indicator", propertyByte, inPublish},
		0x02: {"Message expiry interval", propertyUint32, inPublish},
		0x03: {"Content type", propertyString, inPublish},
		0x08: {"Response topic", propertyString, inPublish},
		0x09: {"Correlation data", propertyBinary, inPublish},
		0x0b: {"Subscription identifier", propertyVarint, packets(mqttPublish, mqttSubscribe)},
		0x11: {"Session expiry interval", propertyUint32, packets(mqttConnect, mqttConnack, mqttDisconnect)},
		0x12: {"Assigned client identifier", propertyString, packets(mqttConnack)},
		0x13: {"Server keep alive", propertyUint16, packets(mqttConnack)},
		0x15: {"Authentication method", propertyString, packets(mqttConnect, mqttConnack, mqttAuth)},
		0x16: {"Authentication data", propertyBinary, packets(mqttConnect, mqttConnack, mqttAuth)},
		0x17: {"Request problem information", propertyByte, packets(mqttConnect)},
		0x18: {"Will delay interval", propertyUint32, packets(mqttConnect)},
		0x19: {"Request response information", propertyByte, packets(mqttConnect)},
		0x1a: {"Response information", propertyString, packets(mqttConnack)},
		0x1c: {"Server reference", propertyString, packets(mqttConnack, mqttDisconnect)},
		0x1f: {"Reason string", propertyString, inAll &^ packets(mqttConnect, mqttPublish, mqttSubscribe, mqttUnsubscribe)},
		0x21: {"Receive maximum", propertyUint16, packets(mqttConnect, mqttConnack)},
		0x22: {"Topic alias maximum", propertyUint16, packets(mqttConnect, mqttConnack)},
		0x23: {"Topic alias", propertyUint16, packets(mqttPublish)},
		0x24: {"Maximum QoS", propertyByte, packets(mqttConnack)},
		0x25: {"Retain available", propertyByte, packets(mqttConnack)},
		0x26: {"User property", propertyPair, inAll},
		0x27: {"Maximum packet size", propertyUint32, packets(mqttConnect, mqttConnack)},
		0x28: {"Wildcard subscription available", propertyByte, packets(mqttConnack)},
		0x29: {"Subscription identifiers available", propertyByte, packets(mqttConnack)},
		0x2a: {"Shared subscription available", propertyByte, packets(mqttConnack)},
	}
)

const propertyAuthenticationData = 0x16

// properties reads the properties of an MQTT 5 packet (section 2.2.2).
func (m *mqttDecoder) properties(section string) bool {
	start := m.at
	length, ok := m.varint()
	if !ok {
		m.fail(start, "the property length is missing")
		return false
	}
	if length > m.left() {
		m.fail(start, "the properties have %s, %d are left", count(length), m.left())
		m.at = start
		return false
	}
	m.field("Properties", count(length), start, m.at-start+length, section)
	whole := m.reader.data
	m.reader.data = whole[:m.at+length]
	defer func() { m.reader.data = whole }()
	for m.left() > 0 {
		if !m.property() {
			return false
		}
	}
	return true
}

// property reads one property.
func (m *mqttDecoder) property() bool {
	start := m.at
	id, ok := m.varint()
	info, known := properties[id]
	if !ok || !known || info.in&(1<<m.typ) == 0 {
		m.at = start
		m.fail(start, "property 0x%02x is not one of %s", id, mqttTypes[m.typ])
		return false
	}
	value, ok := m.propertyValue(info)
	if !ok {
		m.at = start
		m.fail(start, "the properties end inside %s", info.name)
		return false
	}
	if id == propertyAuthenticationData {
		value = masked
		m.mask(start+1, m.at)
	}
	m.field(info.name, value, start, m.at-start, "MQTT 5, 2.2.2.2")
	return true
}

func (m *mqttDecoder) propertyValue(info propertyInfo) (string, bool) {
	switch info.format {
	case propertyByte:
		b, ok := m.byte()
		return strconv.Itoa(int(b)), ok
	case propertyUint16:
		v, ok := m.uint16()
		return strconv.Itoa(v), ok
	case propertyUint32:
		b, ok := m.bytes(4)
		if !ok {
			return "", false
		}
		return strconv.FormatUint(uint64(binary.BigEndian.Uint32(b)), 10), true
	case propertyVarint:
		v, ok := m.varint()
		return strconv.Itoa(v), ok
	case propertyString:
		b, _, ok := m.chunk(info.name)
		return printable(string(b)), ok
	case propertyBinary:
		b, _, ok := m.chunk(info.name)
		return preview(b), ok
	default:
		name, _, ok := m.chunk(info.name)
		if !ok {
			return "", false
		}
		value, _, ok := m.chunk(info.name)
		return fmt.Sprintf("%s: %s", printable(string(name)), printable(string(value))), ok
	}
}
