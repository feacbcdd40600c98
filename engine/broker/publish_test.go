package broker

import (
	"bytes"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mochi-mqtt/server/v2/packets"
)

func mustSubscribe(t *testing.T, e *Embedded, filter string, fn func(*Message)) (unsubscribe func()) {
	t.Helper()
	unsubscribe, err := e.Subscribe(filter, fn)
	if err != nil {
		t.Fatal(err)
	}
	return unsubscribe
}

func TestPublishReachesFunctions(t *testing.T) {
	var seen []*Message
	e := start(t, Options{OnMessage: func(m *Message) { seen = append(seen, m) }})
	in := newInbox()
	mustSubscribe(t, e, "a/+", in.put)
	payload := []byte("21.5")
	m := &Message{
		Topic: "a/b", Payload: payload, QoS: 1, Expiry: time.Minute, HasExpiry: true, From: "d1", Via: ViaCoAP, At: time.Now(),
	}
	if err := e.Publish(m); err != nil {
		t.Fatal(err)
	}
	copy(payload, "XXXX") // the caller's again
	got := in.take(t)
	want := *m
	want.Payload = []byte("21.5")
	if fmt.Sprint(*got) != fmt.Sprint(want) {
		t.Errorf("got %+v, want %+v", *got, want)
	}
	if len(seen) != 1 || seen[0] != m {
		t.Errorf("OnMessage saw %v", seen)
	}
}

func TestPublishRefuses(t *testing.T) {
	e := start(t, Options{OnMessage: func(m *Message) { t.Errorf("OnMessage saw %+v", m) }})
	tests := []struct {
		m       Message
		problem string
	}{
		{Message{Topic: ""}, "is empty"},
		{Message{Topic: "a/#"}, "wildcard"},
		{Message{Topic: "$SYS/x"}, "broker's own"},
		{Message{Topic: "a", QoS: 3}, "QoS 3"},
	}
	for _, test := range tests {
		checkProblem(t, "Publish", e.Publish(&test.m), test.problem)
		test.m.Retain = true
		e.PublishRetained(&test.m, func(err error) { checkProblem(t, "PublishRetained", err, test.problem) })
	}
	checkProblem(t, "Publish", e.Publish(&Message{Topic: "a", Retain: true}), "PublishRetained")
	e.PublishRetained(&Message{Topic: "a"}, func(err error) { checkProblem(t, "PublishRetained", err, "not marked") })
	_, err := e.Subscribe("a#", func(*Message) {})
	checkProblem(t, "Subscribe", err, "wildcard")
}

func TestUnsubscribe(t *testing.T) {
	e := start(t, Options{})
	var first, second int
	var unsubscribe func()
	unsubscribe = mustSubscribe(t, e, "a", func(*Message) {
		first++
		unsubscribe() // from inside
		unsubscribe() // twice
	})
	mustSubscribe(t, e, "a", func(*Message) { second++ })
	for range 3 {
		if err := e.Publish(&Message{Topic: "a"}); err != nil {
			t.Fatal(err)
		}
	}
	if first != 1 || second != 3 {
		t.Errorf("called %d and %d times, want 1 and 3", first, second)
	}
}

func TestSubscribeFromInside(t *testing.T) {
	e := start(t, Options{})
	in := newInbox()
	var once sync.Once
	mustSubscribe(t, e, "a", func(*Message) {
		once.Do(func() { mustSubscribe(t, e, "#", in.put) })
	})
	for i := range 2 {
		if err := e.Publish(&Message{Topic: "a", Payload: []byte{byte(i)}}); err != nil {
			t.Fatal(err)
		}
	}
	if m := in.take(t); m.Payload[0] != 1 {
		t.Errorf("got message %d", m.Payload[0])
	}
}

// Messages of one goroutine arrive in order while others publish, subscribe and unsubscribe.
func TestOrderPerPublisher(t *testing.T) {
	const publishers, messages = 4, 2000
	e := start(t, Options{})
	var last [publishers]int
	var total atomic.Int64
	mustSubscribe(t, e, "p/+", func(m *Message) {
		p, n := int(m.Payload[0]), int(m.Payload[1])<<8|int(m.Payload[2])
		if n != last[p]+1 {
			t.Errorf("publisher %d: message %d after %d", p, n, last[p])
		}
		last[p] = n
		total.Add(1)
	})
	c := dial(t, e, 5, "sub")
	c.subscribe("p/#", 0)
	go c.drain()
	var working sync.WaitGroup
	for p := range publishers {
		working.Go(func() {
			payload := make([]byte, 3)
			for n := 1; n <= messages; n++ {
				payload[0], payload[1], payload[2] = byte(p), byte(n>>8), byte(n)
				if err := e.Publish(&Message{Topic: fmt.Sprintf("p/%d", p), Payload: payload}); err != nil {
					t.Error(err)
				}
				if n%100 == 0 {
					mustSubscribe(t, e, "p/#", func(*Message) {})()
				}
			}
		})
	}
	working.Wait()
	if n := total.Load(); n != publishers*messages {
		t.Errorf("%d messages arrived, want %d", n, publishers*messages)
	}
}

