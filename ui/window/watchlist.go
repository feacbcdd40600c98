package window

import (
	"cmp"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"

	"sluice/engine/watch"
	"sluice/ui/pane"
	"sluice/ui/theme"
	"sluice/ui/units"
	"sluice/ui/widget"
	"sluice/ui/widget/format"
)

// watchListSize is how large the list of what is told is in its dialog.
var watchListSize = fyne.NewSize(860, 420)

// watchList is the dialog of all that the user asked to be told.
type watchList struct {
	watches *watches
	table   *widget.DataTable[int, watchRow]
	power   *widget.Button
	remove  *widget.Button
	undo    *widget.Button
	removed *watch.Watch // what Undo brings back
	object  fyne.CanvasObject
}

// watchRow is a watch as it is shown.
type watchRow struct {
	watch watch.Watch
	last  string // how long ago it fired
}

func (r watchRow) state() string {
	if r.watch.Off {
		return lang.L("off")
	}
	return lang.L("on")
}

func (r watchRow) role() theme.Role {
	if r.watch.Off {
		return theme.RoleNeutral
	}
	return theme.RoleGood
}

// happened says what it told last.
func (r watchRow) happened() string {
	if r.watch.Last.At.IsZero() {
		return lang.L("never")
	}
	return eventText(r.watch.Spec, r.watch.Last)
}

func newWatchList(t *watches) *watchList {
	l := &watchList{watches: t}
	l.table = widget.NewDataTable(func(r watchRow) int { return r.watch.ID }, []widget.Column[watchRow]{
		{ID: "state", Width: 30, Kind: widget.KindDot, Text: watchRow.state, Role: watchRow.role},
		{ID: "what", Title: lang.L("Tell me when"), Width: 320, Text: func(r watchRow) string { return watchText(r.watch.Spec) },
			Compare: func(a, b watchRow) int { return cmp.Compare(watchText(a.watch.Spec), watchText(b.watch.Spec)) }},
		{ID: "told", Title: lang.L("What was told last"), Width: 300, Tone: theme.RoleMuted, Text: watchRow.happened},
		{ID: "last", Title: lang.L("Last"), Width: 86, Tone: theme.RoleMuted, Text: func(r watchRow) string { return r.last },
			Compare: func(a, b watchRow) int { return a.watch.Last.At.Compare(b.watch.Last.At) }},
		{ID: "fired", Title: lang.L("Times"), Width: 70, Kind: widget.KindNumber, Text: func(r watchRow) string { return format.Count(int64(r.watch.Fired)) },
			Compare: func(a, b watchRow) int { return cmp.Compare(a.watch.Fired, b.watch.Fired) }},
	})
	l.table.Empty = widget.NewEmptyState(lang.L("Nothing is watched. Ask here, or in the menu of a client, a topic, an observation or a certificate: Tell me when."), "")
	l.table.OnSelected = func(watchRow) { l.enable() }
	l.table.OnActivated = func(r watchRow) { l.toggle(r) }
	l.table.OnDelete = func(r watchRow) { l.take(r) }
	l.table.OnSecondary = func(r watchRow) []*fyne.MenuItem {
		return []*fyne.MenuItem{
			fyne.NewMenuItem(powerLabel(r), func() { l.toggle(r) }),
			fyne.NewMenuItem(lang.L("Remove"), func() { l.take(r) }),
		}
	}
	selected := func(do func(watchRow)) func() {
		return func() {
			if r, ok := l.table.Selected(); ok {
				do(r)
			}
		}
	}
	l.power = widget.NewButton(lang.L("Switch off"), selected(l.toggle))
	l.remove = widget.NewButton(lang.L("Remove"), selected(l.take))
	l.undo = widget.NewButton(lang.L("Undo"), l.restore)
	l.undo.Hide()
	add := widget.NewPrimaryButton(lang.L("Add"), func() { newWatchForm(t, watch.Spec{}).open() })
	bar := container.NewBorder(nil, nil, container.NewHBox(add, l.power, l.remove, l.undo), nil)
	where := pane.Remark(lang.L("What happens is said in the window, and by the desktop while another window is in front: names and numbers, never the text of a payload."), theme.RoleMuted)
	l.object = pane.Border(pane.NewColumn(8, where, bar, widget.NewPadded(0, 0, widget.NewLine())), nil, nil, nil, l.table)
	return l
}

func powerLabel(r watchRow) string {
	if r.watch.Off {
		return lang.L("Switch on")
	}
	return lang.L("Switch off")
}

func (l *watchList) toggle(r watchRow) {
	l.watches.set.Switch(r.watch.ID, r.watch.Off)
	l.watches.refresh()
}

func (l *watchList) take(r watchRow) {
	l.watches.set.Remove(r.watch.ID)
	l.removed = &r.watch
	l.undo.Show()
	l.watches.refresh()
}

func (l *watchList) restore() {
	if l.removed != nil {
		if err := l.watches.set.Restore(*l.removed); err != nil {
			l.watches.window.host.Failed(lang.L("You will not be told"), err)
		}
	}
	l.removed = nil
	l.undo.Hide()
	l.watches.refresh()
}

// show brings the list up to date.
func (l *watchList) show(all []watch.Watch, now time.Time) {
	rows := make([]watchRow, len(all))
	for i, w := range all {
		rows[i].watch = w
		if !w.Last.At.IsZero() {
			rows[i].last = units.Age(now.Sub(w.Last.At))
		}
	}
	l.table.SetRows(rows)
	l.enable()
}

func (l *watchList) enable() {
	r, ok := l.table.Selected()
	if !ok {
		l.power.Disable()
		l.remove.Disable()
		return
	}
	l.power.SetLabel(powerLabel(r))
	l.power.Enable()
	l.remove.Enable()
}

// showList opens the dialog.
func (t *watches) showList() {
	t.list = newWatchList(t)
	t.list.show(t.set.All(), time.Now())
	t.window.host.InformWide(lang.L("Notifications"), t.list.object, watchListSize, func() { t.list = nil })
}
