package widget

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	fynetheme "fyne.io/fyne/v2/theme"
)

// NewTight takes nearly all the padding from a label, so that it stands flush with texts. It does so by place: a theme of
// its own ([container.NewThemeOverride]) would have the toolkit read all fonts again, some ten megabytes, at each refresh.
func NewTight(label fyne.CanvasObject) *fyne.Container {
	return container.New(tight{}, label)
}

// tight lays out a label so that its padding lies outside but for tightPadding.
type tight struct{}

const tightPadding = 2

func (tight) excess() float32 { return max(0, fynetheme.InnerPadding()-tightPadding) }

// Layout implements [fyne.Layout].
func (t tight) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	for _, o := range objects {
		by := t.excess()
		o.Move(fyne.NewPos(-by, -by))
		o.Resize(size.AddWidthHeight(2*by, 2*by))
	}
}

// MinSize implements [fyne.Layout].
func (t tight) MinSize(objects []fyne.CanvasObject) fyne.Size {
	var size fyne.Size
	for _, o := range objects {
		if !o.Visible() {
			continue
		}
		by := t.excess()
		size = size.Max(o.MinSize().SubtractWidthHeight(2*by, 2*by))
	}
	return size
}
