package pane

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
)

// Border puts objects at the edges and one in the middle as container.NewBorder does, without gaps between them: lines
// part the window's regions. Any of the edges may be nil.
func Border(top, bottom, left, right, middle fyne.CanvasObject) *fyne.Container {
	b := &border{top: top, bottom: bottom, left: left, right: right, middle: middle}
	var objects []fyne.CanvasObject
	for _, o := range []fyne.CanvasObject{middle, top, bottom, left, right} {
		if o != nil {
			objects = append(objects, o)
		}
	}
	return container.New(b, objects...)
}

type border struct {
	top, bottom, left, right, middle fyne.CanvasObject
}

func (b *border) Layout(_ []fyne.CanvasObject, size fyne.Size) {
	at, rest := fyne.NewPos(0, 0), size
	if o := b.top; shown(o) {
		h := o.MinSize().Height
		place(o, at, fyne.NewSize(rest.Width, h))
		at.Y += h
		rest.Height -= h
	}
	if o := b.bottom; shown(o) {
		h := o.MinSize().Height
		rest.Height -= h
		place(o, at.AddXY(0, rest.Height), fyne.NewSize(rest.Width, h))
	}
	if o := b.left; shown(o) {
		w := o.MinSize().Width
		place(o, at, fyne.NewSize(w, rest.Height))
		at.X += w
		rest.Width -= w
	}
	if o := b.right; shown(o) {
		w := o.MinSize().Width
		rest.Width -= w
		place(o, at.AddXY(rest.Width, 0), fyne.NewSize(w, rest.Height))
	}
	if shown(b.middle) {
		place(b.middle, at, rest)
	}
}

func (b *border) MinSize([]fyne.CanvasObject) fyne.Size {
	var size fyne.Size
	if shown(b.middle) {
		size = b.middle.MinSize()
	}
	for _, o := range []fyne.CanvasObject{b.left, b.right} {
		if shown(o) {
			m := o.MinSize()
			size = fyne.NewSize(size.Width+m.Width, max(size.Height, m.Height))
		}
	}
	for _, o := range []fyne.CanvasObject{b.top, b.bottom} {
		if shown(o) {
			m := o.MinSize()
			size = fyne.NewSize(max(size.Width, m.Width), size.Height+m.Height)
		}
	}
	return size
}

func shown(o fyne.CanvasObject) bool { return o != nil && o.Visible() }

func place(o fyne.CanvasObject, at fyne.Position, size fyne.Size) {
	o.Move(at)
	o.Resize(size)
}
