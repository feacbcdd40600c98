package topics

import (
	"slices"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	fynelayout "fyne.io/fyne/v2/layout"

	"sluice/engine/gateway"
	"sluice/engine/topics"
	"sluice/ui/pane"
	"sluice/ui/theme"
	"sluice/ui/units"
	"sluice/ui/widget"
	"sluice/ui/widget/format"
	"sluice/ui/widget/payload"
)

// shown is everything the detail says of one topic. It is made off the UI goroutine.
type shown struct {
	name     string
	known    bool // false: nothing has passed through the topic
	topic    topics.Topic
	observed bool // from this window
	// configured is the topic's configuration; nil: it has none.
	configured *gateway.Topic
	// resource is what devices of the dialect emqx4 read; nil: they read nothing.
	resource *gateway.Resource
	expiry   time.Duration // what is left of a retained message; 0: it does not expire
	rate     float64       // messages a second
	publish  []party
	listen   []party
	history  []historyRow
	// contradicted: the last value is not what its publisher declared it to be.
	contradicted bool
	numbers      []string // paths of the numbers in its payload
	chart        chart
	numeric      bool // there is something to chart
	difference   difference
	now          time.Time
}

// view is what of a topic's value is shown.
type view uint8

const (
	viewChart view = iota // the payload, where there is no number
	viewPayload
	viewDifference
)

func viewTitles() []string { return []string{lang.L("Chart"), lang.L("Payload"), lang.L("Difference")} }

// detail is the right side: one topic with its value, its history and the publish form.
type detail struct {
	pane   *Pane
	object fyne.CanvasObject
	shown  *shown

	empty, body fyne.CanvasObject
	title       *fyne.Container
	name        *widget.Text
	retained    *widget.Badge
	kind        *widget.Badge
	about       *widget.Text
	left, right *widget.KeyValue // what a topic's configuration says
	facts       fyne.CanvasObject
	observe     *widget.Button
	remove      *widget.Button
	fresh       *widget.Badge // how long it stays so
	wrong       *widget.Badge // it is not what was declared
	publish     *partyLine
	listen      *partyLine
	chart       *chartCard
	payload     *widget.PayloadView
	payloadCard fyne.CanvasObject
	difference  *differenceCard
	view        *widget.Choice
	buttons     *fyne.Container
	bar         *fyne.Container // the title and the buttons
	history     *widget.DataTable[uint64, historyRow]
	form        *form
	columns     *widget.Split
	split       *widget.Split
}

func newDetail(p *Pane) *detail {
	d := &detail{
		pane:     p,
		name:     widget.NewText("", titleStyle),
		retained: widget.NewBadge(lang.L("retained"), theme.RoleNeutral),
		kind:     widget.NewBadge("", theme.RoleNeutral),
		about:    widget.NewText("", widget.TextMuted),
		left:     widget.NewKeyValue(),
		right:    widget.NewKeyValue(),
		fresh:    widget.NewBadge("", theme.RoleNeutral),
		wrong:    widget.NewBadge("", theme.RoleLate),
		payload:  widget.NewPayloadView(),
		form:     newForm(p.publish),
	}
	d.title = pane.NewLead(d.name, titleStyle, d.retained, d.kind, d.wrong, d.fresh)
	d.chart, d.difference, d.history = newChartCard(p), newDifferenceCard(p), newHistory(p)
	d.publish = newPartyLine(lang.L("Published by"), lang.L("nobody yet"), p.openParty)
	d.listen = newPartyLine(lang.L("Listening"), lang.L("nobody"), p.openParty)
	d.observe = widget.NewButton(lang.L("Observe"), func() { p.toggleObserve(d.shown.name, d.shown.observed) })
	copyButton := widget.NewMenuButton(lang.L("Copy"), func() *fyne.Menu { return fyne.NewMenu("", p.copyItems(d.shown.topic, d.shown.configured)...) })
	d.remove = widget.NewDangerButton(lang.L("Delete"), func() { p.remove(d.shown.name, d.shown.known, d.shown.configured) })
	d.view = widget.NewChoice(viewTitles(), viewTitles()[viewChart], func(string) { d.setView(d.wanted()) })
	d.payload.InBackground(p.host.Run, p.host.Do)
	d.payload.OnFormat = func(f payload.Format) { p.remember(d.shown.name, f) }
	d.payload.OnShown = func(payload.Format) {
		d.kind.Set(d.payload.Title(), theme.RoleNeutral)
		d.title.Refresh()
	}
	d.payload.OnPick = d.pick

	d.buttons = container.New(fynelayout.NewCustomPaddedHBoxLayout(8), d.view, d.observe, copyButton, d.remove)
	d.bar = container.NewBorder(nil, nil, nil, d.buttons, d.title)
	d.facts = container.NewGridWithColumns(2, d.left, d.right)
	d.facts.Hide()
	head := container.NewVBox(d.bar, d.about.Shrink(),
		container.NewGridWithColumns(2, d.publish.object, d.listen.object), d.facts)
	d.payloadCard = widget.NewCard(d.payload)
	d.columns = widget.NewHSplit(inset(0, 0, 6, widget.NewWell(d.history)), inset(0, 6, 0, d.form.object), 0.56)
	d.split = widget.NewVSplit(inset(6, 0, 0, container.NewStack(d.chart.object, d.payloadCard, d.difference.object)), inset(6, 0, 0, d.columns), 0.42)
	d.body = widget.NewPadded(16, 12, container.NewBorder(head, nil, nil, nil, d.split))
	d.body.Hide()
	d.empty = widget.NewEmptyState(lang.L("Select a topic to see its values and to publish to it."), "")
	d.object = container.NewStack(d.empty, d.body)
	return d
}

