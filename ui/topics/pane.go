// Package topics is the pane that shows every topic with its last value as a tree, one topic in detail, and publishes.
package topics

import (
	"encoding/json"
	"maps"
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
}

// Engine is what the pane needs of the engine. It may be called from any goroutine.
type Engine interface {
	Topics() *topics.Table
	Publish(engine.Publication) error
	DeleteTopic(name string) error
	// ConfiguredTopics are those of the dialect ietf.
	ConfiguredTopics() []gateway.Topic
	DeleteConfiguredTopic(id string) bool
	ObserveTopic(filter string) (uint64, error)
	EndObservation(id uint64) bool
	Observers() []engine.Observer
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

	toggled map[string]bool // branches that the user opened or closed
	formats map[string]payload.Format

	asked    atomic.Pointer[question]
	gathered gathered
}

// question is what the user asks of the pane.
type question struct {
	filter   string
	selected string
	toggled  map[string]bool // not changed once it is here
}

// New builds the pane.
func New(e Engine, h *pane.Host) *Pane { return newPane(e, e.Topics(), h) }

func newPane(e Engine, table Table, h *pane.Host) *Pane {
	p := &Pane{engine: e, table: table, host: h, toggled: map[string]bool{}, formats: map[string]payload.Format{}}
	p.gathered.tree = newTree()
	p.asked.Store(&question{})
	p.filter = widget.NewFilterEntry(lang.L("Filter topics"), func(string) { p.ask() })
	p.tree = newTreeView()
	p.tree.onSelect = func(string) { p.ask() }
	p.tree.onToggle = p.toggle
	p.tree.onVisible = h.Wake
	p.tree.onMenu = p.showMenu
	p.empty = widget.NewEmptyState("", "")
	p.detail = newDetail(p)
	p.header = widget.NewPaneHeader(lang.L("Topics"), p.filter, widget.NewButton(lang.L("New topic"), p.newTopic))
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

// Show selects a topic, which need not have a value yet.
func (p *Pane) Show(item string) {
	p.filter.SetText("")
	p.tree.selected = item
	p.tree.restoreSelection()
	p.ask()
}

func (p *Pane) ask() {
	p.asked.Store(&question{filter: p.filter.Text, selected: p.tree.selected, toggled: maps.Clone(p.toggled)})
	p.host.Wake()
}

func (p *Pane) toggle(path string, open bool) {
	p.toggled[path] = open
	p.ask()
}

// formatOf is how the user last chose to see a topic's payload.
func (p *Pane) formatOf(topic string) payload.Format { return p.formats[topic] }

const rememberedFormats = 500

func (p *Pane) remember(topic string, f payload.Format) {
	if _, known := p.formats[topic]; !known && len(p.formats) >= rememberedFormats {
		for other := range p.formats {
			delete(p.formats, other)
			break
		}
	}
	p.formats[topic] = f
}

// layout is what is remembered of the pane.
type layout struct {
	Split   float64                   `json:"split"`
	Detail  float64                   `json:"detail"`
	Columns float64                   `json:"columns"`
	History widget.TableState         `json:"history"`
	Formats map[string]payload.Format `json:"formats,omitempty"`
}

// SaveLayout returns what is to be remembered.
func (p *Pane) SaveLayout() ([]byte, error) {
	return json.Marshal(layout{Split: p.split.Offset(), Detail: p.detail.split.Offset(), Columns: p.detail.columns.Offset(),
		History: p.detail.history.State(), Formats: p.formats})
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
	return nil
}

// gathered is what Gather knows from one tick to the next.
type gathered struct {
	tree     *tree
	asked    *question
	revision uint64 // of the table of topics
	rows     []treeRow
	visible  span
	observed map[string]bool
	engine   uint64 // the engine's revision when observed was read
	configured
	built time.Time
}

const (
	changedMax    = 5000 // topics taken in at one tick
	historyLength = 500
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
	if shape || first || q.filter != g.asked.filter || !maps.Equal(q.toggled, g.asked.toggled) {
		shape = true
		g.rows = g.tree.rows(q.filter, q.toggled)
	}
	if revision := p.engine.Revision(); first || revision != g.engine {
		g.engine, g.observed = revision, observedHere(p.engine.Observers())
	}
	g.asked, g.visible, g.built = q, visible, now
	cells := p.buildCells(visible)
	detail := p.buildDetail(q.selected)
	about, rows := summary(g.tree, len(g.planted)), g.rows
	hint, command := p.hint(g.tree.topics, len(rows))
	return func() {
		p.header.SetSummary(about)
		p.empty.Set(hint, command)
		pane.SetVisible(p.empty, len(rows) == 0)
		if shape {
			p.tree.setRows(rows)
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
	}
	return cells
}

// buildDetail makes the right side of the pane.
func (p *Pane) buildDetail(name string) *shown {
	if name == "" {
		return nil
	}
	s := &shown{name: name, observed: p.gathered.observed[name]}
	if t, ok := p.gathered.configured.topics[name]; ok {
		s.configured = &t
	}
	s.topic, s.known = p.table.Topic(name)
	if !s.known {
		s.topic.Name = name
		return s
	}
	history := p.table.History(name, historyLength)
	s.history = buildHistory(history, s.topic.Count)
	s.chart, s.numeric = buildChart(&s.topic, history)
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
