package request

import (
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
	"sluice/ui/widget/payload"
)

// The tabs of an answer.
const (
	tabPayload       = "payload"
	tabOptions       = "options"
	tabDatagrams     = "datagrams"
	tabNotifications = "notifications"
	tabChecks        = "checks"
	tabRun           = "run"
)

// answerView is what came back.
type answerView struct {
	pane   *Pane
	object fyne.CanvasObject
	shown  *shown

	badge   *widget.Badge
	head    *fyne.Container // of badge, facts and tabs
	facts   *widget.Text
	below   *widget.Text // the facts, where there is no room for them between badge and tabs
	room    float32      // between badge and tabs
	frame   *fyne.Container
	problem *fynewidget.Label
	bar     *fynewidget.ProgressBar
	track   *fyne.Container // of bar
	tabs    *widget.Tabs
	parts   map[string]fyne.CanvasObject
	empty   *widget.EmptyState
	payload *widget.PayloadView
	options *widget.DataTable[int, optionFact]
	packets *packetView
	checks  *widget.DataTable[int, check]
	notices *noticeView
	runs    *runView
}

func newAnswerView(p *Pane) *answerView {
	a := &answerView{
		pane: p, badge: widget.NewBadge("", theme.RoleNeutral), facts: widget.NewText("", widget.TextMuted), below: widget.NewText("", widget.TextMuted).Shrink(),
		problem: pane.Remark("", theme.RoleBad), bar: fynewidget.NewProgressBar(), payload: widget.NewPayloadView(),
		options: newOptionFacts(), packets: newPacketView(), checks: newChecks(), notices: newNoticeView(p),
		runs: newRunView(p),
	}
	a.payload.InBackground(p.host.Run, p.host.Do)
	a.badge.Hide()
	a.track = container.New(thin{}, a.bar)
	a.track.Hide()
	a.bar.TextFormatter = func() string { return "" }
	a.below.Hide()
	a.empty = widget.NewEmptyState("", "")
	a.tabs = widget.NewTabs(
		widget.Tab{ID: tabPayload, Label: lang.L("Payload")}, widget.Tab{ID: tabOptions, Label: lang.L("Options")},
		widget.Tab{ID: tabDatagrams, Label: lang.L("Datagrams")}, widget.Tab{ID: tabNotifications, Label: lang.L("Notifications")},
		widget.Tab{ID: tabChecks, Label: lang.L("Expected")}, widget.Tab{ID: tabRun, Label: lang.L("Run")})
	a.tabs.OnSelected = func(string) { a.choose() }
	a.parts = map[string]fyne.CanvasObject{
		tabPayload: a.payload, tabOptions: widget.NewWell(a.options), tabDatagrams: a.packets.object,
		tabNotifications: a.notices.object, tabChecks: widget.NewWell(a.checks),
		tabRun: a.runs.object,
	}
	all := container.NewStack(a.empty)
	for _, part := range a.parts {
		all.Add(part)
	}
	title := container.New(fynelayout.NewCustomPaddedHBoxLayout(10), container.NewCenter(widget.NewText(lang.L("Response"), widget.TextStrong)), container.NewCenter(a.badge))
	a.head = container.New(&headLayout{between: a.roomIs}, title, a.facts.Shrink(), container.NewHScroll(a.tabs))
	above := container.New(fynelayout.NewCustomPaddedVBoxLayout(2), a.head, a.below, a.track, a.problem)
	a.tabs.OnResized = a.head.Refresh
	a.frame = pane.Border(widget.NewPadded(0, 4, above), nil, nil, nil, all)
	a.object = widget.NewPadded(16, 8, a.frame)
	a.choose()
	return a
}

// choose shows the part of the chosen tab.
func (a *answerView) choose() {
	chosen := a.tabs.Selected()
	nothing := false
	switch ofResponse := chosen == tabPayload || chosen == tabOptions; {
	case a.shown == nil && chosen != tabNotifications && chosen != tabRun:
		nothing = true
		a.empty.Set(lang.L("Send a request with Ctrl+Enter, and what comes back is shown here: the code, the payload, the options and every datagram with its time."), "")
	case a.shown != nil && !a.shown.answered && ofResponse:
		nothing = true
		a.empty.Set(lang.L("There is no response to show."), "")
	}
	pane.SetVisible(a.empty, nothing)
	for id, part := range a.parts {
		pane.SetVisible(part, id == chosen && !nothing)
	}
}

// show shows an answer.
func (a *answerView) show(s *shown) {
	a.shown = s
	a.badge.Set(s.badge, s.role)
	pane.SetVisible(a.badge, true)
	a.sum(strings.Join(s.facts, " · "))
	pane.SetRemark(a.problem, s.problem, theme.RoleBad)
	a.payload.SetPayload(s.payload, s.format, payload.Auto)
	a.options.SetRows(s.options)
	a.packets.show(s)
	a.checks.SetRows(s.checks)
	a.tabs.SetCount(tabOptions, countOf(len(s.options)), theme.RoleNeutral)
	a.tabs.SetCount(tabDatagrams, countOf(len(s.datagrams)+s.leftOut), theme.RoleNeutral)
	switch unmet := s.unmet(); {
	case unmet > 0:
		a.tabs.SetCount(tabChecks, lang.L("{{.Count}} not met", map[string]any{"Count": unmet}), theme.RoleBad)
	case len(s.checks) > 0:
		a.tabs.SetCount(tabChecks, lang.L("met"), theme.RoleGood)
	default:
		a.tabs.SetCount(tabChecks, "", theme.RoleNeutral)
	}
	a.head.Refresh() // badge and counts have other widths
	a.pane.editor.security.session(s.session)
	a.choose()
}

