package traffic

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	fynewidget "fyne.io/fyne/v2/widget"

	"sluice/ui/pane"
	"sluice/ui/widget"
)

// suggestion is a text that a press takes. It takes no keyboard: that stays with the filter.
type suggestion struct {
	fynewidget.BaseWidget
	text *widget.Text
	pick func()
}

var _ desktop.Mouseable = (*suggestion)(nil)

func newSuggestion(pick func()) *suggestion {
	s := &suggestion{text: widget.NewText("", widget.TextMonoMuted), pick: pick}
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

// MouseDown implements [desktop.Mouseable]: the press comes before the filter loses the keyboard.
func (s *suggestion) MouseDown(ev *desktop.MouseEvent) {
	if ev.Button == desktop.MouseButtonPrimary {
		s.pick()
	}
}

// MouseUp implements [desktop.Mouseable].
func (s *suggestion) MouseUp(*desktop.MouseEvent) {}

// CreateRenderer implements [fyne.Widget].
func (s *suggestion) CreateRenderer() fyne.WidgetRenderer {
	return fynewidget.NewSimpleRenderer(widget.NewPadded(6, 6, s.text))
}
