package window

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"

	"sluice/engine"
	"sluice/ui/pane"
	"sluice/ui/theme"
)

// press does what a key with Ctrl (Cmd on macOS) does: the main menu has the shortcut.
func (b *bench) press(t *testing.T, key fyne.KeyName) {
	t.Helper()
	want := desktop.CustomShortcut{KeyName: key, Modifier: fyne.KeyModifierShortcutDefault}
	var find func(items []*fyne.MenuItem) bool
	find = func(items []*fyne.MenuItem) bool {
		for _, item := range items {
			if s, ok := item.Shortcut.(*desktop.CustomShortcut); ok && *s == want {
				item.Action()
				return true
			}
			if item.ChildMenu != nil && find(item.ChildMenu.Items) {
				return true
			}
		}
		return false
	}
	for _, m := range b.window.window.MainMenu().Items {
		if find(m.Items) {
			return
		}
	}
	t.Fatalf("no menu item has the shortcut %v", key)
}

// blindWindow cannot be shown, as where the display has no OpenGL.
type blindWindow struct{ fyne.Window }

func (blindWindow) ShowAndRun() { panic("no GL") }

func TestAWindowThatCannotOpenIsAnError(t *testing.T) {
	b := newBench(t, newFakeEngine())
	b.window.window = blindWindow{b.window.window}
	err := b.showAndRun()
	var none *NoWindowError
	if !errors.As(err, &none) || !strings.Contains(err.Error(), "no GL") || !strings.Contains(err.Error(), "sluice serve") {
		t.Errorf("error %v", err)
	}
}

func TestCommandsPointToAnOpenListener(t *testing.T) {
	failed := inUse("coap://127.0.0.1:5683", 5684)
	open := engine.ListenerStatus{URL: "coap://127.0.0.1:5690", Addr: "127.0.0.1:5690", Scheme: "coap"}
	closed := engine.ListenerStatus{URL: "coap://127.0.0.1:5684", Scheme: "coap"}
	stream := engine.ListenerStatus{URL: "coap+tcp://127.0.0.1:5691", Addr: "127.0.0.1:5691", Scheme: "coap+tcp"}
	web := engine.ListenerStatus{URL: "coap+ws://127.0.0.1:5692", Addr: "127.0.0.1:5692", Scheme: "coap+ws"}
	for name, c := range map[string]struct {
		listeners []engine.ListenerStatus
		coap      string
		closed    bool
	}{
		"none":         {nil, "", true},
		"closed":       {[]engine.ListenerStatus{closed}, "127.0.0.1:5684", true},
		"failed":       {[]engine.ListenerStatus{failed}, "127.0.0.1:5683", true},
		"one is open":  {[]engine.ListenerStatus{failed, closed, open}, "127.0.0.1:5690", false},
		"the first is": {[]engine.ListenerStatus{open, closed}, "127.0.0.1:5690", false},
		"over TCP":     {[]engine.ListenerStatus{web, closed, stream}, "127.0.0.1:5691", false},
	} {
		if g := gatewayOf(engine.Status{Listeners: c.listeners}); g.CoAP != c.coap || g.Closed != c.closed || (g.Scheme == "coap+tcp") != (name == "over TCP") {
			t.Errorf("%s: %+v", name, g)
		}
	}
}

