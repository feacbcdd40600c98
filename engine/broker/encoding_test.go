package broker

import (
	"bytes"
	"reflect"
	"testing"
	"time"

	"github.com/mochi-mqtt/server/v2/packets"
)

func TestRetainedEncoding(t *testing.T) {
	at := time.Unix(1_780_000_000, 123_456_789)
	tests := []struct {
		name string
		pk   packets.Packet
		o    origin
	}{
		{"plain", packets.Packet{Payload: []byte("21.5")}, origin{at: at}},
		{
			"everything",
			packets.Packet{
				FixedHeader: packets.FixedHeader{Qos: 2},
				Payload:     []byte{0, 1, 0xff},
				Properties: packets.Properties{
					PayloadFormat: 1, PayloadFormatFlag: true, ContentType: "text/plain", ResponseTopic: "answer",
					CorrelationData: []byte{7}, User: []packets.UserProperty{{Key: "k", Val: "v"}, {Key: "k", Val: "w"}},
				},
			},
			origin{via: ViaCoAP, at: at, due: at.Add(time.Minute), from: "device ä"},
		},
		{"text/plain of CoAP", packets.Packet{Payload: []byte("x")}, origin{via: ViaCoAP, at: at, from: "d", contentFormat: 1}},
		{"the last Content-Format", packets.Packet{Payload: []byte("x")}, origin{via: ViaCoAP, at: at, contentFormat: 65536}},
	}
	for _, test := range tests {
		value := encodeRetained(&test.pk, test.o)
		got, err := decodeRetained("a/b", value)
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		if o := originOfPacket(got); !o.at.Equal(test.o.at) || !o.due.Equal(test.o.due) || o.via != test.o.via || o.contentFormat != test.o.contentFormat || o.from != test.o.from {
			t.Errorf("%s: origin %+v, want %+v", test.name, o, test.o)
		}
		if got.TopicName != "a/b" || !got.FixedHeader.Retain || got.FixedHeader.Qos != test.pk.FixedHeader.Qos ||
			!bytes.Equal(got.Payload, test.pk.Payload) || !reflect.DeepEqual(got.Properties, test.pk.Properties) {
			t.Errorf("%s: got %+v", test.name, got)
		}
		for n := range len(value) - len(test.pk.Payload) {
			if _, err := decodeRetained("a/b", value[:n]); err == nil {
				t.Errorf("%s: %d of %d bytes are taken", test.name, n, len(value))
			}
		}
	}
}

func FuzzDecodeRetained(f *testing.F) {
	pk := packets.Packet{Payload: []byte("x"), Properties: packets.Properties{ContentType: "text/plain"}}
	f.Add(encodeRetained(&pk, origin{from: "d1", at: time.Unix(1, 0)}))
	f.Add(encodeRetained(&pk, origin{from: "d1", at: time.Unix(1, 0), contentFormat: 61}))
	f.Add([]byte{encodingVersion})
	f.Add([]byte{encodingVersionFormat})
	f.Fuzz(func(t *testing.T, value []byte) {
		pk, err := decodeRetained("a", value)
		if err != nil {
			return
		}
		again, err := decodeRetained("a", encodeRetained(pk, originOfPacket(pk)))
		if err != nil || !bytes.Equal(again.Payload, pk.Payload) || originOfPacket(again) != originOfPacket(pk) {
			t.Errorf("read %+v, then %+v, %v", pk, again, err)
		}
	})
}
