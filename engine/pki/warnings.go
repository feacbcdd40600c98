package pki

import (
	"cmp"
	"slices"
	"time"
)

// Step says how near the end of a certificate is.
type Step uint8

// Steps.
const (
	NotNear Step = iota
	Month        // within 30 days
	Week         // within 7 days
	Over         // it expired
)

// String says it in plain English; the window translates it.
func (s Step) String() string {
	return [...]string{NotNear: "valid", Month: "ends within 30 days", Week: "ends within 7 days", Over: "expired"}[min(s, Over)]
}

// Warning says that a certificate ends soon or has ended.
type Warning struct {
	Entry Entry
	Step  Step
	Told  bool // by MarkTold, at this step
}

// Warnings returns a warning for every certificate that is near its end, the nearest first. Those that are revoked, and
// those with a successor of the same kind and subject, are left out.
func (k *Keeper) Warnings(now time.Time) []Warning {
	k.mu.RLock()
	defer k.mu.RUnlock()
	type role struct {
		kind    Kind
		subject string
	}
	last := map[role]time.Time{}
	for _, c := range k.certs {
		r := role{c.Kind, c.Subject}
		if c.Revoked.IsZero() && c.NotAfter.After(last[r]) {
			last[r] = c.NotAfter
		}
	}
	var warnings []Warning
	for _, c := range k.certs {
		step := stepAt(c.NotAfter, now)
		if step != NotNear && c.Revoked.IsZero() && !last[role{c.Kind, c.Subject}].After(c.NotAfter) {
			warnings = append(warnings, Warning{Entry: k.entry(c), Step: step, Told: c.told >= step})
		}
	}
	slices.SortFunc(warnings, func(a, b Warning) int {
		return cmp.Or(a.Entry.NotAfter.Compare(b.Entry.NotAfter), cmp.Compare(a.Entry.ID, b.Entry.ID))
	})
	return warnings
}

func stepAt(end, now time.Time) Step {
	switch left := end.Sub(now); {
	case left < 0:
		return Over
	case left <= 7*day:
		return Week
	case left <= 30*day:
		return Month
	}
	return NotNear
}

// MarkTold remembers, on disk, that the user has been told, so that each step is told once.
func (k *Keeper) MarkTold(warnings []Warning) error {
	k.changing.Lock()
	defer k.changing.Unlock()
	var c change
	for _, w := range warnings {
		if old, there := k.certs[w.Entry.ID]; there && old.told < w.Step {
			told := *old
			told.told = w.Step
			c.certs = append(c.certs, &told)
		}
	}
	if len(c.certs) == 0 {
		return nil
	}
	return k.apply(c)
}
