package record

import "testing"

var streamMessages = []struct {
	name     string
	protocol Protocol
	data     string
	outgoing bool
	want     string // summary
}{
	{"request", CoAPTCP, `b1 03 5a b4 "mqtt" 05 "topic"`, false, "TCP | PUT | /mqtt/topic | token 5a"},
	{"request in a WebSocket", CoAPWebSocket, `01 03 5a b4 "mqtt" 05 "topic"`, false, "WS | PUT | /mqtt/topic | token 5a"},
	{"one byte of length", CoAPTCP, `d0 01 45 ff "0123456789abc"`, true, "TCP | 2.05 Content | payload 0123456789abc"},
	{"secret", CoAPTCP, `d0 00 01 db 02 "password=ab"`, false, "TCP | GET | /?password=•••"},
	{"token of a connection", CoAPTCP, `41 41 5a ff "123"`, true, "TCP | 2.01 Created | token 5a | payload •••"},
	{"BERT", CoAPTCP, `70 03 b1 "a" d1 03 2f ff "x"`, false, "TCP | PUT | /a · block1 2/1/BERT | payload x"},
	{"Empty", CoAPTCP, `00 00`, false, "TCP | Empty"},
	{"CSM", CoAPTCP, `50 e1 23 40 04 80 20`, true, "TCP | 7.01 CSM | Max-Message-Size 4195456 bytes · Block-Wise-Transfer"},
	{"Ping with Custody", CoAPTCP, `11 e2 42 20`, false, "TCP | 7.02 Ping | Custody | token 42"},
	{"Pong", CoAPTCP, `01 e3 42`, false, "TCP | 7.03 Pong | token 42"},
	{"Release", CoAPTCP, `60 e4 23 "a:1" 21 0a`, false, "TCP | 7.04 Release | Alternative-Address a:1 · Hold-Off 10 s"},
	{"Abort", CoAPTCP, `50 e5 21 02 ff "no"`, true, "TCP | 7.05 Abort | Bad-CSM-Option Max-Message-Size | payload no"},
	{"Abort for an option without name", CoAPTCP, `20 e5 21 09`, true, "TCP | 7.05 Abort | Bad-CSM-Option Option 9, critical"},
	{"unknown option", CoAPTCP, `20 e1 91 01`, false, "TCP | 7.01 CSM | Option 9, critical 01"},
	{"option of a wrong length", CoAPTCP, `20 e1 41 01`, false, "TCP | 7.01 CSM | Block-Wise-Transfer 01 (1 byte, the option has 0)"},
	{"unassigned signaling code", CoAPTCP, `00 ff`, false, "TCP | 7.31"},

	{"nothing", CoAPTCP, ``, false, "TCP | ! byte 0: the message ends before its code"},
	{"length cut off", CoAPTCP, `e0 01 01`, false, "TCP | ! byte 3: the message ends before its code"},
	{"token length 9", CoAPTCP, `09 01 01 02 03 04 05 06 07 08 09`, false, "TCP | GET | ! byte 0: token length 9 is reserved"},
	{"token cut off", CoAPTCP, `04 01 aa`, false, "TCP | GET | ! byte 3: the message ends inside the token"},
	{"wrong length", CoAPTCP, `20 01 b1 "a" ff`, false, "TCP | GET | ! byte 0: the length is 2 bytes, 3 are there"},
	{"length in a WebSocket", CoAPWebSocket, `20 01 b1 "a"`, false, "WS | GET | ! byte 0: the length in front is to be zero"},
	{"reserved class", CoAPTCP, `00 20`, false, "TCP | 1.00 | ! byte 1: code class 1 is reserved"},
	{"marker without payload", CoAPTCP, `30 01 b1 "a" ff`, false, "TCP | GET | /a | ! byte 4: nothing follows the payload marker"},
}

func TestDecodeCoAPStream(t *testing.T) {
	for _, test := range streamMessages {
		t.Run(test.name, func(t *testing.T) {
			data := unhex(t, test.data)
			m := Decode(Frame{Protocol: test.protocol, Data: data, Outgoing: test.outgoing})
			if got := summary(&m); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
			checkBounds(t, data, &m)
		})
	}
}

func TestCoAPStreamFields(t *testing.T) {
	m := Decode(Frame{Protocol: CoAPTCP, Data: unhex(t, `51 e5 07 21 02 ff "no"`)})
	const want = `0+1 Length: 5 bytes of options and payload (RFC 8323, 3.2)
0+1 Token length: 1 byte (RFC 8323, 3.2)
1+1 Code: 7.05 Abort (RFC 8323, 5.6)
2+1 Token: 07 (RFC 7252, 5.3.1)
3+2 Bad-CSM-Option: Max-Message-Size (RFC 8323, 5.6)
5+1 Payload marker: 0xff (RFC 7252, 3)
6+2 Payload: 2 bytes (RFC 8323, 5.1)
`
	if got := fields(&m); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func TestCodeOfFrame(t *testing.T) {
	for _, tt := range []struct {
		protocol Protocol
		data     string
		want     byte
		ok       bool
	}{
		{CoAP, `40 01 00 01`, 1, true}, {CoAP, `40`, 0, false}, {CoAPTCP, `d0 01 45`, 0x45, true}, {CoAPTCP, `d0 01`, 0, false},
		{CoAPWebSocket, `00 e1`, 0xe1, true}, {MQTT, `c0 00`, 0, false},
	} {
		f := Frame{Protocol: tt.protocol, Data: unhex(t, tt.data)}
		if code, ok := f.Code(); code != tt.want || ok != tt.ok {
			t.Errorf("%v % x: %#x, %v", tt.protocol, f.Data, code, ok)
		}
	}
}
