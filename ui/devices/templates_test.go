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

func TestTemplatesAreDeletedAndComeBack(t *testing.T) {
	b := newBench(t, fleet())
	door := b.templates.of("door").Source
	gate := strings.Replace(door, `"door"`, `"gate"`, 1)
	edit := func(kind string) *templateForm {
		f := newTemplateForm(b.Pane)
		f.open()
		f.kind.SetSelected(kind)
		f.edit(kind)
		return f
	}
	f := edit("door")
	if f.back.Visible() {
		t.Errorf("%q of what came with the program", f.back.Label())
	}
	f.text.SetText(gate)
	if !strings.Contains(f.state.Text, "kept as gate beside the others") {
		t.Errorf("%q", f.state.Text)
	}
	f.submit()

	f = edit("gate")
	f.text.SetText(gate + "# changed")
	f.dialog.Close()
	f = edit("gate")
	if f.text.Text != gate+"# changed" || f.back.Label() != "Discard changes" {
		t.Errorf("what was changed is gone: %q", f.back.Label())
	}
	test.Tap(f.back)
	if f.text.Text != gate || f.back.Label() != "Delete" {
		t.Errorf("not discarded: %q", f.back.Label())
	}
	test.Tap(f.back)
	if b.templates.of("gate") != nil || f.dialog.Opened() || b.host.LastUndoable() != "The template gate was deleted" {
		t.Errorf("not deleted, undo of %q", b.host.LastUndoable())
	}
	b.host.Undo()
	if b.templates.of("gate") == nil || len(b.templates.own()) != 1 {
		t.Error("it did not come back")
	}

	f = edit("door")
	f.text.SetText(strings.Replace(door, "5s", "6s", 1))
	if !strings.Contains(f.state.Text, "Devices that run go on as they began") {
		t.Errorf("%q", f.state.Text)
	}
	f.submit()
	f = edit("door")
	if f.back.Label() != "As it came" {
		t.Errorf("%q", f.back.Label())
	}
	test.Tap(f.back)
	if b.templates.of("door").Source != door {
		t.Error("it is not as it came")
	}
	b.host.Undo()
	if b.templates.of("door").Source == door {
		t.Error("the change did not come back")
	}
}
