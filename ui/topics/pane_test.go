package topics

import (
	"encoding/json"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"

	"sluice/engine"
	"sluice/engine/broker"
	"sluice/engine/gateway"
	"sluice/engine/topicfilter"
	"sluice/engine/topics"
	"sluice/ui/command"
	"sluice/ui/pane"
	"sluice/ui/theme"
)

// fakeEngine keeps a real table of topics and notes what is asked of it.
type fakeEngine struct {
	mu        sync.Mutex
	table     *topics.Table
	published []engine.Publication
	deleted   []string
	restored  []string
	observers []engine.Observer
	revision  uint64
	fail      error

	clients   []engine.Client
	retained  []engine.Publication
	cleared   []string
	resources map[string]gateway.Resource

	configured   []gateway.Topic
	unconfigured []string
}

func (e *fakeEngine) ConfiguredTopics() []gateway.Topic { return slices.Clone(e.configured) }

func (e *fakeEngine) DeleteConfiguredTopic(id string) bool {
	e.unconfigured = append(e.unconfigured, id)
	e.configured = slices.DeleteFunc(e.configured, func(t gateway.Topic) bool { return t.ID == id })
	return true
}

func (e *fakeEngine) Clients() []engine.Client { return slices.Clone(e.clients) }

func (e *fakeEngine) Retained(filter string) []engine.Publication {
	var list []engine.Publication
	for _, m := range e.retained {
		if topicfilter.Match(filter, m.Topic) {
			list = append(list, m)
		}
	}
	return list
}

func (e *fakeEngine) ClearRetained(topic string) (engine.DeletedTopic, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.cleared = append(e.cleared, topic)
	e.retained = slices.DeleteFunc(e.retained, func(m engine.Publication) bool { return m.Topic == topic })
	return engine.DeletedTopic{Name: topic, Retained: &broker.Message{Topic: topic, Payload: []byte("1")}}, e.fail
}

func (e *fakeEngine) Resource(topic string) (gateway.Resource, bool) {
	r, ok := e.resources[topic]
	return r, ok
}

func (e *fakeEngine) Topics() *topics.Table { return e.table }

func (e *fakeEngine) Publish(p engine.Publication) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.published = append(e.published, p)
	return e.fail
}

func (e *fakeEngine) DeleteTopic(name string) (engine.DeletedTopic, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.deleted = append(e.deleted, name)
	d := engine.DeletedTopic{Name: name}
	if known, ok := e.table.Take(name); ok {
		d.Known = &known
	}
	return d, e.fail
}

func (e *fakeEngine) RestoreTopic(d engine.DeletedTopic) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.restored = append(e.restored, d.Name)
	if d.Known != nil {
		e.table.Restore(*d.Known)
	}
	return e.fail
}

func (e *fakeEngine) ObserveTopic(filter string) (uint64, error) {
	if e.fail != nil {
		return 0, e.fail
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.revision++
	o := engine.Observer{Window: true}
	o.ID, o.Filter = e.revision, filter
	e.observers = append(e.observers, o)
	return o.ID, nil
}

func (e *fakeEngine) EndObservation(id uint64) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.revision++
	e.observers = slices.DeleteFunc(e.observers, func(o engine.Observer) bool { return o.ID == id })
	return true
}

func (e *fakeEngine) Observers() []engine.Observer {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.observers)
}

func (e *fakeEngine) Revision() uint64 {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.revision
}

type bench struct {
	*Pane
	window  fyne.Window
	engine  *fakeEngine
	notices []string
	undo    func() // what the last notice offers
	wentTo  []string
	now     time.Time
}

func newBench(t testing.TB) *bench {
	t.Helper()
	test.NewTempApp(t).Settings().SetTheme(theme.New(theme.Dark))
	b := &bench{engine: &fakeEngine{table: topics.New(topics.Options{})}, window: test.NewTempWindow(t, nil), now: time.Now()}
	b.engine.table.SetWatched(true)
	h := &pane.Host{Window: b.window, Do: func(f func()) { f() }, Run: func(f func()) { f() }, Wake: func() {},
		Notify: func(_ theme.Role, text, _ string, do func()) {
			b.notices = append(b.notices, text)
			b.undo = do
		},
		Gateway: func() command.Gateway { return command.Gateway{CoAP: "127.0.0.1:5683"} }, Open: func(pane, item string) { b.wentTo = append(b.wentTo, pane+" "+item) }}
	b.Pane = New(b.engine, h)
	b.window.SetContent(b.Content())
	b.window.Resize(fyne.NewSize(1200, 700))
	return b
}

