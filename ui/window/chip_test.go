package window

import (
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"sluice/engine/settings"
	"sluice/ui/pane"
	"sluice/ui/widget"
)

func (b *bench) chip(i int) *widget.Chip { return b.top.chips.Objects[i].(*widget.Chip) }

func TestAChipGoesToTheSettingsOfItsListener(t *testing.T) {
	e := newFakeEngine()
	e.settings = settings.Default()
	e.settings.Listeners = []settings.Listener{{Bind: "coap://127.0.0.1:5683"}, {Bind: "mqtt://127.0.0.1:1883"}}
	b := newBench(t, e)
	for i, listener := range []string{"coap://127.0.0.1:5683", "mqtt://127.0.0.1:1883"} {
		b.showPane(pane.Clients)
		test.Tap(b.chip(i))
		b.settle()
		if b.current != pane.Settings || !says(b.panes[pane.Settings].Content(), listener) || b.window.window.Canvas().Overlays().Top() != nil {
			t.Errorf("%s: in %s", listener, b.current)
		}
	}
	b.chip(0).TappedSecondary(&fyne.PointEvent{})
	if b.window.window.Canvas().Overlays().Top() == nil {
		t.Error("it has no menu")
	}
}

func TestAChipOfAListenerThatFailedHelps(t *testing.T) {
	e := newFakeEngine()
	e.status.Listeners[0] = inUse("coap://127.0.0.1:5683", 5684)
	b := newBench(t, e)
	test.Tap(b.chip(0))
	if b.current == pane.Settings || b.window.window.Canvas().Overlays().Top() == nil {
		t.Error("it does not say what can be done")
	}
}

// says reports whether a text is shown in an object.
func says(o fyne.CanvasObject, text string) bool {
	for _, each := range test.LaidOutObjects(o) {
		if title, ok := each.(*widget.Text); ok && title.Visible() && title.Text() == text {
			return true
		}
	}
	return false
}
