// Package devices is the pane of simulated devices: what they are and do, how they are started and stopped, and what
// network they are to live with.
package devices

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"

	"sluice/engine"
	"sluice/engine/coap"
	"sluice/engine/device"
	"sluice/engine/pki"
	"sluice/ui/pane"
	"sluice/ui/widget"
	"sluice/ui/widget/format"
)

// Engine is what the pane needs of the engine. It may be called from any goroutine.
type Engine interface {
	SimulatedDevices() []device.Snapshot
	DeviceCount() int
	DeviceRevision() uint64
	StartDevices(device.Order) (device.Starting, error)
	// StopDevices and StopAllDevices take up to a second. StartAgain starts what they stopped.
	StopDevices(names ...string) *device.Stopped
	StopAllDevices() *device.Stopped
	StartAgain(*device.Stopped) (device.Starting, error)

	// Keys is what devices over coaps show and trust; nil if nothing is kept. Status tells whether there is a listener.
	Keys() *pki.Keeper
	Status() engine.Status

	// Conditions are those that are set, by client ID; the empty one is for all.
	Conditions() map[string]coap.Conditions
	SetConditions(client string, c *coap.Conditions) error
	ConditionStats() coap.ConditionStats
	// ChangePort lets a client come from another port, all if it is empty, and returns how many do.
	ChangePort(client string) int
}

// refresh is how often what devices count is read.
const refresh = 500 * time.Millisecond

// Pane is the Devices pane. Its methods belong to the UI goroutine; Gather does not.
type Pane struct {
	engine Engine
	host   *pane.Host

	content    fyne.CanvasObject
	header     *widget.PaneHeader
	stopAll    *widget.Button
	filter     *widget.FilterEntry
	progress   *progress
	table      *widget.DataTable[string, device.Snapshot]
	empty      *widget.EmptyState
	split      *widget.Split
	detail     *detail
	conditions *conditions
	templates  templates
	above      *fyne.Container // the split
	column     *fyne.Container // the right side
	fitted     fyne.Size       // as high as above and column were laid out

	rows     []device.Snapshot
	selected string

	asked    atomic.Pointer[question]
	gathered gathered
}

// question is what the user asks of the pane.
type question struct{ filter string }

// New builds the pane.
func New(e Engine, h *pane.Host) *Pane {
	p := &Pane{engine: e, host: h, templates: newTemplates()}
	p.asked.Store(&question{})
	p.gathered.rate = pane.NewRate(2)
	p.filter = widget.NewFilterEntry(lang.L("Filter by name, kind or topic"), func(string) { p.ask() })
	p.stopAll = widget.NewDangerButton(lang.L("Stop all"), p.askStop)
	p.stopAll.Disable()
	p.progress = newProgress(p)
	p.table = newTable(p)
	p.empty = widget.NewEmptyState("", "")
	p.empty.SetAction(widget.NewPrimaryButton(lang.L("Start devices"), p.openStart))
	p.detail = newDetail(p)
	p.conditions = newConditions(p)
	p.column = pane.NewColumn(14, p.detail.object, p.conditions.object)
	right := container.NewVScroll(widget.NewPadded(16, 12, p.column))
	p.split = widget.NewHSplit(container.NewStack(p.table, p.empty), widget.NewPanel(right), 0.68)
	p.header = widget.NewPaneHeader(lang.L("Devices"), p.filter, p.stopAll,
		widget.NewButton(lang.L("Templates"), p.openTemplates),
		widget.NewPrimaryButton(lang.L("Start devices"), p.openStart))
	p.above = container.NewVBox(p.header, p.progress.object)
	p.content = pane.Border(p.above, nil, nil, nil, p.split)
	p.show(nil, stats{})
	return p
}

// Content is what the window shows.
func (p *Pane) Content() fyne.CanvasObject { return p.content }

// Filter is the pane's filter entry, for the window's shortcut.
func (p *Pane) Filter() fyne.Focusable { return p.filter }

// Keyboard is what takes the keyboard when the pane comes into view, nil where there are no devices.
func (p *Pane) Keyboard() fyne.Focusable {
	if len(p.rows) == 0 {
		return nil
	}
	return p.table.Keyboard()
}

// Show selects the device with that name, or shows the conditions of a client: see [pane.ConditionsOf].
func (p *Pane) Show(item string) {
	if client, ok := strings.CutPrefix(item, pane.ConditionsOf); ok {
		p.conditions.showOf(client)
		return
	}
	p.filter.SetText("")
	p.table.Select(item)
}

func (p *Pane) ask() {
	p.asked.Store(&question{filter: strings.ToLower(strings.TrimSpace(p.filter.Text))})
	p.host.Wake()
}

// stats are what is said of all devices, and of conditions.
type stats struct {
	all        int
	running    int
	rate       float64 // requests a second
	conditions map[string]coap.Conditions
	done       coap.ConditionStats
	progress   *device.Progress // of what is being started; nil: nothing is
}

