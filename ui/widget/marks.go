package widget

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	fynewidget "fyne.io/fyne/v2/widget"

	"sluice/ui/theme"
)

// Badge is a short word on a ground in the colour of its role.
type Badge struct {
	fynewidget.BaseWidget
	text   string
	role   theme.Role
	ground *canvas.Rectangle
	line   *canvas.Text
}

// The measures of a badge.
const (
	badgeInset  = 7
	badgeHeight = 18
	badgeRadius = 3
)

// NewBadge returns a badge.
func NewBadge(text string, role theme.Role) *Badge {
	b := &Badge{text: text, role: role, ground: canvas.NewRectangle(color.Transparent), line: canvas.NewText("", color.Transparent)}
	b.line.Alignment = fyne.TextAlignCenter
	b.ExtendBaseWidget(b)
	return b
}

// Set changes the word and its role.
func (b *Badge) Set(text string, role theme.Role) {
	if b.text != text || b.role != role {
		b.text, b.role = text, role
		b.Refresh()
	}
}

// CreateRenderer implements [fyne.Widget].
func (b *Badge) CreateRenderer() fyne.WidgetRenderer {
	fill := func() {
		f := badgeFace(b, false)
		write(b.line, b.text, colorOf(b.role.Color(), b), f)
		paint(b.ground, colorOf(b.role.Tint(), b), color.Transparent, 0, badgeRadius)
	}
	fill()
	return &renderer{
		objects: []fyne.CanvasObject{b.ground, b.line},
		layout: func(size fyne.Size) {
			y := (size.Height - badgeHeight) / 2
			place(b.ground, 0, y, size.Width, badgeHeight)
			place(b.line, 0, y, size.Width, badgeHeight)
		},
		minSize: func() fyne.Size {
			f := badgeFace(b, false)
			return fyne.NewSize(fyne.MeasureText(b.text, f.size, f.style).Width+2*badgeInset, badgeHeight)
		},
		refresh: fill,
	}
}

func badgeFace(w fyne.Widget, mono bool) face {
	return face{size: sizeOf(theme.SizeCaption, w), style: fyne.TextStyle{Bold: !mono, Monospace: mono}}
}

// Dot is a small mark of a state. The shape says the state as well as the colour: a disc is good, a ring is late, a
// square is bad and an empty circle is off.
type Dot struct {
	fynewidget.BaseWidget
	role theme.Role
	word string
	mark *canvas.Rectangle
}

// NewDot returns a mark; word is what it says, for those who do not see it.
func NewDot(role theme.Role, word string) *Dot {
	d := &Dot{role: role, word: word, mark: canvas.NewRectangle(color.Transparent)}
	d.ExtendBaseWidget(d)
	return d
}

// Set changes the state.
func (d *Dot) Set(role theme.Role, word string) {
	if d.role != role || d.word != word {
		d.role, d.word = role, word
		d.Refresh()
	}
}

// AccessibilityLabel is the word that the mark stands for.
func (d *Dot) AccessibilityLabel() string { return d.word }

// CreateRenderer implements [fyne.Widget].
func (d *Dot) CreateRenderer() fyne.WidgetRenderer {
	fill := func() { paintDot(d.mark, d.role, d) }
	fill()
	return &renderer{
		objects: []fyne.CanvasObject{d.mark},
		layout: func(size fyne.Size) {
			side := sizeOf(theme.SizeMark, d)
			place(d.mark, (size.Width-side)/2, (size.Height-side)/2, side, side)
		},
		minSize: func() fyne.Size {
			side := sizeOf(theme.SizeMark, d)
			return fyne.NewSize(side, side)
		},
		refresh: fill,
	}
}

// paintDot gives mark, a square, the shape and the colour of a role.
func paintDot(mark *canvas.Rectangle, role theme.Role, w fyne.Widget) {
	c := colorOf(role.Color(), w)
	round := sizeOf(theme.SizeMark, w) / 2
	switch role {
	case theme.RoleBad:
		paint(mark, c, color.Transparent, 0, 1)
	case theme.RoleLate:
		paint(mark, color.Transparent, c, 2.5, round)
	case theme.RoleNeutral, theme.RoleMuted, theme.RoleDim:
		paint(mark, color.Transparent, c, 1, round)
	default:
		paint(mark, c, color.Transparent, 0, round)
	}
}
