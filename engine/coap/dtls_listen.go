package coap

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"sluice/engine/dtls"
	"sluice/engine/mistakes"
	"sluice/engine/secure"
)

// ListenDTLS binds host:port (port 0: a free one) for CoAP over DTLS (RFC 7252, section 9) and serves until Close is called
// or ctx ends. host may be a name, an address, or empty for all addresses of both families. The error of a taken port wraps
// the system's.
//
// A session is a peer as long as it lasts, whatever addresses it speaks from: they are verified by the handshake's cookie.
// Config.Multicast, Config.VerifyAddresses and probes are not for it.
func ListenDTLS(ctx context.Context, hostport string, c Config) (*Endpoint, error) {
	c.VerifyAddresses, c.Multicast = VerifyNever, nil
	c.Admission.ProbeRequest, c.Admission.ProbeReply = nil, nil
	c, err := c.withDefaults()
	if err != nil {
		return nil, err
	}
	if c.DTLS, err = c.DTLS.withDefaults(); err != nil {
		return nil, err
	}
	conns, err := bind(hostport)
	if err != nil {
		return nil, err
	}
	e := newEndpoint(c, nil)
	v := &dtlsServer{endpoint: e, sessions: make(map[*dtlsSession]struct{})}
	v.maxHandshakes = cmp.Or(c.DTLS.MaxHandshakes, dtls.DefaultMaxHandshakes)
	if v.listener, err = dtls.Listen(conns, v.config()); err != nil {
		e.timers.close()
		return nil, mistakes.Errorf("serve DTLS on %s: %w", hostport, err)
	}
	e.secured = v
	v.sweeper.fire = v.sweep
	e.timers.set(&v.sweeper, time.Now().Add(sessionSweep))
	e.readers.Go(v.accept)
	e.closeAfter(ctx)
	return e, nil
}

// sessionSweep is how often each session is looked at for idleness.
const sessionSweep = 10 * time.Second

// dtlsServer holds the sessions of an endpoint.
type dtlsServer struct {
	endpoint      *Endpoint
	listener      *dtls.Listener
	maxHandshakes int
	sweeper       timer

	mu       sync.Mutex
	closed   bool
	sessions map[*dtlsSession]struct{}
}

// config is what the endpoint has the listener do.
func (v *dtlsServer) config() dtls.Config {
	e := v.endpoint
	c := e.config.DTLS.Config
	c.ReadBuffer, c.WriteBuffer = e.config.ReadBuffer, e.config.WriteBuffer
	c.MaxSessions = e.config.Limits.Peers + 1 // one may be there until room has been made for it
	c.Admits = e.admitsAddr
	if limit := e.config.Admission.MaxNewPeersPerSecond; limit > 0 {
		c.MayBegin = func() bool {
			if e.newPeers.take(e.now(), limit, time.Second) <= 0 {
				return true
			}
			e.reach(boundNewPeers)
			e.stats.refused.Add(1)
			return false
		}
	}
	tell := c.OnHandshake
	c.OnHandshake = func(h secure.Handshake) {
		if h.Outcome == secure.TooMany {
			e.reach(boundHandshakes)
		}
		if tell != nil {
			tell(h)
		}
	}
	return c
}

// accept serves sessions until the listener is closed.
func (v *dtlsServer) accept() {
	for {
		conn, err := v.listener.Accept()
		if err != nil {
			return
		}
		if s := v.admit(conn); s != nil {
			if i := conn.Identity(); i.Proved() && v.endpoint.config.DTLS.Credentials.Revoked(i) {
				s.end() // since the handshake; whoever ends those that are revoked may not have seen it
			}
			go s.serve()
		} else {
			v.endpoint.stats.refused.Add(1)
			_ = conn.Close()
		}
	}
}

// admit makes a session of a connection; nil if there are too many that are needed.
func (v *dtlsServer) admit(conn *dtls.Conn) *dtlsSession {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.closed {
		return nil
	}
	if len(v.sessions) >= v.endpoint.config.Limits.Peers {
		v.endpoint.reach(boundPeers)
		if !v.makeRoom() {
			return nil
		}
	}
	s := newDTLSSession(v, conn)
	v.sessions[s] = struct{}{}
	v.endpoint.readers.Add(1)
	return s
}

// makeRoom closes the session that has been silent for longest of some that are not needed, so that who makes handshakes
// and nothing else shuts nobody out. The lock is held.
func (v *dtlsServer) makeRoom() bool {
	var longest *dtlsSession
	looks := 0
	for s := range v.sessions { // in random order
		if looks++; looks > maxLooks {
			break
		}
		if s.dispensable() && (longest == nil || s.peer.lastSeen.Load() < longest.peer.lastSeen.Load()) {
			longest = s
		}
	}
	if longest == nil {
		return false
	}
	delete(v.sessions, longest)
	_ = longest.conn.Close()
	return true
}

func (v *dtlsServer) forget(s *dtlsSession) {
	v.mu.Lock()
	defer v.mu.Unlock()
	delete(v.sessions, s)
}

// sweep closes the sessions that are idle.
func (v *dtlsServer) sweep(now time.Time) {
	for _, s := range v.snapshot() {
		if s.sweep(int64(now.Sub(v.endpoint.began))) {
			s.end()
		}
	}
	v.endpoint.timers.set(&v.sweeper, now.Add(sessionSweep))
}

func (v *dtlsServer) snapshot() []*dtlsSession {
	v.mu.Lock()
	defer v.mu.Unlock()
	return slices.Collect(maps.Keys(v.sessions))
}

func (v *dtlsServer) len() int {
	v.mu.Lock()
	defer v.mu.Unlock()
	return len(v.sessions)
}

// close ends the listener with all its sessions.
func (v *dtlsServer) close() error {
	v.mu.Lock()
	v.closed = true
	v.mu.Unlock()
	if err := v.listener.Close(); err != nil {
		return mistakes.Errorf("close listener: %w", err)
	}
	return nil
}
