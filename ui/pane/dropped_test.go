package pane

import (
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/storage"
)

func TestADroppedFileThatIsNotThereIsAnError(t *testing.T) {
	run := func(f func()) { f() }
	h := &Host{Do: run, Run: run}
	told := false
	h.readDropped([]fyne.URI{storage.NewFileURI(t.TempDir() + "/gone.pem")}, func(name string, data []byte, err error) {
		told = true
		if err == nil || name != "gone.pem" {
			t.Errorf("a file that is not there was read: %q, %v", name, err)
		}
	})
	if !told {
		t.Error("nothing was said")
	}
}
