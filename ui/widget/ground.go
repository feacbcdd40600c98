package widget

import (
	"image"
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
)

// ground fills a large area with one colour. A rectangle of the toolkit runs a shader for strokes and shadows over every
// pixel that it covers; where the graphics are software, a texture of one pixel costs half of that.
type ground struct {
	*canvas.Raster
	color color.Color
	pixel *image.RGBA
}

func newGround() *ground {
	g := &ground{color: color.Transparent, pixel: image.NewRGBA(image.Rect(0, 0, 1, 1))}
	g.Raster = canvas.NewRaster(func(int, int) image.Image { return g.pixel })
	g.ScaleMode = canvas.ImageScaleFastest
	return g
}

// fill changes the colour, and redraws the ground when that changes anything.
func (g *ground) fill(c color.Color) {
	if g.color == c {
		return
	}
	g.color = c
	g.pixel.Set(0, 0, c)
	g.Refresh()
}

// NewVeil returns a large area of a colour that lets through what lies below.
func NewVeil(c color.Color) fyne.CanvasObject {
	g := newGround()
	g.fill(c)
	return g.Raster
}
