package widget

import (
	"image/color"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	fynewidget "fyne.io/fyne/v2/widget"

	"sluice/ui/theme"
)

// tableBody is the scrolled part of a table, as high as all rows. It holds canvas objects for the rows in view only and
// reuses them while scrolling: rows are no widgets, because a walk over widgets is what drawing costs most.
type tableBody struct {
	fynewidget.BaseWidget
	columns *columnSet
	source  tableSource
	dense   bool

	slots     []*tableRow // the row at place i is drawn by slot i modulo their number
	hovered   int
	focused   bool
	from      fyne.Focusable // what Escape gives the keyboard back to, nil for nothing
	lastTap   time.Time
	lastPlace int

	hover, chosen, cursor *canvas.Rectangle
	objects               []fyne.CanvasObject
}

var (
	_ desktop.Hoverable      = (*tableBody)(nil)
	_ fyne.Tappable          = (*tableBody)(nil)
	_ fyne.SecondaryTappable = (*tableBody)(nil)
	_ fyne.Focusable         = (*tableBody)(nil)
	_ fyne.Shortcutable      = (*tableBody)(nil)
)

func newTableBody(columns *columnSet, source tableSource) *tableBody {
	b := &tableBody{columns: columns, source: source, hovered: -1, lastPlace: -1}
	b.hover, b.chosen, b.cursor = canvas.NewRectangle(color.Transparent), canvas.NewRectangle(color.Transparent), canvas.NewRectangle(color.Transparent)
	b.ExtendBaseWidget(b)
	return b
}

func (b *tableBody) rowHeight() float32 {
	if b.dense {
		return sizeOf(theme.SizeRowDense, b)
	}
	return sizeOf(theme.SizeRow, b)
}

// height is that of all rows.
func (b *tableBody) height() float32 { return float32(b.source.count()) * b.rowHeight() }

// top is the place of the first row in view.
func (b *tableBody) top() int {
	offset, _ := b.source.view()
	return max(0, int(offset.Y/b.rowHeight()))
}

// update makes the slots show the rows in view, touching only what differs from what they show already.
func (b *tableBody) update() {
	_, view := b.source.view()
	height := b.rowHeight()
	first := b.top()
	last := min(b.source.count(), first+int(view.Height/height)+2)
	b.ensureSlots(int(view.Height/height) + 2)
	used := 0
	if n := len(b.slots); n > 0 && view.Height > 0 {
		paints := newPaints(b)
		for at := first; at < last; at++ {
			b.slots[at%n].show(b, at, float32(at)*height, height, paints)
			used++
		}
		for i := used; i < n; i++ {
			b.slots[(first+i)%n].hide()
		}
	}
	b.updateMarks(first, height)
}

// ensureSlots has enough slots for a view; they are laid out anew when the columns in view changed.
func (b *tableBody) ensureSlots(n int) {
	spans := b.columns.spans
	fresh := len(b.slots) < n
	if len(b.slots) > 0 && !b.slots[0].fits(spans) {
		b.slots, fresh = nil, true
	}
	if !fresh {
		return
	}
	for len(b.slots) < n {
		b.slots = append(b.slots, newTableRow(b, spans))
	}
	b.objects = append(b.objects[:0:0], b.chosen, b.hover)
	for _, slot := range b.slots {
		b.objects = append(b.objects, slot.objects...)
	}
	b.objects = append(b.objects, b.cursor)
	canvas.Refresh(b)
}

// updateMarks places the marks of the row that is selected, under the pointer, or has the keyboard.
func (b *tableBody) updateMarks(top int, height float32) {
	width := max(b.columns.total, b.Size().Width)
	mark := func(r *canvas.Rectangle, at int, inset float32) {
		setShown(r, at >= 0 && at < b.source.count())
		if r.Visible() {
			place(r, inset, float32(at)*height+inset, width-2*inset, height-2*inset)
		}
	}
	selected := b.source.selection()
	paint(b.chosen, colorOf(theme.ColorSelection, b), color.Transparent, 0, 0)
	paint(b.hover, colorOf(theme.ColorHover, b), color.Transparent, 0, 0)
	paintFocus(b.cursor, b.focused, b, 2)
	mark(b.chosen, selected, 0)
	mark(b.hover, b.hovered, 0)
	cursor := selected
	if cursor < 0 {
		cursor = top
	}
	if !b.focused {
		cursor = -1
	}
	mark(b.cursor, cursor, 1)
}

func (b *tableBody) placeAt(y float32) int {
	at := int(y / b.rowHeight())
	if y < 0 || at >= b.source.count() {
		return -1
	}
	return at
}

// MouseIn implements [desktop.Hoverable].
func (b *tableBody) MouseIn(ev *desktop.MouseEvent) { b.MouseMoved(ev) }

// MouseMoved implements [desktop.Hoverable].
func (b *tableBody) MouseMoved(ev *desktop.MouseEvent) {
	at := b.placeAt(ev.Position.Y)
	if at == b.hovered {
		return
	}
	b.source.hover(b.hovered, false)
	b.setHovered(at)
	b.source.hover(at, true)
}

