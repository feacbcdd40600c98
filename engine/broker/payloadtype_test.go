package broker

import (
	"strings"
	"testing"

	"github.com/mochi-mqtt/server/v2/packets"
)

func TestContentFormatOfAType(t *testing.T) {
	for _, c := range []struct {
		name   string
		of     PayloadType
		number uint16
		ok     bool
	}{
		{"nothing", PayloadType{}, 0, false},
		{"CoAP", PayloadType{ContentFormat: 60, HasContentFormat: true}, 60, true},
		{"CoAP, text", PayloadType{HasContentFormat: true}, 0, true},
		{"CoAP comes first", PayloadType{ContentFormat: 60, HasContentFormat: true, ContentType: "application/json"}, 60, true},
		{"MQTT", PayloadType{ContentType: "application/cbor"}, 60, true},
		{"MQTT, in any case", PayloadType{ContentType: "Application/JSON"}, 50, true},
		{"MQTT, with a parameter", PayloadType{ContentType: "application/json; charset=utf-8"}, 50, true},
		{"MQTT, a parameter that is registered", PayloadType{ContentType: `application/cose; cose-type="cose-sign"`}, 98, true},
		{"MQTT, a parameter that has to be there", PayloadType{ContentType: "application/cose"}, 0, false},
		{"MQTT, text", PayloadType{ContentType: "text/plain"}, 0, true},
		{"MQTT, unknown", PayloadType{ContentType: "image/webp"}, 0, false},
		{"MQTT, no media type", PayloadType{ContentType: "temperature"}, 0, false},
		{"MQTT, endless", PayloadType{ContentType: strings.Repeat("a", 65535)}, 0, false},
		{"MQTT, UTF-8 only", PayloadType{UTF8: true}, 0, false},
	} {
		if number, ok := c.of.Number(); number != c.number || ok != c.ok {
			t.Errorf("%s: %d, %v", c.name, number, ok)
		}
	}
}

// What one MQTT 5 client declares another gets, and MQTT 3.1.1 has no place for it. What this process declares is the same
// to them, without the number of CoAP.
func TestTypesReachMQTTClients(t *testing.T) {
	store := newMemoryStore()
	e := start(t, Options{Retained: store})
	in := newInbox()
	mustSubscribe(t, e, "#", in.put)
	l := listen(t, e, "mqtt")
	subscriber, old, publisher := dialTo(t, l, 5, "new"), dialTo(t, l, 4, "old"), dialTo(t, l, 5, "pub")
	subscriber.subscribe("#", 0)
	old.subscribe("#", 0)
	cbor := PayloadType{ContentFormat: 60, HasContentFormat: true, ContentType: "application/cbor"}
	fromMQTT := func(retain bool) func() {
		return func() {
			publisher.send(packets.Packet{
				FixedHeader: packets.FixedHeader{Type: packets.Publish, Retain: retain}, TopicName: "a", Payload: []byte("x"),
				Properties: packets.Properties{ContentType: "text/x", PayloadFormat: 1, PayloadFormatFlag: true},
			})
		}
	}
	fromCoAP := func(of PayloadType, retain bool) func() {
		return func() {
			m := &Message{Topic: "a", Payload: []byte("x"), Via: ViaCoAP, Type: of, Retain: retain}
			if !retain {
				if err := e.Publish(m); err != nil {
					t.Error(err)
				}
				return
			}
			done, wait := waitStored()
			e.PublishRetained(m, done)
			if err := wait(); err != nil {
				t.Error(err)
			}
		}
	}
	for _, c := range []struct {
		name        string
		publish     func()
		want        PayloadType
		contentType string
		utf8        bool
	}{
		{"MQTT", fromMQTT(false), PayloadType{ContentType: "text/x", UTF8: true}, "text/x", true},
		{"MQTT, retained", fromMQTT(true), PayloadType{ContentType: "text/x", UTF8: true}, "text/x", true},
		{"CoAP", fromCoAP(cbor, false), cbor, "application/cbor", false},
		{"CoAP, retained", fromCoAP(cbor, true), cbor, "application/cbor", false},
		{"CoAP of EMQX, retained", fromCoAP(PayloadType{HasContentFormat: true}, true), PayloadType{HasContentFormat: true}, "", false},
		{"nothing, retained", fromCoAP(PayloadType{}, true), PayloadType{}, "", false},
	} {
		c.publish()
		m := in.take(t)
		if m.Type != c.want {
			t.Errorf("%s: a function gets %+v", c.name, m.Type)
		}
		pk := subscriber.expect(packets.Publish)
		if p := pk.Properties; p.ContentType != c.contentType || p.PayloadFormatFlag != c.utf8 {
			t.Errorf("%s: an MQTT 5 client gets %q, %v", c.name, p.ContentType, p.PayloadFormatFlag)
		}
		old.expect(packets.Publish)
		if !m.Retain {
			continue
		}
		eventually(t, c.name+": what is retained has the type", func() bool {
			kept := e.Retained("a")
			return len(kept) == 1 && kept[0].Type == c.want
		})
		again := start(t, Options{Retained: store})
		eventually(t, c.name+": and after a restart", func() bool {
			kept := again.Retained("a")
			return len(kept) == 1 && kept[0].Type == c.want
		})
	}
}
