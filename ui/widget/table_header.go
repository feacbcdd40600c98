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

// tableHeader shows the headings, sorts by them, and lets borders be dragged. By keyboard: left and right choose a
// column, Enter sorts by it, plus and minus change its width, the menu key opens the choice of columns.
type tableHeader struct {
	fynewidget.BaseWidget
	columns *columnSet
	resized func(done bool)
	dense   bool
	offset  float32 // how far the table is scrolled to the right

	pointer float32 // where the pointer is, -1 when it is elsewhere
	drag    int     // the span whose border is dragged, -1 for none
	wanted  float32 // the width that the drag asks for
	cursor  int     // the span that has the keyboard
	focused bool
	lastTap time.Time

	ground                  *ground
	line, hover, ring, grip *canvas.Rectangle
	titles                  []*canvas.Text
	render                  *renderer
}

var (
	_ desktop.Hoverable      = (*tableHeader)(nil)
	_ desktop.Cursorable     = (*tableHeader)(nil)
	_ fyne.Draggable         = (*tableHeader)(nil)
	_ fyne.Tappable          = (*tableHeader)(nil)
	_ fyne.SecondaryTappable = (*tableHeader)(nil)
	_ fyne.Focusable         = (*tableHeader)(nil)
)

func newTableHeader(columns *columnSet, resized func(done bool)) *tableHeader {
	h := &tableHeader{columns: columns, resized: resized, pointer: -1, drag: -1, ground: newGround()}
	for _, r := range []**canvas.Rectangle{&h.line, &h.hover, &h.ring, &h.grip} {
		*r = canvas.NewRectangle(color.Transparent)
	}
	h.ExtendBaseWidget(h)
	return h
}

// CreateRenderer implements [fyne.Widget].
func (h *tableHeader) CreateRenderer() fyne.WidgetRenderer {
	h.render = &renderer{}
	h.render.layout = func(fyne.Size) { h.arrange() }
	h.render.minSize = func() fyne.Size {
		height := sizeOf(theme.SizeRow, h) - 2
		if h.dense {
			height = sizeOf(theme.SizeRowDense, h) + 2
		}
		return fyne.NewSize(1, height)
	}
	h.render.refresh = h.arrange
	h.arrange()
	return h.render
}

// arrange brings every object to its place; what does not change is not drawn.
func (h *tableHeader) arrange() {
	if h.render == nil {
		return
	}
	h.ensureTitles()
	size := h.Size()
	h.ground.fill(colorOf(theme.ColorPanel, h))
	paint(h.line, colorOf(theme.ColorLine, h), color.Transparent, 0, 0)
	place(h.ground.Raster, 0, 0, size.Width, size.Height)
	place(h.line, 0, size.Height-1, size.Width, 1)
	f := face{size: sizeOf(theme.SizeSmall, h)}
	for i, title := range h.titles {
		s := h.columns.spans[i]
		c := &h.columns.columns[s.column]
		text, col := c.title, colorOf(theme.ColorMuted, h)
		if s.column == h.columns.sorted {
			arrow := " ↑"
			if h.columns.descending {
				arrow = " ↓"
			}
			text = f.fit(text, s.width-2*cellInset-f.width(arrow)) + arrow
			col = colorOf(theme.ColorText, h)
		}
		title.Alignment = fyne.TextAlignLeading
		if c.kind == KindNumber {
			title.Alignment = fyne.TextAlignTrailing
		}
		write(title, f.fit(text, s.width-2*cellInset), col, f)
		place(title, s.x-h.offset+cellInset, 0, s.width-2*cellInset, size.Height-1)
	}
	h.arrangeMarks(size)
}

func (h *tableHeader) ensureTitles() {
	if len(h.titles) == len(h.columns.spans) && h.render.objects != nil {
		return
	}
	h.titles = nil
	h.render.objects = []fyne.CanvasObject{h.ground.Raster, h.hover, h.line, h.grip}
	for range h.columns.spans {
		title := canvas.NewText("", color.Transparent)
		h.titles = append(h.titles, title)
		h.render.objects = append(h.render.objects, title)
	}
	h.render.objects = append(h.render.objects, h.ring)
	canvas.Refresh(h)
}

func (h *tableHeader) arrangeMarks(size fyne.Size) {
	over, grip := -1, h.drag
	if h.pointer >= 0 && h.drag < 0 {
		if grip = h.columns.gripAt(h.pointer + h.offset); grip < 0 {
			over = h.columns.at(h.pointer + h.offset)
		}
	}
	over = h.onlySortable(over)
	setShown(h.hover, over >= 0)
	if over >= 0 {
		s := h.columns.spans[over]
		paint(h.hover, colorOf(theme.ColorHover, h), color.Transparent, 0, 0)
		place(h.hover, s.x-h.offset, 0, s.width, size.Height-1)
	}
	setShown(h.grip, grip >= 0 && grip < len(h.columns.spans))
	if h.grip.Visible() {
		s := h.columns.spans[grip]
		paint(h.grip, colorOf(theme.ColorAccent, h), color.Transparent, 0, 0)
		place(h.grip, s.x+s.width-h.offset-1, 4, 2, size.Height-9)
	}
	h.cursor = max(0, min(h.cursor, len(h.columns.spans)-1))
	paintFocus(h.ring, h.focused, h, 3)
	if len(h.columns.spans) > 0 {
		s := h.columns.spans[h.cursor]
		place(h.ring, s.x-h.offset+2, 2, s.width-4, size.Height-5)
	}
}

