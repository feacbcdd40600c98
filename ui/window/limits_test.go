package window

import (
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"sluice/engine"
	"sluice/engine/coap"
)

func TestLimits(t *testing.T) {
	e := newFakeEngine()
	b := newBench(t, e)
	b.now = b.now.Add(time.Second)
	e.change(func() {
		e.limits = []engine.Limit{
			{Bound: coap.Bound{Name: "max_sessions", Limit: 1_024_000, InUse: 14}},
			{Listener: "coap://127.0.0.1:5683", Bound: coap.Bound{Name: "max_requests_per_second", InUse: -1}},
			{Listener: "coap://127.0.0.1:5683", Bound: coap.Bound{
				Name: "max_transfer_bytes", Limit: 64 << 20, InUse: 4100, Reached: 3, Last: b.now.Add(-9500 * time.Millisecond),
			}},
		}
	})
	b.settle()
	if left := b.frame.shown.left; len(left) != 6 || !strings.HasPrefix(left[5], "1 limit") {
		t.Errorf("the status line says %q", left)
	}
	if b.limits.table.Rows() != 0 {
		t.Error("limits are read though nobody looks at them")
	}
	b.showLimits()
	b.settle()
	var rows []string
	for _, r := range b.limits.shown {
		rows = append(rows, strings.Join([]string{r.state(), r.limit.Name, r.inUse(), r.most(), r.last, r.where()}, " | "))
	}
	want := []string{
		"not reached | max_sessions | 14 | 1,024,000 |  | gateway",
		"not reached | max_requests_per_second | — | none |  | coap://127.0.0.1:5683",
		"reached | max_transfer_bytes | 4.1 kB | 64MB | 9 s | coap://127.0.0.1:5683",
	}
	if !slices.Equal(rows, want) || b.limits.table.Rows() != len(want) {
		t.Errorf("shown %q", rows)
	}
	b.window.window.Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
	if b.limits.open.Load() || b.window.window.Canvas().Overlays().Top() != nil {
		t.Error("Escape does not close it")
	}
	e.change(func() { e.limits = nil })
	b.now = b.now.Add(time.Second)
	b.settle()
	if left := b.frame.shown.left; len(left) != 5 {
		t.Errorf("the status line says %q", left)
	}
}
