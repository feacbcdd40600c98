package window

import (
	"fmt"
	"io/fs"
	"strings"
	"syscall"
	"testing"
)

// Who looks at the window sees that clients are refused, and why, until the disk has room again.
func TestAFullDiskIsSaid(t *testing.T) {
	e := newFakeEngine()
	b := newBench(t, e)
	e.change(func() {
		e.status.StatePath = "sluice.db"
		e.status.StateErr = fmt.Errorf("write state file sluice.db: %w", &fs.PathError{Op: "write", Path: "sluice.db", Err: syscall.ENOSPC})
	})
	b.settle()
	if text := b.disk.banner.Text(); !b.disk.banner.Visible() || !strings.HasPrefix(text, "sluice.db cannot be written: no space left on device.") {
		t.Fatalf("shown %v: %q", b.disk.banner.Visible(), text)
	}
	puts := len(e.layout)
	e.change(func() { e.status.StateErr = nil })
	b.disk.banner.Act()
	b.settle()
	if b.disk.banner.Visible() || len(e.layout) <= puts {
		t.Errorf("shown %v after it could be written", b.disk.banner.Visible())
	}
}
