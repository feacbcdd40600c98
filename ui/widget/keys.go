package widget

import "fyne.io/fyne/v2"

// PassKey hands F1 and F11 on to what the canvas of o does with keys: they are the window's, whatever has the keyboard. It
// reports whether it was one of them.
func PassKey(o fyne.CanvasObject, ev *fyne.KeyEvent) bool {
	if ev.Name != fyne.KeyF1 && ev.Name != fyne.KeyF11 {
		return false
	}
	if c := canvasOf(o); c != nil && c.OnTypedKey() != nil {
		c.OnTypedKey()(ev)
	}
	return true
}
