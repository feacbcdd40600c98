package request

import (
	"cmp"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	fynelayout "fyne.io/fyne/v2/layout"
	fynewidget "fyne.io/fyne/v2/widget"

	"sluice/ui/pane"
	"sluice/ui/theme"
	"sluice/ui/widget"
	"sluice/ui/widget/format"
)

// runView lists the requests of a run with what became of them.
type runView struct {
	pane   *Pane
	object fyne.CanvasObject
	table  *widget.DataTable[int, runRow]
	facts  *widget.Text
	stop   *fynewidget.Check
	again  *widget.Button
	copy   *widget.Button
	run    *bookRun // nil: none yet
}

func newRunView(p *Pane) *runView {
	v := &runView{pane: p, facts: widget.NewText("", widget.TextMuted).Shrink()}
	v.table = widget.NewDataTable(func(r runRow) int { return r.index }, []widget.Column[runRow]{
		{ID: "number", Title: lang.L("No."), Width: 44, Kind: widget.KindNumber, Tone: theme.RoleMuted, Text: func(r runRow) string { return format.Count(int64(r.index + 1)) }},
		{ID: "verdict", Title: "", Width: 84, Kind: widget.KindBadge, Text: runRow.word, Role: runRow.role, Compare: func(a, b runRow) int { return cmp.Compare(a.verdict, b.verdict) }},
		{ID: "verb", Title: "", Width: 68, Mono: true, Text: func(r runRow) string { return verbLabel(r.request.Verb) }, Role: func(r runRow) theme.Role { return verbRole(r.request.Verb) }},
		{ID: "title", Title: lang.L("Request"), Width: 200, Text: func(r runRow) string { return requestTitle(r.request) }},
		{ID: "book", Title: lang.L("Collection"), Width: 110, Hidden: true, Tone: theme.RoleMuted, Text: func(r runRow) string { return r.book }},
		{ID: "expected", Title: lang.L("Expected"), Width: 170, Mono: true, Tone: theme.RoleMuted, Text: func(r runRow) string { return r.expected }},
		{ID: "got", Title: lang.L("Found"), Width: 130, Mono: true, Text: func(r runRow) string { return r.got }},
		{ID: "time", Title: lang.L("Time"), Width: 76, Kind: widget.KindNumber, Mono: true, Text: runRow.time, Compare: func(a, b runRow) int { return cmp.Compare(a.rtt, b.rtt) }},
		{ID: "why", Title: lang.L("Why it failed"), Width: 400, Text: func(r runRow) string { return r.why }, Role: func(runRow) theme.Role { return theme.RoleBad }},
	})
	v.table.Dense = true
	v.table.Empty = widget.NewEmptyState(lang.L("Run a collection from its menu or from More: its requests are sent in order, and what became of each is listed here."), "")
	v.table.OnSelected = func(r runRow) { p.openRun(r) }
	v.table.OnActivated = func(r runRow) {
		p.openRun(r)
		tab := tabPayload
		if r.verdict == failed {
			tab = tabChecks
		}
		p.answer.tabs.Select(tab)
		p.answer.choose()
	}
	v.stop = fynewidget.NewCheck(lang.L("Stop at the first failure"), nil)
	v.again = widget.NewButton(lang.L("Run the collection"), v.repeat)
	v.copy = widget.NewMenuButton(lang.L("Copy"), v.copyMenu)
	v.copy.Disable()
	tools := container.New(fynelayout.NewCustomPaddedHBoxLayout(8), v.stop, v.copy, v.again)
	head := container.NewBorder(nil, nil, nil, tools, container.New(&inMiddle{}, v.facts))
	v.object = pane.Border(widget.NewPadded(0, 4, head), nil, nil, nil, widget.NewWell(v.table))
	return v
}

// begin shows another run.
func (v *runView) begin(run *bookRun) {
	v.run = run
	v.again.SetLabel(lang.L("Run again"))
	v.table.Unselect()
	v.show()
	v.pane.answer.tabs.Select(tabRun)
	v.pane.answer.choose()
	v.pane.answer.badge.Set(lang.L("Running"), theme.RoleNeutral)
	pane.SetVisible(v.pane.answer.badge, true)
	v.pane.answer.sum(run.words())
	v.pane.answer.head.Refresh() // the badge has another width
}

// show brings the list up to date.
func (v *runView) show() {
	rows, done := v.run.snapshot()
	v.table.SetRows(rows)
	v.facts.SetText(v.run.title() + " · " + v.run.words())
	setEnabled(v.copy, done)
	setEnabled(v.again, done)
	role, count := theme.RoleNeutral, countOf(len(rows))
	if n := v.run.failures(); n > 0 {
		role, count = theme.RoleBad, lang.L("{{.Count}} failed", map[string]any{"Count": format.Count(int64(n))})
	}
	v.pane.answer.tabs.SetCount(tabRun, count, role)
	v.pane.answer.head.Refresh() // the count has another width
}

// title names the collections of a run.
func (run *bookRun) title() string {
	names := make([]string, len(run.books))
	for i, b := range run.books {
		names[i] = b.name
	}
	return shortened(strings.Join(names, ", "), 40)
}

func (run *bookRun) failures() int {
	run.mu.Lock()
	defer run.mu.Unlock()
	return run.report.Failed
}

// repeat runs the same collections once more, as they are now; before the first run that of the draft.
func (v *runView) repeat() {
	if v.run == nil {
		v.pane.runBook()
		return
	}
	var books []*book
	for _, b := range v.run.books {
		if now := v.pane.library.book(b.key); now != nil {
			books = append(books, now)
		}
	}
	v.pane.runBooks(books)
}

// copyMenu offers the report.
func (v *runView) copyMenu() *fyne.Menu {
	return fyne.NewMenu("",
		fyne.NewMenuItem(lang.L("Copy as text"), func() { widget.CopyText(v.run.report.String()) }),
		fyne.NewMenuItem(lang.L("Copy as JSON"), func() {
			data, err := v.run.report.JSON()
			if err != nil {
				v.pane.host.Failed(lang.L("Copying failed"), err)
				return
			}
			widget.CopyText(string(data))
		}))
}

// word is the verdict.
func (r runRow) word() string {
	switch r.verdict {
	case runs:
		return lang.L("running")
	case passed:
		return lang.L("passed")
	case failed:
		return lang.L("failed")
	case notSent:
		return lang.L("not sent")
	}
	return ""
}

func (r runRow) role() theme.Role {
	switch r.verdict {
	case passed:
		return theme.RoleGood
	case failed:
		return theme.RoleBad
	case runs:
		return theme.RoleAccent
	}
	return theme.RoleMuted
}

func (r runRow) time() string {
	if r.rtt == 0 {
		return ""
	}
	return format.Duration(r.rtt)
}
