package filter

import (
	"testing"
	"unicode/utf8"
)

func TestWhereACursorStands(t *testing.T) {
	for _, c := range []struct {
		text     string // with the cursor as |
		want     Cursor
		replaced string // what there is of the part
	}{
		{"|", Cursor{}, ""},
		{"co|", Cursor{0, 2, "", "co"}, "co"},
		{"co|de:4", Cursor{0, 5, "", "co"}, "code:"},
		{"code:|", Cursor{5, 5, "code", ""}, ""},
		{"code:4.|04", Cursor{5, 9, "code", "4."}, "4.04"},
		{"-ty|", Cursor{1, 3, "", "ty"}, "ty"},
		{"!odd:re|f x", Cursor{5, 8, "odd", "re"}, "ref"},
		{"é peer:la|", Cursor{7, 9, "peer", "la"}, "la"},
		{"code:4.* | x", Cursor{9, 9, "", ""}, ""},
		{`peer:"two w|`, Cursor{5, 11, "peer", "two w"}, `"two w`},
		{"-|", Cursor{1, 1, "", ""}, ""},
	} {
		text, position := "", 0
		for i, r := range c.text {
			if r == '|' {
				position = utf8.RuneCountInString(c.text[:i])
				text = c.text[:i] + c.text[i+1:]
			}
		}
		got := At(text, position)
		if got != c.want {
			t.Errorf("%s: %+v, want %+v", c.text, got, c.want)
			continue
		}
		if part := string([]rune(text)[got.From:got.To]); part != c.replaced {
			t.Errorf("%s: replaces %q, want %q", c.text, part, c.replaced)
		}
	}
}

func FuzzCursor(f *testing.F) {
	f.Add("code:4.* -peer:\"a b\" or é", 7)
	f.Fuzz(func(t *testing.T, text string, position int) {
		n := len([]rune(text))
		position = max(0, min(position, n))
		if c := At(text, position); c.From < 0 || c.From > c.To || c.To > n || utf8.ValidString(text) && (position < c.From-1 || position > c.To) {
			t.Errorf("%q at %d: %+v", text, position, c)
		}
	})
}
