package window

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"sluice/engine"
	"sluice/engine/settings"
	"sluice/ui/pane"
	"sluice/ui/theme"
)

func listeners(binds ...string) settings.Settings {
	s := settings.Default()
	s.Listeners = nil
	for _, b := range binds {
		s.Listeners = append(s.Listeners, settings.Listener{Bind: b})
	}
	return s
}

func binds(s settings.Settings) string {
	var all []string
	for _, l := range s.Listeners {
		all = append(all, l.Bind)
	}
	return strings.Join(all, " ")
}

func TestWhoMayReachListeners(t *testing.T) {
	for _, c := range []struct {
		binds, network, local string
		now                   reachable
	}{
		{"coap://127.0.0.1:5683 mqtt://localhost:1883", "coap://0.0.0.0:5683 mqtt://0.0.0.0:1883", "coap://127.0.0.1:5683 mqtt://localhost:1883", thisMachine},
		{"coap://[::1]:5683", "coap://[::]:5683", "coap://[::1]:5683", thisMachine},
		{"coap://0.0.0.0:5683 ws://[::]:8083", "coap://0.0.0.0:5683 ws://[::]:8083", "coap://127.0.0.1:5683 ws://[::1]:8083", theNetwork},
		{"coap://192.0.2.7:5683 mqtt://127.0.0.1:1883", "coap://192.0.2.7:5683 mqtt://0.0.0.0:1883", "coap://127.0.0.1:5683 mqtt://127.0.0.1:1883", someOfBoth},
		{"", "", "", thisMachine},
	} {
		s := listeners(strings.Fields(c.binds)...)
		if got := reachOf(s); got != c.now {
			t.Errorf("%s is reached by %v", c.binds, got)
		}
		if got := binds(withReach(s, theNetwork)); got != c.network {
			t.Errorf("%s on the network: %s", c.binds, got)
		}
		if got := binds(withReach(s, thisMachine)); got != c.local {
			t.Errorf("%s on this machine: %s", c.binds, got)
		}
		if binds(s) != c.binds {
			t.Errorf("%s was changed", c.binds)
		}
	}
}

func TestWhatOpensIsNamed(t *testing.T) {
	machine := []netip.Addr{netip.MustParseAddr("192.0.2.7"), netip.MustParseAddr("2001:db8::7")}
	for bind, want := range map[string][]string{
		"coap://127.0.0.1:5683": {"coap://127.0.0.1:5683"},
		"coap://0.0.0.0:5683":   {"coap://192.0.2.7:5683"},
		"coap://[::]:5683":      {"coap://192.0.2.7:5683", "coap://[2001:db8::7]:5683"},
	} {
		if got := urlsOf(listeners(bind), machine); !slices.Equal(got, want) {
			t.Errorf("%s: %v", bind, got)
		}
	}
	if got := urlsOf(listeners("coap://0.0.0.0:5683"), nil); !slices.Equal(got, []string{"coap://0.0.0.0:5683"}) {
		t.Errorf("without a network: %v", got)
	}
}

// firstStart is a window that nobody has answered yet.
func firstStart(t *testing.T) (*bench, *settableEngine) {
	e := &settableEngine{fakeEngine: newFakeEngine(), settings: settings.Default()}
	b := newBenchOf(t, e, e.fakeEngine, Options{FirstStart: true})
	b.addresses = func() []netip.Addr { return []netip.Addr{netip.MustParseAddr("192.0.2.7")} }
	b.askFirst()
	b.settle()
	return b, e
}

// settableEngine has settings that can be changed.
type settableEngine struct {
	*fakeEngine
	settings settings.Settings
	err      error
}

func (e *settableEngine) Settings() settings.Settings { return e.settings.Clone() }
func (e *settableEngine) SetSettings(s settings.Settings) error {
	e.settings = s.Clone()
	return e.err
}

// typeKey presses a key where the keyboard is.
func (b *bench) typeKey(key fyne.KeyName) {
	canvas := b.window.window.Canvas()
	if f := canvas.Focused(); f != nil {
		f.TypedKey(&fyne.KeyEvent{Name: key})
	} else if typed := canvas.OnTypedKey(); typed != nil {
		typed(&fyne.KeyEvent{Name: key})
	}
	b.settle()
}

func (b *bench) dialogOpen() bool { return b.window.window.Canvas().Overlays().Top() != nil }

func TestTheFirstStartAsksOnce(t *testing.T) {
	b, e := firstStart(t)
	if !b.dialogOpen() {
		t.Fatal("nothing is asked")
	}
	b.typeKey(fyne.KeyEscape)
	if b.dialogOpen() || reachOf(e.settings) != thisMachine {
		t.Error("Escape is not this machine only")
	}
	b.askFirst()
	if b.dialogOpen() {
		t.Error("it is asked again")
	}
}

func TestWhoHasSettingsIsNotAsked(t *testing.T) {
	b := newBench(t, newFakeEngine())
	if b.askFirst(); b.dialogOpen() {
		t.Error("it is asked")
	}
}

func TestTheNetworkByKeyboard(t *testing.T) {
	b, e := firstStart(t)
	b.typeKey(fyne.KeyDown)
	b.typeKey(fyne.KeyReturn)
	if got := binds(e.settings); got != "coap://0.0.0.0:5683 mqtt://0.0.0.0:1883 ws://0.0.0.0:8083" || b.dialogOpen() {
		t.Errorf("listeners %s", got)
	}
	if m := b.toaster.Messages(); len(m) != 1 || !strings.Contains(m[0], "open to your network") {
		t.Errorf("said %q", m)
	}
}

func TestAListenerThatFailsIsNoFailureOfTheSwitch(t *testing.T) {
	b, e := firstStart(t)
	e.err = &engine.ListenerError{URL: "coap://0.0.0.0:5683", InUse: true}
	b.typeKey(fyne.KeyDown)
	b.typeKey(fyne.KeyReturn)
	if m := b.toaster.Messages(); len(m) != 1 || strings.Contains(m[0], "failed") {
		t.Errorf("said %q", m)
	}
}

func TestReachSheet(t *testing.T) {
	for _, mode := range []theme.Mode{theme.Dark, theme.Light} {
		b, _ := firstStart(t)
		b.setMode(mode)
		picture(t, b.window.window, "first-"+string(mode))
		b.typeKey(fyne.KeyDown)
		picture(t, b.window.window, "first-network-"+string(mode))
	}
	b, _ := firstStart(t)
	b.typeKey(fyne.KeyDown)
	sheet := b.window.window.Canvas().Overlays().Top()
	test.AssertObjectRendersToMarkup(t, "reach.xml", sheet)
	b.typeKey(fyne.KeyEscape)
	b.showReach()
	b.settle()
	if !b.dialogOpen() {
		t.Error("the menu does not ask")
	}
}

func TestAccessFirst(t *testing.T) {
	b, e := firstStart(t)
	b.typeKey(fyne.KeyDown)
	b.tap(t, "Set up access first")
	b.settle()
	if b.current != pane.Access || reachOf(e.settings) != thisMachine {
		t.Errorf("in %s", b.current)
	}
}

// Who opened the gateway closes it again with the key that takes back all else, however long the words have been gone.
func TestWhoMayReachItIsUndone(t *testing.T) {
	b, e := firstStart(t)
	b.typeKey(fyne.KeyDown)
	b.typeKey(fyne.KeyReturn)
	b.undo()
	b.settle()
	if got := binds(e.settings); got != "coap://127.0.0.1:5683 mqtt://127.0.0.1:1883 ws://127.0.0.1:8083" {
		t.Errorf("listeners %s", got)
	}
}
