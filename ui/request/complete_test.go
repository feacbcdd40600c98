package request

import (
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
)

func TestVariablesAndPathsAreCompleted(t *testing.T) {
	b := newBench(t)
	b.openRequest(withGreenhouse(t, b).key, 0)
	f := b.bar.target
	at := func(before, after string) {
		f.SetText(before + after)
		f.CursorRow, f.CursorColumn = 0, len([]rune(before))
	}
	at("coap://{{ho", "/ps/ü")
	all := f.complete("coap://{{ho")
	if len(all) != 1 || all[0].text != "{{host}}" {
		t.Fatalf("%+v", all)
	}
	f.take(all[0])
	if f.Text != "coap://{{host}}/ps/ü" || b.draft.Target != f.Text || f.CursorColumn != len("coap://{{host}}") {
		t.Errorf("%q, %d", f.Text, f.CursorColumn)
	}
	at("coap://{{host}}/ps/w", "")
	all = f.complete("coap://{{host}}/ps/w")
	if len(all) != 1 || all[0].text != "/ps/window" {
		t.Fatalf("%+v", all)
	}
	f.take(all[0])
	if f.Text != "coap://{{host}}/ps/window" {
		t.Errorf("%q", f.Text)
	}
	b.Show("###\nGET coap://" + b.gateway + "/\n")
	b.discoverServer()
	b.settle()
	resource := strings.TrimPrefix(b.found.servers[0].resources[0].Target, "coap://"+b.gateway)
	if all := f.complete("coap://" + b.gateway + resource[:2]); len(all) == 0 || all[0].text != resource {
		t.Errorf("of what was discovered, %q: %+v", resource, all)
	}
	payload := b.editor.payload.text
	payload.SetText("one\n{\"t\": {{rand}")
	payload.CursorRow, payload.CursorColumn = 1, len(`{"t": {{rand`)
	payload.take(payload.complete(`{"t": {{rand`)[0])
	if payload.Text != "one\n{\"t\": {{random 20.0 25.0}}}" {
		t.Errorf("%q", payload.Text)
	}
	f.TypedShortcut(&desktop.CustomShortcut{KeyName: fyne.KeySpace, Modifier: fyne.KeyModifierControl})
	if b.window.Canvas().Overlays().Top() == nil {
		t.Error("Ctrl+Space offers nothing")
	}
}
