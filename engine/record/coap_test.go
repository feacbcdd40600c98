package record

import (
	"strings"
	"testing"
)

var coapMessages = []struct {
	name, data string
	outgoing   bool
	want       string // summary
}{
	{"GET", `40 01 00 01`, false, "CON | GET | / | mid 1"},
	{"path and query", `41 03 1a 2b 5a b4 "mqtt" 06 "topic1" 49 "c=client1"`, false,
		"CON | PUT | /mqtt/topic1?c=client1 | mid 6699 | token 5a"},
	{"slash inside a segment", `40 01 00 01 b3 "a/b" 01 "c"`, false, "CON | GET | /a%2Fb/c | mid 1"},
	{"not UTF-8", `40 01 00 01 b2 "a" ff`, false, `CON | GET | /a\xff | mid 1`},
	{"observe register", `41 01 00 02 0a 60 52 "ps" 01 "a"`, false, "CON | GET | /ps/a · observe 0 | mid 2 | token 0a"},
	{"observe deregister", `41 01 00 02 0a 61 01 52 "ps"`, false, "CON | GET | /ps · observe 1 | mid 2 | token 0a"},
	{"notification", `51 45 00 03 0a 61 76 ff "23.4"`, true, "NON | 2.05 Content | observe 118 | mid 3 | token 0a | payload 23.4"},
	{"separate response", `42 44 00 04 aa bb`, true, "CON | 2.04 Changed | mid 4 | token aabb"},
	{"block", `40 03 00 05 b1 "a" d1 03 0a ff "0123456789abcdef"`, false,
		"CON | PUT | /a · block1 0/1/64 | mid 5 | payload 0123456789abcdef"},
	{"last block", `60 45 00 05 d2 0a 01 25 ff "x"`, true, "ACK | 2.05 Content | block2 18/0/512 | mid 5 | payload x"},
	{"location", `60 41 00 06 82 "ps" 01 "a"`, true, "ACK | 2.01 Created | location /ps/a | mid 6"},
	{"empty acknowledgement", `60 00 12 34`, false, "ACK | Empty | mid 4660"},
	{"reset", `70 00 12 34`, false, "RST | Empty | mid 4660"},
	{"ping", `40 00 12 34`, false, "CON | Ping | mid 4660"},
	{"EMQX's 2.07", `60 47 00 07`, true, "ACK | 2.07 No Content | mid 7"},
	{"RFC 8132", `40 05 00 07`, false, "CON | FETCH | / | mid 7"},
	{"unassigned codes", `60 5e 00 07`, true, "ACK | 2.30 | mid 7"},
	{"unassigned method", `40 1f 00 07`, false, "CON | 0.31 | / | mid 7"},
	{"number as payload of others than 2.01", `60 45 00 08 ff "3404490787"`, true, "ACK | 2.05 Content | mid 8 | payload 3404490787"},

	{"nothing", ``, false, " | ! byte 0: a message has at least 4 bytes, this has 0"},
	{"short", `40 01 00`, false, " | ! byte 3: a message has at least 4 bytes, this has 3"},
	{"version 2", `80 01 00 01`, false, "CON | GET | mid 1 | ! byte 0: version 2 is unknown, 1 is meant"},
	{"token length 9", `49 01 00 01 01 02 03 04 05 06 07 08 09`, false, "CON | GET | mid 1 | ! byte 0: token length 9 is reserved"},
	{"token cut off", `44 01 00 01 aa`, false, "CON | GET | mid 1 | ! byte 5: the message ends inside the token"},
	{"empty with content", `60 00 00 01 ff`, false, "ACK | Empty | mid 1 | ! byte 4: an empty message has nothing behind the message ID"},
	{"reserved class", `40 21 00 01`, false, "CON | 1.01 | mid 1 | ! byte 1: code class 1 is reserved"},
	{"delta 15", `40 01 00 01 b1 "a" f1 00`, false, "CON | GET | /a | mid 1 | ! byte 6: option delta 15 is reserved"},
	{"length 15", `40 01 00 01 b1 "a" 0f 00`, false, "CON | GET | /a | mid 1 | ! byte 6: option length 15 is reserved"},
	{"delta cut off", `40 01 00 01 e0 01`, false, "CON | GET | / | mid 1 | ! byte 4: the message ends inside the option delta"},
	{"length cut off", `40 01 00 01 bd`, false, "CON | GET | / | mid 1 | ! byte 4: the message ends inside the option length"},
	{"value cut off", `40 01 00 01 b4 "abc"`, false, "CON | GET | / | mid 1 | ! byte 4: option Uri-Path has 4 bytes, 3 are left"},
	{"number too high", `40 01 00 01 e0 fe f3`, false, "CON | GET | / | mid 1 | ! byte 4: option number 65536 is above 65535"},
	{"marker without payload", `40 01 00 01 b1 "a" ff`, false, "CON | GET | /a | mid 1 | ! byte 6: nothing follows the payload marker"},
}

