package dtls_test

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"testing"
	"time"

	pion "github.com/pion/dtls/v3"

	"sluice/engine/dtls"
	"sluice/engine/secure"
)

const (
	pskIdentity = "lamp-3"
	pskKey      = "sixteen byte key"
)

// plant is an authority, what the server has from it, and a key.
func plant(t testing.TB) (*authority, *credentials) {
	t.Helper()
	a := newAuthority(t, "Plant authority")
	return a, &credentials{
		server: a.issue(t, "gateway", time.Now().Add(time.Hour)), trusted: a, keys: map[string]string{pskIdentity: pskKey},
	}
}

func TestEverySuiteIsSpoken(t *testing.T) {
	a, c := plant(t)
	rsa := &credentials{server: a.issueRSA(t, "gateway"), trusted: a}
	for _, name := range dtls.CipherSuites() {
		t.Run(name, func(t *testing.T) {
			var id pion.CipherSuiteID
			for n := range 1 << 16 {
				if pion.CipherSuiteID(n).String() == name {
					id = pion.CipherSuiteID(n)
				}
			}
			isPSK := strings.Contains(name, "PSK")
			use := c
			if strings.Contains(name, "RSA_") {
				use = rsa
			}
			if strings.Contains(name, "ECDSA") {
				use = c
			}
			s := serve(t, dtls.Config{Credentials: use})
			options := append(trusting(a), pion.WithCipherSuites(id))
			want := secure.Identity{Version: "DTLS 1.2", CipherSuite: name}
			if isPSK {
				options, want.PSK = withPSK(pskIdentity, pskKey, id), pskIdentity
			}
			conn := s.mustDial(options...)
			mustTalk(t, conn, "hello")
			h := s.handshake()
			if h.Outcome != secure.Accepted || h.Identity != want || h.Resumed {
				t.Errorf("%+v", h)
			}
			if got := s.conn().Identity(); got != want {
				t.Errorf("identity %+v", got)
			}
		})
	}
}

func TestClientCertificateBecomesIdentity(t *testing.T) {
	a, c := plant(t)
	certificate := a.issue(t, "lamp-3", time.Now().Add(time.Hour))
	sum := sha256.Sum256(certificate.Certificate[0])
	for _, auth := range []secure.ClientAuth{secure.VerifyIfGiven, secure.RequireCert} {
		s := serve(t, dtls.Config{Credentials: c, ClientAuth: auth})
		mustTalk(t, s.mustDial(trusting(a, certificate)...), "hello")
		got := s.conn().Identity()
		if got.CommonName != "lamp-3" || got.Subject != "CN=lamp-3,O=Plant" || got.Fingerprint != hex.EncodeToString(sum[:]) {
			t.Errorf("identity %+v", got)
		}
	}
	t.Run("which is not asked for without verification", func(t *testing.T) {
		s := serve(t, dtls.Config{Credentials: c})
		mustTalk(t, s.mustDial(trusting(a, certificate)...), "hello")
		if got := s.conn().Identity(); got.Proved() {
			t.Errorf("identity %+v", got)
		}
	})
	t.Run("and need not be there if it is not demanded", func(t *testing.T) {
		s := serve(t, dtls.Config{Credentials: c, ClientAuth: secure.VerifyIfGiven})
		mustTalk(t, s.mustDial(trusting(a)...), "hello")
	})
}

func TestRefusals(t *testing.T) {
	a, c := plant(t)
	other := newAuthority(t, "Somebody else")
	revoked := a.issue(t, "stolen", time.Now().Add(time.Hour))
	sum := sha256.Sum256(revoked.Certificate[0])
	c.revoke(hex.EncodeToString(sum[:]))
	c.revoke("gone")
	c.keys["gone"] = pskKey
	for _, test := range []struct {
		name    string
		options []pion.ClientOption
		suites  []string
		without bool // a server certificate
		keyless bool
		outcome secure.Outcome
		detail  string
		alert   string
	}{
		{name: "no certificate", options: trusting(a), outcome: secure.NoCertificate, alert: "HandshakeFailure"},
		{name: "another authority", options: trusting(a, other.issue(t, "lamp-3", time.Now().Add(time.Hour))),
			outcome: secure.UnknownAuthority, detail: "CN=Somebody else", alert: "UnknownCA"},
		{name: "expired", options: trusting(a, a.issue(t, "lamp-3", time.Now().Add(-time.Hour))),
			outcome: secure.Expired, detail: time.Now().Add(-time.Hour).UTC().Format(time.DateOnly), alert: "CertificateExpired"},
		{name: "revoked", options: trusting(a, revoked), outcome: secure.Revoked, detail: "CN=stolen,O=Plant",
			alert: "CertificateRevoked"},
		{name: "the client does not trust us", options: trusting(other), outcome: secure.RefusedByPeer,
			detail: "bad_certificate: the client does not accept our certificate"},
		{name: "unknown PSK identity", options: withPSK("lamp-4", pskKey), outcome: secure.UnknownPSKIdentity,
			detail: `"lamp-4"`, alert: "Invalid alert description"},
		{name: "a PSK identity where there are none", options: withPSK("lamp-4", pskKey), keyless: true,
			outcome: secure.UnknownPSKIdentity, detail: `"lamp-4"`, alert: "Invalid alert description"},
		{name: "an ECDSA certificate for a client that knows RSA",
			options: append(trusting(a), pion.WithCipherSuites(pion.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256)),
			outcome: secure.NoSharedCipher, alert: "HandshakeFailure",
			detail: "our certificate has an ECDSA key; the client offers TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"},
		{name: "revoked PSK", options: withPSK("gone", pskKey), outcome: secure.UnknownPSKIdentity, detail: `"gone"`},
		{name: "wrong key", options: withPSK(pskIdentity, "another"), outcome: secure.WrongKey, detail: `of "lamp-3"`, alert: "DecryptError"},
		{name: "no shared suite", options: append(trusting(a), pion.WithCipherSuites(pion.TLS_ECDHE_ECDSA_WITH_AES_128_CCM)),
			suites: []string{"TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8"}, outcome: secure.NoSharedCipher,
			detail: "the client offers TLS_ECDHE_ECDSA_WITH_AES_128_CCM", alert: "HandshakeFailure"},
		{name: "no server certificate", options: trusting(a), without: true, outcome: secure.NoServerCertificate,
			alert: "HandshakeFailure"},
	} {
		t.Run(test.name, func(t *testing.T) {
			use := c
			if test.without {
				use = &credentials{keys: c.keys}
			}
			if test.keyless {
				use = &credentials{server: c.server}
			}
			s := serve(t, dtls.Config{Credentials: use, ClientAuth: secure.RequireCert, CipherSuites: test.suites})
			_, err := s.dial(test.options...)
			h := s.handshake()
			if h.Outcome != test.outcome || h.Detail != test.detail {
				t.Errorf("%v: %q; want %v: %q", h.Outcome, h.Detail, test.outcome, test.detail)
			}
			if err == nil {
				err = errNotRefused
			}
			if !strings.Contains(err.Error(), test.alert) {
				t.Errorf("the client: %v; want %s", err, test.alert)
			}
			if n := s.Stats(); n.Sessions != 0 || n.HalfOpen != 0 || n.Ended[test.outcome] != 1 {
				t.Errorf("%+v", n)
			}
		})
	}
}
