package devices

import (
	"errors"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2/test"

	"sluice/engine/client"
	"sluice/engine/coap"
	"sluice/engine/device"
	"sluice/ui/pane"
)

// What the pane is drawn from: the table, and the right side with a device under conditions.
func TestMarkup(t *testing.T) {
	b := newBench(t, fleet())
	b.engine.set[""] = coap.NBIoT
	b.engine.done = coap.ConditionStats{Lost: 12, Delayed: 3401, Duplicated: 9, Waiting: 4}
	b.table.Select("lamp-0002") // no time in it: the zone differs from machine to machine
	b.tick()
	test.AssertObjectRendersToMarkup(t, "table.xml", b.table)
	test.AssertObjectRendersToMarkup(t, "right.xml", b.column)
}

func TestEmptyPaneSaysWhatFillsIt(t *testing.T) {
	b := newBench(t, &fakeEngine{})
	if !b.empty.Visible() || b.table.Visible() || !b.stopAll.Disabled() || b.Keyboard() != nil {
		t.Error("an empty pane shows a table")
	}
}

func TestFilter(t *testing.T) {
	b := newBench(t, fleet())
	for _, test := range []struct {
		filter string
		rows   int
	}{{"", 18}, {"lamp", 3}, {"TRACKER-0002", 1}, {"failed", 1}, {"room/door", 3}, {"nothing", 0}} {
		b.filter.SetText(test.filter)
		b.tick()
		if len(b.rows) != test.rows {
			t.Errorf("%q: %d rows, not %d", test.filter, len(b.rows), test.rows)
		}
	}
}

func TestNothingIsDrawnWhereNothingChanged(t *testing.T) {
	b := newBench(t, fleet())
	b.tick()
	if b.tick() {
		t.Error("the pane was drawn though nothing changed")
	}
	b.engine.change(func() { b.engine.devices[0].Sent++ })
	if !b.tick() {
		t.Error("a message was not drawn")
	}
}

func TestStart(t *testing.T) {
	b := newBench(t, fleet())
	f := newStartForm(b.Pane)
	f.open()
	f.kind.SetSelected("lamp")
	f.fill()
	if f.interval.Text != "1m" || f.jitter.Text != "5s" {
		t.Errorf("the form begins with %q and %q", f.interval.Text, f.jitter.Text)
	}
	for _, test := range []struct{ count, interval, jitter, want string }{
		{"0", "10s", "1s", "from 1 to 5,000"},
		{"5001", "10s", "1s", "from 1 to 5,000"},
		{"x", "10s", "1s", "from 1 to 5,000"},
		{"10", "soon", "1s", "Interval"},
		{"10", "10s", "11s", "Jitter"},
		{"10", "10s", "-1s", "Jitter"},
		{"4,983", "10s", "1s", "18 devices run already"},
		{"4,982", "10", "0", ""},
	} {
		f.count.SetText(test.count)
		f.interval.SetText(test.interval)
		f.jitter.SetText(test.jitter)
		_, err := f.order()
		if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
			t.Errorf("%+v: %v", test, err)
		}
	}
	f.dialect.SetSelected("IETF pub/sub draft")
	f.submit()
	o := b.engine.orders[0]
	if o.Count != 4982 || o.Interval != 10*time.Second || o.Jitter != 0 || o.Dialect != device.IETF || o.Template.Kind != "lamp" || f.dialog.Opened() {
		t.Errorf("%+v", o)
	}
}

func TestStartThatFailsSaysWhyInTheDialog(t *testing.T) {
	b := newBench(t, fleet())
	b.engine.fail = errors.New("the gateway is stopped")
	f := newStartForm(b.Pane)
	f.open()
	f.submit()
	if !f.dialog.Opened() {
		t.Error("the dialog is gone")
	}
}

func TestProgressAndCancel(t *testing.T) {
	b := newBench(t, fleet())
	f := newStartForm(b.Pane)
	f.open()
	f.submit()
	b.engine.starting.progress.Started = 4
	b.tick()
	if !b.progress.object.Visible() || b.progress.bar.Value != 0.4 {
		t.Errorf("visible %v, %v", b.progress.object.Visible(), b.progress.bar.Value)
	}
	test.Tap(b.progress.cancel)
	b.tick()
	if b.progress.object.Visible() {
		t.Error("the progress stays")
	}
	if said := b.said(); !strings.Contains(said.text, "Cancelled: 4 of 10 thermometer devices run") {
		t.Errorf("%q", said.text)
	}
}

