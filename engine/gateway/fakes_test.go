package gateway

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"sync"

	"sluice/engine/access"
	"sluice/engine/broker"
	"sluice/engine/settings"
	"sluice/engine/topics"
)

// memoryBroker is a broker.Broker without MQTT.
type memoryBroker struct {
	mu            sync.Mutex
	subscriptions map[int]memorySubscription
	next          int
	retained      map[string]*broker.Message
	published     []*broker.Message
	disconnected  []string
	hold          func(done func(error)) // when set, decides when a retained message is on disk
	quiet         bool                   // nothing is recorded
	broken        error                  // what Publish and Subscribe return
}

type memorySubscription struct {
	filter string
	fn     func(*broker.Message)
}

func newMemoryBroker() *memoryBroker {
	return &memoryBroker{subscriptions: make(map[int]memorySubscription), retained: make(map[string]*broker.Message)}
}

func (b *memoryBroker) Publish(m *broker.Message) error {
	if m.Retain {
		return errors.New("retained")
	}
	if err := b.failure(); err != nil {
		return err
	}
	b.hand(m)
	return nil
}

func (b *memoryBroker) failure() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.broken
}

func (b *memoryBroker) hand(m *broker.Message) {
	if b.quiet {
		return
	}
	kept := *m
	kept.Payload = bytes.Clone(m.Payload)
	b.mu.Lock()
	b.published = append(b.published, &kept)
	var fns []func(*broker.Message)
	for _, s := range b.subscriptions {
		if filterMatches(s.filter, m.Topic) {
			fns = append(fns, s.fn)
		}
	}
	b.mu.Unlock()
	for _, fn := range fns {
		fn(&kept)
	}
}

func (b *memoryBroker) PublishRetained(m *broker.Message, done func(error)) {
	kept := *m
	kept.Payload = bytes.Clone(m.Payload)
	b.mu.Lock()
	if len(m.Payload) == 0 {
		delete(b.retained, m.Topic)
	} else {
		b.retained[m.Topic] = &kept
	}
	hold := b.hold
	b.mu.Unlock()
	b.hand(m)
	if hold != nil {
		hold(done)
		return
	}
	done(nil)
}

func (b *memoryBroker) Subscribe(filter string, fn func(*broker.Message)) (func(), error) {
	if filter == "" {
		return nil, errors.New("empty filter")
	}
	if err := b.failure(); err != nil {
		return nil, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.next++
	id := b.next
	b.subscriptions[id] = memorySubscription{filter, fn}
	return func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		delete(b.subscriptions, id)
	}, nil
}

func (b *memoryBroker) Retained(filter string) []*broker.Message {
	b.mu.Lock()
	defer b.mu.Unlock()
	var found []*broker.Message
	for topic, m := range b.retained {
		if filterMatches(filter, topic) {
			found = append(found, m)
		}
	}
	slices.SortFunc(found, func(a, b *broker.Message) int { return strings.Compare(a.Topic, b.Topic) })
	return found
}

func (b *memoryBroker) Clients() []broker.Client { return nil }
func (b *memoryBroker) Stats() broker.Stats      { return broker.Stats{} }

func (b *memoryBroker) Disconnect(id string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.disconnected = append(b.disconnected, id)
	return false
}

// filters is how many subscriptions there are.
func (b *memoryBroker) filters() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.subscriptions)
}

// messages returns what was published, oldest first, without events.
func (b *memoryBroker) messages() []*broker.Message { return b.below("$SYS/", false) }

// events returns the events that were published, oldest first.
func (b *memoryBroker) events() []*broker.Message { return b.below("$SYS/", true) }

func (b *memoryBroker) below(prefix string, below bool) (found []*broker.Message) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, m := range b.published {
		if strings.HasPrefix(m.Topic, prefix) == below {
			found = append(found, m)
		}
	}
	return found
}

// last returns what was published last.
func (b *memoryBroker) last() *broker.Message {
	all := b.messages()
	return all[len(all)-1]
}

// filterMatches is MQTT 5, section 4.7, without the rule for $.
func filterMatches(filter, topic string) bool {
	f, t := strings.Split(filter, "/"), strings.Split(topic, "/")
	for i, level := range f {
		if level == "#" {
			return true
		}
		if i >= len(t) || level != "+" && level != t[i] {
			return false
		}
	}
	return len(f) == len(t)
}

// ended is how many MQTT clients were to be disconnected.
func (b *memoryBroker) ended() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.disconnected)
}

// holdWith sets hold.
func (b *memoryBroker) holdWith(hold func(done func(error))) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.hold = hold
}

// Topic makes the broker a LastValues.
func (b *memoryBroker) Topic(name string) (topics.Topic, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, m := range slices.Backward(b.published) {
		if m.Topic == name {
			return topics.Topic{Name: name, Payload: m.Payload, At: m.At}, true
		}
	}
	return topics.Topic{}, false
}

func (b *memoryBroker) Names(max int) []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	var names []string
	for _, m := range b.published {
		names = append(names, m.Topic)
	}
	slices.Sort(names)
	names = slices.Compact(names)
	return names[:min(max, len(names))]
}

func (b *memoryBroker) Remove(name string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	before := len(b.published)
	b.published = slices.DeleteFunc(b.published, func(m *broker.Message) bool { return m.Topic == name })
	return len(b.published) < before
}

// memoryStore is a ResourceStore and a TopicStore.
type memoryStore struct {
	mu     sync.Mutex
	values map[string][]byte
	topics map[string][]byte
	hold   func(done func(error)) // when set, decides when a change is on disk
}

func newMemoryStore() *memoryStore {
	return &memoryStore{values: make(map[string][]byte), topics: make(map[string][]byte)}
}

func (s *memoryStore) PutResource(topic string, value []byte, done func(error)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.values[topic] = bytes.Clone(value)
	s.finish(done)
}

func (s *memoryStore) DeleteResource(topic string, done func(error)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.values, topic)
	s.finish(done)
}

// holdWith sets hold.
func (s *memoryStore) holdWith(hold func(done func(error))) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hold = hold
}

func (s *memoryStore) finish(done func(error)) {
	if s.hold != nil {
		s.hold(done)
		return
	}
	go done(nil)
}

func (s *memoryStore) Resources(fn func(topic string, value []byte) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for topic, value := range s.values {
		if err := fn(topic, value); err != nil {
			return err
		}
	}
	return nil
}

func (s *memoryStore) PutTopic(id string, value []byte, done func(error)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.topics[id] = bytes.Clone(value)
	s.finish(done)
}

func (s *memoryStore) DeleteTopic(id string, done func(error)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.topics, id)
	s.finish(done)
}

func (s *memoryStore) Topics(fn func(id string, value []byte) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for id, value := range s.topics {
		if err := fn(id, value); err != nil {
			return err
		}
	}
	return nil
}

// control is a real access control.
func control(a settings.Access) *access.Control {
	c, err := access.New(a)
	if err != nil {
		panic(err)
	}
	return c
}
