package record

import "testing"

func TestDecodeMQTT(t *testing.T) {
	tests := []struct{ name, data, want string }{
		{"CONNECT 3.1.1", `10 0d 0004 "MQTT" 04 02 003c 0001 "c"`, "MQTT | CONNECT | c · MQTT 3.1.1"},
		{"CONNECT 3.1", `10 0f 0006 "MQIsdp" 03 02 003c 0001 "c"`, "MQTT | CONNECT | c · MQTT 3.1"},
		{"CONNECT 5", `10 13 0004 "MQTT" 05 02 003c 05 11 00000e10 0001 "c"`, "MQTT | CONNECT | c · MQTT 5"},
		{"CONNECT without client ID", `10 0c 0004 "MQTT" 04 02 003c 0000`, "MQTT | CONNECT | (no client ID) · MQTT 3.1.1"},
		{"CONNECT with a will", `10 19 0004 "MQTT" 05 2e 003c 00 0001 "c" 00 0003 "a/b" 0003 "off"`,
			"MQTT | CONNECT | c · MQTT 5 · will a/b"},
		{"CONNACK 3.1.1", `20 02 01 00`, "MQTT | CONNACK | connection accepted · session present"},
		{"CONNACK 3.1.1 refused", `20 02 00 05`, "MQTT | CONNACK | not authorized"},
		{"CONNACK 5", `20 06 00 86 03 21 0400`, "MQTT | CONNACK | bad user name or password"},
		{"PUBLISH 3.1.1", `30 0a 0004 "a/b1" "23.4"`, "MQTT | PUBLISH | a/b1 | payload 23.4"},
		{"PUBLISH 3.1.1, long text", `30 0b 0003 "a/b" "hello!"`, "MQTT | PUBLISH | a/b | payload hello!"},
		{"PUBLISH 3.1.1 without payload", `31 05 0003 "a/b"`, "MQTT | PUBLISH | a/b · retain"},
		{"PUBLISH 5", `3d 0f 0003 "a/b" 0007 05 02 00000e10 "xy"`, "MQTT | PUBLISH | a/b · qos 2 · retain · dup | mid 7 | payload xy"},
		{"PUBLISH 5 without properties", `32 0b 0003 "a/b" 0007 00 "abc"`, "MQTT | PUBLISH | a/b · qos 1 | mid 7 | payload abc"},
		{"PUBLISH 5 by alias", `30 07 0000 03 23 0001 "x"`, "MQTT | PUBLISH | (topic alias) | payload x"},
		{"PUBACK 3.1.1", `40 02 0007`, "MQTT | PUBACK | mid 7"},
		{"PUBACK 5", `40 03 0007 10`, "MQTT | PUBACK | no matching subscribers | mid 7"},
		{"PUBREC 5 with properties", `50 09 0007 97 05 1f 0002 "no"`, "MQTT | PUBREC | quota exceeded | mid 7"},
		{"PUBREL", `62 02 0007`, "MQTT | PUBREL | mid 7"},
		{"PUBCOMP", `70 02 0007`, "MQTT | PUBCOMP | mid 7"},
		{"SUBSCRIBE 3.1.1", `82 0e 0001 0003 "a/b" 01 0003 "c/#" 00`, "MQTT | SUBSCRIBE | a/b, c/# | mid 1"},
		{"SUBSCRIBE 5", `82 0b 0001 02 0b 07 0003 "a/b" 2d`, "MQTT | SUBSCRIBE | a/b | mid 1"},
		{"SUBACK 3.1.1", `90 03 0001 01`, "MQTT | SUBACK | granted QoS 1 | mid 1"},
		{"SUBACK 5", `90 05 0001 00 02 87`, "MQTT | SUBACK | granted QoS 2, not authorized | mid 1"},
		{"UNSUBSCRIBE 3.1.1", `a2 07 0002 0003 "a/b"`, "MQTT | UNSUBSCRIBE | a/b | mid 2"},
		{"UNSUBSCRIBE 5", `a2 08 0002 00 0003 "a/b"`, "MQTT | UNSUBSCRIBE | a/b | mid 2"},
		{"UNSUBACK 3.1.1", `b0 02 0002`, "MQTT | UNSUBACK | mid 2"},
		{"UNSUBACK 5", `b0 04 0002 00 11`, "MQTT | UNSUBACK | no subscription existed | mid 2"},
		{"PINGREQ", `c0 00`, "MQTT | PINGREQ"},
		{"PINGRESP", `d0 00`, "MQTT | PINGRESP"},
		{"DISCONNECT 3.1.1", `e0 00`, "MQTT | DISCONNECT"},
		{"DISCONNECT 5", `e0 02 8e 00`, "MQTT | DISCONNECT | session taken over"},
		{"DISCONNECT 5, normal", `e0 02 00 00`, "MQTT | DISCONNECT | normal disconnection"},
		{"AUTH", `f0 02 19 00`, "MQTT | AUTH | re-authenticate"},

		{"nothing", ``, "MQTT | ! byte 0: the packet is empty"},
		{"type 0", `00 00`, "MQTT | RESERVED | ! byte 0: packet type 0 is reserved"},
		{"no length", `30`, "MQTT | PUBLISH | ! byte 1: the remaining length does not end within four bytes"},
		{"packet cut off", `30 0a 0003 "a/b" "23"`, "MQTT | PUBLISH | a/b | payload 23 | ! byte 9: the packet ends 3 bytes early"},
		{"bytes behind the packet", `c0 00 aa`, "MQTT | PINGREQ | ! byte 2: 1 byte too many"},
		{"wrong flags", `80 08 0001 0003 "a/b" 00`, "MQTT | SUBSCRIBE | a/b | mid 1 | ! byte 0: flags of SUBSCRIBE are 2, not 0"},
		{"QoS 3", `36 07 0003 "a/b" 0001`, "MQTT | PUBLISH | a/b · qos 3 | mid 1 | ! byte 0: QoS 3 is reserved"},
		{"topic cut off", `30 04 0009 "a/"`, "MQTT | PUBLISH | ! byte 2: the topic name has 9 bytes, 2 are left"},
		{"SUBSCRIBE cut off in a filter", `82 0b 0001 0003 "a/b" 01 0009 "a"`,
			"MQTT | SUBSCRIBE | a/b | mid 1 | ! byte 10: the topic filter has 9 bytes, 1 are left"},
		{"SUBSCRIBE without options", `82 07 0001 0003 "a/b"`, "MQTT | SUBSCRIBE | a/b | mid 1 | ! byte 9: the subscription options are missing"},
		{"packet identifier 0", `40 02 0000`, "MQTT | PUBACK | mid 0 | ! byte 2: packet identifier 0 is not allowed"},
		{"packet identifier missing", `40 01 00`, "MQTT | PUBACK | ! byte 2: the packet identifier is missing"},
		{"property of another packet", `e0 05 00 03 23 0001`, "MQTT | DISCONNECT | normal disconnection | ! byte 4: property 0x23 is not one of DISCONNECT"},
		{"more than it should have", `c0 01 00`, "MQTT | PINGREQ | ! byte 2: 1 byte too many"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			data := unhex(t, test.data)
			m := Decode(Frame{Protocol: MQTT, Data: data})
			if got := summary(&m); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
			checkBounds(t, data, &m)
		})
	}
}

