package palette

import (
	"slices"
	"strings"
	"sync"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/test"

	"sluice/assets"
	"sluice/ui/pane"
	"sluice/ui/theme"
)

// opened is a palette over an empty window; what runs elsewhere is waited for.
type opened struct {
	*Palette
	window fyne.Window
	used   []string
	ran    []string
}

func open(t *testing.T, recent ...string) *opened {
	t.Helper()
	if err := lang.AddTranslationsFS(assets.Translations, assets.TranslationsDir); err != nil {
		t.Fatal(err)
	}
	app := test.NewTempApp(t)
	app.Settings().SetTheme(theme.New(theme.Dark))
	o := &opened{window: test.NewTempWindow(t, nil)}
	o.window.Resize(fyne.NewSize(1000, 700))
	h := &pane.Host{Window: o.window, Do: func(f func()) { f() }, Run: func(f func()) {
		var wait sync.WaitGroup
		wait.Go(f)
		wait.Wait()
	}}
	list := commands("Clients", "Topics", "Traffic drawer", "Stop")
	for i := range list {
		list[i].Run = func() { o.ran = append(o.ran, list[i].Name) }
	}
	list[0].Keys = "Ctrl 1"
	o.Palette = Open(h, Options{Commands: list, Recent: recent, Used: func(id string) { o.used = append(o.used, id) },
		Load: func() []Items {
			return append(manyTopics(500), Items{Prefix: "client:", Kind: "Client", Names: []string{"sensor-17"}, Notes: []string{"192.0.2.17"}})
		}})
	return o
}

func (o *opened) keys(names ...fyne.KeyName) {
	for _, name := range names {
		o.entry.TypedKey(&fyne.KeyEvent{Name: name})
	}
}

func (o *opened) inView() []string {
	var list []string
	for _, r := range o.rows {
		if r.Visible() {
			list = append(list, r.found.Name)
		}
	}
	return list
}

func TestKeysMoveThroughTheList(t *testing.T) {
	o := open(t)
	if o.window.Canvas().Focused() != o.entry {
		t.Fatal("the keyboard is elsewhere")
	}
	o.keys(fyne.KeyUp)
	if got := o.found[o.chosen].Name; got != "Stop" {
		t.Errorf("above the first is %s", got)
	}
	o.keys(fyne.KeyDown, fyne.KeyDown)
	if got := o.found[o.chosen].Name; got != "Topics" {
		t.Errorf("chosen %s", got)
	}
	test.Type(o.entry, "machine")
	o.keys(fyne.KeyPageDown, fyne.KeyPageDown)
	if o.chosen != 2*(rowsInView-1) || o.top != o.chosen-rowsInView+1 || len(o.inView()) != rowsInView {
		t.Errorf("chosen %d, from %d on", o.chosen, o.top)
	}
	o.scroll(-100)
	if o.top != 0 || o.chosen == 0 {
		t.Errorf("scrolled to %d, chosen %d", o.top, o.chosen)
	}
	o.keys(fyne.KeyDown)
	if !slices.Contains(o.inView(), o.found[o.chosen].Name) {
		t.Error("what is chosen is not in view")
	}
}

func TestEnterDoesWhatIsChosen(t *testing.T) {
	o := open(t, "Stop")
	if got := o.inView()[0]; got != "Stop" {
		t.Errorf("first is %s", got)
	}
	o.keys(fyne.KeyDown, fyne.KeyReturn)
	if !slices.Equal(o.used, []string{"Clients"}) || !slices.Equal(o.ran, []string{"Clients"}) || o.window.Canvas().Overlays().Top() != nil {
		t.Errorf("used %q, ran %q", o.used, o.ran)
	}
}

// Who types fast presses Enter before the list is of what was typed.
func TestEnterWaitsForWhatIsFound(t *testing.T) {
	o := open(t, "Stop")
	var waiting []func()
	o.finder.run = func(f func()) { waiting = append(waiting, f) }
	test.Type(o.entry, "topics")
	o.keys(fyne.KeyReturn)
	if len(o.ran) > 0 {
		t.Fatalf("ran %q, which was found before", o.ran)
	}
	for _, search := range waiting {
		search()
	}
	if !slices.Equal(o.ran, []string{"Topics"}) {
		t.Errorf("ran %q", o.ran)
	}
}

func TestAClickDoesIt(t *testing.T) {
	o := open(t)
	test.Tap(o.rows[2])
	if !slices.Equal(o.ran, []string{"Traffic drawer"}) {
		t.Errorf("ran %q", o.ran)
	}
}

func TestAClickElsewhereCloses(t *testing.T) {
	o := open(t)
	test.TapCanvas(o.window.Canvas(), fyne.NewPos(5, 600))
	if o.window.Canvas().Overlays().Top() != nil || len(o.ran) != 0 {
		t.Errorf("ran %q", o.ran)
	}
}

func TestNothingIsFound(t *testing.T) {
	o := open(t)
	test.Type(o.entry, "qqqq")
	if !o.none.Visible() || len(o.inView()) != 0 {
		t.Errorf("shows %q", o.inView())
	}
	o.keys(fyne.KeyDown, fyne.KeyReturn)
	if o.closed {
		t.Error("Enter closes it")
	}
}

func TestPieces(t *testing.T) {
	var b strings.Builder
	for _, p := range pieces("Größe 1", []int{2, 3, 6}) {
		if p.bold {
			p.text = strings.ToUpper(p.text)
		}
		b.WriteString(p.text + "|")
	}
	if got := b.String(); got != "Gr|ÖSS|e |1|" && got != "Gr|Öß|e |1|" && got != "Gr|ÖSS|e |1" {
		t.Errorf("pieces %s", got)
	}
}

func TestMarkup(t *testing.T) {
	o := open(t)
	test.Type(o.entry, "tra")
	test.AssertObjectRendersToMarkup(t, "palette.xml", o.box)
}
