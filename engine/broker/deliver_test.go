package broker

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"runtime"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/eclipse/paho.golang/paho"
	"github.com/mochi-mqtt/server/v2/packets"
)

// fill retains n messages of QoS 2 below t/, the topic's number as the payload and padding behind it.
func fill(t *testing.T, e *Embedded, n, padding int) {
	t.Helper()
	for i := range n {
		retain(t, e, &Message{Topic: numbered(i), Payload: append(fmt.Append(nil, i), make([]byte, padding)...), QoS: 2})
	}
}

func numbered(i int) string { return fmt.Sprintf("t/%06d", i) }

func receiveMaximum(n uint16) connectOption {
	return func(pk *packets.Packet) { pk.Properties.ReceiveMaximum = n }
}

func (c *client) sendSubscribe(id uint16, filters ...packets.Subscription) {
	c.t.Helper()
	pk := packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Subscribe}, PacketID: id, Filters: filters}
	if filters[0].Identifier > 0 {
		pk.Properties.SubscriptionIdentifier = []int{filters[0].Identifier}
	}
	c.send(pk)
}

// collect calls got with each PUBLISH and acknowledges it, until got returns false.
func (c *client) collect(got func(packets.Packet) bool) {
	c.t.Helper()
	for {
		pk, err := c.next()
		if err != nil {
			c.t.Fatalf("waiting for messages: %v", err)
		}
		switch {
		case pk.FixedHeader.Type == packets.Pubrel:
			c.send(packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Pubcomp}, PacketID: pk.PacketID})
			continue
		case pk.FixedHeader.Type != packets.Publish:
			continue
		case pk.FixedHeader.Qos == 1:
			c.send(packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Puback}, PacketID: pk.PacketID})
		case pk.FixedHeader.Qos == 2:
			c.send(packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Pubrec}, PacketID: pk.PacketID})
		}
		if !got(pk) {
			return
		}
	}
}

// settle acknowledges what is still under way until the broker waits for nothing.
func (c *client) settle(e *Embedded) {
	c.t.Helper()
	for atomic.LoadInt64(&e.server.Info.Inflight) > 0 {
		if pk := c.expect(packets.Pubrel); pk.PacketID > 0 {
			c.send(packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Pubcomp}, PacketID: pk.PacketID})
		}
		time.Sleep(time.Millisecond)
	}
}

// expectNothing makes sure that nothing but the answer to a PINGREQ comes.
func (c *client) expectNothing() {
	c.t.Helper()
	time.Sleep(30 * time.Millisecond)
	c.raw([]byte{packets.Pingreq << 4, 0})
	c.expect(packets.Pingresp)
}

// More than mochi's queue of a client, and more than its table of unacknowledged messages, hold.
func TestEveryRetainedMessageIsDelivered(t *testing.T) {
	const messages = 20_000
	e := start(t, Options{})
	fill(t, e, messages, 0)
	l := listen(t, e, "mqtt")
	tests := []struct {
		version byte
		maximum uint16
	}{{4, 0}, {5, 10}}
	for _, test := range tests {
		for qos := range byte(3) {
			t.Run(fmt.Sprintf("version %d, Receive Maximum %d, QoS %d", test.version, test.maximum, qos), func(t *testing.T) {
				c := dialTo(t, l, test.version, "c", receiveMaximum(test.maximum))
				if c.subscribe("#", qos) != qos {
					t.Fatal("refused")
				}
				next := 0
				c.collect(func(pk packets.Packet) bool {
					if pk.TopicName != numbered(next) || string(pk.Payload) != fmt.Sprint(next) || pk.FixedHeader.Qos != qos ||
						!pk.FixedHeader.Retain || pk.FixedHeader.Dup {
						t.Fatalf("message %d is %s %q %+v", next, pk.TopicName, pk.Payload, pk.FixedHeader)
					}
					next++
					return next < messages
				})
				if qos == 2 {
					c.settle(e)
				}
				c.expectNothing()
				eventually(t, "all is acknowledged", func() bool { return atomic.LoadInt64(&e.server.Info.Inflight) == 0 })
				if n := e.Stats().Dropped; n > 0 {
					t.Errorf("%d dropped", n)
				}
			})
		}
	}
}

