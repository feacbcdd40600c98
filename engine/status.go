package engine

import (
	"time"

	"sluice/engine/settings"
)

// State says whether the gateway serves.
type State uint8

// States.
const (
	Stopped  State = iota
	Running        // every listener is bound
	Degraded       // some listener is not
)

// Status is the engine now.
type Status struct {
	State     State
	Since     time.Time // of Start; zero while stopped
	Listeners []ListenerStatus
	// In and Out count messages since Start: CoAP messages and MQTT PUBLISH packets.
	In, Out uint64
	// Requests counts CoAP requests since Start, without duplicates.
	Requests uint64
	// Notifications counts observe notifications since Start.
	Notifications uint64
	// Dropped counts messages that did not reach a subscriber or observer because too many waited for it.
	Dropped   uint64
	StatePath string // empty: nothing is kept
	StateSize int64  // bytes of the state file
	StateErr  error  // why the state file was not written lately: what was to be kept was refused; nil where it was
}

// ListenerStatus is one listener of the settings.
type ListenerStatus struct {
	URL     string // as the settings have it
	Addr    string // host:port, as bound when the engine runs
	Scheme  string // coap, coaps, coap+tcp, coap+ws, mqtt, mqtts, ws or wss
	Dialect settings.Dialect
	Err     *ListenerError // why it is not served; nil while stopped
}

// Status returns the engine's state and counters.
func (e *Engine) Status() Status {
	var s Status
	if e.store != nil {
		s.StatePath, s.StateSize, s.StateErr = e.store.Path(), e.store.Size(), e.store.WriteError()
	}
	r := e.current()
	if r == nil {
		for _, l := range e.Settings().Listeners {
			scheme, _, _, _ := l.Split()
			s.Listeners = append(s.Listeners, ListenerStatus{URL: l.Bind, Scheme: scheme, Dialect: l.Dialect})
		}
		return s
	}
	s.State, s.Since = Running, r.since
	mqtt := r.broker.Stats()
	s.In, s.Out, s.Dropped = mqtt.In, mqtt.Out, mqtt.Dropped
	for _, l := range r.listeners {
		s.Listeners = append(s.Listeners, ListenerStatus{
			URL: l.settings.Bind, Addr: l.addr, Scheme: l.scheme, Dialect: l.settings.Dialect, Err: l.err,
		})
		if l.err != nil {
			s.State = Degraded
		}
		if l.endpoint != nil {
			c := l.endpoint.Stats()
			s.In += c.In
			s.Out += c.Out
			s.Requests += c.Requests
			s.Notifications += c.Notifications
			s.Dropped += c.Dropped
		}
	}
	return s
}

// Revision changes whenever Clients, Observers, Status or what the directory holds would, but for what only time changes.
func (e *Engine) Revision() uint64 {
	revision := e.changes.Load()
	r := e.current()
	if r == nil {
		return revision
	}
	mqtt := r.broker.Stats()
	// Counters only grow; gauges, which may fall while another rises, are kept apart from them.
	revision += r.gateway.Revision() + mqtt.In + mqtt.Out
	if r.directory != nil {
		revision += r.directory.Revision()
	}
	for _, l := range r.listeners {
		if l.endpoint != nil {
			c := l.endpoint.Stats()
			revision += c.In + c.Out
		}
	}
	return revision ^ uint64(mqtt.Clients)<<48 ^ uint64(mqtt.Subscriptions)<<32
}
