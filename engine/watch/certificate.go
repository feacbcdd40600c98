package watch

import (
	"maps"
	"time"

	"sluice/engine/pki"
)

// certificatesEvery is how often certificates are looked at while none changes.
const certificatesEvery = time.Hour

// certificateCondition watches a certificate, or all. What was told is kept with the watch: it is said once a step, also
// over restarts.
type certificateCondition struct {
	watch    *Watch
	revision uint64
	looked   time.Time
}

func (c *certificateCondition) look(v *view) []Event {
	keys := v.source.Keys()
	if keys == nil {
		return nil
	}
	revision := keys.Revision()
	if !c.looked.IsZero() && revision == c.revision && v.now.Sub(c.looked) < certificatesEvery && !v.now.Before(c.looked) {
		return nil
	}
	c.revision, c.looked = revision, v.now
	near := map[string]pki.Step{}
	var events []Event
	for _, w := range keys.Warnings(v.now) {
		if c.watch.Of != "" && c.watch.Of != w.Entry.ID {
			continue
		}
		near[w.Entry.ID] = w.Step
		if w.Step > c.watch.Told[w.Entry.ID] {
			events = append(events, Event{At: v.now, Of: w.Entry.Name, Until: w.Entry.NotAfter})
		}
	}
	if !maps.Equal(near, c.watch.Told) {
		c.watch.Told = near
	}
	return events
}
