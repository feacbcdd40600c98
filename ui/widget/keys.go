package widget

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
)

// PassKey hands F1 and F11 on to what the canvas of o does with keys: they are the window's, whatever has the keyboard. It
// reports whether it was one of them.
func PassKey(o fyne.CanvasObject, ev *fyne.KeyEvent) bool {
	if ev.Name != fyne.KeyF1 && ev.Name != fyne.KeyF11 {
		return false
	}
	handOn(o, ev)
	return true
}

// passUnused is PassKey for what has no use for Escape itself: it closes the dialog that o is in.
func passUnused(o fyne.CanvasObject, ev *fyne.KeyEvent) bool {
	if ev.Name == fyne.KeyEscape {
		handOn(o, ev)
		return true
	}
	return PassKey(o, ev)
}

// handOn gives a key to what the canvas of o does with keys.
func handOn(o fyne.CanvasObject, ev *fyne.KeyEvent) {
	if c := canvasOf(o); c != nil && c.OnTypedKey() != nil {
		c.OnTypedKey()(ev)
	}
}

// passShortcut hands a shortcut that lists have no use for on to the canvas, and reports whether it did.
func passShortcut(c fyne.Canvas, s fyne.Shortcut) bool {
	switch s := s.(type) {
	case *fyne.ShortcutCopy:
		return false
	case *desktop.CustomShortcut:
		if s.Modifier == fyne.KeyModifierAlt {
			return false
		}
	}
	if window, ok := c.(fyne.Shortcutable); ok {
		window.TypedShortcut(s)
	}
	return true
}
