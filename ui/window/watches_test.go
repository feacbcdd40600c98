package window

import (
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"sluice/engine"
	"sluice/engine/broker"
	"sluice/engine/watch"
	"sluice/ui/theme"
)

func TestWhatWasAskedForIsTold(t *testing.T) {
	e := newFakeEngine()
	b := newBench(t, e)
	b.host.Watch(watch.Spec{Kind: watch.ClientConnects, Of: "lamp-3"}, false)
	b.host.Watch(watch.Spec{Kind: watch.TopicMeets, Of: "a", Compare: ">", Value: "30"}, false)
	b.watches.look(b.now)
	e.change(func() { e.clients = []engine.Client{{ID: "lamp-3"}} })
	b.watches.look(b.now.Add(time.Second))
	if m := b.toaster.Messages(); !strings.Contains(m[len(m)-1], "lamp-3 has connected") {
		t.Errorf("said %q", m)
	}

	b.watches.front.Store(false) // another window is in front
	e.table.Note(&broker.Message{Topic: "a", Payload: []byte("29"), At: b.now})
	b.watches.look(b.now.Add(2 * time.Second))
	e.table.Note(&broker.Message{Topic: "a", Payload: []byte("31"), At: b.now})
	test.AssertNotificationSent(t, fyne.NewNotification("Sluice", "a is 31, which is > 30."), func() { b.watches.look(b.now.Add(20 * time.Second)) })

	// They are kept.
	next := newBench(t, e)
	if all := next.watches.set.All(); len(all) != 2 || all[0].Fired != 1 {
		t.Errorf("kept %+v", all)
	}
}

func TestListOfWatches(t *testing.T) {
	e := newFakeEngine()
	b := newBench(t, e)
	for _, s := range []watch.Spec{
		{Kind: watch.TopicMeets, Of: "plant/line1/temp", Path: "$.t", Compare: ">", Value: "30"},
		{Kind: watch.ClientSilent, Of: "lamp-3", For: time.Minute},
		{Kind: watch.ObserverLost, Of: "lamp/command", Client: "lamp-3"},
		{Kind: watch.ClientRefused},
	} {
		b.host.Watch(s, false)
	}
	b.toaster.Close()
	b.setMode(theme.Dark)
	b.watches.showList()
	b.settle()
	picture(t, b.window.window, "watches-dark")
	l := b.watches.list
	l.table.Select(2)
	b.tap(t, "Switch off")
	if all := b.watches.set.All(); !all[1].Off {
		t.Errorf("%+v", all[1])
	}
	b.tap(t, "Remove")
	if all := b.watches.set.All(); len(all) != 3 {
		t.Errorf("%d are left", len(all))
	}
	b.tap(t, "Undo")
	if all := b.watches.set.All(); len(all) != 4 {
		t.Errorf("%d are there again", len(all))
	}
	b.tap(t, "Close")
	if b.watches.list != nil {
		t.Error("the dialog is still filled")
	}
}

func TestTheFormAsksForWhatIsMissing(t *testing.T) {
	b := newBench(t, newFakeEngine())
	b.setMode(theme.Light)
	f := newWatchForm(b.watches, watch.Spec{Kind: watch.TopicMeets, Of: "plant/line1/temp", Path: "$.t"})
	f.open()
	b.settle()
	picture(t, b.window.window, "watchform-light")
	f.value.SetText("warm")
	f.submit()
	if len(b.watches.set.All()) != 0 {
		t.Error("a text is compared as a number")
	}
	f.value.SetText("30")
	f.submit()
	if all := b.watches.set.All(); len(all) != 1 || all[0].Path != "$.t" || all[0].Value != "30" || b.dialogOpen() {
		t.Errorf("%+v", all)
	}
	f = newWatchForm(b.watches, watch.Spec{Kind: watch.TopicSilent, Of: "a"})
	f.open()
	f.silent.SetText("90")
	f.submit()
	if all := b.watches.set.All(); len(all) != 2 || all[1].For != 90*time.Second {
		t.Errorf("%+v", all)
	}
}

func TestEveryKindHasItsWords(t *testing.T) {
	seen := map[string]bool{}
	for _, k := range watchKinds() {
		s := watch.Spec{Kind: k.kind, Of: "thing", Client: "lamp", Compare: ">", Value: "3", For: time.Minute}
		text := watchText(s) + "|" + noticeText(watch.Notice{Watch: watch.Watch{Spec: s}, Event: watch.Event{Of: "thing", Value: "4", Detail: "why"}, More: 2})
		if seen[text] || strings.Contains(text, "{{") || !strings.Contains(text, "2 more") {
			t.Errorf("%s: %s", k.kind, text)
		}
		seen[text] = true
	}
}

func TestClosingTheWindow(t *testing.T) {
	for name, c := range map[string]struct {
		keep, tray bool
		hides      bool
	}{
		"nothing is wanted": {false, true, false}, "no tray is seen": {true, false, false}, "kept in the tray": {true, true, true},
	} {
		b := newBench(t, newFakeEngine())
		b.tray.keep, b.tray.seen = c.keep, func() bool { return c.tray }
		b.tray.app = desktopApp{}
		b.closeWindow()
		if hidden := !b.closed.Load(); hidden != c.hides {
			t.Errorf("%s: hidden %v", name, hidden)
		}
	}
}

// desktopApp is a desktop with a tray.
type desktopApp struct{}

func (desktopApp) SetSystemTrayMenu(*fyne.Menu)    {}
func (desktopApp) SetSystemTrayIcon(fyne.Resource) {}
func (desktopApp) SetSystemTrayWindow(fyne.Window) {}

func TestADemonstrationInTheWindow(t *testing.T) {
	e := busyEngine(t)
	b := &bench{window: newWindow(test.NewTempApp(t), test.NewTempWindow(t, nil), Options{Engine: plainEngine{e}}, func(f func()) { f() }), now: time.Now()}
	b.host.After = nil // frames would come on goroutines of their own
	t.Cleanup(b.close)
	b.window.window.Resize(fyne.NewSize(1440, 900))
	b.setMode(theme.Dark)
	b.demonstrate()
	b.working.Wait()
	if !b.demo.banner.Visible() || !strings.Contains(b.demo.banner.Text(), "simulated") {
		t.Fatalf("banner %q", b.demo.banner.Text())
	}
	b.demonstrate() // a second one is not started
	for deadline := time.Now().Add(20 * time.Second); len(e.Topics().Below("demo")) == 0; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("no device publishes")
		}
	}
	b.now = b.now.Add(2 * time.Second)
	b.settle()
	picture(t, b.window.window, "demonstration-dark")
	b.demo.end()
	b.working.Wait()
	if b.demo.banner.Visible() || len(e.Topics().Below("demo")) > 0 {
		t.Errorf("left: %v", e.Topics().Below("demo"))
	}
}
