package palette

import (
	"image/color"

	"fyne.io/fyne/v2"
	fynewidget "fyne.io/fyne/v2/widget"

	"sluice/ui/widget"
)

// overlay is the layout of the veil over the window and the box of the palette below the top bar, in the middle.
type overlay struct{}

// Layout implements [fyne.Layout].
func (overlay) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	veil, box := objects[0], objects[1]
	veil.Resize(size)
	width := min(paletteWidth, size.Width-2*rowInset)
	box.Resize(fyne.NewSize(width, box.MinSize().Height))
	box.Move(fyne.NewPos((size.Width-width)/2, paletteTop))
}

// MinSize implements [fyne.Layout].
func (overlay) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.Size{} }

// veil lies over the window; a click on it closes the palette.
type veil struct {
	fynewidget.BaseWidget
	palette *Palette
}

func newVeil(p *Palette) *veil {
	v := &veil{palette: p}
	v.ExtendBaseWidget(v)
	return v
}

// Tapped implements [fyne.Tappable].
func (v *veil) Tapped(*fyne.PointEvent) { v.palette.Close() }

// CreateRenderer implements [fyne.Widget].
func (v *veil) CreateRenderer() fyne.WidgetRenderer {
	return fynewidget.NewSimpleRenderer(widget.NewVeil(color.NRGBA{A: 0x60}))
}

// wheel scrolls the list.
type wheel struct {
	fynewidget.BaseWidget
	palette *Palette
	content fyne.CanvasObject
}

func newWheel(p *Palette, content fyne.CanvasObject) *wheel {
	w := &wheel{palette: p, content: content}
	w.ExtendBaseWidget(w)
	return w
}

// Scrolled implements [fyne.Scrollable].
func (w *wheel) Scrolled(ev *fyne.ScrollEvent) {
	switch {
	case ev.Scrolled.DY > 0:
		w.palette.scroll(-3)
	case ev.Scrolled.DY < 0:
		w.palette.scroll(3)
	}
}

// CreateRenderer implements [fyne.Widget].
func (w *wheel) CreateRenderer() fyne.WidgetRenderer { return fynewidget.NewSimpleRenderer(w.content) }
