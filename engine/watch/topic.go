package watch

import (
	"slices"
	"strings"
	"time"

	"sluice/engine/topics"
)

// topicCondition watches one topic.
type topicCondition struct {
	spec    Spec
	compare comparison
	begun   time.Time
	count   uint64 // of values, so far
	met     bool
	at      time.Time // of the value before
	silent  bool
}

func newTopicCondition(s Spec) *topicCondition {
	c := &topicCondition{spec: s}
	c.compare, _ = newComparison(s) // Validate has judged it
	return c
}

func (c *topicCondition) look(v *view) []Event {
	first := c.begun.IsZero()
	if first {
		c.begun = v.now
	}
	t, known := v.source.Topics().Topic(c.spec.Of)
	if c.spec.Kind == TopicSilent {
		return c.lookForSilence(v.now, t, known)
	}
	if !known {
		c.count = 0 // it was removed: the next value is its first
		return nil
	}
	if first {
		c.count = t.Count
		_, c.met = c.compare.meets(t.Payload)
		return nil
	}
	var events []Event
	for _, value := range c.values(v, t) {
		if e, happened := c.judge(value); happened {
			events = append(events, e)
		}
	}
	return events
}

// values are those that came since the look before, the oldest first; where the history does not go so far back, those
// that it has.
func (c *topicCondition) values(v *view, t topics.Topic) []topics.Value {
	if t.Count < c.count {
		c.count = 0 // it was removed, and came back
	}
	n := t.Count - c.count
	c.count = t.Count
	if n == 0 {
		return nil
	}
	values := v.source.Topics().History(t.Name, int(min(n, maxEvents)))
	if len(values) == 0 {
		values = []topics.Value{{Payload: t.Payload, At: t.At}}
	}
	slices.Reverse(values)
	return values
}

func (c *topicCondition) judge(value topics.Value) (e Event, happened bool) {
	e = Event{At: value.At, Of: c.spec.Of}
	if c.spec.Kind == TopicValue {
		e.Value = number(strings.TrimSpace(string(value.Payload[:min(len(value.Payload), 64)])))
		return e, true
	}
	before, text := c.met, ""
	text, c.met = c.compare.meets(value.Payload)
	e.Value = number(text)
	return e, c.met && !before
}

// number is text if it is a number: other payloads are not told of, they may be secret.
func number(text string) string {
	if _, ok := numberOf(text); ok {
		return text
	}
	return ""
}

func (c *topicCondition) lookForSilence(now time.Time, t topics.Topic, known bool) []Event {
	last := c.begun
	if known && t.At.After(last) {
		last = t.At
	}
	if !last.Equal(c.at) {
		c.at, c.silent = last, false
	}
	if c.silent || now.Sub(last) < c.spec.For {
		return nil
	}
	c.silent = true
	return []Event{{At: now, Of: c.spec.Of}}
}
