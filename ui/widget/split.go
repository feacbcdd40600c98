package widget

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	fynewidget "fyne.io/fyne/v2/widget"

	"sluice/ui/theme"
)

// Split shows two parts with a border between them that can be dragged, or moved with the arrow keys. The border looks
// thin and is taken hold of easily. Unlike the toolkit's it tells when it was moved, so that the place can be remembered.
type Split struct {
	fynewidget.BaseWidget
	OnChanged func(offset float64) // the user moved the border

	leading, trailing fyne.CanvasObject
	vertical          bool
	offset            float64 // the share of the leading part
	hideTrailing      bool
	grip              *splitGrip
}

// NewHSplit puts trailing to the right of leading, which gets the share offset of the width.
func NewHSplit(leading, trailing fyne.CanvasObject, offset float64) *Split {
	return newSplit(leading, trailing, offset, false)
}

// NewVSplit puts bottom below top, which gets the share offset of the height.
func NewVSplit(top, bottom fyne.CanvasObject, offset float64) *Split {
	return newSplit(top, bottom, offset, true)
}

func newSplit(leading, trailing fyne.CanvasObject, offset float64, vertical bool) *Split {
	s := &Split{leading: leading, trailing: trailing, offset: clamp01(offset), vertical: vertical}
	s.grip = newSplitGrip(s)
	s.ExtendBaseWidget(s)
	return s
}

func clamp01(v float64) float64 {
	if !(v > 0) { // also when it is not a number
		return 0
	}
	return min(v, 1)
}

// Offset is the share of the leading part, 0 to 1.
func (s *Split) Offset() float64 { return s.offset }

// SetOffset moves the border without calling OnChanged.
func (s *Split) SetOffset(offset float64) {
	s.offset = clamp01(offset)
	s.Refresh()
}

// SetTrailingVisible shows or hides the trailing part and the border.
func (s *Split) SetTrailingVisible(visible bool) {
	s.hideTrailing = !visible
	s.Refresh()
}

// TrailingVisible reports whether the trailing part is shown.
func (s *Split) TrailingVisible() bool { return !s.hideTrailing }

// length is the size along the split.
func (s *Split) length(size fyne.Size) float32 {
	if s.vertical {
		return size.Height
	}
	return size.Width
}

// border is where the border is, with room for the least sizes of both parts while there is enough.
func (s *Split) border(size fyne.Size) float32 {
	whole := s.length(size)
	at := float32(s.offset) * whole
	at = min(at, whole-splitLine-s.length(s.trailing.MinSize()))
	return max(at, min(whole, s.length(s.leading.MinSize())))
}

// moveTo moves the border on behalf of the user.
func (s *Split) moveTo(at float32) {
	whole := s.length(s.Size())
	if whole <= 0 {
		return
	}
	s.offset = clamp01(float64(at / whole))
	s.offset = clamp01(float64(s.border(s.Size()) / whole))
	s.Refresh()
	if s.OnChanged != nil {
		s.OnChanged(s.offset)
	}
}

// The measures of the border: as it looks, and how far around it is taken hold of. Most of that is beyond it: before it
// may be the scroll bar of the leading part.
const (
	splitLine   = 1
	splitGrab   = 9
	splitBefore = 1
)

// CreateRenderer implements [fyne.Widget].
func (s *Split) CreateRenderer() fyne.WidgetRenderer {
	r := &renderer{objects: []fyne.CanvasObject{s.leading, s.trailing, s.grip}}
	r.layout = func(size fyne.Size) {
		setShown(s.trailing, !s.hideTrailing)
		setShown(s.grip, !s.hideTrailing)
		if s.hideTrailing {
			place(s.leading, 0, 0, size.Width, size.Height)
			return
		}
		at := s.border(size)
		next := at + splitLine
		from := at - splitBefore
		if s.vertical {
			place(s.leading, 0, 0, size.Width, at)
			place(s.trailing, 0, next, size.Width, size.Height-next)
			place(s.grip, 0, from, size.Width, splitGrab)
			return
		}
		place(s.leading, 0, 0, at, size.Height)
		place(s.trailing, next, 0, size.Width-next, size.Height)
		place(s.grip, from, 0, splitGrab, size.Height)
	}
	r.minSize = func() fyne.Size {
		a, b := s.leading.MinSize(), s.trailing.MinSize()
		switch {
		case s.hideTrailing:
			return a
		case s.vertical:
			return fyne.NewSize(max(a.Width, b.Width), a.Height+b.Height+splitLine)
		}
		return fyne.NewSize(a.Width+b.Width+splitLine, max(a.Height, b.Height))
	}
	r.refresh = func() {
		r.layout(s.Size())
		s.grip.Refresh()
	}
	return r
}

