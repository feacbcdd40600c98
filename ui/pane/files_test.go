package pane_test

import (
	"os"
	"path/filepath"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"sluice/ui/pane"
	"sluice/ui/theme"
)

func newHost(t *testing.T) *pane.Host {
	test.NewTempApp(t).Settings().SetTheme(theme.New(theme.Dark))
	run := func(f func()) { f() }
	w := test.NewTempWindow(t, nil)
	w.Resize(fyne.NewSize(1000, 650))
	return &pane.Host{Window: w, Do: run, Run: run, Wake: func() {}}
}

func TestFileDialogsOpen(t *testing.T) {
	for name, open := range map[string]func(pane.Files){
		"a file":             func(f pane.Files) { f.Open(func(string, []byte, error) {}) },
		"a folder":           func(f pane.Files) { f.Folder(func(string) {}) },
		"a file to write to": func(f pane.Files) { f.Save("keys.log", func(string) {}) },
	} {
		h := newHost(t)
		open(pane.NewFiles(h))
		top := h.Window.Canvas().Overlays().Top()
		if top == nil {
			t.Errorf("no dialog asks for %s", name)
		} else if size := top.MinSize(); size.IsZero() {
			t.Errorf("the dialog that asks for %s is empty", name)
		}
	}
}

func TestWhatIsSecretOnlyItsOwnerCanRead(t *testing.T) {
	for secret, mode := range map[bool]os.FileMode{true: 0o600, false: 0o644} {
		path := filepath.Join(t.TempDir(), "file")
		if err := os.WriteFile(path, []byte("before"), 0o666); err != nil {
			t.Fatal(err)
		}
		if err := pane.WriteFile(path, []byte("after"), secret); err != nil {
			t.Fatal(err)
		}
		data, err := os.ReadFile(path)
		if err != nil || string(data) != "after" {
			t.Errorf("%q is in the file, %v", data, err)
		}
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != mode {
			t.Errorf("secret %t: mode %v, %v", secret, info.Mode(), err)
		}
	}
}
