package widget

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	fynewidget "fyne.io/fyne/v2/widget"

	"sluice/ui/theme"
)

// surface is a ground with content on it.
type surface struct {
	fynewidget.BaseWidget
	content fyne.CanvasObject
	fill    fyne.ThemeColorName
	framed  bool // rounded, with a line around
	padding float32
}

// Panel is a side or a bar of the window.
type Panel struct{ surface }

// NewPanel returns a panel without a frame or padding.
func NewPanel(content fyne.CanvasObject) *Panel {
	p := &Panel{surface{content: content, fill: theme.ColorPanel}}
	p.ExtendBaseWidget(p)
	return p
}

// Card is a raised, rounded part of a pane.
type Card struct{ surface }

// The padding inside of cards and wells.
const (
	cardPadding = 12
	wellPadding = 8
)

// NewCard returns a card with padding.
func NewCard(content fyne.CanvasObject) *Card {
	c := &Card{surface{content: content, fill: theme.ColorRaised, framed: true, padding: cardPadding}}
	c.ExtendBaseWidget(c)
	return c
}

// SetChosen says whether the card is the one that is selected.
func (c *Card) SetChosen(chosen bool) {
	fill := theme.ColorRaised
	if chosen {
		fill = theme.ColorSelection
	}
	if c.fill != fill {
		c.fill = fill
		c.Refresh()
	}
}

// NewWell returns a rounded part that lies lower than its surroundings, for code and bytes.
func NewWell(content fyne.CanvasObject) *Card {
	c := &Card{surface{content: content, fill: theme.ColorBackground, framed: true, padding: wellPadding}}
	c.ExtendBaseWidget(c)
	return c
}

// CreateRenderer implements [fyne.Widget].
func (s *surface) CreateRenderer() fyne.WidgetRenderer {
	below, fill := s.below()
	fill()
	return &renderer{
		objects: []fyne.CanvasObject{below, s.content},
		layout: func(size fyne.Size) {
			below.Resize(size)
			place(s.content, s.padding, s.padding, size.Width-2*s.padding, size.Height-2*s.padding)
		},
		minSize: func() fyne.Size { return s.content.MinSize().AddWidthHeight(2*s.padding, 2*s.padding) },
		refresh: fill,
	}
}

// below is what lies below the content, and what colours it.
func (s *surface) below() (fyne.CanvasObject, func()) {
	if !s.framed {
		g := newGround()
		return g.Raster, func() { g.fill(colorOf(s.fill, s)) }
	}
	r := canvas.NewRectangle(color.Transparent)
	return r, func() {
		paint(r, colorOf(s.fill, s), colorOf(theme.ColorLine, s), 1, sizeOf(theme.SizeRadius, s))
	}
}

// NewPadded puts room around content: h at the left and right, v at the top and bottom.
func NewPadded(h, v float32, content fyne.CanvasObject) fyne.CanvasObject {
	return container.New(layout.NewCustomPaddedLayout(v, v, h, h), content)
}

// rule is a line of one unit.
type rule struct {
	fynewidget.BaseWidget
	line *canvas.Rectangle
}

// NewLine returns a thin line as long as its layout makes it.
func NewLine() fyne.CanvasObject {
	r := &rule{line: canvas.NewRectangle(color.Transparent)}
	r.ExtendBaseWidget(r)
	return r
}

// CreateRenderer implements [fyne.Widget].
func (r *rule) CreateRenderer() fyne.WidgetRenderer {
	fill := func() { paint(r.line, colorOf(theme.ColorLine, r), color.Transparent, 0, 0) }
	fill()
	return &renderer{
		objects: []fyne.CanvasObject{r.line},
		layout:  r.line.Resize,
		minSize: func() fyne.Size { return fyne.NewSize(1, 1) },
		refresh: fill,
	}
}

// PaneHeader is the bar above a pane: its title, a summary, and what acts on the whole pane.
type PaneHeader struct {
	fynewidget.BaseWidget
	title, summary *Text
	trailing       *fyne.Container
	line           fyne.CanvasObject
}

// The measures of a pane header.
const (
	headerHeight = 56
	headerInset  = 16
	headerGap    = 10
)

// NewPaneHeader returns a header; trailing stands at its right end.
func NewPaneHeader(title string, trailing ...fyne.CanvasObject) *PaneHeader {
	h := &PaneHeader{
		title: NewText(title, TextTitle), summary: NewText("", TextMuted).Shrink(),
		trailing: NewTools(trailing...), line: NewLine(),
	}
	h.ExtendBaseWidget(h)
	return h
}

// SetSummary changes the words beside the title.
func (h *PaneHeader) SetSummary(summary string) {
	if h.summary.Text() != summary {
		h.summary.SetText(summary)
		h.Refresh() // it may need more room
	}
}

// CreateRenderer implements [fyne.Widget].
func (h *PaneHeader) CreateRenderer() fyne.WidgetRenderer {
	r := &renderer{objects: []fyne.CanvasObject{h.title, h.summary, h.trailing, h.line}}
	r.layout = func(size fyne.Size) {
		place(h.line, 0, size.Height-1, size.Width, 1)
		middle := (size.Height - 1) / 2
		title := h.title.MinSize()
		place(h.title, headerInset, middle-title.Height/2, title.Width, title.Height)
		left := headerInset + title.Width + headerGap
		room := max(h.trailing.MinSize().Width, size.Width-headerInset-left)
		summary := h.summary.MinSize()
		// Before the words are cut, filters give what they can spare.
		wanted := tools{}.width(h.trailing.Objects)
		give := max(0, min(tools{}.spare(h.trailing.Objects), wanted+headerGap+TextMuted.face(h).width(h.summary.Text())+1-(size.Width-headerInset-left)))
		width := min(wanted-give, room)
		x, height := max(headerInset, size.Width-headerInset-width), h.trailing.MinSize().Height
		place(h.trailing, x, middle-height/2, width, height)
		// Both texts stand on one line although their letters differ in size.
		place(h.summary, left, middle-summary.Height/2+1.5, x-headerGap-left, summary.Height)
	}
	r.minSize = func() fyne.Size {
		return fyne.NewSize(2*headerInset+h.title.MinSize().Width+headerGap+h.trailing.MinSize().Width, headerHeight)
	}
	r.refresh = func() { r.layout(h.Size()) }
	return r
}