func TestQoSIsTheLower(t *testing.T) {
	for _, version := range []byte{4, 5} {
		for published := range byte(3) {
			for subscribed := range byte(3) {
				e := start(t, Options{})
				c := dial(t, e, version, "sub")
				if granted := c.subscribe("a", subscribed); granted != subscribed {
					t.Errorf("granted %d, asked for %d", granted, subscribed)
				}
				if err := e.Publish(&Message{Topic: "a", Payload: []byte("x"), QoS: published}); err != nil {
					t.Fatal(err)
				}
				if pk := c.expect(packets.Publish); pk.FixedHeader.Qos != min(published, subscribed) || pk.FixedHeader.Retain {
					t.Errorf("version %d, published %d, subscribed %d: delivered %+v", version, published, subscribed, pk.FixedHeader)
				}
			}
		}
	}
}

func TestMQTTClientPublishes(t *testing.T) {
	for _, scheme := range schemes {
		for _, version := range []byte{4, 5} {
			in := newInbox()
			watched := newInbox()
			e := start(t, Options{OnMessage: func(m *Message) {
				kept := *m
				kept.Payload = bytes.Clone(m.Payload)
				watched.put(&kept)
			}})
			mustSubscribe(t, e, "a/#", in.put)
			c := dialTo(t, listen(t, e, scheme), version, "pub")
			for qos := range byte(3) {
				c.publish("a", fmt.Sprint(qos), qos, false)
				switch qos {
				case 1:
					c.expect(packets.Puback)
				case 2:
					c.expect(packets.Pubrec)
					c.send(packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Pubrel}, PacketID: 9})
					c.expect(packets.Pubcomp)
				}
				for _, box := range []*inbox{watched, in} {
					m := box.take(t)
					if m.Topic != "a" || string(m.Payload) != fmt.Sprint(qos) || m.QoS != qos || m.From != "pub" ||
						m.Via != ViaMQTT || m.Retain || m.At.IsZero() {
						t.Errorf("%s, version %d: got %+v", scheme, version, m)
					}
				}
			}
			if s := e.Stats(); s.In != 3 {
				t.Errorf("%d PUBLISH in", s.In)
			}
		}
	}
}

func TestTopicAlias(t *testing.T) {
	e := start(t, Options{})
	in := newInbox()
	mustSubscribe(t, e, "a", in.put)
	c := dial(t, e, 5, "pub")
	c.raw([]byte("\x30\x08\x00\x01a\x03\x23\x00\x011")) // defines alias 1
	c.raw([]byte("\x30\x07\x00\x00\x03\x23\x00\x012"))  // uses it
	for _, want := range []string{"1", "2"} {
		if m := in.take(t); m.Topic != "a" || string(m.Payload) != want {
			t.Errorf("got %+v", m)
		}
	}
}

func TestExpiryIsSentOn(t *testing.T) {
	e := start(t, Options{})
	v5, v4 := dial(t, e, 5, "v5"), dial(t, e, 4, "v4")
	v5.subscribe("a", 0)
	v4.subscribe("a", 0)
	in := newInbox()
	mustSubscribe(t, e, "a", in.put)

	if err := e.Publish(&Message{Topic: "a", Expiry: 90 * time.Second, HasExpiry: true}); err != nil {
		t.Fatal(err)
	}
	if s := v5.expect(packets.Publish).Properties.MessageExpiryInterval; s < 88 || s > 90 {
		t.Errorf("MQTT 5 got an expiry of %d s", s)
	}
	v4.expect(packets.Publish)
	in.take(t)

	v5.send(packets.Packet{
		FixedHeader: packets.FixedHeader{Type: packets.Publish}, TopicName: "a",
		Properties: packets.Properties{MessageExpiryInterval: 30},
	})
	if m := in.take(t); !m.HasExpiry || m.Expiry != 30*time.Second {
		t.Errorf("a function got %+v", m)
	}
	if err := e.Publish(&Message{Topic: "a"}); err != nil {
		t.Fatal(err)
	}
	v5.expect(packets.Publish)
	if s := v5.expect(packets.Publish).Properties.MessageExpiryInterval; s != 0 {
		t.Errorf("a message without expiry got one of %d s", s)
	}
}

