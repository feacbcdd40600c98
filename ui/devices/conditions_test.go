package devices

import (
	"testing"
	"time"

	"sluice/engine/coap"
)

// Each slider sets the condition that it is named after, and shows the one that is set.
func TestEverySliderSetsItsCondition(t *testing.T) {
	for i, test := range []struct {
		value float64
		want  coap.Conditions
		words string
	}{
		{12.5, coap.Conditions{Loss: 0.125}, "12.5 %"},
		{250, coap.Conditions{Delay: 250 * time.Millisecond}, "250 ms"},
		{40, coap.Conditions{Jitter: 40 * time.Millisecond}, "40 ms"},
		{5, coap.Conditions{Duplication: 0.05}, "5 %"},
		{2.5, coap.Conditions{Reordering: 0.025}, "2.5 %"},
		{6, coap.Conditions{SilentFor: 6 * time.Second}, "6.0 s"},
		{120, coap.Conditions{SilentEvery: 2 * time.Minute}, "2m"},
		{30, coap.Conditions{PortAfter: 30 * time.Second}, "30 s"},
		{222, coap.Conditions{MaxSize: 222}, "222 bytes"},
	} {
		b := newBench(t, fleet())
		s := b.conditions.sliders[i]
		s.SetValue(test.value)
		s.OnChangeEnded(test.value)
		b.tick()
		if b.engine.set[""] != test.want {
			t.Errorf("slider %d sets %+v, not %+v", i, b.engine.set[""], test.want)
		}
		if got := s.value.Text(); got != test.words {
			t.Errorf("slider %d says %q, not %q", i, got, test.words)
		}
	}
}

func TestEveryPresetIsExplained(t *testing.T) {
	b := newBench(t, fleet())
	for _, preset := range coap.Presets() {
		b.conditions.usePreset(preset.Title)
		b.tick()
		if b.engine.set[""] != preset.Conditions || b.conditions.preset.Selected() != preset.Title || !b.conditions.about.Visible() {
			t.Errorf("%s: %+v", preset.Title, b.engine.set[""])
		}
		pictures(t, b, "preset-"+preset.Name)
	}
	b.conditions.usePreset("As it is")
	b.tick()
	if len(b.engine.set) != 0 || b.conditions.about.Visible() {
		t.Errorf("without conditions: %+v", b.engine.set)
	}
}
