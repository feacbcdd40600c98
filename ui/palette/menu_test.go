package palette

import (
	"strings"
	"testing"

	"fyne.io/fyne/v2"
)

func TestAMenuAsCommands(t *testing.T) {
	resting := fyne.NewMenuItem("Ask it", func() {})
	resting.Disabled = true
	more := fyne.NewMenuItem("More", nil)
	more.ChildMenu = fyne.NewMenu("", fyne.NewMenuItem("Show it", func() {}))
	ran := false
	list := Of("lamp-3", []*fyne.MenuItem{fyne.NewMenuItem("Disconnect…", func() { ran = true }), fyne.NewMenuItemSeparator(), resting, fyne.NewMenuItem("A title", nil), more})
	var names []string
	for _, c := range list {
		names = append(names, c.ID+"="+c.Name)
	}
	if got := strings.Join(names, ", "); got != "Disconnect…=Disconnect: lamp-3, More › Show it=More › Show it: lamp-3" {
		t.Errorf("commands %s", got)
	}
	if list[0].Run(); !ran {
		t.Error("it does nothing")
	}
	if c := Of("", []*fyne.MenuItem{fyne.NewMenuItem("Import…", func() {})}); c[0].Name != "Import" {
		t.Errorf("without a thing it is called %q", c[0].Name)
	}
}
