package window

import (
	"encoding/json"
	"testing"

	"sluice/ui/language"
	"sluice/ui/pane"
	"sluice/ui/theme"
)

// Another language builds the window anew, as it stood.
func TestAnotherLanguageKeepsTheWindowAsItWas(t *testing.T) {
	if err := language.Load(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { language.Use(language.English) })
	b := newBench(t, newFakeEngine())
	b.showPane(pane.Traffic)
	b.setMode(theme.Light)
	b.setLanguage(language.German)
	next := b.latest()
	t.Cleanup(next.close)
	if next == b.window || !b.closed.Load() || next.closed.Load() {
		t.Fatal("the window was not built anew")
	}
	if got := next.menu.main.Items[0].Label; got != "Datei" {
		t.Errorf("the first menu is %s", got)
	}
	if next.current != pane.Traffic || next.mode != theme.Light {
		t.Errorf("pane %s, theme %s", next.current, next.mode)
	}
	data, err := next.layoutNow()
	if err != nil {
		t.Fatal(err)
	}
	var l layout
	if err := json.Unmarshal(data, &l); err != nil || l.Language != language.German {
		t.Errorf("%q is remembered: %v", l.Language, err)
	}
	next.setLanguage(language.German)
	if next.latest() != next {
		t.Error("the same language built the window anew")
	}
	next.setLanguage(language.System)
	last := b.latest()
	t.Cleanup(last.close)
	if got := last.menu.main.Items[0].Label; got != "File" {
		t.Errorf("back as the system: %s", got)
	}
}