func (b *bench) note(topic, payload string) {
	b.engine.table.Note(&broker.Message{Topic: topic, Payload: []byte(payload), From: "sensor-17", Via: broker.ViaCoAP, QoS: 1, At: b.now})
}

// settle ticks until nothing changes: a line that comes into view is filled by the tick after it.
func (b *bench) settle(t testing.TB) {
	t.Helper()
	for range 10 {
		update := b.Gather(b.now)
		if update == nil {
			return
		}
		update()
	}
	t.Fatal("the pane draws again and again although nothing changes")
}

func TestATopicIsShownWithItsValue(t *testing.T) {
	b := newBench(t)
	b.settle(t)
	if !b.empty.Visible() {
		t.Error("an empty pane does not say so")
	}
	b.note("plant/line1/temp", "23.3")
	b.note("plant/line1/temp", "23.4")
	b.settle(t)
	if b.empty.Visible() || len(b.tree.rows) != 3 {
		t.Fatalf("%d lines, want 3", len(b.tree.rows))
	}
	if c := b.tree.cells["plant/line1/temp"]; c.value != "23.4" || !slices.Equal(c.spark, []float64{23.3, 23.4}) {
		t.Errorf("the line shows %q and %v", c.value, c.spark)
	}
}

func TestDetailOfANumber(t *testing.T) {
	b := newBench(t)
	b.note("temp", "22")
	b.note("temp", "24")
	b.settle(t)
	b.tree.tapped("temp")
	b.settle(t)
	d := b.detail
	if !d.body.Visible() || d.name.Text() != "temp" || !d.chart.object.Visible() || d.payloadCard.Visible() || d.history.Rows() != 2 {
		t.Fatalf("body %v, name %q, chart %v, payload %v, %d values", d.body.Visible(), d.name.Text(), d.chart.object.Visible(), d.payloadCard.Visible(), d.history.Rows())
	}
	if c := d.shown.chart; c.heading != "24" || c.note != "min 22 · mean 23 · max 24" || len(c.plotted.Series) != 1 || !slices.Equal(c.plotted.Series[0].Values, []float64{22, 24}) {
		t.Errorf("chart %q %q %v", c.heading, c.note, c.plotted)
	}
	b.note("temp", "off")
	b.settle(t)
	if d.chart.object.Visible() || !d.payloadCard.Visible() {
		t.Error("a value that is no number is shown as a chart")
	}
}

func TestKeyboardOpensAndCloses(t *testing.T) {
	b := newBench(t)
	b.note("a/b", "1")
	b.settle(t)
	key := func(name fyne.KeyName) {
		b.tree.TypedKey(&fyne.KeyEvent{Name: name})
		b.settle(t)
	}
	b.window.Canvas().Focus(b.tree)
	b.tree.Highlight(0)
	key(fyne.KeyLeft)
	if len(b.tree.rows) != 1 {
		t.Fatalf("%d lines after Left, want 1", len(b.tree.rows))
	}
	key(fyne.KeyRight)
	if len(b.tree.rows) != 2 {
		t.Fatalf("%d lines after Right, want 2", len(b.tree.rows))
	}
	key(fyne.KeyDown)
	key(fyne.KeyReturn)
	if b.tree.selected != "a/b" {
		t.Errorf("selected %q after Down and Enter", b.tree.selected)
	}
}

