package gateway

import (
	"time"

	"sluice/engine/gateway/topicconfig"
)

// TopicState is where a topic is in its life (draft-ietf-core-coap-pubsub-21, section 3.1).
type TopicState string

// States of a topic; a deleted one is not there.
const (
	HalfCreated  TopicState = "half created"  // there is no data
	FullyCreated TopicState = "fully created" // there is data
)

// Topic is one topic of ietf now.
type Topic struct {
	ID          string
	Path        string                 // of the topic resource, with the first slash
	MQTT        string                 // the MQTT topic, with mountpoint
	Properties  topicconfig.Properties // topic-data is where clients find the data
	Elsewhere   bool                   // another server has the data
	State       TopicState
	Subscribers int
	Payload     []byte // the data, not to be modified
	// ContentFormat is that of the data, if it is known.
	ContentFormat uint16
	HasFormat     bool
	Created       time.Time
	Updated       time.Time // zero: never
}

// Topics returns all topics of ietf by ID.
func (g *Gateway) Topics() []Topic {
	all := g.topics.snapshot()
	topics := make([]Topic, len(all))
	for i, t := range all {
		topics[i] = t.describe()
	}
	return topics
}

func (t *topicResource) describe() Topic {
	t.mu.Lock()
	defer t.mu.Unlock()
	d := Topic{
		ID: t.id, Path: "/" + t.root + "/" + t.id, MQTT: t.mounted, Properties: t.config, Elsewhere: t.elsewhere,
		State: HalfCreated, Subscribers: len(t.subscribers), Created: t.created,
	}
	if t.full {
		d.State, d.Payload, d.Updated = FullyCreated, t.data.payload, t.data.at
		d.ContentFormat, d.HasFormat = t.data.format, t.data.formatted
	}
	return d
}

// DeleteTopic deletes a topic of ietf with its data as a DELETE does, from disk in the background. It reports whether
// there was one.
func (g *Gateway) DeleteTopic(id string) bool {
	t := g.topics.get(id)
	if t == nil {
		return false
	}
	removed := g.topics.remove(t, g.topics.logged(id))
	g.touch()
	return removed
}
