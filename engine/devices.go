package engine

import (
	"errors"
	"maps"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"sync"

	"sluice/engine/coap"
	devices "sluice/engine/device"
	"sluice/engine/mistakes"
	"sluice/engine/settings"
)

// conditions are those that were set, by client ID; the empty one is for all.
type conditions struct {
	mu  sync.RWMutex
	set map[string]coap.Conditions
}

// SimulatedDevices are all devices that are simulated, in the order they were started. They outlive Stop: devices whose
// gateway is gone try again.
func (e *Engine) SimulatedDevices() []devices.Snapshot { return e.fleet.Devices() }

// DeviceCount is how many devices are simulated.
func (e *Engine) DeviceCount() int { return e.fleet.Len() }

// DeviceRevision changes when simulated devices come or go.
func (e *Engine) DeviceRevision() uint64 { return e.fleet.Revision() }

// StopDevices stops simulated devices by name. It takes up to a second.
func (e *Engine) StopDevices(names ...string) *devices.Stopped { return e.fleet.Stop(names...) }

// StopAllDevices stops all simulated devices, and those that are being started.
func (e *Engine) StopAllDevices() *devices.Stopped { return e.fleet.StopAll() }

// StartAgain starts simulated devices that were stopped, as they were.
func (e *Engine) StartAgain(stopped *devices.Stopped) (devices.Starting, error) {
	s, err := e.fleet.Again(stopped)
	if err != nil {
		return nil, err
	}
	return s, nil
}

// ErrNoListener says that no listener speaks what a device is to speak.
var ErrNoListener = mistakes.New("no coap listener that runs answers this dialect")

// ErrNoSecureListener says that devices have nowhere to speak coaps.
var ErrNoSecureListener = mistakes.New("no coaps listener that runs answers this dialect")

// StartDevices starts simulated devices that speak to a listener of this engine over loopback. Scheme and Address of the
// order are filled in unless it has an address.
func (e *Engine) StartDevices(o devices.Order) (devices.Starting, error) {
	if o.Address == "" {
		l, err := e.listenerFor(&o)
		if err != nil {
			return nil, mistakes.Errorf("start devices: %w", err)
		}
		o.Scheme, o.Address = l.scheme, Loopback(l.endpoint.Addr())
	}
	s, err := e.fleet.Start(o)
	if err != nil {
		return nil, err
	}
	return s, nil
}

// listenerFor finds a listener for a dialect: one for coap unless the order says otherwise.
func (e *Engine) listenerFor(o *devices.Order) (*listener, error) {
	r := e.current()
	if r == nil {
		return nil, ErrStopped
	}
	scheme := o.Scheme
	if scheme == "" {
		scheme = "coap"
	}
	for _, l := range r.listeners {
		d := l.settings.Dialect
		speaks := d == "" || d == settings.DialectAuto || o.Dialect == "" || string(d) == o.Dialect.Gateway()
		if l.endpoint != nil && l.scheme == scheme && speaks {
			return l, nil
		}
	}
	if scheme == "coaps" {
		return nil, ErrNoSecureListener
	}
	return nil, ErrNoListener
}

// Loopback is where this machine reaches a bound address.
func Loopback(a netip.AddrPort) string {
	host := a.Addr().String()
	if a.Addr().IsUnspecified() {
		host = "127.0.0.1"
		if a.Addr().Is6() {
			host = "::1"
		}
	}
	return net.JoinHostPort(host, strconv.Itoa(int(a.Port())))
}

// SetConditions sets what happens to the datagrams of a client, by its client ID, or of all if that is empty; nil: a
// client has those of all again. They hold at once and until the engine is closed, for CoAP over UDP and DTLS.
func (e *Engine) SetConditions(client string, c *coap.Conditions) error {
	if c != nil {
		if err := c.Validate(); err != nil {
			return mistakes.Errorf("set conditions: %w", err)
		}
	}
	k := &e.conditions
	k.mu.Lock()
	if c == nil {
		delete(k.set, client)
	} else {
		k.set[client] = *c
	}
	k.mu.Unlock()
	var failed []error
	if r := e.current(); r != nil {
		for _, l := range r.listeners {
			failed = append(failed, e.condition(r, l))
		}
	}
	e.changes.Add(1)
	return errors.Join(failed...)
}

// Conditions are those that were set, by client ID; the empty one is for all.
func (e *Engine) Conditions() map[string]coap.Conditions {
	e.conditions.mu.RLock()
	defer e.conditions.mu.RUnlock()
	return maps.Clone(e.conditions.set)
}

// condition hands the conditions to a listener.
func (e *Engine) condition(r *running, l *listener) error {
	if l.endpoint == nil {
		return nil
	}
	k := &e.conditions
	k.mu.RLock()
	set := coap.Conditioning{All: k.set[""]}
	own := len(k.set) > 1 || len(k.set) == 1 && !slices.Contains(slices.Collect(maps.Keys(k.set)), "")
	k.mu.RUnlock()
	if own {
		set.Of = func(_ netip.AddrPort, data any) *coap.Conditions {
			client := r.gateway.ClientID(data)
			if client == "" {
				return nil
			}
			k.mu.RLock()
			defer k.mu.RUnlock()
			if c, ok := k.set[client]; ok {
				return &c
			}
			return nil
		}
	}
	if err := l.endpoint.SetConditions(set); err != nil {
		return mistakes.Errorf("listener %s: %w", l.settings.Bind, err)
	}
	return nil
}

// ConditionStats adds up what conditions did at all listeners since Start.
func (e *Engine) ConditionStats() (sum coap.ConditionStats) {
	r := e.current()
	if r == nil {
		return sum
	}
	for _, l := range r.listeners {
		if l.endpoint == nil {
			continue
		}
		s := l.endpoint.ConditionStats()
		sum.Lost += s.Lost
		sum.Delayed += s.Delayed
		sum.Duplicated += s.Duplicated
		sum.Overflowed += s.Overflowed
		sum.Waiting += s.Waiting
		sum.WaitingBytes += s.WaitingBytes
	}
	return sum
}

// ChangePort lets a client come from another port with its next datagram, all clients if it is empty. It returns how many
// there are. CoAP over UDP only.
func (e *Engine) ChangePort(client string) (changed int) {
	r := e.current()
	if r == nil {
		return 0
	}
	for _, l := range r.listeners {
		if l.endpoint != nil && l.scheme == "coap" {
			changed += l.endpoint.ChangePorts(func(_ netip.AddrPort, data any) bool {
				return client == "" || r.gateway.ClientID(data) == client
			})
		}
	}
	return changed
}
