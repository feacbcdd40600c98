package access

import (
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	fynewidget "fyne.io/fyne/v2/widget"

	"sluice/ui/pane"
	"sluice/ui/widget"
)

// entriesOf lists the fields of a dialog from top to bottom.
func entriesOf(o fyne.CanvasObject) []*fynewidget.Entry {
	var entries []*fynewidget.Entry
	for _, found := range test.LaidOutObjects(o) {
		switch e := found.(type) {
		case *pane.Entry:
			entries = append(entries, &e.Entry.Entry)
		case *fynewidget.Entry:
			entries = append(entries, e)
		}
	}
	return entries
}

// says reports whether a label that is seen has the words.
func says(o fyne.CanvasObject, words string) bool {
	for _, found := range test.LaidOutObjects(o) {
		switch l := found.(type) {
		case *fynewidget.Label:
			if l.Visible() && strings.Contains(l.Text, words) {
				return true
			}
		case *widget.Selectable:
			if l.Visible() && strings.Contains(l.Text, words) {
				return true
			}
		}
	}
	return false
}

func hasButton(o fyne.CanvasObject, label string) bool {
	for _, found := range test.LaidOutObjects(o) {
		if b, ok := found.(*widget.Button); ok && b.Label() == label {
			return true
		}
	}
	return false
}

// choose chooses an item of a menu.
func choose(t *testing.T, items []*fyne.MenuItem, label string) {
	t.Helper()
	for _, item := range items {
		if item.Label == label {
			item.Action()
			return
		}
	}
	t.Fatalf("the menu has no %q", label)
}
