package broker

import (
	"fmt"
	"testing"
	"time"
)

func benchmarkPublish(b *testing.B, e *Embedded, qos byte) {
	b.Helper()
	const topics = 1000
	names := make([]string, topics)
	for i := range names {
		names[i] = fmt.Sprintf("site/%d/temperature", i)
	}
	m := &Message{Payload: []byte("21.5"), QoS: qos, From: "d1", Via: ViaCoAP, At: time.Now()}
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		m.Topic = names[i%topics]
		i++
		if err := e.Publish(m); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkPublishToNobody(b *testing.B) {
	benchmarkPublish(b, start(b, Options{}), 0)
}

func BenchmarkPublishToFunction(b *testing.B) {
	e := start(b, Options{})
	if _, err := e.Subscribe("site/+/temperature", func(*Message) {}); err != nil {
		b.Fatal(err)
	}
	benchmarkPublish(b, e, 0)
}

func BenchmarkPublishToMQTTClient(b *testing.B) {
	for _, qos := range []byte{0, 1} {
		b.Run(fmt.Sprintf("QoS%d", qos), func(b *testing.B) {
			e := start(b, Options{})
			c := dial(b, e, 4, "sub")
			c.subscribe("site/#", qos)
			go c.drain()
			benchmarkPublish(b, e, qos)
			b.ReportMetric(float64(e.Stats().Dropped)/float64(b.N), "dropped/op")
		})
	}
}
