package overview

import (
	"math"
	"time"

	"sluice/engine/flow"
)

// moving is what is known of an edge: how many messages passed, and how fast they follow each other.
type moving struct {
	count uint64
	fresh uint64 // messages that were not drawn yet
	at    time.Time
	gap   time.Duration // between two messages, smoothed; 0: there was one only
}

// pause is how much longer than usual a gap is that is no gap but a pause, after which messages follow as before.
const pause = 4

// note takes what passed since.
func (m *moving) note(e *flow.Edge) {
	passed := e.Count
	if e.Count >= m.count {
		passed -= m.count
	}
	since := e.At.Sub(m.at)
	first := m.at.IsZero()
	m.count, m.at = e.Count, e.At
	m.fresh += passed
	switch {
	case passed == 0 || first || since <= 0:
		return
	case m.gap > 0 && since > pause*m.gap+2*time.Second:
		return
	}
	gap := since / time.Duration(passed)
	if m.gap > 0 {
		gap = (6*m.gap + 4*gap) / 10
	}
	m.gap = max(gap, 1)
}

// rate is how many messages a second pass now. It falls while none comes, to zero where it is a pause.
func (m *moving) rate(now time.Time) float64 {
	silent := now.Sub(m.at)
	if m.gap <= 0 || silent > pause*m.gap+2*time.Second {
		return 0
	}
	return 1 / max(m.gap, silent/2).Seconds()
}

// level is how strongly a rate is drawn: 0 for nothing, and one more for about each threefold.
func level(rate float64) int {
	if rate <= 0 {
		return 0
	}
	return min(1+int(math.Round(2*math.Log10(1+rate))), levels)
}

// levels is the strongest level: from about 3,000 messages a second on.
const levels = 8
