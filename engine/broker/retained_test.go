package broker

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mochi-mqtt/server/v2/packets"
)

// memoryStore is a RetainedStore that keeps its order and can be slow or full.
type memoryStore struct {
	mu     sync.Mutex
	values map[string][]byte
	queue  []func()
	held   bool  // changes wait for release
	err    error // what done is told
}

func newMemoryStore() *memoryStore {
	return &memoryStore{values: make(map[string][]byte)}
}

func (s *memoryStore) PutRetained(topic string, value []byte, done func(error)) {
	s.change(func() { s.values[topic] = value }, done)
}

func (s *memoryStore) DeleteRetained(topic string, done func(error)) {
	s.change(func() { delete(s.values, topic) }, done)
}

func (s *memoryStore) change(apply func(), done func(error)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	err := s.err
	commit := func() {
		if err == nil {
			apply()
		}
		go done(err)
	}
	if s.held {
		s.queue = append(s.queue, commit)
		return
	}
	commit()
}

// release commits what waits.
func (s *memoryStore) release() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.held = false
	for _, commit := range s.queue {
		commit()
	}
	s.queue = nil
}

func (s *memoryStore) waiting() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.queue)
}

func (s *memoryStore) topics() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var topics []string
	for topic := range s.values {
		topics = append(topics, topic)
	}
	slices.Sort(topics)
	return topics
}

func (s *memoryStore) Retained(fn func(topic string, value []byte) error) error {
	for topic, value := range s.values {
		if err := fn(topic, value); err != nil {
			return err
		}
	}
	return nil
}

// retain publishes a retained message and waits until it is stored.
func retain(t *testing.T, e *Embedded, m *Message) {
	t.Helper()
	m.Retain = true
	done, wait := waitStored()
	e.PublishRetained(m, done)
	if err := wait(); err != nil {
		t.Fatal(err)
	}
}

func retainedTopics(e *Embedded, filter string) []string {
	var topics []string
	for _, m := range e.Retained(filter) {
		topics = append(topics, m.Topic)
	}
	return topics
}

func TestRetainedSurvivesARestart(t *testing.T) {
	store := newMemoryStore()
	at := time.Now()
	e := start(t, Options{Retained: store})
	retain(t, e, &Message{
		Topic: "a/b", Payload: []byte("21.5"), QoS: 1, Expiry: time.Hour, HasExpiry: true, From: "d1", Via: ViaCoAP, At: at,
	})
	retain(t, e, &Message{Topic: "a/gone", Payload: []byte("x"), Expiry: time.Millisecond, HasExpiry: true})
	retain(t, e, &Message{Topic: "a/cleared", Payload: []byte("x")})
	retain(t, e, &Message{Topic: "a/cleared"})
	c := dial(t, e, 5, "pub")
	c.send(packets.Packet{
		FixedHeader: packets.FixedHeader{Type: packets.Publish, Qos: 1, Retain: true}, PacketID: 5,
		TopicName: "a/c", Payload: []byte("{}"),
		Properties: packets.Properties{ContentType: "application/json", User: []packets.UserProperty{{Key: "k", Val: "v"}}},
	})
	c.expect(packets.Puback)
	time.Sleep(2 * time.Millisecond) // a/gone expires
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}

	store.values["damaged"] = []byte{99}
	e = start(t, Options{Retained: store})
	eventually(t, "the expired one is deleted, the damaged one left", func() bool {
		return slices.Equal(store.topics(), []string{"a/b", "a/c", "damaged"})
	})
	if got := retainedTopics(e, "#"); !slices.Equal(got, []string{"a/b", "a/c"}) {
		t.Fatalf("got %v", got)
	}
	m := e.Retained("a/b")[0]
	if string(m.Payload) != "21.5" || m.QoS != 1 || !m.Retain || m.From != "d1" || m.Via != ViaCoAP ||
		!m.At.Equal(at) || !m.HasExpiry || m.Expiry > time.Hour || m.Expiry < time.Hour-time.Minute {
		t.Errorf("got %+v", m)
	}
	if m := e.Retained("a/c")[0]; m.From != "pub" || m.Via != ViaMQTT || m.HasExpiry {
		t.Errorf("got %+v", m)
	}

	sub := dial(t, e, 5, "sub")
	sub.subscribe("a/b", 2)
	pk := sub.expect(packets.Publish)
	if s := pk.Properties.MessageExpiryInterval; !pk.FixedHeader.Retain || pk.FixedHeader.Qos != 1 || s > 3600 || s < 3500 {
		t.Errorf("an MQTT client got %+v, expiry %d s", pk.FixedHeader, s)
	}
	sub.subscribe("a/c", 0)
	if pk := sub.expect(packets.Publish); pk.Properties.ContentType != "application/json" || len(pk.Properties.User) != 1 {
		t.Errorf("an MQTT client got the properties %+v", pk.Properties)
	}
	if n := e.Stats().Retained; n != 2 {
		t.Errorf("%d retained", n)
	}
}

