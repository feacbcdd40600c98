package window

import (
	"sync/atomic"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"

	"sluice/engine/watch"
	"sluice/ui/pane"
	"sluice/ui/theme"
)

const (
	// watchesKey is where the engine keeps the watches.
	watchesKey = "watches"
	// lookEvery is how often is looked whether something happened that the user asked to be told.
	lookEvery = time.Second
)

// watches tells the user what he asked to be told: in the window while that is in front, or else by the desktop.
type watches struct {
	window *window
	set    *watch.Set
	list   *watchList // what the dialog shows, nil while it is closed. UI goroutine only
	front  atomic.Bool
	asked  chan struct{} // something new is watched

	// The rest belongs to whoever looks.
	kept  uint64 // revision
	shown uint64
	saved time.Time
}

func newWatches(w *window) *watches {
	t := &watches{window: w, set: watch.New(w.engine), asked: make(chan struct{}, 1)}
	if data := w.engine.LayoutValue(watchesKey); len(data) > 0 {
		if err := t.set.Load(data); err != nil {
			fyne.LogError("reading what the user asked to be told", err)
		}
	}
	t.kept = t.set.Revision()
	t.front.Store(true)
	return t
}

// run looks until the window closes.
func (t *watches) run() {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		select {
		case <-t.window.ctx.Done():
			t.keep()
			return
		case now := <-tick.C:
			t.look(now)
		case <-t.asked:
			t.look(time.Now()) // what is watched is as the user sees it: what happens from now on is told
		}
	}
}

// look tells what happened, and keeps what changed.
func (t *watches) look(now time.Time) {
	notices := t.set.Look(now)
	revision := t.set.Revision()
	if len(notices) > 0 || revision != t.shown {
		t.shown = revision
		t.window.do(func() {
			for _, n := range notices {
				t.tell(n)
			}
			if t.list != nil {
				t.list.show(t.set.All(), now)
			}
		})
	}
	if now.Sub(t.saved) >= keepEvery || now.Before(t.saved) {
		t.saved = now
		t.keep()
	}
}

// keep remembers the watches where they changed.
func (t *watches) keep() {
	revision := t.set.Revision()
	if revision == t.kept {
		return
	}
	data, err := t.set.Save()
	if err != nil {
		fyne.LogError("remembering what the user asked to be told", err)
		return
	}
	t.kept = revision
	t.window.engine.PutLayoutValue(watchesKey, data)
}

// tell says a notice where the user sees it.
func (t *watches) tell(n watch.Notice) {
	text := noticeText(n)
	if !t.front.Load() {
		t.window.app.SendNotification(fyne.NewNotification(lang.L("Sluice"), text))
		return
	}
	id, item := placeOf(n.Watch.Spec)
	if id == "" {
		t.window.notify(theme.RoleLate, text, lang.L("Limits"), t.window.showLimits)
		return
	}
	t.window.notify(theme.RoleLate, text, lang.L("Show it"), func() { t.show(id, item) })
}

// show goes to what a notice is about.
func (t *watches) show(id, item string) {
	if id != pane.Clients {
		t.window.reach(id, item)
		return
	}
	t.window.run(func() { // the pane knows clients by their keys
		key := ""
		for _, c := range t.window.engine.Clients() {
			if c.ID == item {
				key = c.Key
			}
		}
		t.window.do(func() { t.window.reach(id, key) })
	})
}

// placeOf is the pane, and the item in it, that shows what is watched; empty for the list of limits.
func placeOf(s watch.Spec) (id, item string) {
	switch s.Kind {
	case watch.ClientConnects, watch.ClientDisconnects, watch.ClientSilent:
		return pane.Clients, s.Of
	case watch.TopicValue, watch.TopicMeets, watch.TopicSilent:
		return pane.Topics, s.Of
	case watch.ObserverLost:
		return pane.Observers, ""
	case watch.CertificateExpires:
		return pane.Certificates, s.Of
	case watch.ListenerFails:
		return pane.Settings, s.Of
	case watch.LimitReached:
		return "", ""
	}
	return pane.Certificates, ""
}

// ask adds a watch, or first asks the user for what is missing in it. It is the Watch of the panes' host.
func (t *watches) ask(s watch.Spec, ask bool) {
	if ask {
		newWatchForm(t, s).open()
		return
	}
	if err := t.add(s); err != nil {
		t.window.host.Failed(lang.L("You will not be told"), err)
	}
}

// add adds a watch and says so.
func (t *watches) add(s watch.Spec) error {
	id, err := t.set.Add(s)
	if err != nil {
		return err
	}
	select {
	case t.asked <- struct{}{}:
	default:
	}
	t.window.notify(theme.RoleGood, lang.L("You will be told: {{.What}}", map[string]any{"What": watchText(s)}), lang.L("Undo"), func() {
		t.set.Remove(id)
		t.refresh()
	})
	t.refresh()
	return nil
}

// refresh brings the dialog up to date.
func (t *watches) refresh() {
	if t.list != nil {
		t.list.show(t.set.All(), time.Now())
	}
}
