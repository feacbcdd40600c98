package window

import (
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"sluice/assets"
)

func TestABugReportHasTheVersions(t *testing.T) {
	list := parts(&debug.BuildInfo{GoVersion: "go1.26.0", Deps: []*debug.Module{{Path: "fyne.io/fyne/v2", Version: "v2.8.1"}}})
	if len(list) != len(assets.Licences()) {
		t.Errorf("%d parts", len(list))
	}
	want := "Sluice 0.1.0\ngo1.26.0 linux/amd64\nfyne.io/fyne/v2 v2.8.1\nGo standard library go1.26.0\n"
	if got := bugReport("Sluice 0.1.0\ngo1.26.0 linux/amd64\n", list); got != want {
		t.Errorf("report %q", got)
	}
}

func TestTheAboutPageOpens(t *testing.T) {
	b := newBench(t, newFakeEngine())
	b.about()
	if b.window.window.Canvas().Overlays().Top() == nil {
		t.Fatal("nothing opens")
	}
}

// crashed is a window after a crash that left report.
func crashed(t *testing.T, report string) (*bench, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "sluice.db.crash.txt")
	if err := os.WriteFile(path, []byte(report), 0o600); err != nil {
		t.Fatal(err)
	}
	app := test.NewTempApp(t)
	b := &bench{engine: newFakeEngine()}
	b.window = newWindow(app, test.NewTempWindow(t, nil), Options{Engine: b.engine, CrashReport: path}, func(f func()) { f() })
	t.Cleanup(b.close)
	b.window.window.Resize(fyne.NewSize(1440, 900))
	b.settle()
	return b, path
}

func TestACrashIsSaidAndItsReportShownAndDeleted(t *testing.T) {
	b, path := crashed(t, "panic: no")
	if !b.crash.Visible() || !strings.Contains(b.crash.Text(), path) {
		t.Fatalf("banner %v %q", b.crash.Visible(), b.crash.Text())
	}
	b.crash.Act()
	b.settle()
	top := b.window.window.Canvas().Overlays().Top()
	if top == nil {
		t.Fatal("the report does not open")
	}
	b.window.window.Canvas().Overlays().Remove(top)
	b.deleteReport(path, b.crash)
	b.settle()
	if _, err := os.Stat(path); !os.IsNotExist(err) || b.crash.Visible() {
		t.Errorf("still there: %v, banner %v", err, b.crash.Visible())
	}
	if b := newBench(t, newFakeEngine()); b.crash.Visible() {
		t.Error("a crash is said of that was none")
	}
}
