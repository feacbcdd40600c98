package window

import (
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"sluice/ui/widget"
)

// walk visits what is drawn of an object.
func walk(o fyne.CanvasObject, visit func(fyne.CanvasObject)) {
	if !o.Visible() {
		return
	}
	visit(o)
	switch o := o.(type) {
	case *fyne.Container:
		for _, child := range o.Objects {
			walk(child, visit)
		}
	case fyne.Widget:
		for _, child := range test.WidgetRenderer(o).Objects() {
			walk(child, visit)
		}
	}
}

// tap presses a button of the dialog on top, or of the window.
func (b *bench) tap(t *testing.T, label string) {
	t.Helper()
	canvas := b.window.window.Canvas()
	in := canvas.Overlays().Top()
	if in == nil {
		in = canvas.Content()
	}
	var found *widget.Button
	walk(in, func(o fyne.CanvasObject) {
		if button, ok := o.(*widget.Button); ok && button.Label() == label && found == nil {
			found = button
		}
	})
	if found == nil {
		t.Fatalf("there is no button %q", label)
	}
	found.Tapped(nil)
	b.settle()
}
