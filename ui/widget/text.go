package widget

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	fynewidget "fyne.io/fyne/v2/widget"

	"sluice/ui/theme"
)

// TextStyle is how a line of text looks.
type TextStyle struct {
	Color      fyne.ThemeColorName
	Size       fyne.ThemeSizeName
	Bold, Mono bool
}

// The styles of the window.
var (
	TextPlain     = TextStyle{Color: theme.ColorText, Size: theme.SizeText}
	TextStrong    = TextStyle{Color: theme.ColorText, Size: theme.SizeText, Bold: true}
	TextMuted     = TextStyle{Color: theme.ColorMuted, Size: theme.SizeText}
	TextDim       = TextStyle{Color: theme.ColorDim, Size: theme.SizeText}
	TextMono      = TextStyle{Color: theme.ColorText, Size: theme.SizeSmall, Mono: true}
	TextMonoMuted = TextStyle{Color: theme.ColorMuted, Size: theme.SizeSmall, Mono: true}
	TextCaption   = TextStyle{Color: theme.ColorMuted, Size: theme.SizeSmall}
	TextTitle     = TextStyle{Color: theme.ColorText, Size: theme.SizeTitle, Bold: true}
	TextFigure    = TextStyle{Color: theme.ColorText, Size: theme.SizeFigure, Bold: true}
)

func (s TextStyle) face(w fyne.Widget) face {
	return face{size: sizeOf(s.Size, w), style: fyne.TextStyle{Bold: s.Bold, Monospace: s.Mono}}
}

// Width is how wide a text is in the style, as it is drawn.
func (s TextStyle) Width(text string) float32 {
	size := fyne.CurrentApp().Settings().Theme().Size(s.Size)
	return fyne.MeasureText(plain(text), size, fyne.TextStyle{Bold: s.Bold, Monospace: s.Mono}).Width
}

// Text is one line without any padding around it.
type Text struct {
	fynewidget.BaseWidget
	text   string
	style  TextStyle
	shrink bool
	middle bool // where it is cut
	line   *canvas.Text
}

// NewText returns a line of text.
func NewText(text string, style TextStyle) *Text {
	t := &Text{text: text, style: style, line: canvas.NewText("", color.Transparent)}
	t.ExtendBaseWidget(t)
	return t
}

// Shrink lets the text get narrower than it is, with an ellipsis at its end. It returns the text itself.
func (t *Text) Shrink() *Text {
	t.shrink = true
	t.Refresh()
	return t
}

// ShrinkMiddle is Shrink with the ellipsis in the middle, for topics and names, whose ends tell them apart.
func (t *Text) ShrinkMiddle() *Text {
	t.middle = true
	return t.Shrink()
}

// Text is the whole text, also when it is cut.
func (t *Text) Text() string { return t.text }

// SetText changes the text.
func (t *Text) SetText(text string) {
	if t.text != text {
		t.text = text
		t.Refresh()
	}
}

// SetStyle changes how the text looks.
func (t *Text) SetStyle(style TextStyle) {
	if t.style != style {
		t.style = style
		t.Refresh()
	}
}

// CreateRenderer implements [fyne.Widget].
func (t *Text) CreateRenderer() fyne.WidgetRenderer {
	r := &renderer{objects: []fyne.CanvasObject{t.line}}
	fill := func() {
		f := t.style.face(t)
		text := t.text
		switch {
		case t.middle:
			text = f.fitMiddle(text, t.Size().Width)
		case t.shrink:
			text = f.fit(text, t.Size().Width)
		}
		write(t.line, text, colorOf(t.style.Color, t), f)
	}
	r.layout = func(size fyne.Size) {
		t.line.Resize(size)
		if t.shrink {
			fill()
		}
	}
	r.minSize = func() fyne.Size {
		f := t.style.face(t)
		size := fyne.MeasureText(plain(t.text), f.size, f.style)
		if t.shrink {
			size.Width = min(size.Width, f.size)
		}
		return size
	}
	r.refresh = fill
	fill()
	return r
}
