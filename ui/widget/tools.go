package widget

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	fynewidget "fyne.io/fyne/v2/widget"
)

// NewTools puts objects beside each other at the right end of a bar. Where there is no room for all of them, filters get
// narrower, and then those that can be spared go, the first one first.
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

// spare is how much narrower filters may get for words beside them.
func (tools) spare(objects []fyne.CanvasObject) float32 {
	var total float32
	for _, o := range objects {
		if filter, ok := o.(*FilterEntry); ok && o.Visible() {
			total += max(0, wish(o)-max(filterWidth, filter.MinSize().Width))
		}
	}
	return total
}

func wish(o fyne.CanvasObject) float32 {
	least := o.MinSize().Width
	switch o := o.(type) {
	case *FilterEntry:
		return max(o.width, least)
	case *Spare:
		return o.content.MinSize().Width
	}
	return least
}

// Layout implements [fyne.Layout].
func (t tools) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	total := t.width(objects)
	missing := max(0, total-size.Width)
	widths := make([]float32, len(objects)) // negative: spared
	for i, o := range objects {
		widths[i] = wish(o)
		if _, spare := o.(*Spare); !spare && o.Visible() {
			less := min(missing, widths[i]-o.MinSize().Width)
			missing -= less
			widths[i] -= less
		}
	}
	for i, o := range objects {
		if _, spare := o.(*Spare); spare && missing > 0 {
			missing -= widths[i] + headerGap
			widths[i] = -headerGap
		}
	}
	x := max(0, size.Width-total)
	if missing < 0 { // what is spared leaves more than is missing
		x -= missing
	}
	for i, o := range objects {
		if !o.Visible() {
			continue
		}
		height := o.MinSize().Height
		place(o, x, (size.Height-height)/2, widths[i], height)
		x += widths[i] + headerGap
	}
}

// MinSize implements [fyne.Layout].
func (tools) MinSize(objects []fyne.CanvasObject) fyne.Size {
	var least fyne.Size
	for _, o := range objects {
		if !o.Visible() {
			continue
		}
		m := o.MinSize()
		if _, spare := o.(*Spare); !spare {
			least.Width += m.Width + headerGap
		}
		least.Height = max(least.Height, m.Height)
	}
	return fyne.NewSize(max(0, least.Width-headerGap), least.Height)
}

// Spare holds a tool that goes where there is no room for it, because it can be reached elsewhere too.
type Spare struct {
	fynewidget.BaseWidget
	content fyne.CanvasObject
}

// NewSpare returns content as what can be spared.
func NewSpare(content fyne.CanvasObject) *Spare {
	s := &Spare{content: content}
	s.ExtendBaseWidget(s)
	return s
}

// CreateRenderer implements [fyne.Widget].
func (s *Spare) CreateRenderer() fyne.WidgetRenderer {
	return &renderer{
		objects: []fyne.CanvasObject{s.content},
		layout: func(size fyne.Size) {
			setShown(s.content, size.Width >= s.content.MinSize().Width)
			s.content.Resize(size)
		},
		minSize: func() fyne.Size { return fyne.NewSize(0, s.content.MinSize().Height) },
		refresh: func() {},
	}
}
