// Package engine puts Sluice together below the window: CoAP listeners, the gateway behind them, the MQTT broker, the
// topics, the record of traffic and the state file. It knows nothing of Fyne; the window and `sluice serve` use the same
// Engine.
//
// Nothing here pushes: a window asks for snapshots as often as it draws. What is worth keeping is kept by the state file
// as it happens, so that Close has nothing to save.
package engine

import (
	"context"
	"errors"
	"log/slog"
	"reflect"
	"sync"
	"sync/atomic"
	"time"

	"sluice/engine/access"
	"sluice/engine/broker"
	"sluice/engine/coap"
	devices "sluice/engine/device"
	"sluice/engine/directory"
	"sluice/engine/flow"
	"sluice/engine/gateway"
	"sluice/engine/mistakes"
	"sluice/engine/pki"
	"sluice/engine/record"
	"sluice/engine/settings"
	"sluice/engine/store"
	"sluice/engine/topics"
)

// recordBytes bounds the traffic ring.
const recordBytes = 64 << 20

// ErrStopped is returned by what needs a running engine.
var ErrStopped = mistakes.New("the gateway is stopped")

// Config configures an Engine.
type Config struct {
	// Settings are in force until SetSettings. Users of the state file are added to theirs.
	Settings settings.Settings
	// Store is the open state file; the engine does not close it. nil: nothing is kept.
	Store *store.Store
	// Keys are the certificates and keys of secure listeners; the engine tells them of handshakes. nil: there are those
	// only that the settings name as files.
	Keys *pki.Keeper
	// Log may be nil.
	Log *slog.Logger
	// Watch keeps the record of traffic and the history of topics, for a window to show.
	Watch bool
	// Record keeps the record of traffic alone, for a capture.
	Record bool
}

// Engine is the gateway with all its parts. Its methods may be called from any goroutine.
type Engine struct {
	store     *store.Store
	log       *slog.Logger
	records   bool
	access    *access.Control
	keys      *pki.Keeper
	keyLog    keyLog
	refusals  refusals
	topics    *topics.Table
	restoring restoring
	record    *record.Ring
	flow      *flow.Table
	changes   atomic.Uint64 // of what this package itself shows
	windows   windowObservations
	deaf      func() // ends what Keys tell
	fleet     *devices.Fleet

	conditions conditions

	switching sync.Mutex // Start, Stop and what restarts; held longer than mu

	mu       sync.RWMutex
	settings settings.Settings
	running  *running // nil while stopped
}

// running is what lives from Start to Stop.
type running struct {
	since     time.Time
	broker    *broker.Embedded
	directory *directory.Directory // nil: it is not enabled
	gateway   *gateway.Gateway
	listeners []*listener
	ended     chan struct{} // closed by Stop
}

// New returns a stopped engine. The error is that of the access settings or of the state file.
func New(c Config) (*Engine, error) {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	rules, err := withStoredUsers(c.Settings.Access, c.Store)
	if err != nil {
		return nil, err
	}
	control, err := access.New(rules)
	if err != nil {
		return nil, mistakes.Errorf("set up access: %w", err)
	}
	if c.Keys == nil {
		if c.Keys, err = pki.OpenKeeper(pki.Options{Log: c.Log}); err != nil {
			return nil, err
		}
	}
	control.BindKeys(c.Keys.BoundClientID)
	inForce := c.Settings.Clone()
	inForce.Access.Users = control.Users()
	e := &Engine{
		store: c.Store, log: c.Log, records: c.Watch || c.Record, access: control, settings: inForce,
		fleet: devices.NewFleet(), conditions: conditions{set: map[string]coap.Conditions{}},
		topics: topics.New(topics.Options{}), record: record.New(recordBytes), flow: flow.New(flow.Options{}), keys: c.Keys, keyLog: keyLog{log: c.Log},
	}
	e.deaf = c.Keys.OnRevoked(e.endRevoked)
	e.topics.SetWatched(c.Watch)
	e.record.SetEnabled(e.records)
	return e, nil
}

// Start binds every listener. One that fails does not stop the others: it is in Status, and the error joins a
// *ListenerError for each. On a running engine it does nothing.
func (e *Engine) Start(ctx context.Context) error {
	e.switching.Lock()
	defer e.switching.Unlock()
	return e.start(ctx)
}

// start is Start for who holds switching.
func (e *Engine) start(ctx context.Context) error {
	if e.current() != nil {
		return nil
	}
	r, err := e.newRunning()
	if err != nil {
		return err
	}
	listeners := e.Settings().Listeners
	if len(listeners) == 0 {
		e.log.Warn("the settings have no listener: nothing can connect")
	}
	var failed []error
	seen := e.keys.Revision()
	for _, l := range listeners {
		bound := e.listen(ctx, r, l)
		if bound.err != nil {
			failed = append(failed, bound.err)
		}
		r.listeners = append(r.listeners, bound)
	}
	e.mu.Lock()
	e.running = r
	e.mu.Unlock()
	e.changes.Add(1)
	go e.followKeys(r, seen)
	return errors.Join(failed...)
}

