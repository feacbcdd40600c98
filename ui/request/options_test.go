package request

import (
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/test"

	"sluice/assets"
	"sluice/engine/collection"
)

func (b *bench) options() *optionsEditor { return b.editor.parts[tabOptions].(*optionsEditor) }

func TestOptionsAreEdited(t *testing.T) {
	b := newBench(t)
	b.Show("###\nGET coap://127.0.0.1/a\n")
	e := b.options()
	for _, name := range []string{"Accept", "ETag", "ETag", "Option-2049", "If-None-Match", "Max-Age"} {
		e.add(name)
	}
	for i, value := range []string{"application/json", "0x7d1f", "0xzz", "0x01", "", "many"} {
		if e.rows[i].value != nil {
			e.rows[i].value.SetText(value)
		} else if value != "" {
			t.Errorf("option %d takes no value", i)
		}
	}
	for i, mistake := range []bool{false, false, true, false, false, true} {
		if got := b.draft.Options[i].Check() != nil; got != mistake || (e.rows[i].hint.Text.Text() != "") != mistake {
			t.Errorf("%+v: %q", b.draft.Options[i], e.rows[i].hint.Text.Text())
		}
	}
	picture(t, b, "options")
	e.remove(2)
	if len(b.draft.Options) != 5 || b.draft.Options[2].Name != "Option-2049" {
		t.Errorf("%+v", b.draft.Options)
	}
	b.undo(t)
	if len(b.draft.Options) != 6 || b.draft.Options[2].Value != "0xzz" {
		t.Errorf("put back %+v", b.draft.Options)
	}
}

func TestMistakesOfAPayload(t *testing.T) {
	b := newBench(t)
	for _, c := range []struct {
		kind    collection.PayloadKind
		text    string
		problem string
	}{
		{"", "anything", ""},
		{collection.JSONPayload, `{"a": 1}`, ""},
		{collection.JSONPayload, "{\n\"a\": x}", "line 2, column 6"},
		{collection.JSONPayload, `{"a": {{random 5 1}}}`, "smaller one first"},
		{collection.JSONPayload, `{"a": {{counter}}}`, ""},
		{collection.CBORPayload, "{1: h'01ff'}", ""},
		{collection.CBORPayload, "{1: }", "line 1"},
		{collection.HexPayload, "01 ff", ""},
		{collection.HexPayload, "01 fx", "x at 5"},
		{collection.HexPayload, "01f", "a digit is missing"},
		{collection.FilePayload, "", "Name a file"},
	} {
		b.draft.Payload = collection.Payload{Kind: c.kind, Text: c.text}
		b.editor.load()
		b.refresh()
		err := b.editor.payload.problem()
		if (err == nil) != (c.problem == "") || err != nil && !strings.Contains(err.Error(), c.problem) {
			t.Errorf("%s %q: %v, not %q", c.kind, c.text, err, c.problem)
		}
	}
}

func TestALongPayloadIsSentButNotEdited(t *testing.T) {
	b := newBench(t)
	long := strings.Repeat("x", longest+1)
	b.ask("###\nPUT coap://" + b.gateway + "/ps/long?clientid=bench\nwith block-size 512\n\n" + long + "\n")
	if e := b.editor.payload; e.text.Visible() || !e.long.Visible() || b.draft.Payload.Text != long {
		t.Error("it is put into an editor")
	}
	s := b.answer.shown
	if s.badge != "2.04 Changed" || !strings.Contains(strings.Join(s.facts, " · "), "blocks") {
		t.Errorf("%q, %q", s.badge, s.facts)
	}
}

func TestSettingsOfTheTransmission(t *testing.T) {
	b := newBench(t)
	e := b.editor.parts[tabTransmission].(*transmissionEditor)
	for i, text := range []string{"500ms", "2", "1", "3s", "0x01", "a"} {
		e.settings[i].field.SetText(text)
		if said := e.settings[i].hint.Text.Text(); said != "" {
			t.Errorf("%s: %s", text, said)
		}
	}
	s := b.draft.Settings
	if s.ACKTimeout.String() != "500ms" || s.ACKRandomFactor != 2 || *s.MaxRetransmit != 1 || s.Timeout.String() != "3s" || s.Token != "0x01" || s.Socket != "a" {
		t.Errorf("%+v", s)
	}
	for i, text := range []string{"soon", "11", "21", "0", "zz", "a b"} {
		e.settings[i].field.SetText(text)
		if e.settings[i].hint.Text.Text() == "" {
			t.Errorf("%q is no mistake", text)
		}
	}
}

// The parts as they are drawn, with everything in them.
func TestMarkup(t *testing.T) {
	if err := lang.AddTranslationsFS(assets.Translations, assets.TranslationsDir); err != nil {
		t.Fatal(err)
	}
	b := newBench(t)
	b.compose(&collection.Request{Verb: collection.PUT, Target: "coap://{{host}}/ps/{{random 5 1}}", Options: []collection.Option{
		{Name: "Accept", Value: "application/json"}, {Name: "ETag", Value: "0xzz"}, {Name: "Option-2049", Value: "0x01"}}}, origin{})
	b.scope.Set("host", "127.0.0.1")
	b.refresh()
	for file, object := range map[string]fyne.CanvasObject{"bar.xml": b.bar.object, "options.xml": b.options().object} {
		test.AssertObjectRendersToMarkup(t, file, object)
	}
}
