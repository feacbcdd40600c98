package pki

import (
	"crypto/tls"
	"slices"
	"strings"

	"sluice/engine/mistakes"
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
			return nil, mistakes.Errorf("cipher suite %q is not offered; these are: %s", name, strings.Join(CipherSuitesTLS(), ", "))
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
			return 0, 0, mistakes.Errorf("version %q of TLS is unknown; allowed: tlsv1.2, tlsv1.3", name)
		}
		if lowest == 0 || version < lowest {
			lowest = version
		}
		highest = max(highest, version)
	}
	if lowest == 0 {
		return 0, 0, mistakes.New("no version of TLS is left: those before 1.2 are not offered")
	}
	return lowest, highest, nil
}