func TestMQTTFields(t *testing.T) {
	tests := []struct{ name, data, want string }{
		{"CONNECT", `10 1b 0004 "MQTT" 05 c6 003c 00 0001 "c" 00 0001 "w" 0001 "x" 0001 "u" 0001 "p"`, `0+1 Packet type: 1 CONNECT (MQTT 5, 2.1.2)
1+1 Remaining length: 27 bytes (MQTT 5, 2.1.4)
2+6 Protocol name: MQTT (MQTT 5, 3.1.2.1)
8+1 Protocol version: MQTT 5 (MQTT 5, 3.1.2.2)
9+1 Connect flags: user name, password, clean start, will QoS 0 (MQTT 5, 3.1.2.3)
10+2 Keep alive: 60 s (MQTT 5, 3.1.2.10)
12+1 Properties: 0 bytes (MQTT 5, 3.1.2.11)
13+3 Client ID: c (MQTT 5, 3.1.3.1)
16+1 Properties: 0 bytes (MQTT 5, 3.1.3.2)
17+3 Will topic: w (MQTT 5, 3.1.3.3)
20+3 Will payload: x (MQTT 5, 3.1.3.4)
23+3 User name: u (MQTT 5, 3.1.3.5)
26+3 Password: ••• (MQTT 5, 3.1.3.6)
`},
		{"PUBLISH", `33 23 0001 "a" 0001 1a 01 01 03 0001 "t" 08 0001 "r" 09 0001 "c" 0b 05 23 0002 26 0001 "k" 0001 "v" "pp+"`, `0+1 Packet type: 3 PUBLISH (MQTT 5, 2.1.2)
1+1 Remaining length: 35 bytes (MQTT 5, 2.1.4)
0+1 DUP: no (MQTT 5, 3.3.1.1)
0+1 QoS: 1 (MQTT 5, 3.3.1.2)
0+1 Retain: yes (MQTT 5, 3.3.1.3)
2+3 Topic name: a (MQTT 5, 3.3.2.1)
5+2 Packet identifier: 1 (MQTT 5, 2.2.1)
7+27 Properties: 26 bytes (MQTT 5, 3.3.2.3)
8+2 Payload format indicator: 1 (MQTT 5, 2.2.2.2)
10+4 Content type: t (MQTT 5, 2.2.2.2)
14+4 Response topic: r (MQTT 5, 2.2.2.2)
18+4 Correlation data: c (MQTT 5, 2.2.2.2)
22+2 Subscription identifier: 5 (MQTT 5, 2.2.2.2)
24+3 Topic alias: 2 (MQTT 5, 2.2.2.2)
27+7 User property: k: v (MQTT 5, 2.2.2.2)
34+3 Payload: 3 bytes (MQTT 5, 3.3.3)
`},
		{"SUBSCRIBE", `82 0b 0001 02 0b 07 0003 "a/b" 2d`, `0+1 Packet type: 8 SUBSCRIBE (MQTT 5, 2.1.2)
1+1 Remaining length: 11 bytes (MQTT 5, 2.1.4)
2+2 Packet identifier: 1 (MQTT 5, 2.2.1)
4+3 Properties: 2 bytes (MQTT 5, 3.8.2.1)
5+2 Subscription identifier: 7 (MQTT 5, 2.2.2.2)
7+5 Topic filter: a/b (MQTT 5, 3.8.3)
12+1 Subscription options: QoS 1, no local, retain as published, retain handling 2 (MQTT 5, 3.8.3.1)
`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			data := unhex(t, test.data)
			m := Decode(Frame{Protocol: MQTT, Data: data})
			if m.Err != "" {
				t.Error(m.Err)
			}
			if got := fields(&m); got != test.want {
				t.Errorf("got\n%swant\n%s", got, test.want)
			}
			checkBounds(t, data, &m)
		})
	}
}
