// Package clients is the pane that lists the clients of either side, and shows the selected one in detail.
package clients

import (
	"encoding/json"
	"strings"
	"sync/atomic"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"

	"sluice/engine"
	"sluice/ui/pane"
	"sluice/ui/theme"
	"sluice/ui/widget"
)

// Engine is what the pane needs of the engine. It may be called from any goroutine.
type Engine interface {
	Clients() []engine.Client
	Disconnect(key string) bool
	Revision() uint64
}

// Pane is the Clients pane. Its methods belong to the UI goroutine; Gather does not.
type Pane struct {
	engine Engine
	host   *pane.Host

	content fyne.CanvasObject
	header  *widget.PaneHeader
	filter  *widget.FilterEntry
	table   *widget.DataTable[string, Row]
	empty   *widget.EmptyState
	split   *widget.Split
	detail  *detail

	asked atomic.Pointer[question] // what Gather is to answer
	// The rest belongs to Gather.
	answered question
	revision uint64
	built    time.Time
	rates    *rates
}

// question is what the user asks of the pane: which clients, and which one in detail.
type question struct {
	filter   string
	selected string
}

// New builds the pane.
func New(e Engine, h *pane.Host) *Pane {
	p := &Pane{engine: e, host: h, rates: newRates()}
	p.asked.Store(&question{})
	p.filter = widget.NewFilterEntry(lang.L("Filter by ID, address or topic"), func(string) { p.ask() })
	p.table = newTable()
	p.empty = widget.NewEmptyState("", "")
	p.table.Empty = p.empty
	p.table.SortBy("id", false)
	p.table.OnSelected = func(Row) { p.ask() }
	p.table.OnSecondary = p.menu
	p.detail = newDetail(p)
	p.header = widget.NewPaneHeader(lang.L("Clients"), p.filter, p.table.ColumnsButton())
	p.split = widget.NewHSplit(p.table, p.detail.object, 0.73)
	p.content = pane.Border(p.header, nil, nil, nil, p.split)
	return p
}

// Content is what the window shows.
func (p *Pane) Content() fyne.CanvasObject { return p.content }

// Filter is the pane's filter entry, for the window's shortcut.
func (p *Pane) Filter() fyne.Focusable { return p.filter }

// Keyboard is what takes the keyboard when the pane comes into view, nil where there are no rows.
func (p *Pane) Keyboard() fyne.Focusable { return p.table.Keyboard() }

// Show selects the client with that key or ID.
func (p *Pane) Show(item string) {
	p.filter.SetText("")
	if !p.table.Select(item) {
		p.filter.SetText(item)
	}
}

// ask tells Gather what is wanted now.
func (p *Pane) ask() {
	q := question{filter: p.filter.Text}
	if row, ok := p.table.Selected(); ok {
		q.selected = row.client.Key
	}
	p.asked.Store(&q)
	p.host.Wake()
}

// Gather reads the engine and returns what brings the pane up to date, nil if it is. It is called off the UI
// goroutine, from one goroutine at a time; what it returns runs on the UI goroutine.
func (p *Pane) Gather(now time.Time) func() {
	q := *p.asked.Load()
	revision := p.engine.Revision()
	// Once a second is enough for counters and for how long ago something was.
	if q == p.answered && revision == p.revision && now.Sub(p.built) < time.Second && !now.Before(p.built) {
		return nil
	}
	p.answered, p.revision, p.built = q, revision, now
	clients := p.engine.Clients()
	rows := buildRows(clients, q.filter, now)
	about := summary(clients)
	p.rates.sampleAll(now, clients)
	var selected *Row
	var rate []float64
	for i := range clients {
		if clients[i].Key == q.selected {
			row := buildRow(clients[i], now)
			selected = &row
			rate = p.rates.sample(now, clients[i])
			break
		}
	}
	hint, hintCommand := p.hint(len(clients), q.filter)
	return func() {
		p.empty.Set(hint, hintCommand)
		p.header.SetSummary(about)
		p.table.SetRows(rows)
		p.detail.show(selected, rate, now)
	}
}