// titleStyle is how the topic's name is written.
var titleStyle = widget.TextStyle{Color: theme.ColorText, Size: theme.SizeText, Mono: true, Bold: true}

// inset leaves room above, left and right of o.
func inset(top, left, right float32, o fyne.CanvasObject) fyne.CanvasObject {
	return container.New(fynelayout.NewCustomPaddedLayout(top, 6, left, right), o)
}

func newHistory(p *Pane) *widget.DataTable[uint64, historyRow] {
	table := widget.NewDataTable(func(r historyRow) uint64 { return r.number }, []widget.Column[historyRow]{
		{ID: "time", Title: lang.L("Time"), Width: 106, Mono: true, Tone: theme.RoleDim, Text: func(r historyRow) string { return format.Clock(r.value.At) }},
		{ID: "value", Title: lang.L("Value"), Width: 88, Grows: true, Mono: true, Text: func(r historyRow) string { return r.text }},
		{ID: "via", Title: lang.L("Via"), Width: 116, Kind: widget.KindBadge, Text: func(r historyRow) string { return r.via }, Role: func(r historyRow) theme.Role { return r.role }},
		{ID: "from", Title: lang.L("From"), Width: 96, Tone: theme.RoleMuted, Text: func(r historyRow) string { return r.from }},
	})
	table.OnSecondary = func(r historyRow) []*fyne.MenuItem {
		return []*fyne.MenuItem{
			fyne.NewMenuItem(lang.L("Copy value"), func() { widget.CopyText(string(r.value.Payload)) }),
			fyne.NewMenuItem(lang.L("Compare with the last value"), func() {
				p.detail.setView(viewDifference)
				p.compareWith(r.number)
			}),
		}
	}
	table.OnSelected = func(r historyRow) { p.compareWith(r.number) }
	table.Empty = widget.NewEmptyState(lang.L("Values are listed from now on as they come."), "")
	return table
}

// show brings the detail up to date; nil means that no topic is selected.
func (d *detail) show(s *shown) {
	if s == nil {
		d.shown = nil
		d.body.Hide()
		d.empty.Show()
		return
	}
	other := d.shown == nil || d.shown.name != s.name
	fresh := other || d.shown.topic.Revision != s.topic.Revision || d.shown.known != s.known
	d.shown = s
	d.form.topic = s.name
	d.name.SetText(s.name)
	pane.SetVisible(d.retained, s.topic.Retained)
	pane.SetVisible(d.kind, s.known)
	d.showFresh()
	wrong := s.wrong()
	d.wrong.Set(wrong, theme.RoleLate)
	pane.SetVisible(d.wrong, wrong != "")
	d.publish.set(s.publish)
	d.listen.set(s.listen)
	d.about.SetText(d.aboutText(s.now))
	label := lang.L("Observe")
	if s.observed {
		label = lang.L("Stop observing")
	}
	if d.observe.Label() != label {
		d.observe.SetLabel(label)
		d.bar.Refresh()
	}
	pane.SetVisible(d.facts, s.configured != nil)
	if s.configured != nil {
		left, right := configurationFacts(s.configured, s.now)
		d.left.SetPairs(left...)
		d.right.SetPairs(right...)
	}
	if s.known || s.configured != nil {
		d.remove.Enable()
	} else {
		d.remove.Disable()
	}
	if other {
		d.history.Unselect()
		d.payload.Clear()
	}
	if fresh {
		format := d.pane.formatOf(s.name)
		d.payload.SetPayload(s.topic.Payload, units.DeclaredFormat(s.topic.Type), format)
		d.history.SetRows(s.history)
	}
	d.chart.show(s.chart)
	d.difference.show(s.difference, d.pane.compared != 0)
	d.title.Refresh()
	d.showValue()
	d.empty.Hide()
	d.body.Show()
}

