package broker

import (
	"container/heap"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	mqtt "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"

	"sluice/engine/mistakes"
	"sluice/engine/topicfilter"
)

// RetainedStore keeps retained messages on disk. Puts and deletes of one topic take effect in the order of the calls.
// done is called exactly once, when the change is on disk or cannot be. PutRetained may keep value.
type RetainedStore interface {
	PutRetained(topic string, value []byte, done func(error))
	DeleteRetained(topic string, done func(error))
	// Retained calls fn for everything kept; value is valid during the call. An error of fn ends it and is returned.
	Retained(fn func(topic string, value []byte) error) error
}

// retained keeps the store and an index of topics in step with the retained messages that mochi holds, and ends those
// that expired: mochi looks once a second, and delivers them until then.
type retained struct {
	server             *mqtt.Server
	store              RetainedStore // may be nil
	log                *slog.Logger
	maxCount, maxBytes int

	// order makes "read what mochi holds, tell the store" one step, so that the store's last write is mochi's state.
	order sync.Mutex

	mu      sync.RWMutex // guards what follows
	byTopic map[string]*entry
	bytes   int // of topics and payloads
	due     expiry
	warned  time.Time // when a lack of room was logged last
}

// entry is one topic with a retained message.
type entry struct {
	topic string
	size  int       // bytes of topic and payload
	due   time.Time // zero: never
	index int       // in expiry; -1: not in it
}

func newRetained(server *mqtt.Server, o *Options) *retained {
	return &retained{
		server: server, store: o.Retained, log: o.Log, maxCount: o.MaxRetained, maxBytes: o.MaxRetainedBytes,
		byTopic: make(map[string]*entry),
	}
}

