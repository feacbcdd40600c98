package traffic

import (
	"errors"
	"sync/atomic"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"

	"sluice/engine/record"
	"sluice/engine/record/filter"
	"sluice/ui/pane"
	"sluice/ui/theme"
	"sluice/ui/widget"
)

// Engine is what is needed of the engine. It may be called from any goroutine.
type Engine interface {
	Record() *record.Ring
}

// view is a table over a ring with a filter and a pause; the pane and the drawer each have one.
type view struct {
	ring  *record.Ring // the live one
	host  *pane.Host
	table *widget.DataTable[uint64, *Row]
	empty *widget.EmptyState

	filter  *widget.FilterEntry
	help    *widget.Button
	undo    *widget.Button
	pause   *widget.Button
	latest  *widget.Button
	problem *widget.Text
	// completion helps to type the filter; nil in the drawer, which has no room for it.
	completion *completion
	wrong      *filter.Mistake // in the filter, nil for none
	before     []string        // filters that a click has replaced, the last one last

	asked atomic.Pointer[question]
	// The rest belongs to gather.
	answered *question
	cleared  uint64 // record.Ring.Cleared, which any view may change
	feed     *feed
	held     pause
	ladder   ladder
	seen     seen
	more     bool
	built    time.Time
	newest   uint64
	drawn    time.Time
	undrawn  bool // there is more to draw than was
}

// drawEvery is how often a view is drawn while it looks through what is kept.
const drawEvery = 250 * time.Millisecond

// question is what the user asks of a view.
type question struct {
	source *source
	filter filter.Filter
	paused bool
	away   bool   // from the newest: what is looked at stays
	until  uint64 // while paused: the newest frame shown
	clears int    // counts how often the ring was cleared, or restored
	chosen uint64 // the message that is explained, 0 for none
}

// seen is what a view said last.
type seen struct {
	stats record.Stats
	odd   record.OddCounts
	newer int
	lost  int
	hint  string // words and command
}

func newView(ring *record.Ring, h *pane.Host, table *widget.DataTable[uint64, *Row], maxRows, maxBytes int) *view {
	v := &view{ring: ring, host: h, table: table, feed: newFeed(ring, maxRows, maxBytes)}
	v.asked.Store(&question{source: &source{ring: ring}})
	v.filter = widget.NewFilterEntry(lang.L("Filter, e.g. code:4.* peer:lamp-3 path:/ps/**"), func(string) { v.setFilter() })
	v.filter.OnEscape = v.escape
	v.filter.Below = v.table.Keyboard
	v.help = widget.NewQuietButton("?", v.showHelp)
	v.undo = widget.NewQuietButton(lang.L("Undo filter (Esc)"), func() { v.escape() })
	v.undo.Hide()
	v.pause = widget.NewButton(lang.L("Pause"), v.togglePause)
	v.latest = widget.NewQuietButton(lang.L("Go to latest"), func() { v.setFollow(true) })
	v.latest.Hide()
	v.problem = widget.NewText("", widget.TextStyle{Color: theme.ColorBad, Size: theme.SizeSmall}).Shrink()
	v.problem.Hide()
	v.empty = widget.NewEmptyState("", "")
	table.Empty = v.empty
	table.OnSecondary = v.menu
	table.OnEscape = func() { v.escape() }
	table.OnFollow = func(bool) { v.showFollow() }
	table.SetFollow(true)
	return v
}

func (v *view) change(f func(q *question)) {
	q := *v.asked.Load()
	f(&q)
	v.asked.Store(&q)
	v.host.Wake()
}

func (v *view) setFilter() {
	if v.completion != nil {
		defer v.completion.show()
	}
	wanted, err := filter.Parse(v.filter.Text)
	v.wrong = nil
	if err != nil {
		errors.As(err, &v.wrong)
		// The last filter that could be read stays; what is wrong is said below it.
		v.problem.SetText(mistakeText(err))
		v.problem.Show()
		return
	}
	v.problem.Hide()
	v.change(func(q *question) { q.filter = wanted })
}

