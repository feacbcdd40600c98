package device_test

import (
	"context"
	"fmt"
	"net"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"sluice/engine"
	"sluice/engine/client"
	"sluice/engine/coap"
	"sluice/engine/device"
	"sluice/engine/settings"
	"sluice/engine/store"
)

const patience = 20 * time.Second

// gateway runs an engine with one CoAP listener and returns its address.
func gateway(t testing.TB, dialect settings.Dialect, change func(*settings.Settings)) (*engine.Engine, string) {
	t.Helper()
	s := settings.Default()
	s.Listeners = []settings.Listener{{Bind: "coap://127.0.0.1:0", Dialect: dialect}}
	if change != nil {
		change(&s)
	}
	kept, err := store.Open(filepath.Join(t.TempDir(), "state.db"))
	if err != nil {
		t.Fatal(err)
	}
	e, err := engine.New(engine.Config{Settings: s, Store: kept, Watch: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
		_ = kept.Close()
	})
	if err := e.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
	return e, e.Status().Listeners[0].Addr
}

func newFleet(t testing.TB) *device.Fleet {
	f := device.NewFleet()
	t.Cleanup(func() { _ = f.Close() })
	return f
}

func template(t testing.TB, kind string) *device.Template {
	t.Helper()
	for _, one := range device.Templates() {
		if one.Kind == kind {
			return one
		}
	}
	t.Fatalf("there is no template %s", kind)
	return nil
}

func await(t testing.TB, what string, done func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !done(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not within %v: %s", patience, what)
		}
	}
}

// start starts devices and waits until they have.
func start(t testing.TB, f *device.Fleet, o device.Order) device.Progress {
	t.Helper()
	s, err := f.Start(o)
	if err != nil {
		t.Fatal(err)
	}
	select {
	case <-s.Done():
	case <-time.After(2 * time.Minute):
		t.Fatalf("not started: %+v", s.Progress())
	}
	return s.Progress()
}

func TestEveryKindSpeaksEveryDialect(t *testing.T) {
	for _, listener := range []settings.Dialect{settings.DialectAuto, ""} {
		for _, dialect := range device.Dialects() {
			for _, one := range device.Templates() {
				l := listener
				if l == "" {
					l = settings.Dialect(dialect.Gateway())
				}
				if l == settings.DialectEMQX5 && one.Kind == "updater" {
					continue // it reads nothing
				}
				t.Run(fmt.Sprintf("%s/%s/%s", l, dialect, one.Kind), func(t *testing.T) {
					t.Parallel()
					e, addr := gateway(t, l, nil)
					f := newFleet(t)
					p := start(t, f, device.Order{Template: one, Count: 2, Dialect: dialect, Address: addr, Interval: 30 * time.Millisecond, Seed: 1})
					if p.Started != 2 || p.Failed != 0 || !p.Done {
						t.Fatalf("%+v", p)
					}
					await(t, "both have something to show", func() bool {
						for _, d := range f.Devices() {
							if d.Last == "" && d.Image.Bytes == 0 || d.Acknowledged < 3 || d.State != device.Running {
								return false
							}
						}
						return true
					})
					for _, d := range f.Devices() {
						if d.Lost > 0 || d.Refused > 0 && one.Kind != "updater" {
							t.Errorf("%+v", d)
						}
						if one.Kind == "updater" && (d.Image.Bytes != 65536 || d.Image.Blocks != 64) {
							t.Errorf("downloaded %+v", d.Image)
						}
					}
					if n := len(e.Clients()); dialect != device.IETF && n < 2 {
						t.Errorf("%d clients", n)
					}
					f.StopAll()
					if n := f.Len(); n != 0 {
						t.Errorf("%d devices after StopAll", n)
					}
				})
			}
		}
	}
}

func TestLampObeys(t *testing.T) {
	for _, dialect := range device.Dialects() {
		t.Run(string(dialect), func(t *testing.T) {
			e, addr := gateway(t, settings.DialectAuto, nil)
			f := newFleet(t)
			start(t, f, device.Order{Template: template(t, "lamp"), Count: 1, Dialect: dialect, Address: addr, Interval: time.Hour})
			await(t, "it says how it begins", func() bool { return f.Devices()[0].Last == `{"level":100,"on":false}` })
			for _, step := range []struct{ command, state string }{
				{`{"on":true,"level":40}`, `{"level":40,"on":true}`},
				{`{"level":400}`, `{"level":100,"on":true}`},
				{"off", `{"level":100,"on":false}`},
				{"on", `{"level":100,"on":true}`},
				{`{"on":false}`, `{"level":100,"on":false}`},
			} {
				if err := e.Publish(engine.Publication{Topic: "lamp/lamp-0001/command", Payload: []byte(step.command)}); err != nil {
					t.Fatal(err)
				}
				await(t, step.command, func() bool { return f.Devices()[0].Last == step.state })
			}
			if d := f.Devices()[0]; d.Received < 5 || d.Observations != 1 || d.Err != nil {
				t.Errorf("%+v", d)
			}
		})
	}
}