// setHovered marks a row as under the pointer, -1 none.
func (b *tableBody) setHovered(at int) {
	if at != b.hovered {
		b.hovered = at
		b.updateMarks(b.top(), b.rowHeight())
	}
}

// MouseOut implements [desktop.Hoverable].
func (b *tableBody) MouseOut() {
	b.source.hover(b.hovered, false)
	b.setHovered(-1)
}

// Tapped selects a row. Two taps on it activate it: the toolkit's own double taps would hold every single one back.
func (b *tableBody) Tapped(ev *fyne.PointEvent) {
	focusOn(b)
	at := b.placeAt(ev.Position.Y)
	if at < 0 {
		return
	}
	again := at == b.lastPlace && time.Since(b.lastTap) < fyne.CurrentApp().Driver().DoubleTapDelay()
	b.source.choose(at)
	b.lastPlace, b.lastTap = at, time.Now()
	if again {
		b.lastPlace = -1
		b.source.activate(at)
	}
}

// TappedSecondary selects a row and opens its menu.
func (b *tableBody) TappedSecondary(ev *fyne.PointEvent) {
	focusOn(b)
	if at := b.placeAt(ev.Position.Y); at >= 0 {
		b.source.choose(at)
		b.source.openMenu(at, ev.AbsolutePosition)
	}
}

// FocusGained implements [fyne.Focusable].
func (b *tableBody) FocusGained() {
	b.focused = true
	b.updateMarks(b.top(), b.rowHeight())
}

// FocusLost implements [fyne.Focusable].
func (b *tableBody) FocusLost() {
	b.focused, b.from = false, nil
	b.updateMarks(b.top(), b.rowHeight())
}

// TypedRune implements [fyne.Focusable].
func (b *tableBody) TypedRune(rune) {}

// TypedKey moves the selection and acts on it.
func (b *tableBody) TypedKey(ev *fyne.KeyEvent) {
	if PassKey(b, ev) || ev.Name == fyne.KeyEscape && !b.source.leave() && passUnused(b, ev) {
		return
	}
	if ev.Name == fyne.KeyEscape && b.back() {
		return
	}
	n := b.source.count()
	if n == 0 {
		return
	}
	_, view := b.source.view()
	page := max(1, int(view.Height/b.rowHeight())-1)
	at := b.source.selection()
	goTo := func(to int) { b.source.choose(max(0, min(to, n-1))) }
	if at < 0 {
		at = b.top()
		switch ev.Name {
		case fyne.KeyUp, fyne.KeyDown: // the first press selects the row that is marked
			goTo(at)
			return
		}
	}
	switch ev.Name {
	case fyne.KeyUp:
		goTo(at - 1)
	case fyne.KeyDown:
		goTo(at + 1)
	case fyne.KeyPageUp:
		goTo(at - page)
	case fyne.KeyPageDown:
		goTo(at + page)
	case fyne.KeyHome:
		goTo(0)
	case fyne.KeyEnd:
		goTo(n - 1)
	case fyne.KeyReturn, fyne.KeyEnter:
		goTo(at)
		b.source.activate(at)
	case fyne.KeySpace:
		goTo(at)
	case fyne.KeyDelete:
		goTo(at)
		b.source.remove(at)
	case desktop.KeyMenu:
		b.menuByKey(at)
	case fyne.KeyF10:
		if shiftHeld() {
			b.menuByKey(at)
		}
	}
}

// menuByKey opens the menu of a row below the row.
func (b *tableBody) menuByKey(at int) {
	b.source.choose(at)
	origin := fyne.CurrentApp().Driver().AbsolutePositionForObject(b)
	height := b.rowHeight()
	b.source.openMenu(at, origin.AddXY(2*cellInset, float32(at)*height+height))
}

// TypedShortcut copies the selected row, or moves it. Others are the window's.
func (b *tableBody) TypedShortcut(s fyne.Shortcut) {
	at := b.source.selection()
	if passShortcut(canvasOf(b), s) || at < 0 {
		return
	}
	switch s := s.(type) {
	case *fyne.ShortcutCopy:
		b.source.copyRow(at)
	case *desktop.CustomShortcut:
		switch {
		case s.Modifier != fyne.KeyModifierAlt:
		case s.KeyName == fyne.KeyUp:
			b.source.move(at, -1)
		case s.KeyName == fyne.KeyDown:
			b.source.move(at, 1)
		}
	}
}

// CreateRenderer implements [fyne.Widget].
func (b *tableBody) CreateRenderer() fyne.WidgetRenderer {
	return tableBodyRenderer{b}
}

type tableBodyRenderer struct{ b *tableBody }

func (r tableBodyRenderer) Destroy()                     {}
func (r tableBodyRenderer) Layout(fyne.Size)             { r.b.update() }
func (r tableBodyRenderer) Objects() []fyne.CanvasObject { return r.b.objects }
func (r tableBodyRenderer) Refresh()                     { r.b.update() }
func (r tableBodyRenderer) MinSize() fyne.Size {
	return fyne.NewSize(r.b.columns.total, r.b.height())
}
