// Package directory is the pane that lists who registered in the resource directory (RFC 9176), with the links of the
// selected registration and what happened last.
package directory

import (
	"encoding/json"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"

	"sluice/engine/directory"
	"sluice/ui/pane"
	"sluice/ui/widget"
)

// Engine is what the pane needs of the engine. It may be called from any goroutine.
type Engine interface {
	// Directory is nil while nothing is served, and where the settings turn it off.
	Directory() *directory.Directory
	Revision() uint64
	RemoveRegistration(location string) (directory.RemovedRegistration, error)
	RestoreRegistration(directory.RemovedRegistration) error
	// ProxiesDevices reports whether /rd-proxy reads what devices registered.
	ProxiesDevices() bool
}

// Source is what is read of a directory.
type Source interface {
	Snapshot() []directory.Endpoint
	Events(after uint64) []directory.Event
	Stats() directory.Stats
}

// Pane is the Directory pane. Its methods belong to the UI goroutine; Gather does not.
type Pane struct {
	engine Engine
	source func() Source // nil: there is no directory
	host   *pane.Host

	content fyne.CanvasObject
	header  *widget.PaneHeader
	filter  *widget.FilterEntry
	table   *widget.DataTable[string, Row]
	empty   *widget.EmptyState
	events  *widget.DataTable[uint64, directory.Event]
	split   *widget.Split // registrations and events beside the detail
	stack   *widget.Split // registrations above events
	detail  *detail
	rows    []Row

	asked    atomic.Pointer[question] // what Gather is to answer
	gathered gathered
}

// question is what the user asks of the pane: which registrations, and which one in detail.
type question struct {
	filter   string
	selected string // a location
}

// gathered is what Gather knows from one tick to the next.
type gathered struct {
	answered question
	revision uint64
	built    time.Time
	source   Source
	events   []directory.Event // oldest first
	last     uint64            // the number of the newest
}

// New builds the pane.
func New(e Engine, h *pane.Host) *Pane {
	return newPane(e, func() Source {
		if d := e.Directory(); d != nil {
			return d
		}
		return nil
	}, h)
}

func newPane(e Engine, source func() Source, h *pane.Host) *Pane {
	p := &Pane{engine: e, source: source, host: h}
	p.asked.Store(&question{})
	p.filter = widget.NewFilterEntry(lang.L("Filter by name, base or link"), func(string) { p.ask() })
	p.table = newTable()
	p.empty = widget.NewEmptyState("", "")
	p.table.Empty = p.empty
	p.table.SortBy("name", false)
	p.table.OnSelected = func(Row) { p.ask() }
	p.table.OnSecondary = p.menu
	p.events = newEventTable(true)
	p.events.Empty = widget.NewEmptyState(lang.L("Registrations and refusals are listed as they come."), "")
	p.events.OnActivated = func(e directory.Event) { p.Show(e.Endpoint) }
	p.detail = newDetail(p)
	p.header = widget.NewPaneHeader(lang.L("Directory"), p.filter, p.table.ColumnsButton())
	caption := widget.NewPadded(16, 7, widget.NewText(lang.L("Latest events"), widget.TextMuted))
	p.stack = widget.NewVSplit(p.table, pane.Border(caption, nil, nil, nil, p.events), 0.62)
	p.split = widget.NewHSplit(p.stack, p.detail.object, 0.64)
	p.content = pane.Border(p.header, nil, nil, nil, p.split)
	return p
}

// Content is what the window shows.
func (p *Pane) Content() fyne.CanvasObject { return p.content }

// Filter is the pane's filter entry, for the window's shortcut.
func (p *Pane) Filter() fyne.Focusable { return p.filter }

// Keyboard is what takes the keyboard when the pane comes into view, nil where there are no rows.
func (p *Pane) Keyboard() fyne.Focusable { return p.table.Keyboard() }

// Show selects the registration at a location or with an endpoint name.
func (p *Pane) Show(item string) {
	at := slices.IndexFunc(p.rows, func(r Row) bool { return r.Location == item || r.Name == item })
	if at >= 0 && p.table.Select(p.rows[at].Location) {
		return
	}
	p.filter.SetText(item)
}

