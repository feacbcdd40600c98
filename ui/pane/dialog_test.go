package pane_test

import (
	"testing"

	"fyne.io/fyne/v2"

	"sluice/ui/pane"
)

// A question is answered by the keyboard alone: Return and Escape say no, Tab and Return say yes.
func TestAQuestionIsAnsweredByKeys(t *testing.T) {
	for name, ask := range map[string]func(h *pane.Host, do func()){
		"a question": func(h *pane.Host, do func()) { h.Ask("Delete lamps?", "Its file is removed.", "Delete", do) },
		"a question with something else": func(h *pane.Host, do func()) {
			h.AskWith("Delete lamps?", "Its file is removed.", "Its history, too", "Delete", func(bool) { do() })
		},
	} {
		for _, c := range []struct {
			tabs   int
			key    fyne.KeyName
			answer bool
		}{{0, fyne.KeyReturn, false}, {0, fyne.KeyEscape, false}, {1, fyne.KeyReturn, true}, {1, fyne.KeyEscape, false}} {
			h := newHost(t)
			h.Window.Canvas().SetOnTypedKey(func(*fyne.KeyEvent) { t.Errorf("%s: the window hears a key", name) })
			done := false
			ask(h, func() { done = true })
			for range c.tabs {
				h.Window.Canvas().FocusNext()
			}
			h.Window.Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: c.key})
			if done != c.answer || h.Window.Canvas().Overlays().Top() != nil {
				t.Errorf("%s: after Tab %d times %s means %t", name, c.tabs, c.key, done)
			}
		}
	}
}

// What is shown until it is closed is closed by Return as well.
func TestReturnClosesWhatInforms(t *testing.T) {
	h := newHost(t)
	h.Inform("About", pane.Remark("Sluice", 0))
	h.Window.Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	if h.Window.Canvas().Overlays().Top() != nil {
		t.Error("it stays")
	}
}
