package gateway

import (
	"time"

	"sluice/engine/coap"
	"sluice/engine/gateway/topicconfig"
)

// expires returns the topic's expiration date, if it has one.
func (t *topicResource) expires() (time.Time, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.config.ExpirationDate, t.config.Has(topicconfig.ExpirationDate)
}

// wake makes turn look at the topics at a time, if not before.
func (a *topicTable) wake(at time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.due.IsZero() || at.Before(a.due) {
		a.due = at
	}
}

// wakeFor makes turn look at the topics when t expires.
func (a *topicTable) wakeFor(t *topicResource) {
	if at, ok := t.expires(); ok {
		a.wake(at)
	}
}

// turn deletes the topics whose expiration date is reached, and asks observers whether they are still there.
func (a *topicTable) turn(now time.Time) {
	a.mu.Lock()
	idle := a.due.IsZero() || a.due.After(now)
	if !idle {
		a.due = time.Time{}
	}
	a.mu.Unlock()
	if idle {
		return
	}
	for _, t := range a.snapshot() {
		at, ok := t.expires()
		switch {
		case ok && !at.After(now):
			a.log.Debug("topic expired", "id", t.id, "topic", t.mounted)
			a.remove(t, a.logged(t.id))
			continue
		case ok:
			a.wake(at)
		}
		if next := t.askObservers(now); !next.IsZero() {
			a.wake(next)
		}
	}
}

// askObservers sends what there is as a Confirmable notification to those who got none for as long as observer-check
// says (RFC 7641, section 4.5), and returns when that is to be done again; zero if there are no observers.
func (t *topicResource) askObservers(now time.Time) (next time.Time) {
	t.telling.Lock()
	defer t.telling.Unlock()
	t.mu.Lock()
	data, gap := t.data, t.config.Gap()
	observers := append([]*observation(nil), t.subscribers...)
	t.mu.Unlock()
	n := data.notification()
	n.Confirmable = true
	out := coap.NewFanout()
	defer out.End()
	for _, o := range observers {
		due := o.asked().Add(gap)
		if !due.After(now) {
			o.tell(out, n, data.value(t, now))
			due = now.Add(gap)
		}
		if next.IsZero() || due.Before(next) {
			next = due
		}
	}
	return next
}
