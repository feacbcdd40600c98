package widget

import (
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
)

// shortcutCanvas is a canvas that has shortcuts, as that of a window has.
type shortcutCanvas struct {
	fyne.Canvas
	got []string
}

func (c *shortcutCanvas) TypedShortcut(s fyne.Shortcut) { c.got = append(c.got, s.ShortcutName()) }

func TestAListKeepsOnlyItsOwnShortcuts(t *testing.T) {
	for _, c := range []struct {
		shortcut fyne.Shortcut
		passed   bool
	}{
		{&fyne.ShortcutCopy{}, false},
		{&desktop.CustomShortcut{KeyName: fyne.KeyUp, Modifier: fyne.KeyModifierAlt}, false},
		{&fyne.ShortcutUndo{}, true},
		{&desktop.CustomShortcut{KeyName: fyne.KeyReturn, Modifier: fyne.KeyModifierControl}, true},
	} {
		window := &shortcutCanvas{}
		if passed := passShortcut(window, c.shortcut); passed != c.passed || (len(window.got) == 1) != c.passed {
			t.Errorf("%s: passed %v, the window got %v", c.shortcut.ShortcutName(), passed, window.got)
		}
	}
}
