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
			continue
		}
		if size := top.MinSize(); size.IsZero() {
			t.Errorf("the dialog that asks for %s is empty", name)
		}
	}
}

// A capture may be larger than memory: its path is asked for.
func TestTheFileThatIsAskedForIsOne(t *testing.T) {
	h := newHost(t)
	folder := t.TempDir()
	path := filepath.Join(folder, "lab.pcapng")
	if err := os.WriteFile(path, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	var got []string
	h.AskForFile([]string{".pcapng"}, func(path string) { got = append(got, path) })
	for _, typed := range []string{filepath.Join(folder, "none.pcapng"), folder, path} {
		entry, ok := h.Window.Canvas().Focused().(*pane.Entry)
		if !ok {
			t.Fatalf("%s: %T has the keyboard", typed, h.Window.Canvas().Focused())
		}
		entry.SetText(typed)
		entry.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	}
	if len(got) != 1 || got[0] != path || h.Window.Canvas().Overlays().Top() != nil {
		t.Errorf("handed over: %v", got)
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

// dialog is what a user does with the dialog on top.
type dialog struct {
	h   *pane.Host
	top fyne.CanvasObject
}

func topOf(t *testing.T, h *pane.Host) dialog {
	t.Helper()
	top := h.Window.Canvas().Overlays().Top()
	if top == nil {
		t.Fatal("there is no dialog")
	}
	return dialog{h, top}
}

func (d dialog) answer(text string) {
	entry := d.h.Window.Canvas().Focused()
	entry.(interface{ SetText(string) }).SetText(text)
	entry.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
}

func (d dialog) open() bool { return d.h.Window.Canvas().Overlays().Top() == d.top }

func TestAFileIsOpenedByItsPath(t *testing.T) {
	h, folder := newHost(t), t.TempDir()
	path := filepath.Join(folder, "table.csv")
	if err := os.WriteFile(path, []byte("name"), 0o600); err != nil {
		t.Fatal(err)
	}
	var got string
	pane.NewFiles(h).Open(func(name string, data []byte, err error) { got = name + ": " + string(data) })
	d := topOf(t, h)
	for _, wrong := range []string{folder, filepath.Join(folder, "gone"), os.DevNull} {
		if d.answer(wrong); got != "" || !d.open() {
			t.Errorf("%s was opened: %q", wrong, got)
		}
	}
	if d.answer(path); got != "table.csv: name" || d.open() {
		t.Errorf("opened %q, the dialog is open: %t", got, d.open())
	}
}

func TestAFolderIsMadeAndRemembered(t *testing.T) {
	h, folder := newHost(t), filepath.Join(t.TempDir(), "new", "device")
	var got []string
	files := pane.NewFiles(h)
	files.Folder(func(path string) { got = append(got, path) })
	topOf(t, h).answer(folder)
	files.Folder(func(path string) { got = append(got, path) })
	h.Window.Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	if len(got) != 2 || got[0] != folder || got[1] != folder {
		t.Errorf("saved to %q, want twice %s", got, folder)
	}
	if _, err := os.Stat(folder); err != nil {
		t.Error(err)
	}
}

func TestAFileThatIsThereIsNotReplacedSilently(t *testing.T) {
	h, path := newHost(t), filepath.Join(t.TempDir(), "keys.log")
	if err := os.WriteFile(path, []byte("before"), 0o600); err != nil {
		t.Fatal(err)
	}
	var got string
	pane.NewFiles(h).Save("keys.log", func(path string) { got = path })
	topOf(t, h).answer(path)
	if got != "" {
		t.Error("it was replaced without a question")
	}
	if data, err := os.ReadFile(path); err != nil || string(data) != "before" {
		t.Errorf("%q is left, %v", data, err)
	}
}

func TestAFileIsNotSavedWhereNoFolderIs(t *testing.T) {
	h, folder := newHost(t), filepath.Join(t.TempDir(), "gone")
	var got string
	pane.NewFiles(h).Save("keys.log", func(path string) { got = path })
	d := topOf(t, h)
	if d.answer(filepath.Join(folder, "keys.log")); got != "" || !d.open() {
		t.Errorf("saved to %q, the dialog is open: %t", got, d.open())
	}
}

func TestEscapeClosesADialogWhoseButtonHasTheKeyboard(t *testing.T) {
	h := newHost(t)
	pane.NewFiles(h).Folder(func(string) { t.Error("a folder was chosen") })
	c := h.Window.Canvas()
	asked := 0
	h.Ask("Replace it?", "It is there.", "Replace", func() { asked++ })
	for want := 1; want >= 0; want-- {
		c.FocusNext()
		c.Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
		if open := len(c.Overlays().List()); open != want {
			t.Errorf("%d dialogs are open, want %d", open, want)
		}
	}
	if asked != 0 || c.OnTypedKey() != nil {
		t.Error("Escape does more than close")
	}
}

func TestEscapeClosesWhatAsksForAFile(t *testing.T) {
	h := newHost(t)
	pane.NewFiles(h).Folder(func(string) { t.Error("a folder was chosen") })
	h.Window.Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
	if h.Window.Canvas().Overlays().Top() != nil {
		t.Error("the dialog is open")
	}
}
