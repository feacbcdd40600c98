package widget

import (
	"image"
	"image/color"
	"image/draw"
	"math"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"sluice/ui/theme"
)

// draw plots all series into one image. One alone has its area filled and a line at its mean.
func (c *Chart) draw(w, h int) image.Image {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	if w < 2 || h < 2 {
		return img
	}
	scale := float32(1)
	if width := c.raster.Size().Width; width > 0 {
		scale = float32(w) / width
	}
	alone := len(c.shown.Series) == 1
	for i := range c.shown.Series {
		s := &c.shown.Series[i]
		least, most, ok := c.shown.bounds(i)
		if !ok {
			continue
		}
		p := plot{values: s.Values, at: c.places(i), bounds: &[2]float64{least, most}, line: colorOf(s.Role.Color(), c), width: 1.5 * scale}
		if alone {
			p.fill = 0x26
			_, mean, _, _ := Stats(s.Values)
			drawLevel(img, p.height(mean, float32(h)), colorOf(theme.ColorDim, c), scale)
		}
		draw.Draw(img, img.Bounds(), p.draw(w, h), image.Point{}, draw.Over)
	}
	return img
}

// places are where the values of a series stand.
func (c *Chart) places(i int) []float32 {
	at := make([]float32, len(c.shown.Series[i].At))
	for k, moment := range c.shown.Series[i].At {
		at[k] = c.shown.place(moment)
	}
	return at
}

// drawLevel draws a dashed line across.
func drawLevel(img *image.RGBA, y float32, c color.Color, scale float32) {
	dash := max(2, int(4*scale))
	for x := range img.Bounds().Dx() {
		if x/dash%2 == 0 {
			for thick := range max(1, int(scale)) {
				img.Set(x, int(y)+thick, c)
			}
		}
	}
}

// reading is what the pointer reads off: a line across, a dot on each series, and a tag with the values.
type reading struct {
	at     float32 // the pointer, from 0 to 1
	wanted bool    // the pointer is over the chart

	cross *canvas.Line
	tag   *canvas.Rectangle
	dots  []*canvas.Circle
	lines []*canvas.Text // the moment, then a value of each series
}

func newReading() *reading {
	return &reading{cross: canvas.NewLine(color.Transparent), tag: canvas.NewRectangle(color.Transparent)}
}

// objects has a dot and a line for each of n series, and a line for the moment.
func (r *reading) objects(n int) []fyne.CanvasObject {
	for len(r.dots) < n {
		r.dots = append(r.dots, canvas.NewCircle(color.Transparent))
	}
	for len(r.lines) < n+1 {
		r.lines = append(r.lines, canvas.NewText("", color.Transparent))
	}
	all := []fyne.CanvasObject{r.cross}
	for _, dot := range r.dots {
		all = append(all, dot)
	}
	all = append(all, r.tag)
	for _, line := range r.lines {
		all = append(all, line)
	}
	return all
}

// showReading reads the values nearest to the pointer off, within the chart.
func (c *Chart) showReading() {
	r := c.reading
	for _, o := range r.objects(len(c.shown.Series)) {
		setShown(o, false)
	}
	texts, x, ok := c.readOff()
	if !ok {
		return
	}
	const lineHeight, inset, side = 18, 8, 9
	f := face{size: sizeOf(theme.SizeSmall, c)}
	var width float32
	for i, text := range texts {
		write(r.lines[i], text, colorOf(theme.ColorText, c), f)
		width = max(width, f.width(text)+2*inset)
	}
	size, top := c.Size(), c.headHeight()
	left := min(max(0, x+8), max(0, size.Width-width))
	if x+8+width > size.Width {
		left = max(0, x-8-width)
	}
	for i := range texts {
		place(r.lines[i], left+inset, top+float32(i)*lineHeight+2, width-2*inset, lineHeight)
		setShown(r.lines[i], true)
	}
	paint(r.tag, colorOf(theme.ColorPanel, c), colorOf(theme.ColorLine, c), 1, 4)
	place(r.tag, left, top, width, float32(len(texts))*lineHeight+4)
	r.cross.StrokeColor, r.cross.StrokeWidth = colorOf(theme.ColorDim, c), 1
	r.cross.Position1, r.cross.Position2 = fyne.NewPos(x, top), fyne.NewPos(x, size.Height-c.legendHeight())
	r.cross.Refresh()
	setShown(r.tag, true)
	setShown(r.cross, true)
}

// readOff writes what the tag says, places the dots, and returns where the line across stands.
func (c *Chart) readOff() (texts []string, x float32, ok bool) {
	p, size, top := &c.shown, c.Size(), c.headHeight()
	if !c.reading.wanted {
		return nil, 0, false
	}
	var latest string
	for i := range p.Series {
		s, k := &p.Series[i], p.nearest(i, c.reading.at)
		if k < 0 || math.IsNaN(s.Values[k]) || math.IsInf(s.Values[k], 0) {
			continue
		}
		least, most, _ := p.bounds(i)
		height := size.Height - top - c.legendHeight()
		curve := plot{bounds: &[2]float64{least, most}, width: 1.5}
		dot, at := c.reading.dots[i], p.place(s.At[k])*size.Width
		dot.FillColor, dot.StrokeColor, dot.StrokeWidth = colorOf(s.Role.Color(), c), colorOf(theme.ColorRaised, c), 2
		const side = 9
		place(dot, at-side/2, top+curve.height(s.Values[k], height)-side/2, side, side)
		dot.Refresh()
		setShown(dot, true)
		if !ok {
			x, ok = at, true
			if c.Label != nil {
				latest = c.Label(s.At[k])
			}
		}
		text := c.read(s.Values[k])
		if len(p.Series) > 1 {
			text = s.Name + "  " + text
		}
		texts = append(texts, text)
	}
	if latest != "" {
		texts = append(texts, latest)
	}
	return texts, x, ok
}
