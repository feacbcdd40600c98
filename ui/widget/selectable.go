package widget

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	fynewidget "fyne.io/fyne/v2/widget"
)

// Selectable is a label whose text can be selected with the mouse and then copied. The Tab key goes by it: the toolkit lets
// the keyboard do nothing there, and shows no frame around what would have it.
type Selectable struct {
	fynewidget.Label
}

var _ desktop.Hoverable = (*Selectable)(nil)

// NewSelectable returns a label of text.
func NewSelectable(text string) *Selectable {
	s := &Selectable{}
	s.Text = text
	s.ExtendBaseWidget(s)
	return s
}

// MouseIn lets the text be selected while the mouse is over it.
func (s *Selectable) MouseIn(*desktop.MouseEvent) { s.let(true) }

// MouseMoved implements [desktop.Hoverable].
func (s *Selectable) MouseMoved(*desktop.MouseEvent) {}

// MouseOut ends that, unless something is selected, which may yet be copied.
func (s *Selectable) MouseOut() {
	if s.SelectedText() != "" {
		return
	}
	if c := fyne.CurrentApp().Driver().CanvasForObject(s); c != nil && isSelection(c.Focused()) {
		c.Unfocus()
	}
	s.let(false)
}

func (s *Selectable) let(on bool) {
	if s.Selectable != on {
		s.Selectable = on
		s.Refresh()
	}
}

// isSelection reports whether it is a text with nothing selected in it that has the keyboard.
func isSelection(f fyne.Focusable) bool {
	text, is := f.(interface{ SelectedText() string })
	_, entry := f.(fyne.Disableable)
	return is && !entry && text.SelectedText() == ""
}
