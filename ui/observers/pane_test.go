package observers

import (
	"errors"
	"slices"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"sluice/engine"
	"sluice/engine/topics"
	"sluice/ui/command"
	"sluice/ui/pane"
	"sluice/ui/theme"
)

type fakeEngine struct {
	observers []engine.Observer
	observed  []string
	ended     []uint64
	table     *topics.Table
	revision  uint64
	fail      error
}

func (e *fakeEngine) Observers() []engine.Observer { return slices.Clone(e.observers) }
func (e *fakeEngine) Topics() *topics.Table        { return e.table }
func (e *fakeEngine) Revision() uint64             { return e.revision }

func (e *fakeEngine) ObserveTopic(filter string) (uint64, error) {
	if e.fail != nil {
		return 0, e.fail
	}
	e.observed = append(e.observed, filter)
	e.set(append(e.observers, fromWindow(99, filter))...)
	return 99, nil
}

func (e *fakeEngine) EndObservation(id uint64) bool {
	e.ended = append(e.ended, id)
	before := len(e.observers)
	e.set(slices.DeleteFunc(slices.Clone(e.observers), func(o engine.Observer) bool { return o.ID == id })...)
	return len(e.observers) < before
}

func (e *fakeEngine) set(observers ...engine.Observer) {
	e.observers = observers
	e.revision++
}

type bench struct {
	*Pane
	window  fyne.Window
	engine  *fakeEngine
	notices []string
	opened  string
	now     time.Time
}

func newBench(t *testing.T) *bench {
	t.Helper()
	test.NewTempApp(t).Settings().SetTheme(theme.New(theme.Dark))
	b := &bench{engine: &fakeEngine{table: topics.New(topics.Options{})}, window: test.NewTempWindow(t, nil), now: noon}
	h := &pane.Host{Window: b.window, Do: func(f func()) { f() }, Run: func(f func()) { f() }, Wake: func() {},
		Notify:  func(_ theme.Role, text, _ string, _ func()) { b.notices = append(b.notices, text) },
		Gateway: func() command.Gateway { return command.Gateway{CoAP: "127.0.0.1:5683"} },
		Open:    func(p, item string) { b.opened = p + " " + item }}
	b.Pane = New(b.engine, h)
	b.window.SetContent(b.Content())
	b.window.Resize(fyne.NewSize(1200, 700))
	return b
}

func (b *bench) tick() bool {
	b.now = b.now.Add(100 * time.Millisecond)
	update := b.Gather(b.now)
	if update != nil {
		update()
	}
	return update != nil
}

func TestCardsAndTable(t *testing.T) {
	b := newBench(t)
	b.tick()
	if !b.empty.Visible() || b.cards.Visible() || b.table.Visible() {
		t.Error("an empty pane does not say so")
	}
	b.engine.set(relation(1, "panel-2", "temp", "23.4"), relation(2, "lamp-3", "temp", "23.3"), relation(3, "lamp-3", "door", "open"))
	b.tick()
	if !b.cards.Visible() || len(b.groups) != 2 || b.table.Rows() != 3 {
		t.Errorf("cards %v, %d groups, %d rows", b.cards.Visible(), len(b.groups), b.table.Rows())
	}
	if b.tick() {
		t.Error("nothing changed, yet something is drawn")
	}
	b.look.SetSelected("Table")
	b.showLook()
	if b.cards.Visible() || !b.table.Visible() {
		t.Error("the table is not shown in place of the cards")
	}
}

func TestFilterByTopicOrClient(t *testing.T) {
	b := newBench(t)
	b.engine.set(relation(1, "panel-2", "temp", "23.4"), relation(2, "lamp-3", "door", "open"))
	for filter, want := range map[string]int{"": 2, "LAMP": 1, "temp": 1, "x": 0} {
		b.filter.SetText(filter)
		b.tick()
		if len(b.groups) != want {
			t.Errorf("filter %q shows %d cards, want %d", filter, len(b.groups), want)
		}
	}
}

