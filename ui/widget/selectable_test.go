package widget

import (
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/test"
)

// A text can be selected with the mouse, and is no stop on the way of the Tab key.
func TestATextToSelectIsNoStopOfTheKeyboard(t *testing.T) {
	test.NewTempApp(t)
	label, button := NewSelectable("21.5 degrees"), NewButton("Copy", func() {})
	w := test.NewTempWindow(t, container.NewVBox(label, button))
	w.Resize(fyne.NewSize(300, 120))
	c := w.Canvas()
	for range 3 {
		c.FocusNext()
		if c.Focused() != fyne.Focusable(button) {
			t.Fatalf("Tab goes to %T", c.Focused())
		}
	}
	at := fyne.CurrentApp().Driver().AbsolutePositionForObject(label).AddXY(20, 14)
	test.MoveMouse(c, at)
	for _, o := range test.LaidOutObjects(label) {
		if text, ok := o.(fyne.DoubleTappable); ok {
			test.DoubleTap(text)
		}
	}
	if label.SelectedText() == "" {
		t.Fatal("nothing is selected")
	}
	test.MoveMouse(c, at.AddXY(0, 60))
	if label.SelectedText() == "" {
		t.Error("what is selected is lost when the mouse goes")
	}
}
