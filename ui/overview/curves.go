package overview

import (
	"image"
	"image/color"
	"math"
)

// The links are drawn into images: a curve of the toolkit costs a shader over all that it spans, for each frame, and
// there may be a hundred that span half the window. An image costs its drawing when a link changes, and a frame
// its pixels only.

// stroke is a link in pixels, from left to right.
type stroke struct {
	x0, y0, x1, y1 float32
	width          float32
	color          color.NRGBA
	leftward       bool
	arrow          float32 // length of the arrow's head
}

// bend is the height of the curve, 0 to 1, at the part u of its way.
func bend(u float32) float32 { return u * u * (3 - 2*u) }

// draw paints the stroke over what is there. Its head says which way messages go.
func (s *stroke) draw(img *image.RGBA) {
	length := s.x1 - s.x0
	if length <= 1 {
		return
	}
	bounds := img.Bounds()
	for x := max(int(s.x0), bounds.Min.X); x < min(int(math.Ceil(float64(s.x1))), bounds.Max.X); x++ {
		at := float32(x) + 0.5
		u := min(max((at-s.x0)/length, 0), 1)
		slope := 6 * u * (1 - u) * (s.y1 - s.y0) / length
		steep := float32(math.Sqrt(float64(1 + slope*slope)))
		half := s.width / 2
		if head := s.head(at); head > half {
			half = head
		}
		s.column(img, x, s.y0+(s.y1-s.y0)*bend(u), half, steep)
	}
}

// head is half the width of the arrow at x.
func (s *stroke) head(x float32) float32 {
	behind := s.x1 - x
	if s.leftward {
		behind = x - s.x0
	}
	if behind < 0 || behind > s.arrow {
		return 0
	}
	return behind * (0.5 + s.width/(2*s.arrow))
}

// column paints what the stroke covers of one column of pixels around y.
func (s *stroke) column(img *image.RGBA, x int, y, half, steep float32) {
	bounds := img.Bounds()
	reach := (half + 1) * steep
	for py := max(int(y-reach), bounds.Min.Y); py <= min(int(y+reach), bounds.Max.Y-1); py++ {
		off := float32(math.Abs(float64(float32(py)+0.5-y))) / steep
		if cover := min(half+0.5-off, 1); cover > 0 {
			blend(img.Pix[img.PixOffset(x, py):], s.color, cover)
		}
	}
}

// blend lays c over a premultiplied pixel with the given cover.
func blend(pixel []uint8, c color.NRGBA, cover float32) {
	alpha := uint32(float32(c.A) * cover)
	rest := 255 - alpha
	mix := func(i int, v uint8) { pixel[i] = uint8((uint32(v)*alpha + uint32(pixel[i])*rest) / 255) }
	mix(0, c.R)
	mix(1, c.G)
	mix(2, c.B)
	mix(3, 255)
}
