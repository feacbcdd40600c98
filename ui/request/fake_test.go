package request

import (
	"path/filepath"
	"sync"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"sluice/engine"
	"sluice/engine/pki"
	"sluice/engine/settings"
	"sluice/ui/command"
	"sluice/ui/pane"
	"sluice/ui/theme"
)

// bench is the pane in a window, on an engine that runs. Work is done on other goroutines, and brought back when the test
// waits for it.
type bench struct {
	*Pane
	t       *testing.T
	window  fyne.Window
	engine  *engine.Engine
	gateway string // HOST:PORT
	secure  string
	folder  string
	now     time.Time
	queue   chan func()
	working sync.WaitGroup
	notices []notice
	opened  []string
}

type notice struct {
	text string
	role theme.Role
	do   func()
}

func newBench(t *testing.T) *bench { return newBenchWith(t, settings.Default(), false) }

func newBenchWith(t *testing.T, s settings.Settings, secure bool) *bench {
	t.Helper()
	s.Listeners = []settings.Listener{{Bind: "coap://127.0.0.1:0"}}
	if secure {
		s.Listeners = append(s.Listeners, settings.Listener{Bind: "coaps://127.0.0.1:0"})
	}
	keeper, err := pki.OpenKeeper(pki.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if secure {
		if _, err := keeper.SetUp("lamp-3"); err != nil {
			t.Fatal(err)
		}
		if err := keeper.AddPSK("meter-1", []byte("0123456789abcdef"), ""); err != nil {
			t.Fatal(err)
		}
	}
	e, err := engine.New(engine.Config{Settings: s, Keys: keeper})
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	test.NewTempApp(t).Settings().SetTheme(theme.New(theme.Dark))
	b := &bench{t: t, engine: e, window: test.NewTempWindow(t, nil), queue: make(chan func(), 1024), now: time.Now(), folder: filepath.Join(t.TempDir(), "requests")}
	for _, l := range e.Status().Listeners {
		if l.Scheme == "coaps" {
			b.secure = l.Addr
		} else {
			b.gateway = l.Addr
		}
	}
	b.Pane = New(e, &pane.Host{
		Window: b.window, Do: func(f func()) { b.queue <- f }, Run: func(f func()) { b.working.Go(f) }, Wake: func() {},
		Notify: func(role theme.Role, text, _ string, do func()) {
			b.notices = append(b.notices, notice{text, role, do})
		},
		Gateway: func() command.Gateway { return command.Gateway{CoAP: b.gateway, MQTT: "127.0.0.1:31883"} },
		Open:    func(id, _ string) { b.opened = append(b.opened, id) },
	})
	b.chosen.Store(&b.folder)
	b.window.SetContent(b.Content())
	b.window.Resize(fyne.NewSize(1196, 868))
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
		b.working.Wait()
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	b.tick()
	return b
}

// settle waits for what was begun, and does what it brings back.
func (b *bench) settle() {
	b.t.Helper()
	b.working.Wait()
	for {
		select {
		case f := <-b.queue:
			f()
			b.working.Wait()
		default:
			b.tick()
			return
		}
	}
}

// until ticks until something holds.
func (b *bench) until(what string, holds func() bool) {
	b.t.Helper()
	for range 500 {
		for len(b.queue) > 0 {
			(<-b.queue)()
		}
		b.tick()
		if holds() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	b.t.Fatal(what)
}

// tick does what the window's ticker does.
func (b *bench) tick() {
	b.now = b.now.Add(3 * time.Second)
	if update := b.Gather(b.now); update != nil {
		update()
	}
}

// ask puts a request into the pane and sends it.
func (b *bench) ask(text string) {
	b.t.Helper()
	b.Show(text)
	b.send()
	b.settle()
}