func TestSubscribersComeAndGo(t *testing.T) {
	e := start(t, Options{})
	publish := func(payload string) {
		t.Helper()
		if err := e.Publish(&Message{Topic: "a", Payload: []byte(payload)}); err != nil {
			t.Fatal(err)
		}
	}
	publish("nobody")
	c := dial(t, e, 5, "c")
	c.subscribe("a", 0)
	publish("1")
	if pk := c.expect(packets.Publish); string(pk.Payload) != "1" {
		t.Errorf("got %q", pk.Payload)
	}
	c.send(packets.Packet{
		FixedHeader: packets.FixedHeader{Type: packets.Unsubscribe}, PacketID: 3,
		Filters: packets.Subscriptions{{Filter: "a"}},
	})
	c.expect(packets.Unsuback)
	publish("nobody")
	c.subscribe("$share/group/a", 0)
	publish("2")
	if pk := c.expect(packets.Publish); string(pk.Payload) != "2" {
		t.Errorf("got %q", pk.Payload)
	}
}

func TestInvalidFilterIsRefused(t *testing.T) {
	for version, want := range map[byte]byte{4: 0x80, 5: packets.ErrTopicFilterInvalid.Code} {
		c := dial(t, start(t, Options{}), version, "c")
		for _, filter := range []string{"a#", "a/#/b", "a+", "$share/g", "$share/g/a+"} {
			if got := c.subscribe(filter, 0); got != want {
				t.Errorf("version %d, %s: SUBACK 0x%02x, want 0x%02x", version, filter, got, want)
			}
		}
	}
}

func TestSysTopicsAreNoTraffic(t *testing.T) {
	e := start(t, Options{OnMessage: func(m *Message) { t.Errorf("OnMessage saw %s", m.Topic) }})
	mustSubscribe(t, e, "#", func(m *Message) { t.Errorf("a function got %s", m.Topic) })
	c := dial(t, e, 4, "c")
	c.subscribe("$SYS/#", 0)
	c.expect(packets.Publish)
	if s := e.Stats(); s.Out != 0 || s.Retained != 0 {
		t.Errorf("got %+v", s)
	}
	if got := e.Retained("#"); len(got) > 0 {
		t.Errorf("%s is retained", got[0].Topic)
	}
}

// What the gateway itself has to tell goes below $SYS, to MQTT clients.
func TestEventsOfTheGatewayGoBelowSys(t *testing.T) {
	e := start(t, Options{OnMessage: func(m *Message) { t.Errorf("OnMessage saw %s", m.Topic) }})
	c := dial(t, e, 5, "c")
	c.subscribe("$SYS/brokers/+/clients/#", 0)
	event := Message{Topic: "$SYS/brokers/n/clients/x/connected", Payload: []byte("{}"), Via: ViaGateway}
	if err := e.Publish(&event); err != nil {
		t.Fatal(err)
	}
	if pk := c.expect(packets.Publish); pk.TopicName != event.Topic || string(pk.Payload) != "{}" {
		t.Errorf("got %s %q", pk.TopicName, pk.Payload)
	}
}

// The routes that are remembered are bounded, whatever topics are published.
func TestRoutesAreBounded(t *testing.T) {
	e := start(t, Options{})
	for i := range 3 * routeShards * routeShardMaximum / 2 {
		if err := e.Publish(&Message{Topic: fmt.Sprint("t/", i)}); err != nil {
			t.Fatal(err)
		}
	}
	for i := range e.routes.shards {
		if n := len(e.routes.shards[i].routes); n > routeShardMaximum {
			t.Fatalf("%d routes in a shard", n)
		}
	}
}

