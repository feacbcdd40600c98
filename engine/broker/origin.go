package broker

import (
	"encoding/binary"
	"time"

	"github.com/mochi-mqtt/server/v2/packets"
)

// origin is what a retained message must remember that mochi's packets have no field for. It travels with the packet in
// Connect.ClientIdentifier, which mochi copies along and never sends with a PUBLISH; so the message that mochi keeps as
// the last of a topic and its origin cannot part, whoever else publishes at the same time.
type origin struct {
	via  Via
	at   time.Time
	due  time.Time // when it expires; zero: never
	from string
	// contentFormat is that of the publish over CoAP, plus one; 0: it had none.
	contentFormat uint32
}

const markLength = 1 + 8 + 8 + 4

func originOf(m *Message) origin {
	o := origin{via: m.Via, at: m.At, from: m.From}
	if m.Type.HasContentFormat {
		o.contentFormat = uint32(m.Type.ContentFormat) + 1
	}
	if m.HasExpiry {
		o.due = m.At.Add(max(0, m.Expiry))
	}
	return o
}

// payloadType is what was declared, together with what the properties of the packet say.
func (o origin) payloadType(p *packets.Properties) PayloadType {
	t := typeOf(p)
	if o.contentFormat > 0 {
		t.ContentFormat, t.HasContentFormat = uint16(o.contentFormat-1), true
	}
	return t
}

// mark returns o as a string: via, at and due in nanoseconds since 1970 (0: never), contentFormat, from.
func (o origin) mark() string {
	b := make([]byte, 0, markLength+len(o.from))
	b = append(b, byte(o.via))
	b = binary.BigEndian.AppendUint64(b, uint64(unixNano(o.at)))
	b = binary.BigEndian.AppendUint64(b, uint64(unixNano(o.due)))
	b = binary.BigEndian.AppendUint32(b, o.contentFormat)
	return string(append(b, o.from...))
}

// originOfPacket reads the mark of a packet. A will has none: mochi makes its packet without asking.
func originOfPacket(pk *packets.Packet) origin {
	mark := pk.Connect.ClientIdentifier
	if len(mark) < markLength {
		return origin{via: ViaMQTT, at: time.Unix(pk.Created, 0), from: pk.Origin}
	}
	b := []byte(mark)
	return origin{
		via:           Via(b[0]),
		at:            fromUnixNano(int64(binary.BigEndian.Uint64(b[1:]))),
		due:           fromUnixNano(int64(binary.BigEndian.Uint64(b[9:]))),
		contentFormat: binary.BigEndian.Uint32(b[17:]),
		from:          mark[markLength:],
	}
}

func (o origin) expired(now time.Time) bool {
	return !o.due.IsZero() && !now.Before(o.due)
}

// messageOf returns a packet as a Message. The payload is shared; mochi reads every packet into its own slice.
func messageOf(pk *packets.Packet, at time.Time) *Message {
	m := &Message{
		Topic:   pk.TopicName,
		Payload: pk.Payload,
		QoS:     pk.FixedHeader.Qos,
		Retain:  pk.FixedHeader.Retain,
		From:    pk.Origin,
		Via:     ViaMQTT,
		Type:    typeOf(&pk.Properties),
		At:      at,
	}
	if s := pk.Properties.MessageExpiryInterval; s > 0 {
		m.Expiry, m.HasExpiry = time.Duration(s)*time.Second, true
	}
	return m
}

func unixNano(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixNano()
}

func fromUnixNano(n int64) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.Unix(0, n)
}
