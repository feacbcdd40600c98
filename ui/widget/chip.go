package widget

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	fynewidget "fyne.io/fyne/v2/widget"

	"sluice/ui/theme"
)

// The measures of a chip.
const (
	chipHeight = 28
	chipInset  = 12
	chipGap    = 8
)

// Chip is a pill that shows the state of one thing: a mark, a name and what there is to say about it.
type Chip struct {
	fynewidget.BaseWidget
	role          theme.Role
	label, detail string
	tapped        func()
	// OnSecondary opens a menu; it may be nil.
	OnSecondary      func()
	hovered, focused bool

	ground, veil, ring, mark *canvas.Rectangle
	name, note               *canvas.Text
}

var (
	_ fyne.Tappable          = (*Chip)(nil)
	_ fyne.SecondaryTappable = (*Chip)(nil)
	_ fyne.Focusable         = (*Chip)(nil)
	_ desktop.Hoverable      = (*Chip)(nil)
)

// NewChip returns a chip; tapped may be nil.
func NewChip(role theme.Role, label, detail string, tapped func()) *Chip {
	c := &Chip{role: role, label: label, detail: detail, tapped: tapped}
	for _, r := range []**canvas.Rectangle{&c.ground, &c.veil, &c.ring, &c.mark} {
		*r = canvas.NewRectangle(color.Transparent)
	}
	c.name, c.note = canvas.NewText("", color.Transparent), canvas.NewText("", color.Transparent)
	c.ExtendBaseWidget(c)
	return c
}

// Set changes what the chip shows.
func (c *Chip) Set(role theme.Role, label, detail string) {
	if c.role != role || c.label != label || c.detail != detail {
		c.role, c.label, c.detail = role, label, detail
		c.Refresh()
	}
}

// AccessibilityLabel is what the chip says.
func (c *Chip) AccessibilityLabel() string { return c.label + " " + c.detail }

// Tapped implements [fyne.Tappable].
func (c *Chip) Tapped(*fyne.PointEvent) {
	if c.tapped != nil {
		focusOn(c)
		c.tapped()
	}
}

// TappedSecondary implements [fyne.SecondaryTappable].
func (c *Chip) TappedSecondary(*fyne.PointEvent) {
	if c.OnSecondary != nil {
		focusOn(c)
		c.OnSecondary()
	}
}

// TypedKey implements [fyne.Focusable].
func (c *Chip) TypedKey(ev *fyne.KeyEvent) {
	if PassKey(c, ev) {
		return
	}
	switch ev.Name {
	case fyne.KeyReturn, fyne.KeyEnter:
		c.Tapped(nil)
	case desktop.KeyMenu:
		c.TappedSecondary(nil)
	case fyne.KeyF10:
		if shiftHeld() {
			c.TappedSecondary(nil)
		}
	}
}

// TypedRune implements [fyne.Focusable]; see [Button.TypedRune].
func (c *Chip) TypedRune(r rune) {
	if r == ' ' {
		c.Tapped(nil)
	}
}

// FocusGained implements [fyne.Focusable].
func (c *Chip) FocusGained() { c.focused = true; c.Refresh() }

// FocusLost implements [fyne.Focusable].
func (c *Chip) FocusLost() { c.focused = false; c.Refresh() }

// MouseIn implements [desktop.Hoverable].
func (c *Chip) MouseIn(*desktop.MouseEvent) { c.hovered = true; c.Refresh() }

// MouseMoved implements [desktop.Hoverable].
func (c *Chip) MouseMoved(*desktop.MouseEvent) {}

// MouseOut implements [desktop.Hoverable].
func (c *Chip) MouseOut() { c.hovered = false; c.Refresh() }

func (c *Chip) faces() (name, note face) {
	size := sizeOf(theme.SizeSmall, c)
	return face{size: size, style: fyne.TextStyle{Bold: true}}, face{size: size}
}

