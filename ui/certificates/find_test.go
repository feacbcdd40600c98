package certificates

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"sluice/ui/widget"
)

// walk calls visit for o and all that is seen in it.
func walk(o fyne.CanvasObject, visit func(fyne.CanvasObject)) {
	if o == nil || !o.Visible() {
		return
	}
	visit(o)
	switch v := o.(type) {
	case *fyne.Container:
		for _, child := range v.Objects {
			walk(child, visit)
		}
	case fyne.Widget:
		for _, child := range test.WidgetRenderer(v).Objects() {
			walk(child, visit)
		}
	}
}

// findButton finds the button that says label.
func findButton(in fyne.CanvasObject, label string) (found *widget.Button) {
	walk(in, func(o fyne.CanvasObject) {
		if b, ok := o.(*widget.Button); ok && b.Label() == label {
			found = b
		}
	})
	return found
}
