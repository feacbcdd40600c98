package payload

import (
	"bytes"
	"encoding/hex"
	"strings"
	"testing"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	data, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestGuess(t *testing.T) {
	cases := []struct {
		name   string
		data   string
		format int
		want   Format
	}{
		{"nothing", "", NoContentFormat, Text},
		{"a number", "23.4", formatText, Text},
		{"an object without Content-Format", `{"run":true}`, NoContentFormat, JSON},
		{"an object that says it is text", `{"run":true}`, formatText, JSON},
		{"a JSON number is JSON only when it says so", "23.4", formatJSON, JSON},
		{"broken JSON", `{"run":`, formatJSON, Text},
		{"SenML without Content-Format", `[{"n":"t","u":"Cel","v":23.4}]`, NoContentFormat, SenML},
		{"an array of other objects", `[{"id":1}]`, NoContentFormat, JSON},
		{"links", `</ps>;ct=40,</sensors/temp>;rt="temperature"`, formatLinks, LinkFormat},
		{"links by sight", `</ps>;ct=40`, NoContentFormat, LinkFormat},
		{"markup is no link", `<a href="x">y`, NoContentFormat, LinkFormat},
		{"CBOR map", "\xa1\x61t\xf9\x4d\xd9", NoContentFormat, CBOR},
		{"CBOR number that says so", "\x18\x2a", formatCBOR, CBOR},
		{"SenML in CBOR", "\x81\xa2\x00\x61t\x02\x17", NoContentFormat, SenML},
		{"bytes", "\x00\x01\xfe\xff", NoContentFormat, Hex},
		{"a kind of JSON", `1`, 52, JSON},
		{"a kind of CBOR", "\x01", 258, CBOR},
		{"coded JSON is none", `1`, 11050, Text},
		{"octets that are text", "hello", formatOctets, Text},
		{"umlauts", "Grüße\n", NoContentFormat, Text},
		{"JSON beyond the limit", `{"a":"` + strings.Repeat("x", Limit) + `"}`, formatJSON, JSON},
		{"bytes beyond the limit", strings.Repeat("\x00", Limit+1), formatText, Hex},
	}
	for _, c := range cases {
		if got := Guess([]byte(c.data), c.format); got != c.want {
			t.Errorf("%s: guessed %q, want %q", c.name, got, c.want)
		}
	}
}

func TestContradicts(t *testing.T) {
	for _, c := range []struct {
		name   string
		data   string
		format int
		want   bool
	}{
		{"nothing declared", "\xff", NoContentFormat, false},
		{"no payload", "", formatJSON, false},
		{"JSON", `{"a":1}`, formatJSON, false},
		{"no JSON", "off", formatJSON, true},
		{"a kind of JSON", `[1`, 52, true},
		{"CBOR", "\xa0", formatCBOR, false},
		{"JSON for CBOR", `{"a":1}`, formatCBOR, true},
		{"text", "Grüße", formatText, false},
		{"bytes for text", "\xff\xfe", formatText, true},
		{"SenML", `[{"n":"t","v":1}]`, formatSenMLJSON, false},
		{"SenML in JSON for SenML in CBOR", `[{"n":"t","v":1}]`, formatSenMLCBOR, true},
		{"SenML in CBOR", "\x81\xa2\x00\x61t\x02\x17", formatSenMLCBOR, false},
		{"SenML in CBOR for SenML in JSON", "\x81\xa2\x00\x61t\x02\x17", formatSenMLJSON, true},
		{"JSON for SenML", `{"a":1}`, formatSenMLJSON, true},
		{"links", "</a>;ct=40", formatLinks, false},
		{"no links", "/a", formatLinks, true},
		{"octets are anything", "text", formatOctets, false},
		{"what nobody here reads", "text", 47, false},
		{"too much to look at", strings.Repeat("x", Limit+1), formatJSON, false},
	} {
		if got := Contradicts([]byte(c.data), c.format); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

func TestRender(t *testing.T) {
	cases := []struct {
		name   string
		data   string
		format Format
		want   string
	}{
		{"object", `{"a":1,"b":[true,null],"c":{}}`, JSON, "{\n  \"a\": 1,\n  \"b\": [\n    true,\n    null\n  ],\n  \"c\": {}\n}"},
		{"scalar", `"a, b: {c}"`, JSON, `"a, b: {c}"`},
		{"CBOR with a tag", "\xc1\x1a\x51\x4b\x67\xb0", CBOR, "1(1363896240)"},
		{"CBOR bytes", "\xa1\x61d\x43\x01\x02\x03", CBOR, "{\n  \"d\": h'010203'\n}"},
		{"CBOR of indefinite length", "\x9f\x01\xff", CBOR, "[\n  _ 1\n]"},
		{"CBOR sequence", "\x01\x02", CBOR, "1,\n2"},
		{"SenML with a base", `[{"bn":"dev/","bu":"Cel","bt":1.7e9,"n":"a","v":23.5},{"n":"b","t":-5,"vs":"x"},{"n":"c","vb":true,"u":"/"}]`,
			SenML, "dev/a  23.5 °C  2023-11-14T22:13:20Z\ndev/b  \"x\" °C  2023-11-14T22:13:15Z\ndev/c  true /  2023-11-14T22:13:20Z"},
		{"links", `</ps>;ct=40;title="a, b;c",</x>`, LinkFormat, "</ps>;ct=40;title=\"a, b;c\"\n</x>"},
		{"text with control characters", "a\tb\x00c\r\nd\n", Text, "a    b␀c\nd"},
		{"broken UTF-8", "a\xffb", Text, "a�b"},
		{"empty", "", Text, ""},
	}
	for _, c := range cases {
		lines, err := Render([]byte(c.data), c.format)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		if got := join(lines); got != c.want {
			t.Errorf("%s:\n%s\nwant\n%s", c.name, got, c.want)
		}
	}
}

func join(lines []Line) string {
	texts := make([]string, len(lines))
	for i, line := range lines {
		texts[i] = line.Text()
	}
	return strings.Join(texts, "\n")
}

func TestRenderColours(t *testing.T) {
	lines, err := Render([]byte(`{"sensor":"s","temp":23.4,"on":true}`), JSON)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	names := [...]string{"plain", "key", "string", "number", "word", "muted"}
	for _, line := range lines {
		for _, span := range line {
			if text := strings.Trim(span.Text, " {}:,"); text != "" {
				got = append(got, text+" "+names[span.Kind])
			}
		}
	}
	want := `"sensor" key,"s" string,"temp" key,23.4 number,"on" key,true word`
	if strings.Join(got, ",") != want {
		t.Errorf("got %s, want %s", strings.Join(got, ","), want)
	}
}

func TestRenderSaysWhatIsWrongAndShowsTheTextAllTheSame(t *testing.T) {
	cases := []struct {
		format Format
		data   string
		want   string
	}{
		{JSON, `{"a":`, "not JSON at byte 5: unexpected end of JSON input"},
		{CBOR, "\x61", "not CBOR: unexpected EOF"},
		{SenML, `[]`, "no SenML records"},
		{LinkFormat, "hello", errNotLinks.Error()},
	}
	for _, c := range cases {
		lines, err := Render([]byte(c.data), c.format)
		if err == nil || err.Error() != c.want {
			t.Errorf("%s: error %v, want %s", c.format, err, c.want)
		}
		if len(lines) == 0 {
			t.Errorf("%s: nothing is shown", c.format)
		}
	}
}

func TestWrapBreaksLinesWithoutLoss(t *testing.T) {
	cases := []struct {
		name, data string
		format     Format
		width      int
		want       int
	}{
		{"text", strings.Repeat("ü", 307), Text, 100, 4},
		{"text that ends at the border", strings.Repeat("a", 200), Text, 100, 2},
		{"an empty line stays a line", "a\n\nb", Text, 100, 3},
		{"many spans", "<a>" + strings.Repeat(";a=b", 100), LinkFormat, 100, 5},
		{"no room at all", "abc", Text, 0, 3},
	}
	for _, c := range cases {
		lines, err := Render([]byte(c.data), c.format)
		if err != nil {
			t.Fatal(err)
		}
		wrapped := Wrap(lines, c.width)
		if len(wrapped) != c.want {
			t.Errorf("%s: %d lines, want %d", c.name, len(wrapped), c.want)
		}
		whole := strings.ReplaceAll(c.data, "\n", "")
		if got := strings.ReplaceAll(join(wrapped), "\n", ""); got != whole {
			t.Errorf("%s: breaking lost something: %q", c.name, got)
		}
		for _, line := range wrapped {
			if n := len([]rune(line.Text())); n > max(1, c.width) {
				t.Errorf("%s: a line has %d runes", c.name, n)
			}
		}
	}
}

// Time must grow with the size, not with its square: a line of a hundred thousand spans is the worst case.
func BenchmarkRender(b *testing.B) {
	cases := map[Format]string{
		LinkFormat: "<a>" + strings.Repeat(";a=b", Limit/4-1),
		JSON:       "[" + strings.Repeat("[],", Limit/3-2) + "1]",
		Text:       strings.Repeat("x", Limit),
	}
	for format, data := range cases {
		b.Run(string(format), func(b *testing.B) {
			for b.Loop() {
				lines, err := Render([]byte(data), format)
				if err != nil {
					b.Fatal(err)
				}
				Wrap(lines, 80)
			}
		})
	}
}

func TestNumber(t *testing.T) {
	cases := []struct {
		name string
		data string
		want float64
		unit string
		ok   bool
	}{
		{"plain", "23.4", 23.4, "", true},
		{"with a unit", "23.4 °C\n", 23.4, "°C", true},
		{"with the unit of SenML", "23.4 Cel", 23.4, "°C", true},
		{"unit close by", "41.8%", 41.8, "%", true},
		{"negative with exponent", "-1e3", -1000, "", true},
		{"a sentence", "3 doors are open now", 0, "", false},
		{"a date", "2026-11-20", 0, "", false},
		{"a time", "14:02", 0, "", false},
		{"words", "closed", 0, "", false},
		{"nothing", "", 0, "", false},
		{"infinity", "Inf", 0, "", false},
		{"the only number of an object", `{"run":true,"rpm":1480}`, 1480, "", true},
		{"the member called value", `{"id":7,"value":2.5,"unit":"V"}`, 2.5, "V", true},
		{"two numbers", `{"a":1,"b":2}`, 0, "", false},
		{"SenML", `[{"n":"t","u":"Cel","v":23.4}]`, 23.4, "°C", true},
		{"CBOR map", "\xa1\x61v\x18\x2a", 42, "", true},
		{"an array", "[1,2]", 0, "", false},
		{"too large", strings.Repeat(" ", 5000) + "1", 0, "", false},
	}
	for _, c := range cases {
		value, unit, ok := Number([]byte(c.data), NoContentFormat)
		if value != c.want || unit != c.unit || ok != c.ok {
			t.Errorf("%s: %v %q %v, want %v %q %v", c.name, value, unit, ok, c.want, c.unit, c.ok)
		}
	}
}

func TestSummary(t *testing.T) {
	cases := []struct {
		data   string
		format int
		limit  int
		want   string
	}{
		{"", NoContentFormat, 20, ""},
		{"23.4", NoContentFormat, 20, "23.4"},
		{"{\n  \"run\": true\n}", NoContentFormat, 20, `{ "run": true }`},
		{strings.Repeat("a", 50), NoContentFormat, 10, "aaaaaaaaa…"},
		{"\xa1\x61v\x18\x2a", NoContentFormat, 20, `{"v": 42}`},
		{"\x00\x01\xfe", NoContentFormat, 40, "3 bytes 00 01 fe"},
		{"\x18\x2a", NoContentFormat, 40, "2 bytes 18 2a"},
		{"\x18\x2a", formatCBOR, 40, "42"},
		{"\x61a", NoContentFormat, 40, "aa"},
		{"\x61a", formatCBOR, 40, `"a"`},
		{"plain", formatCBOR, 40, "plain"},
		{"\x81\xa2\x00\x61t\x02\x17", formatSenMLCBOR, 40, `[{0: "t", 2: 23}]`},
	}
	for _, c := range cases {
		if got := Summary([]byte(c.data), c.format, c.limit); got != c.want {
			t.Errorf("summary of %q in %d is %q, want %q", c.data, c.format, got, c.want)
		}
	}
}

func TestTitles(t *testing.T) {
	for _, f := range append(Formats(), Auto) {
		if f.Title() == "" {
			t.Errorf("format %q has no title", f)
		}
	}
}

func FuzzRender(f *testing.F) {
	for _, seed := range []string{"", "23.4 °C", `{"a":[1,{"b":"\""}]}`, `</a>;x="y,z",</b>`, `[{"n":"t","v":1}]`} {
		f.Add([]byte(seed), NoContentFormat)
	}
	f.Add(unhex(f, "bf 61 74 fb 40 37 66 66 66 66 66 66 ff"), formatCBOR)
	f.Add(unhex(f, "81 a2 00 61 74 02 17"), formatSenMLCBOR)
	f.Fuzz(func(t *testing.T, data []byte, contentFormat int) {
		before := bytes.Clone(data)
		for _, format := range append(Formats(), Guess(data, contentFormat)) {
			lines, _ := Render(data, format)
			for _, line := range lines {
				if text := line.Text(); strings.ContainsAny(text, "\n\r\x00") {
					t.Fatalf("%s: a line holds a control character: %q", format, text)
				}
			}
		}
		if format := Guess(data, contentFormat); format != Text && format != Hex {
			if _, err := Render(data, format); err != nil {
				t.Fatalf("guessed %s, but %v", format, err)
			}
		}
		if got := Summary(data, contentFormat, 40); len([]rune(got)) > 40 {
			t.Fatalf("summary has %d runes", len([]rune(got)))
		}
		Number(data, contentFormat)
		if !bytes.Equal(before, data) {
			t.Fatal("the payload was changed")
		}
	})
}