func TestAGatewayWithoutAnOpenListenerIsNotRunning(t *testing.T) {
	failed, open := inUse("coap://127.0.0.1:5683", 5684), engine.ListenerStatus{Addr: "127.0.0.1:1883"}
	for name, c := range map[string]struct {
		state     engine.State
		listeners []engine.ListenerStatus
		want      string
	}{
		"all failed":  {engine.Degraded, []engine.ListenerStatus{failed}, "No listener open"},
		"some failed": {engine.Degraded, []engine.ListenerStatus{failed, open}, "Partly running"},
		"none failed": {engine.Running, []engine.ListenerStatus{open}, "Running"},
		"stopped":     {engine.Stopped, []engine.ListenerStatus{{}}, "Stopped"},
	} {
		s := engine.Status{State: c.state, Listeners: c.listeners}
		if got, _ := stateWord(&frameState{state: s.State, silent: silent(s)}); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestEveryPaneFitsASmallWindow(t *testing.T) {
	e := newFakeEngine()
	e.status.State = engine.Degraded
	e.status.Listeners[0] = inUse("coap://127.0.0.1:5683", 5684)
	b := newBench(t, e)
	for _, id := range paneOrder {
		b.showPane(id)
		b.settle()
		if need := b.window.window.Content().MinSize(); need.Width > 800 || need.Height > 600 {
			t.Errorf("%s needs %v", id, need)
		}
	}
}

func TestThemeIsThereBeforeTheWindow(t *testing.T) {
	e := newFakeEngine()
	e.layout[LayoutKey] = []byte(`{"theme":"light"}`)
	b := newBench(t, e)
	if b.mode != theme.Light || !b.menu.themes[theme.Light].Checked {
		t.Errorf("theme %q", b.mode)
	}
	if got, want := b.app.Settings().Theme().Color(theme.ColorBackground, 0), theme.New(theme.Light).Color(theme.ColorBackground, 0); got != want {
		t.Errorf("drawn on %v, want %v", got, want)
	}
}

func TestPanesByKeyboard(t *testing.T) {
	b := newBench(t, newFakeEngine())
	for key, id := range map[fyne.KeyName]string{fyne.Key1: pane.Overview, fyne.Key3: pane.Topics, fyne.Key4: pane.Observers,
		fyne.Key5: pane.Directory, fyne.Key6: pane.Traffic, fyne.Key0: pane.Access, fyne.KeyComma: pane.Settings, fyne.Key2: pane.Clients} {
		b.press(t, key)
		if b.current != id || !b.panes[id].Content().Visible() || b.rail.Selected() != id || !b.menu.panes[id].Checked {
			t.Errorf("key %s: current %q, rail %q", key, b.current, b.rail.Selected())
		}
		for other, p := range b.panes {
			if other != id && p.Content().Visible() {
				t.Errorf("%s is still visible beside %s", other, id)
			}
		}
	}
	b.press(t, fyne.Key2)
	b.settle()
	if b.window.window.Canvas().Focused() != fyne.Focusable(b.rail) {
		t.Error("an empty pane leaves the keyboard elsewhere than at the rail")
	}
	b.engine.change(func() { b.engine.clients = []engine.Client{{Key: "a", ID: "a"}} })
	b.press(t, fyne.Key3)
	b.press(t, fyne.Key2)
	b.settle()
	if list := b.panes[pane.Clients].Keyboard(); list == nil || b.window.window.Canvas().Focused() != list {
		t.Error("the keyboard is not at the list that came into view")
	}
	b.press(t, fyne.KeyF)
	if b.window.window.Canvas().Focused() != b.panes[b.current].Filter() {
		t.Error("the filter has not the focus")
	}
}

func TestDrawer(t *testing.T) {
	b := newBench(t, newFakeEngine())
	if b.split.TrailingVisible() {
		t.Error("the drawer takes the height from Overview")
	}
	b.showPane(pane.Clients)
	if !b.split.TrailingVisible() {
		t.Error("the drawer is closed at first")
	}
	b.press(t, fyne.KeyJ)
	if b.split.TrailingVisible() || b.inView.Load().drawer {
		t.Error("the drawer does not close")
	}
	b.press(t, fyne.KeyJ)
	b.showPane(pane.Traffic)
	if b.split.TrailingVisible() {
		t.Error("the Traffic pane shows its messages twice")
	}
	b.press(t, fyne.KeyJ)
	if !b.split.TrailingVisible() {
		t.Error("the drawer does not open below Traffic")
	}
}

func TestFrameShowsTheEngine(t *testing.T) {
	e := newFakeEngine()
	e.status.Since = time.Now().Add(-2*time.Hour - 14*time.Minute - 9*time.Second)
	e.status.Dropped = 1234
	b := newBench(t, e)
	e.change(func() {
		e.clients = make([]engine.Client, 14)
		for i := range e.clients {
			e.clients[i].Key = string(rune('a' + i))
		}
	})
	b.settle()
	s := b.frame.shown
	if want := []string{"Gateway up 2h 14m", "14 clients", "0 observers", "0 topics", "1,234 dropped"}; !slices.Equal(s.left, want) {
		t.Errorf("status line %q, want %q", s.left, want)
	}
	if want := []string{"Embedded broker", "State: sluice.db, 1.2 MB"}; !slices.Equal(s.right, want) {
		t.Errorf("status line %q, want %q", s.right, want)
	}
	if len(b.top.chips.Objects) != 2 || s.chips[0].detail != "127.0.0.1:5683" || s.chips[0].role != theme.RoleGood {
		t.Errorf("chips %+v", s.chips)
	}
}

func TestRates(t *testing.T) {
	e := newFakeEngine()
	b := newBench(t, e)
	for range 3 {
		e.change(func() { e.status.In += 412; e.status.Out += 1236 })
		b.now = b.now.Add(time.Second)
		b.tick(b.now)
	}
	if s := b.frame.shown; s.in.text != "412/s" || s.out.text != "1,236/s" || len(s.in.values) != 3 {
		t.Errorf("in %q, out %q, %v", s.in.text, s.out.text, s.in.values)
	}
}

func TestATakenPortOffersTheNextFreeOne(t *testing.T) {
	e := newFakeEngine()
	e.status.State = engine.Degraded
	e.status.Listeners[0] = inUse("coap://127.0.0.1:5683", 5684)
	b := newBench(t, e)
	if want := "coap://127.0.0.1:5683 was not opened: another program uses the port. The next free one is 5684."; b.failure.shown != want || !b.banner.Visible() {
		t.Fatalf("banner %v %q", b.banner.Visible(), b.failure.shown)
	}
	if c := b.frame.shown.chips[0]; c.role != theme.RoleBad || c.detail != "127.0.0.1:5683 · failed" {
		t.Errorf("chip %v %q", c.role, c.detail)
	}
	_, action, do := b.describeFailure(e.Status().Listeners)
	if action != "Use port 5684" {
		t.Fatalf("action %q", action)
	}
	do()
	b.settle()
	if want := [][2]string{{"coap://127.0.0.1:5683", "coap://127.0.0.1:5684"}}; !slices.Equal(e.moved, want) || b.banner.Visible() {
		t.Errorf("moved %v, banner %v", e.moved, b.banner.Visible())
	}
}

func TestListenerFailures(t *testing.T) {
	b := newBench(t, newFakeEngine())
	for _, c := range []struct {
		listener engine.ListenerStatus
		text     string
		action   string
		to       string
	}{
		{inUse("coap://[::1]:5683", 5690), "The next free one is 5690.", "Use port 5690", "coap://[::1]:5690"},
		{inUse("coap://127.0.0.1:5683", 0), "End that program, then try again.", "Try again", "coap://127.0.0.1:5683"},
		{engine.ListenerStatus{URL: "coap://192.0.2.1:5683", Err: &engine.ListenerError{URL: "coap://192.0.2.1:5683", Err: errors.New("cannot assign requested address")}},
			"coap://192.0.2.1:5683 was not opened: cannot assign requested address.", "Try again", "coap://192.0.2.1:5683"},
	} {
		text, action, do := b.describeFailure([]engine.ListenerStatus{c.listener})
		if !strings.Contains(text, c.text) || action != c.action {
			t.Errorf("%s: %q, %q", c.listener.URL, text, action)
		}
		do()
		b.working.Wait()
		if moved := b.engine.moved[len(b.engine.moved)-1]; moved != [2]string{c.listener.URL, c.to} {
			t.Errorf("%s: moved %v", c.listener.URL, moved)
		}
	}
}

func TestStartAndStop(t *testing.T) {
	e := newFakeEngine()
	b := newBench(t, e)
	test.Tap(b.top.power)
	b.settle()
	if e.stops != 1 || b.top.power.Label() != "Start" || !b.menu.stop.Disabled || b.menu.start.Disabled || b.frame.shown.left[0] != "Gateway stopped" {
		t.Fatalf("%d stops, button %q", e.stops, b.top.power.Label())
	}
	e.startErr = errors.New("start the MQTT broker: no space left on device")
	test.Tap(b.top.power)
	b.settle()
	if want := "Start the MQTT broker: no space left on device."; e.starts != 1 || b.failure.shown != want || !b.banner.Visible() {
		t.Fatalf("%d starts, banner %q", e.starts, b.failure.shown)
	}
	e.startErr = nil
	_, action, do := b.describeFailure(nil)
	do()
	b.settle()
	if action != "Try again" || e.starts != 2 || b.banner.Visible() || b.top.power.Label() != "Stop" {
		t.Errorf("%q: %d starts, banner %v, button %q", action, e.starts, b.banner.Visible(), b.top.power.Label())
	}
	e.stopErr = errors.New("stop: the socket is gone")
	test.Tap(b.top.power)
	b.settle()
	_, _, do = b.describeFailure(nil)
	do()
	b.settle()
	if e.stops != 3 {
		t.Errorf("%d stops: trying again after a failed stop stops again", e.stops)
	}
}

func TestOnlyWhatIsInViewIsAskedFor(t *testing.T) {
	e := newFakeEngine()
	b := newBench(t, e)
	b.showPane(pane.Traffic)
	b.settle()
	e.mu.Lock()
	clear(e.asked)
	e.mu.Unlock()
	for range 10 {
		b.tick(b.now)
	}
	if len(e.asked) != 0 {
		t.Errorf("although nothing changed: %v", e.asked)
	}
	e.change(func() {})
	b.tick(b.now)
	if e.asked["clients"] != 1 {
		t.Errorf("the hidden Clients pane asks too: %v", e.asked)
	}
}

func TestLayoutIsRemembered(t *testing.T) {
	e := newFakeEngine()
	b := newBench(t, e)
	b.window.window.Resize(fyne.NewSize(1200, 800))
	b.showPane(pane.Topics)
	b.setMode(theme.Light)
	b.showDrawer(false)
	b.split.SetOffset(0.6)
	b.keepLayoutSoon()
	b.keepLayoutSoon()
	if e.puts != 1 {
		t.Errorf("kept %d times, want once: it changed once", e.puts)
	}
	again := newBench(t, e)
	if again.current != pane.Topics || again.mode != theme.Light || again.split.TrailingVisible() || again.split.Offset() != 0.6 {
		t.Errorf("restored %q %q %v %v", again.current, again.mode, again.split.TrailingVisible(), again.split.Offset())
	}
}

func TestABrokenLayoutIsLeftAside(t *testing.T) {
	e := newFakeEngine()
	for _, data := range []string{"{", `{"pane":"nowhere","width":-1,"panes":{"clients":7,"gone":{}}}`} {
		e.layout[LayoutKey] = []byte(data)
		if b := newBench(t, e); b.current != pane.Overview {
			t.Errorf("%s: pane %q", data, b.current)
		}
	}
}

func TestWhatComesAfterTheEndIsDropped(t *testing.T) {
	e := newFakeEngine()
	b := newBench(t, e)
	b.quit()
	b.do(func() { t.Error("a function ran after the window had closed") })
	b.run(func() { t.Error("work began after the window had closed") })
	if e.puts != 1 {
		t.Errorf("the layout was kept %d times", e.puts)
	}
}

func TestAbout(t *testing.T) {
	b := newBench(t, newFakeEngine())
	b.about()
	if b.window.window.Canvas().Overlays().Top() == nil {
		t.Fatal("nothing is shown")
	}
	b.window.window.Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
	if b.window.window.Canvas().Overlays().Top() != nil {
		t.Error("Escape does not close it")
	}
}
