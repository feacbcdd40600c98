package window

import (
	"encoding/json"
	"testing"

	"fyne.io/fyne/v2"

	"sluice/ui/pane"
	"sluice/ui/theme"
	"sluice/ui/widget"
)

func TestTheSizeOfAWindowCanBeSeenAndUsed(t *testing.T) {
	for _, c := range []struct {
		data string
		want fyne.Size
	}{
		{`{}`, firstSize},
		{`{"width":1200,"height":800}`, fyne.NewSize(1200, 800)},
		{`{"width":-1,"height":0}`, leastSize},
		{`{"width":1e30,"height":100000}`, largestSize},
		{`{"width":1200,"height":800,"pane":7}`, firstSize},
		{`{"width":1200,`, firstSize},
	} {
		e := newFakeEngine()
		e.layout[LayoutKey] = []byte(c.data)
		if l, _ := readLayout(e); l.size() != c.want {
			t.Errorf("%s: %v, want %v", c.data, l.size(), c.want)
		}
	}
}

// The layout is kept while the window runs, so that a program that is killed comes back as it was: what a user changes in
// any pane is in it.
func TestWhatIsKeptWhileTheWindowRuns(t *testing.T) {
	e := newFakeEngine()
	b := newBench(t, e)
	b.drawer.SetState(widget.TableState{Sort: "peer", Descending: true})
	b.setMode(theme.Dark)
	b.open(pane.Traffic, "lamp-3")
	for id, data := range map[string]string{
		pane.Clients:   `{"table":{"sort":"address","descending":true},"split":0.4}`,
		pane.Topics:    `{"split":0.3,"detail":0.5,"columns":0.6,"formats":{"plant/t":"hex"}}`,
		pane.Observers: `{"split":0.45,"as_table":true}`,
	} {
		if err := b.panes[id].RestoreLayout([]byte(data)); err != nil {
			t.Fatal(err)
		}
	}
	b.keepLayoutSoon()

	again := newBench(t, e) // the one before was not closed
	if s := again.drawer.State(); s.Sort != "peer" || !s.Descending || again.mode != theme.Dark || again.current != pane.Traffic {
		t.Errorf("drawer %+v, theme %s, pane %s", s, again.mode, again.current)
	}
	for id, p := range b.panes {
		before, err := p.SaveLayout()
		if err != nil {
			t.Fatal(err)
		}
		after, err := again.panes[id].SaveLayout()
		if err != nil || string(before) != string(after) {
			t.Errorf("%s: %s came back as %s, %v", id, before, after, err)
		}
	}
	var traffic struct{ Filter string }
	if data, _ := again.panes[pane.Traffic].SaveLayout(); json.Unmarshal(data, &traffic) != nil || traffic.Filter != "peer:=lamp-3" {
		t.Errorf("filter %q", traffic.Filter)
	}
}

func TestALargeDialogFitsASmallWindow(t *testing.T) {
	b := newBench(t, newFakeEngine())
	b.window.window.Resize(fyne.NewSize(640, 400))
	b.showShortcuts()
	popUp := b.window.window.Canvas().Overlays().Top()
	if size := popUp.MinSize(); size.Width > 640 || size.Height > 400 {
		t.Errorf("the list of shortcuts needs %v", size)
	}
}