// follow replaces the filter until the user undoes that.
func (v *view) follow(text string) {
	if text == v.filter.Text {
		return
	}
	v.before = append(v.before, v.filter.Text)
	v.table.Stay() // Escape takes this back first
	v.filter.SetText(text)
	pane.SetVisible(v.undo, true)
}

// escape takes back the filter that a click set, or empties it; false if there is none.
func (v *view) escape() bool {
	n := len(v.before)
	switch {
	case n > 0:
		text := v.before[n-1]
		v.before = v.before[:n-1]
		v.filter.SetText(text)
	case v.filter.Text != "":
		v.filter.SetText("")
	default:
		return false
	}
	pane.SetVisible(v.undo, len(v.before) > 0)
	return true
}

func (v *view) togglePause() {
	q := v.asked.Load()
	newest := q.source.ring.Last()
	v.change(func(q *question) { q.paused, q.until = !q.paused, newest })
	v.labelPause()
}

func (v *view) labelPause() {
	if v.asked.Load().paused {
		v.pause.SetLabel(lang.L("Resume"))
	} else {
		v.pause.SetLabel(lang.L("Pause"))
	}
}

// clear takes the live messages out of sight; undoing brings back what newer ones have left of them.
func (v *view) clear() {
	from := v.ring.Clear()
	newest := v.ring.Last()
	v.change(func(q *question) { q.clears++; q.until = newest })
	v.host.Undoable(lang.L("The traffic was cleared"), func() error {
		if v.ring.Restore(from) > newest {
			return errors.New(lang.L("newer messages have taken its room"))
		}
		v.host.Do(func() { v.change(func(q *question) { q.clears++ }) })
		return nil
	})
}

func (v *view) setFollow(on bool) {
	v.table.SetFollow(on)
	v.showFollow()
}

func (v *view) showFollow() {
	away := !v.table.Following()
	pane.SetVisible(v.latest, away)
	if v.asked.Load().away != away {
		v.change(func(q *question) { q.away = away })
	}
}

// gather reads the ring and returns what brings the table up to date, nil if it is.
func (v *view) gather(now time.Time) func() {
	q := v.asked.Load()
	ring := q.source.ring
	newest := ring.Last()
	if q == v.answered && newest == v.newest && !v.more && now.Sub(v.built) < time.Second && !now.Before(v.built) {
		return nil
	}
	changed := v.prepare(q, newest)
	rows, read, more := v.read(q, newest, v.clock(q, now))
	changed = changed || read || v.undrawn
	ladder, ladderChanged := v.ladder.follow(v.feed, q.chosen)
	s := seen{stats: ring.Stats(), odd: v.feed.index.Counts()}
	if q.paused {
		s.newer, s.lost = v.held.newer(v.feed, q.until, ring.First())
	}
	var hint, command string
	if len(rows) == 0 {
		hint, command = v.hint(q, s.stats, more)
	}
	s.hint = hint + command
	same := !changed && !ladderChanged && s == v.seen && q == v.answered
	asked := q != v.answered
	v.answered, v.newest, v.more, v.built, v.seen = q, newest, more, now, s
	// What passes too fast to be read in one tick waits for the next: a tick for it alone would draw all the time.
	if more && (q.paused || v.feed.behind()) {
		v.host.Wake()
		if v.undrawn = !same && !asked && now.Sub(v.drawn) < drawEvery; v.undrawn {
			return nil
		}
	}
	if same {
		return nil
	}
	v.drawn, v.undrawn = now, false
	return func() {
		v.empty.Set(hint, command)
		v.table.SetRows(rows)
		if v.completion != nil {
			v.completion.learn(rows)
		}
		if v.ladder.show != nil {
			v.ladder.show(ladder)
		}
	}
}

