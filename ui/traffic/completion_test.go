package traffic

import (
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/driver/software"
	"fyne.io/fyne/v2/test"

	"sluice/engine/record"
	"sluice/engine/record/filter"
)

func (b *bench) press(keys ...fyne.KeyName) {
	for _, key := range keys {
		b.filter.TypedKey(&fyne.KeyEvent{Name: key})
	}
}

// typing begins to type a filter over messages of lamp-3.
func typing(t *testing.T, text string) *bench {
	t.Helper()
	b := newBench(t, false)
	b.ring.Add(&record.Frame{At: noon, Client: "lamp-3", Listener: "coap://127.0.0.1:5683", Data: []byte("\x41\x03\x00\x01\xab\xb2ps\x05plant")})
	b.ring.Add(&record.Frame{At: noon, Client: "front door", Listener: "coap://127.0.0.1:5683", Data: []byte("\x40\x00\x00\x07")})
	b.tick()
	b.host.Window.Canvas().Focus(b.filter)
	test.Type(b.filter, text)
	return b
}

func TestWhatIsTypedIsCompleted(t *testing.T) {
	for _, c := range []struct {
		typed string
		keys  []fyne.KeyName
		want  string
	}{
		{"co", []fyne.KeyName{fyne.KeyTab}, "code:"},
		{"to", []fyne.KeyName{fyne.KeyDown, fyne.KeyReturn}, "took:"},
		{"to", []fyne.KeyName{fyne.KeyUp, fyne.KeyReturn}, "took:"},
		{"-ty", []fyne.KeyName{fyne.KeyTab}, "-type:"},
		{"type:a", []fyne.KeyName{fyne.KeyTab}, "type:ack "},
		{"odd:ret", []fyne.KeyName{fyne.KeyReturn}, "odd:retransmitted "},
		{"peer:la", []fyne.KeyName{fyne.KeyTab}, "peer:lamp-3 "},
		{"peer:door", []fyne.KeyName{fyne.KeyTab}, `peer:"front door" `},
		{"path:pla", []fyne.KeyName{fyne.KeyTab}, "path:/ps/plant "},
		{"code:de", []fyne.KeyName{fyne.KeyTab}, "code:DELETE "},
		{"code:4.0", []fyne.KeyName{fyne.KeyDown, fyne.KeyReturn}, "code:4.01 "},
		{"x peer:", []fyne.KeyName{fyne.KeyDown, fyne.KeyDown, fyne.KeyReturn}, "x peer:lamp-3 "},
	} {
		b := typing(t, c.typed)
		if b.press(c.keys...); b.filter.Text != c.want || b.filter.CursorColumn != len([]rune(c.want)) {
			t.Errorf("%s: %q, cursor at %d, want %q; offered was %q", c.typed, b.filter.Text, b.filter.CursorColumn, c.want, b.completion.offers)
		}
	}
}

func TestWhatFollowsTheCursorStays(t *testing.T) {
	b := typing(t, "odd:ref type:con")
	b.filter.CursorColumn = 7
	b.completion.look()
	if b.press(fyne.KeyTab); b.filter.Text != "odd:refused type:con" || b.filter.CursorColumn != len("odd:refused ") {
		t.Errorf("%q, cursor at %d", b.filter.Text, b.filter.CursorColumn)
	}
	if b.asked.Load().filter.String() != "odd:refused type:con" {
		t.Errorf("filtered by %q", b.asked.Load().filter)
	}
}

func TestTheWordIsExplainedWhileItIsTyped(t *testing.T) {
	b := typing(t, "peer:")
	c := b.completion
	if !c.object.Visible() || b.pane.odd.object.Visible() || c.about.Text() != "peer: client ID or address" || !slices.Contains(c.offers, "lamp-3") {
		t.Errorf("says %q, offers %q", c.about.Text(), c.offers)
	}
	test.Type(b.filter, "lamp-3 hello")
	if !strings.HasPrefix(c.about.Text(), "looked for in all") || len(c.offers) != 0 {
		t.Errorf("says %q, offers %q", c.about.Text(), c.offers)
	}
	for _, text := range []string{"mid:abc", "colour:red"} {
		b.filter.SetText("")
		if test.Type(b.filter, text); c.object.Visible() || !b.problem.Visible() || !b.pane.odd.object.Visible() {
			t.Errorf("%s: what is wrong with it is not seen", text)
		}
	}
	b.filter.SetText("")
	b.host.Window.Canvas().Unfocus()
	if c.object.Visible() || !b.pane.odd.object.Visible() {
		t.Error("it is still seen")
	}
}

// Tab goes to the next control unless something was begun, and Enter takes nothing that is not marked.
func TestKeysWithoutABeginning(t *testing.T) {
	b := typing(t, "")
	if b.filter.AcceptsTab() {
		t.Error("Tab stays in an empty filter")
	}
	if b.press(fyne.KeyReturn); b.filter.Text != "" {
		t.Errorf("Enter takes %q", b.filter.Text)
	}
	if test.Type(b.filter, "ty"); !b.filter.AcceptsTab() {
		t.Error("Tab completes nothing")
	}
}

