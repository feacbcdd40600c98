package widget

import (
	"image/color"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	fynetheme "fyne.io/fyne/v2/theme"
	fynewidget "fyne.io/fyne/v2/widget"

	"sluice/ui/theme"
)

type buttonLook uint8

const (
	lookPlain buttonLook = iota
	lookPrimary
	lookDanger
	lookQuiet
	lookLink
	lookBox
)

// Button does something when it is tapped, or when Enter or Space is pressed on it.
type Button struct {
	fynewidget.DisableableWidget
	label   string
	hint    string // beside the label, dim
	icon    fyne.Resource
	look    buttonLook
	isMenu  bool
	chosen  bool
	tone    theme.Role
	tapped  func()
	hovered bool
	focused bool
	self    control // the widget on the canvas: the button, or what embeds it

	ground, veil, ring *canvas.Rectangle
	line               *canvas.Text
	dim                *canvas.Text  // the hint; nil without
	image, arrow       *canvas.Image // arrow tells a menu
}

var (
	_ fyne.Tappable     = (*Button)(nil)
	_ fyne.Focusable    = (*Button)(nil)
	_ fyne.Disableable  = (*Button)(nil)
	_ desktop.Hoverable = (*Button)(nil)
)

// NewButton returns a button of the usual kind.
func NewButton(label string, tapped func()) *Button { return newButton(label, lookPlain, tapped) }

// NewPrimaryButton returns the button for what a pane is mainly for.
func NewPrimaryButton(label string, tapped func()) *Button {
	return newButton(label, lookPrimary, tapped)
}

// NewDangerButton returns a button that takes something away.
func NewDangerButton(label string, tapped func()) *Button {
	return newButton(label, lookDanger, tapped)
}

// NewQuietButton returns a button without a ground, for bars with many of them.
func NewQuietButton(label string, tapped func()) *Button { return newButton(label, lookQuiet, tapped) }

// NewLinkButton returns a button that looks like a line of code and leads to what it names. It is cut where there is no
// room for all of it.
func NewLinkButton(label string, tapped func()) *Button { return newButton(label, lookLink, tapped) }

// NewMenuButton returns a button that opens a menu below itself. The menu is made anew each time.
func NewMenuButton(label string, menu func() *fyne.Menu) *Button {
	b := &Button{}
	b.setUpMenu(b, label, menu)
	return b
}

func newButton(label string, look buttonLook, tapped func()) *Button {
	b := &Button{}
	b.setUp(b, label, look, tapped)
	return b
}

func (b *Button) setUpMenu(self control, label string, menu func() *fyne.Menu) {
	b.isMenu = true
	b.setUp(self, label, lookPlain, func() { ShowMenuBelow(menu(), self) })
}

func (b *Button) setUp(self control, label string, look buttonLook, tapped func()) {
	b.self, b.label, b.look, b.tapped = self, label, look, tapped
	b.ground, b.veil, b.ring = canvas.NewRectangle(color.Transparent), canvas.NewRectangle(color.Transparent), canvas.NewRectangle(color.Transparent)
	b.line = canvas.NewText("", color.Transparent)
	b.image, b.arrow = canvas.NewImageFromResource(nil), canvas.NewImageFromResource(nil)
	b.image.FillMode, b.arrow.FillMode = canvas.ImageFillContain, canvas.ImageFillContain
	b.ExtendBaseWidget(self)
}

// SetLabel changes what the button says.
func (b *Button) SetLabel(label string) {
	if b.label != label {
		b.label = label
		b.Refresh()
	}
}

// SetHint puts words beside the label, such as the keys that do the same. It is called before the button is shown.
func (b *Button) SetHint(hint string) { b.hint, b.dim = hint, canvas.NewText("", color.Transparent) }

// SetChosen marks the button as the one that is chosen of several.
func (b *Button) SetChosen(chosen bool) {
	if b.chosen != chosen {
		b.chosen = chosen
		b.Refresh()
	}
}

// SetTone writes the label in bold letters in the colour of a role; neutral takes that back.
func (b *Button) SetTone(role theme.Role) {
	if b.tone != role {
		b.tone = role
		b.Refresh()
	}
}

