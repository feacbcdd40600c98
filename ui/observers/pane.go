// Package observers is the pane that shows the observe relations: as a card for each topic with its values as they go
// out, and as a table.
package observers

import (
	"encoding/json"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"

	"sluice/engine"
	"sluice/engine/topics"
	"sluice/ui/pane"
	"sluice/ui/widget"
	"sluice/ui/widget/format"
)

// Engine is what the pane needs of the engine. It may be called from any goroutine.
type Engine interface {
	Observers() []engine.Observer
	ObserveTopic(filter string) (uint64, error)
	EndObservation(id uint64) bool
	Topics() *topics.Table
	Revision() uint64
}

// Table is what is read of the table of topics.
type Table interface {
	History(name string, max int) []topics.Value
	Revision() uint64
}

// Pane is the Observers pane. Its methods belong to the UI goroutine; Gather does not.
type Pane struct {
	engine Engine
	topics Table
	host   *pane.Host

	content fyne.CanvasObject
	header  *widget.PaneHeader
	filter  *widget.FilterEntry
	look    *widget.Choice
	grid    *cardGrid
	cards   fyne.CanvasObject
	table   *widget.DataTable[uint64, Relation]
	empty   *widget.EmptyState
	split   *widget.Split
	detail  *detail

	groups   []group
	selected string // the key of what is shown in detail

	asked    atomic.Pointer[question]
	gathered gathered
}

// question is what the user asks of the pane.
type question struct{ filter string }

// New builds the pane.
func New(e Engine, h *pane.Host) *Pane { return newPane(e, e.Topics(), h) }

func newPane(e Engine, table Table, h *pane.Host) *Pane {
	p := &Pane{engine: e, topics: table, host: h}
	p.gathered.rates = map[string]*pane.Rate{}
	p.gathered.total = pane.NewRate(2)
	p.asked.Store(&question{})
	p.filter = widget.NewFilterEntry(lang.L("Filter by topic, resource or client"), func(string) { p.ask() })
	p.look = widget.NewChoice([]string{lang.L("Cards"), lang.L("Table")}, lang.L("Cards"), func(string) { p.showLook() })
	p.grid = newCardGrid(p)
	p.table = newTable()
	p.table.OnSelected = func(r Relation) { p.choose(KeyOf(r.observer)) }
	p.table.OnSecondary = p.menu
	p.table.OnDelete = p.end
	p.empty = widget.NewEmptyState("", "")
	p.detail = newDetail(p)
	p.cards = container.New(narrow{}, widget.NewPadded(12, 12, p.grid))
	p.split = widget.NewHSplit(container.NewStack(p.cards, p.table, p.empty), p.detail.object, 0.66)
	p.split.SetTrailingVisible(false)
	p.header = widget.NewPaneHeader(lang.L("Observe streams"), p.filter, p.look,
		widget.NewPrimaryButton(lang.L("Observe a topic"), p.observe))
	p.content = pane.Border(p.header, nil, nil, nil, p.split)
	p.showLook()
	return p
}

// Content is what the window shows.
func (p *Pane) Content() fyne.CanvasObject { return p.content }

// Filter is the pane's filter entry, for the window's shortcut.
func (p *Pane) Filter() fyne.Focusable { return p.filter }

// Keyboard is what takes the keyboard when the pane comes into view, nil where there are no relations.
func (p *Pane) Keyboard() fyne.Focusable {
	switch {
	case len(p.groups) == 0:
		return nil
	case p.table.Visible():
		return p.table.Keyboard()
	}
	return p.grid
}

// Show shows what is observed of a topic.
func (p *Pane) Show(item string) { p.choose(item) }

func (p *Pane) ask() {
	p.asked.Store(&question{filter: strings.ToLower(strings.TrimSpace(p.filter.Text))})
	p.host.Wake()
}

// showLook shows the cards or the table.
func (p *Pane) showLook() {
	asTable := p.look.Selected() == lang.L("Table")
	pane.SetVisible(p.table, asTable && len(p.groups) > 0)
	pane.SetVisible(p.cards, !asTable && len(p.groups) > 0)
	pane.SetVisible(p.empty, len(p.groups) == 0)
}

func (p *Pane) choose(key string) {
	p.selected = key
	p.showDetail()
}

func (p *Pane) closeDetail() {
	p.selected = ""
	p.table.Unselect()
	p.showDetail()
	p.grid.Refresh()
}

func (p *Pane) showDetail() {
	at := slices.IndexFunc(p.groups, func(g group) bool { return g.key == p.selected })
	p.split.SetTrailingVisible(at >= 0)
	if at >= 0 {
		p.detail.show(&p.groups[at])
	}
}

// showSubject goes to what is observed.
func (p *Pane) showSubject() {
	at := slices.IndexFunc(p.groups, func(g group) bool { return g.key == p.selected })
	if at < 0 {
		return
	}
	if id, item := whereShown(p.groups[at].newest); id != "" {
		p.host.Open(id, item)
	}
}

