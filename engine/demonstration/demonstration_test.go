package demonstration

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"sluice/engine"
	"sluice/engine/settings"
	"sluice/engine/store"
)

// startUp starts an engine with listeners on free ports of loopback.
func startUp(t *testing.T, change func(*settings.Settings), binds ...string) (*engine.Engine, *store.Store) {
	t.Helper()
	kept, err := store.Open(filepath.Join(t.TempDir(), "state.db"))
	if err != nil {
		t.Fatal(err)
	}
	s := settings.Default()
	s.Listeners = nil
	for _, b := range binds {
		l := settings.Listener{Bind: b}
		if strings.HasPrefix(b, "coap") {
			l.Dialect = settings.DialectAuto
		}
		s.Listeners = append(s.Listeners, l)
	}
	if change != nil {
		change(&s)
	}
	e, err := engine.New(engine.Config{Settings: s, Store: kept, Watch: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(e.Close(), kept.Close()); err != nil {
			t.Error(err)
		}
	})
	if err := e.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
	return e, kept
}

const (
	coap = "coap://127.0.0.1:0"
	mqtt = "mqtt://127.0.0.1:0"
)

func await(t *testing.T, what string, condition func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !condition(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s does not happen", what)
		}
	}
}

func clientIDs(e *engine.Engine) (ids []string) {
	for _, c := range e.Clients() {
		ids = append(ids, c.ID)
	}
	slices.Sort(ids)
	return ids
}

// lives awaits that everything moves.
func lives(t *testing.T, e *engine.Engine) {
	t.Helper()
	await(t, "a display that is notified", func() bool {
		return slices.ContainsFunc(e.Observers(), func(o engine.Observer) bool { return strings.HasSuffix(o.Filter, "/climate") && o.Sent > 0 })
	})
	await(t, "a lamp that says its state", func() bool {
		return slices.ContainsFunc(e.Topics().Below(""), func(name string) bool { return strings.HasSuffix(name, "/state") })
	})
}

// gone checks that nothing is left of a demonstration.
func gone(t *testing.T, e *engine.Engine) {
	t.Helper()
	if names := e.Topics().Below(""); len(names) > 0 {
		t.Errorf("topics left: %v", names)
	}
	if n := e.DeviceCount(); n > 0 {
		t.Errorf("%d devices left", n)
	}
	if users := e.Users(); len(users) > 0 {
		t.Errorf("users left: %v", users)
	}
	await(t, "that all clients are gone", func() bool { return len(e.Clients()) == 0 })
	await(t, "that all observers are gone", func() bool { return len(e.Observers()) == 0 })
}

func TestItLivesAndLeavesNothing(t *testing.T) {
	e, _ := startUp(t, nil, coap, mqtt)
	d, err := Start(e)
	if err != nil {
		t.Fatal(err)
	}
	lives(t, e)
	await(t, "all clients", func() bool { return len(clientIDs(e)) == 9 })
	for _, id := range clientIDs(e) {
		if !strings.HasPrefix(id, Prefix) {
			t.Errorf("client %q is not marked", id)
		}
	}
	if names := e.Topics().Below(""); slices.ContainsFunc(names, func(name string) bool { return !strings.HasPrefix(name, "demo/demo-") }) {
		t.Errorf("topics %v", names)
	}
	if !d.Dashboard() || d.Failure() != nil {
		t.Errorf("dashboard %v, failure %q", d.Dashboard(), d.Failure())
	}
	if err := d.End(); err != nil {
		t.Error(err)
	}
	gone(t, e)
	if err := d.End(); err != nil {
		t.Errorf("ending it again: %v", err)
	}
}

func TestWhatIsNotOfItStays(t *testing.T) {
	e, _ := startUp(t, nil, coap, mqtt)
	if err := e.Publish(engine.Publication{Topic: "demo/mine", Payload: []byte("1"), Retain: true}); err != nil {
		t.Fatal(err)
	}
	d, err := Start(e)
	if err != nil {
		t.Fatal(err)
	}
	lives(t, e)
	if err := d.End(); err != nil {
		t.Error(err)
	}
	if names := e.Topics().Below(""); !slices.Equal(names, []string{"demo/mine"}) {
		t.Errorf("topics %v", names)
	}
}

func TestWhereCredentialsAreDemandedItHasAUserUntilItEnds(t *testing.T) {
	e, _ := startUp(t, func(s *settings.Settings) { s.Access.Anonymous = false }, coap, mqtt)
	d, err := Start(e)
	if err != nil {
		t.Fatal(err)
	}
	lives(t, e)
	if users := e.Users(); len(users) != 1 || users[0].Username != Username {
		t.Errorf("users %v", users)
	}
	if err := d.End(); err != nil {
		t.Error(err)
	}
	gone(t, e)
}

