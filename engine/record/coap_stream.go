package record

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
)

// signalClass is the class of signaling codes (RFC 8323, section 5.1).
const signalClass = 7

// Codes of signaling messages.
const (
	codeCSM     = 0xe1
	codePing    = 0xe2
	codePong    = 0xe3
	codeRelease = 0xe4
	codeAbort   = 0xe5
)

// Numbers of signaling options; each code has its own.
const (
	signalMaxMessageSize = 2 // of CSM
	signalHoldOff        = 4 // of Release
	signalBadCSMOption   = 2 // of Abort
)

var custody = map[int]optionInfo{2: {"Custody", formatEmpty, 0, 0, "RFC 8323, 5.4.1"}}

// signalOptions are the options of signaling messages, by code.
var signalOptions = map[byte]map[int]optionInfo{
	codeCSM: {
		signalMaxMessageSize: {"Max-Message-Size", formatUint, 0, 4, "RFC 8323, 5.3.1"},
		4:                    {"Block-Wise-Transfer", formatEmpty, 0, 0, "RFC 8323, 5.3.2"},
	},
	codePing: custody,
	codePong: custody,
	codeRelease: {
		2:             {"Alternative-Address", formatString, 1, 255, "RFC 8323, 5.5"},
		signalHoldOff: {"Hold-Off", formatUint, 0, 3, "RFC 8323, 5.5"},
	},
	codeAbort: {signalBadCSMOption: {"Bad-CSM-Option", formatUint, 0, 2, "RFC 8323, 5.6"}},
}

// streamHeader is what an RFC 8323 message begins with.
type streamHeader struct {
	extended    int // bytes of the extended length
	length      int // of what follows the token; -1: that of the WebSocket message
	tokenLength int
	tokenAt     int
	code        byte
}

// ExtendedLength is how many bytes of length follow the first byte of an RFC 8323 message on a stream, and what they count
// from; without them base is the length itself (section 3.2).
func ExtendedLength(first byte) (bytes, base int) {
	switch n := int(first >> 4); n {
	case 13:
		return 1, 13
	case 14:
		return 2, 269
	case 15:
		return 4, 65805
	default:
		return 0, n
	}
}

// readStreamHeader reads as far as the code; false if the bytes end before.
func readStreamHeader(b []byte, webSocket bool) (h streamHeader, ok bool) {
	if len(b) < 2 {
		return h, false
	}
	h.length, h.tokenLength = int(b[0]>>4), int(b[0]&0x0f)
	extended, base := ExtendedLength(b[0])
	if !webSocket {
		h.extended = extended
	}
	if len(b) < 1+h.extended+1 {
		return h, false
	}
	if h.extended > 0 {
		h.length = base
		more := 0
		for _, c := range b[1 : 1+h.extended] {
			more = more<<8 | int(c)
		}
		h.length += more
	}
	if webSocket {
		h.length = -1
	}
	h.code, h.tokenAt = b[1+h.extended], 1+h.extended+1
	return h, true
}

// Code is the code of a CoAP message in any form, and whether it has one.
func (f *Frame) Code() (code byte, ok bool) {
	switch f.Protocol {
	case CoAP:
		if len(f.Data) < 2 {
			return 0, false
		}
		return f.Data[1], true
	case CoAPTCP, CoAPWebSocket:
		h, ok := readStreamHeader(f.Data, f.Protocol == CoAPWebSocket)
		return h.code, ok
	}
	return 0, false
}

// coapStream decodes one RFC 8323 message: of a stream, or of a WebSocket.
func (d *decoder) coapStream(outgoing, webSocket bool) {
	b := d.data
	d.m.Type = "TCP"
	if webSocket {
		d.m.Type = "WS"
	}
	h, ok := readStreamHeader(b, webSocket)
	if !ok {
		d.field("Bytes", count(len(b)), 0, len(b), "RFC 8323, 3.2")
		d.fail(len(b), "the message ends before its code")
		return
	}
	d.streamFields(h, webSocket)
	at := h.tokenAt
	if d.m.Err == "" && h.tokenLength > 0 {
		d.m.Token = hex.EncodeToString(b[at : at+h.tokenLength])
		d.field("Token", d.m.Token, at, h.tokenLength, "RFC 7252, 5.3.1")
		d.explain(plain(phraseToken, phraseTokenJoins)...)
		at += h.tokenLength
	}
	if d.m.Err != "" {
		d.rest(at)
		return
	}
	c := coapDecoder{decoder: d, stream: true, request: h.code>>5 == 0 && h.code != 0}
	section := "RFC 7252, 5.5"
	if h.code>>5 == signalClass {
		c.signal, section = h.code, "RFC 8323, 5.1"
	}
	if at, ok := c.options(at); ok {
		d.payload(at, len(b), section)
		if outgoing {
			d.hideConnectionToken(h.code)
		}
	} else {
		d.rest(at)
	}
	c.finish()
}

