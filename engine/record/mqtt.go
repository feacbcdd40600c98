package record

import (
	"fmt"
	"strconv"
	"strings"
)

// Types of MQTT control packets (MQTT 5, section 2.1.2).
const (
	mqttConnect     = 1
	mqttConnack     = 2
	mqttPublish     = 3
	mqttPuback      = 4
	mqttPubrec      = 5
	mqttPubrel      = 6
	mqttPubcomp     = 7
	mqttSubscribe   = 8
	mqttSuback      = 9
	mqttUnsubscribe = 10
	mqttUnsuback    = 11
	mqttPingreq     = 12
	mqttPingresp    = 13
	mqttDisconnect  = 14
	mqttAuth        = 15
)

var mqttTypes = [16]string{"RESERVED", "CONNECT", "CONNACK", "PUBLISH", "PUBACK", "PUBREC", "PUBREL", "PUBCOMP",
	"SUBSCRIBE", "SUBACK", "UNSUBSCRIBE", "UNSUBACK", "PINGREQ", "PINGRESP", "DISCONNECT", "AUTH"}

// mqttDecoder reads the variable header and payload of one control packet. Its methods return false where they had to
// stop, after fail.
type mqttDecoder struct {
	*decoder
	reader
	typ     int
	flags   byte
	version int // 3 for 3.1.1 and older, 5
}

// mqtt decodes one MQTT control packet. No packet but CONNECT says of which version it is: it is read as MQTT 5 and,
// where that does not come out even, as MQTT 3.1.1.
func (d *decoder) mqtt() {
	b := d.data
	d.m.Type = "MQTT"
	if len(b) == 0 {
		d.fail(0, "the packet is empty")
		return
	}
	typ, flags := int(b[0]>>4), b[0]&0x0f
	d.m.Code = mqttTypes[typ]
	d.field("Packet type", fmt.Sprintf("%d %s", typ, mqttTypes[typ]), 0, 1, "MQTT 5, 2.1.2")
	r := reader{data: b, at: 1}
	length, ok := r.varint()
	if !ok {
		d.fail(1, "the remaining length does not end within four bytes")
		d.hideRest(1)
		return
	}
	d.field("Remaining length", count(length), 1, r.at-1, "MQTT 5, 2.1.4")
	body := r.at
	end := min(body+length, len(b))

	tried := d.attempt(typ, flags, body, end, 5)
	if tried.m.Err != "" && typ != mqttConnect {
		if old := d.attempt(typ, flags, body, end, 3); old.m.Err == "" || typ != mqttAuth && old.at > tried.at {
			tried = old
		}
	}
	d.m = tried.m
	switch {
	case body+length > len(b):
		d.fail(len(b), "the packet ends %s early", count(body+length-len(b)))
	case body+length < len(b):
		d.fail(end, "%s too many", count(len(b)-end))
	}
	if d.m.Err != "" && typ == mqttConnect {
		d.mask(tried.at, len(b)) // the password may be in what was not read
	}
}

// attempt decodes the body of a packet as one of version, without touching d.
func (d *decoder) attempt(typ int, flags byte, from, end, version int) *mqttDecoder {
	m := &mqttDecoder{
		decoder: &decoder{data: d.data, m: d.m},
		reader:  reader{data: d.data[:end], at: from},
		typ:     typ, flags: flags, version: version,
	}
	m.m.Fields = append([]Field(nil), d.m.Fields...)
	resource, ok := m.body()
	if ok && m.left() > 0 {
		m.fail(m.at, "%s too many", count(m.left()))
	}
	if m.at < end {
		m.field("Not parsed", count(m.left()), m.at, m.left(), "")
	}
	m.finish(resource)
	return m
}

