package gateway

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"

	"sluice/engine/broker"
	"sluice/engine/coap"
	"sluice/engine/gateway/topicconfig"
	"sluice/engine/settings"
)

func benchGateway(b *testing.B) *Gateway {
	broker := newMemoryBroker()
	broker.quiet = true
	g, err := New(Config{Settings: settings.Default().Gateway, Broker: broker, Access: control(settings.Default().Access)})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = g.Close() })
	return g
}

func benchRequest(code codes.Code, path string, query ...string) *coap.Request {
	r := &coap.Request{
		Peer: new(coap.Peer), Type: message.Confirmable, Code: code, Token: message.Token{1, 2}, Payload: []byte("21.5"),
		Received: time.Now(),
	}
	for _, s := range strings.Split(path, "/") {
		r.Options = append(r.Options, message.Option{ID: message.URIPath, Value: []byte(s)})
	}
	for _, s := range query {
		r.Options = append(r.Options, message.Option{ID: message.URIQuery, Value: []byte(s)})
	}
	return r
}

// BenchmarkPublish is the gateway's share of a publish: all but datagrams and broker.
func BenchmarkPublish(b *testing.B) {
	for _, c := range []struct {
		name    string
		dialect settings.Dialect
		request *coap.Request
	}{
		{"emqx5", settings.DialectEMQX5, benchRequest(codes.POST, "ps/building/7/temperature")},
		{"emqx5-clientid-qos", settings.DialectEMQX5, benchRequest(codes.POST, "ps/building/7/temperature", "clientid=sensor-1", "qos=1")},
		{"emqx4", settings.DialectEMQX4, benchRequest(codes.PUT, "mqtt/building/7/temperature", "c=sensor-1", "u=emqx", "p=public")},
		{"auto-emqx4", settings.DialectAuto, benchRequest(codes.PUT, "mqtt/building/7/temperature", "c=sensor-1", "u=emqx", "p=public")},
	} {
		b.Run(c.name, func(b *testing.B) {
			g := benchGateway(b)
			h := g.Handler(settings.Listener{Bind: "coap://bench", Dialect: c.dialect})
			w := new(coap.ResponseWriter)
			b.ReportAllocs()
			for b.Loop() {
				h.ServeCoAP(w, c.request)
			}
		})
	}
	b.Run("connection", func(b *testing.B) {
		g := benchGateway(b)
		h := g.Handler(settings.Listener{Bind: "coap://bench"})
		w := new(coap.ResponseWriter)
		create := benchRequest(codes.POST, "mqtt/connection", "clientid=123")
		h.ServeCoAP(w, create)
		s := g.registry.connection([]byte("123"))
		r := benchRequest(codes.POST, "ps/building/7/temperature", "clientid=123", fmt.Sprintf("token=%d", s.token))
		r.Peer = create.Peer
		b.ReportAllocs()
		for b.Loop() {
			h.ServeCoAP(w, r)
		}
	})
}

// BenchmarkSession reports the memory of an idle connected session, without what package coap keeps of its peer.
func BenchmarkSession(b *testing.B) {
	const sessions = 10_000
	for b.Loop() {
		g := benchGateway(b)
		h := g.Handler(settings.Listener{Bind: "coap://bench"})
		requests := make([]*coap.Request, sessions)
		for i := range requests {
			requests[i] = benchRequest(codes.POST, "mqtt/connection", fmt.Sprintf("clientid=sensor-%05d", i))
		}
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		for _, r := range requests {
			h.ServeCoAP(new(coap.ResponseWriter), r)
		}
		runtime.GC()
		runtime.ReadMemStats(&after)
		if n := g.registry.len(); n != sessions {
			b.Fatalf("%d sessions", n)
		}
		b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/sessions, "B/session")
		runtime.KeepAlive(requests)
	}
}

// BenchmarkTopicData is what a topic of ietf adds to a publish: what MQTT or CoAP brought becomes its data, and is
// written as it will be on disk.
func BenchmarkTopicData(b *testing.B) {
	g := benchGateway(b)
	config, err := topicconfig.Decode([]byte(properties(0, "building/7/temperature", 1, "/ps/data/t", 2, dataType, 3, 50)))
	if err != nil {
		b.Fatal(err)
	}
	t := &topicResource{table: g.topics, id: "t", name: config.TopicName, mounted: config.TopicName, config: config}
	m := &broker.Message{Topic: t.mounted, Payload: []byte("21.5"), At: time.Now()}
	b.Run("deliver", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			t.deliver(m)
		}
	})
	b.Run("encode", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := t.encode(); err != nil {
				b.Fatal(err)
			}
		}
	})
}
