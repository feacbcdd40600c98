package widget

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
)

// NewTools puts objects beside each other at the right end of a bar. Where there is no room for all of them, filters get
// narrower.
func NewTools(objects ...fyne.CanvasObject) *fyne.Container {
	return container.New(tools{}, objects...)
}

type tools struct{}

// width is what the objects would like to have.
func (tools) width(objects []fyne.CanvasObject) float32 {
	var total float32
	for _, o := range objects {
		if o.Visible() {
			total += wish(o) + headerGap
		}
	}
	return max(0, total-headerGap)
}

func wish(o fyne.CanvasObject) float32 {
	least := o.MinSize().Width
	if f, ok := o.(*FilterEntry); ok {
		return max(f.width, least)
	}
	return least
}

// Layout implements [fyne.Layout].
func (t tools) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	total := t.width(objects)
	missing := max(0, total-size.Width)
	x := max(0, size.Width-total)
	for _, o := range objects {
		if !o.Visible() {
			continue
		}
		least, width := o.MinSize(), wish(o)
		less := min(missing, width-least.Width)
		missing -= less
		place(o, x, (size.Height-least.Height)/2, width-less, least.Height)
		x += width - less + headerGap
	}
}

// MinSize implements [fyne.Layout].
func (tools) MinSize(objects []fyne.CanvasObject) fyne.Size {
	var least fyne.Size
	for _, o := range objects {
		if o.Visible() {
			m := o.MinSize()
			least = fyne.NewSize(least.Width+m.Width+headerGap, max(least.Height, m.Height))
		}
	}
	return fyne.NewSize(max(0, least.Width-headerGap), least.Height)
}
