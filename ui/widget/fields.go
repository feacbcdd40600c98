package widget

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	fynewidget "fyne.io/fyne/v2/widget"

	"sluice/ui/theme"
)

// Entry is the toolkit's, but that F1 is the window's; see [PassKey].
type Entry struct {
	fynewidget.Entry
	self fyne.Widget // what the canvas knows: the type that this is a part of
}

// ExtendBaseWidget implements the toolkit's way to say of what type this is a part.
func (e *Entry) ExtendBaseWidget(self fyne.Widget) {
	e.self = self
	e.Entry.ExtendBaseWidget(self)
}

// NewEntry returns an empty line of text.
func NewEntry() *Entry {
	e := &Entry{}
	e.Wrapping, e.Scroll = fyne.TextWrapOff, fyne.ScrollHorizontalOnly
	e.ExtendBaseWidget(e)
	return e
}

// TypedKey implements [fyne.Focusable].
func (e *Entry) TypedKey(ev *fyne.KeyEvent) {
	if !PassKey(e.self, ev) {
		e.Entry.TypedKey(ev)
	}
}

// Check is the toolkit's, but that F1 is the window's.
type Check struct {
	fynewidget.Check
	self fyne.Widget // what the canvas knows: the type that this is a part of
}

// ExtendBaseWidget implements the toolkit's way to say of what type this is a part.
func (c *Check) ExtendBaseWidget(self fyne.Widget) {
	c.self = self
	c.Check.ExtendBaseWidget(self)
}

// NewCheck returns a box that can be checked; changed, which may be nil, is told.
func NewCheck(label string, changed func(bool)) *Check {
	c := &Check{}
	c.Text, c.OnChanged = label, changed
	c.ExtendBaseWidget(c)
	return c
}

// TypedKey implements [fyne.Focusable].
func (c *Check) TypedKey(ev *fyne.KeyEvent) {
	if !passUnused(c.self, ev) {
		c.Check.TypedKey(ev)
	}
}

// List is the toolkit's, but that F1 is the window's.
type List struct {
	fynewidget.List
	self fyne.Widget // what the canvas knows: the type that this is a part of
}

// ExtendBaseWidget implements the toolkit's way to say of what type this is a part.
func (l *List) ExtendBaseWidget(self fyne.Widget) {
	l.self = self
	l.List.ExtendBaseWidget(self)
}

// NewList returns a list of as many lines as length says.
func NewList(length func() int, create func() fyne.CanvasObject, update func(int, fyne.CanvasObject)) *List {
	l := &List{}
	l.Length, l.CreateItem, l.UpdateItem = length, create, update
	l.ExtendBaseWidget(l)
	return l
}

// TypedKey implements [fyne.Focusable].
func (l *List) TypedKey(ev *fyne.KeyEvent) {
	if !passUnused(l.self, ev) {
		l.List.TypedKey(ev)
	}
}

// Slider is the toolkit's, but that F1 is the window's, that more keys move it, that it has the keyboard after it was dragged,
// and that its track can be seen on a card: the toolkit draws it in the colour of a field's ground.
type Slider struct {
	fynewidget.Slider
	self fyne.Widget // what the canvas knows: the type that this is a part of
}

// ExtendBaseWidget implements the toolkit's way to say of what type this is a part.
func (s *Slider) ExtendBaseWidget(self fyne.Widget) {
	s.self = self
	s.Slider.ExtendBaseWidget(self)
}

// CreateRenderer implements [fyne.Widget].
func (s *Slider) CreateRenderer() fyne.WidgetRenderer {
	r := &tracked{s.Slider.CreateRenderer(), s}
	r.paint()
	return r
}

// tracked draws a slider with the colours of its own.
type tracked struct {
	fyne.WidgetRenderer
	slider *Slider
}

// Refresh implements [fyne.WidgetRenderer].
func (r *tracked) Refresh() {
	r.WidgetRenderer.Refresh()
	r.paint()
}

// paint colours the track, what is chosen of it and the thumb: the first objects of the toolkit's renderer.
func (r *tracked) paint() {
	objects, accent := r.Objects(), colorOf(theme.ColorAccent, r.slider)
	objects[0].(*canvas.Rectangle).FillColor = colorOf(theme.ColorFieldLine, r.slider)
	if !r.slider.Disabled() {
		objects[1].(*canvas.Rectangle).FillColor = accent
		objects[2].(*canvas.Circle).FillColor = accent
	}
}

// NewSlider returns a slider for values from least to most.
func NewSlider(least, most float64) *Slider {
	s := &Slider{}
	s.Min, s.Max, s.Step = least, most, 1
	s.ExtendBaseWidget(s)
	return s
}

// sliderPages is how many Page Ups go from one end of a slider to the other.
const sliderPages = 10

// TypedKey implements [fyne.Focusable]: the arrows go a step, Page Up and Page Down a tenth of the way, Home and End to the
// ends.
func (s *Slider) TypedKey(ev *fyne.KeyEvent) {
	page := (s.Max - s.Min) / sliderPages
	switch {
	case passUnused(s.self, ev), s.Disabled():
	case ev.Name == fyne.KeyUp:
		s.SetValue(s.Value + s.Step)
	case ev.Name == fyne.KeyDown:
		s.SetValue(s.Value - s.Step)
	case ev.Name == fyne.KeyPageUp:
		s.SetValue(s.Value + page)
	case ev.Name == fyne.KeyPageDown:
		s.SetValue(s.Value - page)
	case ev.Name == fyne.KeyHome:
		s.SetValue(s.Min)
	case ev.Name == fyne.KeyEnd:
		s.SetValue(s.Max)
	default:
		s.Slider.TypedKey(ev)
	}
}

// DragEnd implements [fyne.Draggable].
func (s *Slider) DragEnd() {
	if c := canvasOf(s.self); c != nil && !s.Disabled() {
		c.Focus(s.self.(fyne.Focusable))
	}
	s.Slider.DragEnd()
}
