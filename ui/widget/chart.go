package widget

import (
	"image/color"
	"math"
	"slices"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	fynewidget "fyne.io/fyne/v2/widget"

	"sluice/ui/theme"
	"sluice/ui/widget/format"
)

// Series is a line of a [Chart]: values with their moments, oldest first. NaN is a gap.
type Series struct {
	Name   string // what the legend and readings call it
	Note   string // behind the name in the legend, such as the extremes
	Role   theme.Role
	At     []time.Time
	Values []float64
}

// Plotted is what a [Chart] shows: series between two moments. It is not changed once it is shown.
type Plotted struct {
	Series   []Series
	From, To time.Time
	// Shared draws all series on one scale; otherwise each reaches from the bottom to the top.
	Shared bool
}

// Chart draws series over time below a heading; the pointer reads values off them. Where there are several a legend
// names them.
type Chart struct {
	fynewidget.BaseWidget

	Format   func(v float64) string    // how a value is read off; nil: [format.Number]
	Label    func(at time.Time) string // how a moment is read off; nil: not at all
	Trailing float32                   // what the heading leaves free at its right end, for tools over it

	shown   Plotted
	raster  *canvas.Raster
	heading [3]string // value, note, span
	texts   [3]*canvas.Text
	legend  []*legendEntry
	reading *reading
	r       *renderer
}

var _ desktop.Hoverable = (*Chart)(nil)

// NewChart returns a chart without series.
func NewChart() *Chart {
	c := &Chart{reading: newReading(), r: &renderer{}}
	for i := range c.texts {
		c.texts[i] = canvas.NewText("", color.Transparent)
	}
	c.texts[2].Alignment = fyne.TextAlignTrailing
	c.raster = canvas.NewRaster(c.draw)
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

// Plot draws other series, unless they are the same.
func (c *Chart) Plot(p Plotted) {
	if c.shown.equal(&p) {
		return
	}
	c.shown = p
	c.Refresh()
}

func (p *Plotted) equal(o *Plotted) bool {
	same := func(a, b float64) bool { return a == b || a != a && b != b }
	return p.From.Equal(o.From) && p.To.Equal(o.To) && p.Shared == o.Shared && slices.EqualFunc(p.Series, o.Series, func(a, b Series) bool {
		return a.Name == b.Name && a.Note == b.Note && a.Role == b.Role && slices.EqualFunc(a.Values, b.Values, same) &&
			slices.EqualFunc(a.At, b.At, time.Time.Equal)
	})
}

// place is where a moment stands, from 0 at the left to 1 at the right. A single moment stands at the right.
func (p *Plotted) place(at time.Time) float32 {
	whole := p.To.Sub(p.From)
	if whole <= 0 {
		return 1
	}
	return max(0, min(1, float32(float64(at.Sub(p.From))/float64(whole))))
}

// bounds are the values at the bottom and the top of a series.
func (p *Plotted) bounds(i int) (least, most float64, ok bool) {
	if !p.Shared {
		least, _, most, ok = Stats(p.Series[i].Values)
		return least, most, ok
	}
	for k := range p.Series {
		l, _, m, known := Stats(p.Series[k].Values)
		switch {
		case !known:
		case !ok:
			least, most, ok = l, m, true
		default:
			least, most = min(least, l), max(most, m)
		}
	}
	return least, most, ok
}

// MouseIn implements [desktop.Hoverable].
func (c *Chart) MouseIn(ev *desktop.MouseEvent) { c.MouseMoved(ev) }

// MouseMoved reads off the values under the pointer.
func (c *Chart) MouseMoved(ev *desktop.MouseEvent) {
	c.reading.at, c.reading.wanted = ev.Position.X/max(1, c.Size().Width), true
	c.showReading()
}

// MouseOut implements [desktop.Hoverable].
func (c *Chart) MouseOut() {
	c.reading.wanted = false
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
	case c.heading[1] != "" || c.heading[2] != "" || c.Trailing > 0:
		return max(faces[1].height()+6, trailingHeight*min(1, c.Trailing))
	}
	return 0
}

// trailingHeight is what tools over the heading need.
const trailingHeight = 36

const legendLine = 18

// legendHeight is the room of the legend.
func (c *Chart) legendHeight() float32 {
	if len(c.shown.Series) < 2 {
		return 0
	}
	return float32(len(c.shown.Series))*legendLine + 4
}