// Label is what the button says.
func (b *Button) Label() string { return b.label }

// AccessibilityLabel is what the button says.
func (b *Button) AccessibilityLabel() string { return b.label }

// SetIcon puts a drawing before the label; nil takes it away.
func (b *Button) SetIcon(icon fyne.Resource) {
	b.icon = icon
	b.Refresh()
}

// Tapped implements [fyne.Tappable].
func (b *Button) Tapped(*fyne.PointEvent) {
	if b.Disabled() {
		return
	}
	focusOn(b.self)
	if b.tapped != nil {
		b.tapped()
	}
}

// TypedKey implements [fyne.Focusable].
func (b *Button) TypedKey(ev *fyne.KeyEvent) {
	if passUnused(b.self, ev) {
		return
	}
	switch ev.Name {
	case fyne.KeyReturn, fyne.KeyEnter:
		b.Tapped(nil)
	case fyne.KeyDown:
		if b.isMenu {
			b.Tapped(nil)
		}
	}
}

// TypedRune implements [fyne.Focusable]. A space comes as a key and then as a rune: were the key to open or close a dialog,
// the rune would go to what has the keyboard then.
func (b *Button) TypedRune(r rune) {
	if r == ' ' {
		b.Tapped(nil)
	}
}

// FocusGained implements [fyne.Focusable].
func (b *Button) FocusGained() { b.focused = true; b.Refresh() }

// FocusLost implements [fyne.Focusable].
func (b *Button) FocusLost() { b.focused = false; b.Refresh() }

// MouseIn implements [desktop.Hoverable].
func (b *Button) MouseIn(*desktop.MouseEvent) { b.hovered = true; b.Refresh() }

// MouseMoved implements [desktop.Hoverable].
func (b *Button) MouseMoved(*desktop.MouseEvent) {}

// MouseOut implements [desktop.Hoverable].
func (b *Button) MouseOut() { b.hovered = false; b.Refresh() }

// colors are those of the text, the ground and the line around it.
func (b *Button) colors() (text fyne.ThemeColorName, ground, line color.Color) {
	text, ground, line = theme.ColorText, colorOf(theme.ColorRaised, b), colorOf(theme.ColorButtonLine, b)
	switch b.look {
	case lookPrimary:
		text, ground, line = theme.ColorOnAccent, colorOf(theme.ColorAccent, b), color.Transparent
	case lookDanger:
		text = theme.ColorBad
	case lookQuiet:
		text, ground, line = theme.ColorMuted, color.Transparent, color.Transparent
	case lookLink:
		ground, line = color.Transparent, color.Transparent
	}
	if b.tone != theme.RoleNeutral {
		text = b.tone.Color()
	}
	if b.chosen {
		ground, line = colorOf(theme.RoleAccent.Tint(), b), colorOf(theme.ColorAccent, b)
	}
	if b.Disabled() {
		text, ground = theme.ColorDim, color.Transparent
		if b.look != lookQuiet {
			line = colorOf(theme.ColorLine, b)
		}
	}
	return text, ground, line
}

func (b *Button) face() face {
	if b.look == lookLink {
		return TextMono.face(b)
	}
	return face{size: sizeOf(theme.SizeText, b), style: fyne.TextStyle{Bold: b.look == lookPrimary || b.tone != theme.RoleNeutral}}
}