// sum says what an answer took.
func (a *answerView) sum(words string) {
	a.facts.SetText(words)
	if a.fit() {
		a.frame.Refresh() // it has another line, or one less
	}
}

// fit puts the facts where there is room for them, and reports whether that is elsewhere now.
func (a *answerView) fit() (moved bool) {
	below := pane.NaturalWidth(a.facts.Text(), widget.TextMuted) > a.room
	a.below.SetText(a.facts.Text())
	moved = below != a.below.Visible()
	pane.SetVisible(a.below, below)
	pane.SetVisible(a.facts, !below)
	return moved
}

// roomIs takes in how much room there is between badge and tabs, while they are laid out.
func (a *answerView) roomIs(room float32) {
	if a.room == room {
		return
	}
	a.room = room
	if a.fit() {
		a.pane.host.Do(a.frame.Refresh)
	}
}

// progress shows how far what runs is; nil: nothing runs.
func (a *answerView) progress(s *step) {
	if s == nil {
		pane.SetVisible(a.track, false)
		return
	}
	a.sum(s.words)
	pane.SetVisible(a.track, s.part >= 0)
	if s.part >= 0 {
		a.bar.SetValue(s.part)
	}
	if s.shown == nil && !s.running {
		a.badge.Set(lang.L("Sending"), theme.RoleNeutral)
		pane.SetRemark(a.problem, "", theme.RoleBad) // that of the answer before
		pane.SetVisible(a.badge, true)
		a.head.Refresh() // the badge has another width
	}
}

// countOf is a count behind a tab, nothing for none.
func countOf(n int) string {
	if n == 0 {
		return ""
	}
	return format.Count(int64(n))
}

func newOptionFacts() *widget.DataTable[int, optionFact] {
	t := widget.NewDataTable(func(o optionFact) int { return o.index }, []widget.Column[optionFact]{
		{ID: "number", Title: lang.L("No."), Width: 56, Kind: widget.KindNumber, Tone: theme.RoleMuted, Text: func(o optionFact) string { return format.Count(int64(o.number)) }},
		{ID: "name", Title: lang.L("Option"), Width: 150, Text: func(o optionFact) string { return o.name }},
		{ID: "value", Title: lang.L("Value"), Width: 300, Mono: true, Text: func(o optionFact) string { return o.value }},
		{ID: "bytes", Title: lang.L("Bytes"), Width: 160, Mono: true, Tone: theme.RoleMuted, Text: func(o optionFact) string { return o.bytes }},
		{ID: "section", Title: lang.L("Defined in"), Width: 140, Tone: theme.RoleDim, Text: func(o optionFact) string { return o.define }},
	})
	t.Empty = widget.NewEmptyState(lang.L("The response has no options."), "")
	return t
}

func newChecks() *widget.DataTable[int, check] {
	t := widget.NewDataTable(func(c check) int { return c.index }, []widget.Column[check]{
		{ID: "word", Title: "", Width: 96, Kind: widget.KindBadge, Text: func(c check) string { return c.word }, Role: func(c check) theme.Role { return c.role }},
		{ID: "what", Title: lang.L("Expected"), Width: 300, Mono: true, Text: func(c check) string { return c.what }},
		{ID: "found", Title: lang.L("Found"), Width: 300, Mono: true, Tone: theme.RoleMuted, Text: func(c check) string { return c.found }},
	})
	t.Empty = widget.NewEmptyState(lang.L("The request expects nothing. In its text, a line such as this one does:"), "expect code 2.05")
	return t
}

// thin makes its objects as wide as there is room and a few units high.
type thin struct{}

// Layout implements [fyne.Layout].
func (thin) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	for _, o := range objects {
		o.Resize(size)
	}
}

// MinSize implements [fyne.Layout].
func (thin) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(0, 5) }

// headLayout puts a title at the left and tabs, which are in a scroll, at the right; what is between them has what they
// leave.
type headLayout struct{ between func(room float32) }

// Layout implements [fyne.Layout].
func (l *headLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	title, tabs := objects[0].MinSize().Width, objects[2].(*container.Scroll).Content.MinSize().Width
	tabs = max(0, min(tabs, size.Width-title-headGap))
	middle(objects[0], 0, title, size)
	room := max(0, size.Width-title-tabs-2*headGap)
	middle(objects[1], title+headGap, room, size)
	middle(objects[2], size.Width-tabs, tabs, size)
	l.between(room)
}

// headGap is between the parts of a head.
const headGap = 12

// middle puts an object halfway down.
func middle(o fyne.CanvasObject, x, width float32, size fyne.Size) {
	height := o.MinSize().Height
	o.Move(fyne.NewPos(x, (size.Height-height)/2))
	o.Resize(fyne.NewSize(width, height))
}

// MinSize implements [fyne.Layout].
func (*headLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	var size fyne.Size
	for _, o := range objects {
		least := o.MinSize()
		size = fyne.NewSize(size.Width+least.Width, max(size.Height, least.Height))
	}
	return size
}

// inMiddle gives its objects the whole width and their own height, halfway down, with room before and behind them.
type inMiddle struct{}

// Layout implements [fyne.Layout].
func (*inMiddle) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	for _, o := range objects {
		height := o.MinSize().Height
		o.Move(fyne.NewPos(12, (size.Height-height)/2))
		o.Resize(fyne.NewSize(max(0, size.Width-24), height))
	}
}

// MinSize implements [fyne.Layout].
func (*inMiddle) MinSize(objects []fyne.CanvasObject) fyne.Size {
	var least fyne.Size
	for _, o := range objects {
		least = least.Max(o.MinSize())
	}
	return least
}