// streamFields explains what comes before the token and says what is wrong with it.
func (d *decoder) streamFields(h streamHeader, webSocket bool) {
	b := d.data
	d.m.Code = coapCode(h.code, typeNone)
	if webSocket {
		d.field("Length", "that of the WebSocket message", 0, 1, "RFC 8323, 4.3")
	} else {
		d.field("Length", count(h.length)+" of options and payload", 0, 1+h.extended, "RFC 8323, 3.2")
	}
	d.explain(bits(7, 4, b[0]>>4, 4), Phrase{phraseLongLength, map[string]any{"Count": h.extended}})
	d.field("Token length", count(h.tokenLength), 0, 1, "RFC 8323, 3.2")
	d.explain(bits(3, 0, byte(h.tokenLength), 4), Phrase{Text: phraseTokenLengths})
	d.field("Code", coapCodeField(h.code), h.tokenAt-1, 1, coapCodeSection(h.code))
	d.explain(codeExplained(h.code)...)
	left := len(b) - h.tokenAt - h.tokenLength
	switch class := h.code >> 5; {
	case webSocket && b[0]>>4 != 0:
		d.fail(0, "the length in front is to be zero")
	case h.tokenLength > coapMaxToken:
		d.fail(0, "token length %d is reserved", h.tokenLength)
	case left < 0:
		d.fail(len(b), "the message ends inside the token")
	case !webSocket && left != h.length:
		d.fail(0, "the length is %s, %d are there", count(h.length), left)
	case class == 1 || class == 3 || class == 6:
		d.fail(h.tokenAt-1, "code class %d is reserved", class)
	}
}

// signalOption explains an option of a signaling message.
func (c *coapDecoder) signalOption(number int, value []byte, start, valueAt int) {
	o, known := signalOptions[c.signal][number]
	name := o.name
	if !known {
		name = unknownOption(number)
	}
	text := hex.EncodeToString(value)
	v, isUint := uintValue(value)
	switch {
	case o.format == formatString:
		text = printable(string(value))
	case o.format == formatUint && isUint && c.signal == codeCSM:
		text = count(int(v))
	case o.format == formatUint && isUint && c.signal == codeRelease:
		text = strconv.Itoa(int(v)) + " s"
	case o.format == formatUint && isUint:
		text = unknownOption(int(v))
		if of, known := signalOptions[codeCSM][int(v)]; known {
			text = of.name
		}
	}
	if known && (len(value) < o.min || len(value) > o.max) {
		text += fmt.Sprintf(" (%s, the option has %s)", count(len(value)), lengths(o.min, o.max))
	}
	section := o.section
	if section == "" {
		section = "RFC 8323, 5.2"
	}
	c.field(name, text, start, valueAt+len(value)-start, section)
	c.detail(strings.TrimSpace(name + " " + text))
}

// coapStream finds what a message of RFC 8323 answers: a Pong its Ping, a response or notification its request, each by
// the token.
func (t *Tracker) coapStream(f *Frame, none Exchange) Exchange {
	h, ok := readStreamHeader(f.Data, f.Protocol == CoAPWebSocket)
	if !ok || h.tokenLength > coapMaxToken || len(f.Data) < h.tokenAt+h.tokenLength {
		return none
	}
	kind := uint8(byToken)
	if h.code>>5 == signalClass {
		kind = byPing
	}
	key := keyOf(f, f.Outgoing, kind, f.Data[h.tokenAt:h.tokenAt+h.tokenLength])
	switch class := h.code >> 5; {
	case class == 0 && h.code != 0, h.code == codePing:
		t.remember(key, f)
		if h.code != codePing {
			t.observe(key, f)
		}
	case class == 2, class == 4, class == 5, h.code == codePong:
		key.outgoing = !f.Outgoing
		return t.response(key, f, none)
	}
	return none
}
