package pane_test

import (
	"testing"

	"fyne.io/fyne/v2"
)

func TestTheKeyboardLeavesAFieldOfManyLines(t *testing.T) {
	h := newHost(t)
	d := h.NewDialog("Import", "Import", func() {})
	area := d.NewArea("", 3, func(string) {})
	d.Open(area, 400, area)
	if tab, ok := h.Window.Canvas().Focused().(fyne.Tabbable); !ok || tab.AcceptsTab() {
		t.Error("Tab stays in the field")
	}
	area.TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
	if d.Opened() {
		t.Error("Escape does not close the dialog")
	}
}