func TestDevicesThatCannotStart(t *testing.T) {
	closed, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody := closed.LocalAddr().String()
	_ = closed.Close()
	f := newFleet(t)
	p := start(t, f, device.Order{Template: template(t, "door"), Count: 3, Address: nobody})
	if p.Failed != 3 || p.Started != 0 || !strings.Contains(fmt.Sprint(p.Why), "nobody listens") {
		t.Errorf("%+v", p)
	}
	for _, d := range f.Devices() {
		if d.State != device.Failed || !strings.Contains(fmt.Sprint(d.Err), "nobody listens") {
			t.Errorf("%+v", d)
		}
	}
}

func TestOrders(t *testing.T) {
	door := template(t, "door")
	for _, test := range []struct {
		order device.Order
		want  string
	}{
		{device.Order{}, "no template"},
		{device.Order{Template: door, Address: "a:1"}, "0 devices: must be from 1 to 5000"},
		{device.Order{Template: door, Count: 5001, Address: "a:1"}, "5001 devices"},
		{device.Order{Template: door, Count: 1}, "no gateway"},
		{device.Order{Template: door, Count: 1, Address: "a:1", Interval: 1}, "interval 1ns"},
		{device.Order{Template: door, Count: 1, Address: "a:1", Interval: time.Second, Jitter: time.Minute}, "jitter 1m0s"},
		{device.Order{Template: door, Count: 1, Address: "a:1", Dialect: "mqtt"}, `dialect "mqtt"`},
		{device.Order{Template: door, Count: 1, Address: "a:1", Scheme: "http"}, `scheme "http"`},
		{device.Order{Template: door, Count: 1, Address: "a:1", Scheme: "coaps"}, "pre-shared key"},
	} {
		if _, err := device.NewFleet().Start(test.order); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%v, not %q", err, test.want)
		}
	}
}

func TestStartCanBeCancelled(t *testing.T) {
	silent, err := net.ListenPacket("udp", "127.0.0.1:0") // it answers nothing
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = silent.Close() }()
	f := newFleet(t)
	s, err := f.Start(device.Order{Template: template(t, "meter"), Count: 500, Address: silent.LocalAddr().String()})
	if err != nil {
		t.Fatal(err)
	}
	await(t, "some connect", func() bool { return f.Len() == 64 })
	s.Cancel()
	<-s.Done()
	if p := s.Progress(); !p.Done || !p.Cancelled || p.Started != 0 {
		t.Errorf("%+v", p)
	}
	if n := f.Len(); n != 0 {
		t.Errorf("%d devices are left", n)
	}
}

func TestDeviceComesBackToARestartedGateway(t *testing.T) {
	e, addr := gateway(t, settings.DialectAuto, nil)
	f := newFleet(t)
	fast := device.Order{Template: template(t, "thermometer"), Count: 1, Address: addr, Interval: 50 * time.Millisecond}
	start(t, f, fast)
	s := e.Settings()
	s.Listeners[0].Bind = "coap://" + addr
	if err := e.Stop(); err != nil {
		t.Fatal(err)
	}
	await(t, "it notices", func() bool { return f.Devices()[0].State == device.Connecting })
	if err := e.SetSettings(s); err != nil {
		t.Fatal(err)
	}
	if err := e.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
	await(t, "it is back", func() bool { return f.Devices()[0].State == device.Running })
}

func TestNothingIsLeftBehind(t *testing.T) {
	_, addr := gateway(t, settings.DialectAuto, nil)
	before := runtime.NumGoroutine()
	f := newFleet(t)
	for _, kind := range []string{"lamp", "tracker", "updater"} {
		start(t, f, device.Order{Template: template(t, kind), Count: 50, Address: addr, Interval: 20 * time.Millisecond})
	}
	began := time.Now()
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(began); took > 3*time.Second {
		t.Errorf("stopping took %v", took)
	}
	await(t, "all goroutines have ended", func() bool { return runtime.NumGoroutine() <= before })
	if _, err := f.Start(device.Order{Template: template(t, "door"), Count: 1, Address: addr}); err == nil {
		t.Error("a closed fleet starts devices")
	}
}

func TestDevicesUnderConditions(t *testing.T) {
	e, addr := gateway(t, settings.DialectAuto, nil)
	f := newFleet(t)
	conditions := coap.Conditions{Loss: 0.1, Delay: 10 * time.Millisecond, Jitter: 20 * time.Millisecond, Duplication: 0.1, Reordering: 0.1}
	if err := e.SetConditions("", &conditions); err != nil {
		t.Fatal(err)
	}
	p := start(t, f, device.Order{Template: template(t, "lamp"), Count: 30, Address: addr, Interval: 100 * time.Millisecond,
		Transmission: &client.Transmission{ACKTimeout: 200 * time.Millisecond, ACKRandomFactor: 1.5, MaxRetransmit: 4}})
	if p.Started != 30 {
		t.Fatalf("%+v", p)
	}
	await(t, "something was retransmitted", func() bool { return f.Summary().Retransmitted > 5 })
	if s := f.Summary(); s.Observations != 30 || s.States[device.Running] != 30 {
		t.Errorf("%+v", s)
	}
}
