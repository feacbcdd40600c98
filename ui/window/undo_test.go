package window

import (
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	fynewidget "fyne.io/fyne/v2/widget"

	"sluice/ui/pane"
)

// pressUndo does what the window system does with Ctrl+Z: who has the keyboard gets it if it takes shortcuts, or else the
// canvas, which knows none under test.
func (b *bench) pressUndo() {
	if to, ok := b.window.window.Canvas().Focused().(fyne.Shortcutable); ok {
		to.TypedShortcut(&fyne.ShortcutUndo{})
		return
	}
	b.undo()
}

func TestUndoIsInTheMenuAndOnItsKey(t *testing.T) {
	b := newBench(t, newFakeEngine())
	if !b.menu.undo.Disabled || b.menu.undo.Label != "Undo" {
		t.Fatalf("%q can be chosen although nothing was done", b.menu.undo.Label)
	}
	back := 0
	undo := func() error { back++; return nil }
	canvas := b.window.window.Canvas()
	for name, press := range map[string]func(){
		"menu":                func() { b.press(t, fyne.KeyZ) },
		"nothing has the key": func() { canvas.Unfocus(); b.pressUndo() },
	} {
		b.host.Undoable("lamp was deleted", undo)
		if b.menu.undo.Disabled || b.menu.undo.Label != "Undo: lamp was deleted" {
			t.Errorf("%s: the menu says %q", name, b.menu.undo.Label)
		}
		before := back
		press()
		b.settle()
		if back != before+1 || !b.menu.undo.Disabled {
			t.Errorf("%s: undone %d times", name, back-before)
		}
	}
}

func TestUndoInAFieldIsTheFields(t *testing.T) {
	b := newBench(t, newFakeEngine())
	b.showPane(pane.Clients)
	back := 0
	b.host.Undoable("lamp was deleted", func() error { back++; return nil })
	entry := b.panes[pane.Clients].Filter().(interface {
		fyne.Focusable
		fyne.CanvasObject
	})
	b.window.window.Canvas().Focus(entry)
	test.Type(entry, "ab")
	b.pressUndo()
	b.settle()
	if back != 0 {
		t.Error("what was deleted came back instead of what was typed going")
	}
	b.window.window.Canvas().Unfocus()
	b.host.Inform("A dialog", fynewidget.NewLabel("text"))
	b.pressUndo()
	b.settle()
	if back != 0 {
		t.Error("something came back behind a dialog")
	}
}
