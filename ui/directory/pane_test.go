package directory

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"sluice/engine/directory"
	"sluice/ui/command"
	"sluice/ui/pane"
	"sluice/ui/theme"
)

// fakeEngine is an engine with a directory that a test fills.
type fakeEngine struct {
	off       bool
	endpoints []directory.Endpoint
	events    []directory.Event
	refused   uint64
	revision  uint64
	removed   []string
	restored  []string
	fail      error
	asked     int
}

func (e *fakeEngine) set(endpoints ...directory.Endpoint) {
	e.endpoints = endpoints
	e.revision++
}

func (e *fakeEngine) happen(kind directory.EventKind, endpoint, reason string) {
	e.events = append(e.events, directory.Event{Number: uint64(len(e.events) + 1), At: noon, Kind: kind, Endpoint: endpoint, Reason: reason})
	e.revision++
}

func (e *fakeEngine) Directory() *directory.Directory { return nil }
func (e *fakeEngine) Revision() uint64                { return e.revision }
func (e *fakeEngine) ProxiesDevices() bool            { return true }

func (e *fakeEngine) RemoveRegistration(location string) (directory.RemovedRegistration, error) {
	e.removed = append(e.removed, location)
	return directory.RemovedRegistration{Endpoint: directory.Endpoint{Location: location}}, e.fail
}

func (e *fakeEngine) RestoreRegistration(r directory.RemovedRegistration) error {
	e.restored = append(e.restored, r.Endpoint.Location)
	return e.fail
}

func (e *fakeEngine) Snapshot() []directory.Endpoint {
	e.asked++
	return slices.Clone(e.endpoints)
}

func (e *fakeEngine) Events(after uint64) []directory.Event { return slices.Clone(e.events[after:]) }

func (e *fakeEngine) Stats() directory.Stats {
	return directory.Stats{Registrations: len(e.endpoints), Refused: e.refused}
}

// bench is a pane in a window with everything on one goroutine.
type bench struct {
	*Pane
	window  fyne.Window
	engine  *fakeEngine
	gateway command.Gateway
	notices []string
	now     time.Time
}

func newBench(t *testing.T) *bench {
	t.Helper()
	test.NewTempApp(t).Settings().SetTheme(theme.New(theme.Dark))
	b := &bench{engine: &fakeEngine{}, window: test.NewTempWindow(t, nil), now: noon, gateway: command.Gateway{CoAP: "127.0.0.1:5683"}}
	h := &pane.Host{
		Window: b.window, Do: func(f func()) { f() }, Run: func(f func()) { f() }, Wake: func() {},
		Notify:  func(_ theme.Role, text, _ string, _ func()) { b.notices = append(b.notices, text) },
		Gateway: func() command.Gateway { return b.gateway }, Open: func(string, string) {},
	}
	b.Pane = newPane(b.engine, func() Source {
		if b.engine.off {
			return nil
		}
		return b.engine
	}, h)
	b.window.SetContent(b.Content())
	b.window.Resize(fyne.NewSize(1248, 560))
	return b
}

// tick does what the window's ticker does; it reports whether anything had changed.
func (b *bench) tick() bool {
	b.now = b.now.Add(100 * time.Millisecond)
	update := b.Gather(b.now)
	if update != nil {
		update()
	}
	return update != nil
}

func (b *bench) choose(t *testing.T, location string) {
	t.Helper()
	if !b.table.Select(location) {
		t.Fatalf("there is no %s", location)
	}
	b.tick()
}

func TestARegistrationIsListedAfterOneTick(t *testing.T) {
	b := newBench(t)
	b.tick()
	b.engine.happen(directory.Registered, "lamp", "")
	b.engine.set(endpoint("lamp", "</on>"))
	if !b.tick() || b.table.Rows() != 1 || b.events.Rows() != 1 {
		t.Fatalf("%d rows, %d events", b.table.Rows(), b.events.Rows())
	}
	if b.tick() {
		t.Error("nothing changed, yet something is drawn")
	}
	asked := b.engine.asked
	b.engine.set()
	if b.engine.asked != asked {
		t.Error("the engine is asked without a tick")
	}
}

func TestAnEmptyPaneSaysHowToFillIt(t *testing.T) {
	b := newBench(t)
	const register = `coap-client-notls -m post -t 40 -e "</temp>;rt=temperature;ct=0" "coap://127.0.0.1:5683/rd?ep=sensor-1"`
	for _, c := range []struct {
		served        bool
		endpoints     int
		filter        string
		text, command string
	}{
		{true, 0, "", "No device has registered.", register},
		{true, 0, "x", "No device has registered.", register},
		{true, 3, "", "", ""},
		{true, 3, "x", "No registration matches the filter.", ""},
		{false, 0, "", "The settings turn the resource directory off.", ""},
	} {
		if text, command := b.hint(c.served, c.endpoints, c.filter); !strings.HasPrefix(text, c.text) || command != c.command {
			t.Errorf("%+v: %q, %q", c, text, command)
		}
	}
	b.gateway.Closed = true
	if text, _ := b.hint(false, 0, ""); !strings.HasPrefix(text, "No CoAP listener is open: the listeners in Settings") {
		t.Errorf("while no listener is open: %q", text)
	}
	b.gateway.Stopped = true
	if text, command := b.hint(false, 0, ""); !strings.HasPrefix(text, "No CoAP listener is open yet") || command != register {
		t.Errorf("while stopped: %q, %q", text, command)
	}
}

