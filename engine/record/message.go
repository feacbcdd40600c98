package record

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// NoContentFormat is the ContentFormat of a Message that names none.
const NoContentFormat = -1

// masked stands for a password or token.
const masked = "•••"

// Message is a decoded Frame. Passwords and tokens are not in it: they read as "•••", and Mask tells where their bytes
// are.
type Message struct {
	// Type is CON, NON, ACK or RST, MQTT, or TCP or WS for CoAP over those, which has no types.
	Type string
	// Code is a method ("POST"), a response or signaling code with its name ("2.04 Changed", "7.01 CSM"), "Ping" or
	// "Empty", or the type of an MQTT control packet ("PUBLISH").
	Code string
	// Resource is what the message is about: path and query, topic name or filters, client ID or reason. Details follow,
	// each behind " · ".
	Resource string
	// MID is the message ID or the packet identifier in decimal, empty for none.
	MID string
	// Token is the token in hexadecimal.
	Token string
	// PayloadPreview is the beginning of the payload on one line, as text or else in hexadecimal.
	PayloadPreview string

	// Fields are all parts of the message in the order of its bytes.
	Fields []Field
	// Mask are the places of bytes that must not be shown.
	Mask []Span

	// Payload is the payload, a part of the frame's Data, nil when it is secret or there is none.
	Payload []byte
	// PayloadOffset is where Payload begins in the frame's Data.
	PayloadOffset int
	// ContentFormat is the registered number (RFC 7252, section 12.3), or NoContentFormat.
	ContentFormat int

	// Err says what is wrong with the bytes and where, empty if nothing is. What was read before stands.
	Err string
	// ErrAt is the offset of the mistake in the frame's Data, its length where something is missing at the end; 0 if there
	// is none.
	ErrAt int
}

// Field is one part of a message.
type Field struct {
	Name  string
	Value string // for people; secrets are masked
	// Offset and Length are the place of the field in the frame's Data. Fields of the same byte overlap.
	Offset, Length int
	// Section is where the field is defined, as "RFC 7252, 3".
	Section string
	// Explain tells it bit by bit.
	Explain Explanation
}

// Span is a range of bytes of the frame's Data: From is its first, To the one after its last.
type Span struct{ From, To int }

// Decode explains a frame. It never fails: of a malformed message it tells what could be read and why it stopped. It is
// safe for use by several goroutines.
func Decode(f Frame) Message {
	d := decoder{data: f.Data, m: Message{ContentFormat: NoContentFormat}}
	switch f.Protocol {
	case CoAP:
		d.coap(f.Outgoing)
	case CoAPTCP, CoAPWebSocket:
		d.coapStream(f.Outgoing, f.Protocol == CoAPWebSocket)
	case MQTT:
		d.mqtt()
	default:
		d.fail(0, "protocol %d is unknown", f.Protocol)
	}
	if f.Note&Cut != 0 {
		d.m.Err, d.m.ErrAt = fmt.Sprintf("only the first %d bytes were kept", len(f.Data)), len(f.Data)
	}
	return d.m
}

// decoder builds a Message from data.
type decoder struct {
	data []byte
	m    Message
	// details are what follows the resource.
	details []string
}

// field adds a field of length bytes at offset.
func (d *decoder) field(name, value string, offset, length int, section string) {
	d.m.Fields = append(d.m.Fields, Field{Name: name, Value: value, Offset: offset, Length: length, Section: section})
}

// fail says what is wrong at offset; the first mistake counts.
func (d *decoder) fail(offset int, format string, args ...any) {
	if d.m.Err == "" {
		d.m.ErrAt = offset
		d.m.Err = "byte " + strconv.Itoa(offset) + ": " + fmt.Sprintf(format, args...)
	}
}

func (d *decoder) mask(from, to int) {
	if from < to {
		d.m.Mask = append(d.m.Mask, Span{From: from, To: to})
	}
}

// detail adds to what follows the resource.
func (d *decoder) detail(text string) { d.details = append(d.details, text) }

// finish puts resource and details together.
func (d *decoder) finish(resource string) {
	parts := d.details
	if resource != "" {
		parts = append([]string{resource}, parts...)
	}
	d.m.Resource = strings.Join(parts, " · ")
}

// payload takes everything from offset to end as the payload.
func (d *decoder) payload(offset, end int, section string) {
	if offset >= end {
		return
	}
	d.m.Payload, d.m.PayloadOffset = d.data[offset:end:end], offset
	d.m.PayloadPreview = preview(d.m.Payload)
	d.field("Payload", count(end-offset), offset, end-offset, section)
}

func count(bytes int) string {
	if bytes == 1 {
		return "1 byte"
	}
	return strconv.Itoa(bytes) + " bytes"
}

const (
	previewText  = 120 // bytes
	previewBytes = 24
)

// preview is the beginning of b on one line.
func preview(b []byte) string {
	text := b
	if len(text) > previewText {
		text = text[:previewText]
		for len(text) > 0 && !utf8.Valid(text) && len(text) > previewText-utf8.UTFMax {
			text = text[:len(text)-1] // the cut went through a character
		}
	}
	more := ""
	if isText(text) {
		if len(text) < len(b) {
			more = "…"
		}
		return printable(strings.Join(strings.Fields(string(text)), " ")) + more
	}
	if len(b) > previewBytes {
		b, more = b[:previewBytes], " …"
	}
	return fmt.Sprintf("% x", b) + more
}

// isText reports whether b is UTF-8 without control characters other than white space.
func isText(b []byte) bool {
	if !utf8.Valid(b) {
		return false
	}
	for _, c := range b {
		if c < ' ' && c != '\t' && c != '\n' && c != '\r' || c == 0x7f {
			return false
		}
	}
	return true
}

// printable escapes what would not show or would change how a line reads: control and formatting characters and bytes
// that are not UTF-8.
func printable(s string) string {
	for _, r := range s {
		if r == utf8.RuneError || !strconv.IsPrint(r) {
			quoted := strconv.Quote(s)
			return strings.ReplaceAll(quoted[1:len(quoted)-1], `\"`, `"`)
		}
	}
	return s
}

// reader walks over bytes with the offset they have in a frame. A read past the end returns false and moves nothing.
type reader struct {
	data []byte
	at   int
}

func (r *reader) left() int { return len(r.data) - r.at }

func (r *reader) byte() (byte, bool) {
	if r.left() < 1 {
		return 0, false
	}
	r.at++
	return r.data[r.at-1], true
}

func (r *reader) uint16() (int, bool) {
	if r.left() < 2 {
		return 0, false
	}
	r.at += 2
	return int(r.data[r.at-2])<<8 | int(r.data[r.at-1]), true
}

func (r *reader) bytes(n int) ([]byte, bool) {
	if n < 0 || r.left() < n {
		return nil, false
	}
	r.at += n
	return r.data[r.at-n : r.at : r.at], true
}
