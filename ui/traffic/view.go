package traffic

import (
	"cmp"
	"strings"
	"sync/atomic"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"

	"sluice/engine/record"
	"sluice/ui/pane"
	"sluice/ui/theme"
	"sluice/ui/widget"
	"sluice/ui/widget/format"
)

// Engine is what is needed of the engine. It may be called from any goroutine.
type Engine interface {
	Record() *record.Ring
}

// view is a table over the ring with a filter and a pause; the pane and the drawer each have one.
type view struct {
	ring  Ring
	host  *pane.Host
	table *widget.DataTable[uint64, *Row]
	empty *widget.EmptyState

	filter  *widget.FilterEntry
	pause   *widget.Button
	latest  *widget.Button
	problem *widget.Text

	asked atomic.Pointer[question]
	// The rest belongs to gather.
	answered *question
	feed     *feed
	stats    record.Stats
	hinted   string // words and command
	newest   uint64
	more     bool
	built    time.Time
}

// question is what the user asks of a view.
type question struct {
	filter Filter
	paused bool
	until  uint64 // while paused: the newest frame shown
	clears int    // counts the presses of Clear
}

func newView(ring Ring, h *pane.Host, table *widget.DataTable[uint64, *Row], maxRows, maxBytes int) *view {
	v := &view{ring: ring, host: h, table: table, feed: newFeed(ring, maxRows, maxBytes)}
	v.asked.Store(&question{})
	v.filter = widget.NewFilterEntry(lang.L("Filter, e.g. code:4.* peer:lamp path:/ps/*"), func(string) { v.setFilter() })
	v.pause = widget.NewButton(lang.L("Pause"), v.togglePause)
	v.latest = widget.NewQuietButton(lang.L("Go to latest"), func() { v.setFollow(true) })
	v.latest.Hide()
	v.problem = widget.NewText("", widget.TextStyle{Color: theme.ColorBad, Size: theme.SizeSmall})
	v.problem.Hide()
	v.empty = widget.NewEmptyState("", "")
	table.Empty = v.empty
	table.OnSecondary = v.menu
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
	filter, err := ParseFilter(v.filter.Text)
	if err != nil {
		// The last filter that could be read stays; what is wrong is said beside it.
		v.problem.SetText(err.Error())
		v.problem.Show()
		return
	}
	v.problem.Hide()
	v.change(func(q *question) { q.filter = filter })
}

func (v *view) togglePause() {
	newest := v.ring.Last()
	v.change(func(q *question) { q.paused, q.until = !q.paused, newest })
	if v.asked.Load().paused {
		v.pause.SetLabel(lang.L("Resume"))
	} else {
		v.pause.SetLabel(lang.L("Pause"))
	}
}

func (v *view) clear() {
	v.ring.Clear()
	newest := v.ring.Last()
	v.change(func(q *question) { q.clears++; q.until = newest })
}

func (v *view) setFollow(on bool) {
	v.table.SetFollow(on)
	v.showFollow()
}

func (v *view) showFollow() {
	if v.table.Following() {
		v.latest.Hide()
	} else {
		v.latest.Show()
	}
}

// gather reads the ring and returns what brings the table up to date, nil if it is.
func (v *view) gather(now time.Time) func() {
	q := v.asked.Load()
	newest := v.ring.Last()
	if q == v.answered && newest == v.newest && !v.more && now.Sub(v.built) < time.Second && !now.Before(v.built) {
		return nil
	}
	changed := v.answered == nil
	switch {
	case v.answered == nil, !sameFilter(q.filter, v.answered.filter):
		v.feed.restart(q.filter)
		changed = true
	case q.clears != v.answered.clears:
		v.feed.forget()
		changed = true
	}
	until := newest
	if q.paused {
		until = q.until
	} else if v.feed.dropBefore(v.ring.First()) {
		changed = true
	}
	read, more := v.feed.read(until)
	stats := v.ring.Stats()
	rows := v.feed.rows
	var hint, command string
	if len(rows) == 0 {
		hint, command = v.hint(q, stats)
	}
	same := !read && !changed && stats == v.stats && q == v.answered && hint+command == v.hinted
	v.answered, v.newest, v.more, v.built, v.stats, v.hinted = q, newest, more, now, stats, hint+command
	if same {
		return nil
	}
	return func() {
		v.empty.Set(hint, command)
		v.table.SetRows(rows)
	}
}

func sameFilter(a, b Filter) bool {
	if len(a.terms) != len(b.terms) {
		return false
	}
	for i := range a.terms {
		if a.terms[i] != b.terms[i] {
			return false
		}
	}
	return true
}

