package emqx

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"sluice/engine/mistakes"
	"sluice/engine/settings"
)

// importer lays keys over settings one by one. What the settings refuse is undone and reported in their words.
type importer struct {
	settings settings.Settings
	report   Report
	off      bool // the file switches its gateway off
	dropped  bool // the listeners of CoAP that were there before are gone
}

func (i *importer) note(n *node, o Outcome, as string, why error) {
	i.report.Items = append(i.report.Items, Item{Line: n.line, Key: n.key, Outcome: o, As: as, Why: why})
}

// skip reports a key that is not taken, and not what is below it.
func (i *importer) skip(n *node, format string, args ...any) {
	i.note(n, NotTaken, "", mistakes.Errorf(format, args...))
}

// change is what a key becomes: the settings it sets, and why its value is not quite that of EMQX.
type change struct {
	as       string // KEY = VALUE, or words
	adjusted error  // nil: as it is in EMQX
	set      func(*settings.Settings)
}

// take makes a change unless it is not allowed, and reports it.
func (i *importer) take(n *node, c change, err error) bool {
	if err != nil {
		i.skip(n, "%w", err)
		return false
	}
	next := i.settings.Clone()
	if c.set != nil {
		c.set(&next)
	}
	if problem := newProblem(i.settings, next); problem != nil {
		i.skip(n, "%w", problem)
		return false
	}
	i.settings = next
	outcome := Taken
	if c.adjusted != nil {
		outcome = Adjusted
	}
	i.note(n, outcome, c.as, c.adjusted)
	return true
}

// newProblem returns what Validate says of next and does not say of before.
func newProblem(before, next settings.Settings) error {
	found, ok := errors.AsType[settings.Errors](next.Validate())
	if !ok {
		return nil
	}
	known := map[string]bool{}
	if old, ok := errors.AsType[settings.Errors](before.Validate()); ok {
		for _, e := range old {
			known[e.Key] = true
		}
	}
	for _, e := range found {
		if !known[e.Key] {
			return &settings.Error{Problem: e.Problem, Allowed: e.Allowed}
		}
	}
	return nil
}

// reader makes a change of a node's value; the error says why the value is not taken.
type reader func(n *node) (change, error)

// handler is a key that EMQX knows.
type handler struct {
	name string
	// One of these: read makes the change, walk sees to it and to what is below, why says that there is nothing to take.
	read reader
	walk func(*node)
	why  error
}

// members hands the members of an object to their handlers, in the order of the handlers: a value may be allowed only
// after another.
func (i *importer) members(n *node, handlers []handler) {
	if n.kind != object {
		i.skip(n, "is not an object")
		return
	}
	known := map[string]bool{}
	for _, h := range handlers {
		known[h.name] = true
		m := n.field(h.name)
		switch {
		case m == nil:
		case h.walk != nil:
			h.walk(m)
		case h.read == nil:
			i.skip(m, "%w", h.why)
		default:
			c, err := h.read(m)
			i.take(m, c, err)
		}
	}
	for _, m := range n.fields {
		if !known[m.name] {
			i.skip(m.value, "is unknown")
		}
	}
}

var errKind = mistakes.New("is an object or a list")

// plain is the text of a value that must be text.
func plain(n *node) (string, error) {
	if n.kind != scalar {
		return "", errKind
	}
	return n.text, nil
}

// textual reads text, or one word of several.
func textual[T ~string](key string, to func(*settings.Settings) *T) reader {
	return func(n *node) (change, error) {
		s, err := plain(n)
		return change{as: fmt.Sprintf("%s = %q", key, s), set: func(all *settings.Settings) { *to(all) = T(s) }}, err
	}
}

func readFlag(n *node) (bool, error) {
	s, err := plain(n)
	if err != nil {
		return false, err
	}
	switch strings.ToLower(s) {
	case "true", "on":
		return true, nil
	case "false", "off":
		return false, nil
	}
	return false, mistakes.Errorf("is %q, neither true or on nor false or off", s)
}

func flag(key string, to func(*settings.Settings) *bool) reader {
	return func(n *node) (change, error) {
		b, err := readFlag(n)
		return change{as: fmt.Sprintf("%s = %t", key, b), set: func(all *settings.Settings) { *to(all) = b }}, err
	}
}

func integer(key string, to func(*settings.Settings) *int) reader {
	return func(n *node) (change, error) {
		s, err := plain(n)
		if err != nil {
			return change{}, err
		}
		number, err := strconv.Atoi(s)
		if err != nil {
			return change{}, mistakes.Errorf("is %q, which is not a whole number", s)
		}
		return change{as: fmt.Sprintf("%s = %d", key, number), set: func(all *settings.Settings) { *to(all) = number }}, nil
	}
}

// duration reads a duration of EMQX; a bare number counts in unit. One that is longer than is allowed here becomes the
// longest.
func duration(key string, unit time.Duration, to func(*settings.Settings) *settings.Duration) reader {
	return func(n *node) (change, error) {
		s, err := plain(n)
		if err != nil {
			return change{}, err
		}
		d, err := parseDuration(s, unit)
		if err != nil {
			return change{}, err
		}
		const longest = 24 * time.Hour
		c := change{}
		if d > longest {
			d, c.adjusted = longest, mistakes.Errorf("%s is longer than is allowed", s)
		}
		c.as = fmt.Sprintf("%s = %s", key, settings.Duration(d))
		c.set = func(all *settings.Settings) { *to(all) = settings.Duration(d) }
		return c, nil
	}
}

// size reads a size of EMQX.
func size(key string, to func(*settings.Settings) *settings.Size) reader {
	return func(n *node) (change, error) {
		s, err := plain(n)
		if err != nil {
			return change{}, err
		}
		bytes, err := parseSize(s)
		return change{as: fmt.Sprintf("%s = %s", key, bytes), set: func(all *settings.Settings) { *to(all) = bytes }}, err
	}
}
