package window

import (
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	fynetheme "fyne.io/fyne/v2/theme"

	"sluice/ui/language"
	"sluice/ui/theme"
)

// The list of shortcuts cuts no line, in whatever language.
func TestEveryShortcutHasRoomForItsWords(t *testing.T) {
	if err := language.Load(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { language.Use(language.English) })
	app := test.NewTempApp(t)
	for _, c := range language.Choices()[1:] {
		w := newWindow(app, test.NewTempWindow(t, nil), Options{Engine: newFakeEngine(), Language: &c}, func(f func()) { f() })
		t.Cleanup(w.close)
		for _, row := range w.menu.listed() {
			const room = shortcutWords - 2*10 // the insets of a cell
			if needs := fyne.MeasureText(row.does, fynetheme.Size(theme.SizeText), fyne.TextStyle{}).Width; needs > room {
				t.Errorf("%s: %q needs %.0f of %d", c, row.does, needs, room)
			}
		}
	}
}