func TestDecodeCoAP(t *testing.T) {
	for _, test := range coapMessages {
		t.Run(test.name, func(t *testing.T) {
			data := unhex(t, test.data)
			m := Decode(Frame{Data: data, Outgoing: test.outgoing})
			if got := summary(&m); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
			checkBounds(t, data, &m)
		})
	}
}

func TestCoAPFields(t *testing.T) {
	tests := []struct{ name, data, want string }{
		{"a request", `42 03 1a 2b ca fe 39 "localhost" 30 51 "x" 61 2a ff "hello"`, `0+1 Version: 1 (RFC 7252, 3)
0+1 Type: CON, confirmable (RFC 7252, 4)
0+1 Token length: 2 bytes (RFC 7252, 3)
1+1 Code: 0.03 PUT (RFC 7252, 5.8.3)
2+2 Message ID: 6699 (0x1a2b) (RFC 7252, 4.4)
4+2 Token: cafe (RFC 7252, 5.3.1)
6+10 Uri-Host: localhost (RFC 7252, 5.10.1)
16+1 Observe: 0 (register) (RFC 7641, 2)
17+2 Uri-Path: x (RFC 7252, 5.10.1)
19+2 Accept: 42 application/octet-stream (RFC 7252, 5.10.4)
21+1 Payload marker: 0xff (RFC 7252, 3)
22+5 Payload: 5 bytes (RFC 7252, 5.5)
`},
		{"what could not be parsed", `41 44 00 01 aa f0 01 02`, `0+1 Version: 1 (RFC 7252, 3)
0+1 Type: CON, confirmable (RFC 7252, 4)
0+1 Token length: 1 byte (RFC 7252, 3)
1+1 Code: 2.04 Changed (RFC 7252, 5.9.1.4)
2+2 Message ID: 1 (0x0001) (RFC 7252, 4.4)
4+1 Token: aa (RFC 7252, 5.3.1)
5+3 Not parsed: 3 bytes ()
`},
		{"too short for a header", `40 01`, "0+2 Bytes: 2 bytes (RFC 7252, 3)\n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			m := Decode(Frame{Data: unhex(t, test.data)})
			if got := fields(&m); got != test.want {
				t.Errorf("got\n%swant\n%s", got, test.want)
			}
		})
	}
}

