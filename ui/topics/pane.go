// Package topics is the pane that shows every topic with its last value as a tree, one topic in detail, and publishes.
package topics

import (
	"encoding/json"
	"slices"
	"sync/atomic"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"

	"sluice/engine"
	"sluice/engine/gateway"
	"sluice/engine/topics"
	"sluice/ui/pane"
	"sluice/ui/widget"
	"sluice/ui/widget/payload"
)

// Table is what is read of the table of topics.
type Table interface {
	Revision() uint64
	Topic(name string) (topics.Topic, bool)
	Changed(since uint64, max int) (changed []topics.Topic, removed []string, revision uint64)
	History(name string, max int) []topics.Value
	// Below are the names of a branch.
	Below(branch string) []string
}

// Engine is what the pane needs of the engine. It may be called from any goroutine.
type Engine interface {
	Topics() *topics.Table
	Publish(engine.Publication) error
	DeleteTopic(name string) (engine.DeletedTopic, error)
	ClearRetained(topic string) (engine.DeletedTopic, error)
	RestoreTopic(engine.DeletedTopic) error
	// Retained are the messages that match an MQTT filter.
	Retained(filter string) []engine.Publication
	// Resource is what devices of the dialect emqx4 read of a topic.
	Resource(topic string) (gateway.Resource, bool)
	// ConfiguredTopics are those of the dialect ietf.
	ConfiguredTopics() []gateway.Topic
	DeleteConfiguredTopic(id string) bool
	ObserveTopic(filter string) (uint64, error)
	EndObservation(id uint64) bool
	Observers() []engine.Observer
	Clients() []engine.Client
	Revision() uint64
}

// Pane is the Topics pane. Its methods belong to the UI goroutine; Gather does not.
type Pane struct {
	engine Engine
	table  Table
	host   *pane.Host

	content fyne.CanvasObject
	header  *widget.PaneHeader
	filter  *widget.FilterEntry
	tree    *treeView
	empty   *widget.EmptyState
	split   *widget.Split
	detail  *detail

	files   pane.Files
	opened  opened
	order   order
	formats map[string]payload.Format
	charts  map[string]charted // as the user chose them, by topic
	span    time.Duration      // of all charts; 0: what is kept

	compared uint64 // number of the value that the last is compared with; 0: the one before

	asked    atomic.Pointer[question]
	gathered gathered
}

// question is what the user asks of the pane. It is not changed once it is asked.
type question struct {
	filter   string
	selected string
	opened   opened
	order    order
	charted  charted
	span     time.Duration
	view     view
	compared uint64
}

// New builds the pane.
func New(e Engine, h *pane.Host) *Pane { return newPane(e, e.Topics(), h) }

func newPane(e Engine, table Table, h *pane.Host) *Pane {
	p := &Pane{engine: e, table: table, host: h, files: pane.NewFiles(h), formats: map[string]payload.Format{}, charts: map[string]charted{}}
	p.gathered.tree = newTree()
	p.asked.Store(&question{})
	p.filter = widget.NewFilterEntry(lang.L("Filter topics"), func(string) { p.ask() })
	p.tree = newTreeView()
	p.tree.onSelect = p.selectTopic
	p.tree.onToggle = p.toggle
	p.tree.onVisible = h.Wake
	p.tree.onMenu = p.showMenu
	p.tree.onDelete = p.deleteRow
	p.empty = widget.NewEmptyState("", "")
	p.detail = newDetail(p)
	p.header = widget.NewPaneHeader(lang.L("Topics"), p.filter,
		widget.NewMenuButton(lang.L("View"), p.viewMenu), widget.NewButton(lang.L("New topic"), p.newTopic))
	p.split = widget.NewHSplit(container.NewStack(p.tree, p.empty), p.detail.object, 0.34)
	p.content = pane.Border(p.header, nil, nil, nil, p.split)
	return p
}

// Content is what the window shows.
func (p *Pane) Content() fyne.CanvasObject { return p.content }

// Filter is the pane's filter entry, for the window's shortcut.
func (p *Pane) Filter() fyne.Focusable { return p.filter }

// Keyboard is what takes the keyboard when the pane comes into view, nil where there are no lines.
func (p *Pane) Keyboard() fyne.Focusable {
	if len(p.tree.rows) == 0 {
		return nil
	}
	return p.tree
}

