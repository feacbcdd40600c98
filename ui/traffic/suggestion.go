package traffic

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	fynewidget "fyne.io/fyne/v2/widget"

	"sluice/ui/pane"
	"sluice/ui/widget"
)

// suggestion is a text that a click takes. The filter loses the keyboard when the button goes down and once more when it goes
// up: hold keeps the text in view meanwhile, and pick comes last and gives the keyboard back.
type suggestion struct {
	fynewidget.BaseWidget
	text *widget.Text
	pick func()
	hold func(bool)
}

var (
	_ desktop.Mouseable = (*suggestion)(nil)
	_ desktop.Hoverable = (*suggestion)(nil)
	_ fyne.Tappable     = (*suggestion)(nil)
)

func newSuggestion(pick func(), hold func(bool)) *suggestion {
	s := &suggestion{text: widget.NewText("", widget.TextMonoMuted), pick: pick, hold: hold}
	s.ExtendBaseWidget(s)
	s.Hide()
	return s
}

func (s *suggestion) set(text string, marked bool) {
	pane.SetVisible(s, text != "")
	style := widget.TextMonoMuted
	if marked {
		style = markedStyle
	}
	s.text.SetStyle(style)
	s.text.SetText(text)
}

// MouseDown implements [desktop.Mouseable].
func (s *suggestion) MouseDown(*desktop.MouseEvent) { s.hold(true) }

// MouseUp implements [desktop.Mouseable].
func (s *suggestion) MouseUp(*desktop.MouseEvent) {}

// Tapped implements [fyne.Tappable].
func (s *suggestion) Tapped(*fyne.PointEvent) {
	s.pick()
	s.hold(false)
}

// MouseIn implements [desktop.Hoverable].
func (s *suggestion) MouseIn(*desktop.MouseEvent) {}

// MouseMoved implements [desktop.Hoverable].
func (s *suggestion) MouseMoved(*desktop.MouseEvent) {}

// MouseOut implements [desktop.Hoverable].
func (s *suggestion) MouseOut() { s.hold(false) }

// CreateRenderer implements [fyne.Widget].
func (s *suggestion) CreateRenderer() fyne.WidgetRenderer {
	return fynewidget.NewSimpleRenderer(widget.NewPadded(6, 6, s.text))
}
