package topics

import (
	"slices"
	"strings"
	"testing"

	"sluice/engine/broker"
	"sluice/ui/widget/payload"
)

func ofCoAP(format uint16) broker.PayloadType {
	return broker.PayloadType{ContentFormat: format, HasContentFormat: true}
}

// What a publisher declared is said of its topic, is how its payload is read, and is not believed where it cannot be.
func TestDeclared(t *testing.T) {
	for _, c := range []struct {
		name    string
		payload string
		of      broker.PayloadType
		kind    string // how the payload is read
		about   string // the end of the line below the name
		wrong   string // empty: it is what was declared
		value   string // in the tree
	}{
		{"nothing", `{"t":1}`, broker.PayloadType{}, "JSON (guessed)", "7 bytes", "", `{"t":1}`},
		{"CBOR", "\x18\x2a", ofCoAP(60), "CBOR (declared)", "declared as 60 cbor", "", "42"},
		{"SenML", "\x81\xa2\x00\x61t\x02\x17", ofCoAP(112), "SenML (declared)", "declared as 112 senml+cbor", "", `[{0: "t", 2: 23}]`},
		{"JSON that is none", "off", ofCoAP(50), "Text (guessed)", "declared as 50 json", "not 50 json", "off"},
		{"text that is JSON", `{"t":1}`, ofCoAP(0), "JSON (guessed)", "declared as 0 text/plain", "", `{"t":1}`},
		{"text", "on", ofCoAP(0), "Text (declared)", "declared as 0 text/plain", "", "on"},
		{"a number without a name", "on", ofCoAP(65000), "Text (guessed)", "declared as 65000", "", "on"},
		{"MQTT", "\x18\x2a", broker.PayloadType{ContentType: "application/cbor"}, "CBOR (declared)", "declared as application/cbor", "", "42"},
		{"MQTT, endless", "on", broker.PayloadType{ContentType: strings.Repeat("a", 60000)}, "Text (guessed)", "declared as " + strings.Repeat("a", 47) + "…", "", "on"},
		{"MQTT, UTF-8", "on", broker.PayloadType{UTF8: true}, "Text (guessed)", "declared as UTF-8 text", "", "on"},
		{"MQTT, UTF-8 that is none", "\xff", broker.PayloadType{UTF8: true}, "Hex (guessed)", "declared as UTF-8 text", "not UTF-8 text", "1 byte ff"},
		{"cleared", "", ofCoAP(50), "Text (guessed)", "declared as 50 json", "", "0 bytes"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t)
			b.engine.table.Note(&broker.Message{Topic: "a", Payload: []byte(c.payload), Type: c.of, At: b.now})
			b.Show("a")
			b.settle(t)
			d := b.detail
			if got := d.payload.Title(); got != c.kind {
				t.Errorf("read as %q, want %q", got, c.kind)
			}
			if got := d.about.Text(); !strings.HasSuffix(got, c.about) {
				t.Errorf("about: %q", got)
			}
			if got := d.shown.wrong(); got != c.wrong || d.wrong.Visible() != (c.wrong != "") {
				t.Errorf("wrong: %v %q, want %q", d.wrong.Visible(), got, c.wrong)
			}
			if got := b.tree.cells["a"].value; got != c.value {
				t.Errorf("the tree shows %q, want %q", got, c.value)
			}
		})
	}
}

// What the user chose to see a topic as wins over what is declared.
func TestChosenFormatWins(t *testing.T) {
	b := newBench(t)
	b.remember("a", payload.Hex)
	b.engine.table.Note(&broker.Message{Topic: "a", Payload: []byte("\x18\x2a"), Type: ofCoAP(60), At: b.now})
	b.Show("a")
	b.settle(t)
	if got := b.detail.payload.Title(); got != "Hex" {
		t.Errorf("shown as %q", got)
	}
}

// Numbers are found in what was declared: a CBOR number cannot be told from any other bytes.
func TestDeclaredNumbersAreCharted(t *testing.T) {
	b := newBench(t)
	for _, v := range []string{"\x18\x2a", "\x18\x2b"} {
		b.engine.table.Note(&broker.Message{Topic: "a", Payload: []byte(v), Type: ofCoAP(60), At: b.now})
	}
	b.Show("a")
	b.settle(t)
	d := b.detail
	if !d.chart.object.Visible() || len(d.shown.chart.plotted.Series) != 1 || !slices.Equal(d.shown.chart.plotted.Series[0].Values, []float64{42, 43}) {
		t.Errorf("chart %v of %v", d.chart.object.Visible(), d.shown.chart.plotted)
	}
	if spark := b.tree.cells["a"].spark; !slices.Equal(spark, []float64{42, 43}) {
		t.Errorf("the tree draws %v", spark)
	}
	if r := requestOf(d.shown.topic); r.ContentFormat != 60 {
		t.Errorf("a request for it has Content-Format %d", r.ContentFormat)
	}
	if text := asJSON(d.shown.topic); !strings.Contains(text, `"type": "60 cbor"`) {
		t.Errorf("copied as %s", text)
	}
}

// The type of the form is declared with what is published.
func TestTheFormDeclares(t *testing.T) {
	b := newBench(t)
	b.Show("a")
	b.settle(t)
	for kind, want := range map[bodyKind]uint16{textBody: 0, jsonBody: 50, cborBody: 60, hexBody: 42} {
		b.engine.published = nil
		f := b.detail.form
		f.kind.SetSelected(kind.title())
		f.body.SetText("12")
		f.submit()
		if p := b.engine.published; len(p) != 1 || !p[0].HasContentFormat || p[0].ContentFormat != want {
			t.Errorf("%s: published %+v", kind, p)
		}
	}
}
