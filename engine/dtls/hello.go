package dtls

import (
	"encoding/binary"
	"fmt"
	"strings"

	"golang.org/x/crypto/cryptobyte"
)

// Versions as they are on the wire (RFC 6347, section 4.1; RFC 9147, section 5.3).
const (
	version10 = 0xfeff
	version12 = 0xfefd
	version13 = 0xfefc
)

// clientHello is one that came in a single fragment. Its slices are of the datagram unless it was cloned.
type clientHello struct {
	record     record // it alone
	messageSeq uint16
	version    uint16
	random     []byte
	sessionID  []byte
	cookie     []byte
	suites     []byte
	compressed []byte // compression methods
	afterID    int    // where in record the cookie begins, its length included
	// From extensions.
	versions   []byte // supported_versions (RFC 8446, section 4.2.1)
	signatures []byte // signature_algorithms (RFC 5246, section 7.4.1.4.1)
	serverName string
	movable    bool // connection_id (RFC 9146, section 3)
}

// isClientHello reports whether a record of epoch 0 begins with one, or with a fragment of one.
func isClientHello(r record) bool {
	return r.kind() == typeHandshake && r.epoch() == 0 && len(r.plain()) > 0 && r.plain()[0] == clientHelloType
}

// parseHello reads a ClientHello; ok is false if it is malformed or in fragments.
func parseHello(r record) (h clientHello, ok bool) {
	s := cryptobyte.String(r.plain())
	var kind uint8
	var length, offset, fragment uint32
	if !s.ReadUint8(&kind) || !s.ReadUint24(&length) || !s.ReadUint16(&h.messageSeq) || !s.ReadUint24(&offset) ||
		!s.ReadUint24(&fragment) || kind != clientHelloType || offset != 0 || fragment != length || int(length) != len(s) {
		return h, false
	}
	h.record = r
	var sessionID, cookie, suites, compressed cryptobyte.String
	if !s.ReadUint16(&h.version) || !s.ReadBytes(&h.random, 32) || !s.ReadUint8LengthPrefixed(&sessionID) {
		return h, false
	}
	h.afterID = len(r) - len(s)
	if !s.ReadUint8LengthPrefixed(&cookie) || !s.ReadUint16LengthPrefixed(&suites) ||
		!s.ReadUint8LengthPrefixed(&compressed) || len(sessionID) > 32 || len(suites)%2 != 0 || len(suites) == 0 {
		return h, false
	}
	h.sessionID, h.cookie, h.suites, h.compressed = sessionID, cookie, suites, compressed
	return h, s.Empty() || h.readExtensions(s)
}

func (h *clientHello) readExtensions(s cryptobyte.String) bool {
	var extensions cryptobyte.String
	if !s.ReadUint16LengthPrefixed(&extensions) || !s.Empty() {
		return false
	}
	for !extensions.Empty() {
		var kind uint16
		var body, list cryptobyte.String
		if !extensions.ReadUint16(&kind) || !extensions.ReadUint16LengthPrefixed(&body) {
			return false
		}
		switch kind {
		case 0: // server_name (RFC 6066, section 3)
			var nameType uint8
			var name cryptobyte.String
			if !body.ReadUint16LengthPrefixed(&list) || !list.ReadUint8(&nameType) || !list.ReadUint16LengthPrefixed(&name) {
				return false
			}
			if nameType == 0 {
				h.serverName = string(name)
			}
		case 13:
			if !body.ReadUint16LengthPrefixed(&list) {
				return false
			}
			h.signatures = list
		case 43:
			if !body.ReadUint8LengthPrefixed(&list) {
				return false
			}
			h.versions = list
		case 54:
			h.movable = true
		}
	}
	return true
}

// speaks12 reports whether the client speaks DTLS 1.2.
func (h *clientHello) speaks12() bool {
	if h.version != version12 {
		return false
	}
	if h.versions == nil {
		return true
	}
	for v := h.versions; len(v) >= 2; v = v[2:] {
		if binary.BigEndian.Uint16(v) == version12 {
			return true
		}
	}
	return false
}

// offeredVersions names them.
func (h *clientHello) offeredVersions() string {
	versions := h.versions
	if versions == nil {
		versions = binary.BigEndian.AppendUint16(nil, h.version)
	}
	var names []string
	for v := versions; len(v) >= 2; v = v[2:] {
		switch n := binary.BigEndian.Uint16(v); n {
		case version10:
			names = append(names, "DTLS 1.0")
		case version12:
			names = append(names, "DTLS 1.2")
		case version13:
			names = append(names, "DTLS 1.3")
		default:
			names = append(names, fmt.Sprintf("version 0x%04x", n))
		}
	}
	return "the client offers " + strings.Join(names, ", ")
}

// first is the ClientHello that the client sent before it had the cookie: the same without one (RFC 6347, section 4.2.1),
// and a record and a message earlier.
func (h *clientHello) first() []byte {
	body := h.record[recordHeader+handshakeHeader:]
	cookie := h.afterID - recordHeader - handshakeHeader
	length := len(body) - len(h.cookie)
	r := append(record(nil), h.record[:h.afterID]...)
	r = append(r, 0)
	r = append(r, body[cookie+1+len(h.cookie):]...)
	before := h.record.sequence() - 1
	if h.record.sequence() == 0 {
		before = replayWindow - 1
	}
	r.setSequence(before)
	binary.BigEndian.PutUint16(r[11:], uint16(handshakeHeader+length))
	plain := r.plain()
	putUint24(plain[1:], length)
	binary.BigEndian.PutUint16(plain[4:], h.messageSeq-1)
	putUint24(plain[9:], length)
	return r
}

// replayWindow is pion's. Nothing that a client numbered from 0 has that number for a while.
const replayWindow = 64

func putUint24(b []byte, n int) {
	b[0], b[1], b[2] = byte(n>>16), byte(n>>8), byte(n)
}
