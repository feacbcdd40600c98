package traffic

import (
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"

	"sluice/engine/record"
	"sluice/ui/pane"
	"sluice/ui/widget"
)

const (
	drawerRows  = 500
	drawerBytes = 1 << 20
)

// Drawer is the narrow traffic table below a pane. Its methods belong to the UI goroutine; Gather does not.
type Drawer struct {
	view    *view
	state   *widget.Text
	content fyne.CanvasObject
}

// NewDrawer builds the drawer; hide is called when the user closes it.
func NewDrawer(e Engine, h *pane.Host, hide func()) *Drawer { return newDrawer(e.Record(), h, hide) }

func newDrawer(ring *record.Ring, h *pane.Host, hide func()) *Drawer {
	list := columns()
	for i := range list {
		list[i].Hidden = list[i].ID == "mid" || list[i].ID == "size"
	}
	table := widget.NewDataTable(rowKey, list)
	table.Dense = true
	v := newView(ring, h, table, drawerRows, drawerBytes)
	d := &Drawer{view: v, state: widget.NewText("", widget.TextMuted)}
	table.OnActivated = func(r *Row) { h.Open(pane.Traffic, r.Peer()) }
	title := container.NewHBox(widget.NewText(lang.L("Traffic"), widget.TextStrong), d.state, v.problem)
	v.filter.SetWidth(330)
	buttons := widget.NewTools(v.latest, v.undo, v.filter, v.help, v.pause, widget.NewButton(lang.L("Clear"), v.clear),
		widget.NewQuietButton(lang.L("Hide"), hide))
	bar := widget.NewPadded(14, 4, container.NewBorder(nil, nil, title, nil, buttons))
	d.content = widget.NewPanel(pane.Border(pane.Border(nil, widget.NewLine(), nil, nil, bar), nil, nil, nil, table))
	return d
}

// State is what is to be remembered of its table.
func (d *Drawer) State() widget.TableState { return d.view.table.State() }

// SetState takes back what State gave.
func (d *Drawer) SetState(s widget.TableState) { d.view.table.SetState(s) }

// Content is what the window shows.
func (d *Drawer) Content() fyne.CanvasObject { return d.content }

// Asked reports whether the user asked for something that Gather has not answered yet, or only in part. It is called
// where Gather is.
func (d *Drawer) Asked() bool { return d.view.asked.Load() != d.view.answered || d.view.more }

// Gather reads the ring and returns what brings the drawer up to date, nil if it is. It is called off the UI
// goroutine, from one goroutine at a time; what it returns runs on the UI goroutine.
func (d *Drawer) Gather(now time.Time) func() {
	update := d.view.gather(now)
	if update == nil {
		return nil
	}
	said := d.view.seen
	return func() {
		update()
		d.state.SetText(d.view.state(said))
	}
}
