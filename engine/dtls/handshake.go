package dtls

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"

	pion "github.com/pion/dtls/v3"
	"github.com/pion/dtls/v3/pkg/protocol/alert"
	"github.com/pion/dtls/v3/pkg/protocol/handshake"

	"sluice/engine/secure"
)

// run makes the handshake and hands what comes of it to Accept.
func (s *session) run() {
	l := s.listener
	conn, err := s.handshake()
	if err != nil {
		_ = s.Close()
		l.handshakeOver(s)
		l.ended(s, s.outcome(err))
		return
	}
	l.ended(s, nil)
	select {
	case l.accepts <- conn:
	case <-l.closed:
		_ = conn.Close()
	}
	l.handshakeOver(s)
}

// handshake makes it and, if it went well, makes the session the one of its address.
func (s *session) handshake() (*Conn, error) {
	defer s.cancel()
	if err := new(handshake.MessageClientHello).Unmarshal(s.hello.record[recordHeader+handshakeHeader:]); err != nil {
		s.refuse(&secure.Refusal{Outcome: secure.Malformed, Detail: "ClientHello: " + err.Error()})
		s.sendAlert(alertOf(secure.Malformed))
		return nil, err
	}
	options, why := s.options()
	if why != nil {
		s.refuse(why)
		s.sendAlert(alertOf(why.Outcome))
		return nil, why
	}
	conn, err := pion.ServerWithOptions(s, s.began, options...)
	if err != nil {
		s.sendAlert(alertOf(secure.NoSharedCipher))
		return nil, fmt.Errorf("begin the handshake: %w", err)
	}
	s.pion = conn
	if err := conn.HandshakeContext(s.ctx); err != nil && !s.goneAgain(err) {
		_ = conn.Close()
		return nil, err
	}
	replaced, why := s.listener.establish(s)
	if why != nil {
		s.refuse(why)
		_ = conn.Close()
		return nil, why
	}
	if replaced != nil {
		replaced.muted.Store(true) // who is there now could not read what it says
		replaced.end()
	}
	return &Conn{session: s, identity: *s.claimed.Load()}, nil
}

// goneAgain reports whether the client closed the connection as soon as it had made the handshake. What it sent before is
// to be read all the same.
func (s *session) goneAgain(err error) bool {
	description, ok := alertIn(err)
	return ok && alert.Description(description) == alert.CloseNotify && s.verified.Load() && s.refused.Load() == nil
}

// options are for this handshake, with the credentials of now.
func (s *session) options() ([]pion.ServerOption, *secure.Refusal) {
	l, credentials := s.listener, s.listener.config.Credentials
	certificate, noCertificate := serverCertificate(credentials, s.hello.serverName)
	shared := share(l.suites, s.hello.suites, certificate, credentials.HasPSK())
	if len(shared) == 0 {
		if noCertificate != nil && asksForCertificate(l.suites, s.hello.suites) {
			return nil, noCertificate
		}
		return nil, noSharedCipher(l.suites, s.hello.suites, certificate)
	}
	if l.config.OwnOrder {
		shared = firstOf(l.suites, shared)
	}
	var ids []pion.CipherSuiteID
	for _, suite := range shared {
		ids = append(ids, suite.id)
	}
	options := []pion.ServerOption{
		pion.WithCipherSuites(ids...), pion.WithLoggerFactory(silence{}), pion.WithVerifyConnection(s.verifyConnection),
	}
	if !l.config.DisableConnectionID {
		options = append(options, pion.WithConnectionIDGenerator(s.newID))
	}
	if !l.config.DisableResumption {
		options = append(options, pion.WithSessionStore(&resumption{session: s}))
	}
	if schemes := s.hello.signatureSchemes(); len(schemes) > 0 {
		options = append(options, pion.WithSignatureSchemes(schemes...))
	}
	if writer := keyLogFor(l.config.KeyLog, s.hello.random); writer != nil {
		options = append(options, pion.WithKeyLogWriter(writer))
	}
	if slices.ContainsFunc(shared, suite.psk) {
		options = append(options, pion.WithPSK(s.psk))
	}
	if slices.ContainsFunc(shared, func(one suite) bool { return !one.psk() }) {
		options = append(options, pion.WithGetCertificate(func(*pion.ClientHelloInfo) (*tls.Certificate, error) {
			return certificate, nil
		}))
		if l.config.ClientAuth != secure.VerifyNone {
			// pion is to ask and to check the signature only: what it says of a chain does not tell whose it is. No
			// authority is named to the client (RFC 5246, section 7.4.4): it would keep a certificate of another one to
			// itself, and nobody would learn what is wrong with it.
			options = append(options, pion.WithClientAuth(pion.RequestClientCert),
				pion.WithVerifyPeerCertificate(s.verifyCertificate))
		}
	}
	return options, nil
}

