package pane

import (
	"slices"

	"fyne.io/fyne/v2"
)

// escapes are what Escape closes, the dialog on top last. The canvas hears the key where nothing that has the keyboard
// takes it.
type escapes struct {
	list   []*func()
	before func(*fyne.KeyEvent) // what the keys meant before: those of the window
}

// onEscape has Escape call close, until stop is called. UI goroutine only.
func (h *Host) onEscape(close func()) (stop func()) {
	e := &h.escapes
	if len(e.list) == 0 {
		e.before = h.Window.Canvas().OnTypedKey()
	}
	e.list = append(e.list, &close)
	h.Window.Canvas().SetOnTypedKey(func(event *fyne.KeyEvent) {
		switch {
		case event.Name == fyne.KeyEscape && len(e.list) > 0:
			(*e.list[len(e.list)-1])()
		case event.Name == fyne.KeyF1 && e.before != nil:
			e.before(event)
		}
	})
	return func() {
		e.list = slices.DeleteFunc(e.list, func(f *func()) bool { return f == &close })
		if len(e.list) == 0 {
			h.Window.Canvas().SetOnTypedKey(e.before)
		}
	}
}
