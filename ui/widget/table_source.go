package widget

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"
	fynewidget "fyne.io/fyne/v2/widget"

	"sluice/ui/theme"
)

// cellContent is what a cell shows.
type cellContent struct {
	text   string
	role   theme.Role
	values []float64
}

// tableSource is what the body of a table asks of it: rows by their place, without their type.
type tableSource interface {
	count() int
	cell(at, column int) cellContent
	selection() int
	view() (offset fyne.Position, size fyne.Size)
	choose(at int)
	activate(at int)
	openMenu(at int, position fyne.Position)
	copyRow(at int)
	move(at, by int)
	remove(at int)
	leave() bool // for Escape; false if it has no use
	hover(at int, on bool)
}

func (t *DataTable[K, R]) count() int { return len(t.rows) }

func (t *DataTable[K, R]) selection() int { return t.selectedAt }

func (t *DataTable[K, R]) view() (fyne.Position, fyne.Size) { return t.scroll.Offset, t.scroll.Size() }

func (t *DataTable[K, R]) cell(at, column int) cellContent {
	def, row := &t.defs[column], t.row(at)
	content := cellContent{role: def.Tone}
	if def.Kind == KindText || def.Kind == KindNumber {
		if def.Tone == theme.RoleNeutral {
			content.role = theme.RoleText
		}
	}
	if def.Role != nil {
		if role := def.Role(row); role != theme.RoleNeutral || def.Kind != KindText && def.Kind != KindNumber {
			content.role = role
		}
	}
	if def.Text != nil {
		content.text = def.Text(row)
	}
	if def.Values != nil {
		content.values = def.Values(row)
	}
	return content
}

func (t *DataTable[K, R]) activate(at int) {
	if t.OnActivated != nil {
		t.OnActivated(t.row(at))
	}
}

func (t *DataTable[K, R]) copyRow(at int) { CopyText(t.rowText(at)) }

func (t *DataTable[K, R]) move(at, by int) {
	if t.OnMove != nil {
		t.OnMove(t.row(at), by)
	}
}

func (t *DataTable[K, R]) remove(at int) {
	if t.OnDelete != nil {
		t.OnDelete(t.row(at))
	}
}

func (t *DataTable[K, R]) leave() bool {
	if t.OnEscape == nil {
		return false
	}
	t.OnEscape()
	return true
}

func (t *DataTable[K, R]) hover(at int, on bool) {
	if t.OnHovered != nil && at >= 0 && at < len(t.rows) {
		t.OnHovered(t.row(at), on)
	}
}

func (t *DataTable[K, R]) openMenu(at int, position fyne.Position) {
	var items []*fyne.MenuItem
	if t.OnSecondary != nil {
		items = append(items, t.OnSecondary(t.row(at))...)
	}
	if len(items) > 0 {
		items = append(items, fyne.NewMenuItemSeparator())
	}
	text := t.rowText(at) // of now: the rows may have moved when the item is chosen
	columns := fyne.NewMenuItem(lang.L("Columns"), nil)
	columns.ChildMenu = t.ColumnsMenu()
	items = append(items, fyne.NewMenuItem(lang.L("Copy row"), func() { CopyText(text) }), columns)
	fynewidget.ShowPopUpMenuAtPosition(fyne.NewMenu("", items...), canvasOf(t), position)
}
