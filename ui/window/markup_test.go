package window

import (
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/test"

	"sluice/assets"
	"sluice/engine"
)

// The bars as they are drawn, in a state with everything in it.
func TestBarsMarkup(t *testing.T) {
	if err := lang.AddTranslationsFS(assets.Translations, assets.TranslationsDir); err != nil {
		t.Fatal(err)
	}
	e := newFakeEngine()
	b := newBench(t, e)
	s := frameState{
		state:     engine.Degraded,
		listeners: []engine.ListenerStatus{e.status.Listeners[0], inUse("mqtt://127.0.0.1:1883", 1884)},
		in:        rateState{text: "412/s"}, out: rateState{text: "1,236/s"},
		left:  buildLeft(engine.Status{State: engine.Degraded, Since: b.now.Add(-134 * time.Minute)}, counts{clients: 14, topics: 38, observers: 1}, 2, b.now),
		right: buildRight(e.status),
	}
	s.chips = buildChips(s.listeners)
	b.showFrame(&s)
	for file, object := range map[string]fyne.CanvasObject{"topbar.xml": b.top.object, "statusline.xml": b.bottom.object} {
		object.Resize(fyne.NewSize(1440, object.MinSize().Height))
		test.AssertObjectRendersToMarkup(t, file, object)
	}
}
