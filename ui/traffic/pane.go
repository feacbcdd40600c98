// Package traffic shows the messages that pass: as a pane with each message's fields and bytes, and as the drawer that
// any pane can have below it.
package traffic

import (
	"encoding/json"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"

	"sluice/engine/record"
	"sluice/engine/record/filter"
	"sluice/ui/pane"
	"sluice/ui/widget"
	"sluice/ui/widget/format"
)

const (
	paneRows  = 10_000
	paneBytes = 16 << 20
)

// Pane is the Traffic pane. Its methods belong to the UI goroutine; Gather does not.
type Pane struct {
	host    *pane.Host
	files   files
	view    *view
	content fyne.CanvasObject
	header  *widget.PaneHeader
	odd     *oddBar
	split   *widget.Split
	detail  *detail
	work    *work

	live        *widget.Button // leads back from a file
	clearButton *widget.Spare
}

// New builds the pane.
func New(e Engine, h *pane.Host) *Pane { return newPane(e.Record(), h) }

func newPane(ring *record.Ring, h *pane.Host) *Pane {
	list := columns()
	for i := range list {
		list[i].Hidden = list[i].ID == "payload" || list[i].ID == "size"
	}
	v := newView(ring, h, widget.NewDataTable(rowKey, list), paneRows, paneBytes)
	p := &Pane{host: h, files: dialogs{h}, view: v, work: &work{host: h, banner: widget.NewBanner()}}
	p.work.banner.Lasting()
	p.detail = newDetail(h, p.followMenu, v.copyMenu)
	v.table.OnSecondary = func(r *Row) []*fyne.MenuItem {
		return append(append(p.followMenu(r), fyne.NewMenuItemSeparator()), v.copyMenu(r)...)
	}
	v.table.OnSelected = p.choose
	p.detail.ladder.OnChosen = p.chooseStep
	v.ladder.show = p.detail.showExchange
	p.odd = newOddBar(v)
	p.live = widget.NewPrimaryButton(lang.L("Back to live"), p.goLive)
	p.live.Hide()
	p.clearButton = widget.NewSpare(widget.NewButton(lang.L("Clear"), v.clear))
	p.header = widget.NewPaneHeader(lang.L("Traffic"), v.filter, v.help, p.live, v.pause,
		widget.NewButton(lang.L("Open capture"), p.openCapture), widget.NewMenuButton(lang.L("Save pcapng"), p.saveMenu),
		p.clearButton, widget.NewSpare(v.table.ColumnsButton()))
	p.split = widget.NewHSplit(v.table, p.detail.object, 0.675)
	v.filter.SetWidth(330)
	views := widget.NewPadded(12, 4, container.NewHBox(v.undo, v.latest)) // seen while a filter is typed, too
	below := container.NewBorder(nil, nil, nil, views, container.NewStack(p.odd.object, v.complete(p.odd.object).object))
	top := pane.NewColumn(0, p.header, p.work.banner, below, widget.NewLine())
	p.content = pane.Border(top, nil, nil, nil, p.split)
	return p
}

// goLive leaves a file.
func (p *Pane) goLive() { p.showSource(&source{ring: p.view.ring}) }

func (p *Pane) followMenu(r *Row) []*fyne.MenuItem {
	return append(p.view.followMenu(r), fyne.NewMenuItem(lang.L("Save this exchange as pcapng…"), func() { p.saveExchange(r) }))
}

// choose explains a message. Reading it is easier when the rows stand still.
func (p *Pane) choose(r *Row) {
	p.view.setFollow(false)
	p.detail.show(r)
	p.view.change(func(q *question) { q.chosen = r.Frame.Seq })
}

// chooseStep explains a message of the ladder, which the table may not show.
func (p *Pane) chooseStep(seq uint64) {
	if p.view.table.Select(seq) {
		p.view.table.ScrollTo(seq)
	}
	if r := p.detail.step(seq); r != nil {
		p.choose(r)
	}
}

// Content is what the window shows.
func (p *Pane) Content() fyne.CanvasObject { return p.content }

// Filter is the pane's filter entry, for the window's shortcut.
func (p *Pane) Filter() fyne.Focusable { return p.view.filter }

// Keyboard is what takes the keyboard when the pane comes into view, nil where there are no rows.
func (p *Pane) Keyboard() fyne.Focusable { return p.view.table.Keyboard() }

// Show shows the messages of one peer.
func (p *Pane) Show(item string) { p.view.follow("peer:=" + filter.Quote(item)) }

// Gather reads the ring and returns what brings the pane up to date, nil if it is. It is called off the UI goroutine,
// from one goroutine at a time; what it returns runs on the UI goroutine.
func (p *Pane) Gather(now time.Time) func() {
	update := p.view.gather(now)
	if update == nil {
		return nil
	}
	said := p.view.seen
	return func() {
		update()
		p.odd.set(said.odd)
		p.header.SetSummary(p.summary(said))
	}
}

// summary is the line beside the title: what waits, what file it is, or what is kept of what passed.
func (p *Pane) summary(said seen) string {
	s := said.stats
	kept := map[string]any{"Kept": format.Count(int64(s.Kept)), "Bytes": format.Bytes(s.Bytes), "MaxBytes": format.Bytes(s.MaxBytes)}
	q := p.view.asked.Load()
	text := ""
	switch {
	case q.paused:
		return p.view.state(said)
	case !q.source.live():
		kept["Count"] = kept["Kept"]
		text = p.view.state(said) + " · " + lang.N("{{.Count}} messages", s.Kept, kept)
	case s.Dropped > 0: // all the room is taken
		text = lang.N("{{.Kept}} messages kept", s.Kept, kept)
	default:
		text = lang.N("{{.Kept}} messages kept, {{.Bytes}} of {{.MaxBytes}}", s.Kept, kept)
	}
	if s.Dropped > 0 {
		text += ", " + lang.N("{{.Count}} older ones dropped", int(s.Dropped), map[string]any{"Count": format.Count(int64(s.Dropped))})
	}
	return text
}

// layout is what is remembered of the pane.
type layout struct {
	Table  widget.TableState `json:"table"`
	Split  float64           `json:"split"`
	Fields float64           `json:"fields"`
	Lower  float64           `json:"lower"`
	Tab    string            `json:"tab"`
	Filter string            `json:"filter,omitempty"`
}

// SaveLayout returns what is to be remembered.
func (p *Pane) SaveLayout() ([]byte, error) {
	return json.Marshal(layout{Table: p.view.table.State(), Split: p.split.Offset(),
		Fields: p.detail.bytesBox.Offset(), Lower: p.detail.split.Offset(), Tab: p.detail.tabs.Selected(), Filter: p.view.filter.Text})
}

// RestoreLayout takes back what SaveLayout gave.
func (p *Pane) RestoreLayout(data []byte) error {
	var l layout
	if err := json.Unmarshal(data, &l); err != nil {
		return err
	}
	p.view.table.SetState(l.Table)
	p.split.SetOffset(l.Split)
	p.view.filter.SetText(l.Filter)
	if l.Fields > 0 && l.Lower > 0 { // layouts of before had other parts
		p.detail.bytesBox.SetOffset(l.Fields)
		p.detail.split.SetOffset(l.Lower)
	}
	p.detail.tabs.Select(l.Tab)
	p.detail.showTab()
	return nil
}
