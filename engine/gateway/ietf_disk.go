package gateway

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/fxamacker/cbor/v2"

	"sluice/engine/gateway/topicconfig"
)

const topicVersion = 1

// topicRecord is a topic as it is on disk: a CBOR array.
type topicRecord struct {
	_         struct{} `cbor:",toarray"`
	Version   int
	Root      string
	Path      string
	Mount     string
	Elsewhere bool
	Created   int64 // Unix nanoseconds
	Config    []byte
	Full      bool
	Payload   []byte
	Format    uint16
	Formatted bool
	At        int64 // Unix nanoseconds
}

var errTopicRecord = errors.New("not a topic")

// encode returns the form kept on disk.
func (t *topicResource) encode() ([]byte, error) {
	t.mu.Lock()
	if t.encoded == nil {
		t.encoded = t.config.Encode()
	}
	r := topicRecord{
		Version: topicVersion, Root: t.root, Path: t.path, Mount: t.mount, Elsewhere: t.elsewhere,
		Created: t.created.UnixNano(), Config: t.encoded,
		Full: t.full, Payload: t.data.payload, Format: t.data.format, Formatted: t.data.formatted,
	}
	if t.full {
		r.At = t.data.at.UnixNano()
	}
	t.mu.Unlock()
	b, err := cbor.Marshal(&r)
	if err != nil {
		return nil, fmt.Errorf("write topic %s: %w", t.id, err)
	}
	return b, nil
}

// decodeTopic makes a topic of what is on disk.
func (a *topicTable) decodeTopic(id string, value []byte) (*topicResource, error) {
	var r topicRecord
	if err := cbor.Unmarshal(value, &r); err != nil {
		return nil, fmt.Errorf("read topic %s: %w", id, err)
	}
	if r.Version != topicVersion {
		return nil, errTopicRecord
	}
	config, err := topicconfig.Decode(r.Config)
	if err != nil {
		return nil, fmt.Errorf("read topic %s: %w", id, err)
	}
	t := &topicResource{
		table: a, id: strings.Clone(id), root: r.Root, path: r.Path, name: config.TopicName, mount: r.Mount,
		mounted: r.Mount + config.TopicName, elsewhere: r.Elsewhere, created: time.Unix(0, r.Created), config: config, full: r.Full,
	}
	if r.Full {
		t.data = representation{payload: r.Payload, format: r.Format, formatted: r.Formatted, at: time.Unix(0, r.At)}
	}
	return t, nil
}

// load brings back the topics that are on disk. One that expired meanwhile is deleted.
func (a *topicTable) load(now time.Time) error {
	if a.store == nil {
		return nil
	}
	var expired []string
	err := a.store.Topics(func(id string, value []byte) error {
		t, err := a.decodeTopic(id, value)
		if err != nil {
			a.log.Warn("a topic on disk cannot be read and is left out", "id", id, "error", err)
			return nil
		}
		if at, ok := t.expires(); ok && !at.After(now) {
			expired = append(expired, id)
			return nil
		}
		a.bytes.Add(int64(len(t.data.payload))) // it had room before
		if err := a.add(t); err != nil {
			a.log.Warn("a topic on disk has no place and is left out", "id", id, "topic", t.mounted, "error", err)
			return nil
		}
		a.wakeFor(t)
		return nil
	})
	if err != nil {
		return err
	}
	for _, id := range expired {
		a.store.DeleteTopic(id, a.logged(id))
	}
	return nil
}

// save writes a topic; done is called when it is on disk.
func (a *topicTable) save(t *topicResource, done func(error)) {
	if a.store == nil {
		done(nil)
		return
	}
	t.saving.Lock()
	defer t.saving.Unlock()
	if t.isGone() {
		done(nil) // it was changed first and deleted then
		return
	}
	t.dirty.Store(false)
	value, err := t.encode()
	if err != nil {
		done(err)
		return
	}
	a.store.PutTopic(t.id, value, done)
}

func (t *topicResource) isGone() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.gone
}

// delete takes a topic that is gone off the disk.
func (a *topicTable) delete(t *topicResource, done func(error)) {
	if a.store == nil {
		done(nil)
		return
	}
	t.saving.Lock()
	defer t.saving.Unlock()
	a.store.DeleteTopic(t.id, done)
}

// changed notes that the data of a topic is to be written soon.
func (a *topicTable) changed(t *topicResource) {
	if a.store == nil || !t.listed.Load() || t.dirty.Swap(true) {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.unwritten[t] = struct{}{}
}

// flush writes the data that came from MQTT.
func (a *topicTable) flush() {
	a.mu.Lock()
	unwritten := slices.Collect(maps.Keys(a.unwritten))
	clear(a.unwritten)
	a.mu.Unlock()
	for _, t := range unwritten {
		if t.dirty.Swap(false) {
			a.save(t, a.logged(t.id))
		}
	}
}

// logged tells the log if something cannot be written that nobody waits for.
func (a *topicTable) logged(id string) func(error) {
	return func(err error) {
		if err != nil {
			a.log.Error("a topic cannot be kept", "id", id, "error", err)
		}
	}
}

// close takes the topics off the broker and writes what is not written yet.
func (a *topicTable) close() {
	for _, t := range a.snapshot() {
		if t.unsubscribe != nil {
			t.unsubscribe()
		}
	}
	a.flush()
}