func TestRetainedFilters(t *testing.T) {
	e := start(t, Options{})
	for _, topic := range []string{"a", "a/b", "a/b/c", "d", "$internal"} {
		retain(t, e, &Message{Topic: topic, Payload: []byte("x")})
	}
	tests := []struct {
		filter string
		want   string
	}{
		{"a", "a"},
		{"a/#", "a a/b a/b/c"},
		{"+", "a d"},
		{"#", "a a/b a/b/c d"},
		{"+/b/#", "a/b a/b/c"},
		{"$internal", "$internal"},
		{"none", ""},
		{"$SYS/#", ""},
	}
	for _, test := range tests {
		if got := strings.Join(retainedTopics(e, test.filter), " "); got != test.want {
			t.Errorf("%s: got %q, want %q", test.filter, got, test.want)
		}
	}
	in := newInbox()
	mustSubscribe(t, e, "#", in.put)
	retain(t, e, &Message{Topic: "a", Payload: []byte("y")})
	if m := in.take(t); string(m.Payload) != "y" || !m.Retain { // the first that arrives: none was delivered before
		t.Errorf("got %+v", m)
	}
}

func TestRetainedIsThereForFunctions(t *testing.T) {
	e := start(t, Options{})
	var found int
	mustSubscribe(t, e, "a", func(m *Message) { found = len(e.Retained("a")) })
	retain(t, e, &Message{Topic: "a", Payload: []byte("1")})
	if found != 1 {
		t.Error("a function is called before the message is retained")
	}
	retain(t, e, &Message{Topic: "a"})
	if found != 0 {
		t.Error("a function is called before the message is cleared")
	}
}

func TestPublishRetainedDoesNotWait(t *testing.T) {
	store := newMemoryStore()
	store.held = true
	e := start(t, Options{Retained: store})
	in := newInbox()
	mustSubscribe(t, e, "a", in.put)
	done := make(chan error, 10)
	for i := range 10 {
		e.PublishRetained(&Message{Topic: "a", Payload: []byte(fmt.Sprint(i)), Retain: true}, func(err error) { done <- err })
	}
	for i := range 10 {
		if m := in.take(t); string(m.Payload) != fmt.Sprint(i) {
			t.Errorf("message %d is %q", i, m.Payload)
		}
	}
	select {
	case <-done:
		t.Error("done was called before the store was done")
	default:
	}
	store.release()
	for range 10 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	pk, err := decodeRetained("a", store.values["a"])
	if err != nil || string(pk.Payload) != "9" {
		t.Errorf("the store holds %v, %v", pk, err)
	}
}

