package window

import (
	"cmp"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"

	"sluice/engine"
	"sluice/engine/settings"
	"sluice/ui/theme"
	"sluice/ui/units"
	"sluice/ui/widget"
	"sluice/ui/widget/format"
)

// limitsSize is how large the list of limits is in its dialog.
var limitsSize = fyne.NewSize(860, 460)

// limits is the dialog that lists every bound of the gateway, what is used of it and how often it was reached.
type limits struct {
	table *widget.DataTable[string, limitRow]
	open  atomic.Bool
	shown []limitRow // belongs to the ticker
}

// limitRow is a bound as it is shown.
type limitRow struct {
	limit engine.Limit
	last  string // how long ago it was reached
}

func (r limitRow) key() string { return r.limit.Listener + " " + r.limit.Name }

func (r limitRow) role() theme.Role {
	if r.limit.Reached > 0 {
		return theme.RoleLate
	}
	return theme.RoleGood
}

func (r limitRow) state() string {
	if r.limit.Reached > 0 {
		return lang.L("reached")
	}
	return lang.L("not reached")
}

func (r limitRow) where() string {
	if r.limit.Listener == "" {
		return lang.L("gateway")
	}
	return r.limit.Listener
}

// amount writes a number of a bound in its unit.
func (r limitRow) amount(n int64) string {
	if r.inBytes() {
		return format.Bytes(n)
	}
	return format.Count(n)
}

func (r limitRow) inBytes() bool {
	return strings.Contains(r.limit.Name, "_bytes") || strings.HasSuffix(r.limit.Name, "_size")
}

func (r limitRow) inUse() string {
	if r.limit.InUse < 0 {
		return format.None
	}
	return r.amount(r.limit.InUse)
}

func (r limitRow) most() string {
	if r.limit.Limit == 0 {
		return lang.L("none")
	}
	if r.inBytes() {
		return settings.Size(r.limit.Limit).String() // as the settings have it
	}
	return r.amount(r.limit.Limit)
}

func newLimits() *limits {
	byName := func(a, b limitRow) int { return cmp.Compare(a.key(), b.key()) }
	return &limits{table: widget.NewDataTable(limitRow.key, []widget.Column[limitRow]{
		{ID: "state", Title: "", Width: 30, Kind: widget.KindDot, Text: limitRow.state, Role: limitRow.role},
		{ID: "name", Title: lang.L("Limit"), Width: 250, Mono: true, Text: func(r limitRow) string { return r.limit.Name }, Compare: byName},
		{ID: "in use", Title: lang.L("In use"), Width: 90, Kind: widget.KindNumber, Text: limitRow.inUse},
		{ID: "limit", Title: lang.L("At most"), Width: 96, Kind: widget.KindNumber, Text: limitRow.most},
		{ID: "reached", Title: lang.L("Reached"), Width: 96, Kind: widget.KindNumber,
			Text:    func(r limitRow) string { return format.Count(int64(r.limit.Reached)) },
			Compare: func(a, b limitRow) int { return cmp.Compare(a.limit.Reached, b.limit.Reached) }},
		{ID: "last", Title: lang.L("Last"), Width: 76, Tone: theme.RoleMuted, Text: func(r limitRow) string { return r.last },
			Compare: func(a, b limitRow) int { return a.limit.Last.Compare(b.limit.Last) }},
		{ID: "where", Title: lang.L("Of"), Width: 120, Mono: true, Tone: theme.RoleMuted, Text: limitRow.where},
	})}
}

// showLimits opens the dialog; those that were reached come first.
func (w *window) showLimits() {
	l := w.limits
	l.table.SortBy("reached", true)
	l.open.Store(true)
	w.host.InformWide(lang.L("Limits"), l.table, limitsSize, func() { l.open.Store(false) })
	w.wakeUp()
}

// gather reads the bounds while the dialog is open and returns what brings it up to date.
func (l *limits) gather(e Engine, now time.Time) func() {
	if !l.open.Load() {
		l.shown = nil
		return nil
	}
	var rows []limitRow
	for _, limit := range e.Limits() {
		row := limitRow{limit: limit}
		if !limit.Last.IsZero() {
			row.last = units.Age(now.Sub(limit.Last))
		}
		rows = append(rows, row)
	}
	if slices.Equal(rows, l.shown) {
		return nil
	}
	l.shown = rows
	return func() { l.table.SetRows(rows) }
}

// reachedLimits is how many bounds have been reached since the gateway started.
func reachedLimits(all []engine.Limit) (n int) {
	for i := range all {
		if all[i].Reached > 0 {
			n++
		}
	}
	return n
}