// load fills mochi from the store. What expired meanwhile is deleted; what cannot be read stays in the store and is
// logged.
func (r *retained) load(now time.Time) error {
	if r.store == nil {
		return nil
	}
	var expired []string
	err := r.store.Retained(func(topic string, value []byte) error {
		topic = strings.Clone(topic)
		pk, err := decodeRetained(topic, value)
		if err != nil {
			r.log.Warn("a retained message cannot be read and is left out", "topic", topic, "error", err)
			return nil
		}
		if o := originOfPacket(pk); o.expired(now) {
			expired = append(expired, topic)
		} else {
			r.server.Topics.RetainMessage(*pk)
			r.note(pk, o.due)
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, topic := range expired {
		r.store.DeleteRetained(topic, r.logged(topic))
	}
	return nil
}

// persist brings index and store to what mochi holds for the topic of pk, which was just given to mochi as retained.
func (r *retained) persist(pk *packets.Packet, done func(error)) {
	r.order.Lock()
	defer r.order.Unlock()
	topic := pk.TopicName
	held, ok := r.server.Topics.Retained.Get(topic)
	if !ok && len(pk.Payload) > 0 {
		// The message before it expired in the same moment and was removed after this one had taken its place.
		held = pk.Copy(false)
		place(&held, originOfPacket(pk))
		r.server.Topics.RetainMessage(held)
		ok = true
	}
	if !ok {
		r.forget(topic)
		if r.store == nil {
			done(nil)
			return
		}
		r.store.DeleteRetained(topic, done)
		return
	}
	o := originOfPacket(&held)
	if held.Connect.ClientIdentifier == "" { // a will; mochi takes the time of a delayed one for its expiry
		place(&held, o)
		r.server.Topics.RetainMessage(held)
	}
	r.note(&held, o.due)
	if r.store == nil {
		done(nil)
		return
	}
	r.store.PutRetained(topic, encodeRetained(&held, o), done)
}

// purge ends the retained messages that have expired.
func (r *retained) purge(now time.Time) {
	r.mu.RLock()
	due := len(r.due) > 0 && !now.Before(r.due[0].due)
	r.mu.RUnlock()
	if !due {
		return
	}
	r.order.Lock()
	defer r.order.Unlock()
	for topic, more := r.nextDue(now); more; topic, more = r.nextDue(now) {
		if held, ok := r.server.Topics.Retained.Get(topic); ok {
			if o := originOfPacket(&held); !o.expired(now) {
				r.note(&held, o.due) // published again, its persist is still to come
				continue
			}
		}
		r.remove(topic)
	}
}

// expired is called after mochi removed a retained message because it expired.
func (r *retained) expired(topic string) {
	r.order.Lock()
	defer r.order.Unlock()
	if _, ok := r.server.Topics.Retained.Get(topic); !ok {
		r.remove(topic)
	}
}

// remove takes a topic out of mochi, index and store; order is held. An empty message also trims mochi's tree.
func (r *retained) remove(topic string) {
	r.server.Topics.RetainMessage(packets.Packet{TopicName: topic})
	r.forget(topic)
	if r.store != nil {
		r.store.DeleteRetained(topic, r.logged(topic))
	}
}

func (r *retained) logged(topic string) func(error) {
	return func(err error) {
		if err != nil {
			r.log.Warn("an expired retained message stays in the state file", "topic", topic, "error", err)
		}
	}
}

// messages returns what matches filter and has not expired, by topic.
func (r *retained) messages(filter string, now time.Time) []*Message {
	r.purge(now)
	topics := []string{filter}
	if hasWildcard(filter) {
		topics = r.matching(filter)
	}
	var found []*Message
	for _, topic := range topics {
		pk, ok := r.server.Topics.Retained.Get(topic)
		if !ok || isSys(topic) {
			continue
		}
		o := originOfPacket(&pk)
		if o.expired(now) {
			continue
		}
		m := messageOf(&pk, o.at)
		m.Via, m.From, m.Retain, m.Type = o.via, o.from, true, o.payloadType(&pk.Properties)
		m.Expiry, m.HasExpiry = 0, !o.due.IsZero()
		if m.HasExpiry {
			m.Expiry = o.due.Sub(now)
		}
		found = append(found, m)
	}
	return found
}

// matching returns the topics that match filter. mochi's own search reads its tree without a lock while publishers
// write it, and leaves out that a/# matches a.
func (r *retained) matching(filter string) []string {
	var found []string
	r.mu.RLock()
	for topic := range r.byTopic {
		if topicfilter.Match(filter, topic) {
			found = append(found, topic)
		}
	}
	r.mu.RUnlock()
	slices.Sort(found)
	return found
}

func (r *retained) len() int {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return len(r.byTopic)
}

// room reports whether one more message can be retained, for a new topic or in the place of another. Publishers at the
// same time may each find the last room.
func (r *retained) room(topic string, payload []byte, now time.Time) bool {
	if len(payload) == 0 || r.fits(topic, len(payload)) {
		return true
	}
	r.purge(now)
	if r.fits(topic, len(payload)) {
		return true
	}
	r.mu.Lock()
	quiet := now.Sub(r.warned) < warnEvery
	if !quiet {
		r.warned = now
	}
	count, bytes := len(r.byTopic), r.bytes
	r.mu.Unlock()
	if !quiet {
		r.log.Warn("there is no room for more retained messages", "topic", topic, "messages", count, "bytes", bytes)
	}
	return false
}

// warnEvery is how long a lack of room is not logged again.
const warnEvery = time.Minute

func (r *retained) fits(topic string, payload int) bool {
	r.mu.RLock()
	defer r.mu.RUnlock()
	size := len(topic) + payload
	if e := r.byTopic[topic]; e != nil {
		return size <= e.size || r.bytes-e.size+size <= r.maxBytes
	}
	return len(r.byTopic) < r.maxCount && r.bytes+size <= r.maxBytes
}

func (r *retained) note(pk *packets.Packet, due time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	e := r.byTopic[pk.TopicName]
	if e == nil {
		e = &entry{topic: pk.TopicName, index: -1}
		r.byTopic[e.topic] = e
	}
	r.bytes -= e.size
	e.size = len(pk.TopicName) + len(pk.Payload)
	r.bytes += e.size
	if e.index >= 0 {
		heap.Remove(&r.due, e.index)
	}
	e.due = due
	if !due.IsZero() {
		heap.Push(&r.due, e)
	}
}

func (r *retained) forget(topic string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if e := r.byTopic[topic]; e != nil {
		if e.index >= 0 {
			heap.Remove(&r.due, e.index)
		}
		r.bytes -= e.size
		delete(r.byTopic, topic)
	}
}

func (r *retained) nextDue(now time.Time) (string, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.due) == 0 || now.Before(r.due[0].due) {
		return "", false
	}
	return r.due[0].topic, true
}

// expiry is a heap of entries, the one that expires next first.
type expiry []*entry

func (x expiry) Len() int           { return len(x) }
func (x expiry) Less(i, j int) bool { return x[i].due.Before(x[j].due) }

func (x expiry) Swap(i, j int) {
	x[i], x[j] = x[j], x[i]
	x[i].index, x[j].index = i, j
}

func (x *expiry) Push(v any) {
	e := v.(*entry)
	e.index = len(*x)
	*x = append(*x, e)
}

func (x *expiry) Pop() any {
	last := len(*x) - 1
	e := (*x)[last]
	(*x)[last] = nil
	*x = (*x)[:last]
	e.index = -1
	return e
}

// waitStored makes a store's done into something to wait for.
func waitStored() (done func(error), wait func() error) {
	result := make(chan error, 1)
	return func(err error) { result <- err }, func() error {
		if err := <-result; err != nil {
			return mistakes.Errorf("keep retained message: %w", err)
		}
		return nil
	}
}
