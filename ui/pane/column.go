package pane

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
)

// NewColumn stacks objects with gap between them, each as wide as there is room. Other than with the toolkit's boxes the
// height of words that wrap is right at the first layout: it is measured once they have their width.
func NewColumn(gap float32, objects ...fyne.CanvasObject) *fyne.Container {
	return container.New(column(gap), objects...)
}

type column float32

// Layout implements [fyne.Layout].
func (c column) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	var y float32
	for _, o := range objects {
		if !o.Visible() {
			continue
		}
		o.Move(fyne.NewPos(0, y))
		for range 2 {
			o.Resize(fyne.NewSize(size.Width, o.MinSize().Height))
		}
		y += o.Size().Height + float32(c)
	}
}

// MinSize implements [fyne.Layout].
func (c column) MinSize(objects []fyne.CanvasObject) fyne.Size {
	var least fyne.Size
	for _, o := range objects {
		if o.Visible() {
			m := o.MinSize()
			least = fyne.NewSize(max(least.Width, m.Width), least.Height+m.Height+float32(c))
		}
	}
	return fyne.NewSize(least.Width, max(0, least.Height-float32(c)))
}
