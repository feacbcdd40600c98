package engine

import (
	"context"
	"errors"
	"net"
	"reflect"
	"slices"
	"strconv"
	"syscall"

	"sluice/engine/broker"
	"sluice/engine/coap"
	"sluice/engine/mistakes"
	"sluice/engine/settings"
)

// ListenerError says why a listener is not served.
type ListenerError struct {
	URL string
	Err error
	// InUse says that another program holds the port.
	InUse bool
	// NextFree is the next port on that host which nobody holds; 0 if none was found.
	NextFree int
}

// Error names the listener and the reason.
func (e *ListenerError) Error() string { return e.Words().Error() }

// Words is Error as a sentence.
func (e *ListenerError) Words() error {
	switch {
	case !e.InUse:
		return mistakes.Errorf("listen on %s: %w", e.URL, e.Err)
	case e.NextFree > 0:
		return mistakes.Errorf("listen on %s: the port is in use by another program; %d is free", e.URL, e.NextFree)
	}
	return mistakes.Errorf("listen on %s: the port is in use by another program", e.URL)
}

// Unwrap gives the system's error.
func (e *ListenerError) Unwrap() error { return e.Err }

// listener is one bound address, or why it is not.
type listener struct {
	settings settings.Listener
	scheme   string
	addr     string
	err      *ListenerError
	endpoint *coap.Endpoint   // scheme coap, coaps, coap+tcp or coap+ws
	mqtt     *broker.Listener // scheme mqtt, mqtts, ws or wss
	secured  *secured         // scheme coaps, mqtts or wss
}

// listen binds one listener.
func (e *Engine) listen(ctx context.Context, r *running, s settings.Listener) *listener {
	l := &listener{settings: s}
	scheme, host, port, err := s.Split()
	if err == nil {
		l.scheme = scheme
		l.addr = net.JoinHostPort(host, strconv.Itoa(port))
		if settings.IsCoAP(scheme) {
			err = e.listenCoAP(ctx, r, l)
		} else {
			err = e.listenMQTT(r, l)
		}
	}
	if err != nil {
		l.err = &ListenerError{URL: s.Bind, Err: err, InUse: inUse(err)}
		if l.err.InUse {
			l.err.NextFree = e.nextFree(scheme, host, port)
		}
		e.log.Error("a listener cannot be bound", "listener", s.Bind, "error", l.err)
		return l
	}
	e.log.Info("listening", "listener", s.Bind, "address", l.addr)
	return l
}

func (e *Engine) listenCoAP(ctx context.Context, r *running, l *listener) error {
	handler := r.gateway.Handler(l.settings)
	listen := coap.Listen
	switch l.scheme {
	case "coap+tcp":
		listen = coap.ListenTCP
	case "coap+ws":
		listen = coap.ListenWebSocket
	case "coaps":
		listen = func(ctx context.Context, _ string, c coap.Config) (*coap.Endpoint, error) {
			return e.listenDTLS(ctx, l, c)
		}
	}
	endpoint, err := listen(context.WithoutCancel(ctx), l.addr, r.gateway.EndpointConfig(l.settings, handler))
	if err != nil {
		return err
	}
	l.endpoint, l.addr = endpoint, endpoint.Addr().String()
	if e.records {
		endpoint.SetTap(e.coapTap(r, l.settings.Bind))
	}
	endpoint.SetAnswered(e.noteAnswer)
	return e.condition(r, l)
}

func (e *Engine) listenMQTT(r *running, l *listener) error {
	listen := r.broker.Listen
	if settings.IsSecure(l.scheme) {
		listen = func(string, string) (*broker.Listener, error) { return e.listenTLS(r, l) }
	}
	bound, err := listen(l.scheme, l.addr)
	if err != nil {
		return err
	}
	l.mqtt, l.addr = bound, bound.Addr().String()
	return nil
}

func (l *listener) close() error {
	switch {
	case l.endpoint != nil:
		return l.endpoint.Close()
	case l.mqtt != nil:
		return l.mqtt.Close()
	}
	return nil
}

func inUse(err error) bool {
	return errors.Is(err, syscall.EADDRINUSE) || errors.Is(err, errAddressInUse)
}

// portsTried is how far nextFree looks.
const portsTried = 100

// nextFree finds a port behind port that can be bound now and that no other listener of the settings is to have.
func (e *Engine) nextFree(scheme, host string, port int) int {
	planned := map[int]bool{}
	for _, l := range e.Settings().Listeners {
		if other, _, p, err := l.Split(); err == nil && settings.Network(other) == settings.Network(scheme) {
			planned[p] = true
		}
	}
	for p := port + 1; p <= min(port+portsTried, 65535); p++ {
		if !planned[p] && probe(scheme, net.JoinHostPort(host, strconv.Itoa(p))) {
			return p
		}
	}
	return 0
}

func probe(scheme, addr string) bool {
	if settings.Network(scheme) == "udp" {
		c, err := net.ListenPacket("udp", addr)
		if err != nil {
			return false
		}
		return c.Close() == nil
	}
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return false
	}
	return l.Close() == nil
}

// relisten closes the listeners that are not wanted any more and binds those that are new, changed or were not bound.
// The others, and all that go on, do not notice. The caller holds switching.
func (e *Engine) relisten(wanted []settings.Listener) error {
	r := e.current()
	next := *r
	next.listeners = make([]*listener, len(wanted))
	left := slices.Clone(r.listeners)
	for i, s := range wanted {
		at := slices.IndexFunc(left, func(l *listener) bool { return l.err == nil && reflect.DeepEqual(l.settings, s) })
		if at >= 0 {
			next.listeners[i] = left[at]
			left = slices.Delete(left, at, at+1)
		}
	}
	for _, l := range left {
		if err := l.close(); err != nil {
			e.log.Warn("a listener did not close", "listener", l.settings.Bind, "error", err)
		}
	}
	var failed []error
	for i, s := range wanted {
		if next.listeners[i] != nil {
			continue
		}
		next.listeners[i] = e.listen(context.Background(), r, s)
		if err := next.listeners[i].err; err != nil {
			failed = append(failed, err)
		}
	}
	e.mu.Lock()
	e.running = &next
	e.mu.Unlock()
	e.changes.Add(1)
	return errors.Join(failed...)
}

// MoveListener gives the listener with the settings' address from the address to, keeps that, and binds it if the engine
// runs. The error is a *ListenerError if it cannot be bound; the new address is kept all the same.
func (e *Engine) MoveListener(from, to string) error {
	e.switching.Lock()
	defer e.switching.Unlock()
	s := e.Settings()
	at := slices.IndexFunc(s.Listeners, func(l settings.Listener) bool { return l.Bind == from })
	if at < 0 {
		return mistakes.Errorf("there is no listener %s", from)
	}
	s.Listeners[at].Bind = to
	if err := s.Validate(); err != nil {
		return mistakes.Errorf("move listener: %w", err)
	}
	if err := e.keepSettings(s); err != nil {
		return err
	}
	r := e.current()
	if r == nil {
		return nil
	}
	old := r.listeners[at]
	if err := old.close(); err != nil {
		e.log.Warn("a listener did not close", "listener", from, "error", err)
	}
	bound := e.listen(context.Background(), r, s.Listeners[at])
	moved := *r
	moved.listeners = slices.Clone(r.listeners)
	moved.listeners[at] = bound
	e.mu.Lock()
	e.running = &moved
	e.mu.Unlock()
	e.changes.Add(1)
	if bound.err != nil {
		return bound.err
	}
	return nil
}
