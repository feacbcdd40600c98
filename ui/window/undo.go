package window

import (
	"runtime"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"
)

// newEditMenu is the menu that takes back what was deleted.
func newEditMenu(w *window) (menu *fyne.Menu, undo *fyne.MenuItem) {
	undo = fyne.NewMenuItem("", w.undo)
	// The system's menu bar would take the key before a field that takes back what was typed into it.
	if runtime.GOOS != "darwin" {
		bind(undo, actUndo)
	}
	w.host.OnUndoable(func() {
		nameUndo(undo, w.host.LastUndoable())
		w.menu.main.Refresh()
	})
	nameUndo(undo, "")
	w.window.Canvas().AddShortcut(&fyne.ShortcutUndo{}, func(fyne.Shortcut) { w.undo() })
	return fyne.NewMenu(lang.L("Edit"), undo), undo
}

func nameUndo(item *fyne.MenuItem, what string) {
	item.Label, item.Disabled = lang.L("Undo"), what == ""
	if what != "" {
		item.Label = lang.L("Undo: {{.What}}", map[string]any{"What": what})
	}
}

// undo takes back what was deleted last. A dialog is answered first.
func (w *window) undo() {
	if w.window.Canvas().Overlays().Top() == nil {
		w.host.Undo()
	}
}