func TestAcknowledgedMeansStored(t *testing.T) {
	store := newMemoryStore()
	store.held = true
	e := start(t, Options{Retained: store})
	l := listen(t, e, "mqtt")
	c := dialTo(t, l, 4, "pub")
	other := dialTo(t, l, 4, "other")

	c.publish("a", "1", 1, true)
	eventually(t, "the store has got it", func() bool { return store.waiting() == 1 })
	other.publish("b", "1", 1, false) // is not held up
	other.expect(packets.Puback)
	_ = c.stream.(interface{ SetReadDeadline(time.Time) error }).SetReadDeadline(time.Now().Add(30 * time.Millisecond))
	if _, err := c.in.Peek(1); err == nil {
		t.Error("acknowledged before the store was done")
	}
	store.release()
	c.expect(packets.Puback)

	t.Run("a full disk acknowledges nothing", func(t *testing.T) {
		store.err = errors.New("disk full")
		for _, version := range []byte{4, 5} {
			for qos := byte(1); qos <= 2; qos++ {
				c := dialTo(t, l, version, "unlucky")
				c.publish("a", "2", qos, true)
				if last := c.expectEnd(); last.FixedHeader.Type != packets.Disconnect && last.FixedHeader.Type != 0 {
					t.Errorf("version %d, QoS %d: got %s", version, qos, packets.PacketNames[last.FixedHeader.Type])
				}
			}
		}
		failed := make(chan error, 1)
		e.PublishRetained(&Message{Topic: "a", Payload: []byte("3"), Retain: true}, func(err error) { failed <- err })
		if err := <-failed; !errors.Is(err, store.err) {
			t.Errorf("done was told %v", err)
		}
	})
}

func TestRetainedQoS0IsStoredToo(t *testing.T) {
	store := newMemoryStore()
	e := start(t, Options{Retained: store})
	c := dial(t, e, 4, "pub")
	for i := range 3 * retainedPending {
		c.publish(fmt.Sprint("t/", i), "x", 0, true)
	}
	eventually(t, "all are stored", func() bool { return len(store.topics()) == 3*retainedPending })
}

func TestRetainedExpires(t *testing.T) {
	store := newMemoryStore()
	e := start(t, Options{Retained: store})
	retain(t, e, &Message{Topic: "soon", Payload: []byte("x"), Expiry: 20 * time.Millisecond, HasExpiry: true})
	retain(t, e, &Message{Topic: "at once", Payload: []byte("x"), HasExpiry: true})
	retain(t, e, &Message{Topic: "renewed", Payload: []byte("x"), Expiry: time.Millisecond, HasExpiry: true})
	retain(t, e, &Message{Topic: "renewed", Payload: []byte("y"), Expiry: time.Hour, HasExpiry: true})
	retain(t, e, &Message{Topic: "stays", Payload: []byte("x")})
	eventually(t, "what expired is gone", func() bool {
		return slices.Equal(retainedTopics(e, "+"), []string{"renewed", "stays"})
	})
	sub := dial(t, e, 4, "sub")
	for _, topic := range []string{"soon", "at once", "stays"} {
		sub.subscribe(topic, 0)
	}
	if pk := sub.expect(packets.Publish); pk.TopicName != "stays" {
		t.Errorf("%q was delivered", pk.TopicName)
	}
	eventually(t, "what expired is deleted", func() bool {
		return slices.Equal(store.topics(), []string{"renewed", "stays"})
	})
	if n := len(e.retained.due); n != 1 {
		t.Errorf("%d moments of expiry are kept", n)
	}
}

// mochi's own clock finds an expired message before anybody asks.
func TestRetainedExpiresByItself(t *testing.T) {
	store := newMemoryStore()
	e := start(t, Options{Retained: store})
	c := dial(t, e, 5, "pub")
	c.send(packets.Packet{
		FixedHeader: packets.FixedHeader{Type: packets.Publish, Qos: 1, Retain: true}, PacketID: 5,
		TopicName: "a", Payload: []byte("x"), Properties: packets.Properties{MessageExpiryInterval: 1},
	})
	c.expect(packets.Puback)
	if got := store.topics(); !slices.Equal(got, []string{"a"}) {
		t.Fatalf("the store holds %v", got)
	}
	eventually(t, "it is deleted", func() bool { return len(store.topics()) == 0 })
	if n := e.Stats().Retained; n != 0 {
		t.Errorf("%d retained", n)
	}
}

