package broker

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/mochi-mqtt/server/v2/packets"
)

// A retained message as RetainedStore keeps it, version 1, or 2 where it has a Content-Format:
//
//	1 byte   version
//	1 byte   QoS
//	1 byte   via
//	8 bytes  published, nanoseconds since 1970, big endian
//	8 bytes  expires, likewise; 0 never
//	2 bytes  the Content-Format of the publish over CoAP, big endian; only in version 2
//	uvarint  length of from, then from
//	         the properties of an MQTT 5 PUBLISH (section 3.3.2.3) with their length, without the expiry interval
//	         the payload
const (
	encodingVersion       = 1
	encodingVersionFormat = 2 // a Sluice that does not know it leaves the message out
)

var errTruncated = errors.New("is truncated")

func encodeRetained(pk *packets.Packet, o origin) []byte {
	properties := pk.Properties.Copy(false)
	properties.MessageExpiryInterval = 0
	properties.SubscriptionIdentifier = nil
	var encoded bytes.Buffer
	properties.Encode(packets.Publish, packets.Mods{AllowResponseInfo: true}, &encoded, 0)

	b := make([]byte, 0, 3+16+2+binary.MaxVarintLen16+len(o.from)+encoded.Len()+len(pk.Payload))
	version := byte(encodingVersion)
	if o.contentFormat > 0 {
		version = encodingVersionFormat
	}
	b = append(b, version, pk.FixedHeader.Qos, byte(o.via))
	b = binary.BigEndian.AppendUint64(b, uint64(unixNano(o.at)))
	b = binary.BigEndian.AppendUint64(b, uint64(unixNano(o.due)))
	if o.contentFormat > 0 {
		b = binary.BigEndian.AppendUint16(b, uint16(o.contentFormat-1))
	}
	b = binary.AppendUvarint(b, uint64(len(o.from)))
	b = append(b, o.from...)
	b = append(b, encoded.Bytes()...)
	return append(b, pk.Payload...)
}

// decodeRetained reads what encodeRetained wrote. It keeps nothing of value.
func decodeRetained(topic string, value []byte) (*packets.Packet, error) {
	b := bytes.Clone(value)
	if len(b) == 0 || b[0] != encodingVersion && b[0] != encodingVersionFormat {
		return nil, errors.New("is of an unknown version")
	}
	if len(b) < 3+16 {
		return nil, errTruncated
	}
	if b[1] > 2 {
		return nil, fmt.Errorf("has QoS %d", b[1])
	}
	o := origin{
		via: Via(b[2]),
		at:  fromUnixNano(int64(binary.BigEndian.Uint64(b[3:]))),
		due: fromUnixNano(int64(binary.BigEndian.Uint64(b[11:]))),
	}
	pk := &packets.Packet{
		FixedHeader: packets.FixedHeader{Type: packets.Publish, Qos: b[1], Retain: true},
		TopicName:   topic,
	}
	formatted := b[0] == encodingVersionFormat
	b = b[19:]
	if formatted {
		if len(b) < 2 {
			return nil, errTruncated
		}
		o.contentFormat = uint32(binary.BigEndian.Uint16(b)) + 1
		b = b[2:]
	}
	length, n := binary.Uvarint(b)
	if n <= 0 || length > uint64(len(b)-n) {
		return nil, errTruncated
	}
	o.from = string(b[n : n+int(length)])
	b = b[n+int(length):]
	n, err := pk.Properties.Decode(packets.Publish, bytes.NewBuffer(b))
	if err != nil {
		return nil, fmt.Errorf("has malformed properties: %w", err)
	}
	if n > len(b) {
		return nil, errTruncated
	}
	pk.Properties.MessageExpiryInterval = 0
	pk.Payload = b[n:]
	place(pk, o)
	return pk, nil
}

// place gives a packet what mochi would have given it when it was published.
func place(pk *packets.Packet, o origin) {
	pk.Connect.ClientIdentifier = o.mark()
	pk.Origin = o.from
	pk.Created = o.at.Unix()
	pk.ProtocolVersion = 5
	pk.Expiry = 0
	if !o.due.IsZero() {
		pk.Expiry = max(1, o.due.Unix()) // 0 means never to mochi
	}
}