func serverCertificate(c secure.Credentials, name string) (*tls.Certificate, *secure.Refusal) {
	certificate, err := c.ServerCertificate(name)
	if err != nil {
		return nil, refusalOf(err, secure.NoServerCertificate)
	}
	if certificate == nil {
		return nil, &secure.Refusal{Outcome: secure.NoServerCertificate}
	}
	return certificate, nil
}

// refusalOf is the refusal that an error is, or one for it.
func refusalOf(err error, otherwise secure.Outcome) *secure.Refusal {
	var why *secure.Refusal
	if errors.As(err, &why) {
		return why
	}
	return &secure.Refusal{Outcome: otherwise, Detail: err.Error()}
}

// newID is the Connection ID that the client is to send (RFC 9146, section 3).
func (s *session) newID() []byte {
	for {
		id := connectionID(pion.RandomCIDGenerator(idLength)())
		if s.listener.identify(s, id) {
			return id[:]
		}
	}
}

// psk gives pion the key of an identity.
func (s *session) psk(identity []byte) ([]byte, error) {
	s.claimed.Store(&secure.Identity{PSK: brief(string(identity)), Version: "DTLS 1.2"})
	key, ok := s.listener.config.Credentials.PSK(identity)
	if !ok {
		why := &secure.Refusal{Outcome: secure.UnknownPSKIdentity, Detail: fmt.Sprintf("%q", identity)}
		s.refuse(why)
		return nil, why
	}
	s.keyGiven.Store(true)
	return key, nil
}

// verifyCertificate judges the certificates of a client that has signed with the key of the first.
func (s *session) verifyCertificate(chain [][]byte, _ [][]*x509.Certificate) error {
	identity := secure.Identity{Version: "DTLS 1.2"}
	ofCertificate(&identity, chain)
	identity.Subject, identity.CommonName = brief(identity.Subject), brief(identity.CommonName)
	s.claimed.Store(&identity)
	if err := s.listener.config.Credentials.VerifyClient(chain); err != nil {
		why := refusalOf(err, secure.BadCertificate)
		s.refuse(why)
		return why
	}
	return nil
}

// verifyConnection judges what a client proved in all, in a resumed session as well.
func (s *session) verifyConnection(state *pion.State) error {
	s.verified.Store(true)
	identity := identityOf(state.CipherSuiteID, state.PeerCertificates, state.IdentityHint)
	s.claimed.Store(&identity)
	if len(s.hello.sessionID) > 0 && slices.Equal(state.SessionID, s.hello.sessionID) {
		s.resumed.Store(true)
	}
	why := s.judge(identity)
	if why == nil {
		return nil
	}
	s.refuse(why)
	return why
}

func (s *session) judge(identity secure.Identity) *secure.Refusal {
	config := &s.listener.config
	switch {
	case config.ClientAuth == secure.RequireCert && !identity.Proved():
		return &secure.Refusal{Outcome: secure.NoCertificate}
	case identity.Proved() && config.Credentials.Revoked(identity):
		if identity.PSK != "" {
			return &secure.Refusal{Outcome: secure.UnknownPSKIdentity, Detail: fmt.Sprintf("%q", identity.PSK)}
		}
		return &secure.Refusal{Outcome: secure.Revoked, Detail: identity.Subject}
	}
	return nil
}

func identityOf(id pion.CipherSuiteID, chain [][]byte, psk []byte) secure.Identity {
	identity := secure.Identity{Version: "DTLS 1.2", CipherSuite: suiteName(uint16(id))}
	if (suite{id, identity.CipherSuite}).psk() {
		identity.PSK = string(psk)
	}
	ofCertificate(&identity, chain)
	return identity
}

// ofCertificate names who a certificate is for.
func ofCertificate(identity *secure.Identity, chain [][]byte) {
	if len(chain) == 0 {
		return
	}
	certificate, err := x509.ParseCertificate(chain[0])
	if err != nil {
		identity.Fingerprint = secure.Fingerprint(chain[0])
		return
	}
	named := secure.CertificateIdentity(certificate)
	identity.Subject, identity.CommonName, identity.Fingerprint = named.Subject, named.CommonName, named.Fingerprint
}
