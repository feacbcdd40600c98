package request

import (
	"fmt"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/test"

	"sluice/assets"
	"sluice/engine/collection"
	"sluice/engine/record"
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
		if got := b.draft.Options[i].Check() != nil; got != mistake || mistake && e.rows[i].hint.Text.Text() == "" {
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

// TestWhatAValueStandsFor: where it is not what is written, and where the option has other lengths (RFC 7252, table 4).
func TestWhatAValueStandsFor(t *testing.T) {
	for _, c := range []struct {
		name, value, text string
		unusual           bool
	}{
		{"Content-Format", "application/json", "50", false},
		{"Content-Format", "50", "application/json", false},
		{"Accept", "65000", "not registered", false},
		{"ETag", "0x7d1f", "2 bytes", false},
		{"ETag", "abc", "0x616263", false},
		{"ETag", "", "0 bytes, though it has 1 to 8", true},
		{"If-Match", "0x010203040506070809", "9 bytes, though it has 0 to 8", true},
		{"Option-2049", "on", "0x6f6e", false},
		{"Uri-Query", "a=1", "", false},
		{"Block2", "0/0/64", "", false},
		{"If-None-Match", "", "", false},
		{"ETag", "{{etag}}", "", false},
	} {
		if text, unusual := optionMeaning(collection.Option{Name: c.name, Value: c.value}); text != c.text || unusual != c.unusual {
			t.Errorf("%s: %q: %q, %t", c.name, c.value, text, unusual)
		}
	}
}

func TestTheMenuHasEveryRegisteredOption(t *testing.T) {
	b := newBench(t)
	labels := map[string]int{}
	var count func(items []*fyne.MenuItem)
	count = func(items []*fyne.MenuItem) {
		for _, item := range items {
			if item.ChildMenu != nil {
				count(item.ChildMenu.Items)
				continue
			}
			labels[item.Label]++
		}
	}
	menu := b.options().addMenu()
	count(menu.Items)
	for _, o := range record.Options() {
		if label := fmt.Sprintf("%s (%d)", o.Name, o.Number); labels[label] != 1 {
			t.Errorf("%s is there %d times", label, labels[label])
		}
	}
	if len(menu.Items) > 16 {
		t.Errorf("%d entries are higher than the window", len(menu.Items))
	}
}

// TestTheSizeOfAPayloadIsThatOfItsBytes: not of what is written for them.
func TestTheSizeOfAPayloadIsThatOfItsBytes(t *testing.T) {
	for _, c := range []struct {
		payload collection.Payload
		size    int
	}{
		{collection.Payload{Text: "21.5"}, 4},
		{collection.Payload{Kind: collection.HexPayload, Text: "01 ff\n02"}, 3},
		{collection.Payload{Kind: collection.CBORPayload, Text: "{1: h'01ff', 2: [1, 2.5_1, true]}"}, 12},
		{collection.Payload{Kind: collection.CBORPayload, Text: "{1: "}, 4},
	} {
		if got := payloadSize(c.payload); got != c.size {
			t.Errorf("%+v: %d", c.payload, got)
		}
	}
}

func TestJSONSaysWhatIsWrongInPlainWords(t *testing.T) {
	for text, want := range map[string]string{
		`{"a":1,` + "\n" + `"b":}`: "line 2, column 5: '}' where a value should be",
		`{a: 1}`:                   "line 1, column 2: 'a' where a name in double quotes should be",
		`{"a" 1}`:                  "'1' where a colon should be",
		`{"ä": 1 "b": 2}`:          "line 1, column 9: '\"' where a comma or a closing brace should be",
		`[1 2]`:                    "'2' where a comma or a closing bracket should be",
		`{} x`:                     "'x' behind the end of the value",
		"\"a\tb\"":                 "in a string, where it has to be written as an escape",
		`"\x"`:                     "'x' in an escape",
		`1.x`:                      "'x' in a number",
		`-x`:                       "'x' in a number",
		`trux`:                     "'x' in a word that is none of true, false and null",
		`{"a": 1`:                  "line 1, column 8: it ends too early",
	} {
		if err := jsonProblem(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", text, err)
		}
	}
	if err := jsonProblem(`{"a": [1, 2.5e3, null]}`); err != nil {
		t.Error(err)
	}
}

func TestAContentFormatThatFitsIsProposed(t *testing.T) {
	b := newBench(t)
	b.Show("###\nPUT coap://127.0.0.1/a\npayload cbor\n\n{1: 2}\n")
	e := b.editor.payload
	if !e.label.Visible() || e.label.Label() != "+ Content-Format: application/cbor" {
		t.Fatalf("proposed %q, %t", e.label.Label(), e.label.Visible())
	}
	test.Tap(e.label)
	if o := b.draft.Options; len(o) != 1 || o[0] != (collection.Option{Name: "Content-Format", Value: "application/cbor"}) || e.label.Visible() {
		t.Errorf("%+v, still proposed: %t", o, e.label.Visible())
	}
}

// TestSomeOptionsAreInViewWhereTheWindowIsLow: as with the traffic below.
func TestSomeOptionsAreInViewWhereTheWindowIsLow(t *testing.T) {
	b := newBench(t)
	b.window.Resize(fyne.NewSize(1196, 440))
	if got := b.options().scroll.Size().Height; got < leastRows*rowHeight {
		t.Errorf("there is room for %v of %d rows", got/rowHeight, leastRows)
	}
}