func TestDevicesThatDidNotStart(t *testing.T) {
	b := newBench(t, fleet())
	s := &fakeStarting{progress: device.Progress{Kind: "door", Total: 3, Started: 1, Failed: 2, Why: client.ErrUnanswered, Done: true}}
	b.progress.watch(s)
	b.tick()
	if said := b.said(); said.text != "2 of 3 door devices did not start: not answered" {
		t.Errorf("%q", said.text)
	}
}

func TestConditions(t *testing.T) {
	b := newBench(t, fleet())
	b.conditions.usePreset("LoRa-like")
	if b.engine.set[""] != coap.LoRaLike {
		t.Fatalf("%+v", b.engine.set)
	}
	b.tick()
	loss := b.conditions.sliders[0]
	loss.OnChanged(20)
	loss.OnChangeEnded(20)
	want := coap.LoRaLike
	want.Loss = 0.2
	if b.engine.set[""] != want || b.conditions.preset.Selected() != "Of my own" {
		t.Errorf("%+v, %q", b.engine.set[""], b.conditions.preset.Selected())
	}
	b.conditions.usePreset("As it is")
	if len(b.engine.set) != 0 {
		t.Errorf("%+v", b.engine.set)
	}
}

func TestConditionsOfOneClient(t *testing.T) {
	b := newBench(t, fleet())
	b.conditions.usePreset("NB-IoT")
	b.tick()
	b.table.Select("lamp-0002")
	b.conditions.showOf("lamp-0002")
	if b.conditions.preset.Selected() != "NB-IoT" {
		t.Error("a client without conditions of its own has those of all")
	}
	b.conditions.usePreset("As it is")
	if c, own := b.engine.set["lamp-0002"]; !own || c.Active() || b.engine.set[""] != coap.NBIoT {
		t.Errorf("%+v", b.engine.set)
	}
	b.tick()
	b.table.Select("lamp-0003") // what is shown follows the selection
	if b.conditions.client != "lamp-0003" || b.conditions.preset.Selected() != "NB-IoT" || !b.conditions.back.Disabled() {
		t.Errorf("%q, %q", b.conditions.client, b.conditions.preset.Selected())
	}
	b.conditions.showOf("lamp-0002")
	test.Tap(b.conditions.back)
	b.tick()
	if _, own := b.engine.set["lamp-0002"]; own || b.conditions.preset.Selected() != "NB-IoT" {
		t.Errorf("%+v, %q", b.engine.set, b.conditions.preset.Selected())
	}
	b.Show(pane.ConditionsOf + "sensor-9")
	if b.conditions.client != "sensor-9" || b.conditions.whom.Selected() != "sensor-9" {
		t.Errorf("the conditions of %q are shown", b.conditions.client)
	}
	b.conditions.showOf("lamp-0002")
	b.conditions.whom.SetSelected("Another client…")
	b.conditions.switchTo()
	if b.window.Canvas().Overlays().Top() == nil || b.conditions.whom.Selected() != "lamp-0002" {
		t.Error("nobody asks which client")
	}
}

func TestImpossibleConditionsAreRefused(t *testing.T) {
	b := newBench(t, fleet())
	next := coap.Conditions{SilentFor: time.Minute, SilentEvery: time.Second}
	b.conditions.apply(next)
	if len(b.engine.set) != 0 || !strings.Contains(b.said().text, "nothing would ever pass") {
		t.Errorf("%+v, %q", b.engine.set, b.said().text)
	}
}

func TestChangePort(t *testing.T) {
	b := newBench(t, fleet())
	b.changePort("lamp-0001")
	if said := b.said(); said.text != "1 client comes from another port next" {
		t.Errorf("%q", said.text)
	}
	b.engine.ports = 0
	b.changePort("nobody")
	if said := b.said(); said.text != "The gateway knows no such client over UDP" {
		t.Errorf("%q", said.text)
	}
}

func TestTemplateIsCheckedWhileTyped(t *testing.T) {
	b := newBench(t, fleet())
	f := newTemplateForm(b.Pane)
	f.open()
	source := strings.Replace(b.templates.of("door").Source, `"door"`, `"gate"`, 1)
	f.text.SetText(strings.Replace(source, "chance(0.5)", "chance(", 1))
	if f.parsed != nil {
		t.Error("a template with a mistake can be kept")
	}
	f.submit()
	if b.templates.of("gate") != nil {
		t.Error("a template with a mistake was kept")
	}
	f.text.SetText(source)
	f.submit()
	if b.templates.of("gate") == nil || f.dialog.Opened() {
		t.Fatal("the template was not kept")
	}
	data, err := b.SaveLayout()
	if err != nil {
		t.Fatal(err)
	}
	other := newBench(t, fleet())
	if err := other.RestoreLayout(data); err != nil || other.templates.of("gate") == nil || len(other.templates.own()) != 1 {
		t.Errorf("the template was not remembered: %v", err)
	}
}
