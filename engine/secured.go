package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"sluice/engine/broker"
	"sluice/engine/coap"
	"sluice/engine/dtls"
	"sluice/engine/mistakes"
	"sluice/engine/pki"
	"sluice/engine/pki/seal"
	"sluice/engine/secure"
	"sluice/engine/settings"
)

// Errors of a secure listener that has nothing to secure it with. It is bound as soon as there is something.
var (
	errNoCertificate = mistakes.New("there is no server certificate: make one under Certificates, or name one with certfile and keyfile")
	errNoCredentials = mistakes.New("there is neither a server certificate nor a pre-shared key: make one under Certificates, or name files with certfile and keyfile")
)

// secured is what a secure listener has.
type secured struct {
	settings.TLSOptions
	credentials secure.Credentials
	auth        secure.ClientAuth
}

// securityOf reads the files of a secure listener's options, and sees that there is something to show to clients.
func (e *Engine) securityOf(l *listener) (*secured, error) {
	s := &secured{TLSOptions: l.settings.Secure()}
	credentials, err := e.keys.Credentials(pki.CredentialOptions{
		CertFile: s.CertFile, KeyFile: s.KeyFile, Password: s.Password, CACertFile: s.CACertFile, Certificate: s.Certificate,
	})
	if err != nil {
		return nil, err
	}
	s.credentials = shallow{credentials, *s.Depth}
	switch {
	case s.Verify != settings.VerifyPeer:
	case s.FailIfNoPeerCert:
		s.auth = secure.RequireCert
	default:
		s.auth = secure.VerifyIfGiven
	}
	return s, e.showable(l.scheme, credentials)
}

// showable reports whether there is a certificate, or a key, for handshakes of a scheme.
func (e *Engine) showable(scheme string, c secure.Credentials) error {
	_, err := c.ServerCertificate("")
	switch {
	case err == nil, scheme == "coaps" && c.HasPSK():
		return nil
	case e.keys.Locked() != nil:
		return mistakes.Errorf("private keys cannot be used: %w", e.keys.Locked())
	case scheme == "coaps":
		return errNoCredentials
	}
	return errNoCertificate
}

// shallow bounds how many authorities may stand between a client's certificate and a trusted one.
type shallow struct {
	secure.Credentials
	depth int
}

// VerifyClient implements secure.Credentials.
func (s shallow) VerifyClient(chain [][]byte) error {
	if between := len(chain) - 1; between > s.depth {
		return &secure.Refusal{
			Outcome: secure.UnknownAuthority, Detail: fmt.Sprintf("%d authorities between, and %d may be (depth)", between, s.depth),
		}
	}
	return s.Credentials.VerifyClient(chain)
}

// listenDTLS binds a coaps listener.
func (e *Engine) listenDTLS(ctx context.Context, l *listener, c coap.Config) (*coap.Endpoint, error) {
	s, err := e.securityOf(l)
	if err != nil {
		return nil, err
	}
	l.secured = s
	c.DTLS.Config = dtls.Config{
		Credentials: s.credentials, ClientAuth: s.auth, CipherSuites: s.CipherSuites(l.scheme),
		OwnOrder:          *s.HonorCipherOrder && len(s.Ciphers) > 0,
		DisableResumption: !*s.ReuseSessions, DisableConnectionID: !*s.ConnectionID,
		HandshakeTimeout: s.HandshakeTimeout.Std(), MaxHandshakes: s.MaxHandshakes,
		Listener: l.settings.Bind, OnHandshake: e.noteHandshake, KeyLog: e.keyLog.writer, Log: e.log,
	}
	c.DTLS.UnusedTimeout = e.Settings().Gateway.IdleTimeout.Std()
	return coap.ListenDTLS(ctx, l.addr, c)
}

// listenTLS binds a listener of mqtts or wss.
func (e *Engine) listenTLS(r *running, l *listener) (*broker.Listener, error) {
	s, err := e.securityOf(l)
	if err != nil {
		return nil, err
	}
	config, err := pki.TLSConfig(s.credentials, s.auth, s.CipherSuites(l.scheme), s.Versions)
	if err != nil {
		return nil, err
	}
	l.secured = s
	return r.broker.ListenTLS(l.scheme, l.addr, broker.TLSOptions{
		Config: e.logged(config, !*s.ReuseSessions), HandshakeTimeout: s.HandshakeTimeout.Std(), MaxHandshakes: s.MaxHandshakes,
		OnHandshake: func(h secure.Handshake) {
			h.Listener = l.settings.Bind
			e.noteHandshake(h)
		},
		Revoked: s.credentials.Revoked,
	})
}

// endRevoked ends the clients whose certificate or key was withdrawn.
func (e *Engine) endRevoked() {
	r := e.current()
	if r == nil {
		return
	}
	ended := r.broker.DisconnectRevoked()
	for _, l := range r.listeners {
		if l.endpoint == nil || l.secured == nil {
			continue
		}
		revoked := func(p *coap.Peer) bool {
			return p.Endpoint() == l.endpoint && p.Identity().Proved() && l.secured.credentials.Revoked(p.Identity())
		}
		r.gateway.EndConnections(revoked) // a created connection would outlive its session of DTLS
		ended += l.endpoint.EndPeers(revoked)
	}
	if ended > 0 {
		e.log.Info("clients were ended whose certificate or key was withdrawn", "clients", ended)
	}
	e.RecheckAccess()
}

// keysInterval is how often it is looked whether there are other certificates and keys.
const keysInterval = 250 * time.Millisecond

// followKeys binds, while r runs, the listeners that lack a certificate or key, once there is one. seen is the revision of
// the keys before any was bound.
func (e *Engine) followKeys(r *running, seen uint64) {
	ticker := time.NewTicker(keysInterval)
	defer ticker.Stop()
	for {
		select {
		case <-r.ended:
			return
		case <-ticker.C:
		}
		if now := e.keys.Revision(); now != seen {
			seen = now
			e.bindLacking()
		}
	}
}

// lacksCredentials reports whether a listener may be bound once there are other keys, or those that are kept are unlocked.
func (l *listener) lacksCredentials() bool {
	var locked *seal.Error
	return l.err != nil && (errors.Is(l.err, errNoCertificate) || errors.Is(l.err, errNoCredentials) || errors.As(l.err, &locked))
}

// bindLacking binds the listeners that lacked a certificate or key.
func (e *Engine) bindLacking() {
	e.switching.Lock()
	defer e.switching.Unlock()
	r := e.current()
	if r == nil || !slices.ContainsFunc(r.listeners, (*listener).lacksCredentials) {
		return
	}
	next := *r
	next.listeners = nil
	for _, l := range r.listeners {
		if l.lacksCredentials() {
			l = e.listen(context.Background(), r, l.settings)
		}
		next.listeners = append(next.listeners, l)
	}
	e.mu.Lock()
	e.running = &next
	e.mu.Unlock()
	e.changes.Add(1)
}
