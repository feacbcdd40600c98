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
	spelt := NewText("\u0639\u202e", TextPlain)
	if got, want := spelt.MinSize().Width, fyne.MeasureText(plain(spelt.Text()), spelt.style.face(spelt).size, spelt.style.face(spelt).style).Width; got != want {
		t.Errorf("a text asks for %v, %v expected", got, want)
	}
}

func TestATextThatHasRoomIsNotCut(t *testing.T) {
	start(t)
	for _, text := range []string{
		"plant/line1", "AVATAR WAVY TATTOO AV", "مصنع", "درجة الحرارة", "abc\u202edef", "\u202e", "درجة\u202eالحرارة", "שלום עולם", "Grüße 世界 🌡 жук",
		"अनुच्छेद", "a\tb", "",
	} {
		for _, style := range []TextStyle{TextPlain, TextStrong, TextMono, TextMonoMuted} {
			f := style.face(NewText("", style))
			room := style.Width(text)
			if got := f.fit(text, room); got != text {
				t.Errorf("%q in %+v, which has room, is drawn as %q", text, style, got)
			}
			if got := f.fitMiddle(text, room); got != text {
				t.Errorf("%q in %+v, which has room, is drawn as %q, cut in the middle", text, style, got)
			}
		}
	}
}
