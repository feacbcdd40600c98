package devices

import (
	"strings"
	"testing"

	"fyne.io/fyne/v2/test"
)

func TestTemplateShowsWhatItWouldPublish(t *testing.T) {
	b := newBench(t, fleet())
	f := newTemplateForm(b.Pane)
	f.open()
	f.kind.SetSelected("lamp")
	source := b.templates.of("lamp").Source
	f.text.SetText(source)
	lines := strings.Split(f.value.Text(), "\n")
	if len(lines) != 3 || lines[0] != `lamp/lamp-0001/state  {"level":100,"on":false}` {
		t.Errorf("the preview is %q", lines)
	}
	f.text.SetText(strings.Replace(source, `"${name}`, `"$`, 1) + "\n[[publish]]\ntopic = \"a/${nobody}\"\npayload = \"1\"\n")
	if !f.there.Visible() || f.value.Visible() {
		t.Error("a mistake has no way to it, or something is previewed")
	}
	test.Tap(f.there)
	if row := strings.Split(f.text.Text, "\n")[f.text.CursorRow]; !strings.Contains(row, "nobody") {
		t.Errorf("the cursor is in %q", row)
	}
	pictures(t, b, "template-mistake")
	f.text.SetText(source)
	if f.there.Visible() {
		t.Error("there is a way to a mistake, but no mistake")
	}
	pictures(t, b, "template")
}

func TestWordsAreWrittenWhereTheCursorIs(t *testing.T) {
	b := newBench(t, fleet())
	f := newTemplateForm(b.Pane)
	f.open()
	f.text.SetText("a = ")
	f.text.CursorRow, f.text.CursorColumn = 0, 4
	for _, item := range f.wordMenu().Items {
		if strings.HasPrefix(item.Label, "uniform(low, high)") {
			item.Action()
		}
	}
	if f.text.Text != "a = uniform(low, high)" {
		t.Errorf("%q", f.text.Text)
	}
}
