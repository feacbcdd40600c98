package topicconfig

import "time"

// ContentFormat is the number of application/core-pubsub+cbor. IANA has not assigned one; the draft uses this.
const ContentFormat = 606

// CBOR is the Content-Format of the array of keys with which a part of a configuration is asked for.
const CBOR = 60

// DataResourceType is the resource type of a topic-data resource.
const DataResourceType = "core.ps.data"

// DefaultObserverCheck is the longest gap between two Confirmable notifications of a topic that does not say its own.
const DefaultObserverCheck = 24 * time.Hour

// Key is the CBOR key of a topic property (section 4 of the draft).
type Key uint8

// The topic properties.
const (
	TopicName Key = iota
	TopicData
	ResourceType
	TopicContentFormat
	TopicType
	ExpirationDate
	MaxSubscribers
	ObserverCheck
	Initialize
	keys
)

// confFilter was the key of the array of keys up to draft -20.
const confFilter = 9

var names = [keys]string{
	"topic-name", "topic-data", "resource-type", "topic-content-format", "topic-type", "expiration-date",
	"max-subscribers", "observer-check", "initialize",
}

// String is the draft's name of the property.
func (k Key) String() string {
	if k < keys {
		return names[k]
	}
	return "unknown property"
}

// Set is a set of keys.
type Set uint16

// SetOf returns the set of some keys.
func SetOf(all ...Key) Set {
	var s Set
	for _, k := range all {
		s |= 1 << k
	}
	return s
}

// Has reports whether k is in the set.
func (s Set) Has(k Key) bool { return s>>k&1 == 1 }

// Properties are topic properties. Only those in Present mean anything.
type Properties struct {
	Present Set

	TopicName          string
	TopicData          string // URI reference
	ResourceType       string
	TopicContentFormat uint16
	TopicType          string
	ExpirationDate     time.Time
	MaxSubscribers     uint32 // a larger one is stored as the largest
	ObserverCheck      uint32 // seconds, not 0; a larger one is stored as the largest
	Initialize         []byte // not to be modified
}

// Has reports whether a property is present.
func (p *Properties) Has(k Key) bool { return p.Present.Has(k) }

// Gap is the longest time between two Confirmable notifications to one subscriber.
func (p *Properties) Gap() time.Duration {
	if p.Has(ObserverCheck) {
		return time.Duration(p.ObserverCheck) * time.Second
	}
	return DefaultObserverCheck
}

// Select returns those of the properties that are in s.
func (p *Properties) Select(s Set) Properties {
	selected := *p
	selected.Present &= s
	return selected
}

// Size is roughly what the properties occupy, in bytes.
func (p *Properties) Size() int {
	return len(p.TopicName) + len(p.TopicData) + len(p.ResourceType) + len(p.TopicType) + len(p.Initialize)
}

// same reports whether both have the same value of a property.
func (p *Properties) same(q *Properties, k Key) bool {
	switch k {
	case TopicName:
		return p.TopicName == q.TopicName
	case TopicData:
		return p.TopicData == q.TopicData
	case ResourceType:
		return p.ResourceType == q.ResourceType
	case TopicContentFormat:
		return p.TopicContentFormat == q.TopicContentFormat
	case TopicType:
		return p.TopicType == q.TopicType
	case ExpirationDate:
		return p.ExpirationDate.Equal(q.ExpirationDate)
	case MaxSubscribers:
		return p.MaxSubscribers == q.MaxSubscribers
	case ObserverCheck:
		return p.ObserverCheck == q.ObserverCheck
	case Initialize:
		return string(p.Initialize) == string(q.Initialize)
	}
	return false
}

// Matches reports whether every property of a filter is present with the filter's value (section 2.4.2).
func (p *Properties) Matches(filter *Properties) bool {
	if p.Present&filter.Present != filter.Present {
		return false
	}
	for k := range keys {
		if filter.Has(k) && !p.same(filter, k) {
			return false
		}
	}
	return true
}