func TestKeyboardMovesAndShowsTopics(t *testing.T) {
	b := newBench(t)
	for _, name := range []string{"a/b/x", "a/b/y", "c"} {
		b.note(name, "1")
	}
	b.settle(t)
	b.window.Canvas().Focus(b.tree)
	for _, c := range []struct {
		key       fyne.KeyName
		at, shown string
	}{
		{fyne.KeyHome, "a", ""},
		{fyne.KeyRight, "a/b", ""},
		{fyne.KeyDown, "a/b/x", "a/b/x"},
		{fyne.KeyEnd, "c", "c"},
		{fyne.KeyUp, "a/b/y", "a/b/y"},
		{fyne.KeyLeft, "a/b", "a/b/y"},
		{fyne.KeyLeft, "a/b", "a/b/y"}, // closes it
		{fyne.KeyDown, "c", "c"},
		{fyne.KeyPageUp, "a", "c"},
	} {
		b.tree.TypedKey(&fyne.KeyEvent{Name: c.key})
		b.settle(t)
		row, _ := b.tree.current()
		shown := ""
		if b.detail.shown != nil {
			shown = b.detail.shown.name
		}
		if row.path != c.at || shown != c.shown {
			t.Fatalf("%s: at %q and shown %q, want %q and %q", c.key, row.path, shown, c.at, c.shown)
		}
	}
	b.note("0", "1")
	b.settle(t)
	if row, _ := b.tree.current(); row.path != "a" {
		t.Errorf("the keyboard went to %q when a topic came", row.path)
	}
}

func TestAnArrowTakesTheKeyboardToItsLine(t *testing.T) {
	b := newBench(t)
	b.note("a/x", "1")
	b.note("b/x", "1")
	b.settle(t)
	a := newArrow(b.tree)
	a.set(b.tree.rows[2])
	a.Tapped(nil)
	b.settle(t)
	if row, _ := b.tree.current(); row.path != "b" || row.open || !b.tree.focused {
		t.Fatalf("the keyboard is at %q, open %v, focused %v", row.path, row.open, b.tree.focused)
	}
}

func TestSelectionFollowsItsTopic(t *testing.T) {
	b := newBench(t)
	b.note("m", "1")
	b.settle(t)
	b.tree.tapped("m")
	b.note("a", "1")
	b.settle(t)
	if b.tree.selected != "m" || b.detail.shown.name != "m" {
		t.Errorf("selected %q after a line came before it", b.tree.selected)
	}
}

func TestPublish(t *testing.T) {
	b := newBench(t)
	b.Show("plant/new")
	b.settle(t)
	f := b.detail.form
	f.body.SetText("23.9")
	f.qos.SetSelected("QoS 1")
	f.retain.SetChecked(true)
	f.body.TypedShortcut(&desktop.CustomShortcut{KeyName: fyne.KeyReturn, Modifier: fyne.KeyModifierShortcutDefault})
	if len(b.engine.published) != 1 {
		t.Fatalf("%d published", len(b.engine.published))
	}
	if p := b.engine.published[0]; p.Topic != "plant/new" || string(p.Payload) != "23.9" || p.QoS != 1 || !p.Retain {
		t.Errorf("published %+v", p)
	}
	b.engine.fail = errors.New("the gateway is stopped")
	test.Tap(f.publish)
	if !slices.Equal(b.notices, []string{"Publishing to plant/new failed: the gateway is stopped"}) {
		t.Errorf("said %q", b.notices)
	}
}

func TestWhatIsWrongIsNotPublished(t *testing.T) {
	b := newBench(t)
	b.Show("a")
	b.settle(t)
	f := b.detail.form
	f.kind.SetSelected(jsonBody.title())
	f.body.SetText("{")
	f.submit()
	if len(b.engine.published) != 0 || !f.problem.Visible() || !f.publish.Disabled() {
		t.Errorf("published %v, problem %v", b.engine.published, f.problem.Visible())
	}
	f.body.SetText("{}")
	if f.problem.Visible() || f.publish.Disabled() {
		t.Error("what is right again is not accepted")
	}
}

func TestTheKeyboardGoesThroughTheForm(t *testing.T) {
	b := newBench(t)
	b.Show("a")
	b.settle(t)
	f, canvas := b.detail.form, b.window.Canvas()
	canvas.Focus(f.body)
	for i, next := range []fyne.Focusable{f.expiry, f.maxAge, f.kind, f.qos, f.retain, f.publish} {
		if tab, ok := canvas.Focused().(fyne.Tabbable); ok && tab.AcceptsTab() {
			t.Fatalf("Tab is typed at %d", i)
		}
		if test.FocusNext(canvas); canvas.Focused() != next {
			t.Fatalf("%d: Tab goes to %T", i, canvas.Focused())
		}
	}
}