// A click on an offer takes it, though the driver takes the keyboard away at both of its ends.
func TestAClickTakesAnOffer(t *testing.T) {
	b := typing(t, "")
	test.Type(b.filter, "ty")
	offer, c := b.completion.places[0], b.host.Window.Canvas()
	click := &desktop.MouseEvent{Button: desktop.MouseButtonPrimary}
	offer.MouseDown(click)
	c.Unfocus()
	if !b.completion.object.Visible() {
		t.Fatal("the offer is gone before the button goes up")
	}
	offer.MouseUp(click)
	c.Unfocus()
	offer.Tapped(&click.PointEvent)
	if b.filter.Text != "type:" || c.Focused() != fyne.Focusable(b.filter) {
		t.Errorf("it takes %q, and %T has the keyboard", b.filter.Text, c.Focused())
	}
	test.Type(b.filter, "con")
	if b.filter.Text != "type:con" {
		t.Errorf("going on makes %q", b.filter.Text)
	}
	offer.MouseDown(click)
	c.Unfocus()
	if offer.MouseOut(); b.completion.object.Visible() {
		t.Error("it stays after the pointer left")
	}
}

// Down goes from the filter to the rows where nothing is begun that it would complete, and Escape leads back.
func TestTheKeyboardGoesToTheRowsAndBack(t *testing.T) {
	for _, c := range []struct {
		typed string
		rows  bool
		row   uint64
	}{
		{"", true, 1},
		{"peer:lamp-3 ", true, 1},
		{"type:=con mid:7", true, 2},
		{"mid:9", false, 0}, // there are none
		{"pe", false, 0},    // a word is completed
		{"peer:", false, 0}, // a value is
	} {
		b := typing(t, c.typed)
		b.tick()
		b.press(fyne.KeyDown)
		focused := b.host.Window.Canvas().Focused()
		if rows := focused == b.table.Keyboard(); b.table.Keyboard() != nil && rows != c.rows {
			t.Errorf("%q: the rows have the keyboard: %v", c.typed, rows)
			continue
		}
		if !c.rows {
			continue
		}
		if r, ok := b.table.Selected(); !ok || r.Frame.Seq != c.row || b.pane.detail.row != r {
			t.Errorf("%q: row %v is selected", c.typed, r)
		}
		focused.TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
		if b.host.Window.Canvas().Focused() != fyne.Focusable(b.filter) || b.filter.Text != c.typed {
			t.Errorf("%q: Escape leads to %T and leaves %q", c.typed, b.host.Window.Canvas().Focused(), b.filter.Text)
		}
	}
}

// What a click in the rows filters by is what Escape takes back, also where the keyboard came from the filter.
func TestEscapeTakesBackWhatIsFollowedFirst(t *testing.T) {
	b := typing(t, "type:con ")
	b.tick()
	b.press(fyne.KeyDown)
	b.follow("mid:1")
	rows := b.host.Window.Canvas().Focused()
	rows.TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
	if b.filter.Text != "type:con " || b.host.Window.Canvas().Focused() != rows {
		t.Errorf("filter %q, the keyboard is at %T", b.filter.Text, b.host.Window.Canvas().Focused())
	}
}

// All words can be picked before one is begun.
func TestEveryWordIsOffered(t *testing.T) {
	b := typing(t, "")
	for _, w := range filter.Words() {
		if !slices.Contains(b.completion.offers, w.Name+":") {
			t.Errorf("%s is not offered", w.Name)
		}
	}
}

// A mistake stays in view while the next word is begun.
func TestAMistakeIsSeenWhileTheNextWordIsTyped(t *testing.T) {
	b := typing(t, "token:zz ")
	if !b.problem.Visible() || b.completion.object.Visible() || !b.pane.odd.object.Visible() {
		t.Error("the mistake before the cursor is not seen")
	}
	b.filter.SetText("")
	test.Type(b.filter, "token:")
	if b.problem.Visible() && !b.completion.object.Visible() {
		t.Error("what is begun is called a mistake in place of what would complete it")
	}
}

func TestTheFilterIsRemembered(t *testing.T) {
	b := typing(t, "peer:lamp-3")
	data, err := b.pane.SaveLayout()
	if err != nil {
		t.Fatal(err)
	}
	again := newBench(t, false)
	if err := again.pane.RestoreLayout(data); err != nil || again.filter.Text != "peer:lamp-3" || again.asked.Load().filter.String() != "peer:lamp-3" {
		t.Errorf("%v, filter %q", err, again.filter.Text)
	}
}

// TestPicture draws it for a look at it; PICTURES names the folder.
func TestPicture(t *testing.T) {
	folder := os.Getenv("PICTURES")
	if folder == "" {
		t.Skip("PICTURES is not set")
	}
	b := typing(t, "peer:lamp-3 code:4")
	file, err := os.Create(filepath.Join(folder, "completion.png"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if err := png.Encode(file, software.RenderCanvas(b.host.Window.Canvas(), fyne.CurrentApp().Settings().Theme())); err != nil {
		t.Fatal(err)
	}
}
