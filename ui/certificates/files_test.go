package certificates

import (
	"testing"

	"sluice/ui/theme"
)

func TestFileDialogsOpen(t *testing.T) {
	for name, open := range map[string]func(dialogs){
		"a file":             func(d dialogs) { d.open(func(string, []byte, error) {}) },
		"a folder":           func(d dialogs) { d.folder(func(string) {}) },
		"a file to write to": func(d dialogs) { d.save("keys.log", func(string) {}) },
	} {
		b := newBench(t, theme.Dark)
		open(dialogs{host: b.host})
		top := b.host.Window.Canvas().Overlays().Top()
		if top == nil {
			t.Errorf("no dialog asks for %s", name)
		} else if size := top.MinSize(); size.IsZero() {
			t.Errorf("the dialog that asks for %s is empty", name)
		}
	}
}