// CreateRenderer implements [fyne.Widget].
func (b *Button) CreateRenderer() fyne.WidgetRenderer {
	fill := func() {
		text, ground, line := b.colors()
		radius := sizeOf(fynetheme.SizeNameButtonRadius, b)
		paint(b.ground, ground, line, 1, radius)
		paint(b.veil, colorOf(fynetheme.ColorNamePressed, b), color.Transparent, 0, radius)
		setShown(b.veil, b.hovered && !b.Disabled())
		paintFocus(b.ring, b.focused, b, radius)
		write(b.line, b.label, colorOf(text, b), b.face())
		if b.dim != nil {
			write(b.dim, b.hint, colorOf(theme.ColorDim, b), b.face())
		}
		setDrawing(b.image, b.icon, text)
		if b.isMenu {
			setDrawing(b.arrow, fynetheme.MenuDropDownIcon(), text)
		}
	}
	r := &renderer{objects: []fyne.CanvasObject{b.ground, b.veil, b.image, b.line, b.arrow, b.ring}}
	if b.dim != nil {
		r.objects = append(r.objects, b.dim)
	}
	r.minSize = b.minSize
	r.layout = func(size fyne.Size) {
		for _, o := range []fyne.CanvasObject{b.ground, b.veil, b.ring} {
			o.Resize(size)
		}
		width := b.contentWidth()
		x := (size.Width - width) / 2
		if b.look == lookLink || b.look == lookBox {
			x = linkInset
			if b.look == lookBox {
				x = buttonInset
			}
			write(b.line, b.face().fit(b.label, size.Width-2*x), b.line.Color, b.face())
		}
		if b.icon != nil {
			place(b.image, x, (size.Height-buttonIcon)/2, buttonIcon, buttonIcon)
			x += buttonIcon + buttonGap
		}
		place(b.line, x, 0, size.Width-x, size.Height)
		if b.dim != nil {
			x += b.face().width(b.label) + buttonGap
			place(b.dim, x, 0, size.Width-x, size.Height)
		}
		place(b.arrow, (size.Width+width)/2-buttonArrow, (size.Height-buttonArrow)/2, buttonArrow, buttonArrow)
	}
	r.refresh = func() {
		fill()
		r.layout(b.Size())
	}
	fill()
	return r
}

// setDrawing shows a drawing in the colour of a text, or nothing when there is none.
func setDrawing(image *canvas.Image, drawing fyne.Resource, name fyne.ThemeColorName) {
	setShown(image, drawing != nil)
	if drawing != nil {
		image.Resource = fynetheme.NewColoredResource(drawing, name)
		image.Refresh()
	}
}

// The measures of a button.
const (
	buttonIcon  = 16
	buttonArrow = 14
	buttonGap   = 6
	buttonInset = 12
	linkInset   = 5
	linkHeight  = 22
)

func (b *Button) contentWidth() float32 {
	f := b.face()
	var width float32
	if b.label != "" {
		width = fyne.MeasureText(b.label, f.size, f.style).Width
	}
	if b.hint != "" {
		width += buttonGap + f.width(b.hint)
	}
	if b.isMenu {
		width += buttonArrow + 2
	}
	if b.icon != nil {
		width += buttonIcon
		if b.label != "" {
			width += buttonGap
		}
	}
	return width
}

func (b *Button) minSize() fyne.Size {
	switch b.look {
	case lookLink:
		return fyne.NewSize(60, linkHeight)
	case lookBox:
		return fyne.NewSize(60, sizeOf(theme.SizeControl, b))
	}
	inset := float32(buttonInset)
	if b.label == "" {
		inset = (sizeOf(theme.SizeControl, b) - buttonIcon) / 2
	}
	return fyne.NewSize(b.contentWidth()+2*inset, sizeOf(theme.SizeControl, b))
}

// Choice is a menu button that shows which of some options is chosen.
type Choice struct {
	Button
	options  []string
	selected string
	changed  func(string)
}

// NewChoice returns a choice among options; changed is called when the user chooses another one.
func NewChoice(options []string, selected string, changed func(string)) *Choice {
	c := &Choice{options: slices.Clone(options), selected: selected, changed: changed}
	c.setUpMenu(c, selected, c.menu)
	return c
}

func (c *Choice) menu() *fyne.Menu {
	items := make([]*fyne.MenuItem, len(c.options))
	for i, option := range c.options {
		items[i] = fyne.NewMenuItem(option, func() { c.choose(option) })
		items[i].Checked = option == c.selected
	}
	return fyne.NewMenu("", items...)
}

func (c *Choice) choose(option string) {
	if option == c.selected {
		return
	}
	c.SetSelected(option)
	if c.changed != nil {
		c.changed(option)
	}
}

// Selected is the option that is chosen.
func (c *Choice) Selected() string { return c.selected }

// SetSelected chooses an option without calling back.
func (c *Choice) SetSelected(option string) {
	c.selected = option
	c.SetLabel(option)
}

// SetOptions replaces the options.
func (c *Choice) SetOptions(options []string) { c.options = slices.Clone(options) }