func TestWhatIsWrongIsReadInFull(t *testing.T) {
	b := newBench(t)
	b.window.Resize(fyne.NewSize(900, 600))
	b.Show("a")
	b.settle(t)
	f := b.detail.form
	f.expiry.SetText("0.5s and more")
	line := f.problem.MinSize().Height
	if words := f.problem.Size(); f.problem.Text == "" || words.Height < line || words.Width > f.content.Size().Width+20 {
		t.Errorf("%q has %v of a height of %v", f.problem.Text, words, line)
	}
	if lines := line / fyne.MeasureText("M", 12, fyne.TextStyle{}).Height; lines < 2 {
		t.Errorf("it takes %v lines", lines)
	}
	if end := f.publish.Position().Y + f.publish.Size().Height; end > f.object.Size().Height {
		t.Errorf("the button ends at %v of %v", end, f.object.Size().Height)
	}
	f.expiry.SetText("")
	if f.problem.Visible() {
		t.Error("what is right again is called wrong")
	}
}

func TestDeleteAsksOnce(t *testing.T) {
	b := newBench(t)
	b.note("a", "1")
	b.settle(t)
	b.tree.tapped("a")
	b.settle(t)
	test.Tap(b.detail.remove)
	if len(b.engine.deleted) != 0 || b.window.Canvas().Overlays().Top() == nil {
		t.Fatal("deleted without a question")
	}
	b.window.Canvas().FocusNext()
	b.window.Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	b.settle(t)
	if !slices.Equal(b.engine.deleted, []string{"a"}) || !slices.Equal(b.notices, []string{"a was deleted"}) || len(b.tree.rows) != 0 {
		t.Errorf("deleted %v, said %v, %d lines left", b.engine.deleted, b.notices, len(b.tree.rows))
	}
}

func TestObserveFromTheWindow(t *testing.T) {
	b := newBench(t)
	b.note("a", "1")
	b.settle(t)
	b.tree.tapped("a")
	b.settle(t)
	for _, want := range []string{"Stop observing", "Observe"} {
		test.Tap(b.detail.observe)
		b.settle(t)
		if got := b.detail.observe.Label(); got != want {
			t.Errorf("the button says %q, want %q", got, want)
		}
	}
}

func TestNewTopicIsAskedFor(t *testing.T) {
	b := newBench(t)
	b.newTopic()
	entry := b.window.Canvas().Focused()
	for _, r := range "a/+" {
		entry.TypedRune(r)
	}
	entry.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	if b.window.Canvas().Overlays().Top() == nil {
		t.Fatal("a filter is taken for a topic")
	}
	entry.TypedKey(&fyne.KeyEvent{Name: fyne.KeyBackspace})
	entry.TypedRune('b')
	entry.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	b.settle(t)
	if b.window.Canvas().Overlays().Top() != nil || b.detail.shown == nil || b.detail.shown.name != "a/b" || b.detail.shown.known {
		t.Error("the new topic is not shown")
	}
}

func TestLayoutIsRemembered(t *testing.T) {
	a, b := newBench(t), newBench(t)
	a.split.SetOffset(0.5)
	a.remember("a", "hex")
	data, err := a.SaveLayout()
	if err != nil {
		t.Fatal(err)
	}
	if err := b.RestoreLayout(data); err != nil || b.split.Offset() != 0.5 || b.formatOf("a") != "hex" {
		t.Errorf("restored %v, %q, %v", b.split.Offset(), b.formatOf("a"), err)
	}
}

func TestCopyAsJSON(t *testing.T) {
	for payload, key := range map[string]string{"23.4": "payload", "\xff": "payload_hex"} {
		var back map[string]any
		if err := json.Unmarshal([]byte(asJSON(topics.Topic{Name: "a", Payload: []byte(payload)})), &back); err != nil || back[key] == nil {
			t.Errorf("%q: %v, %v", payload, back, err)
		}
	}
}