func TestDetailListsTheRelations(t *testing.T) {
	b := newBench(t)
	b.engine.set(relation(1, "panel-2", "temp", "23.4"), relation(2, "lamp-3", "temp", "23.3"))
	b.tick()
	if b.split.TrailingVisible() {
		t.Error("a detail is shown before anything is selected")
	}
	b.grid.Select(0)
	if !b.split.TrailingVisible() || len(b.detail.cards) != 2 || b.detail.name.Text() != "temp" {
		t.Fatalf("detail %v of %q with %d relations", b.split.TrailingVisible(), b.detail.name.Text(), len(b.detail.cards))
	}
	b.grid.TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
	if b.split.TrailingVisible() {
		t.Error("Escape does not close the detail")
	}
	b.window.Canvas().Focus(b.grid)
	b.grid.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	if !b.split.TrailingVisible() {
		t.Error("Enter does not show the card in detail")
	}
	b.cardMenu(&b.groups[0])[2].Action()
	if got := fyne.CurrentApp().Clipboard().Content(); got != "coap-client-notls -m get -s 60 coap://127.0.0.1:5683/ps/temp" {
		t.Errorf("copied %q", got)
	}
	b.showSubject()
	if b.opened != "topics temp" {
		t.Errorf("opened %q", b.opened)
	}
	b.engine.set()
	b.tick()
	if b.split.TrailingVisible() {
		t.Error("what has ended is still shown")
	}
}

func TestEndAsksForDevicesOnly(t *testing.T) {
	b := newBench(t)
	b.engine.set(relation(1, "panel-2", "temp", "23.4"), fromWindow(2, "door"))
	b.end(buildRelation(b.engine.observers[1], noon))
	if !slices.Equal(b.engine.ended, []uint64{2}) {
		t.Fatalf("ended %v", b.engine.ended)
	}
	b.end(buildRelation(b.engine.observers[0], noon))
	if len(b.engine.ended) != 1 {
		t.Fatal("ended without a question")
	}
	b.window.Canvas().FocusNext()
	b.window.Canvas().Focused().TypedRune(' ')
	if !slices.Equal(b.engine.ended, []uint64{2, 1}) {
		t.Errorf("ended %v", b.engine.ended)
	}
	b.endNow(buildRelation(relation(7, "gone", "temp", ""), noon))
	if !slices.Equal(b.notices, []string{"This window observes door no more", "gone had already stopped observing temp"}) {
		t.Errorf("said %q", b.notices)
	}
	b.host.Undo()
	if !slices.Equal(b.engine.observed, []string{"door"}) || b.host.LastUndoable() != "" {
		t.Errorf("undoing observes %q", b.engine.observed)
	}
}

func TestObserveATopic(t *testing.T) {
	b := newBench(t)
	b.observe()
	entry := b.window.Canvas().Focused()
	for _, r := range "plant/#" {
		entry.TypedRune(r)
	}
	entry.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	b.tick()
	if !slices.Equal(b.engine.observed, []string{"plant/#"}) || len(b.groups) != 1 || !b.split.TrailingVisible() {
		t.Errorf("observed %v, %d cards", b.engine.observed, len(b.groups))
	}
	b.engine.fail = errors.New("the gateway is stopped")
	b.observeFilter("a")
	if !slices.Equal(b.notices, []string{"Observing a failed: the gateway is stopped"}) {
		t.Errorf("said %q", b.notices)
	}
}

func TestLayoutIsRemembered(t *testing.T) {
	a, b := newBench(t), newBench(t)
	a.look.SetSelected("Table")
	a.split.SetOffset(0.5)
	data, err := a.SaveLayout()
	if err != nil {
		t.Fatal(err)
	}
	if err := b.RestoreLayout(data); err != nil || b.look.Selected() != "Table" || b.split.Offset() != 0.5 {
		t.Errorf("restored %q, %v, %v", b.look.Selected(), b.split.Offset(), err)
	}
}