// aboutText is the muted line below the topic's name.
func (d *detail) aboutText(now time.Time) string {
	s := d.shown
	if !s.known {
		return lang.L("Nothing has been published here yet.")
	}
	t := s.topic
	text := lang.N("{{.Count}} messages", int(t.Count), map[string]any{"Count": format.Count(int64(t.Count))})
	if rate := rateText(s.rate); rate != "" {
		text += " · " + rate
	}
	text += " · " + lang.L("last {{.Time}} ago from {{.From}}", map[string]any{
		"Time": units.Age(now.Sub(t.At)), "From": from(t.From, t.Via)}) +
		" · QoS " + string('0'+rune(t.QoS)) + " · " + format.Bytes(int64(len(t.Payload)))
	if of := declared(t.Type); of != "" {
		text += " · " + lang.L("declared as {{.Type}}", map[string]any{"Type": of})
	}
	return text
}

// wrong says that the value is not what its publisher declared; empty if it may be.
func (s *shown) wrong() string {
	if !s.contradicted {
		return ""
	}
	return lang.L("not {{.Type}}", map[string]any{"Type": declared(s.topic.Type)})
}

// showFresh says how long the value is what it is: the Max-Age of a resource, and the expiry of a retained message.
func (d *detail) showFresh() {
	text, role := d.shown.freshness()
	d.fresh.Set(text, role)
	pane.SetVisible(d.fresh, text != "")
}

// freshness is how long a value is what it is, in words.
func (s *shown) freshness() (text string, role theme.Role) {
	var parts []string
	switch {
	case s.resource != nil && s.resource.Expired:
		role = theme.RoleLate
		parts = append(parts, lang.L("max-age {{.Time}}, over", map[string]any{"Time": units.Age(s.resource.MaxAge)}))
	case s.resource != nil:
		left := max(s.resource.MaxAge-s.now.Sub(s.resource.At), 0)
		parts = append(parts, lang.L("max-age {{.Time}}, {{.Left}} left", map[string]any{"Time": units.Age(s.resource.MaxAge), "Left": units.Age(left)}))
	}
	if s.expiry > 0 {
		parts = append(parts, lang.L("expires in {{.Time}}", map[string]any{"Time": units.Age(s.expiry)}))
	}
	return strings.Join(parts, " · "), role
}

// wanted is the view that the user chose.
func (d *detail) wanted() view { return view(max(slices.Index(viewTitles(), d.view.Selected()), 0)) }

func (d *detail) setView(v view) {
	d.view.SetSelected(viewTitles()[v])
	d.bar.Refresh()
	d.showValue()
	d.pane.ask()
}

// showValue shows the chart, the payload or the difference.
func (d *detail) showValue() {
	asChart := d.shown != nil && d.shown.numeric && d.wanted() == viewChart
	pane.SetVisible(d.chart.object, asChart)
	pane.SetVisible(d.difference.object, d.wanted() == viewDifference)
	pane.SetVisible(d.payloadCard, !asChart && d.wanted() != viewDifference)
}

// pick charts the number that was clicked on in the payload.
func (d *detail) pick(l payload.Leaf) {
	if _, ok := l.Number(); !ok || d.shown == nil {
		return
	}
	of := source{d.shown.name, l.Path}
	if !slices.Contains(d.shown.chart.sources, of) {
		d.pane.toggleSeries(d.shown.name, of)
	}
	d.setView(viewChart)
}