// body reads what follows the fixed header.
func (m *mqttDecoder) body() (resource string, ok bool) {
	if m.typ != mqttPublish {
		if want := mqttFlags(m.typ); m.flags != want {
			m.fail(0, "flags of %s are %d, not %d", mqttTypes[m.typ], want, m.flags)
		}
	}
	switch m.typ {
	case mqttConnect:
		return m.connect()
	case mqttConnack:
		return m.connack()
	case mqttPublish:
		return m.publish()
	case mqttPuback, mqttPubrec, mqttPubrel, mqttPubcomp:
		if !m.packetID() {
			return "", false
		}
		return m.reasonAndProperties()
	case mqttSubscribe, mqttUnsubscribe:
		return m.filters()
	case mqttSuback, mqttUnsuback:
		return m.reasons()
	case mqttDisconnect, mqttAuth:
		return m.reasonAndProperties()
	case mqttPingreq, mqttPingresp:
		return "", true
	}
	m.fail(0, "packet type 0 is reserved")
	return "", false
}

// mqttFlags are the flags that a packet of a type must have (MQTT 5, section 2.1.3).
func mqttFlags(typ int) byte {
	switch typ {
	case mqttPubrel, mqttSubscribe, mqttUnsubscribe:
		return 2
	}
	return 0
}

// publish reads PUBLISH (MQTT 5, section 3.3).
func (m *mqttDecoder) publish() (topic string, ok bool) {
	qos := m.flags >> 1 & 3
	retain, again := m.flags&1 != 0, m.flags&8 != 0
	m.field("DUP", yes(again), 0, 1, "MQTT 5, 3.3.1.1")
	m.field("QoS", strconv.Itoa(int(qos)), 0, 1, "MQTT 5, 3.3.1.2")
	m.field("Retain", yes(retain), 0, 1, "MQTT 5, 3.3.1.3")
	if qos == 3 {
		m.fail(0, "QoS 3 is reserved")
	}
	if topic, ok = m.text("Topic name", "MQTT 5, 3.3.2.1"); !ok {
		return "", false
	}
	if qos > 0 {
		m.detail("qos " + strconv.Itoa(int(qos)))
		if !m.packetID() {
			return topic, false
		}
	}
	if retain {
		m.detail("retain")
	}
	if again {
		m.detail("dup")
	}
	if m.version == 5 && !m.properties("MQTT 5, 3.3.2.3") {
		return topic, false
	}
	m.payload(m.at, len(m.reader.data), "MQTT 5, 3.3.3")
	m.at = len(m.reader.data)
	if topic == "" {
		topic = "(topic alias)"
	}
	return topic, true
}

// filters reads SUBSCRIBE and UNSUBSCRIBE (MQTT 5, sections 3.8 and 3.10).
func (m *mqttDecoder) filters() (resource string, ok bool) {
	section := "MQTT 5, 3.8.3"
	if m.typ == mqttUnsubscribe {
		section = "MQTT 5, 3.10.3"
	}
	if !m.packetID() || m.version == 5 && !m.properties(section[:len(section)-1]+"2.1") {
		return "", false
	}
	var filters []string
	for {
		filter, ok := m.text("Topic filter", section)
		if !ok {
			return strings.Join(filters, ", "), false
		}
		filters = append(filters, filter)
		if m.typ == mqttSubscribe && !m.subscriptionOptions() {
			return strings.Join(filters, ", "), false
		}
		if m.left() == 0 {
			return strings.Join(filters, ", "), true
		}
	}
}

// subscriptionOptions reads the byte behind a topic filter (MQTT 5, section 3.8.3.1).
func (m *mqttDecoder) subscriptionOptions() bool {
	o, ok := m.byte()
	if !ok {
		m.fail(m.at, "the subscription options are missing")
		return false
	}
	text := "QoS " + strconv.Itoa(int(o&3))
	if o&4 != 0 {
		text += ", no local"
	}
	if o&8 != 0 {
		text += ", retain as published"
	}
	text += ", retain handling " + strconv.Itoa(int(o>>4&3))
	m.field("Subscription options", text, m.at-1, 1, "MQTT 5, 3.8.3.1")
	if o&3 == 3 || o>>4&3 == 3 || o>>6 != 0 || m.version != 5 && o>>2 != 0 {
		m.fail(m.at-1, "subscription options 0x%02x are reserved", o)
		return false
	}
	return true
}

