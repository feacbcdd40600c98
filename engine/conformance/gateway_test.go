package conformance

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sluice/engine"
	"sluice/engine/settings"
	"sluice/engine/store"
)

// world is an engine with a state file, and who speaks to it.
type world struct {
	settings settings.Settings
	path     string
	engine   *engine.Engine
	store    *store.Store
	devices  map[string]*device
	clients  map[string]*client
	values   map[string]string // what rows remember under a letter
}

// newWorld starts an engine with the default settings, a CoAP listener of a dialect and an MQTT listener on free ports,
// and the settings of a row, in TOML, laid over them.
func newWorld(t *testing.T, dialect settings.Dialect, toml string) (*world, error) {
	base := settings.Default()
	base.Listeners = []settings.Listener{{Bind: "coap://127.0.0.1:0", Dialect: dialect}, {Bind: "mqtt://127.0.0.1:0"}}
	s, err := settings.Decode("row", []byte(toml), base)
	if err != nil {
		return nil, fmt.Errorf("the row's settings: %w", err)
	}
	w := &world{
		settings: s, path: filepath.Join(t.TempDir(), "state.db"), devices: map[string]*device{},
		clients: map[string]*client{}, values: map[string]string{},
	}
	return w, w.start()
}

func (w *world) start() (err error) {
	if w.store, err = store.Open(w.path); err != nil {
		return err
	}
	if w.engine, err = engine.New(engine.Config{Settings: w.settings, Store: w.store}); err != nil {
		return errors.Join(err, w.store.Close())
	}
	return w.engine.Start(context.Background())
}

func (w *world) stop() error {
	if w.engine == nil {
		return nil
	}
	err := errors.Join(w.engine.Close(), w.store.Close())
	w.engine = nil
	return err
}

// end hangs up and stops. A nil world has not begun.
func (w *world) end(t *testing.T) {
	if w == nil {
		return
	}
	w.hangUp()
	if err := w.stop(); err != nil {
		t.Error(err)
	}
}

func (w *world) restart() error {
	if err := w.stop(); err != nil {
		return err
	}
	w.hangUp()
	return w.start()
}

// hangUp closes all sockets; devices and clients come back on new ones.
func (w *world) hangUp() {
	for _, d := range w.devices {
		_ = d.conn.Close()
	}
	for _, c := range w.clients {
		_ = c.conn.Close()
	}
	clear(w.devices)
	clear(w.clients)
}

// addr is where the n-th listener of a scheme is bound.
func (w *world) addr(scheme string, n int) (string, error) {
	for _, l := range w.engine.Status().Listeners {
		if l.Scheme != scheme {
			continue
		}
		if n--; n < 0 {
			return l.Addr, nil
		}
	}
	return "", fmt.Errorf("there is no such %s listener", scheme)
}

// device returns the socket of a name; NAME@N speaks to the N-th CoAP listener, counted from 0.
func (w *world) device(name string) (*device, error) {
	if d := w.devices[name]; d != nil {
		return d, nil
	}
	listener := 0
	if _, number, ok := strings.Cut(name, "@"); ok {
		listener = int(number[0] - '0')
	}
	addr, err := w.addr("coap", listener)
	if err != nil {
		return nil, err
	}
	d, err := dial(addr)
	if err == nil {
		w.devices[name] = d
	}
	return d, err
}

// knows reports whether the engine has a client, waiting for it to be as wanted.
func (w *world) knows(id string, wanted bool) error {
	for deadline := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		if _, found := w.key(id); found == wanted {
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("the gateway knows %s: %t, want %t", id, !wanted, wanted)
		}
	}
}

// count counts the CoAP clients.
func (w *world) count() (n int) {
	for _, c := range w.engine.Clients() {
		if c.Transport == "coap" {
			n++
		}
	}
	return n
}

func (w *world) key(id string) (key string, found bool) {
	for _, c := range w.engine.Clients() {
		if c.ID == id {
			return c.Key, true
		}
	}
	return "", false
}