// hint says what would fill the table, with the command that does.
func (p *Pane) hint(clients int, filter string) (text, command string) {
	switch {
	case clients > 0 && strings.TrimSpace(filter) != "":
		return lang.L("No client matches the filter."), ""
	case clients > 0:
		return "", ""
	}
	return p.host.Hint(lang.L("No client is connected. A device connects with:")), p.host.Gateway().Connect("sensor-1")
}

// menu is the context menu of a row.
func (p *Pane) menu(r Row) []*fyne.MenuItem {
	items := append(p.copyItems(r), fyne.NewMenuItemSeparator())
	if i := r.client.Identity; i.Proved() {
		item := i.PSK
		if item == "" {
			item = i.Fingerprint
		}
		items = append(items, fyne.NewMenuItem(lang.L("Show its certificate or key"), func() { p.host.Open(pane.Certificates, item) }))
	}
	if r.client.Transport == "coap" {
		items = append(items, fyne.NewMenuItem(lang.L("Ask it in Request"), func() {
			p.host.Open(pane.Request, "###\nGET coap://"+r.client.Addr+"/.well-known/core\n")
		}))
	}
	if c := r.client; c.IsCoAP() && c.Datagrams() && c.ID != c.Addr {
		items = append(items, fyne.NewMenuItem(lang.L("Conditions"), func() { p.host.Open(pane.Devices, pane.ConditionsOf+c.ID) }))
	}
	items = append(items, p.tellMe(r)...)
	return append(items, fyne.NewMenuItem(lang.L("Disconnect…"), func() { p.disconnect(r) }))
}

func (p *Pane) copyItems(r Row) []*fyne.MenuItem {
	return []*fyne.MenuItem{
		fyne.NewMenuItem(lang.L("Copy client ID"), func() { widget.CopyText(r.client.ID) }),
		fyne.NewMenuItem(lang.L("Copy address"), func() { widget.CopyText(r.client.Addr) }),
		fyne.NewMenuItem(lang.L("Copy as text"), func() { widget.CopyText(r.asText(time.Now())) }),
		fyne.NewMenuItem(lang.L("Copy as JSON"), func() { widget.CopyText(r.asJSON()) }),
		p.copyCommand(r),
	}
}

// copyCommand copies a command that does as the client did: connect, or subscribe.
func (p *Pane) copyCommand(r Row) *fyne.MenuItem {
	if r.client.IsCoAP() {
		return fyne.NewMenuItem(lang.L("Copy as coap-client"), func() { widget.CopyText(p.host.Gateway().Connect(r.client.ID)) })
	}
	filter := "#"
	if len(r.client.Subscribes) > 0 {
		filter = r.client.Subscribes[0]
	}
	return fyne.NewMenuItem(lang.L("Copy as mosquitto_sub"), func() { widget.CopyText(p.host.Gateway().MosquittoSub(filter)) })
}

// disconnect ends a client after one question.
func (p *Pane) disconnect(r Row) {
	name := map[string]any{"Client": r.client.ID}
	p.host.Ask(lang.L("Disconnect {{.Client}}?", name),
		lang.L("Its connection and what it observes or subscribes to end. It may connect again."),
		lang.L("Disconnect"), func() {
			p.host.Run(func() {
				found := p.engine.Disconnect(r.client.Key)
				p.host.Do(func() {
					if found {
						p.host.Notify(theme.RoleGood, lang.L("{{.Client}} was disconnected", name), "", nil)
					} else {
						p.host.Notify(theme.RoleLate, lang.L("{{.Client}} had already gone", name), "", nil)
					}
					p.host.Wake()
				})
			})
		})
}

// layout is what is remembered of the pane.
type layout struct {
	Table widget.TableState `json:"table"`
	Split float64           `json:"split"`
}

// SaveLayout returns what is to be remembered.
func (p *Pane) SaveLayout() ([]byte, error) {
	return json.Marshal(layout{Table: p.table.State(), Split: p.split.Offset()})
}

// RestoreLayout takes back what SaveLayout gave.
func (p *Pane) RestoreLayout(data []byte) error {
	var l layout
	if err := json.Unmarshal(data, &l); err != nil {
		return err
	}
	p.table.SetState(l.Table)
	p.split.SetOffset(l.Split)
	return nil
}
