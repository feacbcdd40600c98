// Package widget holds the widgets that the panes are made of. None of them knows the engine. All of them are used on
// the goroutine of the user interface only, methods as well as callbacks. Texts come in translated; the few that a
// widget says itself are translated here.
package widget

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	fynetheme "fyne.io/fyne/v2/theme"
	fynewidget "fyne.io/fyne/v2/widget"

	"sluice/ui/theme"
)

// renderer draws a widget from a fixed list of objects; what is fixed may be hidden.
type renderer struct {
	objects []fyne.CanvasObject
	layout  func(fyne.Size)
	minSize func() fyne.Size
	refresh func()
}

func (r *renderer) Destroy()                     {}
func (r *renderer) Layout(size fyne.Size)        { r.layout(size) }
func (r *renderer) MinSize() fyne.Size           { return r.minSize() }
func (r *renderer) Objects() []fyne.CanvasObject { return r.objects }
func (r *renderer) Refresh()                     { r.refresh() }

func colorOf(name fyne.ThemeColorName, w fyne.Widget) color.Color {
	return fynetheme.ColorForWidget(name, w)
}

func sizeOf(name fyne.ThemeSizeName, w fyne.Widget) float32 {
	return fynetheme.SizeForWidget(name, w)
}

// paint fills r and redraws it when that changes anything.
func paint(r *canvas.Rectangle, fill, stroke color.Color, width, radius float32) {
	if r.FillColor == fill && r.StrokeColor == stroke && r.StrokeWidth == width && r.CornerRadius == radius {
		return
	}
	r.FillColor, r.StrokeColor, r.StrokeWidth, r.CornerRadius = fill, stroke, width, radius
	r.Refresh()
}

// write sets what t says and redraws it when that changes anything.
func write(t *canvas.Text, text string, c color.Color, f face) {
	text = plain(text)
	if t.Text == text && t.Color == c && t.TextSize == f.size && t.TextStyle == f.style {
		return
	}
	t.Text, t.Color, t.TextSize, t.TextStyle = text, c, f.size, f.style
	t.Refresh()
}

// place moves and resizes an object; both do nothing when nothing changes. Where there is no room left it gets none:
// painters cannot bear negative sizes.
func place(o fyne.CanvasObject, x, y, w, h float32) {
	o.Move(fyne.NewPos(x, y))
	o.Resize(fyne.NewSize(max(0, w), max(0, h)))
}

// setShown hides or shows an object when it is not so already.
func setShown(o fyne.CanvasObject, shown bool) {
	switch {
	case shown && !o.Visible():
		o.Show()
		if _, draws := o.(fyne.Widget); !draws {
			canvas.Refresh(o) // a primitive does not ask to be drawn when it is shown
		}
	case !shown && o.Visible():
		o.Hide()
	}
}

// paintFocus draws the frame that says where the keyboard is.
func paintFocus(ring *canvas.Rectangle, focused bool, w fyne.Widget, radius float32) {
	paint(ring, color.Transparent, colorOf(theme.ColorAccent, w), sizeOf(theme.SizeFocus, w), radius)
	if ring.Visible() != focused {
		setShown(ring, focused)
		canvas.Refresh(w) // the toolkit does not know yet on which canvas a frame is that was never drawn
	}
}

// control is a widget that takes the keyboard.
type control interface {
	fyne.Widget
	fyne.Focusable
}

// focusOn gives w the keyboard, where w is shown on a canvas.
func focusOn(w control) {
	if c := canvasOf(w); c != nil {
		c.Focus(w)
	}
}

// shiftHeld reports whether the shift key is down; drivers without a keyboard have none.
func shiftHeld() bool {
	d, ok := fyne.CurrentApp().Driver().(desktop.Driver)
	return ok && d.CurrentKeyModifiers()&fyne.KeyModifierShift != 0
}

// CopyText puts text on the clipboard.
func CopyText(text string) {
	fyne.CurrentApp().Clipboard().SetContent(text)
}

// ShowMenuBelow opens menu under object, as wide as it needs.
func ShowMenuBelow(menu *fyne.Menu, object fyne.CanvasObject) {
	if menu == nil || len(menu.Items) == 0 {
		return
	}
	fynewidget.ShowPopUpMenuAtRelativePosition(menu, canvasOf(object), fyne.NewPos(0, object.Size().Height+2), object)
}

func canvasOf(object fyne.CanvasObject) fyne.Canvas {
	return fyne.CurrentApp().Driver().CanvasForObject(object)
}
