package emqx

import (
	"fmt"
	"strings"
)

// Outcome is what became of a key.
type Outcome string

const (
	Taken    Outcome = "taken"
	Adjusted Outcome = "adjusted"  // taken, with another value or in another shape
	NotTaken Outcome = "not taken" // Item.Why says why
)

// Item is what became of one key.
type Item struct {
	Line    int    // from 1
	Key     string // as EMQX names it, from the root
	Outcome Outcome
	As      string // the settings that were set, as in gateway.heartbeat = 30s; empty if there is none to set
	Why     error  // nil: nothing is to be said
}

// String is the item on one line: "LINE: KEY: OUTCOME as AS: WHY".
func (i Item) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "line %d: %s: %s", i.Line, i.Key, i.Outcome)
	if i.As != "" {
		fmt.Fprintf(&b, " as %s", i.As)
	}
	if i.Why != nil {
		fmt.Fprintf(&b, ": %s", i.Why)
	}
	return b.String()
}

// rank is the place of an outcome in a report: first what the user has to see to.
func (o Outcome) rank() int {
	switch o {
	case NotTaken:
		return 0
	case Adjusted:
		return 1
	}
	return 2
}

// Report is what became of a file's keys: those that were not taken, then the adjusted ones, then the others, each in the
// order of their lines. No password is in it.
type Report struct {
	Source string // which file of EMQX it was taken for
	Items  []Item
}

// Count returns how many keys came out so.
func (r Report) Count(o Outcome) int {
	n := 0
	for _, i := range r.Items {
		if i.Outcome == o {
			n++
		}
	}
	return n
}

// String is a line that counts the outcomes, then one line for each item.
func (r Report) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %d not taken, %d adjusted, %d taken\n", r.Source, r.Count(NotTaken), r.Count(Adjusted), r.Count(Taken))
	for _, i := range r.Items {
		b.WriteString(i.String())
		b.WriteByte('\n')
	}
	return b.String()
}
