package widget

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	fynewidget "fyne.io/fyne/v2/widget"

	"sluice/ui/theme"
)

// Code shows lines as they stand, such as a command or a file, which can be selected. It is as high as its lines up to a
// limit; what is longer or wider is scrolled.
type Code struct {
	fynewidget.BaseWidget
	label  *Selectable
	scroll *container.Scroll
	well   fyne.CanvasObject
}

// The measures of code: how high the lines are at most, and the room below them for the bar that scrolls long ones.
const (
	codeHeight = 246
	codeBar    = 8
)

// NewCode returns a place for lines.
func NewCode() *Code {
	c := &Code{label: NewSelectable("")}
	c.label.TextStyle.Monospace, c.label.SizeName = true, theme.SizeValue
	c.label.Wrapping = fyne.TextWrapOff
	c.scroll = container.NewScroll(NewTight(c.label))
	c.well = NewWell(c.scroll)
	c.ExtendBaseWidget(c)
	return c
}

// Wrap breaks lines that are longer than there is room instead of scrolling them.
func (c *Code) Wrap() {
	c.label.Wrapping = fyne.TextWrapWord
	c.scroll.Direction = container.ScrollVerticalOnly
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
		lines := c.scroll.Content.MinSize()
		height := min(lines.Height, codeHeight)
		if c.scroll.Direction == container.ScrollBoth && lines.Width > c.scroll.Size().Width {
			height += codeBar
		}
		return fyne.NewSize(120, height+2*wellPadding)
	}
	r.refresh = func() { c.scroll.Refresh() }
	return r
}
