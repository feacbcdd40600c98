package widget

import "testing"

func TestTextsAreDrawnInOneDirection(t *testing.T) {
	for _, c := range []struct{ text, drawn string }{
		{"lamp-3 · 21.5 °C — 中文 😀 …", "lamp-3 · 21.5 °C — 中文 😀 …"},
		{"\u0639\u0631", "\u0639\u0631"}, // letters keep theirs
		{"evil\u202egpj.exe", "evil\ufffdgpj.exe"},
		{"a\u061cb\u200ec\u200fd\u2066e\u2069f", "a\ufffdb\ufffdc\ufffdd\ufffde\ufffdf"},
		{"two\nlines\x00", "two␊lines␀"},
	} {
		if got := plain(c.text); got != c.drawn {
			t.Errorf("%+q is drawn as %+q", c.text, got)
		}
	}
}
