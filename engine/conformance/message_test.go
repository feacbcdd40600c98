package conformance

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Types of messages (RFC 7252, section 3).
const (
	con = iota
	non
	ack
	rst
)

var typeNames = []string{"CON", "NON", "ACK", "RST"}

// message is a CoAP message. The codec is this package's own, so that the gateway's is not measured with itself.
type message struct {
	typ     int
	code    byte
	mid     uint16
	token   []byte
	options []option // in order of number
	payload []byte

	datagram []byte // what it was read from
}

type option struct {
	number uint16
	value  []byte
}

// encode writes m; options of equal number keep their order.
func (m *message) encode() []byte {
	b := []byte{1<<6 | byte(m.typ)<<4 | byte(len(m.token)), m.code, byte(m.mid >> 8), byte(m.mid)}
	b = append(b, m.token...)
	slices.SortStableFunc(m.options, func(a, b option) int { return int(a.number) - int(b.number) })
	last := uint16(0)
	for _, o := range m.options {
		delta, moreDelta := extended(int(o.number - last))
		length, moreLength := extended(len(o.value))
		b = append(b, delta<<4|length)
		b = append(append(append(b, moreDelta...), moreLength...), o.value...)
		last = o.number
	}
	if len(m.payload) > 0 {
		b = append(append(b, 0xff), m.payload...)
	}
	return b
}

// extended splits an option delta or length into its nibble and the bytes that follow (RFC 7252, section 3.1).
func extended(n int) (nibble byte, more []byte) {
	switch {
	case n < 13:
		return byte(n), nil
	case n < 269:
		return 13, []byte{byte(n - 13)}
	}
	return 14, binary.BigEndian.AppendUint16(nil, uint16(n-269))
}

var errCutShort = errors.New("cut short")

func decode(b []byte) (m message, err error) {
	if len(b) < 4 || b[0]>>6 != 1 {
		return m, errors.New("no header of version 1")
	}
	m.typ, m.code, m.mid, m.datagram = int(b[0]>>4&3), b[1], binary.BigEndian.Uint16(b[2:]), b
	length := int(b[0] & 15)
	if b = b[4:]; length > 8 || len(b) < length {
		return m, errors.New("token too long")
	}
	m.token, b = b[:length:length], b[length:]
	number := 0
	for len(b) > 0 && b[0] != 0xff {
		delta, length := int(b[0]>>4), int(b[0]&15)
		b = b[1:]
		if delta, b, err = extend(delta, b); err != nil {
			return m, err
		}
		if length, b, err = extend(length, b); err != nil {
			return m, err
		}
		if len(b) < length {
			return m, errCutShort
		}
		number += delta
		m.options = append(m.options, option{uint16(number), b[:length:length]})
		b = b[length:]
	}
	if len(b) == 1 {
		return m, errors.New("payload marker without payload")
	}
	if len(b) > 0 {
		m.payload = b[1:]
	}
	return m, nil
}

func extend(n int, b []byte) (int, []byte, error) {
	switch {
	case n < 13:
		return n, b, nil
	case n == 13 && len(b) > 0:
		return int(b[0]) + 13, b[1:], nil
	case n == 14 && len(b) > 1:
		return int(binary.BigEndian.Uint16(b)) + 269, b[2:], nil
	}
	return 0, nil, errCutShort
}

// form says how the value of an option is written in a row.
type form int

const (
	number form = iota
	text
	opaque
	block
)

// options are those that rows have names for. Others are written opt followed by their number.
var options = []struct {
	name   string
	number uint16
	form   form
}{
	{"ifmatch", 1, opaque}, {"host", 3, text}, {"etag", 4, opaque}, {"ifnonematch", 5, opaque}, {"observe", 6, number},
	{"port", 7, number}, {"location", 8, text}, {"path", 11, text}, {"ct", 12, number}, {"maxage", 14, number},
	{"query", 15, text}, {"hoplimit", 16, number}, {"accept", 17, number}, {"locationquery", 20, text},
	{"block2", 23, block}, {"block1", 27, block}, {"size2", 28, number}, {"proxyuri", 35, text},
	{"proxyscheme", 39, text}, {"size1", 60, number}, {"echo", 252, opaque}, {"noresponse", 258, number},
	{"requesttag", 292, opaque},
}

// show writes an option as a row does, or, if the row has its number, as bytes.
func (o option) show(as string) (name, value string) {
	plain := fmt.Sprintf("opt%d", o.number)
	for _, known := range options {
		if known.number != o.number || as == plain {
			continue
		}
		switch known.form {
		case number:
			return known.name, fmt.Sprint(uintOf(o.value))
		case text:
			return known.name, string(o.value)
		case block:
			v := uintOf(o.value)
			return known.name, fmt.Sprintf("%d/%d/%d", v>>4, v>>3&1, 16<<(v&7))
		}
		return known.name, fmt.Sprintf("%x", o.value)
	}
	return plain, fmt.Sprintf("%x", o.value)
}

func uintOf(b []byte) (n uint64) {
	for _, c := range b {
		n = n<<8 | uint64(c)
	}
	return n
}

func bytesOf(n uint64) []byte {
	b := binary.BigEndian.AppendUint64(nil, n)
	for len(b) > 0 && b[0] == 0 {
		b = b[1:]
	}
	return b
}

// String writes m as a row does.
func (m message) String() string {
	words := []string{typeNames[m.typ], codeName(m.code), fmt.Sprintf("tkn=%x", m.token)}
	for _, o := range m.options {
		name, value := o.show("")
		words = append(words, name+"="+value)
	}
	if n := len(m.payload); n > 100 {
		words = append(words, fmt.Sprintf("%q… of %d bytes", m.payload[:40], n))
	} else if n > 0 {
		words = append(words, fmt.Sprintf("%q", m.payload))
	}
	return strings.Join(words, " ")
}

func codeName(code byte) string { return fmt.Sprintf("%d.%02d", code>>5, code&31) }
