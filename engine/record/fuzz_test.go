package record

import (
	"testing"
	"time"
)

func FuzzDecodeCoAP(f *testing.F) {
	for _, m := range coapMessages {
		f.Add(unhex(f, m.data), m.outgoing)
	}
	f.Fuzz(func(t *testing.T, data []byte, outgoing bool) {
		check(t, Frame{Protocol: CoAP, Outgoing: outgoing, Data: data})
	})
}

func FuzzDecodeCoAPStream(f *testing.F) {
	for _, m := range streamMessages {
		f.Add(unhex(f, m.data), m.outgoing, m.protocol == CoAPWebSocket)
	}
	f.Fuzz(func(t *testing.T, data []byte, outgoing, webSocket bool) {
		frame := Frame{Protocol: CoAPTCP, Outgoing: outgoing, Data: data}
		if webSocket {
			frame.Protocol = CoAPWebSocket
		}
		check(t, frame)
		frame.Code()
	})
}

func FuzzDecodeMQTT(f *testing.F) {
	for _, seed := range []string{
		`10 1b 0004 "MQTT" 05 c6 003c 00 0001 "c" 00 0001 "w" 0001 "x" 0001 "u" 0001 "p"`,
		`20 06 00 86 03 21 0400`,
		`33 23 0001 "a" 0001 1a 01 01 03 0001 "t" 08 0001 "r" 09 0001 "c" 0b 05 23 0002 26 0001 "k" 0001 "v" "pp+"`,
		`50 09 0007 97 05 1f 0002 "no"`,
		`82 0b 0001 02 0b 07 0003 "a/b" 2d`,
		`90 05 0001 00 02 87`,
		`f0 0d 18 0b 15 0001 "m" 16 0004 "data"`,
	} {
		f.Add(unhex(f, seed), false)
	}
	f.Fuzz(func(t *testing.T, data []byte, outgoing bool) {
		check(t, Frame{Protocol: MQTT, Outgoing: outgoing, Data: data})
	})
}

// check decodes a frame: offsets stay within its bytes and the bytes stay as they are.
func check(t *testing.T, f Frame) {
	before := string(f.Data)
	m := Decode(f)
	if string(f.Data) != before {
		t.Error("the data was changed")
	}
	checkBounds(t, f.Data, &m)
	f.Seq, f.At = 1, time.UnixMilli(1)
	NewTracker(4).Note(&f)
}