func (h *tableHeader) onlySortable(at int) int {
	if at >= 0 && h.columns.columns[h.columns.spans[at].column].sortable {
		return at
	}
	return -1
}

// MouseIn implements [desktop.Hoverable].
func (h *tableHeader) MouseIn(ev *desktop.MouseEvent) { h.MouseMoved(ev) }

// MouseMoved implements [desktop.Hoverable].
func (h *tableHeader) MouseMoved(ev *desktop.MouseEvent) {
	h.pointer = ev.Position.X
	h.arrange()
}

// MouseOut implements [desktop.Hoverable].
func (h *tableHeader) MouseOut() {
	h.pointer = -1
	h.arrange()
}

// Cursor implements [desktop.Cursorable].
func (h *tableHeader) Cursor() desktop.Cursor {
	if h.drag >= 0 || h.pointer >= 0 && h.columns.gripAt(h.pointer+h.offset) >= 0 {
		return desktop.HResizeCursor
	}
	return desktop.DefaultCursor
}

// Dragged moves the border that the drag began at. The width wanted is added up, because the width that a column gets
// has a lower limit. Drivers differ in whether the position is that before or after the move.
func (h *tableHeader) Dragged(ev *fyne.DragEvent) {
	if h.drag < 0 {
		h.drag = h.columns.gripAt(ev.Position.X - ev.Dragged.DX + h.offset)
		if h.drag < 0 {
			h.drag = h.columns.gripAt(ev.Position.X + h.offset)
		}
		if h.drag < 0 {
			return
		}
		h.wanted = h.columns.spans[h.drag].width
	}
	h.wanted += ev.Dragged.DX
	h.columns.resize(h.drag, h.wanted)
	h.resized(false)
}

// DragEnd implements [fyne.Draggable].
func (h *tableHeader) DragEnd() {
	if h.drag >= 0 {
		h.drag = -1
		h.resized(true)
	}
}

// Tapped sorts by a column; on a border, two taps give the column its first width back.
func (h *tableHeader) Tapped(ev *fyne.PointEvent) {
	x := ev.Position.X + h.offset
	if grip := h.columns.gripAt(x); grip >= 0 {
		if time.Since(h.lastTap) < fyne.CurrentApp().Driver().DoubleTapDelay() {
			h.columns.resize(grip, h.columns.columns[h.columns.spans[grip].column].initial.Width)
			h.resized(true)
		}
		h.lastTap = time.Now()
		return
	}
	if at := h.columns.at(x); at >= 0 {
		h.cursor = at
		h.columns.sortBy(h.columns.spans[at].column)
	}
}

// TappedSecondary opens the choice of columns.
func (h *tableHeader) TappedSecondary(ev *fyne.PointEvent) {
	fynewidget.ShowPopUpMenuAtPosition(h.columns.menu(), canvasOf(h), ev.AbsolutePosition)
}

// FocusGained implements [fyne.Focusable].
func (h *tableHeader) FocusGained() {
	h.focused = true
	h.arrange()
}

// FocusLost implements [fyne.Focusable].
func (h *tableHeader) FocusLost() {
	h.focused = false
	h.arrange()
}

// TypedRune changes the width of a column.
func (h *tableHeader) TypedRune(r rune) {
	const step = 10
	if h.cursor >= len(h.columns.spans) {
		return
	}
	width := h.columns.spans[h.cursor].width
	switch r {
	case '+':
		h.columns.resize(h.cursor, width+step)
	case '-':
		h.columns.resize(h.cursor, width-step)
	default:
		return
	}
	h.resized(true)
}

// TypedKey implements [fyne.Focusable].
func (h *tableHeader) TypedKey(ev *fyne.KeyEvent) {
	if passUnused(h, ev) {
		return
	}
	switch ev.Name {
	case fyne.KeyLeft:
		h.cursor--
	case fyne.KeyRight:
		h.cursor++
	case fyne.KeyReturn, fyne.KeyEnter, fyne.KeySpace:
		if h.cursor < len(h.columns.spans) {
			h.columns.sortBy(h.columns.spans[h.cursor].column)
		}
	case desktop.KeyMenu, fyne.KeyDown:
		ShowMenuBelow(h.columns.menu(), h)
	}
	h.arrange()
}
