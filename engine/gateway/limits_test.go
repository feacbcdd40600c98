package gateway

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"sluice/engine/broker"
	"sluice/engine/settings"
)

func locked(mu sync.Locker, fn func()) {
	mu.Lock()
	defer mu.Unlock()
	fn()
}

func TestTooManySessions(t *testing.T) {
	for _, c := range []struct {
		dialect         settings.Dialect
		request, answer string
	}{
		{settings.DialectEMQX5, "POST mqtt/connection?clientid=1", `4.00 "Login Failed: quota_exceeded"`},
		{settings.DialectEMQX5, "POST ps/x : 1", "5.03"},
		{settings.DialectEMQX4, "PUT mqtt/x?c=2 : 1", "5.03"},
	} {
		w := newWorld(t, c.dialect)
		locked(&w.gateway.registry.mu, func() { w.gateway.registry.max = 0 })
		if got := w.device("a").ask(c.request); got != c.answer {
			t.Errorf("%s: answer %s, want %s", c.request, got, c.answer)
		}
		w.reached("max_sessions", 1)
		if n := len(w.gateway.Clients()); n != 0 {
			t.Errorf("%s: %d clients", c.request, n)
		}
	}
}

// A flood of publishers from made-up addresses shuts nobody out and ends neither a connection nor an observation.
func TestFloodOfPublishers(t *testing.T) {
	const limit = 6
	w := newWorld(t, settings.DialectAuto, func(c *Config, _ *settings.Access) { c.Settings.Limits.MaxPeers = limit })
	connected, observer, connectionless := w.device("connected"), w.device("observer"), w.device("connectionless")
	connected.ask("POST mqtt/connection?clientid=stays")
	observer.ask("GET mqtt/t?c=observer observe=0 tkn=0a0b")
	connectionless.ask("GET ps/t observe=0 tkn=0c0d")
	for i := range 5 * limit {
		line := []string{"PUT mqtt/t?c=%d : 1", "POST ps/t : %d", "GET ps/u?c=%d"}[i%3]
		if got := w.device(fmt.Sprint(i)).ask(fmt.Sprintf(line, i)); strings.HasPrefix(got, "5.") {
			t.Errorf("device %d was answered %s", i, got)
		}
	}
	if got := connected.ask("PUT mqtt/connection?clientid=stays&token=$T"); got != "2.04" {
		t.Errorf("the heartbeat was answered %s", got)
	}
	kept := map[string]bool{}
	for _, c := range w.gateway.Clients() {
		kept[c.ID] = true
	}
	if n := len(w.gateway.Clients()); n > limit || !kept["stays"] || !kept["observer"] {
		t.Errorf("%d clients: %v", n, kept)
	}
	if n := len(w.gateway.Observers()); n != 2 {
		t.Errorf("%d observations", n)
	}
}

func TestTooManyObservations(t *testing.T) {
	w := newWorld(t, settings.DialectAuto)
	d := w.device("a")
	for i := range settings.Default().Gateway.Limits.MaxObserversPerSession {
		d.ask(fmt.Sprintf("GET ps/%d observe=0 tkn=%04x", i, i))
	}
	if got := d.ask("GET ps/more observe=0 tkn=ffff"); got != "5.03" {
		t.Errorf("answer %s", got)
	}
	w.reached("max_observers_per_session", 1)
	d.ask("GET ps/0 observe=1")
	if got := d.ask("GET ps/more observe=0 tkn=ffff"); got != "2.05 observe" {
		t.Errorf("answer %s", got)
	}
	if n := w.broker.filters(); n != settings.Default().Gateway.Limits.MaxObserversPerSession {
		t.Errorf("%d subscriptions", n)
	}
}

func TestTooManyResources(t *testing.T) {
	w := newWorld(t, settings.DialectEMQX4)
	table := w.gateway.resources
	locked(&table.mu, func() { table.maxCount, table.maxBytes = 2, 100 })
	long := "0123456789012345678901234567890123456789012345678901234567890123456789"
	w.converse([]step{
		{"a", "PUT ps/1?c=a : 1", "2.01 location=/ps/1"},
		{"a", "PUT ps/2?c=a : " + long, "2.01 location=/ps/2"},
		{"a", "PUT ps/3?c=a : 1", "5.03"},
		{"a", "PUT ps/1?c=a : " + long, "5.03"},
		{"a", "GET ps/1?c=a", `2.05 "1"`},
		{"a", "DELETE ps/2?c=a", "2.02"},
		{"a", "PUT ps/1?c=a : " + long, "2.04"},
	})
	if n := len(w.broker.messages()); n != 3 {
		t.Errorf("%d messages were published, want those that were answered 2.01 and 2.04 only", n)
	}
	w.reached("max_resources", 1)
	w.reached("max_resource_bytes", 1)
}

// reached fails unless a bound was reached as often as that.
func (w *world) reached(name string, times uint64) {
	w.t.Helper()
	for _, b := range w.gateway.Bounds() {
		if b.Name == name {
			if b.Reached != times || b.Last.IsZero() == (times > 0) {
				w.t.Errorf("%s was reached %d times, last at %s; want %d", name, b.Reached, b.Last, times)
			}
			return
		}
	}
	w.t.Errorf("there is no bound %s", name)
}

func TestTooManyRetainedMessages(t *testing.T) {
	w := newWorld(t, settings.DialectEMQX5)
	w.broker.holdWith(func(done func(error)) { done(fmt.Errorf("publish: %w", broker.ErrRetainedFull)) })
	if got := w.device("a").ask("POST ps/x?retain=true : 1"); got != "5.03" {
		t.Errorf("answer %s", got)
	}
}

func TestTheDiskFails(t *testing.T) {
	w := newWorld(t, settings.DialectEMQX4)
	w.converse([]step{{"a", "PUT ps/t?c=a : 1", "2.01 location=/ps/t"}})
	w.store.holdWith(func(done func(error)) { go done(errors.New("no space left")) })
	w.converse([]step{
		{"a", "PUT ps/t?c=a : 2", "5.00"},
		{"a", "POST ps/?c=a ct=40 : <u>;ct=42", "5.00"},
		{"a", "DELETE ps/t?c=a", "5.00"},
	})
}

func TestTheBrokerFails(t *testing.T) {
	w := newWorld(t, settings.DialectAuto)
	locked(&w.broker.mu, func() { w.broker.broken = errors.New("closed") })
	w.converse([]step{
		{"a", "POST ps/t : 1", "5.00"},
		{"a", "PUT mqtt/t?c=a : 1", "5.00"},
		{"a", "PUT ps/t?c=a : 1", "5.00"},
		{"a", "GET ps/t?c=a", "4.04"},
		{"a", "GET ps/t observe=0", "4.00"},
	})
	if n := len(w.gateway.Observers()); n != 0 {
		t.Errorf("%d observers", n)
	}
}

// A resource that cannot be read is left out and stays on disk.
func TestADamagedResourceOnDisk(t *testing.T) {
	s := newMemoryStore()
	good := resource{payload: []byte("1"), at: time.Now(), maxAge: 60}
	s.values["good"], s.values["bad"] = good.encode(), []byte{9}
	w := newWorld(t, settings.DialectEMQX4, func(c *Config, _ *settings.Access) { c.Resources = s })
	if r := w.gateway.Resources(); len(r) != 1 || r[0].Topic != "good" {
		t.Errorf("resources %+v", r)
	}
	if len(s.values) != 2 {
		t.Error("the damaged one is gone from disk")
	}
}
