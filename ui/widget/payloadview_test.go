package widget

import (
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"

	"sluice/ui/widget/payload"
)

func TestHexView(t *testing.T) {
	start(t)
	v := NewHexView()
	show(t, v, 700, 200)
	v.SetData([]byte("secret and text\x00\xff"))
	v.SetMasks(Span{0, 6})
	want := "0000  ·· ·· ·· ·· ·· ·· 20 61  6e 64 20 74 65 78 74 00  ······ and text.\n" +
		"0010  ff                                                .\n"
	expect(t, "wide", v.Text(), want)
	expect(t, "digits", v.Hex(), "............20616e64207465787400ff")

	v.Resize(fyne.NewSize(320, 200))
	expect(t, "rows where it is narrow", v.rows(), 3)
	v.SetHighlight(-5, 500)
	v.SetHighlight(20, 10)
	v.SetData(make([]byte, payload.Limit+100))
	expect(t, "rows of a large body", v.rows(), payload.Limit/8)
	v.SetData(nil)
	expect(t, "rows of nothing", v.rows(), 0)
}

func TestPayloadView(t *testing.T) {
	start(t)
	v := NewPayloadView()
	var chosen []payload.Format
	v.OnFormat = func(f payload.Format) { chosen = append(chosen, f) }
	show(t, v, 500, 300)
	v.SetPayload([]byte(`{"a":1}`), 50, payload.Auto)
	expect(t, "guess", v.Format(), payload.JSON)
	expect(t, "shown", v.ShownText(), "{\n  \"a\": 1\n}")
	expect(t, "label", v.formats.Label(), "JSON (declared)")

	v.formatsMenu().Items[7].Action()
	expect(t, "chosen", v.Format(), payload.Hex)
	expect(t, "hex is shown", v.hex.Visible(), true)
	expect(t, "label", v.formats.Label(), "Hex")
	v.copyMenu().Items[2].Action()
	expect(t, "copied", fyne.CurrentApp().Clipboard().Content(), "7b2261223a317d")
	v.formatsMenu().Items[4].Action()
	if !strings.Contains(v.note.Text(), "not CBOR") {
		t.Errorf("the note says %q", v.note.Text())
	}
	if want := []payload.Format{payload.Hex, payload.CBOR}; !slices.Equal(chosen, want) {
		t.Errorf("told %v, want %v", chosen, want)
	}

	v.SetPayload([]byte(strings.Repeat("x", payload.Limit+2000)), 0, payload.Auto)
	expect(t, "note", v.note.Text(), "526 kB, the last 2 kB are not shown")
	if n := len(v.shown.wrapped); n < payload.Limit/500 {
		t.Errorf("half a megabyte lies on %d lines", n)
	}
	v.Clear()
	expect(t, "after clearing", v.ShownText(), "")
}

func TestLargePayloadsAreLaidOutInTheBackground(t *testing.T) {
	start(t)
	v := NewPayloadView()
	var work, back []func()
	v.InBackground(func(f func()) { work = append(work, f) }, func(f func()) { back = append(back, f) })
	next := func() {
		t.Helper()
		if len(work) != 1 {
			t.Fatalf("%d are being laid out at once, want 1", len(work))
		}
		w := work[0]
		work = nil
		w()
		b := back
		back = nil
		for _, f := range b {
			f()
		}
	}
	var shown []payload.Format
	v.OnShown = func(f payload.Format) { shown = append(shown, f) }
	show(t, v, 500, 300)
	text := func(letter string) []byte { return []byte(strings.Repeat(letter, 100_000)) }

	v.SetPayload([]byte("small"), 0, payload.Auto)
	expect(t, "a small one is there at once", v.ShownText(), "small")
	v.SetPayload(text("a"), 0, payload.Auto)
	expect(t, "the one before stays", v.ShownText(), "small")
	expect(t, "note", v.note.Text(), "100 kB, being laid out")
	v.SetPayload(text("b"), 0, payload.Auto)
	next()
	expect(t, "of the same thing what is ready is shown", v.ShownText()[:1], "a")
	next()
	expect(t, "then the latest", v.ShownText()[:1], "b")
	expect(t, "note", v.note.Text(), "100 kB")

	v.SetPayload(text("c"), 0, payload.Auto)
	v.Clear()
	v.SetPayload(text("d"), 0, payload.Auto)
	next()
	expect(t, "of another thing nothing is shown", v.ShownText(), "")
	next()
	expect(t, "the latest", v.ShownText()[:1], "d")
	if len(work) != 0 || len(shown) == 0 || shown[len(shown)-1] != payload.Text {
		t.Errorf("%d wait, told %v", len(work), shown)
	}
}
