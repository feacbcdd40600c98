package client

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"strings"
	"time"

	"github.com/pion/dtls/v3"
	dtlsnet "github.com/pion/dtls/v3/pkg/net"

	"sluice/engine/mistakes"
)

// Security is what a client shows and trusts in a handshake: a pre-shared key, or certificates, of which its own may be
// missing.
type Security struct {
	// Certificate is the client's own with its chain and key; nil: none.
	Certificate *tls.Certificate
	// Authorities are who may have issued the server's certificate; nil: those that the system trusts.
	Authorities *x509.CertPool
	// ServerName must be in the server's certificate; empty: the host that is dialled.
	ServerName string
	// SkipVerify takes any certificate of the server.
	SkipVerify bool
	// PSKIdentity and PSK are a pre-shared key (RFC 4279). With one, only suites with it are offered.
	PSKIdentity string
	PSK         []byte
	// CipherSuites are names of IANA; nil: all that fit, those of RFC 7925 among them.
	CipherSuites []string
	// HandshakeTimeout bounds the handshake; 0: 15 s.
	HandshakeTimeout time.Duration
	// ConnectionID lets the session outlive a change of the address (RFC 9146), where the server does too.
	ConnectionID bool
}

const handshakeTimeout = 15 * time.Second

// handshake secures a socket. s may be nil: a server with a certificate that the system trusts.
func (s *Security) handshake(ctx context.Context, socket net.Conn, hostport string) (net.Conn, error) {
	if s == nil {
		s = &Security{}
	}
	options, err := s.options(hostport)
	if err != nil {
		return nil, err
	}
	conn, err := dtls.ClientWithOptions(dtlsnet.PacketConnFromConn(socket), socket.RemoteAddr(), options...)
	if err != nil {
		return nil, mistakes.Errorf("preparing the handshake: %w", err)
	}
	limit := s.HandshakeTimeout
	if limit == 0 {
		limit = handshakeTimeout
	}
	ctx, cancel := context.WithTimeoutCause(ctx, limit, ErrHandshake)
	defer cancel()
	if err := conn.HandshakeContext(ctx); err != nil {
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		_ = conn.Close() // there is no session to end
		return nil, mistakes.Errorf("shaking hands: %w", refusal(err))
	}
	return conn, nil
}

func (s *Security) options(hostport string) ([]dtls.ClientOption, error) {
	suites, err := s.suites()
	if err != nil {
		return nil, err
	}
	name := s.ServerName
	if name == "" {
		if name, _, err = net.SplitHostPort(hostport); err != nil {
			return nil, mistakes.Errorf("reading the address: %w", err)
		}
	}
	options := []dtls.ClientOption{dtls.WithCipherSuites(suites...), dtls.WithServerName(name)}
	if s.Authorities != nil {
		options = append(options, dtls.WithRootCAs(s.Authorities))
	}
	if s.SkipVerify {
		options = append(options, dtls.WithInsecureSkipVerify(true))
	}
	if s.Certificate != nil {
		options = append(options, dtls.WithCertificates(*s.Certificate))
	}
	if len(s.PSK) > 0 {
		options = append(options, dtls.WithPSKIdentityHint([]byte(s.PSKIdentity)), dtls.WithPSK(func([]byte) ([]byte, error) { return s.PSK, nil }))
	}
	if s.ConnectionID {
		options = append(options, dtls.WithConnectionIDGenerator(dtls.OnlySendCIDGenerator()))
	}
	return options, nil
}

// suites are those to offer, in pion's order of preference.
func (s *Security) suites() ([]dtls.CipherSuiteID, error) {
	var ids []dtls.CipherSuiteID
	known := map[string]dtls.CipherSuiteID{}
	for _, suite := range dtls.CipherSuites() {
		known[suite.Name] = dtls.CipherSuiteID(suite.ID)
		if withKey := strings.Contains(suite.Name, "_PSK_"); withKey == (len(s.PSK) > 0) {
			ids = append(ids, dtls.CipherSuiteID(suite.ID))
		}
	}
	if s.CipherSuites == nil {
		return ids, nil
	}
	ids = nil
	for _, name := range s.CipherSuites {
		id, ok := known[name]
		if !ok {
			return nil, mistakes.Errorf("the cipher suite %q is not spoken", name)
		}
		ids = append(ids, id)
	}
	return ids, nil
}

// Session is what a handshake agreed to.
type Session struct {
	CipherSuite string              // its name of IANA
	Server      []*x509.Certificate // the server's chain, its own first; empty with a pre-shared key
}

// Session returns what the handshake agreed to, and false over UDP.
func (c *Conn) Session() (Session, bool) {
	secured, ok := c.conn.(*dtls.Conn)
	if !ok {
		return Session{}, false
	}
	state, ok := secured.ConnectionState()
	if !ok {
		return Session{}, false
	}
	session := Session{CipherSuite: dtls.CipherSuiteName(state.CipherSuiteID)}
	for _, der := range state.PeerCertificates {
		if certificate, err := x509.ParseCertificate(der); err == nil {
			session.Server = append(session.Server, certificate)
		}
	}
	return session, true
}
