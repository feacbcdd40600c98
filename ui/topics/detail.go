package topics

import (
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
	history    []historyRow
	chart      chart
	numeric    bool
}

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
	chart       *widget.Chart
	chartCard   fyne.CanvasObject
	payload     *widget.PayloadView
	payloadCard fyne.CanvasObject
	view        *widget.Choice
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
		chart:    widget.NewChart(theme.RoleAccent),
		payload:  widget.NewPayloadView(),
		history:  newHistory(),
		form:     newForm(p.publish),
	}
	d.title = pane.NewLead(d.name, titleStyle, d.retained, d.kind)
	d.observe = widget.NewButton(lang.L("Observe"), func() { p.toggleObserve(d.shown.name, d.shown.observed) })
	copyButton := widget.NewMenuButton(lang.L("Copy"), func() *fyne.Menu { return fyne.NewMenu("", p.copyItems(d.shown.topic, d.shown.configured)...) })
	d.remove = widget.NewDangerButton(lang.L("Delete"), func() { p.remove(d.shown.name, d.shown.known, d.shown.configured) })
	d.view = widget.NewChoice([]string{lang.L("Chart"), lang.L("Payload")}, lang.L("Chart"), func(string) { d.showValue() })
	d.payload.InBackground(p.host.Run, p.host.Do)
	d.payload.OnFormat = func(f payload.Format) { p.remember(d.shown.name, f) }
	d.payload.OnShown = func(f payload.Format) {
		d.kind.Set(lang.L(f.Title()), theme.RoleNeutral)
		d.title.Refresh()
	}
	d.chart.Format = format.Number
	d.chart.Label = d.moment

	buttons := container.New(fynelayout.NewCustomPaddedHBoxLayout(8), d.view, d.observe, copyButton, d.remove)
	d.facts = container.NewGridWithColumns(2, d.left, d.right)
	d.facts.Hide()
	head := container.NewVBox(container.NewBorder(nil, nil, nil, buttons, d.title), d.about.Shrink(), d.facts)
	d.chartCard = widget.NewCard(d.chart)
	d.payloadCard = widget.NewCard(d.payload)
	d.columns = widget.NewHSplit(inset(0, 0, 6, widget.NewWell(d.history)), inset(0, 6, 0, d.form.object), 0.56)
	d.split = widget.NewVSplit(inset(6, 0, 0, container.NewStack(d.chartCard, d.payloadCard)), inset(6, 0, 0, d.columns), 0.42)
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

func newHistory() *widget.DataTable[uint64, historyRow] {
	table := widget.NewDataTable(func(r historyRow) uint64 { return r.number }, []widget.Column[historyRow]{
		{ID: "time", Title: lang.L("Time"), Width: 112, Mono: true, Tone: theme.RoleDim, Text: func(r historyRow) string { return format.Clock(r.value.At) }},
		{ID: "value", Title: lang.L("Value"), Width: 104, Mono: true, Text: func(r historyRow) string { return r.text }},
		{ID: "via", Title: lang.L("Via"), Width: 108, Kind: widget.KindBadge, Text: func(r historyRow) string { return r.via }, Role: func(r historyRow) theme.Role { return r.role }},
		{ID: "from", Title: lang.L("From"), Width: 80, Tone: theme.RoleMuted, Text: func(r historyRow) string { return r.from }},
	})
	table.OnSecondary = func(r historyRow) []*fyne.MenuItem {
		return []*fyne.MenuItem{fyne.NewMenuItem(lang.L("Copy value"), func() { widget.CopyText(string(r.value.Payload)) })}
	}
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
	pane.SetVisible(d.view, s.numeric)
	d.about.SetText(d.aboutText(time.Now()))
	if s.observed {
		d.observe.SetLabel(lang.L("Stop observing"))
	} else {
		d.observe.SetLabel(lang.L("Observe"))
	}
	pane.SetVisible(d.facts, s.configured != nil)
	if s.configured != nil {
		left, right := configurationFacts(s.configured, time.Now())
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
		d.payload.SetPayload(s.topic.Payload, unknownFormat, format)
		d.history.SetRows(s.history)
		d.chart.SetHeading(s.chart.heading, s.chart.note, s.chart.span)
		d.chart.SetValues(s.chart.values)
	}
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
	return lang.N("{{.Count}} messages", int(t.Count), map[string]any{"Count": format.Count(int64(t.Count))}) +
		" · " + lang.L("last {{.Time}} ago from {{.From}}", map[string]any{
		"Time": units.Age(now.Sub(t.At)), "From": from(t.From, t.Via)}) +
		" · QoS " + string('0'+rune(t.QoS)) + " · " + format.Bytes(int64(len(t.Payload)))
}

// showValue shows the chart or the payload.
func (d *detail) showValue() {
	asChart := d.shown != nil && d.shown.numeric && d.view.Selected() == lang.L("Chart")
	pane.SetVisible(d.chartCard, asChart)
	pane.SetVisible(d.payloadCard, !asChart)
}

// moment is when a point of the chart was measured.
func (d *detail) moment(i int) string {
	if d.shown == nil || i < 0 || i >= len(d.shown.chart.moments) {
		return ""
	}
	return format.Clock(d.shown.chart.moments[i])
}