// hint says what would fill the table, with the command that does.
func (v *view) hint(q *question, stats record.Stats) (text, command string) {
	switch {
	case stats.Kept > 0 && !q.filter.Empty():
		return lang.L("No message that is kept matches the filter."), ""
	case stats.Kept > 0:
		return lang.L("Messages wait: press Resume to see them."), ""
	}
	return v.host.Hint(lang.L("Nothing has passed yet. A device publishes with:")), v.host.Gateway().Publish("plant/line1/temp", []byte("23.4"), 0, false)
}

// state says beside the title whether the view is live.
func (v *view) state() string {
	if !v.asked.Load().paused {
		return lang.L("Live")
	}
	waiting := v.ring.Last() - v.asked.Load().until
	return lang.L("Paused, {{.Count}} waiting", map[string]any{"Count": format.Count(int64(waiting))})
}

// menu is the context menu of a row.
func (v *view) menu(r *Row) []*fyne.MenuItem {
	items := []*fyne.MenuItem{
		fyne.NewMenuItem(lang.L("Copy as text"), func() { widget.CopyText(asText(r)) }),
		fyne.NewMenuItem(lang.L("Copy as JSON"), func() { widget.CopyText(asJSON(r)) }),
		fyne.NewMenuItem(lang.L("Copy bytes as hex"), func() { widget.CopyText(asHex(r)) }),
	}
	if line := asCommand(r, v.host.Gateway()); line != "" {
		items = append(items, fyne.NewMenuItem(lang.L("Copy as command"), func() { widget.CopyText(line) }))
	}
	return append(items, fyne.NewMenuItemSeparator(),
		fyne.NewMenuItem(lang.L("Show only this peer"), func() { v.filter.SetText("peer:" + r.Peer()) }))
}

// columns are the tables' columns; the drawer shows the payload in place of what only the pane has room for.
func columns() []widget.Column[*Row] {
	return []widget.Column[*Row]{
		{ID: "time", Title: lang.L("Time"), Width: 112, Mono: true, Tone: theme.RoleDim, Text: (*Row).Time,
			Compare: func(a, b *Row) int { return cmp.Compare(a.Frame.Seq, b.Frame.Seq) }},
		{ID: "direction", Title: "", Width: 30, Mono: true, Text: (*Row).Direction, Role: directionRole},
		{ID: "peer", Title: lang.L("Peer"), Width: 138, Mono: true, Text: (*Row).Peer, Compare: by((*Row).Peer)},
		{ID: "type", Title: lang.L("Type"), Width: 52, Mono: true, Tone: theme.RoleMuted, Text: (*Row).Type, Compare: by((*Row).Type)},
		{ID: "code", Title: lang.L("Code"), Width: 142, Kind: widget.KindBadge, Mono: true, Text: (*Row).Code, Role: codeRole, Compare: by((*Row).Code)},
		{ID: "resource", Title: lang.L("Resource"), Width: 230, Mono: true, Text: (*Row).Resource, Compare: by((*Row).Resource)},
		{ID: "mid", Title: "MID", Width: 62, Kind: widget.KindNumber, Mono: true, Tone: theme.RoleDim, Text: (*Row).MID},
		{ID: "took", Title: lang.L("Took"), Width: 64, Kind: widget.KindNumber, Mono: true, Tone: theme.RoleDim, Text: (*Row).Took,
			Compare: func(a, b *Row) int { return cmp.Compare(a.exchange.Took, b.exchange.Took) }},
		{ID: "payload", Title: lang.L("Payload"), Width: 150, Mono: true, Tone: theme.RoleMuted, Text: (*Row).Payload},
		{ID: "size", Title: lang.L("Bytes"), Width: 62, Kind: widget.KindNumber, Mono: true, Tone: theme.RoleMuted, Text: (*Row).Size,
			Compare: func(a, b *Row) int { return cmp.Compare(len(a.Frame.Data), len(b.Frame.Data)) }},
	}
}

func by(text func(*Row) string) func(a, b *Row) int {
	return func(a, b *Row) int { return strings.Compare(text(a), text(b)) }
}

func rowKey(r *Row) uint64 { return r.Frame.Seq }

// directionRole colours the arrows: what came in as a request, what was sent as an answer.
func directionRole(r *Row) theme.Role {
	if r.Frame.Outgoing {
		return theme.RoleAccent
	}
	return theme.RolePOST
}

// codeRole colours the code as CoAP's methods and classes are coloured everywhere.
func codeRole(r *Row) theme.Role {
	switch {
	case r.Frame.Note&record.Malformed != 0:
		return theme.RoleBad
	case r.Frame.Protocol == record.MQTT:
		return theme.RoleMQTT
	}
	if code, ok := r.Frame.Code(); ok {
		return theme.MethodRole(code)
	}
	return theme.RoleNeutral
}
