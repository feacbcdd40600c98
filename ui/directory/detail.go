package directory

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	fynelayout "fyne.io/fyne/v2/layout"

	"sluice/engine/directory"
	"sluice/ui/pane"
	"sluice/ui/theme"
	"sluice/ui/widget"
)

// shown is everything the detail says of one registration. It is made off the UI goroutine.
type shown struct {
	row    Row
	facts  []widget.Pair
	links  []Link
	events []directory.Event
}

// detail is the right side: one registration with its links and what happened to it.
type detail struct {
	pane   *Pane
	object fyne.CanvasObject
	shown  *shown

	empty, body fyne.CanvasObject
	title       *fyne.Container
	name        *widget.Text
	state       *widget.Badge
	sector      *widget.Badge
	facts       *widget.KeyValue
	links       *widget.DataTable[int, Link]
	events      *widget.DataTable[uint64, directory.Event]
	split       *widget.Split
}

func newDetail(p *Pane) *detail {
	d := &detail{
		pane:   p,
		name:   widget.NewText("", widget.TextStrong),
		state:  widget.NewBadge("", theme.RoleNeutral),
		sector: widget.NewBadge("", theme.RoleNeutral),
		facts:  widget.NewKeyValue(),
		links:  newLinkTable(),
		events: newEventTable(false),
	}
	d.links.Dense = true
	d.links.Empty = widget.NewEmptyState(lang.L("It registered without links."), "")
	d.links.OnSecondary = func(l Link) []*fyne.MenuItem { return p.linkItems(l) }
	d.events.Empty = widget.NewEmptyState(lang.L("Nothing has happened to it since the gateway started."), "")
	buttons := container.NewHBox(
		widget.NewMenuButton(lang.L("Copy"), func() *fyne.Menu { return fyne.NewMenu("", p.copyItems(d.shown.row, d.link())...) }),
		widget.NewDangerButton(lang.L("Remove"), func() { p.remove(d.shown.row) }),
	)
	d.title = pane.NewLead(d.name, widget.TextStrong, d.state, d.sector)
	head := container.New(fynelayout.NewCustomPaddedVBoxLayout(10), container.NewBorder(nil, nil, nil, buttons, d.title), d.facts)
	d.split = widget.NewVSplit(widget.NewPadded(0, 6, widget.NewWell(d.links)), widget.NewPadded(0, 6, widget.NewWell(d.events)), 0.6)
	d.body = widget.NewPadded(16, 12, pane.Border(head, nil, nil, nil, d.split))
	d.body.Hide()
	d.empty = widget.NewEmptyState(lang.L("Select a registration to see its links."), "")
	d.object = widget.NewPanel(container.NewStack(d.empty, d.body))
	return d
}

// link is the link that is selected, or else the first; nil if there is none.
func (d *detail) link() *Link {
	if l, ok := d.links.Selected(); ok {
		return &l
	}
	return firstOf(d.shown.links)
}

func firstOf(links []Link) *Link {
	if len(links) == 0 {
		return nil
	}
	return &links[0]
}

// show brings the detail up to date; nil means that no registration is selected.
func (d *detail) show(s *shown) {
	if s == nil {
		d.shown = nil
		pane.SetVisible(d.body, false)
		pane.SetVisible(d.empty, true)
		return
	}
	if d.shown == nil || d.shown.row.Location != s.row.Location {
		d.links.Unselect()
		d.events.Unselect()
	}
	d.shown = s
	d.name.SetText(s.row.Name)
	d.state.Set(s.row.word(), s.row.role())
	d.sector.Set("d="+shortened(s.row.Sector), theme.RoleNeutral)
	pane.SetVisible(d.sector, s.row.Sector != "")
	d.title.Refresh()
	d.facts.SetPairs(s.facts...)
	d.links.SetRows(s.links)
	d.events.SetRows(s.events)
	pane.SetVisible(d.empty, false)
	pane.SetVisible(d.body, true)
}

// shortened cuts a name, which may have 63 bytes, to what a badge has room for.
func shortened(name string) string {
	const room = 16
	if runes := []rune(name); len(runes) > room {
		return string(runes[:room-1]) + "…"
	}
	return name
}