// CreateRenderer implements [fyne.Widget].
func (c *Chip) CreateRenderer() fyne.WidgetRenderer {
	fill := func() {
		name, note := c.faces()
		paint(c.ground, colorOf(theme.ColorRaised, c), colorOf(theme.ColorLine, c), 1, chipHeight/2)
		paint(c.veil, colorOf(theme.ColorHover, c), color.Transparent, 0, chipHeight/2)
		setShown(c.veil, c.hovered && c.tapped != nil)
		paintFocus(c.ring, c.focused, c, chipHeight/2)
		paintDot(c.mark, c.role, c)
		write(c.name, c.label, colorOf(theme.ColorText, c), name)
		write(c.note, c.detail, colorOf(theme.ColorMuted, c), note)
	}
	r := &renderer{objects: []fyne.CanvasObject{c.ground, c.veil, c.mark, c.name, c.note, c.ring}}
	r.layout = func(size fyne.Size) {
		name, _ := c.faces()
		y := (size.Height - chipHeight) / 2
		for _, o := range []fyne.CanvasObject{c.ground, c.veil, c.ring} {
			place(o, 0, y, size.Width, chipHeight)
		}
		mark := sizeOf(theme.SizeMark, c)
		place(c.mark, chipInset, (size.Height-mark)/2, mark, mark)
		x := chipInset + mark + chipGap
		width := fyne.MeasureText(c.label, name.size, name.style).Width
		place(c.name, x, y, width, chipHeight)
		place(c.note, x+width+chipGap, y, size.Width-x-width-chipGap, chipHeight)
	}
	r.minSize = func() fyne.Size {
		name, note := c.faces()
		width := 2*chipInset + sizeOf(theme.SizeMark, c) + chipGap + fyne.MeasureText(c.label, name.size, name.style).Width
		if c.detail != "" {
			width += chipGap + fyne.MeasureText(c.detail, note.size, note.style).Width
		}
		return fyne.NewSize(width, chipHeight)
	}
	r.refresh = func() {
		fill()
		r.layout(c.Size())
	}
	fill()
	return r
}

// RateChip is a pill with a word, a sparkline and a rate.
type RateChip struct {
	fynewidget.BaseWidget
	label, rate string
	spark       *sparkRaster
	ground      *canvas.Rectangle
	name, value *canvas.Text
}

// The measures of a rate chip. The place of the rate is fixed, so that the bar does not move with every digit.
const (
	rateSpark = 70
	rateWidth = 60
)

// NewRateChip returns a chip without values.
func NewRateChip(label string, role theme.Role) *RateChip {
	c := &RateChip{label: label, ground: canvas.NewRectangle(color.Transparent)}
	c.name, c.value = canvas.NewText("", color.Transparent), canvas.NewText("", color.Transparent)
	c.value.Alignment = fyne.TextAlignTrailing
	c.spark = newSparkRaster(c, role, 1.25)
	c.spark.floor = true
	c.ExtendBaseWidget(c)
	return c
}

// Set changes the rate and the values before it.
func (c *RateChip) Set(rate string, values []float64) {
	c.spark.set(values, c.spark.role)
	if c.rate != rate {
		c.rate = rate
		c.write()
	}
}

func (c *RateChip) write() {
	size := sizeOf(theme.SizeSmall, c)
	write(c.name, c.label, colorOf(theme.ColorMuted, c), face{size: size})
	write(c.value, c.rate, colorOf(theme.ColorText, c), face{size: size, style: fyne.TextStyle{Bold: true}})
}

// AccessibilityLabel is what the chip says.
func (c *RateChip) AccessibilityLabel() string { return c.label + " " + c.rate }

// CreateRenderer implements [fyne.Widget].
func (c *RateChip) CreateRenderer() fyne.WidgetRenderer {
	fill := func() {
		paint(c.ground, colorOf(theme.ColorRaised, c), colorOf(theme.ColorLine, c), 1, chipHeight/2)
		c.write()
	}
	label := func() float32 {
		return fyne.MeasureText(c.label, sizeOf(theme.SizeSmall, c), fyne.TextStyle{}).Width
	}
	fill()
	return &renderer{
		objects: []fyne.CanvasObject{c.ground, c.name, c.spark.raster, c.value},
		layout: func(size fyne.Size) {
			y := (size.Height - chipHeight) / 2
			place(c.ground, 0, y, size.Width, chipHeight)
			place(c.name, chipInset, y, label(), chipHeight)
			x := chipInset + label() + chipGap
			place(c.spark.raster, x, y+6, rateSpark, chipHeight-12)
			place(c.value, x+rateSpark, y, size.Width-x-rateSpark-chipInset, chipHeight)
		},
		minSize: func() fyne.Size {
			return fyne.NewSize(2*chipInset+label()+chipGap+rateSpark+rateWidth, chipHeight)
		},
		refresh: func() {
			fill()
			c.spark.raster.Refresh()
		},
	}
}
