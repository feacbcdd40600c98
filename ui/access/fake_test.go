package access

import (
	"errors"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/test"

	"sluice/assets"
	"sluice/engine"
	"sluice/engine/access"
	"sluice/engine/settings"
	"sluice/ui/command"
	"sluice/ui/pane"
	"sluice/ui/theme"
)

// fakeEngine is an engine that a test drives.
type fakeEngine struct {
	mu        sync.Mutex
	users     []engine.User
	passwords map[string]string
	clients   []engine.Client
	rules     []settings.Rule
	anonymous bool
	clientID  settings.ClientID
	throttled []access.Throttled
	attempts  access.Attempts
	answer    engine.Answer
	questions []engine.Question
	restored  int
	fail      error
	revision  uint64
}

func (e *fakeEngine) change(f func()) {
	e.mu.Lock()
	defer e.mu.Unlock()
	f()
	e.revision++
}

func (e *fakeEngine) Revision() uint64 {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.revision
}

func (e *fakeEngine) Clients() []engine.Client {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.clients)
}

func (e *fakeEngine) Users() []engine.User {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.users)
}

func (e *fakeEngine) PutUser(name string, password *string, attrs map[string]string) error {
	e.change(func() {
		if e.fail != nil {
			return
		}
		if password != nil {
			e.passwords[name] = *password
		}
		at := slices.IndexFunc(e.users, func(u engine.User) bool { return u.Username == name })
		if at < 0 {
			e.users = append(e.users, engine.User{Username: name})
			at = len(e.users) - 1
		}
		e.users[at].Hash, e.users[at].ClientAttrs = "argon2id", attrs
	})
	return e.fail
}

func (e *fakeEngine) DeleteUser(name string) (engine.DeletedUser, error) {
	e.change(func() {
		if e.fail == nil {
			e.users = slices.DeleteFunc(e.users, func(u engine.User) bool { return u.Username == name })
		}
	})
	return engine.DeletedUser{}, e.fail
}

func (e *fakeEngine) RestoreUser(engine.DeletedUser) error {
	e.change(func() { e.restored++ })
	return e.fail
}

func (e *fakeEngine) Anonymous() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.anonymous
}

func (e *fakeEngine) SetAnonymous(on bool) error {
	e.change(func() { e.anonymous = on })
	return nil
}

func (e *fakeEngine) ClientIDRule() settings.ClientID {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.clientID
}

func (e *fakeEngine) SetClientIDRule(rule settings.ClientID) error {
	e.change(func() { e.clientID = rule })
	return nil
}

func (e *fakeEngine) Rules() []settings.Rule {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.rules)
}

func (e *fakeEngine) SetRules(rules []settings.Rule) error {
	e.change(func() {
		if e.fail == nil {
			e.rules = slices.Clone(rules)
		}
	})
	return e.fail
}

func (e *fakeEngine) Throttled() []access.Throttled  { return e.throttled }
func (e *fakeEngine) LoginAttempts() access.Attempts { return e.attempts }

func (e *fakeEngine) May(q engine.Question) engine.Answer {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.questions = append(e.questions, q)
	return e.answer
}

var errDisk = errors.New("disk full")

func rule(permission settings.Permission, who string, action settings.Action, topics ...string) settings.Rule {
	return settings.Rule{Permission: permission, Who: who, Action: action, Topics: topics}
}

var noon = time.Date(2026, 9, 1, 12, 0, 0, 0, time.UTC)

// plant is what an engine of a small plant has.
func plant() *fakeEngine {
	return &fakeEngine{
		passwords: map[string]string{}, anonymous: true, clientID: settings.AnyClientID,
		users: []engine.User{
			{Username: "admin", Hash: "argon2id"},
			{Username: "backend", Hash: "argon2id", Clients: 2},
			{Username: "line1", Hash: "bcrypt", ClientAttrs: map[string]string{"site": "north", "line": "1"}, Clients: 1},
		},
		clients: []engine.Client{
			{Key: "mqtt/history", ID: "history", Username: "backend"}, {Key: "mqtt/alarms", ID: "alarms", Username: "backend"},
			{Key: "c/1", ID: "sensor-17", Username: "line1"}, {Key: "c/2", ID: "sensor-18"},
		},
		rules: []settings.Rule{
			rule(settings.Allow, "user:backend", settings.AllAction, "#"),
			rule(settings.Allow, "all", settings.Publish, "plant/${clientid}/#", "state/${clientid}"),
			rule(settings.Deny, "cn:old-panel", settings.Connect),
			rule(settings.Deny, "all", settings.Subscribe, "secret/#", "$SYS/#"),
			rule(settings.Deny, "client:sensor-18", settings.AllAction, "plant/#"),
		},
		attempts: access.Attempts{Wrong: 12, Refused: 31},
	}
}

func throttled() []access.Throttled {
	return []access.Throttled{
		{From: netip.MustParsePrefix("192.0.2.99/32"), Username: "admin", Until: noon.Add(41 * time.Second), Wrong: 5, Refused: 31},
		{From: netip.MustParsePrefix("2001:db8:7::/64"), Until: noon.Add(12 * time.Second), Wrong: 30},
	}
}

// notice is what the user was told, with what can be done about it.
type notice struct {
	text, action string
	do           func()
}

// bench is a pane in a window with everything on one goroutine.
type bench struct {
	*Pane
	t       *testing.T
	window  fyne.Window
	engine  *fakeEngine
	notices []notice
	opened  []string
	now     time.Time
	held    []func() // work that a test lets go on later
	hold    bool
}

func newBench(t *testing.T, e *fakeEngine) *bench {
	t.Helper()
	if err := lang.AddTranslationsFS(assets.Translations, assets.TranslationsDir); err != nil {
		t.Fatal(err)
	}
	test.NewTempApp(t).Settings().SetTheme(theme.New(theme.Dark))
	b := &bench{t: t, engine: e, window: test.NewTempWindow(t, nil), now: noon}
	h := &pane.Host{
		Window: b.window, Do: func(f func()) { f() }, Wake: func() {},
		Run: func(f func()) {
			if b.hold {
				b.held = append(b.held, f)
			} else {
				f()
			}
		},
		Notify: func(_ theme.Role, text, action string, do func()) {
			b.notices = append(b.notices, notice{text, action, do})
		},
		Gateway: func() command.Gateway { return command.Gateway{CoAP: "127.0.0.1:5683"} },
		Open:    func(p, item string) { b.opened = append(b.opened, p+" "+item) },
	}
	b.Pane = New(b.engine, h)
	b.window.SetPadded(false)
	b.window.SetContent(b.Content())
	b.window.Resize(fyne.NewSize(1196, 868))
	b.tick()
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

// said is what the user was told last.
func (b *bench) said() notice {
	b.t.Helper()
	if len(b.notices) == 0 {
		b.t.Fatal("nothing was said")
	}
	return b.notices[len(b.notices)-1]
}

// confirm says yes to the question that is open.
func (b *bench) confirm() {
	b.t.Helper()
	if b.window.Canvas().Overlays().Top() == nil {
		b.t.Fatal("nothing is asked")
	}
	b.window.Canvas().FocusNext()
	b.window.Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
}