// gathered is what Gather knows from one tick to the next.
type gathered struct {
	asked    *question
	revision uint64
	topics   uint64
	built    time.Time
	rates    map[string]*pane.Rate // notifications a second, by key
	traces   map[string]*trace     // values of devices, by key
	total    *pane.Rate
}

// Gather reads the engine and returns what brings the pane up to date, nil if it is. It is called off the UI
// goroutine, from one goroutine at a time; what it returns runs on the UI goroutine.
func (p *Pane) Gather(now time.Time) func() {
	g := &p.gathered
	q, revision, values := p.asked.Load(), p.engine.Revision(), p.topics.Revision()
	if q == g.asked && revision == g.revision && values == g.topics && now.Sub(g.built) < time.Second && !now.Before(g.built) {
		return nil
	}
	g.asked, g.revision, g.topics, g.built = q, revision, values, now
	all := p.engine.Observers()
	observers := all
	if q.filter != "" {
		observers = slices.DeleteFunc(slices.Clone(all), func(o engine.Observer) bool { return !matches(o, q.filter) })
	}
	groups := buildGroups(observers, now)
	p.plot(groups, now)
	var sent uint64
	for i := range all {
		sent += all[i].Sent
	}
	if g.total.Due(now) {
		g.total.Sample(now, sent)
	}
	about := summary(observers, len(groups), g.total.Last())
	relations := make([]Relation, 0, len(observers))
	for i := range groups {
		relations = append(relations, groups[i].relations...)
	}
	hint, command := p.hint(len(all), len(groups))
	return func() { p.update(groups, relations, about, hint, command) }
}

// plot samples the groups' rates and gives each its plot.
func (p *Pane) plot(groups []group, now time.Time) {
	g := &p.gathered
	rates := make(map[string]*pane.Rate, len(groups))
	traces := map[string]*trace{}
	for i := range groups {
		grp := &groups[i]
		rate := g.rates[grp.key]
		if rate == nil {
			rate = pane.NewRate(plotValues)
		}
		rates[grp.key] = rate
		if rate.Due(now) {
			rate.Sample(now, grp.sent())
		}
		var history []topics.Value
		if grp.newest.ValueTopic != "" {
			history = p.topics.History(grp.newest.ValueTopic, plotValues)
		}
		if grp.newest.Subject == engine.OfDevice {
			traces[grp.key] = g.traces[grp.key].take(grp.newest)
		}
		grp.plot, grp.numeric = plotOf(grp, history, traces[grp.key], rate)
		if last := rate.Last(); !grp.numeric && last > 0 {
			grp.rate = format.Rate(last)
		}
	}
	g.rates, g.traces = rates, traces
}

// update shows what Gather found; cards are redrawn only where they changed.
func (p *Pane) update(groups []group, relations []Relation, about, hint, command string) {
	p.header.SetSummary(about)
	p.empty.Set(hint, command)
	before := p.groups
	p.groups = groups
	p.table.SetRows(relations)
	if len(before) != len(groups) {
		p.grid.Refresh()
	} else {
		for i := range groups {
			if !groups[i].sameCard(&before[i]) {
				p.grid.RefreshItem(i)
			}
		}
	}
	p.showLook()
	p.showDetail()
}

// sameCard reports whether two groups look the same as cards.
func (g *group) sameCard(o *group) bool {
	return g.key == o.key && g.value == o.value && g.sequence == o.sequence && g.clients == o.clients && g.state == o.state &&
		g.late == o.late && g.silent == o.silent && g.numeric == o.numeric && g.rate == o.rate && slices.Equal(g.plot, o.plot)
}

// hint says what would fill the pane, with the command that does.
func (p *Pane) hint(all, groups int) (text, command string) {
	switch {
	case groups > 0:
		return "", ""
	case all > 0:
		return lang.L("No relation matches the filter."), ""
	}
	return p.host.Hint(lang.L("Nobody observes a topic. A device does with:")), p.host.Gateway().Observe("plant/line1/temp")
}

// layout is what is remembered of the pane.
type layout struct {
	Table   widget.TableState `json:"table"`
	Split   float64           `json:"split"`
	AsTable bool              `json:"as_table,omitempty"`
}

// SaveLayout returns what is to be remembered.
func (p *Pane) SaveLayout() ([]byte, error) {
	return json.Marshal(layout{Table: p.table.State(), Split: p.split.Offset(), AsTable: p.look.Selected() == lang.L("Table")})
}

// RestoreLayout takes back what SaveLayout gave.
func (p *Pane) RestoreLayout(data []byte) error {
	var l layout
	if err := json.Unmarshal(data, &l); err != nil {
		return err
	}
	p.table.SetState(l.Table)
	p.split.SetOffset(l.Split)
	if l.AsTable {
		p.look.SetSelected(lang.L("Table"))
	}
	p.showLook()
	return nil
}
