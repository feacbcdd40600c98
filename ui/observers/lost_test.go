package observers

import (
	"slices"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"sluice/engine"
)

func TestLostReorderedAndQueued(t *testing.T) {
	lossy := relation(1, "panel-2", "temp", "23.4")
	lossy.Dropped, lossy.Lost, lossy.Queued = 2, 3, 7
	device := relation(2, "panel-2", "/rd-proxy/lamp/on", "1")
	device.Subject, device.Reordered = engine.OfDevice, 4
	for _, c := range []struct {
		o         engine.Observer
		state     string
		reordered string
	}{
		{lossy, "CON · 5 lost · 7 queued · 38 ms", "—"},
		{device, "CON · 0 lost · 4 reordered · 38 ms", "4"},
	} {
		g := buildGroups([]engine.Observer{c.o}, time.Now())[0]
		if g.state != c.state || reordered(g.relations[0]) != c.reordered {
			t.Errorf("%q and %q reordered, want %q and %q", g.state, reordered(g.relations[0]), c.state, c.reordered)
		}
	}
}

func TestAllRelationsOfACardEndAfterOneQuestion(t *testing.T) {
	b := newBench(t)
	b.engine.set(relation(1, "panel-2", "temp", "1"), relation(2, "lamp", "temp", "1"), relation(3, "lamp", "door", "1"))
	b.tick()
	at := slices.IndexFunc(b.groups, func(g group) bool { return g.filter == "temp" })
	menu := b.cardMenu(&b.groups[at])
	menu[len(menu)-1].Action()
	canvas := b.window.Canvas()
	if len(b.engine.ended) != 0 || canvas.Overlays().Top() == nil {
		t.Fatal("ended without a question")
	}
	canvas.FocusNext()
	canvas.Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	if !slices.Equal(b.engine.ended, []uint64{1, 2}) {
		t.Errorf("ended %v", b.engine.ended)
	}
}
