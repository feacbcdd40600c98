package gateway

import (
	"crypto/rand"
	"encoding/base32"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"sluice/engine/broker"
	"sluice/engine/settings"
)

// TopicStore keeps the topics of ietf on disk; store.Store is one. Everything is as with ResourceStore.
type TopicStore interface {
	PutTopic(id string, value []byte, done func(error))
	DeleteTopic(id string, done func(error))
	Topics(fn func(id string, value []byte) error) error
}

// Why a topic cannot be created.
var (
	errTopicsFull  = errors.New("there is no room for another topic")
	errNameInUse   = errors.New("topic-name is in use")
	errPathInUse   = errors.New("topic-data is in use")
	errNotMQTTName = errors.New("topic-name cannot be the name of an MQTT topic")
)

// topicTable holds all topics of draft-ietf-core-coap-pubsub. They are the same on every listener.
type topicTable struct {
	store    TopicStore // may be nil
	broker   broker.Broker
	log      *slog.Logger
	settings settings.IETF
	count    atomic.Int32
	bytes    atomic.Int64 // of configurations and data
	reached  *bounded
	touch    func() // something that snapshots show has changed

	mu        sync.RWMutex
	byID      map[string]*topicResource
	byPath    map[string]*topicResource // of topic-data
	byMounted map[string]*topicResource
	unwritten map[*topicResource]struct{} // whose data came from MQTT and is not on disk yet
	due       time.Time                   // when the next topic is to be looked at; zero: never
}

func newTopicTable(store TopicStore, g *Gateway) *topicTable {
	return &topicTable{
		store: store, broker: g.broker, log: g.log, settings: g.settings.IETF, reached: &g.reached, touch: g.touch,
		byID: make(map[string]*topicResource), byPath: make(map[string]*topicResource),
		byMounted: make(map[string]*topicResource), unwritten: make(map[*topicResource]struct{}),
	}
}

// grow takes bytes from what all topics may have, or gives them back. It reports whether there are as many.
func (a *topicTable) grow(bytes int) bool {
	if a.bytes.Add(int64(bytes)) > int64(a.settings.MaxTopicBytes) && bytes > 0 {
		a.bytes.Add(-int64(bytes))
		a.reached.topicBytes.Note()
		return false
	}
	return true
}

// get returns a topic by its ID, or nil.
func (a *topicTable) get(id string) *topicResource {
	a.mu.RLock()
	defer a.mu.RUnlock()
	return a.byID[id]
}

// dataAt returns the topic whose data has a path, or nil.
func (a *topicTable) dataAt(path []byte) *topicResource {
	a.mu.RLock()
	defer a.mu.RUnlock()
	return a.byPath[string(path)]
}

// snapshot returns all topics by ID.
func (a *topicTable) snapshot() []*topicResource {
	a.mu.RLock()
	all := make([]*topicResource, 0, len(a.byID))
	for _, t := range a.byID {
		all = append(all, t)
	}
	a.mu.RUnlock()
	slices.SortFunc(all, func(x, y *topicResource) int { return strings.Compare(x.id, y.id) })
	return all
}

// add lists a topic that is ready and not known yet.
func (a *topicTable) add(t *topicResource) error {
	if err := t.subscribe(); err != nil {
		return err
	}
	if err := a.list(t); err != nil {
		t.end()
		return err
	}
	return nil
}

func (a *topicTable) list(t *topicResource) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case a.byMounted[t.mounted] != nil:
		return errNameInUse
	case a.byID[t.id] != nil || t.path != "" && a.byPath[t.path] != nil:
		return errPathInUse
	case len(a.byID) >= a.settings.MaxTopics:
		a.reached.topics.Note()
		return errTopicsFull
	case !a.grow(t.configSize()):
		return errTopicsFull
	}
	a.byID[t.id], a.byMounted[t.mounted] = t, t
	if t.path != "" {
		a.byPath[t.path] = t
	}
	a.count.Store(int32(len(a.byID)))
	t.listed.Store(true)
	return nil
}

// freeID returns an ID that no topic has.
func (a *topicTable) freeID() string {
	for {
		if id := newTopicID(); a.get(id) == nil {
			return id
		}
	}
}

// newTopicID returns a short name for a topic. It is no secret: access rules protect topics.
func newTopicID() string {
	var b [5]byte
	_, _ = rand.Read(b[:]) // never fails
	return strings.ToLower(base32.StdEncoding.EncodeToString(b[:]))
}

func (t *topicResource) configSize() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.config.Size()
}

// subscribe joins the topic to the MQTT topic of its name, unless another server has its data.
func (t *topicResource) subscribe() error {
	if t.elsewhere {
		return nil
	}
	unsubscribe, err := t.table.broker.Subscribe(t.mounted, t.deliver)
	if err != nil {
		return fmt.Errorf("subscribe to %q: %w", t.mounted, err)
	}
	t.unsubscribe = unsubscribe
	return nil
}

// end makes a topic that nobody can find any more forget what it has. It reports whether that has not happened before.
func (t *topicResource) end() bool {
	t.mu.Lock()
	if t.gone {
		t.mu.Unlock()
		return false
	}
	t.gone = true
	t.mu.Unlock()
	if t.unsubscribe != nil {
		t.unsubscribe()
	}
	t.clear()
	return true
}

// remove deletes a topic and its data; done is called when that is on disk. It reports whether the topic was there.
func (a *topicTable) remove(t *topicResource, done func(error)) bool {
	a.mu.Lock()
	listed := a.byID[t.id] == t
	if listed {
		delete(a.byID, t.id)
		delete(a.byMounted, t.mounted)
		delete(a.unwritten, t)
		if t.path != "" {
			delete(a.byPath, t.path)
		}
		a.count.Store(int32(len(a.byID)))
	}
	a.mu.Unlock()
	if !listed {
		return false
	}
	t.end()
	a.grow(-t.configSize())
	a.forgetRetained(t)
	a.delete(t, done)
	return true
}

// forgetRetained deletes the retained message of a topic whose data was deleted, or it would come back.
func (a *topicTable) forgetRetained(t *topicResource) {
	if t.elsewhere || len(a.broker.Retained(t.mounted)) == 0 {
		return
	}
	m := &broker.Message{Topic: t.mounted, Retain: true, Via: broker.ViaCoAP, At: time.Now()}
	a.broker.PublishRetained(m, func(err error) {
		if err != nil {
			a.log.Warn("the retained message of deleted data stays", "topic", t.mounted, "error", err)
		}
	})
}
