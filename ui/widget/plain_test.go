package widget

import (
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
)

func TestTextsAreDrawnInOneDirection(t *testing.T) {
	for _, c := range []struct{ text, drawn string }{
		{"lamp-3 · 21.5 °C — 中文 😀 …", "lamp-3 · 21.5 °C — 中文 😀 …"},
		{"\u0639\u0631", "\u0639\u0631"}, // letters keep theirs
		{"evil\u202egpj.exe", `evil\u202egpj.exe`},
		{"a\u061cb\u200ec\u200fd\u2066e\u2069f", `a\u061cb\u200ec\u200fd\u2066e\u2069f`},
		{"two\nlines\x00'", `two\nlines\x00'`},
	} {
		if got := plain(c.text); got != c.drawn {
			t.Errorf("%+q is drawn as %+q", c.text, got)
		}
	}
}

func TestWhatIsSpeltHasItsRoom(t *testing.T) {
	test.NewTempApp(t)
	for _, style := range []fyne.TextStyle{{}, {Monospace: true}} {
		f := face{size: 13, style: style}
		if got, want := f.width("a\u202e\n"), f.width(`a\u202e\n`); got < want-1 || got > want+1 {
			t.Errorf("%v: %v wide, %v expected", style, got, want)
		}
	}
}
