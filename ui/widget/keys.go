package widget

import "fyne.io/fyne/v2"

// PassKey hands F1 on to what the canvas of o does with keys: it is the window's, whatever has the keyboard. It reports
// whether it was that key.
func PassKey(o fyne.CanvasObject, ev *fyne.KeyEvent) bool {
	if ev.Name != fyne.KeyF1 {
		return false
	}
	if c := canvasOf(o); c != nil && c.OnTypedKey() != nil {
		c.OnTypedKey()(ev)
	}
	return true
}
