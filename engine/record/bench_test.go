package record

import "testing"

func BenchmarkDecode(b *testing.B) {
	frames := map[string]Frame{
		"CoAP": {Data: unhex(b, `41 03 1a 2b 5a b4 "mqtt" 06 "topic1" 49 "c=client1" 06 "u=emqx" 08 "p=public" ff "hello"`)},
		"MQTT": {Protocol: MQTT, Data: unhex(b, `30 0d 0006 "topic1" "hello"`)},
	}
	for name, f := range frames {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Decode(f)
			}
		})
	}
}