// reasons reads SUBACK and UNSUBACK (MQTT 5, sections 3.9 and 3.11).
func (m *mqttDecoder) reasons() (resource string, ok bool) {
	section := "MQTT 5, 3.9.3"
	if m.typ == mqttUnsuback {
		section = "MQTT 5, 3.11.3"
	}
	if !m.packetID() {
		return "", false
	}
	if m.version != 5 && m.typ == mqttUnsuback {
		return "", true
	}
	if m.version == 5 && !m.properties(section[:len(section)-1]+"2.1") {
		return "", false
	}
	if m.left() == 0 {
		m.fail(m.at, "the reason codes are missing")
		return "", false
	}
	var texts []string
	for m.left() > 0 {
		code, _ := m.byte()
		text := m.reason(code)
		m.field("Reason code", fmt.Sprintf("0x%02x %s", code, text), m.at-1, 1, section)
		texts = append(texts, text)
	}
	return strings.Join(texts, ", "), true
}

// reasonAndProperties reads the end of PUBACK and its like, DISCONNECT and AUTH: both parts may be left out.
func (m *mqttDecoder) reasonAndProperties() (resource string, ok bool) {
	section := [16]string{mqttPuback: "3.4.2", mqttPubrec: "3.5.2", mqttPubrel: "3.6.2", mqttPubcomp: "3.7.2",
		mqttDisconnect: "3.14.2", mqttAuth: "3.15.2"}[m.typ]
	if m.left() == 0 || m.version != 5 {
		return "", true
	}
	code, _ := m.byte()
	resource = m.reason(code)
	m.field("Reason code", fmt.Sprintf("0x%02x %s", code, resource), m.at-1, 1, "MQTT 5, "+section+".1")
	if m.left() == 0 {
		return resource, true
	}
	return resource, m.properties("MQTT 5, " + section + ".2")
}

// packetID reads the packet identifier (MQTT 5, section 2.2.1).
func (m *mqttDecoder) packetID() bool {
	id, ok := m.uint16()
	if !ok {
		m.fail(m.at, "the packet identifier is missing")
		return false
	}
	m.m.MID = strconv.Itoa(id)
	m.field("Packet identifier", m.m.MID, m.at-2, 2, "MQTT 5, 2.2.1")
	if id == 0 {
		m.fail(m.at-2, "packet identifier 0 is not allowed")
	}
	return true
}

// chunk reads bytes behind their length in two bytes (MQTT 5, section 1.5.6); start is where the length stands.
func (m *mqttDecoder) chunk(what string) (value []byte, start int, ok bool) {
	start = m.at
	length, ok := m.uint16()
	if !ok {
		m.fail(start, "the length of the %s is missing", strings.ToLower(what))
		return nil, start, false
	}
	value, ok = m.bytes(length)
	if !ok {
		m.fail(start, "the %s has %s, %d are left", strings.ToLower(what), count(length), m.left())
		m.at = start
		return nil, start, false
	}
	return value, start, true
}

// text reads a UTF-8 string and adds it as a field (MQTT 5, section 1.5.4).
func (m *mqttDecoder) text(name, section string) (string, bool) {
	value, start, ok := m.chunk(name)
	if !ok {
		return "", false
	}
	s := printable(string(value))
	m.field(name, s, start, m.at-start, section)
	return s, true
}

// varint reads a variable byte integer (MQTT 5, section 1.5.5).
func (r *reader) varint() (int, bool) {
	start, value := r.at, 0
	for shift := 0; shift < 28; shift += 7 {
		b, ok := r.byte()
		if !ok {
			break
		}
		value |= int(b&0x7f) << shift
		if b&0x80 == 0 {
			return value, true
		}
	}
	r.at = start
	return 0, false
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}
