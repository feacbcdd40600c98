package clients

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"sluice/engine"
	"sluice/ui/command"
	"sluice/ui/pane"
	"sluice/ui/theme"
)

// fakeEngine is an engine whose clients a test sets.
type fakeEngine struct {
	mu           sync.Mutex
	clients      []engine.Client
	revision     uint64
	disconnected []string
	asked        int
}

func (e *fakeEngine) set(clients ...engine.Client) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.clients = clients
	e.revision++
}

func (e *fakeEngine) Clients() []engine.Client {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.asked++
	return slices.Clone(e.clients)
}

func (e *fakeEngine) Revision() uint64 {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.revision
}

func (e *fakeEngine) Disconnect(key string) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.disconnected = append(e.disconnected, key)
	return true
}

// bench is a pane in a window with everything on one goroutine.
type bench struct {
	*Pane
	window   fyne.Window
	engine   *fakeEngine
	notices  []string
	opened   []string
	nextTick time.Time
}

func newBench(t *testing.T) *bench {
	t.Helper()
	test.NewTempApp(t).Settings().SetTheme(theme.New(theme.Dark))
	b := &bench{engine: &fakeEngine{}, window: test.NewTempWindow(t, nil), nextTick: noon}
	h := &pane.Host{
		Window: b.window, Do: func(f func()) { f() }, Run: func(f func()) { f() }, Wake: func() {},
		Notify:  func(_ theme.Role, text, _ string, _ func()) { b.notices = append(b.notices, text) },
		Gateway: func() command.Gateway { return command.Gateway{CoAP: "127.0.0.1:5683"} },
		Open:    func(p, item string) { b.opened = append(b.opened, p+" "+item) },
	}
	b.Pane = New(b.engine, h)
	b.window.SetContent(b.Content())
	b.window.Resize(fyne.NewSize(1200, 700))
	return b
}

// tick does what the window's ticker does; it reports whether anything had changed.
func (b *bench) tick() bool {
	b.nextTick = b.nextTick.Add(100 * time.Millisecond)
	update := b.Gather(b.nextTick)
	if update != nil {
		update()
	}
	return update != nil
}

func TestAClientIsListedAfterOneTick(t *testing.T) {
	b := newBench(t)
	b.tick()
	if b.empty.Visible() && b.table.Rows() != 0 {
		t.Error("nothing is listed without clients")
	}
	b.engine.set(sensor(), meter())
	if !b.tick() || b.table.Rows() != 2 {
		t.Fatalf("%d rows, want 2", b.table.Rows())
	}
	if b.tick() {
		t.Error("nothing changed, yet something is drawn")
	}
}

func TestAnEmptyPaneSaysHowToFillIt(t *testing.T) {
	b := newBench(t)
	text, line := b.hint(0, "")
	if text == "" || line != `coap-client-notls -m post -e "" "coap://127.0.0.1:5683/mqtt/connection?clientid=sensor-1"` {
		t.Errorf("hint %q %q", text, line)
	}
	if text, line = b.hint(3, "x"); text != "No client matches the filter." || line != "" {
		t.Errorf("with a filter: %q %q", text, line)
	}
}

func TestFilterByTyping(t *testing.T) {
	b := newBench(t)
	b.engine.set(sensor(), meter())
	b.tick()
	test.Type(b.filter, "meter")
	b.tick()
	if b.table.Rows() != 1 {
		t.Errorf("%d rows match, want 1", b.table.Rows())
	}
	b.filter.TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
	b.tick()
	if b.table.Rows() != 2 {
		t.Errorf("%d rows after Escape, want 2", b.table.Rows())
	}
}

func TestTheSelectedClientIsShownInDetail(t *testing.T) {
	b := newBench(t)
	b.engine.set(sensor(), meter())
	b.tick()
	b.table.Select("c/1")
	b.ask()
	b.tick()
	if b.detail.row == nil || b.detail.name.Text() != "sensor-17" || !b.detail.body.Visible() {
		t.Fatal("the selected client is not shown")
	}
	if !b.detail.publishes.object.Visible() || b.detail.subscribes.object.Visible() {
		t.Error("topics are shown where there are some, and only there")
	}
	b.engine.set(meter())
	b.tick()
	if b.detail.body.Visible() {
		t.Error("a client that has gone is still shown")
	}
}

func TestLongNamesDoNotWidenThePane(t *testing.T) {
	b := newBench(t)
	c := sensor()
	c.ID = strings.Repeat("x", 200)
	c.Publishes, c.Subscribes = nil, nil
	for i := range 500 {
		c.Subscribes = append(c.Subscribes, fmt.Sprint(strings.Repeat("level/", 60), i))
	}
	b.engine.set(c)
	b.tick()
	b.table.Select(c.Key)
	b.tick()
	if width := b.detail.object.MinSize().Width; width > 340 {
		t.Errorf("the detail needs %v", width)
	}
	if n := len(b.detail.subscribes.box.Objects); n != listedTopics+1 {
		t.Errorf("%d lines for 500 subscriptions", n)
	}
	b.disconnect(buildRow(c, noon))
	if width := b.window.Canvas().Overlays().Top().MinSize().Width; width > 600 {
		t.Errorf("the question needs %v", width)
	}
}

func TestDisconnectAsksOnce(t *testing.T) {
	b := newBench(t)
	b.engine.set(sensor())
	b.tick()
	b.disconnect(buildRow(sensor(), noon))
	if len(b.engine.disconnected) != 0 {
		t.Fatal("disconnected before the answer")
	}
	if b.window.Canvas().Overlays().Top() == nil {
		t.Fatal("no question")
	}
	b.window.Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
	if b.window.Canvas().Overlays().Top() != nil || len(b.engine.disconnected) != 0 {
		t.Fatal("Escape does not mean no")
	}
	b.disconnect(buildRow(sensor(), noon))
	b.window.Canvas().FocusNext()
	b.window.Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	if !slices.Equal(b.engine.disconnected, []string{"c/1"}) || !slices.Equal(b.notices, []string{"sensor-17 was disconnected"}) {
		t.Errorf("disconnected %v, said %v", b.engine.disconnected, b.notices)
	}
}

func TestLayoutIsRemembered(t *testing.T) {
	a := newBench(t)
	a.split.SetOffset(0.5)
	a.table.SortBy("id", true)
	data, err := a.SaveLayout()
	if err != nil {
		t.Fatal(err)
	}
	b := newBench(t)
	if err := b.RestoreLayout(data); err != nil {
		t.Fatal(err)
	}
	if state := b.table.State(); b.split.Offset() != 0.5 || state.Sort != "id" || !state.Descending {
		t.Errorf("restored split %v, sort %q", b.split.Offset(), state.Sort)
	}
	if b.RestoreLayout([]byte("{")) == nil {
		t.Error("a broken layout is no error")
	}
}

func TestHiddenPaneCostsNothing(t *testing.T) {
	b := newBench(t)
	b.tick()
	asked := b.engine.asked
	b.engine.set(sensor())
	if b.engine.asked != asked {
		t.Error("the engine is asked without a tick")
	}
}
