package broker

import (
	"errors"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"github.com/mochi-mqtt/server/v2/packets"

	"sluice/engine/mistakes"
)

// Listener is one bound address. Its methods may be called from any goroutine.
type Listener struct {
	broker   *Embedded
	url      string
	socket   net.Listener
	http     *http.Server   // for WebSocket only
	security *security      // for TLS only
	closed   bool           // guarded by broker.mu
	clients  sync.WaitGroup // and handshakes
}

// networkOf keeps a wildcard of one family from taking connections of the other, as net does when it may choose. Without
// a host both are meant.
func networkOf(hostport string) string {
	addr, err := netip.ParseAddrPort(hostport)
	switch {
	case err != nil:
		return "tcp"
	case addr.Addr().Is4():
		return "tcp4"
	}
	return "tcp6"
}

// Listen binds hostport for "mqtt" (TCP) or "ws" (WebSocket, any path) and serves it until the listener or the broker
// is closed; ListenTLS does for mqtts and wss. The address is bound when Listen returns; the error is the net package's, wrapped, or ErrClosed.
func (e *Embedded) Listen(scheme, hostport string) (*Listener, error) {
	url := scheme + "://" + hostport
	if scheme != "mqtt" && scheme != "ws" {
		return nil, mistakes.Errorf("listen on %s: scheme is not mqtt or ws", url)
	}
	return e.listen(&Listener{broker: e, url: url}, hostport, scheme == "ws")
}

// listen binds and serves l.
func (e *Embedded) listen(l *Listener, hostport string, webSocket bool) (*Listener, error) {
	socket, err := net.Listen(networkOf(hostport), hostport)
	if err != nil {
		return nil, mistakes.Errorf("listen on %s: %w", l.url, err)
	}
	l.socket = socket
	if webSocket {
		l.http = l.webSocketServer()
	}

	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed.Load() {
		_ = socket.Close()
		return nil, mistakes.Errorf("listen on %s: %w", l.url, ErrClosed)
	}
	e.listeners[l] = struct{}{}
	if l.http == nil || l.security != nil {
		e.running.Go(l.accept)
	}
	if l.http != nil {
		e.running.Go(l.serveHTTP)
	}
	return l, nil
}

// Addr returns the address that was bound.
func (l *Listener) Addr() net.Addr {
	return l.socket.Addr()
}

// Close stops listening, ends the clients that came this way and waits for them. MQTT 5 clients are told "server
// shutting down".
func (l *Listener) Close() error {
	err := l.stop()
	l.broker.endAll(packets.ErrServerShuttingDown, func(c *conn) bool { return c.listener == l })
	l.clients.Wait()
	return err
}

// stop stops listening.
func (l *Listener) stop() error {
	l.broker.mu.Lock()
	again := l.closed
	l.closed = true
	delete(l.broker.listeners, l)
	l.broker.mu.Unlock()
	if again {
		return nil
	}
	if l.security != nil {
		l.security.stop()
	}
	err := l.socket.Close()
	if l.http != nil {
		// Closes the socket a second time, and the connections that have not become WebSockets yet.
		_ = l.http.Close()
	}
	if err != nil {
		return mistakes.Errorf("stop listening on %s: %w", l.url, err)
	}
	return nil
}

// accept serves TCP and TLS clients until the socket is closed.
func (l *Listener) accept() {
	const longest = time.Second
	pause := 5 * time.Millisecond
	for {
		stream, err := l.socket.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil { // out of file descriptors, most likely: others will be given back
			l.broker.log.Warn("an MQTT client could not be accepted", "listener", l.url, "error", err)
			time.Sleep(pause)
			pause = min(2*pause, longest)
			continue
		}
		pause = 5 * time.Millisecond
		if l.security != nil {
			l.secured(stream)
		} else {
			go l.broker.serve(stream, l)
		}
	}
}