func TestTheSelectedRegistrationIsShownInDetail(t *testing.T) {
	b := newBench(t)
	b.engine.set(endpoint("lamp", `</on>;rt=light;obs,</off>`), endpoint("meter", "</power>"))
	b.engine.happen(directory.Registered, "lamp", "")
	b.engine.happen(directory.Refused, "meter", "the directory is full")
	b.tick()
	b.choose(t, "/rd/lamp")
	d := b.detail
	if !d.body.Visible() || d.empty.Visible() || d.name.Text() != "lamp" || d.links.Rows() != 2 || d.events.Rows() != 1 || b.events.Rows() != 2 {
		t.Fatalf("%q, %d links, %d events of %d", d.name.Text(), d.links.Rows(), d.events.Rows(), b.events.Rows())
	}
	d.links.Select(1)
	if d.link().link.Target != "/off" {
		t.Error("commands are not for the selected link")
	}
	b.choose(t, "/rd/meter")
	if d.link().link.Target != "/power" {
		t.Error("the link of another registration stays selected")
	}
	b.engine.set(endpoint("lamp", ""))
	b.tick()
	if d.body.Visible() || !d.empty.Visible() {
		t.Error("a registration that has gone is still shown")
	}
}

func TestALongRegistrationFits(t *testing.T) {
	b := newBench(t)
	var links []string
	for i := range 1000 {
		links = append(links, fmt.Sprintf(`</%s/%d>;rt="%s"`, strings.Repeat("level/", 40), i, strings.Repeat("x", 200)))
	}
	e := endpoint(strings.Repeat("n", 63), strings.Join(links, ","))
	e.Base = "coap://" + strings.Repeat("host.", 40)
	b.engine.set(e)
	b.tick()
	b.choose(t, e.Location)
	if b.detail.links.Rows() != 1000 {
		t.Errorf("%d links", b.detail.links.Rows())
	}
	if width := b.Content().MinSize().Width; width > 900 {
		t.Errorf("the pane needs %v", width)
	}
	b.remove(Row{e, noon})
	if width := b.window.Canvas().Overlays().Top().MinSize().Width; width > 600 {
		t.Errorf("the question needs %v", width)
	}
}

func TestRemoveAsksOnce(t *testing.T) {
	b := newBench(t)
	for _, c := range []struct {
		fail error
		said string
	}{{nil, "lamp was removed"}, {errors.New("disk full"), "Removing lamp failed: disk full"}} {
		b.engine.fail, b.engine.removed, b.engine.restored, b.notices = c.fail, nil, nil, nil
		b.remove(Row{endpoint("lamp", ""), noon})
		if len(b.engine.removed) != 0 || b.window.Canvas().Overlays().Top() == nil {
			t.Fatal("removed without a question")
		}
		b.window.Canvas().FocusNext()
		b.window.Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
		if !slices.Equal(b.engine.removed, []string{"/rd/lamp"}) || !slices.Equal(b.notices, []string{c.said}) {
			t.Errorf("removed %v, said %v", b.engine.removed, b.notices)
		}
		b.host.Undo()
		if back := c.fail == nil; back != slices.Equal(b.engine.restored, []string{"/rd/lamp"}) {
			t.Errorf("%v: restored %v", c.fail, b.engine.restored)
		}
	}
}

func TestMenusOfferWhatWorks(t *testing.T) {
	b := newBench(t)
	disabled := func(items []*fyne.MenuItem) (labels []string) {
		for _, item := range items {
			if item.Disabled {
				labels = append(labels, item.Label)
			}
		}
		return labels
	}
	if got := disabled(b.menu(Row{endpoint("lamp", "</on>"), noon})); got != nil {
		t.Errorf("with a link, not offered: %q", got)
	}
	if got := disabled(b.menu(Row{endpoint("lamp", ""), noon})); got != nil {
		t.Errorf("without links, not offered: %q", got)
	}
	secure := endpoint("lamp", "<coaps://192.0.2.9/on>")
	if got := disabled(b.linkItems(buildLinks(Row{secure, noon})[0])); len(got) != 2 {
		t.Errorf("of a link that is elsewhere and encrypted, not offered: %q", got)
	}
}

func TestShowByNameAndFilter(t *testing.T) {
	b := newBench(t)
	b.engine.set(endpoint("lamp", ""), endpoint("meter", ""))
	b.tick()
	b.Show("meter")
	b.tick()
	if b.detail.shown == nil || b.detail.shown.row.Name != "meter" {
		t.Error("the registration is not shown")
	}
	b.Show("gone")
	b.tick()
	if b.filter.Text != "gone" || b.table.Rows() != 0 {
		t.Error("what is not there is not filtered for")
	}
	b.filter.TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
	b.tick()
	if b.table.Rows() != 2 {
		t.Errorf("%d rows after Escape", b.table.Rows())
	}
}

func TestAnotherDirectoryHasOtherEvents(t *testing.T) {
	b := newBench(t)
	b.engine.happen(directory.Registered, "lamp", "")
	b.tick()
	b.engine.off = true
	b.engine.revision++
	b.tick()
	b.engine.off, b.engine.events = false, nil
	b.engine.happen(directory.Registered, "meter", "")
	b.tick()
	if b.events.Rows() != 1 {
		t.Errorf("%d events", b.events.Rows())
	}
}

func TestLayoutIsRemembered(t *testing.T) {
	a, b := newBench(t), newBench(t)
	a.split.SetOffset(0.5)
	a.stack.SetOffset(0.4)
	a.table.SortBy("left", true)
	data, err := a.SaveLayout()
	if err != nil {
		t.Fatal(err)
	}
	if err := b.RestoreLayout(data); err != nil {
		t.Fatal(err)
	}
	if state := b.table.State(); b.split.Offset() != 0.5 || b.stack.Offset() != 0.4 || state.Sort != "left" || !state.Descending {
		t.Errorf("restored %v, %v, %+v", b.split.Offset(), b.stack.Offset(), state)
	}
	if b.RestoreLayout([]byte("{")) == nil {
		t.Error("a broken layout is no error")
	}
}
