package window

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"sluice/engine"
	"sluice/engine/access"
	"sluice/engine/coap"
	"sluice/engine/device"
	"sluice/engine/directory"
	"sluice/engine/flow"
	"sluice/engine/gateway"
	"sluice/engine/pki"
	"sluice/engine/record"
	"sluice/engine/settings"
	"sluice/engine/topics"
)

// fakeEngine is an engine that a test drives; its table of topics and its ring are real.
type fakeEngine struct {
	mu       sync.Mutex
	status   engine.Status
	limits   []engine.Limit
	clients  []engine.Client
	revision uint64
	table    *topics.Table
	flows    *flow.Table
	ring     *record.Ring
	layout   map[string][]byte
	puts     int
	moved    [][2]string
	moveErr  error
	startErr error
	stopErr  error
	starts   int
	stops    int
	asked    map[string]int // how often each list was asked for
	keys     *pki.Keeper
	keyLog   string
	network  map[string]coap.Conditions
	settings settings.Settings
}

func newFakeEngine() *fakeEngine {
	return &fakeEngine{
		status: engine.Status{State: engine.Running, Since: time.Now(), StatePath: "/var/lib/sluice.db", StateSize: 1_200_000, Listeners: []engine.ListenerStatus{
			{URL: "coap://127.0.0.1:5683", Addr: "127.0.0.1:5683", Scheme: "coap", Dialect: "auto"},
			{URL: "mqtt://127.0.0.1:1883", Addr: "127.0.0.1:1883", Scheme: "mqtt"},
		}},
		table: topics.New(topics.Options{}), flows: flow.New(flow.Options{}), ring: record.New(1 << 20), layout: map[string][]byte{}, asked: map[string]int{},
	}
}

func (e *fakeEngine) change(f func()) {
	e.mu.Lock()
	defer e.mu.Unlock()
	f()
	e.revision++
}

func (e *fakeEngine) Clients() []engine.Client {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.asked["clients"]++
	return slices.Clone(e.clients)
}

func (e *fakeEngine) Observers() []engine.Observer {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.asked["observers"]++
	return nil
}

func (e *fakeEngine) Status() engine.Status {
	e.mu.Lock()
	defer e.mu.Unlock()
	s := e.status
	s.Listeners = slices.Clone(s.Listeners)
	return s
}

func (e *fakeEngine) Revision() uint64 {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.revision
}

func (e *fakeEngine) Start(context.Context) error {
	e.change(func() {
		e.starts++
		if e.startErr == nil {
			e.status.State = engine.Running
		}
	})
	return e.startErr
}

func (e *fakeEngine) Stop() error {
	e.change(func() {
		e.stops++
		if e.stopErr == nil {
			e.status.State = engine.Stopped
		}
	})
	return e.stopErr
}

func (e *fakeEngine) MoveListener(from, to string) error {
	e.change(func() {
		e.moved = append(e.moved, [2]string{from, to})
		for i := range e.status.Listeners {
			if e.status.Listeners[i].URL == from && e.moveErr == nil {
				e.status.Listeners[i].URL, e.status.Listeners[i].Addr, e.status.Listeners[i].Err = to, address(to), nil
			}
		}
	})
	return e.moveErr
}

func (e *fakeEngine) Limits() []engine.Limit {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.limits)
}

func (e *fakeEngine) LayoutValue(key string) []byte { return e.layout[key] }
func (e *fakeEngine) PutLayoutValue(key string, value []byte) {
	e.layout[key] = value
	e.puts++
}
func (e *fakeEngine) Keys() *pki.Keeper                   { return e.keys }
func (e *fakeEngine) KeyLog() string                      { return e.keyLog }
func (e *fakeEngine) SetKeyLog(path string) error         { e.change(func() { e.keyLog = path }); return nil }
func (e *fakeEngine) Settings() settings.Settings         { return e.settings }
func (e *fakeEngine) SetSettings(settings.Settings) error { return nil }
func (e *fakeEngine) Directory() *directory.Directory     { return nil }
func (e *fakeEngine) ProxiesDevices() bool                { return false }
func (e *fakeEngine) RemoveRegistration(string) (directory.RemovedRegistration, error) {
	return directory.RemovedRegistration{}, nil
}
func (e *fakeEngine) RestoreRegistration(directory.RemovedRegistration) error { return nil }
func (e *fakeEngine) ConfiguredTopics() []gateway.Topic                       { return nil }
func (e *fakeEngine) DeleteConfiguredTopic(string) bool                       { return false }
func (e *fakeEngine) Disconnect(string) bool                                  { return true }
func (e *fakeEngine) Topics() *topics.Table                                   { return e.table }
func (e *fakeEngine) Flows() *flow.Table                                      { return e.flows }
func (e *fakeEngine) Record() *record.Ring                                    { return e.ring }
func (e *fakeEngine) Publish(engine.Publication) error                        { return nil }
func (e *fakeEngine) DeleteTopic(string) (engine.DeletedTopic, error) {
	return engine.DeletedTopic{}, nil
}
func (e *fakeEngine) RestoreTopic(engine.DeletedTopic) error { return nil }
func (e *fakeEngine) ObserveTopic(string) (uint64, error)    { return 1, nil }
func (e *fakeEngine) EndObservation(uint64) bool             { return true }

