package record

import (
	"bytes"
	"fmt"
	"testing"
)

func TestSecretsAreMasked(t *testing.T) {
	tests := []struct {
		name     string
		protocol Protocol
		outgoing bool
		data     string
		want     string // summary
		hidden   string // the bytes masked
	}{
		{name: "short password", data: `40 01 00 01 d8 02 "p=secret"`, want: "CON | GET | /?p=••• | mid 1", hidden: "secret"},
		{name: "long password", data: `40 01 00 01 dd 02 02 "password=secret"`, want: "CON | GET | /?password=••• | mid 1", hidden: "secret"},
		{name: "short token", data: `40 01 00 01 d8 02 "t=secret"`, want: "CON | GET | /?t=••• | mid 1", hidden: "secret"},
		{name: "token among others", data: `40 01 00 01 d3 02 "c=1" 0c "token=secret" 03 "q=1"`,
			want: "CON | GET | /?c=1&token=•••&q=1 | mid 1", hidden: "secret"},
		{name: "several in one option", data: `40 01 00 01 dd 02 00 "c=1&p=secret&"`, want: "CON | GET | /?c=1&p=••• | mid 1", hidden: "secret&"},
		{name: "ampersand in a password", data: `40 01 00 01 d9 02 "p=sec&ret"`, want: "CON | GET | /?p=••• | mid 1", hidden: "sec&ret"},
		{name: "escaped name", data: `40 01 00 01 da 02 "%70=secret"`, want: "CON | GET | /?%70=••• | mid 1", hidden: "secret"},
		{name: "badly escaped name", data: `40 01 00 01 d6 02 "%zz=no"`, want: "CON | GET | /?%zz=no | mid 1"},
		{name: "no value", data: `40 01 00 01 d1 02 "p"`, want: "CON | GET | /?p | mid 1"},
		{name: "empty password", data: `40 01 00 01 d2 02 "p="`, want: "CON | GET | /?p=••• | mid 1"},
		{name: "another parameter", data: `40 01 00 01 d6 02 "topic=" `, want: "CON | GET | /?topic= | mid 1"},
		{name: "Location-Query", data: `60 41 00 01 d8 07 "t=secret"`, want: "ACK | 2.01 Created | location ?t=••• | mid 1", hidden: "secret"},
		{name: "Proxy-Uri", data: `40 01 00 01 dd 16 05 "coap://h/?p=secret"`, want: "CON | GET | / | mid 1", hidden: "secret"},
		{name: "connection token", outgoing: true, data: `60 41 00 01 ff "3404490787"`,
			want: "ACK | 2.01 Created | mid 1 | payload •••", hidden: "3404490787"},
		{name: "malformed before the query", data: `40 01 00 01 f0 d8 02 "p=secret"`,
			want: "CON | GET | / | mid 1 | ! byte 4: option delta 15 is reserved", hidden: "secret"},
		{name: "malformed within the query", data: `40 01 00 01 de 02 00 ff "token=secret"`,
			want: "CON | GET | / | mid 1 | ! byte 4: option Uri-Query has 524 bytes, 12 are left", hidden: "secret"},

		{name: "MQTT password", protocol: MQTT, data: `10 1b 0004 "MQTT" 04 c2 003c 0001 "c" 0004 "emqx" 0006 "secret"`,
			want: "MQTT | CONNECT | c · MQTT 3.1.1 · user emqx", hidden: "secret"},
		{name: "MQTT password cut off", protocol: MQTT, data: `10 1b 0004 "MQTT" 04 c2 003c 0001 "c" 0004 "emqx" 0006 "secr"`,
			want:   "MQTT | CONNECT | c · MQTT 3.1.1 · user emqx | ! byte 21: the password has 6 bytes, 4 are left",
			hidden: "\x00\x06secr"},
		{name: "MQTT authentication data", protocol: MQTT, data: `f0 0d 18 0b 15 0001 "m" 16 0004 "data"`,
			want: "MQTT | AUTH | continue authentication", hidden: "\x00\x04data"},
		{name: "MQTT of an endless length", protocol: MQTT, data: `10 ff ff ff ff "p=secret"`,
			want: "MQTT | CONNECT | ! byte 1: the remaining length does not end within four bytes", hidden: "secret"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			data := unhex(t, test.data)
			m := Decode(Frame{Protocol: test.protocol, Outgoing: test.outgoing, Data: data})
			if got := summary(&m); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
			var hidden []byte
			for _, s := range m.Mask {
				hidden = append(hidden, data[s.From:s.To]...)
			}
			if string(hidden) != test.hidden {
				t.Errorf("masked %q, want %q", hidden, test.hidden)
			}
			if test.hidden != "" && bytes.Contains(fmt.Append(nil, m), []byte(test.hidden)) {
				t.Errorf("the secret is in the message: %+v", m)
			}
			checkBounds(t, data, &m)
		})
	}
}