// CreateRenderer implements [fyne.Widget].
func (c *Chart) CreateRenderer() fyne.WidgetRenderer {
	c.r.layout = c.layOut
	c.r.minSize = func() fyne.Size { return fyne.NewSize(120, c.headHeight()+c.legendHeight()+44) }
	c.r.refresh = func() {
		c.fill()
		c.layOut(c.Size())
		c.raster.Refresh()
	}
	c.fill()
	c.showReading()
	return c.r
}

// fill writes the heading and the legend.
func (c *Chart) fill() {
	colors := [3]fyne.ThemeColorName{theme.ColorText, theme.ColorMuted, theme.ColorMuted}
	for i, f := range c.faces() {
		write(c.texts[i], c.heading[i], colorOf(colors[i], c), f)
	}
	shown := len(c.shown.Series)
	if shown < 2 {
		shown = 0
	}
	for len(c.legend) < shown {
		c.legend = append(c.legend, newLegendEntry())
	}
	c.r.objects = []fyne.CanvasObject{c.texts[0], c.texts[1], c.texts[2], c.raster}
	for i, entry := range c.legend {
		if i < shown {
			entry.fill(c, &c.shown.Series[i])
		}
		for _, o := range entry.objects() {
			setShown(o, i < shown)
			c.r.objects = append(c.r.objects, o)
		}
	}
	c.r.objects = append(c.r.objects, c.reading.objects(len(c.shown.Series))...)
}

func (c *Chart) layOut(size fyne.Size) {
	top := c.headHeight()
	var x float32
	if c.heading[0] != "" {
		f := c.faces()[0]
		x = fyne.MeasureText(c.heading[0], f.size, f.style).Width + 10
	}
	head, end := max(0, top-6), size.Width-c.Trailing
	small := c.faces()[1]
	spanWidth := min(small.width(c.heading[2])+8, max(0, end-x))
	write(c.texts[1], small.fit(c.heading[1], max(0, end-x-spanWidth)), colorOf(theme.ColorMuted, c), small)
	place(c.texts[0], 0, 0, x, head)
	place(c.texts[1], x, 0, end-x-spanWidth, head)
	place(c.texts[2], end-spanWidth, 0, spanWidth-8*min(1, c.Trailing), head)
	bottom := size.Height - c.legendHeight()
	place(c.raster, 0, top, size.Width, bottom-top)
	for i, entry := range c.legend {
		entry.layOut(0, bottom+4+float32(i)*legendLine, size.Width)
	}
	c.showReading()
}

// legendEntry names a series: its colour, its name and its note.
type legendEntry struct {
	mark       *canvas.Rectangle
	name, note *canvas.Text
	label      string
	remark     string
	owner      *Chart
}

func newLegendEntry() *legendEntry {
	return &legendEntry{mark: canvas.NewRectangle(color.Transparent), name: canvas.NewText("", color.Transparent), note: canvas.NewText("", color.Transparent)}
}

func (l *legendEntry) objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{l.mark, l.name, l.note}
}

func (l *legendEntry) fill(c *Chart, s *Series) {
	l.owner, l.label, l.remark = c, s.Name, s.Note
	paint(l.mark, colorOf(s.Role.Color(), c), color.Transparent, 0, 1)
}

func (l *legendEntry) layOut(x, y, width float32) {
	if l.owner == nil {
		return
	}
	name := face{size: sizeOf(theme.SizeSmall, l.owner), style: fyne.TextStyle{Monospace: true}}
	note := face{size: sizeOf(theme.SizeSmall, l.owner)}
	place(l.mark, x, y+legendLine/2-1, 14, 3)
	nameWidth := min(name.width(l.label)+1, max(0, width-22))
	write(l.name, name.fit(l.label, nameWidth), colorOf(theme.ColorText, l.owner), name)
	place(l.name, x+22, y, nameWidth, legendLine)
	rest := max(0, width-22-nameWidth-12)
	write(l.note, note.fit(l.remark, rest), colorOf(theme.ColorMuted, l.owner), note)
	place(l.note, x+22+nameWidth+12, y, rest, legendLine)
}

// nearest is the index of the value of a series that stands nearest to a place, -1 where there is none.
func (p *Plotted) nearest(i int, place float32) int {
	best, distance := -1, float32(math.MaxFloat32)
	for k, at := range p.Series[i].At {
		if d := p.place(at) - place; max(d, -d) <= distance {
			best, distance = k, max(d, -d)
		}
	}
	return best
}

func (c *Chart) read(v float64) string {
	if c.Format != nil {
		return c.Format(v)
	}
	return format.Number(v)
}
