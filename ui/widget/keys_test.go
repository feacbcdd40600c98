package widget

import (
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"
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

// Escape closes the dialog around what has the keyboard, where that has no use of its own for it.
func TestEscapeIsHandedOn(t *testing.T) {
	start(t)
	table := itemTable()
	check := NewCheck("Also", nil)
	slider := NewSlider(0, 10)
	button := NewButton("Close", func() {})
	w := test.NewTempWindow(t, container.NewVBox(table, check, slider, button))
	table.SetRows(items(3))
	escapes := 0
	w.Canvas().SetOnTypedKey(func(ev *fyne.KeyEvent) {
		if ev.Name == fyne.KeyEscape {
			escapes++
		}
	})
	for _, f := range []fyne.Focusable{table.Keyboard(), table.header, check, slider, button} {
		before := escapes
		f.TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
		if escapes != before+1 {
			t.Errorf("%T keeps it", f)
		}
	}
}
