package payload

import (
	"encoding/hex"
	"strings"
	"testing"

	"sluice/engine/diagnostic"
)

// spell writes leaves as path=text, separated by spaces.
func spell(leaves []Leaf) string {
	parts := make([]string, len(leaves))
	for i, l := range leaves {
		parts[i] = l.Path + "=" + l.Text + l.Unit
	}
	return strings.Join(parts, " ")
}

func encoded(t *testing.T, notation string) string {
	t.Helper()
	data, err := diagnostic.Read(notation)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestLeaves(t *testing.T) {
	for _, c := range []struct{ name, data, want string }{
		{"object", `{"t":21.5,"run":true,"in":{"a":[1,{"b":null}]}}`, `t=21.5 run=true in.a[0]=1 in.a[1].b=null`},
		{"odd names", `{"a b":1,"":2,"1":3,"x-1":4,"é":"u:{,}"}`, `["a b"]=1 [""]=2 ["1"]=3 x-1=4 é="u:{,}"`},
		{"list", ` [1, [2, 3], {}, []] `, `[0]=1 [1][0]=2 [1][1]=3`},
		{"CBOR", encoded(t, `{1: 22, "t": 1.5, -3: h'00', "at": 1(7)}`), `1=22 t=1.5 -3=h'00' at=7`},
		{"indefinite CBOR", encoded(t, `{_ "a": [_ 1, 2]}`), `a[0]=1 a[1]=2`},
		{"SenML", `[{"bn":"d/","bu":"Cel","n":"a","v":1},{"n":"b","vs":"x"},{"n":"a","v":2}]`, `d/a=1°C d/b="x"°C d/a[1]=2°C`},
	} {
		leaves, ok := Leaves([]byte(c.data), NoContentFormat)
		if !ok || spell(leaves) != c.want {
			t.Errorf("%s: %v\n got %s\nwant %s", c.name, ok, spell(leaves), c.want)
		}
		for _, l := range leaves {
			want, numeric := l.Number()
			if got, _, ok := NumberAt([]byte(c.data), NoContentFormat, l.Path); l.Path != "" && (ok != numeric || got != want) {
				t.Errorf("%s: %s is %v, %v", c.name, l.Path, got, ok)
			}
		}
	}
	for _, data := range []string{"", "23.4 °C", "</a>;rt=b", "\x00\xff"} {
		if leaves, ok := Leaves([]byte(data), NoContentFormat); ok {
			t.Errorf("%q has %v", data, leaves)
		}
	}
}

// What is clicked on in a payload that is laid out is what Leaves calls it.
func TestLeafAtIsThatOfLeaves(t *testing.T) {
	for _, data := range []string{
		`{"t":21.5,"run":true,"in":{"a":[1,{"b":null}],"c":"d"},"e":[]}`,
		encoded(t, `{1: 22, "t": [_ 1.5, 2], "at": 1(7)}`),
		`[{"bn":"d/","n":"a","v":1},{"n":"b","vs":"x"},{"n":"a","v":2}]`,
		"7",
	} {
		f := Guess([]byte(data), NoContentFormat)
		lines, err := Render([]byte(data), f)
		if err != nil {
			t.Fatal(err)
		}
		want, _ := Leaves([]byte(data), NoContentFormat)
		var got []Leaf
		for i := range lines {
			if l, ok := LeafAt(lines, f, i, 0); ok {
				got = append(got, l)
			}
		}
		for i := range want {
			want[i].Unit = ""
		}
		if spell(got) != spell(want) {
			t.Errorf("%s\n got %s\nwant %s", data, spell(got), spell(want))
		}
	}
}

func FuzzLeaves(f *testing.F) {
	for _, s := range []string{`{"a":[1,{"b":"c:}"}]}`, `[{"n":"a","v":1}]`, "[1,", "1"} {
		f.Add([]byte(s))
	}
	for _, s := range []string{"a1016161", "c11a514b67b0", "9f01ff", "bf6161f97e00ff", "820102820304"} {
		data, _ := hex.DecodeString(s)
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		leaves, _ := Leaves(data, NoContentFormat)
		for _, l := range leaves {
			l.Number()
		}
		format := Guess(data, NoContentFormat)
		lines, _ := Render(data, format)
		for i := range min(len(lines), 50) {
			LeafAt(lines, format, i, i)
		}
	})
}
