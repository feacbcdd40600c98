package widget

import (
	"image/color"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	fynewidget "fyne.io/fyne/v2/widget"

	"sluice/ui/theme"
)

// Link is a box of a [Chain].
type Link struct {
	ID, Label string
	Chosen    bool // the one that the chain is of
}

// Chain draws who vouches for whom: a box each, the next one below and further right, with a line between them. A box
// that is not chosen and has an ID leads to what it stands for.
type Chain struct {
	fynewidget.BaseWidget
	OnTapped func(id string)

	links []Link
	boxes []*Button
	lines []*canvas.Rectangle // two for each link but the first: down, and to its box
	box   *renderer
}

// The measures of a chain.
const (
	chainBox    = 33
	chainGap    = 24
	chainIndent = 32
	chainStem   = 14 // from a box's left edge to the line below it
	chainWidest = 6  // links further in are no further right
)

// NewChain returns a chain without links.
func NewChain() *Chain {
	c := &Chain{}
	c.ExtendBaseWidget(c)
	return c
}

// SetLinks replaces the links, the first in the chain first.
func (c *Chain) SetLinks(links ...Link) {
	if slices.Equal(c.links, links) {
		return
	}
	c.links = slices.Clone(links)
	c.boxes = make([]*Button, len(links))
	c.lines = make([]*canvas.Rectangle, max(0, 2*(len(links)-1)))
	for i, link := range c.links {
		c.boxes[i] = newButton(link.Label, lookBox, func() { c.tapped(link) })
		c.boxes[i].SetChosen(link.Chosen)
	}
	for i := range c.lines {
		c.lines[i] = canvas.NewRectangle(color.Transparent)
	}
	c.Refresh()
}

func (c *Chain) tapped(link Link) {
	if c.OnTapped != nil && !link.Chosen && link.ID != "" {
		c.OnTapped(link.ID)
	}
}

// CreateRenderer implements [fyne.Widget].
func (c *Chain) CreateRenderer() fyne.WidgetRenderer {
	c.box = &renderer{}
	c.box.layout = c.layOut
	c.box.minSize = func() fyne.Size {
		n := len(c.links)
		if n == 0 {
			return fyne.Size{}
		}
		return fyne.NewSize(chainIndent*float32(min(n, chainWidest))+60, float32(n)*(chainBox+chainGap)-chainGap)
	}
	c.box.refresh = func() {
		c.box.objects = c.box.objects[:0]
		for _, line := range c.lines {
			paint(line, colorOf(theme.ColorDim, c), color.Transparent, 0, 0)
			c.box.objects = append(c.box.objects, line)
		}
		for _, box := range c.boxes {
			c.box.objects = append(c.box.objects, box)
		}
		c.layOut(c.Size())
		canvas.Refresh(c)
	}
	c.box.refresh()
	return c.box
}

func (c *Chain) layOut(size fyne.Size) {
	for i, box := range c.boxes {
		x := chainIndent * float32(min(i, chainWidest))
		y := float32(i) * (chainBox + chainGap)
		place(box, x, y, size.Width-x, chainBox)
		if i == 0 {
			continue
		}
		stem := chainIndent*float32(min(i-1, chainWidest)) + chainStem
		middle := y + chainBox/2
		place(c.lines[2*i-2], stem, y-chainGap, 1, middle-y+chainGap)
		place(c.lines[2*i-1], stem, middle, x-stem, 1)
	}
}
