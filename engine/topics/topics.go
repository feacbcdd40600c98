// Package topics keeps what passed through every topic: the last value always, and while somebody watches a short
// history as well. It is bounded by bytes; the topics that were silent longest go first.
//
// Note is called for every message by the goroutine that publishes it; readers take snapshots. A revision counter tells
// a reader whether anything changed, so that a window can poll cheaply.
package topics

import (
	"time"

	"sluice/engine/broker"
)

// Topic is a snapshot of one topic.
type Topic struct {
	Name     string
	Payload  []byte // the last value; never modified
	At       time.Time
	From     string
	Via      broker.Via
	QoS      byte
	Type     broker.PayloadType // what the publisher declared
	Retained bool
	Count    uint64 // messages since the topic was first seen
	Revision uint64 // the table's revision when this topic changed last
}

// Value is one entry of a topic's history.
type Value struct {
	Payload []byte
	At      time.Time
	From    string
	Via     broker.Via
	QoS     byte
	Type    broker.PayloadType
	Retain  bool
}
