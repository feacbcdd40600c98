package widget

import (
	"image/color"
	"math"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	fynewidget "fyne.io/fyne/v2/widget"

	"sluice/ui/theme"
	"sluice/ui/widget/format"
)

// Chart is a line over values with a heading; the pointer reads single values off it.
type Chart struct {
	fynewidget.BaseWidget

	Format func(v float64) string // how a value is read off; nil: [format.Number]
	Label  func(i int) string     // what point i stands for, such as its time; nil: nothing

	spark   *sparkRaster
	heading [3]string // value, note, span
	texts   [3]*canvas.Text
	hovered int // index of the value under the pointer, -1 for none

	cross   *canvas.Line
	dot     *canvas.Circle
	tag     *canvas.Rectangle
	reading *canvas.Text
}

var _ desktop.Hoverable = (*Chart)(nil)

// NewChart returns a chart without values.
func NewChart(role theme.Role) *Chart {
	c := &Chart{hovered: -1, cross: canvas.NewLine(color.Transparent), dot: canvas.NewCircle(color.Transparent)}
	c.tag, c.reading = canvas.NewRectangle(color.Transparent), canvas.NewText("", color.Transparent)
	c.reading.Alignment = fyne.TextAlignCenter
	for i := range c.texts {
		c.texts[i] = canvas.NewText("", color.Transparent)
	}
	c.texts[2].Alignment = fyne.TextAlignTrailing
	c.spark = newSparkRaster(c, role, 1.5)
	c.spark.fill = 0x26
	c.ExtendBaseWidget(c)
	return c
}

// SetHeading shows a value in large letters, a note beside it and at the right what span of time is seen; each may be
// empty.
func (c *Chart) SetHeading(value, note, span string) {
	heading := [3]string{value, note, span}
	if c.heading != heading {
		c.heading = heading
		c.Refresh()
	}
}

// SetValues shows values from left to right, oldest first; NaN is a gap. They are copied.
func (c *Chart) SetValues(values []float64) {
	c.spark.set(values, c.spark.role)
	if c.hovered >= 0 {
		c.showReading()
	}
}

// MouseIn implements [desktop.Hoverable].
func (c *Chart) MouseIn(ev *desktop.MouseEvent) { c.MouseMoved(ev) }

// MouseMoved reads off the value under the pointer.
func (c *Chart) MouseMoved(ev *desktop.MouseEvent) {
	c.hovered = -1
	if n := len(c.spark.values); n > 0 && c.Size().Width > 0 {
		at := float64(ev.Position.X) / float64(c.Size().Width) * float64(n-1)
		c.hovered = max(0, min(int(math.Round(at)), n-1))
	}
	c.showReading()
}

// MouseOut implements [desktop.Hoverable].
func (c *Chart) MouseOut() {
	c.hovered = -1
	c.showReading()
}

func (c *Chart) faces() [3]face {
	value := face{size: sizeOf(theme.SizeFigure, c), style: fyne.TextStyle{Bold: true}}
	note := face{size: sizeOf(theme.SizeSmall, c)}
	return [3]face{value, note, note}
}

// headHeight is the room of the heading.
func (c *Chart) headHeight() float32 {
	faces := c.faces()
	switch {
	case c.heading[0] != "":
		return faces[0].height() + 6
	case c.heading[1] != "" || c.heading[2] != "":
		return faces[1].height() + 6
	}
	return 0
}

func (c *Chart) showReading() {
	values, at := c.spark.values, c.hovered
	shown := at >= 0 && at < len(values) && !math.IsNaN(values[at]) && !math.IsInf(values[at], 0)
	for _, o := range []fyne.CanvasObject{c.cross, c.dot, c.tag, c.reading} {
		setShown(o, shown)
	}
	if !shown {
		return
	}
	read := c.Format
	if read == nil {
		read = format.Number
	}
	text := read(values[at])
	if c.Label != nil {
		text += "  " + c.Label(at)
	}
	f := face{size: sizeOf(theme.SizeSmall, c)}
	write(c.reading, text, colorOf(theme.ColorText, c), f)
	paint(c.tag, colorOf(theme.ColorPanel, c), colorOf(theme.ColorLine, c), 1, 4)
	c.cross.StrokeColor, c.cross.StrokeWidth = colorOf(theme.ColorDim, c), 1
	c.dot.FillColor, c.dot.StrokeColor, c.dot.StrokeWidth = colorOf(c.spark.role.Color(), c), colorOf(theme.ColorRaised, c), 2
	c.placeReading(f.width(text) + 16)
}

// placeReading puts the cross line through the value and the tag beside it, within the chart.
func (c *Chart) placeReading(width float32) {
	const side, tagHeight = 9, 22
	values, top, size := c.spark.values, c.headHeight(), c.Size()
	x := size.Width - side/2
	if len(values) > 1 {
		x = float32(c.hovered) / float32(len(values)-1) * size.Width
	}
	least, _, most, _ := Stats(values)
	y := top + (size.Height-top)/2
	if pad := c.spark.line/2 + 0.5; most > least {
		y = size.Height - pad - float32((values[c.hovered]-least)/(most-least))*(size.Height-top-2*pad)
	}
	c.cross.Position1, c.cross.Position2 = fyne.NewPos(x, top), fyne.NewPos(x, size.Height)
	c.cross.Refresh()
	place(c.dot, x-side/2, y-side/2, side, side)
	c.dot.Refresh()
	left := min(max(0, x+8), max(0, size.Width-width))
	if x+8+width > size.Width {
		left = max(0, x-8-width)
	}
	place(c.tag, left, top, width, tagHeight)
	place(c.reading, left, top, width, tagHeight)
}

// CreateRenderer implements [fyne.Widget].
func (c *Chart) CreateRenderer() fyne.WidgetRenderer {
	colors := [3]fyne.ThemeColorName{theme.ColorText, theme.ColorMuted, theme.ColorMuted}
	fill := func() {
		for i, f := range c.faces() {
			write(c.texts[i], c.heading[i], colorOf(colors[i], c), f)
		}
	}
	r := &renderer{objects: []fyne.CanvasObject{
		c.texts[0], c.texts[1], c.texts[2], c.spark.raster, c.cross, c.dot, c.tag, c.reading,
	}}
	r.layout = func(size fyne.Size) {
		top := c.headHeight()
		var x float32
		if c.heading[0] != "" {
			f := c.faces()[0]
			x = fyne.MeasureText(c.heading[0], f.size, f.style).Width + 10
		}
		head := max(0, top-6)
		place(c.texts[0], 0, 0, x, head)
		place(c.texts[1], x, 0, size.Width-x, head)
		place(c.texts[2], x, 0, size.Width-x, min(head, c.faces()[2].height()))
		place(c.spark.raster, 0, top, size.Width, size.Height-top)
		c.showReading()
	}
	r.minSize = func() fyne.Size { return fyne.NewSize(120, c.headHeight()+44) }
	r.refresh = func() {
		fill()
		r.layout(c.Size())
		c.spark.raster.Refresh()
	}
	fill()
	c.showReading()
	return r
}