// The store ends with what the broker holds, whoever publishes to one topic at the same time.
func TestStoreEndsAsTheBroker(t *testing.T) {
	store := newMemoryStore()
	e := start(t, Options{Retained: store})
	l := listen(t, e, "mqtt")
	var working sync.WaitGroup
	for p := range 3 {
		c := dialTo(t, l, 4, fmt.Sprint("pub", p))
		working.Go(func() {
			for i := range 200 {
				c.publish("a", fmt.Sprint(p, i), 1, true)
				c.expect(packets.Puback)
			}
		})
		working.Go(func() {
			for i := range 200 {
				retain(t, e, &Message{Topic: "a", Payload: []byte(fmt.Sprint(p, i)), Expiry: time.Duration(i%3) * time.Millisecond, HasExpiry: i%2 == 0})
				e.Retained("a")
			}
		})
	}
	working.Wait()
	retain(t, e, &Message{Topic: "a", Payload: []byte("last")})
	pk, err := decodeRetained("a", store.values["a"])
	if err != nil || string(pk.Payload) != "last" || string(e.Retained("a")[0].Payload) != "last" {
		t.Errorf("the store holds %v, %v", pk, err)
	}
}

func TestWills(t *testing.T) {
	for _, scheme := range schemes {
		for _, version := range []byte{4, 5} {
			store := newMemoryStore()
			watched := newInbox()
			e := start(t, Options{Retained: store, OnMessage: func(m *Message) { watched.put(m) }})
			l := listen(t, e, scheme)
			in := newInbox()
			mustSubscribe(t, e, "will/#", in.put)
			sub := dialTo(t, l, version, "sub")
			sub.subscribe("will/#", 1)

			polite := dialTo(t, l, version, "polite", will("will/polite", "x", 0, false))
			polite.send(packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Disconnect}})
			polite.expectEnd()

			gone := dialTo(t, l, version, "gone", will("will/gone", "bye", 1, true))
			_ = gone.stream.Close()
			for _, box := range []*inbox{watched, in} {
				if m := box.take(t); m.Topic != "will/gone" || string(m.Payload) != "bye" || m.QoS != 1 || !m.Retain || m.From != "gone" {
					t.Errorf("%s, version %d: got %+v", scheme, version, m)
				}
			}
			if pk := sub.expect(packets.Publish); pk.TopicName != "will/gone" || pk.FixedHeader.Qos != 1 {
				t.Errorf("%s, version %d: a subscriber got %+v", scheme, version, pk)
			}
			eventually(t, "the will is stored", func() bool { return slices.Equal(store.topics(), []string{"will/gone"}) })
			if m := e.Retained("will/gone")[0]; m.From != "gone" || m.HasExpiry || time.Since(m.At) > time.Minute {
				t.Errorf("retained is %+v", m)
			}
		}
	}
}

func TestDelayedWill(t *testing.T) {
	e := start(t, Options{})
	l := listen(t, e, "mqtt")
	in := newInbox()
	mustSubscribe(t, e, "#", in.put)
	delayed := func(seconds uint32) connectOption {
		return func(pk *packets.Packet) { pk.Connect.WillProperties.WillDelayInterval = seconds }
	}

	c := dialTo(t, l, 5, "no session", will("now", "x", 0, false), delayed(60))
	_ = c.stream.Close()
	if m := in.take(t); m.Topic != "now" {
		t.Errorf("got %+v", m)
	}
	c = dialTo(t, l, 5, "session", persistent, will("later", "x", 1, true), delayed(1))
	_ = c.stream.Close()
	if m := in.take(t); m.Topic != "later" || m.From != "session" {
		t.Errorf("got %+v", m)
	}
	if got := e.Retained("later"); len(got) != 1 || got[0].HasExpiry {
		t.Errorf("retained are %+v", got)
	}
}