func (s *stats) equal(o *stats) bool {
	same := s.progress == nil && o.progress == nil || s.progress != nil && o.progress != nil && *s.progress == *o.progress
	return same && s.all == o.all && s.running == o.running && s.rate == o.rate && s.done == o.done && maps.Equal(s.conditions, o.conditions)
}

// gathered is what Gather knows from one tick to the next.
type gathered struct {
	asked    *question
	revision uint64
	built    time.Time
	rows     []device.Snapshot
	stats    stats
	rate     *pane.Rate
	begun    bool
}

// Gather reads the engine and returns what brings the pane up to date, nil if it is. It is called off the UI goroutine,
// from one goroutine at a time; what it returns runs on the UI goroutine.
func (p *Pane) Gather(now time.Time) func() {
	g := &p.gathered
	q, revision := p.asked.Load(), p.engine.DeviceRevision()
	if g.begun && q == g.asked && revision == g.revision && now.Sub(g.built) < refresh && !now.Before(g.built) {
		return nil
	}
	rows := p.engine.SimulatedDevices()
	s := stats{all: len(rows), conditions: p.engine.Conditions(), done: p.engine.ConditionStats(), progress: p.progress.now()}
	var sent uint64
	for i := range rows {
		sent += rows[i].Sent
		if rows[i].State == device.Running {
			s.running++
		}
	}
	if g.rate.Due(now) {
		g.rate.Sample(now, sent)
	}
	s.rate = g.rate.Last()
	if q.filter != "" {
		rows = slices.DeleteFunc(rows, func(d device.Snapshot) bool { return !matches(&d, q.filter) })
	}
	same := g.begun && q == g.asked && s.equal(&g.stats) && slices.Equal(rows, g.rows)
	g.begun, g.asked, g.revision, g.built, g.rows, g.stats = true, q, revision, now, rows, s
	if same {
		return nil
	}
	return func() { p.show(rows, s) }
}

// show shows what Gather found.
func (p *Pane) show(rows []device.Snapshot, s stats) {
	p.rows = rows
	p.table.SetRows(rows)
	p.header.SetSummary(summary(&s))
	p.offerStop(s.all)
	hint := ""
	switch {
	case len(rows) > 0:
	case s.all > 0:
		hint = lang.L("No device matches the filter.")
	default:
		hint = p.host.Hint(lang.L("No device is simulated. Start some here, or with:"))
	}
	command := ""
	if s.all == 0 {
		command = "sluice simulate --kind lamp --count 100 coap://" + p.host.Gateway().CoAP
	}
	p.empty.Set(hint, command)
	pane.SetVisible(p.empty, len(rows) == 0)
	pane.SetVisible(p.table, len(rows) > 0)
	p.progress.show(s.progress)
	p.conditions.show(&s)
	p.showDetail()
}

// fit lays out again what has become higher or lower.
func (p *Pane) fit() {
	for range 2 { // how high wrapped lines are is known once they have their width
		size := fyne.NewSize(p.above.MinSize().Height, p.column.MinSize().Height)
		if size == p.fitted {
			return
		}
		p.fitted = size
		for _, c := range []fyne.CanvasObject{p.detail.known, p.detail.object, p.conditions.column, p.conditions.object, p.column, p.above, p.content} {
			c.Refresh()
		}
	}
}

// showDetail shows the device that is selected.
func (p *Pane) showDetail() {
	at := slices.IndexFunc(p.rows, func(d device.Snapshot) bool { return d.Name == p.selected })
	if at < 0 {
		p.detail.show(nil)
	} else {
		p.detail.show(&p.rows[at])
	}
	p.fit()
}

func (p *Pane) choose(name string) {
	p.selected = name
	p.showDetail()
	p.conditions.choose(name)
}

// summary says what all devices do.
func summary(s *stats) string {
	if s.all == 0 {
		return ""
	}
	return lang.L("{{.Running}} of {{.All}} running, requests {{.Rate}}", map[string]any{
		"Running": format.Count(int64(s.running)), "All": format.Count(int64(s.all)), "Rate": format.Rate(s.rate)})
}

// layout is what is remembered of the pane.
type layout struct {
	Table     widget.TableState `json:"table"`
	Split     float64           `json:"split"`
	Templates map[string]string `json:"templates,omitempty"` // the user's own
}

// SaveLayout returns what is to be remembered.
func (p *Pane) SaveLayout() ([]byte, error) {
	return json.Marshal(layout{Table: p.table.State(), Split: p.split.Offset(), Templates: p.templates.own()})
}

// RestoreLayout takes back what SaveLayout gave.
func (p *Pane) RestoreLayout(data []byte) error {
	var l layout
	if err := json.Unmarshal(data, &l); err != nil {
		return err
	}
	p.table.SetState(l.Table)
	p.split.SetOffset(l.Split)
	for _, kind := range slices.Sorted(maps.Keys(l.Templates)) {
		if t, err := device.ParseTemplate(l.Templates[kind]); err == nil {
			p.templates.put(t)
		}
	}
	return nil
}