func TestPahoGetsEveryRetainedMessage(t *testing.T) {
	const messages = 10_000
	e := start(t, Options{})
	fill(t, e, messages, 0)
	for _, scheme := range schemes {
		l := listen(t, e, scheme)
		for qos := range byte(3) {
			received := make(chan string, 2*messages)
			sub := pahoClient(t, l, "sub", func(p *paho.Publish) { received <- p.Topic })
			ctx, cancel := context.WithTimeout(t.Context(), 4*patience)
			defer cancel()
			if _, err := sub.Subscribe(ctx, &paho.Subscribe{
				Subscriptions: []paho.SubscribeOptions{{Topic: "t/+", QoS: qos}},
			}); err != nil {
				t.Fatal(err)
			}
			topics := make(map[string]bool)
			for len(topics) < messages {
				select {
				case topic := <-received:
					topics[topic] = true
				case <-ctx.Done():
					t.Fatalf("%s, QoS %d: got %d", scheme, qos, len(topics))
				}
			}
			_ = sub.Disconnect(&paho.Disconnect{})
		}
	}
}

// A client that reads late holds up nobody, and gets what is published meanwhile.
func TestSlowReaderGetsRetainedAndLive(t *testing.T) {
	const messages, live = 10_000, 1000
	e := start(t, Options{})
	fill(t, e, messages, 2000) // more than the sockets hold
	for qos := range byte(2) {
		c := dial(t, e, 5, "slow")
		c.subscribe("#", qos)
		time.Sleep(300 * time.Millisecond)
		for i := range live {
			if err := e.Publish(&Message{Topic: "live", Payload: fmt.Append(nil, i), QoS: qos}); err != nil {
				t.Fatal(err)
			}
		}
		retained, next := 0, 0
		c.collect(func(pk packets.Packet) bool {
			if pk.FixedHeader.Retain {
				retained++
			} else if next++; string(pk.Payload) != fmt.Sprint(next-1) {
				t.Fatalf("live message %q, want %d", pk.Payload, next-1)
			}
			return retained < messages || next < live
		})
		if n := e.Stats().Dropped; n > 0 {
			t.Errorf("QoS %d: %d dropped", qos, n)
		}
		_ = c.stream.Close()
	}
}

// What changes while the retained messages are delivered is sent as it is then, and the last that a subscriber hears of a
// topic is what is there.
func TestRetainedChangesInTheMiddle(t *testing.T) {
	const messages = 5000
	for qos := range byte(3) {
		e := start(t, Options{})
		fill(t, e, messages, 0)
		c := dial(t, e, 5, "c")
		c.subscribe("#", qos)
		go func() {
			for i := messages - 1; i >= 0; i -= 3 { // towards the sender
				payload := []byte("new")
				if i%2 == 0 {
					payload = nil
				}
				done, wait := waitStored()
				e.PublishRetained(&Message{Topic: numbered(i), Payload: payload, Retain: true, QoS: 1}, done)
				if err := wait(); err != nil {
					t.Error(err)
				}
				if i%100 == 0 {
					time.Sleep(time.Millisecond)
				}
			}
			for e.delivering("c") {
				time.Sleep(time.Millisecond)
			}
			_ = e.Publish(&Message{Topic: "end", Payload: []byte("x")})
		}()
		last := make(map[string]string)
		c.collect(func(pk packets.Packet) bool {
			last[pk.TopicName] = string(pk.Payload)
			return pk.TopicName != "end"
		})
		delete(last, "end")
		maps.DeleteFunc(last, func(_, payload string) bool { return payload == "" })
		want := make(map[string]string)
		for _, m := range e.Retained("#") {
			want[m.Topic] = string(m.Payload)
		}
		if !maps.Equal(last, want) {
			t.Errorf("QoS %d: the subscriber knows %d topics of %d, or other values", qos, len(last), len(want))
		}
	}
}

// delivering reports whether a client is still to get retained messages.
func (e *Embedded) delivering(id string) bool {
	cl, ok := e.server.Clients.Get(id)
	if !ok {
		return false
	}
	d := &connOf(cl).deliveries
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.queue.Len() > 0
}

func TestTwoSubscriptionsAtOnce(t *testing.T) {
	const messages = 5000
	e := start(t, Options{})
	fill(t, e, messages, 0)
	for _, version := range []byte{4, 5} {
		c := dial(t, e, version, "c")
		c.sendSubscribe(1, packets.Subscription{Filter: "t/#", Qos: 1, Identifier: 1})
		c.sendSubscribe(2, packets.Subscription{Filter: "t/+", Qos: 0, Identifier: 2}, packets.Subscription{Filter: numbered(7), Qos: 2, Identifier: 2})
		seen := make(map[byte]int)
		identifiers := make(map[int]int)
		c.collect(func(pk packets.Packet) bool {
			seen[pk.FixedHeader.Qos]++
			for _, id := range pk.Properties.SubscriptionIdentifier {
				identifiers[id]++
			}
			return seen[0]+seen[1]+seen[2] < 2*messages+1
		})
		if seen[0] != messages || seen[1] != messages || seen[2] != 1 {
			t.Errorf("version %d: got %v", version, seen)
		}
		if version == 5 && (identifiers[1] != messages || identifiers[2] != messages+1) {
			t.Errorf("identifiers %v", identifiers)
		}
		c.settle(e)
		c.expectNothing()
	}
}

