package broker

import (
	"container/list"
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/netip"
	"sync"
	"time"

	"sluice/engine/secure"
)

// secured runs the handshake of a stream and then serves it. It returns at once.
func (l *Listener) secured(stream net.Conn) {
	ctx, cancel := context.WithCancelCause(l.security.ctx)
	began := &hello{Conn: stream, at: time.Now()}
	leave, ok := l.security.underWay.enter(began.at, cancel)
	if !ok {
		cancel(nil)
		_ = stream.Close()
		l.handshakeEnded(began, &tls.ConnectionState{}, errCrowded)
		return
	}
	if !l.hold() {
		leave()
		cancel(nil)
		_ = stream.Close()
		return
	}
	go func() {
		defer l.letGo()
		secured := l.shakeHands(ctx, began)
		leave()
		cancel(nil)
		switch {
		case secured == nil:
		case l.security.upgrades == nil:
			l.broker.serve(secured, l)
		default:
			select {
			case l.security.upgrades <- secured:
			case <-l.security.ctx.Done():
				_ = secured.Close()
			}
		}
	}()
}

// shakeHands returns nil if the handshake failed; the stream is closed then.
func (l *Listener) shakeHands(ctx context.Context, began *hello) *secureStream {
	ctx, cancel := context.WithTimeout(ctx, l.security.HandshakeTimeout)
	defer cancel()
	conn := tls.Server(began, l.security.Config)
	err := conn.HandshakeContext(ctx)
	if err != nil && ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	state := conn.ConnectionState()
	identity := l.handshakeEnded(began, &state, err)
	if err != nil {
		_ = began.Close()
		return nil
	}
	return &secureStream{Conn: conn, identity: identity}
}

// handshakeEnded tells who wants to know, and returns the identity of the peer. An end that is ours, and a connection
// that was closed before anything came, as of a port scan or a health check, are no outcome.
func (l *Listener) handshakeEnded(began *hello, state *tls.ConnectionState, err error) secure.Identity {
	h := secure.Handshake{At: time.Now(), Listener: l.url, Resumed: state.DidResume}
	if len(state.PeerCertificates) > 0 {
		h.Identity = secure.CertificateIdentity(state.PeerCertificates[0])
	}
	h.Took = h.At.Sub(began.at)
	h.Peer, _ = netip.ParseAddrPort(began.RemoteAddr().String())
	if state.Version != 0 {
		h.Identity.Version = tls.VersionName(state.Version)
	}
	if state.CipherSuite != 0 {
		h.Identity.CipherSuite = tls.CipherSuiteName(state.CipherSuite)
	}
	if err != nil {
		h.Outcome, h.Detail = began.outcome(err)
		h.Detail = secure.Detail(h.Detail)
		l.broker.log.Debug("a TLS handshake failed", "listener", l.url, "peer", h.Peer, "outcome", h.Outcome, "error", err)
	}
	if l.security.OnHandshake != nil && !errors.Is(err, context.Canceled) && (began.came > 0 || !isEnd(err)) {
		l.security.OnHandshake(h)
	}
	return h.Identity
}

// hold keeps listener and broker from being closed for good; it fails if they are closing.
func (l *Listener) hold() bool {
	e := l.broker
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed.Load() || l.closed {
		return false
	}
	l.clients.Add(1)
	e.running.Add(1)
	return true
}

func (l *Listener) letGo() {
	l.clients.Done()
	l.broker.running.Done()
}

// slowHandshake is how long a handshake keeps its place when others come.
const slowHandshake = time.Second

// errCrowded ends a handshake for which there is no place.
var errCrowded = &secure.Refusal{Outcome: secure.TooMany}

// handshakes are those under way. Whoever opens connections and leaves them at that would else keep all others out.
type handshakes struct {
	maximum int
	mu      sync.Mutex
	places  list.List // of pending, the oldest first
}

type pending struct {
	since time.Time
	give  context.CancelCauseFunc
}

// enter takes a place, which leave gives back; ok is false if there is none. Who has to give its place to another is
// ended with errCrowded.
func (h *handshakes) enter(now time.Time, give context.CancelCauseFunc) (leave func(), ok bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.places.Len() >= h.maximum {
		oldest := h.places.Front()
		if now.Sub(oldest.Value.(pending).since) < slowHandshake {
			return nil, false
		}
		h.places.Remove(oldest).(pending).give(errCrowded)
	}
	mine := h.places.PushBack(pending{now, give})
	return func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.places.Remove(mine) // nothing happens if another has it
	}, true
}