func TestAUserThatWasLeftIsSwept(t *testing.T) {
	e, _ := startUp(t, nil, coap)
	password := "left"
	for _, name := range []string{Username, "mine"} {
		if err := e.PutUser(name, &password, nil); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 {
		if err := Sweep(e); err != nil {
			t.Error(err)
		}
	}
	if users := e.Users(); len(users) != 1 || users[0].Username != "mine" {
		t.Errorf("users %v", users)
	}
}

func TestWithoutMQTTTheEngineObserves(t *testing.T) {
	e, _ := startUp(t, nil, coap)
	d, err := Start(e)
	if err != nil {
		t.Fatal(err)
	}
	if d.Dashboard() {
		t.Error("there is a dashboard")
	}
	await(t, "an observation of the window", func() bool {
		return slices.ContainsFunc(e.Observers(), func(o engine.Observer) bool { return o.Window && o.Filter == "demo/#" && o.Sent > 0 })
	})
	if err := d.End(); err != nil {
		t.Error(err)
	}
	gone(t, e)
}

func TestBelowAMountpoint(t *testing.T) {
	e, _ := startUp(t, func(s *settings.Settings) { s.Gateway.Mountpoint = "site/${clientid}/" }, coap, mqtt)
	d, err := Start(e)
	if err != nil {
		t.Fatal(err)
	}
	await(t, "a value that the dashboard gets", func() bool {
		return slices.ContainsFunc(e.Clients(), func(c engine.Client) bool { return c.ID == Prefix+"dashboard" && c.Out > 5 })
	})
	if err := d.End(); err != nil {
		t.Error(err)
	}
	gone(t, e)
}

func TestTheOtherDialectWillDo(t *testing.T) {
	e, _ := startUp(t, func(s *settings.Settings) { s.Listeners[0].Dialect = settings.DialectEMQX4 }, coap)
	d, err := Start(e)
	if err != nil {
		t.Fatal(err)
	}
	await(t, "values", func() bool { return e.Topics().Len() > 3 })
	if err := d.End(); err != nil {
		t.Error(err)
	}
	gone(t, e)
}

func TestWhatIsMissingIsSaid(t *testing.T) {
	ietf := func(s *settings.Settings) { s.Listeners[0].Dialect = settings.DialectIETF }
	for name, c := range map[string]struct {
		change func(*settings.Settings)
		binds  []string
	}{
		"no listener": {nil, []string{mqtt}}, "TCP only": {nil, []string{"coap+tcp://127.0.0.1:0"}}, "ietf only": {ietf, []string{coap}},
	} {
		e, _ := startUp(t, c.change, c.binds...)
		if _, err := Start(e); !errors.Is(err, engine.ErrNoListener) {
			t.Errorf("%s: %v", name, err)
		}
		gone(t, e)
	}
	e, _ := startUp(t, nil, coap)
	if err := e.Stop(); err != nil {
		t.Fatal(err)
	}
	if _, err := Start(e); !errors.Is(err, engine.ErrStopped) {
		t.Errorf("stopped: %v", err)
	}
}

func TestItCanEndAtOnceAndAfterTheGateway(t *testing.T) {
	e, _ := startUp(t, nil, coap, mqtt)
	d, err := Start(e)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.End(); err != nil {
		t.Error(err)
	}
	gone(t, e)
	if d, err = Start(e); err != nil {
		t.Fatal(err)
	}
	await(t, "values", func() bool { return e.Topics().Len() > 3 })
	if err := e.Stop(); err != nil {
		t.Fatal(err)
	}
	if err := d.End(); err != nil {
		t.Error(err)
	}
	gone(t, e)
}

func TestTemplates(t *testing.T) {
	for _, name := range []string{"thermometer", "meter", "door", "lamp", "display"} {
		made, err := template(name, func(source string) string { return strings.ReplaceAll(source, "THERMOMETER", "demo-thermometer-0001") })
		if err != nil {
			t.Error(err)
			continue
		}
		if made.Kind != Prefix+name || strings.Contains(made.Topic(), "THERMOMETER") {
			t.Errorf("%s: %s, %s", name, made.Kind, made.Topic())
		}
	}
}

func TestWhoStopsAllDevicesStopsIt(t *testing.T) {
	e, _ := startUp(t, nil, coap, mqtt)
	d, err := Start(e)
	if err != nil {
		t.Fatal(err)
	}
	defer d.End()
	lives(t, e)
	if d.Stopped() {
		t.Error("it lives")
	}
	e.StopAllDevices()
	await(t, "that it says so", d.Stopped)
}