// Show selects a topic, which need not have a value yet, and brings its line into view.
func (p *Pane) Show(item string) {
	p.filter.SetText("")
	for at, r := range item {
		if r == '/' {
			p.opened.set(item[:at], true)
		}
	}
	p.tree.reveal = item
	p.tree.selected = item
	p.tree.restoreSelection()
	p.selectTopic(item)
}

func (p *Pane) ask() {
	selected := p.tree.selected
	p.asked.Store(&question{filter: p.filter.Text, selected: selected, opened: p.opened.clone(), order: p.order,
		charted: p.charts[selected], span: p.span, view: p.detail.wanted(), compared: p.compared})
	p.host.Wake()
}

// selectTopic shows another topic; what was compared was another's.
func (p *Pane) selectTopic(string) {
	p.compared = 0
	p.ask()
}

func (p *Pane) toggle(path string, open bool) {
	p.opened.set(path, open)
	p.ask()
}

func (p *Pane) toggleBelow(path string, open bool) {
	p.opened.setBelow(path, open)
	p.ask()
}

// formatOf is how the user last chose to see a topic's payload.
func (p *Pane) formatOf(topic string) payload.Format { return p.formats[topic] }

const rememberedFormats = 500

func (p *Pane) remember(topic string, f payload.Format) { keep(p.formats, topic, f, rememberedFormats) }

// keep puts a value into a map that has at most so many; another one makes room.
func keep[V any](m map[string]V, key string, v V, most int) {
	if _, known := m[key]; !known && len(m) >= most {
		for other := range m {
			delete(m, other)
			break
		}
	}
	m[key] = v
}

// layout is what is remembered of the pane.
type layout struct {
	Split   float64                   `json:"split"`
	Detail  float64                   `json:"detail"`
	Columns float64                   `json:"columns"`
	History widget.TableState         `json:"history"`
	Formats map[string]payload.Format `json:"formats,omitempty"`
	Charts  map[string]charted        `json:"charts,omitempty"`
	Span    time.Duration             `json:"span,omitempty"`
	Order   order                     `json:"order,omitempty"`
	Sent    map[string][]draft        `json:"sent,omitempty"`
}

// SaveLayout returns what is to be remembered.
func (p *Pane) SaveLayout() ([]byte, error) {
	return json.Marshal(layout{Split: p.split.Offset(), Detail: p.detail.split.Offset(), Columns: p.detail.columns.Offset(),
		History: p.detail.history.State(), Formats: p.formats,
		Charts: p.charts, Span: p.span, Order: p.order, Sent: p.detail.form.sent})
}

// RestoreLayout takes back what SaveLayout gave.
func (p *Pane) RestoreLayout(data []byte) error {
	var l layout
	if err := json.Unmarshal(data, &l); err != nil {
		return err
	}
	p.split.SetOffset(l.Split)
	p.detail.split.SetOffset(l.Detail)
	p.detail.columns.SetOffset(l.Columns)
	p.detail.history.SetState(l.History)
	if l.Formats != nil {
		p.formats = l.Formats
	}
	if l.Charts != nil {
		p.charts = l.Charts
	}
	if l.Sent != nil {
		p.detail.form.sent = l.Sent
	}
	if slices.Contains(orders, l.Order) {
		p.order = l.Order
	}
	if slices.Contains(spans, l.Span) {
		p.setSpan(l.Span)
	}
	p.ask()
	return nil
}

// gathered is what Gather knows from one tick to the next.
type gathered struct {
	tree      *tree
	asked     *question
	revision  uint64 // of the table of topics
	rows      []treeRow
	visible   span
	observed  map[string]bool
	engine    uint64 // the engine's revision when observers were read
	observers []engine.Observer
	clients   []engine.Client
	charts    charts
	configured
	built time.Time
}

const (
	changedMax = 5000 // topics taken in at one tick
)

