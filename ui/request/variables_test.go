package request

import (
	"strings"
	"testing"

	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/test"

	"sluice/ui/pane"
	"sluice/ui/widget"
)

// An environment is made by the first value that is for it alone, and it is the chosen one then.
func TestAnEnvironmentIsMadeWithItsFirstValue(t *testing.T) {
	b := newBench(t)
	withGreenhouse(t, b)
	b.openRequest(b.green(t).key, 0)
	b.editor.parts[tabVariables].(*variablesView).edit(variable{name: "host", written: "127.0.0.1"})
	var entries []*pane.Entry
	for _, o := range test.LaidOutObjects(b.window.Canvas().Overlays().Top()) {
		switch o := o.(type) {
		case *pane.Entry:
			entries = append(entries, o)
		case *widget.Choice:
			o.SetSelected(lang.L("A new environment…"))
		}
	}
	if len(entries) != 3 {
		t.Fatalf("%d entries", len(entries))
	}
	entries[1].SetText("192.0.2.99")
	entries[2].SetText("a b")
	entries[2].OnSubmitted("")
	entries[2].SetText("barn")
	entries[2].OnSubmitted("")
	b.settle()
	if !strings.Contains(b.onDisk(t), "@host[barn] = 192.0.2.99\n") || b.environment != "barn" {
		t.Errorf("in the environment %q: %s", b.environment, b.onDisk(t))
	}
	if host, err := b.scope.Value("host"); host != "192.0.2.99" {
		t.Errorf("{{host}} is %q, %v", host, err)
	}
}