// prepare begins again where something else is asked for.
func (v *view) prepare(q *question, newest uint64) (changed bool) {
	if v.answered == nil || q.source != v.answered.source {
		v.feed.filter = q.filter
		v.feed.open(q.source.ring)
		v.held, v.cleared = pause{}, q.source.ring.Cleared()
		return true
	}
	if q.filter.String() != v.answered.filter.String() {
		v.feed.restart(q.filter, newest)
		if q.paused {
			v.feed.restart(q.filter, min(newest, q.until))
		}
		v.held, changed = pause{}, true
	}
	if cleared := q.source.ring.Cleared(); q.clears != v.answered.clears || cleared != v.cleared {
		v.cleared = cleared
		v.feed.open(q.source.ring)
		if q.paused {
			v.feed.restart(q.filter, min(newest, q.until))
		}
		v.held, changed = pause{}, true
	}
	if q.paused != v.answered.paused {
		v.held, changed = pause{}, true
	}
	return changed
}

// read lets the feed read and returns the rows to show.
func (v *view) read(q *question, newest uint64, now time.Time) (rows []*Row, changed, more bool) {
	v.feed.setHold(q.away, newest)
	if !q.paused {
		if !q.away || q.source.ring.Stats().Kept == 0 { // what is held stays, but for Clear
			changed = v.feed.dropBefore(q.source.ring.First())
		}
		read, more := v.feed.read(newest, now)
		return v.feed.rows, changed || read, more
	}
	if !v.held.whole {
		changed, more = v.feed.read(q.until, now)
		v.held.take(v.feed, q.until, !more)
		if more {
			return v.held.rows, changed, true
		}
	}
	_, more = v.feed.read(newest, now)
	return v.held.rows, changed, more
}

// clock is the time until when answers could come: in a file that of its last message.
func (v *view) clock(q *question, now time.Time) time.Time {
	if q.source.live() {
		return now
	}
	if last, ok := q.source.ring.Get(q.source.ring.Last()); ok {
		return last.At
	}
	return now
}

// hint says what would fill the table, with the command that does.
func (v *view) hint(q *question, stats record.Stats, more bool) (text, command string) {
	switch {
	case stats.Kept > 0 && more:
		return lang.L("Looking through what is kept…"), ""
	case stats.Kept > 0 && !q.filter.Empty():
		return lang.L("No message that is kept matches the filter."), ""
	case stats.Kept > 0:
		return lang.L("Messages wait: press Resume to see them."), ""
	case !q.source.live():
		return lang.L("There are no CoAP or MQTT messages in this file."), ""
	}
	return v.host.Hint(lang.L("Nothing has passed yet. A device publishes with:")), v.host.Gateway().Publish("plant/line1/temp", []byte("23.4"), 0, false)
}

// state says beside the title whether the view is live.
func (v *view) state(s seen) string {
	q := v.asked.Load()
	switch {
	case !q.source.live():
		return q.source.name
	case q.paused:
		return pausedText(s.newer, s.lost)
	}
	return lang.L("Live")
}

// menu is the context menu of a row.
func (v *view) menu(r *Row) []*fyne.MenuItem {
	items := v.followMenu(r)
	items = append(items, fyne.NewMenuItemSeparator())
	return append(items, v.copyMenu(r)...)
}

func (v *view) copyMenu(r *Row) []*fyne.MenuItem {
	items := []*fyne.MenuItem{
		fyne.NewMenuItem(lang.L("Copy as text"), func() { widget.CopyText(asText(r)) }),
		fyne.NewMenuItem(lang.L("Copy as JSON"), func() { widget.CopyText(asJSON(r)) }),
		fyne.NewMenuItem(lang.L("Copy bytes as hex"), func() { widget.CopyText(asHex(r)) }),
	}
	if line := asCommand(r, v.host.Gateway()); line != "" {
		items = append(items, fyne.NewMenuItem(lang.L("Copy as command"), func() { widget.CopyText(line) }))
	}
	return items
}

func rowKey(r *Row) uint64 { return r.Frame.Seq }