// Retain Handling and what else decides whether a subscription gets retained messages (MQTT 5, section 3.8.3.1).
func TestWhoGetsRetainedMessages(t *testing.T) {
	type subs = []packets.Subscription
	tests := []struct {
		name string
		make subs // one SUBSCRIBE for each
		want int  // messages for the last
	}{
		{"send", subs{{Filter: "a"}}, 1},
		{"send again", subs{{Filter: "a"}, {Filter: "a"}}, 1},
		{"send if new", subs{{Filter: "a", RetainHandling: 1}}, 1},
		{"not new", subs{{Filter: "a"}, {Filter: "a", RetainHandling: 1}}, 0},
		{"new after it ended", subs{{Filter: "a"}, {}, {Filter: "a", RetainHandling: 1}}, 1},
		{"do not send", subs{{Filter: "a", RetainHandling: 2}}, 0},
		{"shared", subs{{Filter: "$share/g/a"}}, 0},
		{"no local, another's", subs{{Filter: "a", NoLocal: true}}, 1},
		{"no local, one's own", subs{{Filter: "own", NoLocal: true}}, 0},
		{"the parent of #", subs{{Filter: "a/#"}}, 1},
		{"denied", subs{{Filter: "deny/#"}}, 0},
		{"expired", subs{{Filter: "short"}}, 0},
		{"$SYS", subs{{Filter: "$SYS/broker/version"}}, 1},
		{"$SYS with a wildcard", subs{{Filter: "$SYS/broker/vers+"}}, 0},
		{"$SYS with a wildcard for a level", subs{{Filter: "$SYS/+/version"}}, 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			access := &strict{off: true}
			e := start(t, Options{Access: access})
			retain(t, e, &Message{Topic: "a", Payload: []byte("1")})
			retain(t, e, &Message{Topic: "deny/a", Payload: []byte("1")})
			retain(t, e, &Message{Topic: "short", Payload: []byte("1"), Expiry: time.Millisecond, HasExpiry: true})
			time.Sleep(2 * time.Millisecond)
			access.set(func(s *strict) { s.off = false })
			c := dial(t, e, 5, "c", login("anna", "secret"))
			c.publish("own", "1", 1, true)
			c.expect(packets.Puback)
			for i, s := range test.make {
				if s.Filter == "" {
					c.send(packets.Packet{
						FixedHeader: packets.FixedHeader{Type: packets.Unsubscribe}, PacketID: 3,
						Filters: packets.Subscriptions{{Filter: test.make[i-1].Filter}},
					})
					c.expect(packets.Unsuback)
					continue
				}
				c.sendSubscribe(uint16(i+1), s)
				c.expect(packets.Suback)
				if i < len(test.make)-1 {
					c.expect(packets.Publish)
				}
			}
			for range test.want {
				if pk := c.expect(packets.Publish); !pk.FixedHeader.Retain {
					t.Error("not marked as retained")
				}
			}
			c.expectNothing()
			for _, cl := range e.server.Clients.GetAll() { // what is kept is what was asked for
				for filter, s := range cl.State.Subscriptions.GetAll() {
					if asked := test.make[len(test.make)-1]; filter == asked.Filter && s.RetainHandling != asked.RetainHandling {
						t.Errorf("kept with retain handling %d", s.RetainHandling)
					}
				}
			}
		})
	}
}

func TestUnsubscribeEndsTheDelivery(t *testing.T) {
	const messages = 2000
	e := start(t, Options{})
	fill(t, e, messages, 0)
	c := dial(t, e, 5, "c", receiveMaximum(5))
	c.subscribe("#", 1)
	n := 0
	c.collect(func(packets.Packet) bool { n++; return n < 20 })
	c.send(packets.Packet{
		FixedHeader: packets.FixedHeader{Type: packets.Unsubscribe}, PacketID: 3, Filters: packets.Subscriptions{{Filter: "#"}},
	})
	go c.drain()
	eventually(t, "the delivery is over", func() bool {
		return !e.delivering("c") && atomic.LoadInt64(&e.server.Info.Inflight) == 0
	})
	if n := e.Stats().Out; n > 20+2*retainedUnacknowledged {
		t.Errorf("%d were sent", n)
	}
}

