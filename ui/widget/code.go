package widget

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	fynewidget "fyne.io/fyne/v2/widget"
)

// Code shows lines as they stand, such as a command or a file, which can be selected. It is as high as its lines up to a
// limit; what is longer or wider is scrolled.
type Code struct {
	fynewidget.BaseWidget
	label  *fynewidget.Label
	scroll *container.Scroll
	well   fyne.CanvasObject
}

// codeHeight is how high the lines are at most.
const codeHeight = 246

// NewCode returns a place for lines.
func NewCode() *Code {
	c := &Code{label: fynewidget.NewLabel("")}
	c.label.TextStyle.Monospace, c.label.Selectable = true, true
	c.label.Wrapping = fyne.TextWrapOff
	c.scroll = container.NewScroll(container.NewThemeOverride(c.label, tight{}))
	c.well = NewWell(c.scroll)
	c.ExtendBaseWidget(c)
	return c
}

// SetText replaces the lines.
func (c *Code) SetText(text string) {
	if c.label.Text == text {
		return
	}
	c.label.SetText(text)
	c.scroll.ScrollToTop()
	c.Refresh()
}

// Text is what is shown.
func (c *Code) Text() string { return c.label.Text }

// CreateRenderer implements [fyne.Widget].
func (c *Code) CreateRenderer() fyne.WidgetRenderer {
	r := &renderer{objects: []fyne.CanvasObject{c.well}}
	r.layout = func(size fyne.Size) { c.well.Resize(size) }
	r.minSize = func() fyne.Size {
		return fyne.NewSize(120, min(c.scroll.Content.MinSize().Height, codeHeight)+2*wellPadding)
	}
	r.refresh = func() { c.scroll.Refresh() }
	return r
}
