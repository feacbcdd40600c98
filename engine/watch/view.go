package watch

import (
	"time"

	"sluice/engine"
	"sluice/engine/access"
	"sluice/engine/pki"
	"sluice/engine/topics"
)

// Source is what is looked at: the engine. Its methods are called by Look only, and only those that its watches need.
type Source interface {
	Status() engine.Status
	Clients() []engine.Client
	Observers() []engine.Observer
	Limits() []engine.Limit
	Topics() *topics.Table
	Keys() *pki.Keeper // may be nil
	LoginAttempts() access.Attempts
}

// view is the source at one look: each list is asked for once, and only if a watch needs it.
type view struct {
	source    Source
	now       time.Time
	status    *engine.Status
	clients   map[string]*engine.Client // the newest of an ID
	observers map[relation]bool
}

// relation is who observes what.
type relation struct{ client, of string }

func newView(s Source, now time.Time) *view { return &view{source: s, now: now} }

func (v *view) currentStatus() *engine.Status {
	if v.status == nil {
		status := v.source.Status()
		v.status = &status
	}
	return v.status
}

func (v *view) running() bool { return v.currentStatus().State != engine.Stopped }

func (v *view) client(id string) *engine.Client {
	if v.clients == nil {
		all := v.source.Clients()
		v.clients = make(map[string]*engine.Client, len(all))
		for i := range all {
			c := &all[i]
			if before := v.clients[c.ID]; before == nil || before.Connected.Before(c.Connected) {
				v.clients[c.ID] = c
			}
		}
	}
	return v.clients[id]
}

func (v *view) observed(r relation) bool {
	if v.observers == nil {
		v.observers = map[relation]bool{}
		for _, o := range v.source.Observers() {
			v.observers[relation{o.Client, o.Filter}] = true
		}
	}
	return v.observers[r]
}