// splitGrip is the border of a split.
type splitGrip struct {
	fynewidget.BaseWidget
	split            *Split
	hovered, focused bool
	line             *canvas.Rectangle
}

var (
	_ fyne.Draggable     = (*splitGrip)(nil)
	_ fyne.Focusable     = (*splitGrip)(nil)
	_ desktop.Hoverable  = (*splitGrip)(nil)
	_ desktop.Cursorable = (*splitGrip)(nil)
)

func newSplitGrip(s *Split) *splitGrip {
	g := &splitGrip{split: s, line: canvas.NewRectangle(color.Transparent)}
	g.ExtendBaseWidget(g)
	return g
}

// Cursor implements [desktop.Cursorable].
func (g *splitGrip) Cursor() desktop.Cursor {
	if g.split.vertical {
		return desktop.VResizeCursor
	}
	return desktop.HResizeCursor
}

// Dragged implements [fyne.Draggable]. The position is that of the pointer within the grip.
func (g *splitGrip) Dragged(ev *fyne.DragEvent) {
	at := g.Position().Add(ev.Position)
	if g.split.vertical {
		g.split.moveTo(at.Y)
		return
	}
	g.split.moveTo(at.X)
}

// DragEnd implements [fyne.Draggable].
func (g *splitGrip) DragEnd() {}

// TypedKey implements [fyne.Focusable].
func (g *splitGrip) TypedKey(ev *fyne.KeyEvent) {
	if passUnused(g, ev) {
		return
	}
	const step = 16
	back, forth := fyne.KeyLeft, fyne.KeyRight
	if g.split.vertical {
		back, forth = fyne.KeyUp, fyne.KeyDown
	}
	switch ev.Name {
	case back:
		g.split.moveTo(g.split.border(g.split.Size()) - step)
	case forth:
		g.split.moveTo(g.split.border(g.split.Size()) + step)
	}
}

// TypedRune implements [fyne.Focusable].
func (g *splitGrip) TypedRune(rune) {}

// FocusGained implements [fyne.Focusable].
func (g *splitGrip) FocusGained() { g.focused = true; g.Refresh() }

// FocusLost implements [fyne.Focusable].
func (g *splitGrip) FocusLost() { g.focused = false; g.Refresh() }

// MouseIn implements [desktop.Hoverable].
func (g *splitGrip) MouseIn(*desktop.MouseEvent) { g.hovered = true; g.Refresh() }

// MouseMoved implements [desktop.Hoverable].
func (g *splitGrip) MouseMoved(*desktop.MouseEvent) {}

// MouseOut implements [desktop.Hoverable].
func (g *splitGrip) MouseOut() { g.hovered = false; g.Refresh() }

// CreateRenderer implements [fyne.Widget].
func (g *splitGrip) CreateRenderer() fyne.WidgetRenderer {
	r := &renderer{objects: []fyne.CanvasObject{g.line}}
	r.layout = func(size fyne.Size) {
		thick := float32(splitLine)
		if g.hovered || g.focused {
			thick = 3
		}
		if g.split.vertical {
			place(g.line, 0, splitBefore+(splitLine-thick)/2, size.Width, thick)
			return
		}
		place(g.line, splitBefore+(splitLine-thick)/2, 0, thick, size.Height)
	}
	r.minSize = func() fyne.Size { return fyne.NewSize(splitGrab, splitGrab) }
	r.refresh = func() {
		name := theme.ColorLine
		if g.hovered || g.focused {
			name = theme.ColorAccent
		}
		paint(g.line, colorOf(name, g), color.Transparent, 0, 0)
		r.layout(g.Size())
	}
	r.refresh()
	return r
}
