package pane

import (
	"fyne.io/fyne/v2"
)

// OpenBeside is Open with something else in place of Cancel: Escape closes the dialog all the same.
func (d *Dialog) OpenBeside(content fyne.CanvasObject, width float32, focus fyne.Focusable, beside fyne.CanvasObject) {
	d.prepare(content, width)
	d.modal.open(focus, beside, d.action)
}
