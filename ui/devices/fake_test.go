package devices

import (
	"errors"
	"fmt"
	"maps"
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
	"sluice/engine/client"
	"sluice/engine/coap"
	"sluice/engine/device"
	"sluice/engine/pki"
	"sluice/ui/command"
	"sluice/ui/pane"
	"sluice/ui/theme"
)

var noon = time.Date(2026, 9, 1, 12, 0, 0, 0, time.UTC)

// fakeEngine is an engine that a test drives.
type fakeEngine struct {
	mu       sync.Mutex
	devices  []device.Snapshot
	revision uint64
	set      map[string]coap.Conditions
	done     coap.ConditionStats
	orders   []device.Order
	starting *fakeStarting
	fail     error
	stopped  []string
	changed  []string
	ports    int
	keys     *pki.Keeper
	secure   bool          // a coaps listener is open
	fleet    *device.Fleet // what is stopped can be started again
	again    int
}

// fakeStarting is a start that a test drives.
type fakeStarting struct {
	mu       sync.Mutex
	progress device.Progress
}

func (s *fakeStarting) Progress() device.Progress {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.progress
}

func (s *fakeStarting) Cancel() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.progress.Cancelled, s.progress.Done = true, true
}

func (s *fakeStarting) Done() <-chan struct{} { return nil }

func (e *fakeEngine) change(f func()) {
	e.mu.Lock()
	defer e.mu.Unlock()
	f()
	e.revision++
}

func (e *fakeEngine) SimulatedDevices() []device.Snapshot {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.devices)
}

func (e *fakeEngine) Keys() *pki.Keeper { return e.keys }

func (e *fakeEngine) Status() engine.Status {
	s := engine.Status{State: engine.Running, Listeners: []engine.ListenerStatus{{Scheme: "coap", Addr: "127.0.0.1:5683"}}}
	if e.secure {
		s.Listeners = append(s.Listeners, engine.ListenerStatus{Scheme: "coaps", Addr: "127.0.0.1:5684"})
	}
	return s
}

func (e *fakeEngine) DeviceCount() int { return len(e.SimulatedDevices()) }

func (e *fakeEngine) DeviceRevision() uint64 {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.revision
}

func (e *fakeEngine) StartDevices(o device.Order) (device.Starting, error) {
	if e.fail != nil {
		return nil, e.fail
	}
	e.change(func() {
		e.orders = append(e.orders, o)
		e.starting = &fakeStarting{progress: device.Progress{Kind: o.Template.Kind, Total: o.Count}}
	})
	return e.starting, nil
}

func (e *fakeEngine) StopDevices(names ...string) *device.Stopped {
	e.change(func() {
		e.stopped = append(e.stopped, names...)
		e.devices = slices.DeleteFunc(e.devices, func(d device.Snapshot) bool { return slices.Contains(names, d.Name) })
	})
	return e.fleet.Stop(names...)
}

func (e *fakeEngine) StopAllDevices() *device.Stopped {
	e.change(func() { e.devices = nil })
	return e.fleet.StopAll()
}

func (e *fakeEngine) StartAgain(s *device.Stopped) (device.Starting, error) {
	if e.fail != nil {
		return nil, e.fail
	}
	e.change(func() {
		e.again += s.Len()
		e.starting = &fakeStarting{progress: device.Progress{Total: s.Len()}}
	})
	return e.starting, nil
}

func (e *fakeEngine) Conditions() map[string]coap.Conditions {
	e.mu.Lock()
	defer e.mu.Unlock()
	return maps.Clone(e.set)
}

func (e *fakeEngine) SetConditions(client string, c *coap.Conditions) error {
	e.change(func() {
		if c == nil {
			delete(e.set, client)
			return
		}
		e.set[client] = *c
	})
	return e.fail
}

func (e *fakeEngine) ConditionStats() coap.ConditionStats {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.done
}

func (e *fakeEngine) ChangePort(client string) int {
	e.change(func() { e.changed = append(e.changed, client) })
	return e.ports
}

// fleet is an engine with some devices of each kind.
func fleet() *fakeEngine {
	e := &fakeEngine{set: map[string]coap.Conditions{}, ports: 1, fleet: device.NewFleet()}
	values := []string{`{"humidity":47,"temperature":21.4}`, `[{"bn":"meter-0001/","n":"power","u":"W","v":212},{"n":"energy"…`, `{"level":40,"on":true}`, "closed", `{"lat":52.51931,"lon":13.40112,"speed":43}`, ""}
	for i, t := range device.Templates() {
		for n := range 3 {
			d := device.Snapshot{
				Name: fmt.Sprintf("%s-%04d", t.Kind, n+1), Kind: t.Kind, Dialect: device.EMQX5, State: device.Running, Interval: t.Interval,
				Jitter: t.Jitter, Topic: "room/" + t.Kind, Local: netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), uint16(40000+10*i+n)),
				Last: values[i], LastAt: noon,
				Counters: device.Counters{Sent: uint64(1200 + 37*n), Acknowledged: uint64(1198 + 37*n), RTT: 1400 * time.Microsecond},
			}
			if t.Kind == "lamp" {
				d.Observations, d.Received, d.Observed = 1, 14, "lamp/"+d.Name+"/command"
			}
			if t.Kind == "updater" {
				d.Image = device.Image{Bytes: 65536, Blocks: 64, Took: 12 * time.Millisecond}
			}
			e.devices = append(e.devices, d)
		}
	}
	e.devices[4].State, e.devices[4].Lost, e.devices[4].Retransmitted = device.Connecting, 3, 12
	e.devices[4].Err, e.devices[4].ErrAt = client.ErrUnanswered, noon
	e.devices[10].State, e.devices[10].Err, e.devices[10].ErrAt = device.Failed, errors.New("refused: 4.00 BadRequest: Login Failed: not_authorized"), noon
	return e
}

// notice is what the user was told.
type notice struct {
	role theme.Role
	text string
}

// bench is a pane in a window with everything on one goroutine.
type bench struct {
	*Pane
	t       testing.TB
	window  fyne.Window
	engine  *fakeEngine
	notices []notice
	opened  []string
	now     time.Time
}

func newBench(t testing.TB, e *fakeEngine) *bench {
	t.Helper()
	if err := lang.AddTranslationsFS(assets.Translations, assets.TranslationsDir); err != nil {
		t.Fatal(err)
	}
	test.NewTempApp(t).Settings().SetTheme(theme.New(theme.Dark))
	b := &bench{t: t, engine: e, window: test.NewTempWindow(t, nil), now: noon}
	h := &pane.Host{
		Window: b.window, Do: func(f func()) { f() }, Wake: func() {}, Run: func(f func()) { f() },
		Notify:  func(role theme.Role, text, _ string, _ func()) { b.notices = append(b.notices, notice{role, text}) },
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
	b.now = b.now.Add(600 * time.Millisecond)
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
