package dtls

import (
	"encoding/binary"

	"github.com/pion/dtls/v3/pkg/protocol/recordlayer"
)

// Content types (RFC 5246, section 6.2.1; RFC 9146, section 4).
const (
	typeChangeCipherSpec = 20
	typeAlert            = 21
	typeHandshake        = 22
	typeApplicationData  = 23
	typeConnectionID     = 25
)

// Handshake types (RFC 5246, section 7.4; RFC 6347, section 4.3.2).
const (
	clientHelloType       = 1
	helloVerifyType       = 3
	clientKeyExchangeType = 16
)

const (
	recordHeader    = recordlayer.FixedHeaderSize
	handshakeHeader = 12
	// idLength is that of all our Connection IDs, so that records of them can be told apart.
	idLength = 8
)

type connectionID [idLength]byte

// record is one of a datagram, its header included.
type record []byte

func (r record) kind() byte    { return r[0] }
func (r record) epoch() uint16 { return binary.BigEndian.Uint16(r[3:]) }
func (r record) sequence() uint64 {
	return uint64(binary.BigEndian.Uint16(r[5:]))<<32 | uint64(binary.BigEndian.Uint32(r[7:]))
}

func (r record) setSequence(n uint64) {
	binary.BigEndian.PutUint16(r[5:], uint16(n>>32))
	binary.BigEndian.PutUint32(r[7:], uint32(n))
}

// id is the Connection ID of a record that has one.
func (r record) id() connectionID { return connectionID(r[11:]) }

// plain is what a record of epoch 0 holds.
func (r record) plain() []byte { return r[recordHeader:] }

// isCoAPRequest reports whether a datagram looks like a request of RFC 7252: somebody took coap for coaps.
func isCoAPRequest(b []byte) bool {
	return len(b) >= 4 && b[0]>>6 == 1 && b[0]&0xf <= 8 && b[1] >= 1 && b[1] <= 7
}

// nextRecord takes the first record of a datagram; ok is false if there is no whole one of DTLS 1.0 or 1.2.
func nextRecord(b []byte) (r record, rest []byte, ok bool) {
	if len(b) < recordHeader || b[1] != 0xfe || b[2] != 0xfd && b[2] != 0xff {
		return nil, nil, false
	}
	length := 11
	switch b[0] {
	case typeChangeCipherSpec, typeAlert, typeHandshake, typeApplicationData:
	case typeConnectionID:
		length += idLength
	default:
		return nil, nil, false
	}
	if len(b) < length+2 {
		return nil, nil, false
	}
	end := length + 2 + int(binary.BigEndian.Uint16(b[length:]))
	if end > len(b) {
		return nil, nil, false
	}
	return b[:end], b[end:], true
}
