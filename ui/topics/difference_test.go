package topics

import (
	"fmt"
	"strings"
	"testing"

	"sluice/engine/topics"
)

// textual is a value of which nothing is declared.
func textual(payload string) *topics.Value { return &topics.Value{Payload: []byte(payload)} }

// tell writes changes as +where now, -where before, or ~where before>now (by).
func tell(list []change) string {
	var parts []string
	for _, c := range list {
		switch c.kind {
		case added:
			parts = append(parts, fmt.Sprintf("+%s %s", c.where, c.now))
		case removed:
			parts = append(parts, fmt.Sprintf("-%s %s", c.where, c.before))
		default:
			parts = append(parts, strings.TrimSpace(fmt.Sprintf("~%s %s>%s %s", c.where, c.before, c.now, c.by)))
		}
	}
	return strings.Join(parts, ", ")
}

func TestDifference(t *testing.T) {
	newBench(t)
	for _, c := range []struct{ before, now, want string }{
		{`{"t":1}`, `{ "t": 1 }`, ""},
		{`{"t":1.5,"run":true,"old":0}`, `{"t":2,"run":false,"new":[7]}`, `~t 1.5>2 +0.5, ~run true>false, +new[0] 7, -old 0`},
		{"\xa1\x61t\x01", "\xa1\x61t\x03", "~t 1>3 +2"},
		{`[{"n":"a","v":1}]`, `[{"n":"a","v":1},{"n":"b","vb":true}]`, "+b true"},
		{"on", "off", "~line 1 on>off"},
		{"\x00\x01\x02\xff\x04", "\x00\x09\x08\xff\x05", "~offset 0x1 01 02>09 08, ~offset 0x4 04>05"},
		{"\x00\xff", "\x00\xfe\xff", "+offset 0x1 fe"},
		{"\x00\xfe\xfe\xff", "\x00\xfe\xff", "-offset 0x2 fe"},
		{"\x00\xff", "\x00\xff", ""},
		{"a\nb\nc", "a\nx\nb\nc", "+line 2 x"},
		{"a\nb\nc\nd", "a\nc\nD", "-line 2 b, ~line 3 d>D"},
		{"", "a", "~line 1 >a"},
		{"23", `{"t":23}`, `~line 1 23>{, +line 2   "t": 23, +line 3 }`},
	} {
		if got := tell(changesBetween(textual(c.before), textual(c.now))); got != c.want {
			t.Errorf("%q to %q:\n got %s\nwant %s", c.before, c.now, got, c.want)
		}
	}
}

// Taking the changes of lines to what was before gives what is now.
func FuzzDifferenceByLine(f *testing.F) {
	f.Add("a\nb\nc", "a\nc\nb")
	f.Add("", "x\n\nx")
	f.Fuzz(func(t *testing.T, before, now string) {
		a, b := strings.Split(before, "\n"), strings.Split(now, "\n")
		gone, come := map[string]int{}, map[string]int{}
		for _, c := range changesByLine(a, b) {
			if c.kind != added {
				gone[c.before]++
			}
			if c.kind != removed {
				come[c.now]++
			}
		}
		for _, line := range a {
			come[line]++
		}
		for _, line := range b {
			gone[line]++
		}
		for line, n := range come {
			if gone[line] != n {
				t.Fatalf("%q: %d and %d", line, n, gone[line])
			}
		}
	})
}