// newRunning builds broker and gateway.
func (e *Engine) newRunning() (*running, error) {
	options := broker.Options{Access: mqttAccess{e.access}, OnMessage: e.noteMessage, Log: e.log}
	config := gateway.Config{Settings: e.Settings().Gateway, Access: e.access, Topics: e.topics, Notified: notified{e.flow}, Log: e.log}
	if e.store != nil {
		options.Retained, config.Resources, config.PubSub = e.store, e.store, e.store
	}
	b, err := broker.NewEmbedded(options)
	if err != nil {
		return nil, mistakes.Errorf("start the MQTT broker: %w", err)
	}
	for _, m := range b.Retained("#") {
		if _, known := e.topics.Topic(m.Topic); !known {
			e.topics.Note(m)
		}
	}
	config.Broker = b
	if config.Directory, err = e.newDirectory(config.Settings.Directory); err != nil {
		return nil, errors.Join(err, b.Close())
	}
	g, err := gateway.New(config)
	if err != nil {
		return nil, errors.Join(mistakes.Errorf("start the gateway: %w", err), closeDirectory(config.Directory), b.Close())
	}
	if e.records {
		b.SetTap(e.recordMQTT)
	}
	r := &running{since: time.Now(), broker: b, directory: config.Directory, gateway: g, ended: make(chan struct{})}
	if client := g.Proxy().Client(); client != nil && e.records {
		client.SetTap(e.coapTap(r, "proxy"))
	}
	return r, nil
}

// Stop ends listeners and sessions. Start may be called again.
func (e *Engine) Stop() error {
	e.switching.Lock()
	defer e.switching.Unlock()
	return e.stop()
}

// stop is Stop for who holds switching.
func (e *Engine) stop() error {
	e.mu.Lock()
	r := e.running
	e.running = nil
	e.mu.Unlock()
	if r == nil {
		return nil
	}
	close(r.ended)
	var errs []error
	for _, l := range r.listeners {
		errs = append(errs, l.close())
	}
	e.windows.endAll()
	errs = append(errs, closeDirectory(r.directory), r.gateway.Close(), r.broker.Close())
	e.changes.Add(1)
	if err := errors.Join(errs...); err != nil {
		return mistakes.Errorf("stop: %w", err)
	}
	return nil
}

// Close stops the engine. The state file and the keeper stay open: they belong to whoever opened them.
func (e *Engine) Close() error {
	e.deaf()
	return errors.Join(e.fleet.Close(), e.Stop(), e.SetKeyLog(""))
}

// current is what runs, or nil.
func (e *Engine) current() *running {
	e.mu.RLock()
	defer e.mu.RUnlock()
	return e.running
}

// Topics is the table of topics; it outlives Stop.
func (e *Engine) Topics() *topics.Table { return e.topics }

// Record is the traffic ring; it outlives Stop.
func (e *Engine) Record() *record.Ring { return e.record }

// Settings returns a copy of what is in force. Its users are all there are, with hashes and without passwords.
func (e *Engine) Settings() settings.Settings {
	e.mu.RLock()
	defer e.mu.RUnlock()
	return e.settings.Clone()
}

// SetSettings puts s in force and keeps it, passwords as hashes. Its users replace all that there were. Users and rules
// hold at once, and for who is there already. Of the listeners only those that changed are closed and bound; if the gateway's settings changed, a running
// engine is restarted. The error is that of Start.
func (e *Engine) SetSettings(s settings.Settings) error {
	if err := s.Validate(); err != nil {
		return mistakes.Errorf("check settings: %w", err)
	}
	s = s.Clone()

	e.switching.Lock()
	defer e.switching.Unlock()
	before := e.Settings()
	if err := e.setAccess(s); err != nil {
		return err
	}
	switch {
	case e.current() == nil:
		return nil
	case reflect.DeepEqual(s.Gateway, before.Gateway):
		if reflect.DeepEqual(s.Listeners, before.Listeners) {
			return nil
		}
		return e.relisten(s.Listeners)
	}
	if err := e.stop(); err != nil {
		e.log.Warn("not everything stopped well", "error", err)
	}
	return e.start(context.Background())
}

// keepSettings puts s, whose users have hashes, in force once it is on disk.
func (e *Engine) keepSettings(s settings.Settings) error {
	if e.store != nil {
		if err := e.store.PutSettings(s); err != nil {
			return mistakes.Errorf("keep settings: %w", err)
		}
		if err := keepUsers(e.store, s.Access.Users); err != nil {
			return mistakes.Errorf("keep settings: %w", err)
		}
	}
	e.mu.Lock()
	e.settings = s
	e.mu.Unlock()
	e.changes.Add(1)
	return nil
}

// LayoutValue reads what the window remembered under a key; nil if nothing, or if it cannot be read.
func (e *Engine) LayoutValue(key string) []byte {
	if e.store == nil {
		return nil
	}
	value, _, err := e.store.Value(key)
	if err != nil {
		e.log.Warn("the window's layout cannot be read", "key", key, "error", err)
	}
	return value
}

// PutLayoutValue remembers value under a key.
func (e *Engine) PutLayoutValue(key string, value []byte) error {
	if e.store == nil {
		return nil
	}
	if err := e.store.PutValue(key, value); err != nil {
		return mistakes.Errorf("keep the window's layout: %w", err)
	}
	return nil
}
