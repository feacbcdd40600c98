package engine

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/eclipse/paho.golang/paho"
	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"

	"sluice/engine/broker"
	"sluice/engine/settings"
)

// none is no Content-Format.
const none = -1

// in has the next requests of d carry a Content-Format.
func (d *device) in(format int) *device {
	d.options = nil
	if format != none {
		buf := make([]byte, 2)
		size, _ := message.EncodeUint32(buf, uint32(format))
		d.options = message.Options{{ID: message.ContentFormat, Value: buf[:size]}}
	}
	return d
}

// formatOf is the Content-Format of a message.
func formatOf(m message.Message) int {
	if n, err := m.Options.GetUint32(message.ContentFormat); err == nil {
		return int(n)
	}
	return none
}

// declare publishes with an MQTT 5 Content Type and, for UTF-8, a Payload Format Indicator.
func (s *subscriber) declare(topic, payload, contentType string, utf8 bool) {
	s.t.Helper()
	p := &paho.Publish{Topic: topic, QoS: 1, Payload: []byte(payload), Properties: &paho.PublishProperties{ContentType: contentType}}
	if utf8 {
		indicator := byte(1)
		p.Properties.PayloadFormat = &indicator
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if _, err := s.client.Publish(ctx, p); err != nil {
		s.t.Fatal(err)
	}
}

// take waits for a message and returns its Content Type.
func (s *subscriber) take(payload string) string {
	s.t.Helper()
	for {
		select {
		case m := <-s.inbox:
			if string(m.Payload) == payload {
				return m.Properties.ContentType
			}
		case <-time.After(patience):
			s.t.Fatalf("%q did not come", payload)
		}
	}
}

// What a publisher declares its payload to be is known of the topic, whatever it spoke. Subscribers and observers of EMQX's
// dialects are told what EMQX tells them.
func TestWhatIsDeclared(t *testing.T) {
	type publish func(b *bench, t *testing.T, path string)
	coap := func(code codes.Code, path, query string, format int) publish {
		return func(b *bench, t *testing.T, data string) {
			if path == "" {
				path = data
			}
			if answer := b.device(t).in(format).ask(code, path, query, -1, "v"); answer.Code>>5 != 2 {
				t.Fatalf("publish: %v", answer)
			}
		}
	}
	mqtt := func(contentType string, utf8 bool) publish {
		return func(b *bench, t *testing.T, _ string) {
			s, err := b.mqtt(t, "publisher", "", "")
			if err != nil {
				t.Fatal(err)
			}
			s.declare("a", "v", contentType, utf8)
		}
	}
	window := func(b *bench, t *testing.T, _ string) {
		if err := b.Publish(Publication{Topic: "a", Payload: []byte("v"), ContentFormat: 50, HasContentFormat: true}); err != nil {
			t.Fatal(err)
		}
	}
	created := func(b *bench, t *testing.T, _ string) {
		d := b.device(t).in(40)
		d.options = d.options.Add(message.Option{ID: message.URIPath}) // /ps/ is the parent of all
		if answer := d.ask(codes.POST, "ps", "c=d", -1, "<a>;ct=60"); answer.Code != codes.Created {
			t.Fatalf("create: %v", answer)
		}
		d.in(none).ask(codes.PUT, "ps/a", "c=d", -1, "v")
	}
	const (
		observe5 = "ps/a"
		observe4 = "mqtt/a"
		json     = "application/json"
	)
	number := func(n uint16) broker.PayloadType { return broker.PayloadType{ContentFormat: n, HasContentFormat: true} }
	both := func(n uint16, contentType string) broker.PayloadType {
		return broker.PayloadType{ContentFormat: n, HasContentFormat: true, ContentType: contentType}
	}
	for _, c := range []struct {
		name     string
		dialect  settings.Dialect
		observe  string // empty: topic-data
		topic    string // properties of the topic in ietf
		publish  publish
		table    broker.PayloadType
		mqtt     string // what an MQTT 5 subscriber gets
		notified int    // what an observer gets
	}{
		{"emqx5", settings.DialectEMQX5, observe5, "", coap(codes.POST, "ps/a", "", 60), number(60), "", none},
		{"emqx5, text", settings.DialectEMQX5, observe5, "", coap(codes.POST, "ps/a", "", 0), number(0), "", none},
		{"emqx5, nothing", settings.DialectEMQX5, observe5, "", coap(codes.POST, "ps/a", "", none), broker.PayloadType{}, "", none},
		{"emqx5, retained", settings.DialectEMQX5, observe5, "", coap(codes.POST, "ps/a", "retain=true", 112), number(112), "", none},
		{"emqx4, /mqtt", settings.DialectEMQX4, observe4, "", coap(codes.PUT, "mqtt/a", "c=d u=u p=p", 60), number(60), "", 42},
		{"emqx4, /mqtt, nothing", settings.DialectEMQX4, observe4, "", coap(codes.PUT, "mqtt/a", "c=d u=u p=p", none), broker.PayloadType{}, "", 42},
		{"emqx4, /ps", settings.DialectEMQX4, observe4, "", coap(codes.PUT, "ps/a", "c=d u=u p=p", 50), number(50), "", 42},
		{"auto, as version 5", settings.DialectAuto, observe5, "", coap(codes.POST, "ps/a", "", 60), both(60, "application/cbor"), "application/cbor", none},
		{"auto, as version 4", settings.DialectAuto, observe4, "", coap(codes.PUT, "mqtt/a", "c=d", 50), both(50, json), json, 42},
		{"auto, what a resource was made with", settings.DialectAuto, observe4, "", created, both(60, "application/cbor"), "application/cbor", 42},
		{"auto, an unknown number", settings.DialectAuto, observe5, "", coap(codes.POST, "ps/a", "", 65000), number(65000), "", none},
		{"auto, a content coding", settings.DialectAuto, observe5, "", coap(codes.POST, "ps/a", "", 11050), number(11050), "", none},
		{"ietf", settings.DialectIETF, "", "", coap(codes.PUT, "", "", 60), both(60, "application/cbor"), "application/cbor", 60},
		{"ietf, the topic's", settings.DialectIETF, "", "\x03\x18\x32", coap(codes.PUT, "", "", none), both(50, json), json, 50},
		{"ietf, from MQTT", settings.DialectIETF, "", "", mqtt("application/cbor", false), broker.PayloadType{ContentType: "application/cbor"}, "application/cbor", 60},
		{"ietf, from MQTT to a topic of its own format", settings.DialectIETF, "", "\x03\x18\x32", mqtt("application/cbor", false), broker.PayloadType{ContentType: "application/cbor"}, "application/cbor", 50},
		{"ietf, from the window", settings.DialectIETF, "", "", window, both(50, json), json, 50},
		{"emqx5, from MQTT", settings.DialectEMQX5, observe5, "", mqtt("Application/JSON; charset=utf-8", true), broker.PayloadType{ContentType: "Application/JSON; charset=utf-8", UTF8: true}, "Application/JSON; charset=utf-8", none},
		{"emqx5, from the window", settings.DialectEMQX5, observe5, "", window, both(50, json), json, none},
		{"emqx4, from the window", settings.DialectEMQX4, observe4, "", window, both(50, json), json, 42},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := local()
			s.Listeners[0].Dialect = c.dialect
			path := filepath.Join(t.TempDir(), "state.db")
			b := startUp(t, s, path)
			data := ""
			if c.observe == "" {
				data = b.makeTopic(t, c.topic)
			}
			observer, subscriber := b.device(t), b.listen(t, "a")
			at, query := c.observe, ""
			switch at {
			case "":
				at = data
			case observe4:
				query = "c=o u=u p=p"
			}
			if answer := observer.ask(codes.GET, at, query, 0, ""); answer.Code != codes.Content {
				t.Fatalf("observe: %v", answer)
			}
			c.publish(b, t, data)
			if n := observer.next(); string(n.Payload) != "v" || formatOf(n) != c.notified {
				t.Errorf("the observer gets %q in %d, want %d", n.Payload, formatOf(n), c.notified)
			}
			if got := subscriber.take("v"); got != c.mqtt {
				t.Errorf("the subscriber gets %q, want %q", got, c.mqtt)
			}
			shown := c.notified
			if number, ok := c.table.Number(); c.observe != "" {
				if shown = int(number); !ok {
					shown = none
				}
			}
			if o := b.Observers(); len(o) != 1 || string(o[0].Value) != "v" || o[0].ContentFormat != shown {
				t.Errorf("the window shows an observer %+v, want Content-Format %d", o, shown)
			}
			topic, _ := b.Topics().Topic("a")
			if topic.Type != c.table {
				t.Errorf("the table has %+v, want %+v", topic.Type, c.table)
			}
			if past := b.Topics().History("a", 1); len(past) != 1 || past[0].Type != c.table {
				t.Errorf("the history has %+v, want %+v", past, c.table)
			}
			if !topic.Retained {
				return
			}
			b.close(t)
			b = startUp(t, s, path)
			if topic, _ := b.Topics().Topic("a"); topic.Type != c.table || !topic.Retained {
				t.Errorf("after a restart the table has %+v, want %+v", topic, c.table)
			}
		})
	}
}

// makeTopic makes topic a with data in it and returns the path of that; more are properties of it in CBOR.
func (b *bench) makeTopic(t *testing.T, more string) string {
	t.Helper()
	count := byte(0xa2)
	if more != "" {
		count++
	}
	maker := b.device(t)
	body := string([]byte{count}) + "\x00\x61a" + "\x02\x6ccore.ps.data" + more
	if answer := maker.in(606).ask(codes.POST, "ps", "", -1, body); answer.Code != codes.Created {
		t.Fatalf("make a topic: %v", answer)
	}
	data := b.ConfiguredTopics()[0].Properties.TopicData
	if answer := maker.in(none).ask(codes.PUT, data, "", -1, "0"); answer.Code != codes.Created {
		t.Fatalf("first data: %v", answer)
	}
	return data
}
