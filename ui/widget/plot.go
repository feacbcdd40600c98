package widget

import (
	"image"
	"image/color"
	"math"

	"golang.org/x/image/vector"
)

// Stats returns the smallest, the mean and the largest of values; gaps (NaN) do not count. ok is false when all are gaps.
func Stats(values []float64) (least, mean, most float64, ok bool) {
	n := 0
	var sum float64
	for _, v := range values {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			continue
		}
		if n == 0 || v < least {
			least = v
		}
		if n == 0 || v > most {
			most = v
		}
		sum += v
		n++
	}
	if n == 0 {
		return 0, 0, 0, false
	}
	return least, sum / float64(n), most, true
}

// plot is a line over values, drawn into an image of its own.
type plot struct {
	values []float64
	at     []float32   // where each stands, from 0 at the left to 1 at the right, ascending; nil: evenly spaced
	bounds *[2]float64 // the values at the bottom and the top; nil: the extremes
	line   color.Color
	fill   uint8   // opacity of the area below the line
	width  float32 // of the line, in pixels
	floor  bool    // the bottom is zero, as it is for rates
}

// point is in pixels.
type point struct{ x, y float32 }

// draw returns an image of w by h pixels. The smallest value stands at the bottom, the largest at the top. Values that
// are all the same are a line halfway with nothing below it, but at the bottom where that is zero and they are.
func (p plot) draw(w, h int) image.Image {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	least, _, most, ok := Stats(p.values)
	if !ok || w < 2 || h < 2 {
		return img
	}
	switch {
	case p.bounds != nil:
		least, most = p.bounds[0], p.bounds[1]
	case least == most:
		p.fill = 0
	case p.floor:
		least = min(least, 0)
	}
	for _, run := range p.runs(float32(w), float32(h), least, most) {
		if p.fill > 0 {
			p.drawArea(img, run)
		}
		p.drawLine(img, run)
	}
	return img
}

// runs places the values; a gap ends a run. No run has more than two points a pixel.
func (p plot) runs(w, h float32, least, most float64) [][]point {
	pad := p.width/2 + 0.5
	if p.bounds == nil {
		p.bounds = &[2]float64{least, most}
	}
	values, at := thin(p.values, int(w))
	if p.at != nil {
		values, at = thinAt(p.values, p.at, w)
	}
	var runs [][]point
	var run []point
	for i, v := range values {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			if len(run) > 0 {
				runs, run = append(runs, run), nil
			}
			continue
		}
		where := point{x: at(i), y: p.height(v, h)}
		if len(values) == 1 && p.at == nil {
			where.x = w - pad - 1 // whole, at the end where the newest value stands
		}
		run = append(run, where)
	}
	if len(run) > 0 {
		runs = append(runs, run)
	}
	return runs
}

// height is how far from the top a value stands, in a plot that is h high.
func (p plot) height(v float64, h float32) float32 {
	pad, least, most := p.width/2+0.5, p.bounds[0], p.bounds[1]
	switch {
	case most > least:
		return h - pad - float32((v-least)*float64(h-2*pad)/(most-least))
	case p.floor && most == 0:
		return h - pad
	}
	return h / 2
}

// thin keeps the extremes of each pixel when there are more values than pixels, so that no spike is lost. It also returns
// where each of what is left stands.
func thin(values []float64, pixels int) ([]float64, func(i int) float32) {
	evenly := func(n int) func(int) float32 {
		step := float32(pixels) / float32(max(1, n-1))
		return func(i int) float32 { return float32(i) * step }
	}
	n := len(values)
	if n <= 2*pixels {
		return values, evenly(n)
	}
	out := make([]float64, 0, 2*pixels)
	for i := range pixels {
		part := values[i*n/pixels : max(i*n/pixels+1, (i+1)*n/pixels)]
		first, second := extremes(part)
		out = append(out, first, second)
	}
	return out, evenly(len(out))
}

// thinAt is thin for values with places of their own.
func thinAt(values []float64, at []float32, w float32) ([]float64, func(i int) float32) {
	if len(values) <= int(2*w) {
		return values, func(i int) float32 { return at[i] * w }
	}
	out, places := make([]float64, 0, int(2*w)), make([]float32, 0, int(2*w))
	for from := 0; from < len(values); {
		column, to := int(at[from]*w), from+1
		for to < len(values) && int(at[to]*w) == column {
			to++
		}
		part := values[from:to]
		first, second := extremes(part)
		out = append(out, first, second)
		places = append(places, at[from]*w, at[to-1]*w)
		from = to
	}
	return out, func(i int) float32 { return places[i] }
}

// extremes are the least and the largest of values, in the order in which values go; no numbers where there are none.
func extremes(values []float64) (first, second float64) {
	least, _, most, ok := Stats(values)
	switch {
	case !ok:
		return math.NaN(), math.NaN()
	case values[0] > values[len(values)-1]:
		return most, least
	}
	return least, most
}

func (p plot) drawArea(img *image.RGBA, run []point) {
	bounds := img.Bounds()
	bottom := float32(bounds.Dy())
	r := vector.NewRasterizer(bounds.Dx(), bounds.Dy())
	r.MoveTo(run[0].x, bottom)
	for _, at := range run {
		r.LineTo(at.x, at.y)
	}
	r.LineTo(run[len(run)-1].x, bottom)
	r.ClosePath()
	red, green, blue, _ := p.line.RGBA()
	area := color.NRGBA{R: uint8(red >> 8), G: uint8(green >> 8), B: uint8(blue >> 8), A: p.fill}
	r.Draw(img, bounds, image.NewUniform(area), image.Point{})
}

// drawLine strokes a run. Every piece turns the same way around, because the rasterizer adds up signed areas.
func (p plot) drawLine(img *image.RGBA, run []point) {
	bounds := img.Bounds()
	r := vector.NewRasterizer(bounds.Dx(), bounds.Dy())
	half := p.width / 2
	if len(run) == 1 {
		disc(r, run[0], half+1)
	}
	for i := 1; i < len(run); i++ {
		a, b := run[i-1], run[i]
		bends := i+1 < len(run) && (run[i+1].y-b.y)*(b.x-a.x) != (b.y-a.y)*(run[i+1].x-b.x)
		dx, dy := b.x-a.x, b.y-a.y
		length := float32(math.Hypot(float64(dx), float64(dy)))
		if length == 0 {
			continue
		}
		nx, ny := -dy/length*half, dx/length*half
		r.MoveTo(a.x+nx, a.y+ny)
		r.LineTo(a.x-nx, a.y-ny)
		r.LineTo(b.x-nx, b.y-ny)
		r.LineTo(b.x+nx, b.y+ny)
		r.ClosePath()
		if bends || i+1 == len(run) {
			disc(r, b, half)
		}
	}
	r.Draw(img, bounds, image.NewUniform(p.line), image.Point{})
}

// disc rounds a joint, in the direction of the pieces it joins.
func disc(r *vector.Rasterizer, at point, radius float32) {
	const corners = 8
	for i := range corners + 1 {
		sin, cos := math.Sincos(2 * math.Pi * float64(i) / corners)
		x, y := at.x+radius*float32(cos), at.y+radius*float32(sin)
		if i == 0 {
			r.MoveTo(x, y)
		} else {
			r.LineTo(x, y)
		}
	}
	r.ClosePath()
}
