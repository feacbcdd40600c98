package certificates

import (
	"os"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	fynewidget "fyne.io/fyne/v2/widget"

	"sluice/ui/pane"
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

// says reports whether a text occurs in o.
func says(o fyne.CanvasObject, text string) (found bool) {
	walk(o, func(o fyne.CanvasObject) {
		switch l := o.(type) {
		case *fynewidget.Label:
			found = found || strings.Contains(l.Text, text)
		case *widget.Selectable:
			found = found || strings.Contains(l.Text, text)
		}
	})
	return found
}

// entries are the fields of a form, from top to bottom.
func entries(o fyne.CanvasObject) (list []*fynewidget.Entry) {
	walk(o, func(o fyne.CanvasObject) {
		switch e := o.(type) {
		case *pane.Entry:
			list = append(list, &e.Entry.Entry)
		case *fynewidget.Entry:
			list = append(list, e)
		}
	})
	return list
}

func readFile(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}
