package topics

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"

	"sluice/ui/pane"
	"sluice/ui/theme"
	"sluice/ui/widget"
	"sluice/ui/widget/format"
)

// differenceCard shows how the last value differs from an older one.
type differenceCard struct {
	object fyne.CanvasObject
	note   *widget.Text
	latest *widget.Button
	table  *widget.DataTable[int, change]
	empty  *widget.EmptyState
}

func newDifferenceCard(p *Pane) *differenceCard {
	d := &differenceCard{note: widget.NewText("", widget.TextCaption)}
	d.latest = widget.NewQuietButton(lang.L("Compare with the one before"), func() { p.compareWith(0) })
	d.table = widget.NewDataTable(func(c change) int { return c.index }, []widget.Column[change]{
		{ID: "kind", Title: lang.L("Change"), Width: 84, Kind: widget.KindBadge, Text: func(c change) string { return c.kind.word() }, Role: func(c change) theme.Role { return c.kind.role() }},
		{ID: "where", Title: lang.L("Where"), Width: 150, Grows: true, Mono: true, Text: func(c change) string { return c.where }},
		{ID: "by", Title: lang.L("By"), Width: 80, Kind: widget.KindNumber, Tone: theme.RoleMuted, Text: func(c change) string { return c.by }},
		{ID: "before", Title: lang.L("Before"), Width: 150, Mono: true, Tone: theme.RoleMuted, Text: func(c change) string { return c.before }},
		{ID: "now", Title: lang.L("Now"), Width: 150, Mono: true, Text: func(c change) string { return c.now }},
	})
	d.table.Dense = true
	d.table.OnSecondary = func(c change) []*fyne.MenuItem {
		return []*fyne.MenuItem{
			fyne.NewMenuItem(lang.L("Copy path"), func() { widget.CopyText(c.where) }),
			fyne.NewMenuItem(lang.L("Copy value"), func() { widget.CopyText(c.now) }),
			fyne.NewMenuItem(lang.L("Copy value before"), func() { widget.CopyText(c.before) }),
		}
	}
	d.empty = widget.NewEmptyState("", "")
	d.table.Empty = d.empty
	head := container.NewBorder(nil, nil, nil, d.latest, container.NewVBox(d.note.Shrink()))
	d.object = widget.NewCard(container.NewBorder(head, nil, nil, nil, widget.NewWell(d.table)))
	return d
}

// show lists the differences; chosen says that the user chose the older value.
func (d *differenceCard) show(made difference, chosen bool) {
	pane.SetVisible(d.latest, chosen)
	switch {
	case !made.known:
		d.note.SetText("")
		d.empty.Set(lang.L("There is no older value yet."), "")
	default:
		d.note.SetText(lang.L("{{.Before}} compared with {{.Now}}; another is chosen in the list below", map[string]any{
			"Before": format.Clock(made.older), "Now": format.Clock(made.now)}))
		d.empty.Set(lang.L("Both values are the same."), "")
	}
	d.table.SetRows(made.changes)
}

// compareWith chooses the older value by its number in the history; 0 is the one before the last.
func (p *Pane) compareWith(number uint64) {
	p.compared = number
	if number == 0 {
		p.detail.history.Unselect()
	}
	p.ask()
}
