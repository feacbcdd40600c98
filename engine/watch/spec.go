// Package watch tells a user what he asked to be told: that a client is gone, that a value is too high, that nothing came
// for a minute. It pulls: once a second it asks the engine for what its watches need and compares that with what was. It is
// never on the way of a message, and knows no window: who calls Look says what is to be said, in which words and where.
package watch

import (
	"strconv"
	"strings"
	"time"

	"sluice/engine/collection"
	"sluice/engine/mistakes"
)

// Kind is what a watch waits for.
type Kind string

// Kinds.
const (
	ClientConnects     Kind = "client connects"    // Of is a client ID
	ClientDisconnects  Kind = "client disconnects" // Of is a client ID
	ClientSilent       Kind = "client silent"      // Of is a client ID; For, or else its own heartbeat, is how long
	TopicValue         Kind = "topic value"        // Of is a topic; a value comes
	TopicMeets         Kind = "topic meets"        // Of is a topic; a value comes that meets Compare, which the one before did not
	TopicSilent        Kind = "topic silent"       // Of is a topic; no value comes For so long
	ObserverLost       Kind = "observer lost"      // Of is a topic or path, Client who observes it
	CertificateExpires Kind = "certificate expires"
	ListenerFails      Kind = "listener fails"
	LimitReached       Kind = "limit reached"
	ClientRefused      Kind = "client refused" // in its handshake or its login
)

// The bounds of a watch.
const (
	MaxName   = 1024 // bytes of Of, Client, Path and Value
	MinSilent = time.Second
	MaxSilent = 7 * 24 * time.Hour
)

// Spec says what to watch.
type Spec struct {
	Kind   Kind   `json:"kind"`
	Of     string `json:"of,omitempty"` // of certificates the ID; empty: any certificate, listener or limit
	Name   string `json:"name,omitempty"`
	Client string `json:"client,omitempty"`
	// Path leads to the value in a payload in JSON or CBOR, as in "$.temperature"; empty: the payload is the value.
	Path string `json:"path,omitempty"`
	// Compare is <, <=, =, !=, >= or >, Value what is compared with. Numbers are compared as numbers; other values can be
	// equal or not.
	Compare string        `json:"compare,omitempty"`
	Value   string        `json:"value,omitempty"`
	For     time.Duration `json:"for,omitempty"`
}

// Comparisons are those that Spec.Compare may be.
func Comparisons() []string { return []string{">", ">=", "<", "<=", "=", "!="} }

// needsOf are the kinds that watch one thing only.
func (s Spec) needsOf() bool {
	switch s.Kind {
	case CertificateExpires, ListenerFails, LimitReached, ClientRefused:
		return false
	}
	return true
}

// Validate says what is wrong with a spec.
func (s Spec) Validate() error {
	for _, text := range []string{s.Of, s.Name, s.Client, s.Path, s.Value} {
		if len(text) > MaxName {
			return mistakes.Errorf("%.20q… is longer than %d bytes", text, MaxName)
		}
	}
	if s.Of == "" && s.needsOf() {
		return mistakes.New("it is not said what to watch")
	}
	switch s.Kind {
	case ClientConnects, ClientDisconnects, TopicValue, ObserverLost, CertificateExpires, ListenerFails, LimitReached, ClientRefused:
		return nil
	case ClientSilent:
		if s.For == 0 {
			return nil
		}
		return s.checkFor()
	case TopicSilent:
		return s.checkFor()
	case TopicMeets:
		_, err := newComparison(s)
		return err
	}
	return mistakes.Errorf("nothing is known of %q", s.Kind)
}

func (s Spec) checkFor() error {
	if s.For < MinSilent || s.For > MaxSilent {
		return mistakes.Errorf("%v: must be from %v to %v", s.For, MinSilent, MaxSilent)
	}
	return nil
}

// comparison judges payloads.
type comparison struct {
	path     *collection.Path // nil: the payload is the value
	operator string
	text     string
	number   float64
	numeric  bool
}

func newComparison(s Spec) (comparison, error) {
	c := comparison{operator: s.Compare, text: strings.TrimSpace(s.Value)}
	if s.Path != "" {
		path, err := collection.ParsePath(s.Path)
		if err != nil {
			return c, err
		}
		c.path = &path
	}
	c.number, c.numeric = numberOf(c.text)
	switch {
	case c.text == "":
		return c, mistakes.New("it is not said what to compare with")
	case c.operator == "=" || c.operator == "!=":
	case c.operator != "<" && c.operator != "<=" && c.operator != ">=" && c.operator != ">":
		return c, mistakes.Errorf("%q is no comparison", c.operator)
	case !c.numeric:
		return c, mistakes.Errorf("%q is no number: it can only be equal or not", c.text)
	}
	return c, nil
}

// meets judges a payload; where it has no such value, nothing is met.
func (c comparison) meets(payload []byte) (value string, met bool) {
	value = strings.TrimSpace(string(payload))
	if c.path != nil {
		found := false
		if value, found = c.path.In(payload); !found {
			return "", false
		}
	}
	number, numeric := numberOf(value)
	if !numeric || !c.numeric {
		return value, c.operator == "=" && value == c.text || c.operator == "!=" && value != c.text
	}
	switch c.operator {
	case "<":
		return value, number < c.number
	case "<=":
		return value, number <= c.number
	case ">=":
		return value, number >= c.number
	case ">":
		return value, number > c.number
	case "=":
		return value, number == c.number
	}
	return value, number != c.number
}

func numberOf(text string) (float64, bool) {
	if len(text) > 64 {
		return 0, false
	}
	number, err := strconv.ParseFloat(text, 64)
	return number, err == nil && number == number // NaN is no number
}