// ask tells Gather what is wanted now.
func (p *Pane) ask() {
	q := question{filter: p.filter.Text}
	if row, ok := p.table.Selected(); ok {
		q.selected = row.Location
	}
	p.asked.Store(&q)
	p.host.Wake()
}

// Gather reads the directory and returns what brings the pane up to date, nil if it is. It is called off the UI goroutine,
// from one goroutine at a time; what it returns runs on the UI goroutine.
func (p *Pane) Gather(now time.Time) func() {
	g := &p.gathered
	q, revision := *p.asked.Load(), p.engine.Revision()
	// Once a second is enough for lifetimes and for how long ago something was.
	if q == g.answered && revision == g.revision && now.Sub(g.built) < time.Second && !now.Before(g.built) {
		return nil
	}
	g.answered, g.revision, g.built = q, revision, now
	source := p.source()
	if source != g.source {
		g.source, g.events, g.last = source, nil, 0
	}
	var endpoints []directory.Endpoint
	var stats directory.Stats
	if source != nil {
		endpoints, stats = source.Snapshot(), source.Stats()
		g.take(source.Events(g.last))
	}
	rows := buildRows(endpoints, q.filter, now)
	about := summary(endpoints, stats)
	events := newestFirst(g.events, nil)
	shown := p.inDetail(endpoints, q.selected, now)
	hint, command := p.hint(source != nil, len(endpoints), q.filter)
	return func() {
		p.rows = rows
		p.empty.Set(hint, command)
		p.header.SetSummary(about)
		p.table.SetRows(rows)
		p.events.SetRows(events)
		p.detail.show(shown)
	}
}

func (g *gathered) take(fresh []directory.Event) {
	if len(fresh) > 0 {
		g.events, g.last = latest(g.events, fresh), fresh[len(fresh)-1].Number
	}
}

// inDetail is what the right side shows of a registration, nil if there is none at that location.
func (p *Pane) inDetail(endpoints []directory.Endpoint, location string, now time.Time) *shown {
	at := slices.IndexFunc(endpoints, func(e directory.Endpoint) bool { return e.Location == location })
	if at < 0 {
		return nil
	}
	row := Row{endpoints[at], now}
	return &shown{row: row, facts: row.facts(), links: buildLinks(row), events: newestFirst(p.gathered.events, &row.Endpoint)}
}

// hint says what would fill the table, with the command that does.
func (p *Pane) hint(served bool, endpoints int, filter string) (text, command string) {
	switch {
	case endpoints > 0 && strings.TrimSpace(filter) != "":
		return lang.L("No registration matches the filter."), ""
	case endpoints > 0:
		return "", ""
	case !served && !p.host.Gateway().Closed:
		return lang.L("The settings turn the resource directory off. It is served with enable = true under [gateway.directory]."), ""
	}
	return p.host.Hint(lang.L("No device has registered. One registers its links with:")),
		p.host.Gateway().Register("sensor-1", "</temp>;rt=temperature;ct=0")
}

// layout is what is remembered of the pane.
type layout struct {
	Table       widget.TableState `json:"table"`
	Events      widget.TableState `json:"events"`
	Links       widget.TableState `json:"links"`
	Split       float64           `json:"split"`
	Stack       float64           `json:"stack"`
	DetailSplit float64           `json:"detail"`
}

// SaveLayout returns what is to be remembered.
func (p *Pane) SaveLayout() ([]byte, error) {
	return json.Marshal(layout{Table: p.table.State(), Events: p.events.State(), Links: p.detail.links.State(),
		Split: p.split.Offset(), Stack: p.stack.Offset(), DetailSplit: p.detail.split.Offset()})
}

// RestoreLayout takes back what SaveLayout gave.
func (p *Pane) RestoreLayout(data []byte) error {
	var l layout
	if err := json.Unmarshal(data, &l); err != nil {
		return err
	}
	p.table.SetState(l.Table)
	p.events.SetState(l.Events)
	p.detail.links.SetState(l.Links)
	p.split.SetOffset(l.Split)
	p.stack.SetOffset(l.Stack)
	p.detail.split.SetOffset(l.DetailSplit)
	return nil
}