func TestCoAPOptions(t *testing.T) {
	tests := []struct{ name, data, want string }{
		{"If-Match", `12 ab cd`, "4+3 If-Match: abcd (RFC 7252, 5.10.8.1)"},
		{"Uri-Host", `31 "h"`, "4+2 Uri-Host: h (RFC 7252, 5.10.1)"},
		{"ETag", `42 01 02`, "4+3 ETag: 0102 (RFC 7252, 5.10.6)"},
		{"ETag too long", `49 010203040506070809`, "4+10 ETag: 010203040506070809 (9 bytes, the option has 1 to 8) (RFC 7252, 5.10.6)"},
		{"If-None-Match", `50`, "4+1 If-None-Match:  (RFC 7252, 5.10.8.2)"},
		{"Observe too long", `64 01 02 03 04`, "4+5 Observe: 16909060 (4 bytes, the option has at most 3) (RFC 7641, 2)"},
		{"Uri-Port", `72 16 33`, "4+3 Uri-Port: 5683 (RFC 7252, 5.10.1)"},
		{"OSCORE", `92 09 14`, "4+3 OSCORE: 0914 (RFC 8613, 2)"},
		{"Content-Format text", `c0`, "4+1 Content-Format: 0 text/plain;charset=utf-8 (RFC 7252, 5.10.3)"},
		{"Content-Format JSON", `c1 32`, "4+2 Content-Format: 50 application/json (RFC 7252, 5.10.3)"},
		{"Content-Format unknown", `c2 ff fe`, "4+3 Content-Format: 65534 (RFC 7252, 5.10.3)"},
		{"Max-Age", `d1 01 3c`, "4+3 Max-Age: 60 s (RFC 7252, 5.10.5)"},
		{"Hop-Limit", `d1 03 10`, "4+3 Hop-Limit: 16 (RFC 8768, 3)"},
		{"Accept", `d1 04 3c`, "4+3 Accept: 60 application/cbor (RFC 7252, 5.10.4)"},
		{"Q-Block1", `d1 06 09`, "4+3 Q-Block1: 0 (more, 32 bytes) (RFC 9177, 4.1)"},
		{"EDHOC", `d0 08`, "4+2 EDHOC:  (RFC 9668, 3.1)"},
		{"Block2", `d1 0a 06`, "4+3 Block2: 0 (last, 1024 bytes) (RFC 7959, 2.1)"},
		{"Block1 with a reserved size", `d1 0e 1f`, "4+3 Block1: 1 (more, reserved size) (RFC 7959, 2.1)"},
		{"Block1 of 4 bytes", `d4 0e 00 00 00 06`, "4+6 Block1: 0 (last, 1024 bytes) (4 bytes, the option has at most 3) (RFC 7959, 2.1)"},
		{"Size2", `d1 0f 64`, "4+3 Size2: 100 bytes (RFC 7959, 4)"},
		{"Q-Block2", `d1 12 02`, "4+3 Q-Block2: 0 (last, 64 bytes) (RFC 9177, 4.1)"},
		{"Proxy-Uri", `da 16 "coap://h/a"`, "4+12 Proxy-Uri: coap://h/a (RFC 7252, 5.10.2)"},
		{"Proxy-Scheme", `d4 1a "coap"`, "4+6 Proxy-Scheme: coap (RFC 7252, 5.10.2)"},
		{"Size1", `d1 2f 01`, "4+3 Size1: 1 byte (RFC 7252, 5.10.9)"},
		{"Echo", `d2 ef 01 02`, "4+4 Echo: 0102 (RFC 9175, 2.2)"},
		{"No-Response", `d1 f5 1a`, "4+3 No-Response: 26 (no 2.xx, 4.xx, 5.xx) (RFC 7967, 2)"},
		{"No-Response, all wanted", `d0 f5`, "4+2 No-Response: 0 (all responses wanted) (RFC 7967, 2)"},
		{"Request-Tag", `e1 00 17 aa`, "4+4 Request-Tag: aa (RFC 9175, 3.2)"},
		{"uint of five bytes", `65 01 02 03 04 05`, "4+6 Observe: 0102030405 (5 bytes, the option has at most 3) (RFC 7641, 2)"},
		{"unknown, elective", `e1 fd ef 78`, "4+4 Option 65276, elective: 78 (RFC 7252, 5.4.6)"},
		{"unknown, critical", `d1 f0 00`, "4+3 Option 253, critical: 00 (RFC 7252, 5.4.6)"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			data := append([]byte{0x40, 0x01, 0, 1}, unhex(t, test.data)...)
			m := Decode(Frame{Data: data})
			if m.Err != "" {
				t.Error(m.Err)
			}
			lines := strings.Split(strings.TrimSuffix(fields(&m), "\n"), "\n")
			if got := lines[len(lines)-1]; got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
			checkBounds(t, data, &m)
		})
	}
}

func TestContentFormat(t *testing.T) {
	tests := []struct {
		name, data string
		want       int
	}{
		{"none", `60 45 00 01`, NoContentFormat},
		{"0 as no bytes", `60 45 00 01 c0`, 0},
		{"0 as one byte", `60 45 00 01 c1 00`, 0},
		{"50", `60 45 00 01 c1 32`, 50},
		{"too long", `60 45 00 01 c5 01 02 03 04 05`, NoContentFormat},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if m := Decode(Frame{Data: unhex(t, test.data)}); m.ContentFormat != test.want {
				t.Errorf("%d, want %d", m.ContentFormat, test.want)
			}
		})
	}
	if name := ContentFormatName(112); name != "application/senml+cbor" {
		t.Error(name)
	}
}
