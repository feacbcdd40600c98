package collection

import (
	"path/filepath"
	"testing"

	"sluice/engine"
	"sluice/engine/settings"
	"sluice/engine/store"
)

// gateway runs an engine with one listener on a free port and returns its address.
func gateway(t *testing.T, dialect settings.Dialect, connections bool) string {
	t.Helper()
	kept, err := store.Open(filepath.Join(t.TempDir(), "state.db"))
	if err != nil {
		t.Fatal(err)
	}
	s := settings.Default()
	s.Gateway.ConnectionRequired = connections
	s.Listeners = []settings.Listener{{Bind: "coap://127.0.0.1:0", Dialect: dialect}}
	e, err := engine.New(engine.Config{Settings: s, Store: kept})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
		if err := kept.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := e.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	return e.Status().Listeners[0].Addr
}

// TestReady runs every collection that comes with the program against a gateway.
func TestReady(t *testing.T) {
	for _, c := range []struct {
		name        string
		dialect     settings.Dialect
		connections bool
	}{
		{"emqx5", settings.DialectEMQX5, false}, {"emqx5", settings.DialectAuto, false},
		{"emqx5-connection", settings.DialectEMQX5, true}, {"emqx5-connection", settings.DialectAuto, true},
		{"emqx4", settings.DialectEMQX4, false}, {"emqx4", settings.DialectAuto, false},
		{"ietf", settings.DialectAuto, false},
		{"directory", settings.DialectAuto, false},
	} {
		t.Run(c.name+" at "+string(c.dialect), func(t *testing.T) {
			f, err := Ready(c.name)
			if err != nil {
				t.Fatal(err)
			}
			scope := NewScope("", map[string]string{"host": gateway(t, c.dialect, c.connections)})
			scope.Add(f)
			r := NewRunner(scope, Config{})
			defer func() {
				if err := r.Close(); err != nil {
					t.Error(err)
				}
			}()
			n := 0
			err = r.RunFile(t.Context(), f, func(result *Result) bool {
				n++
				for _, failure := range result.Failures {
					t.Errorf("%s: %s (%s)", result.Request.Title, failure, result.Answer)
				}
				return true
			})
			if err != nil || n != len(f.Requests) || n == 0 {
				t.Errorf("%d of %d requests, %v", n, len(f.Requests), err)
			}
		})
	}
	if len(ReadyNames()) != 5 {
		t.Error("a collection is not run")
	}
	if _, err := Ready("../ready"); err == nil {
		t.Error("read what is none")
	}
}
