package pki

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"strings"

	"sluice/engine/secure"
)

// TLSConfig returns the configuration of a listener for TLS 1.2 and 1.3 that asks c at each handshake. ciphers are IANA
// names, versions "tlsv1.2" and "tlsv1.3"; nil: all that are known and safe. Names of versions that are too old are passed
// over as long as one is left; TLS 1.3 has all its cipher suites whatever is named (crypto/tls). A client certificate is
// checked at every handshake, those that take up an earlier session included.
func TLSConfig(c secure.Credentials, auth secure.ClientAuth, ciphers, versions []string) (*tls.Config, error) {
	suites, err := cipherSuites(ciphers)
	if err != nil {
		return nil, err
	}
	lowest, highest, err := tlsVersions(versions)
	if err != nil {
		return nil, err
	}
	base := &tls.Config{
		MinVersion: lowest, MaxVersion: highest, CipherSuites: suites,
		GetCertificate: func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
			return c.ServerCertificate(hello.ServerName)
		},
	}
	if auth == secure.VerifyNone {
		return base, nil
	}
	base.ClientAuth = tls.RequestClientCert
	if auth == secure.RequireCert {
		base.ClientAuth = tls.RequireAnyClientCert
	}
	base.VerifyConnection = func(state tls.ConnectionState) error {
		if len(state.PeerCertificates) == 0 {
			return nil
		}
		chain := make([][]byte, len(state.PeerCertificates))
		for i, cert := range state.PeerCertificates {
			chain[i] = cert.Raw
		}
		return c.VerifyClient(chain)
	}
	config := base.Clone()
	config.GetConfigForClient = func(*tls.ClientHelloInfo) (*tls.Config, error) {
		now := base.Clone() // it has no ticket keys of its own, so those of config hold
		now.ClientCAs = c.Authorities()
		return now, nil
	}
	return config, nil
}

// CipherSuitesTLS returns the IANA names of what TLSConfig offers, TLS 1.3 included.
func CipherSuitesTLS() []string {
	var names []string
	for _, suite := range tls.CipherSuites() {
		names = append(names, suite.Name)
	}
	return names
}

func cipherSuites(names []string) ([]uint16, error) {
	var ids []uint16
	for _, name := range names {
		i := slices.IndexFunc(tls.CipherSuites(), func(s *tls.CipherSuite) bool { return s.Name == name })
		if i < 0 {
			return nil, fmt.Errorf("cipher suite %q is not offered; these are: %s", name, strings.Join(CipherSuitesTLS(), ", "))
		}
		ids = append(ids, tls.CipherSuites()[i].ID)
	}
	return ids, nil
}

func tlsVersions(names []string) (lowest, highest uint16, err error) {
	if len(names) == 0 {
		return tls.VersionTLS12, tls.VersionTLS13, nil
	}
	for _, name := range names {
		var version uint16
		switch name {
		case "tlsv1.2":
			version = tls.VersionTLS12
		case "tlsv1.3":
			version = tls.VersionTLS13
		case "tlsv1", "tlsv1.1":
			continue
		default:
			return 0, 0, fmt.Errorf("version %q of TLS is unknown; allowed: tlsv1.2, tlsv1.3", name)
		}
		if lowest == 0 || version < lowest {
			lowest = version
		}
		highest = max(highest, version)
	}
	if lowest == 0 {
		return 0, 0, errors.New("no version of TLS is left: those before 1.2 are not offered")
	}
	return lowest, highest, nil
}

// TLSIdentity is what the peer of a finished handshake proved.
func TLSIdentity(state tls.ConnectionState) secure.Identity {
	var i secure.Identity
	if len(state.PeerCertificates) > 0 {
		i = secure.CertificateIdentity(state.PeerCertificates[0])
	}
	i.Version = tls.VersionName(state.Version)
	i.CipherSuite = tls.CipherSuiteName(state.CipherSuite)
	return i
}

// TLSRefusal says why a handshake of TLSConfig failed; err is what tls.Conn.HandshakeContext returned.
func TLSRefusal(err error) *secure.Refusal {
	var refusal *secure.Refusal
	var record tls.RecordHeaderError
	var alert tls.AlertError
	var operation *net.OpError
	var network net.Error
	text := err.Error()
	switch {
	case errors.As(err, &refusal):
		return refusal
	case errors.As(err, &record):
		return &secure.Refusal{Outcome: secure.Malformed, Detail: cutText(record.Msg, maxDetail)}
	case errors.As(err, &operation) && operation.Op == "remote error":
		return &secure.Refusal{Outcome: secure.RefusedByPeer, Detail: cutText(alertMeans(operation.Err), maxDetail)}
	case errors.As(err, &alert):
		return &secure.Refusal{Outcome: secure.RefusedByPeer, Detail: cutText(alertMeans(alert), maxDetail)}
	case strings.Contains(text, "client didn't provide a certificate"):
		return &secure.Refusal{Outcome: secure.NoCertificate}
	case strings.Contains(text, "no cipher suite supported by both"), strings.Contains(text, "no mutually supported"):
		return &secure.Refusal{Outcome: secure.NoSharedCipher}
	case strings.Contains(text, "unsupported versions"), strings.Contains(text, "unsupported protocol version"):
		return &secure.Refusal{Outcome: secure.NoSharedVersion, Detail: cutText(text, maxDetail)}
	case errors.Is(err, os.ErrDeadlineExceeded), errors.As(err, &network) && network.Timeout():
		return &secure.Refusal{Outcome: secure.TimedOut}
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return &secure.Refusal{Outcome: secure.RefusedByPeer, Detail: "it closed the connection in mid-handshake"}
	}
	var invalid x509.CertificateInvalidError
	if errors.As(err, &invalid) || strings.Contains(text, "certificate") {
		return &secure.Refusal{Outcome: secure.BadCertificate, Detail: cutText(text, maxDetail)}
	}
	return &secure.Refusal{Outcome: secure.Malformed, Detail: cutText(text, maxDetail)}
}

// alertMeans adds to an alert what it says of our certificate.
func alertMeans(alert error) string {
	text := strings.TrimPrefix(alert.Error(), "tls: ")
	switch {
	case strings.Contains(text, "unknown certificate authority"):
		return text + ": it does not trust the authority of our certificate"
	case strings.Contains(text, "bad certificate"), strings.Contains(text, "unknown certificate"):
		return text + ": it does not accept our certificate, perhaps because of its name or authority"
	case strings.Contains(text, "expired certificate"):
		return text + ": our certificate is not valid at its time"
	}
	return text
}
