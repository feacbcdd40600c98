package broker

import (
	"context"
	"crypto/tls"
	"net"
	"time"

	"sluice/engine/mistakes"
	"sluice/engine/secure"
)

const (
	defaultHandshakeTimeout = 15 * time.Second
	defaultMaxHandshakes    = 256
)

// TLSOptions are what ListenTLS needs. The functions are called from many goroutines at once and must not block.
type TLSOptions struct {
	// Config has the server's certificate or GetCertificate. ListenTLS works with a copy.
	Config *tls.Config
	// HandshakeTimeout bounds a handshake; zero means 15 s.
	HandshakeTimeout time.Duration
	// MaxHandshakes bounds the handshakes under way; zero means 256. When there are as many, one that comes takes the place
	// of the oldest if that one has taken more than a second, and is turned away otherwise.
	MaxHandshakes int
	// OnHandshake is told of each handshake that ended, well or not; nil: nobody is.
	OnHandshake func(secure.Handshake)
	// Revoked is asked by DisconnectRevoked, and when a client is about to be served: its certificate may have been revoked
	// since it was verified. nil: none is.
	Revoked func(secure.Identity) bool
}

// ListenTLS binds hostport for "mqtts" (MQTT over TLS) or "wss" (WebSocket over TLS, any path); all else is as with
// Listen. Handshakes run beside each other, and none keeps others from being accepted.
func (e *Embedded) ListenTLS(scheme, hostport string, o TLSOptions) (*Listener, error) {
	url := scheme + "://" + hostport
	if scheme != "mqtts" && scheme != "wss" {
		return nil, mistakes.Errorf("listen on %s: scheme is not mqtts or wss", url)
	}
	if o.Config == nil {
		return nil, mistakes.Errorf("listen on %s: there is no TLS configuration", url)
	}
	if o.HandshakeTimeout == 0 {
		o.HandshakeTimeout = defaultHandshakeTimeout
	}
	if o.MaxHandshakes == 0 {
		o.MaxHandshakes = defaultMaxHandshakes
	}
	s := &security{TLSOptions: o}
	s.Config = notingHello(o.Config)
	s.underWay.maximum = o.MaxHandshakes
	s.ctx, s.stop = context.WithCancel(context.Background())
	if scheme == "wss" {
		s.upgrades = make(chan net.Conn)
	}
	return e.listen(&Listener{broker: e, url: url, security: s}, hostport, scheme == "wss")
}

// security is what a listener has for TLS.
type security struct {
	TLSOptions
	underWay handshakes
	ctx      context.Context // done when the listener stops: its handshakes end
	stop     context.CancelFunc
	upgrades chan net.Conn // streams on their way to the HTTP server; nil for mqtts
}

// secureStream is a stream whose handshake went well.
type secureStream struct {
	*tls.Conn
	identity secure.Identity
}

// Close says goodbye if the client takes it at once; crypto/tls gives it five seconds.
func (s *secureStream) Close() error {
	enough := time.AfterFunc(endTimeout, func() { _ = s.NetConn().Close() })
	defer enough.Stop()
	return s.Conn.Close()
}

// identityOf returns what the peer of a stream proved.
func identityOf(stream net.Conn) secure.Identity {
	if ws, ok := stream.(*webSocket); ok {
		stream = ws.Conn
	}
	if s, ok := stream.(*secureStream); ok {
		return s.identity
	}
	return secure.Identity{}
}

// upgradable gives the HTTP server of a wss listener the streams whose handshake went well.
type upgradable struct{ *Listener }

// Accept implements net.Listener.
func (u upgradable) Accept() (net.Conn, error) {
	select {
	case stream := <-u.security.upgrades:
		return stream, nil
	case <-u.security.ctx.Done():
		return nil, net.ErrClosed
	}
}

// Close implements net.Listener. The listener itself is closed by who stops the HTTP server.
func (u upgradable) Close() error { return nil }