// A client that goes away in the middle leaves nothing behind; if its session goes on, so does the delivery.
func TestRetainedDeliveryIsInterrupted(t *testing.T) {
	const messages = 6000
	for _, version := range []byte{4, 5} {
		for qos := range byte(3) {
			t.Run(fmt.Sprintf("version %d, QoS %d", version, qos), func(t *testing.T) {
				before := runtime.NumGoroutine()
				e := start(t, Options{})
				fill(t, e, messages, 1000)
				l := listen(t, e, "mqtt")
				topics := make(map[string]bool)
				c := dialTo(t, l, version, "c", persistent)
				c.subscribe("#", qos)
				for most := 1000; len(topics) < messages; most += 2000 {
					c.collect(func(pk packets.Packet) bool {
						topics[pk.TopicName] = true
						return len(topics) < min(most, messages)
					})
					if len(topics) == messages {
						break
					}
					if qos == 0 { // what was under way is lost
						for pk, err := c.next(); err == nil && len(topics) < most+500; pk, err = c.next() {
							topics[pk.TopicName] = true
						}
					}
					_ = c.stream.Close()
					eventually(t, "the client is offline", func() bool { return len(e.Clients()) == 0 })
					if qos == 0 {
						break
					}
					c = open(t, l, version)
					if ack := c.connect("c", persistent); !ack.SessionPresent {
						t.Fatal("no session is present")
					}
				}
				if err := e.Close(); err != nil {
					t.Fatal(err)
				}
				_ = c.stream.Close()
				eventually(t, "all goroutines ended", func() bool { return runtime.NumGoroutine() <= before })
			})
		}
	}
}

func TestCloseInTheMiddleOfADelivery(t *testing.T) {
	for qos := range byte(2) {
		before := runtime.NumGoroutine()
		e := start(t, Options{})
		fill(t, e, 10_000, 2000)
		c := dial(t, e, 5, "c") // neither reads nor acknowledges
		c.subscribe("#", qos)
		time.Sleep(100 * time.Millisecond)
		began := time.Now()
		if err := e.Close(); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(began); took > 2*time.Second {
			t.Errorf("QoS %d: Close took %v", qos, took)
		}
		_ = c.stream.Close()
		eventually(t, "all goroutines ended", func() bool { return runtime.NumGoroutine() <= before })
	}
}

// What is queued for a client that is offline is kept up to the bound, what comes beyond is counted.
func TestQueueOfAnOfflineClient(t *testing.T) {
	const beyond = 100
	for _, version := range []byte{4, 5} {
		e := start(t, Options{})
		l := listen(t, e, "mqtt")
		c := dialTo(t, l, version, "c", persistent)
		c.subscribe("a", 1)
		_ = c.stream.Close()
		eventually(t, "the client is offline", func() bool { return len(e.Clients()) == 0 })
		for i := range queuedMessages + beyond {
			if err := e.Publish(&Message{Topic: "a", Payload: fmt.Append(nil, i), QoS: 1}); err != nil {
				t.Fatal(err)
			}
		}
		if n := e.Stats().Dropped; n != beyond {
			t.Errorf("version %d: %d are counted as dropped, want %d", version, n, beyond)
		}
		c = dialTo(t, l, version, "c", persistent)
		var got []string
		c.collect(func(pk packets.Packet) bool {
			got = append(got, string(pk.Payload))
			return len(got) < queuedMessages
		})
		if !slices.IsSortedFunc(got, func(a, b string) int { return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b)) }) {
			t.Errorf("version %d: out of order", version)
		}
		c.expectNothing()
	}
}

// What follows a packet of which a part was written cannot be read.
func TestFailedWriteEndsTheConnection(t *testing.T) {
	e := start(t, Options{})
	stream, peer := net.Pipe()
	c := e.newConn(stream, listen(t, e, "mqtt"))
	c.ending.Store(true) // has little patience
	if _, err := c.Write([]byte{packets.Pingresp << 4, 0}); err == nil {
		t.Error("a client that takes nothing took it")
	}
	_ = peer.SetReadDeadline(time.Now().Add(patience))
	if _, err := peer.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
		t.Errorf("the client reads %v", err)
	}
}
