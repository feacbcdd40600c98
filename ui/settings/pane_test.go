package settings

import (
	"errors"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/test"

	"sluice/assets"
	"sluice/engine"
	"sluice/engine/settings"
	"sluice/ui/command"
	"sluice/ui/language"
	"sluice/ui/pane"
	"sluice/ui/theme"
	"sluice/ui/widget"
)

func TestMain(m *testing.M) {
	if err := lang.AddTranslationsFS(assets.Translations, assets.TranslationsDir); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

// fakeEngine keeps settings and nothing else.
type fakeEngine struct {
	settings settings.Settings
	clients  []engine.Client
	state    engine.State
	err      error
	revision uint64
}

func (e *fakeEngine) Settings() settings.Settings { return e.settings.Clone() }
func (e *fakeEngine) SetSettings(s settings.Settings) error {
	if err := s.Validate(); err != nil {
		return err
	}
	e.settings = s.Clone()
	e.revision++
	return e.err
}
func (e *fakeEngine) Status() engine.Status    { return engine.Status{State: e.state} }
func (e *fakeEngine) Clients() []engine.Client { return slices.Clone(e.clients) }
func (e *fakeEngine) Revision() uint64         { return e.revision }

// fakeFiles is a user who chooses a file without a dialog.
type fakeFiles struct {
	name string
	data string
	path string
}

func (f *fakeFiles) Open(do func(string, []byte, error)) { do(f.name, []byte(f.data), nil) }
func (f *fakeFiles) Folder(func(string))                 {}
func (f *fakeFiles) Save(_ string, do func(string))      { do(f.path) }

// bench is the pane in a window, with all work done at once.
type bench struct {
	*Pane
	t        *testing.T
	engine   *fakeEngine
	files    *fakeFiles
	window   fyne.Window
	said     []string
	undo     func()
	mode     theme.Mode
	language language.Choice
	now      time.Time
}

func newBench(t *testing.T) *bench {
	t.Helper()
	app := test.NewTempApp(t)
	app.Settings().SetTheme(theme.New(theme.Dark))
	b := &bench{t: t, engine: &fakeEngine{settings: settings.Default(), state: engine.Running}, files: &fakeFiles{}, window: test.NewTempWindow(t, nil), mode: theme.Dark, now: time.Now()}
	h := &pane.Host{Window: b.window, Do: func(f func()) { f() }, Wake: func() {},
		Run: func(f func()) {
			var wait sync.WaitGroup
			wait.Go(f)
			wait.Wait()
		},
		Notify:  func(_ theme.Role, text, _ string, do func()) { b.said, b.undo = append(b.said, text), do },
		Gateway: func() command.Gateway { return command.Gateway{} },
	}
	b.Pane = New(b.engine, h, Look{Mode: func() theme.Mode { return b.mode }, SetMode: func(m theme.Mode) { b.mode = m },
		Language: func() language.Choice { return b.language }, SetLanguage: func(c language.Choice) { b.language = c }})
	b.Pane.files = b.files
	b.window.SetPadded(false)
	b.window.SetContent(b.Content())
	b.window.Resize(fyne.NewSize(1240, 800))
	b.tick()
	return b
}

func (b *bench) tick() {
	b.now = b.now.Add(2 * time.Second)
	if update := b.Gather(b.now); update != nil {
		update()
	}
}

// enter replaces what is in the field of a key that is shown.
func (b *bench) enter(path, text string) {
	b.t.Helper()
	f := b.detail.fields[path]
	if f == nil {
		b.t.Fatalf("%s has no field", path)
	}
	f.entry.SetText(text)
	b.tick()
}

func (b *bench) press(label string) {
	b.t.Helper()
	for _, o := range append(test.LaidOutObjects(b.content), overlays(b.window)...) {
		if button, ok := o.(*widget.Button); ok && button.Label() == label && !button.Disabled() {
			test.Tap(button)
			b.tick()
			return
		}
	}
	b.t.Fatalf("there is no button %q to press", label)
}

func overlays(w fyne.Window) []fyne.CanvasObject {
	top := w.Canvas().Overlays().Top()
	if top == nil {
		return nil
	}
	return test.LaidOutObjects(top)
}

func TestEveryKeyHasARow(t *testing.T) {
	b := newBench(t)
	want := 2 + len(settings.Default().Listeners) // the theme and the language
	for _, k := range settings.Keys() {
		if k.OfListener() {
			continue
		}
		want++
		if !b.table.Select(k.Path) {
			t.Errorf("%s has no row", k.Path)
			continue
		}
		if b.detail.fields[k.Path] == nil {
			t.Errorf("%s cannot be edited", k.Path)
		}
	}
	if b.table.Rows() != want {
		t.Errorf("%d rows, want %d", b.table.Rows(), want)
	}
	if b.bar.Visible() {
		t.Error("there is something to apply from the start")
	}
}

func TestASettingIsChangedAndApplied(t *testing.T) {
	b := newBench(t)
	b.engine.clients = make([]engine.Client, 14)
	b.Show("gateway.heartbeat")
	b.enter("gateway.heartbeat", "45s")
	if !b.bar.Visible() || b.pending.Text() != "1 change to apply" || !strings.Contains(b.effect.Text(), "restart") || !strings.Contains(b.effect.Text(), "14 clients") {
		t.Fatalf("bar %v, %q, %q", b.bar.Visible(), b.pending.Text(), b.effect.Text())
	}
	if b.engine.settings.Gateway.Heartbeat.String() != "30s" {
		t.Error("it holds before it is applied")
	}
	b.press("Apply")
	if b.engine.settings.Gateway.Heartbeat.String() != "45s" || b.bar.Visible() {
		t.Errorf("in force %s, bar %v", b.engine.settings.Gateway.Heartbeat, b.bar.Visible())
	}
	r, _ := b.table.Selected()
	if r.state() != "changed" || r.value != "45s" || r.standard != "30s" {
		t.Errorf("row %+v", r)
	}
	b.engine.settings.Access.Anonymous = !b.engine.settings.Access.Anonymous
	b.undo()
	if last := b.said[len(b.said)-1]; !strings.HasSuffix(last, "the settings were changed since") {
		t.Errorf("undone over a later change, said %q", last)
	}
	b.engine.settings.Access.Anonymous = !b.engine.settings.Access.Anonymous
	b.host.Undo()
	if b.engine.settings.Gateway.Heartbeat.String() != "30s" {
		t.Error("it cannot be undone")
	}
}

func TestWhatIsWrongIsSaidAtItsPlace(t *testing.T) {
	b := newBench(t)
	for _, c := range []struct{ path, text, want string }{
		{"gateway.heartbeat", "soon", `is "soon"; allowed: a duration`},
		{"gateway.heartbeat", "1ms", "is 1ms; allowed: a duration from 10ms"},
		{"gateway.mountpoint", "a/#", "has a wildcard"},
		{"gateway.proxy.allow", "coap://*\ngopher://x", "allowed: a list of"},
	} {
		b.Show(c.path)
		b.enter(c.path, c.text)
		if f := b.detail.fields[c.path]; !strings.Contains(f.problem.Text, c.want) || f.entry.Text != c.text {
			t.Errorf("%s = %q says %q, shows %q", c.path, c.text, f.problem.Text, f.entry.Text)
		}
		if !b.apply.Disabled() {
			t.Errorf("%s = %q can be applied", c.path, c.text)
		}
		if r, _ := b.table.Selected(); r.state() != "wrong" {
			t.Errorf("%s is marked %q", c.path, r.state())
		}
		b.press("Discard")
		if b.bar.Visible() || b.detail.fields[c.path].problem.Visible() {
			t.Errorf("%s is not discarded", c.path)
		}
	}
}

// A duration without a unit is one of seconds, but nothing is written into a field under the hand of who types.
func TestAFieldStaysAsItIsTyped(t *testing.T) {
	b := newBench(t)
	const path = "gateway.transmission.ack_timeout"
	b.Show(path)
	b.detail.fields[path].entry.SetText("")
	for i, text := range []string{"3", "30", "30s"} {
		test.Type(b.detail.fields[path].entry, text[i:])
		b.tick()
		if got := b.detail.fields[path].entry.Text; got != text {
			t.Errorf("typed %q, the field says %q", text, got)
		}
	}
	b.press("Undo")
	if got := b.detail.fields[path].entry.Text; got != "2s" {
		t.Errorf("taken back, the field says %q", got)
	}
}

func TestTypingIsOneStepBack(t *testing.T) {
	b := newBench(t)
	b.Show("gateway.node_name")
	for _, text := range []string{"a", "ab", "abc"} {
		b.enter("gateway.node_name", text)
	}
	b.Show("gateway.connection_required")
	b.edited(b.detail.fields["gateway.connection_required"].key, noListener, "true")
	b.press("Undo")
	if b.draft.wanted.Gateway.ConnectionRequired || b.draft.wanted.Gateway.NodeName != "abc" {
		t.Errorf("%+v", b.draft.wanted.Gateway)
	}
	b.press("Undo")
	if b.draft.pending() {
		t.Error("not everything is taken back")
	}
}

func TestListeners(t *testing.T) {
	b := newBench(t)
	b.engine.clients = []engine.Client{{Listener: "mqtt://127.0.0.1:1883"}, {Listener: "coap://127.0.0.1:5683"}}
	b.press("Add listener")
	if got := b.draft.wanted.Listeners[3].Bind; got != "coap://127.0.0.1:5684" {
		t.Errorf("added %s", got)
	}
	if b.detail.fields["listener.dtls_options.verify"] != nil {
		t.Error("a listener of coap has options of DTLS")
	}
	b.enter("listener.bind", "coaps://127.0.0.1:5684")
	if b.detail.fields["listener.dtls_options.verify"] == nil {
		t.Fatal("a listener of coaps has no options of DTLS")
	}
	b.enter("listener.dtls_options.handshake_timeout", "5s")
	if !strings.Contains(b.effect.Text(), "coaps://127.0.0.1:5684 is opened. Nobody") {
		t.Errorf("effect %q", b.effect.Text())
	}
	b.enter("listener.bind", "coaps://127.0.0.1:99999")
	if f := b.detail.fields["listener.bind"]; !f.problem.Visible() || !b.apply.Disabled() {
		t.Errorf("a port that there is not says %q", f.problem.Text)
	}
	b.enter("listener.bind", "coaps://127.0.0.1:5684")
	b.press("Apply")
	if n := len(b.engine.settings.Listeners); n != 4 || b.engine.settings.Listeners[3].DTLSOptions.HandshakeTimeout.String() != "5s" {
		t.Errorf("%d listeners: %+v", n, b.engine.settings.Listeners)
	}
	b.Show("mqtt://127.0.0.1:1883")
	b.press("Remove")
	if !strings.Contains(b.effect.Text(), "1 client is disconnected") {
		t.Errorf("effect %q", b.effect.Text())
	}
}

func TestSearch(t *testing.T) {
	b := newBench(t)
	test.Type(b.filter, "multicast leisure")
	if b.table.Rows() != 1 {
		t.Errorf("%d rows", b.table.Rows())
	}
	b.filter.SetText("")
	b.groups.Select("gateway.limits")
	if b.table.Rows() != 22 {
		t.Errorf("%d limits", b.table.Rows())
	}
	b.Show("gateway.heartbeat")
	if r, _ := b.table.Selected(); r.place != "gateway.heartbeat" {
		t.Errorf("shows %s", r.place)
	}
}

func TestOthersChangeSettingsMeanwhile(t *testing.T) {
	b := newBench(t)
	b.Show("gateway.heartbeat")
	b.enter("gateway.heartbeat", "45s")
	b.engine.settings.Access.Anonymous = false
	b.engine.settings.Gateway.NodeName = "other"
	b.engine.revision++
	b.tick()
	if w := b.draft.wanted; w.Access.Anonymous || w.Gateway.NodeName != "other" || w.Gateway.Heartbeat.String() != "45s" || b.draft.count() != 1 {
		t.Errorf("wanted %+v, %d changes", w.Gateway, b.draft.count())
	}
}

func TestResetEverything(t *testing.T) {
	b := newBench(t)
	b.engine.settings.Gateway.NodeName = "other"
	b.engine.settings.Access.Users = []settings.User{{Username: "admin", Hash: "$argon2id$v=19$m=65536,t=1,p=1$AAAA$AAAA"}}
	b.engine.revision++
	b.tick()
	b.resetAll()
	if b.draft.wanted.Gateway.NodeName != settings.Default().Gateway.NodeName || len(b.draft.wanted.Access.Users) != 1 {
		t.Errorf("%+v", b.draft.wanted)
	}
}

func TestFilesAreTakenOver(t *testing.T) {
	b := newBench(t)
	b.files.name, b.files.data = "sluice.toml", "[gateway]\nheartbeat = \"1h\"\n"
	b.importFile()
	if b.draft.wanted.Gateway.Heartbeat.String() != "1h" || !b.bar.Visible() {
		t.Errorf("heartbeat %s", b.draft.wanted.Gateway.Heartbeat)
	}
	b.files.data = "[gateway]\nheartbeet = 3\n"
	b.importFile()
	if b.window.Canvas().Overlays().Top() == nil {
		t.Error("mistakes are not shown")
	}
	b.window.Canvas().Overlays().Remove(b.window.Canvas().Overlays().Top())
	b.files.name, b.files.data = "emqx.conf", "gateway.coap { heartbeat = 50s\n connection_required = true\n nonsense = 1 }"
	b.importEMQX()
	if b.draft.wanted.Gateway.ConnectionRequired {
		t.Error("it is taken before the report was seen")
	}
	b.press("Take over")
	if g := b.draft.wanted.Gateway; !g.ConnectionRequired || g.Heartbeat.String() != "50s" {
		t.Errorf("%+v", g)
	}
}

func TestExport(t *testing.T) {
	b := newBench(t)
	b.files.path = t.TempDir() + "/sluice.toml"
	b.export()
	data, err := os.ReadFile(b.files.path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := settings.Decode("sluice.toml", data, settings.Settings{}); err != nil {
		t.Error(err)
	}
}

func TestAFailureKeepsWhatIsWanted(t *testing.T) {
	b := newBench(t)
	b.Show("gateway.heartbeat")
	b.enter("gateway.heartbeat", "45s")
	b.engine.err = errors.New("the disk is full")
	b.put(b.draft.wanted.Clone(), b.engine.settings)
	if len(b.said) == 0 || !strings.Contains(b.said[0], "the disk is full") {
		t.Errorf("said %q", b.said)
	}
	b.engine.err = &engine.ListenerError{URL: "coap://x", Err: errors.New("in use")}
	b.put(b.draft.wanted.Clone(), b.engine.settings)
	if b.said[len(b.said)-1] != "The settings are in force" {
		t.Errorf("said %q", b.said)
	}
}

func TestTheThemeHoldsAtOnce(t *testing.T) {
	b := newBench(t)
	b.Show(themePlace)
	for _, o := range test.LaidOutObjects(b.detail.object) {
		if c, ok := o.(*widget.Choice); ok {
			test.Tap(c)
		}
	}
	if b.mode != theme.Dark || b.bar.Visible() {
		t.Errorf("mode %s", b.mode)
	}
}

// What differs from the defaults is counted, whatever it is: a key, a listener, or how the window looks.
func TestWhatDiffersFromItsDefaultIsCounted(t *testing.T) {
	for _, c := range []struct {
		what   string
		change func(*bench)
		want   string
	}{
		{"nothing", func(*bench) {}, "Everything has its default"},
		{"a key", func(b *bench) { b.edited(keyOf(b.t, "gateway.heartbeat"), noListener, "45s") }, "1 setting differs from its default"},
		{"a listener's port", func(b *bench) { b.edited(keyOf(b.t, "listener.bind"), 0, "coap://127.0.0.1:6683") }, "1 setting differs from its default"},
		{"a listener more", (*bench).addListener, "1 setting differs from its default"},
		{"a listener less", func(b *bench) { b.removeListener(1) }, "1 setting differs from its default"},
		{"the theme and a listener", func(b *bench) { b.mode = theme.Light; b.addListener() }, "2 settings differ from their defaults"},
	} {
		b := newBench(t)
		b.mode = theme.System
		c.change(b)
		b.refresh()
		if got := b.summary(buildRows(b.draft, b.look)); got != c.want {
			t.Errorf("%s: %q, want %q", c.what, got, c.want)
		}
	}
}

func keyOf(t *testing.T, path string) settings.Key {
	t.Helper()
	all := settings.Keys()
	return all[slices.IndexFunc(all, func(k settings.Key) bool { return k.Path == path })]
}

func TestHowTheWindowLooksIsReset(t *testing.T) {
	b := newBench(t)
	b.language = language.Choice("de")
	for _, place := range []string{themePlace, languagePlace} {
		b.Show(place)
		r, _ := b.table.Selected()
		b.resetRow(r)
	}
	if b.mode != theme.System || b.language != language.System {
		t.Errorf("theme %q, language %q", b.mode, b.language)
	}
}

// Who imports wants to know first what is to be done by hand.
func TestTheReportBeginsWithWhatWasNotTaken(t *testing.T) {
	b := newBench(t)
	b.files.name, b.files.data = "emqx.conf", "gateway.coap {\n heartbeat = 50s\n nonsense = 1\n idle_timeout = 40d\n}"
	b.importEMQX()
	var outcomes []string
	for _, o := range overlays(b.window) {
		if table, ok := o.(*widget.DataTable[int, reportRow]); ok {
			for i := range table.Rows() {
				table.Select(i)
				r, _ := table.Selected()
				outcomes = append(outcomes, r.outcome())
			}
		}
	}
	if want := []string{"not taken", "adjusted", "taken"}; !slices.Equal(outcomes, want) {
		t.Errorf("outcomes %q, want %q", outcomes, want)
	}
}