func TestPublishToNobodyAllocatesNothing(t *testing.T) {
	e := start(t, Options{OnMessage: func(*Message) {}})
	m := &Message{Topic: "a/b", Payload: []byte("21.5"), At: time.Now()}
	if n := testing.AllocsPerRun(100, func() { _ = e.Publish(m) }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

// What a client calls its packets has nothing to do with what the broker calls its own (MQTT 5, section 2.2.1).
func TestPacketIdentifiersOfBothSides(t *testing.T) {
	for _, version := range []byte{4, 5} {
		e := start(t, Options{})
		c := dial(t, e, version, "c")
		c.subscribe("a", 2)
		for range 20 { // unacknowledged
			if err := e.Publish(&Message{Topic: "a", QoS: 1}); err != nil {
				t.Fatal(err)
			}
			c.expect(packets.Publish)
		}
		for id := uint16(1); id <= 20; id++ {
			c.send(packets.Packet{
				FixedHeader: packets.FixedHeader{Type: packets.Subscribe}, PacketID: id,
				Filters: packets.Subscriptions{{Filter: "b", Qos: 1}},
			})
			if ack := c.expect(packets.Suback); ack.PacketID != id || ack.ReasonCodes[0] != 1 {
				t.Errorf("version %d: SUBACK %+v", version, ack)
			}
			c.send(packets.Packet{
				FixedHeader: packets.FixedHeader{Type: packets.Publish, Qos: 1}, PacketID: id, TopicName: "x",
			})
			c.expect(packets.Puback)
		}
		eventually(t, "the 20 messages, and no others, wait to be acknowledged", func() bool {
			return atomic.LoadInt64(&e.server.Info.Inflight) == 20
		})
	}
}

func TestPacketIdentifiersStayInTheirHalf(t *testing.T) {
	e := start(t, Options{})
	c := dial(t, e, 4, "c")
	c.subscribe("a", 1)
	session, _ := e.server.Clients.Get("c")
	for id := uint32(0); id < 1<<16-10; { // near the end of what there is
		var err error
		if id, err = session.NextPacketID(); err != nil {
			t.Fatal(err)
		}
	}
	low := 0
	for range 20 {
		if err := e.Publish(&Message{Topic: "a", QoS: 1}); err != nil {
			t.Fatal(err)
		}
		pk := c.expect(packets.Publish)
		if pk.PacketID < firstPacketID {
			low++
		}
		c.send(packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Puback}, PacketID: pk.PacketID})
	}
	if low > 1 {
		t.Errorf("%d identifiers are in the client's half", low)
	}
}

// A client that takes few messages at once gets them all, in order (MQTT 5, section 3.1.2.11.3).
func TestReceiveMaximum(t *testing.T) {
	for _, scheme := range schemes {
		for qos := byte(1); qos <= 2; qos++ {
			const messages, maximum = 50, 3
			e := start(t, Options{})
			c := dialTo(t, listen(t, e, scheme), 5, "c", func(pk *packets.Packet) { pk.Properties.ReceiveMaximum = maximum })
			c.subscribe("a", 2)
			for i := range messages {
				if err := e.Publish(&Message{Topic: "a", Payload: []byte{byte(i)}, QoS: qos}); err != nil {
					t.Fatal(err)
				}
			}
			var unacknowledged []uint16
			for next := byte(0); next < messages || len(unacknowledged) > 0; {
				if len(unacknowledged) == maximum || next == messages {
					c.acknowledge(unacknowledged[0], qos)
					unacknowledged = unacknowledged[1:]
				}
				if next == messages {
					continue
				}
				pk := c.expect(packets.Publish)
				if pk.Payload[0] != next {
					t.Fatalf("%s, QoS %d: message %d, want %d", scheme, qos, pk.Payload[0], next)
				}
				next++
				unacknowledged = append(unacknowledged, pk.PacketID)
			}
			eventually(t, "no message is left", func() bool { return atomic.LoadInt64(&e.server.Info.Inflight) == 0 })
		}
	}
}

// What a client missed comes in order when it is back.
func TestOfflineOrder(t *testing.T) {
	const messages = 300
	for _, version := range []byte{4, 5} {
		e := start(t, Options{})
		l := listen(t, e, "mqtt")
		c := dialTo(t, l, version, "c", persistent)
		c.subscribe("a", 1)
		_ = c.stream.Close()
		eventually(t, "the client is offline", func() bool { return len(e.Clients()) == 0 })
		for i := range messages {
			if err := e.Publish(&Message{Topic: "a", Payload: fmt.Append(nil, i), QoS: 1}); err != nil {
				t.Fatal(err)
			}
		}
		for range 2 { // the first time nothing is acknowledged
			c = dialTo(t, l, version, "c", persistent)
			for i := range messages {
				if pk := c.expect(packets.Publish); string(pk.Payload) != fmt.Sprint(i) {
					t.Fatalf("version %d: message %q, want %d", version, pk.Payload, i)
				}
			}
		}
	}
}
