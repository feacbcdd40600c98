package pki

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestReadCSV(t *testing.T) {
	sensor := Request{Name: "sensor-1", Kind: Client}
	full := Request{Name: "gw.local", Organization: "Plant, Inc.", Kind: Server, Lifetime: 30 * day, Names: []string{"192.0.2.1", "gw"}}
	for _, test := range []struct {
		name, text string
		want       []Request
	}{
		{"names alone", "sensor-1\nsensor-2\n", []Request{sensor, {Name: "sensor-2", Kind: Client}}},
		{"all columns", `gw.local,"Plant, Inc.",30,server,192.0.2.1 gw`, []Request{full}},
		{"semicolons", "gw.local;Plant, Inc.;30d;Server;192.0.2.1,gw", []Request{full}},
		{"tabs", "gw.local\tPlant, Inc.\t720h\tserver\t192.0.2.1 gw", []Request{full}},
		{"headings", "Name,Organization\nsensor-1,\n", []Request{sensor}},
		{"headings in another order", "kind;days;names;cn;organisation\nserver;30;192.0.2.1 gw;gw.local;Plant, Inc.", []Request{full}},
		{"a column without a heading", "name,,lifetime\nsensor-1,ignored,\n", []Request{sensor}},
		{"a byte order mark, CRLF and empty lines", "\xEF\xBB\xBFname\r\n\r\nsensor-1\r\n,,\r\n", []Request{sensor}},
		{"UTF-16", "\xFF\xFEn\x00a\x00m\x00e\x00\n\x00x\x00", []Request{{Name: "x", Kind: Client}}},
		{"spaces", " sensor-1 , , 90 ,client, ", []Request{{Name: "sensor-1", Kind: Client, Lifetime: 90 * day}}},
		{"quotes within quotes", `"a ""b""",,,device`, []Request{{Name: `a "b"`, Kind: Client}}},
		{"no end of line", "sensor-1", []Request{sensor}},
	} {
		got, err := ReadCSV(strings.NewReader(test.text))
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		for i := range got {
			if len(got[i].Names) == 0 {
				got[i].Names = nil
			}
		}
		if !reflect.DeepEqual(got, test.want) {
			t.Errorf("%s:\n%+v\nnot\n%+v", test.name, got, test.want)
		}
	}
}

func TestReadCSVReportsEveryMistake(t *testing.T) {
	const text = `name,lifetime,kind,alternative names
sensor-1,soon,,
sensor-2,90,robot,

sensor-3,90,client,under_score.local
,90,client,
sensor-3,,,
sensor-4,,,bad/name
sensor-5,,,,,too many
sens"or-6,,,
My gateway,,server,
`
	got, err := ReadCSV(strings.NewReader(text))
	if got != nil || err == nil {
		t.Fatalf("%v, %v", got, err)
	}
	want := []string{
		`line 2: the lifetime "soon" is neither`,
		`line 3: the kind "robot" is not known, only client and server`,
		`line 6: the name is missing`,
		`line 7: sensor-3 is on line 5 already`,
		`line 8: the alternative name "bad/name" is no host name, address or URI`,
		`line 9: there are 6 columns, and 4 are known`,
		`line 10: a quote`,
		`line 11: a server needs a host name`,
	}
	lines := strings.Split(err.Error(), "\n")
	if len(lines) != len(want) || slices.ContainsFunc(lines, func(line string) bool { return strings.TrimSpace(line) == "" }) {
		t.Fatalf("%d mistakes, not %d:\n%v", len(lines), len(want), err)
	}
	for i, line := range lines {
		if !strings.HasPrefix(line, want[i]) {
			t.Errorf("%s\nis not\n%s", line, want[i])
		}
	}
	var mistake *LineError
	if !errors.As(err, &mistake) || mistake.Line != 2 {
		t.Errorf("the first mistake is %+v", mistake)
	}
}

func TestReadCSVIsBounded(t *testing.T) {
	var text strings.Builder
	for i := range maxCSVLines {
		fmt.Fprintf(&text, "sensor-%d\n", i)
	}
	start := time.Now()
	if got, err := ReadCSV(strings.NewReader(text.String())); err != nil || len(got) != maxCSVLines {
		t.Errorf("%d lines: %d, %v", maxCSVLines, len(got), err)
	}
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("it took %v", took)
	}
	text.WriteString("one more\n")
	if _, err := ReadCSV(strings.NewReader(text.String())); err == nil || !strings.Contains(err.Error(), "line 10001: a list has up to 10000 lines") {
		t.Errorf("one line more: %v", err)
	}
	if _, err := ReadCSV(strings.NewReader(strings.Repeat("x", maxCSVBytes+1))); err == nil || !strings.Contains(err.Error(), "longer than") {
		t.Errorf("one byte more: %v", err)
	}
	_, err := ReadCSV(strings.NewReader(strings.Repeat("sensor,,never\n", 60)))
	if lines := strings.Split(err.Error(), "\n"); len(lines) != maxCSVErrors+1 || lines[maxCSVErrors] != "and 10 more" {
		t.Errorf("60 mistakes: %d lines, the last %q", len(lines), lines[len(lines)-1])
	}
}

func TestReadCSVOfNothing(t *testing.T) {
	for text, want := range map[string]string{
		"": "no line with a name", "name,kind\n": "no line with a name", "a\xff": "UTF-8",
		"name,colour\nx,red\n": `the column "colour" is not known, only name, organization`, "name,cn\nx,y\n": "twice",
	} {
		if _, err := ReadCSV(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, without %q", text, err, want)
		}
	}
}

func TestParseLifetime(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"90": 90 * day, "90d": 90 * day, "12w": 84 * day, "2Y": 730 * day, "36h": 36 * time.Hour, "1d12h30m": 36*time.Hour + 30*time.Minute, "36500": maxLifetime,
	} {
		if got, err := ParseLifetime(text); err != nil || got != want {
			t.Errorf("%s: %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "0", "0m", "d", "-1", "1.5d", "90 days", "1s", "36501", "101y", "99999999999999999999", "9999999999y", "50y60y"} {
		if got, err := ParseLifetime(text); err == nil {
			t.Errorf("%q is %v", text, got)
		}
	}
}