func (e *fakeEngine) SimulatedDevices() []device.Snapshot                 { return nil }
func (e *fakeEngine) DeviceCount() int                                    { return 0 }
func (e *fakeEngine) DeviceRevision() uint64                              { return 0 }
func (e *fakeEngine) StartDevices(device.Order) (device.Starting, error)  { return nil, nil }
func (e *fakeEngine) StopDevices(...string) *device.Stopped               { return &device.Stopped{} }
func (e *fakeEngine) StopAllDevices() *device.Stopped                     { return &device.Stopped{} }
func (e *fakeEngine) StartAgain(*device.Stopped) (device.Starting, error) { return nil, nil }
func (e *fakeEngine) ConditionStats() coap.ConditionStats                 { return coap.ConditionStats{} }
func (e *fakeEngine) ChangePort(string) int                               { return 0 }

func (e *fakeEngine) Users() []engine.User                             { return nil }
func (e *fakeEngine) PutUser(string, *string, map[string]string) error { return nil }
func (e *fakeEngine) DeleteUser(string) (engine.DeletedUser, error)    { return engine.DeletedUser{}, nil }
func (e *fakeEngine) RestoreUser(engine.DeletedUser) error             { return nil }
func (e *fakeEngine) Anonymous() bool                                  { return false }
func (e *fakeEngine) SetAnonymous(bool) error                          { return nil }
func (e *fakeEngine) ClientIDRule() settings.ClientID                  { return settings.AnyClientID }
func (e *fakeEngine) SetClientIDRule(settings.ClientID) error          { return nil }
func (e *fakeEngine) Rules() []settings.Rule                           { return nil }
func (e *fakeEngine) SetRules([]settings.Rule) error                   { return nil }
func (e *fakeEngine) Throttled() []access.Throttled                    { return nil }
func (e *fakeEngine) LoginAttempts() access.Attempts                   { return access.Attempts{} }
func (e *fakeEngine) May(engine.Question) engine.Answer                { return engine.Answer{} }

// inUse is a listener whose port is taken; next is the next free one.
func inUse(url string, next int) engine.ListenerStatus {
	scheme, _, _ := strings.Cut(url, ":")
	return engine.ListenerStatus{URL: url, Scheme: scheme, Addr: address(url),
		Err: &engine.ListenerError{URL: url, Err: errors.New("address already in use"), InUse: true, NextFree: next}}
}

// bench is the whole window with everything on the test's goroutine: ticks come when the test says so.
type bench struct {
	*window
	engine *fakeEngine
	now    time.Time
}

func newBench(t *testing.T, e *fakeEngine) *bench {
	t.Helper()
	return newBenchOf(t, e, e, Options{})
}

// newBenchOf is newBench for an engine that is more than the fake one, and other options.
func newBenchOf(t *testing.T, whole Engine, e *fakeEngine, o Options) *bench {
	t.Helper()
	app := test.NewTempApp(t)
	b := &bench{engine: e, now: time.Now()}
	o.Engine, o.Version = whole, "0.1.0"
	b.window = newWindow(app, test.NewTempWindow(t, nil), o, func(f func()) { f() })
	b.host.After = nil // frames would come on goroutines of their own
	t.Cleanup(b.close)
	b.window.window.Resize(fyne.NewSize(1440, 900))
	b.settle()
	return b
}

// tick does what the window's ticker does.
func (w *window) tick(now time.Time) time.Duration { return w.bring(w.inView.Load(), now, false) }

// settle ticks a few times, as what comes into view is filled by the tick after it, and waits for what was begun.
func (b *bench) settle() {
	for range 4 {
		b.working.Wait()
		b.tick(b.now)
	}
}
