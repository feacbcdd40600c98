package topics

import (
	"slices"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	fynelayout "fyne.io/fyne/v2/layout"
	fynewidget "fyne.io/fyne/v2/widget"

	"sluice/ui/units"
	"sluice/ui/widget"
	"sluice/ui/widget/format"
)

// spans are the ranges of time that a chart can show; 0 is all that is kept.
var spans = []time.Duration{0, time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour}

func spanTitle(d time.Duration) string {
	if d == 0 {
		return lang.L("All kept")
	}
	return lang.L("Last {{.Time}}", map[string]any{"Time": units.Age(d)})
}

// chartCard is the chart with what chooses its series and its range, and saves it.
type chartCard struct {
	object fyne.CanvasObject
	pane   *Pane
	chart  *widget.Chart
	series *widget.Button
	span   *widget.Button
	tools  *fyne.Container
}

func newChartCard(p *Pane) *chartCard {
	c := &chartCard{pane: p, chart: widget.NewChart()}
	c.chart.Format, c.chart.Label = format.Number, format.Clock
	c.series = widget.NewMenuButton(lang.L("Series"), c.seriesMenu)
	c.span = widget.NewMenuButton(spanTitle(0), c.spanMenu)
	save := widget.NewMenuButton(lang.L("Save"), c.saveMenu)
	c.tools = container.New(fynelayout.NewCustomPaddedHBoxLayout(8), fynelayout.NewSpacer(), c.series, c.span, save)
	c.chart.Trailing = c.tools.MinSize().Width + 4
	c.object = widget.NewCard(container.NewStack(c.chart, container.NewVBox(c.tools)))
	return c
}

func (c *chartCard) setSpan(d time.Duration) {
	c.span.SetLabel(spanTitle(d))
	c.tools.Refresh()
	c.chart.Trailing = c.tools.MinSize().Width + 4
	c.chart.Refresh()
}

func (c *chartCard) show(made chart) {
	c.chart.SetHeading(made.heading, made.note, made.span)
	c.chart.Plot(made.plotted)
}

// seriesMenu lists the numbers of the topic's payload and the series of other topics.
func (c *chartCard) seriesMenu() *fyne.Menu {
	s := c.pane.detail.shown
	var items []*fyne.MenuItem
	toggle := func(of source) *fyne.MenuItem {
		item := fyne.NewMenuItem(of.name(s.name), func() { c.pane.toggleSeries(s.name, of) })
		item.Checked = slices.Contains(s.chart.sources, of)
		return item
	}
	for _, path := range s.numbers {
		items = append(items, toggle(source{s.name, path}))
	}
	var others []*fyne.MenuItem
	for _, of := range s.chart.sources {
		if of.Topic != s.name || !slices.Contains(s.numbers, of.Path) {
			others = append(others, toggle(of))
		}
	}
	if len(others) > 0 {
		items = append(append(items, fyne.NewMenuItemSeparator()), others...)
	}
	shared := fyne.NewMenuItem(lang.L("All on one scale"), func() { c.pane.toggleScale(s.name) })
	shared.Checked = c.pane.charts[s.name].Shared
	return fyne.NewMenu("", append(items, fyne.NewMenuItemSeparator(), shared,
		fyne.NewMenuItem(lang.L("Add a number of another topic…"), func() { c.pane.addSeries(s.name) }))...)
}

func (c *chartCard) spanMenu() *fyne.Menu {
	var items []*fyne.MenuItem
	for _, d := range spans {
		item := fyne.NewMenuItem(spanTitle(d), func() { c.pane.setSpan(d) })
		item.Checked = d == c.pane.span
		items = append(items, item)
	}
	return fyne.NewMenu("", items...)
}

func (c *chartCard) saveMenu() *fyne.Menu {
	s := c.pane.detail.shown
	return fyne.NewMenu("",
		fyne.NewMenuItem(lang.L("Save as CSV…"), func() { c.pane.saveCSV(s.name, s.chart.plotted.Series) }),
		fyne.NewMenuItem(lang.L("Copy as CSV"), func() {
			var b strings.Builder
			if err := writeCSV(&b, s.chart.plotted.Series); err == nil {
				widget.CopyText(b.String())
			}
		}))
}

// toggleSeries adds a series to the chart of a topic, or takes it away; that is remembered.
func (p *Pane) toggleSeries(topic string, of source) {
	shown := p.charts[topic].Sources
	// Beside another topic the number that is shown unasked stays; among parts it is one of them, which now is named.
	if s := p.detail.shown; len(shown) == 0 && s != nil && s.name == topic && (of.Topic != topic || of.Path == "") {
		shown = s.chart.sources
	}
	p.rememberChart(topic, p.charts[topic].with(of, shown))
}

func (p *Pane) toggleScale(topic string) {
	how := p.charts[topic]
	how.Shared = !how.Shared
	p.rememberChart(topic, how)
}

func (p *Pane) rememberChart(topic string, how charted) {
	keep(p.charts, topic, how, rememberedCharts)
	p.ask()
}

func (p *Pane) setSpan(d time.Duration) {
	p.span = d
	p.detail.chart.setSpan(d)
	p.ask()
}

// addSeries asks for a topic whose number is to join the chart of another.
func (p *Pane) addSeries(to string) {
	p.host.Prompt(lang.L("Add a number of another topic"), "plant/line2/temp", lang.L("Next"), checkTopic, func(topic string) {
		p.host.Run(func() {
			t, _ := p.table.Topic(topic)
			paths := numbersIn(&t)
			p.host.Do(func() { p.chooseNumber(to, topic, paths) })
		})
	})
}

// chooseNumber adds the only number there is, or asks which of several.
func (p *Pane) chooseNumber(to, topic string, paths []string) {
	switch len(paths) {
	case 0:
		p.host.Inform(lang.L("No number to chart"), fynewidget.NewLabel(lang.L("The last value of {{.Topic}} has no number in it.", map[string]any{"Topic": topic})))
	case 1:
		p.toggleSeries(to, source{topic, paths[0]})
	default:
		fynewidget.ShowPopUpMenuAtPosition(fyne.NewMenu("", p.numberItems(to, topic, paths)...), p.host.Window.Canvas(),
			fyne.CurrentApp().Driver().AbsolutePositionForObject(p.detail.chart.series).AddXY(0, 32))
	}
}

func (p *Pane) numberItems(to, topic string, paths []string) []*fyne.MenuItem {
	items := make([]*fyne.MenuItem, len(paths))
	for i, path := range paths {
		of := source{topic, path}
		items[i] = fyne.NewMenuItem(of.name(topic), func() { p.toggleSeries(to, of) })
	}
	return items
}