// Gather reads the table and returns what brings the pane up to date, nil if it is. It is called off the UI goroutine,
// from one goroutine at a time; what it returns runs on the UI goroutine.
func (p *Pane) Gather(now time.Time) func() {
	g := &p.gathered
	q, visible := p.asked.Load(), *p.tree.visible.Load()
	first := g.asked == nil
	second := now.Sub(g.built) >= time.Second || now.Before(g.built)
	if q == g.asked && visible == g.visible && !second && p.table.Revision() == g.revision && p.engine.Revision() == g.engine {
		return nil
	}
	changed, removed, revision := p.table.Changed(g.revision, changedMax)
	shape := g.tree.apply(changed, removed)
	g.revision = revision
	if g.configured.due(now) {
		g.configured.read(p.engine.ConfiguredTopics(), now)
	}
	if g.configured.plant(g.tree) {
		shape = true
	}
	if second {
		g.tree.sample(now)
		g.built = now
		shape = shape || q.order != byName // what it goes by changes all the time
	}
	if shape || first || q.filter != g.asked.filter || q.order != g.asked.order || !q.opened.equal(&g.asked.opened) {
		shape = true
		g.rows = g.tree.rows(q.filter, q.opened, q.order)
	}
	if revision := p.engine.Revision(); first || revision != g.engine {
		g.engine, g.observers = revision, p.engine.Observers()
		g.observed = observedHere(g.observers)
	}
	if q.selected != "" && (second || first || q.selected != g.asked.selected) {
		g.clients = p.engine.Clients() // there may be thousands
	}
	g.asked, g.visible = q, visible
	cells := p.buildCells(visible)
	detail := p.buildDetail(q, now)
	about, rows := summary(g.tree, len(g.planted)), g.rows
	hint, command := p.hint(g.tree.topics, len(rows))
	return func() {
		p.header.SetSummary(about)
		p.empty.Set(hint, command)
		pane.SetVisible(p.empty, len(rows) == 0)
		if shape {
			p.tree.setRows(rows, q.filter)
		}
		p.tree.setCells(cells)
		p.detail.show(detail)
	}
}

// buildCells makes the right side of the lines in view.
func (p *Pane) buildCells(visible span) map[string]cell {
	g := &p.gathered
	cells := make(map[string]cell, visible.to-visible.from)
	for i := visible.from; i < min(visible.to, len(g.rows)); i++ {
		row := g.rows[i]
		n := g.tree.nodes[row.path]
		switch {
		case n == nil:
		case n.topic != nil && n.topic.Count == 0:
			cells[row.path] = cell{value: lang.L("no data yet")}
		case n.topic != nil:
			cells[row.path] = buildCell(n.topic, p.table.History(row.path, sparkValues))
		case !row.open:
			cells[row.path] = branchCell(n.below)
		}
		if n != nil {
			c := cells[row.path]
			c.rate = rateText(n.rate)
			cells[row.path] = c
		}
	}
	return cells
}

// buildDetail makes the right side of the pane.
func (p *Pane) buildDetail(q *question, now time.Time) *shown {
	g, name := &p.gathered, q.selected
	if name == "" {
		return nil
	}
	s := &shown{name: name, observed: g.observed[name], now: now}
	if t, ok := g.configured.topics[name]; ok {
		s.configured = &t
	}
	if r, ok := p.engine.Resource(name); ok {
		s.resource = &r
	}
	s.topic, s.known = p.table.Topic(name)
	s.topic.Name = name
	var history []topics.Value
	if s.known {
		history = p.table.History(name, 0)
		s.history = buildHistory(history, s.topic.Count)
		s.numbers = numbersIn(&s.topic)
	}
	s.contradicted = contradicts(s.topic.Payload, s.topic.Type)
	if n := g.tree.nodes[name]; n != nil {
		s.rate = n.own
	}
	if s.topic.Retained {
		for _, m := range p.engine.Retained(name) {
			s.expiry = m.Expiry
		}
	}
	s.publish, s.listen = buildParties(&s.topic, history, g.clients, g.observers)
	s.chart, s.numeric = g.charts.build(p.table, &s.topic, q.charted, q.span, now)
	if q.view == viewDifference {
		s.difference = compare(s.history, q.compared)
	}
	return s
}

// observedHere returns the topics that are observed from this window.
func observedHere(observers []engine.Observer) map[string]bool {
	list := map[string]bool{}
	for _, o := range observers {
		if o.Window {
			list[o.Filter] = true
		}
	}
	return list
}

// hint says what would fill the tree, with the command that does.
func (p *Pane) hint(topics, rows int) (text, command string) {
	switch {
	case rows > 0:
		return "", ""
	case topics > 0:
		return lang.L("No topic matches the filter."), ""
	}
	return p.host.Hint(lang.L("No topic has a value yet. A device publishes with:")), p.host.Gateway().Publish("plant/line1/temp", []byte("23.4"), 0, false)
}
