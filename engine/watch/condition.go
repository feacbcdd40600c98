package watch

import (
	"slices"
	"time"

	"sluice/engine/secure"
)

// condition compares what is with what was.
type condition interface {
	// look returns what happened since the look before, the latest last. The first look only takes down what is.
	look(v *view) []Event
}

func newCondition(w *watching) condition {
	switch w.Kind {
	case ClientConnects, ClientDisconnects, ClientSilent:
		return &clientCondition{spec: w.Spec}
	case TopicValue, TopicMeets, TopicSilent:
		return newTopicCondition(w.Spec)
	case ObserverLost:
		return &observerCondition{of: relation{w.Client, w.Of}}
	case CertificateExpires:
		return &certificateCondition{watch: &w.Watch}
	case ListenerFails:
		return &listenerCondition{of: w.Of}
	case LimitReached:
		return &limitCondition{of: w.Of}
	}
	return &refusedCondition{}
}

// clientCondition watches one client.
type clientCondition struct {
	spec      Spec
	begun     bool
	there     bool
	connected time.Time
	silent    bool
}

func (c *clientCondition) look(v *view) []Event {
	before := *c
	client := v.client(c.spec.Of)
	c.begun, c.there, c.silent, c.connected = true, client != nil, false, time.Time{}
	if client != nil {
		c.connected = client.Connected
		c.silent = client.Late
		if c.spec.For > 0 {
			c.silent = v.now.Sub(client.LastSeen) >= c.spec.For
		}
	}
	// Who came back between two looks has been away.
	again := c.there && before.there && c.connected.After(before.connected)
	var happened bool
	switch c.spec.Kind {
	case ClientConnects:
		happened = c.there && !before.there || again
	case ClientDisconnects:
		happened = !c.there && before.there || again
	case ClientSilent:
		happened = c.silent && !before.silent
	}
	if !before.begun || !happened {
		return nil
	}
	return []Event{{At: v.now, Of: c.spec.Of}}
}

// observerCondition watches one relation, or those that follow it: who registers again loses nothing.
type observerCondition struct {
	of    relation
	there bool
}

func (c *observerCondition) look(v *view) []Event {
	before := c.there
	if c.there = v.observed(c.of); before && !c.there {
		return []Event{{At: v.now, Of: c.of.of}}
	}
	return nil
}

// listenerCondition watches a listener, or all.
type listenerCondition struct {
	of     string
	failed map[string]bool // nil: it has yet to begin
}

func (c *listenerCondition) look(v *view) []Event {
	before := c.failed
	c.failed = map[string]bool{}
	var events []Event
	for _, l := range v.currentStatus().Listeners {
		if l.Err == nil || c.of != "" && c.of != l.URL {
			continue
		}
		c.failed[l.URL] = true
		if before != nil && !before[l.URL] {
			events = append(events, Event{At: v.now, Of: l.URL, Detail: l.Err.Err.Error()})
		}
	}
	return events
}

// limitCondition watches a limit, or all.
type limitCondition struct {
	of      string
	reached map[[2]string]uint64 // nil: it has yet to begin
}

func (c *limitCondition) look(v *view) []Event {
	before := c.reached
	c.reached = map[[2]string]uint64{}
	var events []Event
	for _, l := range v.source.Limits() {
		if c.of != "" && c.of != l.Name {
			continue
		}
		key := [2]string{l.Listener, l.Name}
		c.reached[key] = l.Reached
		if before != nil && l.Reached > before[key] {
			events = append(events, Event{At: v.now, Of: l.Name, Detail: l.Listener})
		}
	}
	return events
}

// refusedCondition watches handshakes and logins.
type refusedCondition struct {
	begun    bool
	revision uint64 // of handshakes
	last     time.Time
	wrong    uint64
}

func (c *refusedCondition) look(v *view) []Event {
	events := append(c.handshakes(v), c.logins(v)...)
	c.begun = true
	return events
}

func (c *refusedCondition) handshakes(v *view) []Event {
	keys := v.source.Keys()
	if keys == nil {
		return nil
	}
	revision := keys.HandshakeRevision()
	if c.begun && revision == c.revision {
		return nil
	}
	c.revision = revision
	var events []Event
	until := c.last
	for _, h := range keys.Handshakes() { // the newest first
		if !h.At.After(until) {
			break
		}
		if h.At.After(c.last) {
			c.last = h.At
		}
		if c.begun && h.Outcome != secure.Accepted {
			events = append(events, Event{At: h.At, Of: h.Peer.String(), Detail: h.Outcome.String()})
		}
	}
	slices.Reverse(events)
	return events
}

func (c *refusedCondition) logins(v *view) []Event {
	attempts := v.source.LoginAttempts()
	wrong := attempts.Wrong + attempts.Refused
	n := wrong - c.wrong
	if !c.begun || wrong < c.wrong {
		n = 0
	}
	c.wrong = wrong
	events := make([]Event, min(n, maxEvents))
	for i := range events {
		events[i] = Event{At: v.now}
	}
	return events
}

// maxEvents bounds what one look finds of one kind.
const maxEvents = 1000
