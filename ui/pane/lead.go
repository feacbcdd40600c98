package pane

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"sluice/ui/widget"
)

// NaturalWidth is how wide a text is when it is not cut.
func NaturalWidth(text string, style widget.TextStyle) float32 {
	return style.Width(text)
}

// NewLead puts objects right behind a text that is cut where there is no room for all of it. style is that of the text.
func NewLead(text *widget.Text, style widget.TextStyle, behind ...fyne.CanvasObject) *fyne.Container {
	text.Shrink()
	return container.New(&lead{text: text, style: style}, append([]fyne.CanvasObject{text}, behind...)...)
}

type lead struct {
	text  *widget.Text
	style widget.TextStyle
}

const leadGap = 10

func (l *lead) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	var behind float32
	for _, o := range objects[1:] {
		if o.Visible() {
			behind += leadGap + o.MinSize().Width
		}
	}
	x := max(min(NaturalWidth(l.text.Text(), l.style)+1, size.Width-behind), 0)
	middle(l.text, 0, x, size.Height)
	for _, o := range objects[1:] {
		if o.Visible() {
			width := o.MinSize().Width
			middle(o, x+leadGap, width, size.Height)
			x += leadGap + width
		}
	}
}

// middle places o in the middle of a line of that height.
func middle(o fyne.CanvasObject, x, width, height float32) {
	h := o.MinSize().Height
	o.Move(fyne.NewPos(x, (height-h)/2))
	o.Resize(fyne.NewSize(width, h))
}

func (l *lead) MinSize(objects []fyne.CanvasObject) fyne.Size {
	var size fyne.Size
	for i, o := range objects {
		if !o.Visible() {
			continue
		}
		m := o.MinSize()
		if i > 0 {
			size.Width += leadGap
		}
		size = fyne.NewSize(size.Width+m.Width, max(size.Height, m.Height))
	}
	return size
}
