package widget

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	fynewidget "fyne.io/fyne/v2/widget"
)

// FocusRing is the frame around what has the keyboard, for widgets that are drawn elsewhere.
type FocusRing struct {
	fynewidget.BaseWidget
	on     bool
	radius float32
	ring   *canvas.Rectangle
}

// NewFocusRing returns a ring that is not seen, with corners of that radius.
func NewFocusRing(radius float32) *FocusRing {
	f := &FocusRing{radius: radius, ring: canvas.NewRectangle(color.Transparent)}
	f.ExtendBaseWidget(f)
	return f
}

// Set draws the ring or takes it away.
func (f *FocusRing) Set(on bool) {
	if f.on != on {
		f.on = on
		f.Refresh()
	}
}

// On reports whether the ring is drawn.
func (f *FocusRing) On() bool { return f.on }

// CreateRenderer implements [fyne.Widget].
func (f *FocusRing) CreateRenderer() fyne.WidgetRenderer {
	fill := func() { paintFocus(f.ring, f.on, f, f.radius) }
	fill()
	return &renderer{
		objects: []fyne.CanvasObject{f.ring},
		layout:  f.ring.Resize,
		minSize: func() fyne.Size { return fyne.Size{} },
		refresh: fill,
	}
}
