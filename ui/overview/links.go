package overview

import (
	"image"
	"image/color"
	"math"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	fynetheme "fyne.io/fyne/v2/theme"

	"sluice/ui/theme"
)

// gap is the room between two columns, where the links are. Each has an image of its own: what is drawn of an image costs
// every pixel in every frame, also those that nothing is seen of.
type gap struct {
	board *board
	left  side // of the columns
	links *canvas.Raster
	image *image.RGBA // what links was drawn into, to be used again
}

func newGap(b *board, left side) *gap {
	g := &gap{board: b, left: left}
	g.links = canvas.NewRaster(g.draw)
	return g
}

func (b *board) refreshLinks() {
	for _, g := range b.gaps {
		g.links.Refresh()
	}
}

// layOutGaps places the gaps between columns, on whole units, so that they are drawn as they are.
func (b *board) layOutGaps(size fyne.Size) {
	x, width := b.columns(size)
	top, height := b.room(size)
	top, bottom := floor(top), ceil(top+height)
	for i, g := range b.gaps {
		from, to := floor(x[i]+width[i]), ceil(x[i+1])
		g.links.Move(fyne.NewPos(from, top))
		g.links.Resize(fyne.NewSize(max(to-from, 0), max(bottom-top, 0)))
	}
}

func floor(v float32) float32 { return float32(math.Floor(float64(v))) }
func ceil(v float32) float32  { return float32(math.Ceil(float64(v))) }

// strokeOf is a link in pixels of a gap; scale is how many there are to a unit.
func (g *gap) strokeOf(l *linkView, scale float32) (stroke, bool) {
	b := g.board
	left, ok1 := b.spots[l.left()]
	right, ok2 := b.spots[l.right()]
	if !ok1 || !ok2 {
		return stroke{}, false
	}
	unit, origin := b.unit(), g.links.Position()
	from, to := left.right().Subtract(origin), right.left().Subtract(origin)
	s := stroke{x0: from.X * scale, y0: from.Y * scale, x1: to.X * scale, y1: to.Y * scale, leftward: l.kind.leftward(),
		width: (1.4 + 0.55*float32(l.level)) * unit * scale, arrow: 8 * unit * scale}
	s.color = toNRGBA(fynetheme.ColorForWidget(l.kind.role().Color(), b))
	s.color.A = uint8(min(0x70+0x14*l.level, 0xff))
	if l.level == 0 {
		s.color.A = 0x58
	}
	if b.hasChosen() {
		if l.touches(b.chosen()) {
			s.color.A = 0xff
			s.width += 0.8 * unit * scale
		} else {
			s.color.A /= 4
		}
	}
	return s, true
}

func toNRGBA(c color.Color) color.NRGBA { return color.NRGBAModel.Convert(c).(color.NRGBA) }

// unit is how much larger than usual everything is drawn.
func (b *board) unit() float32 { return fynetheme.SizeForWidget(theme.SizeText, b) / 13 }

// draw draws the links of the gap; those that stand out come last.
func (g *gap) draw(w, h int) image.Image {
	b := g.board
	if g.image == nil || g.image.Rect.Dx() != w || g.image.Rect.Dy() != h {
		g.image = image.NewRGBA(image.Rect(0, 0, w, h))
	} else {
		clear(g.image.Pix)
	}
	width := g.links.Size().Width
	if width <= 0 {
		return g.image
	}
	scale := float32(w) / width
	for _, chosen := range []bool{false, true} {
		for i := range b.picture.links {
			l := &b.picture.links[i]
			if l.left().side != g.left || l.touches(b.chosen()) != chosen {
				continue
			}
			if s, ok := g.strokeOf(l, scale); ok {
				s.draw(g.image)
			}
		}
	}
	return g.image
}
