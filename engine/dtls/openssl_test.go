package dtls_test

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	pion "github.com/pion/dtls/v3"

	"sluice/engine/dtls"
	"sluice/engine/secure"
)

// sClient runs openssl s_client until it has sent a line; a moment later it closes.
func sClient(t *testing.T, s *server, args ...string) string {
	t.Helper()
	return run(t, "hello\n", "openssl", append([]string{"s_client", "-connect", s.addr.String()}, args...)...)
}

func TestOpenSSL(t *testing.T) {
	a, c := plant(t)
	authority := pemFile(t, "CERTIFICATE", a.certificate.Raw)
	for _, test := range []struct {
		name    string
		args    []string
		suite   string
		outcome secure.Outcome
		detail  string
	}{
		{"ECDSA CCM_8", []string{"-dtls1_2", "-cipher", "ECDHE-ECDSA-AES128-CCM8@SECLEVEL=0", "-CAfile", authority, "-verify_return_error"},
			"TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8", secure.Accepted, ""},
		{"ECDSA CCM", []string{"-dtls1_2", "-cipher", "ECDHE-ECDSA-AES128-CCM"}, "TLS_ECDHE_ECDSA_WITH_AES_128_CCM", secure.Accepted, ""},
		{"ECDSA CBC", []string{"-dtls1_2", "-cipher", "ECDHE-ECDSA-AES256-SHA"}, "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA", secure.Accepted, ""},
		{"PSK CCM_8", []string{"-dtls1_2", "-cipher", "PSK-AES128-CCM8@SECLEVEL=0", "-psk_identity", pskIdentity, "-psk", hexKey},
			"TLS_PSK_WITH_AES_128_CCM_8", secure.Accepted, ""},
		{"ECDHE_PSK CBC", []string{"-dtls1_2", "-cipher", "ECDHE-PSK-AES128-CBC-SHA256", "-psk_identity", pskIdentity, "-psk", hexKey},
			"TLS_ECDHE_PSK_WITH_AES_128_CBC_SHA256", secure.Accepted, ""},
		{"no shared cipher", []string{"-dtls1_2", "-cipher", "DHE-RSA-AES128-GCM-SHA256"}, "", secure.NoSharedCipher,
			"the client offers TLS_DHE_RSA_WITH_AES_128_GCM_SHA256"},
		{"no shared group", []string{"-dtls1_2", "-cipher", "ECDHE-ECDSA-AES128-GCM-SHA256", "-groups", "P-521"}, "",
			secure.NoSharedCipher, "client requested zero or more elliptic curves that are not supported by the server"},
		{"DTLS 1.0", []string{"-dtls1", "-cipher", "ALL@SECLEVEL=0"}, "", secure.NoSharedVersion, "the client offers DTLS 1.0"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel() // s_client takes its time to end
			s := serve(t, dtls.Config{Credentials: c})
			out := sClient(t, s, test.args...)
			h := s.handshake()
			if h.Outcome != test.outcome || h.Detail != test.detail || test.suite != "" && h.Identity.CipherSuite != test.suite {
				t.Errorf("%v: %q with %s\n%s", h.Outcome, h.Detail, h.Identity.CipherSuite, out)
			}
		})
	}
}

const hexKey = "7369787465656e2062797465206b6579" // of pskKey

func TestOpenSSLResumes(t *testing.T) {
	_, c := plant(t)
	for name, args := range map[string][]string{
		"with a certificate": {"-cipher", "ECDHE-ECDSA-AES128-GCM-SHA256"},
		"with a key":         {"-cipher", "PSK-AES128-GCM-SHA256", "-psk_identity", pskIdentity, "-psk", hexKey},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, dtls.Config{Credentials: c})
			session := filepath.Join(t.TempDir(), "session")
			args := append(args, "-dtls1_2")
			sClient(t, s, append(args, "-sess_out", session)...)
			first := s.handshake()
			out := sClient(t, s, append(args, "-sess_in", session)...)
			second := s.handshake()
			if first.Outcome != secure.Accepted || second.Outcome != secure.Accepted || first.Resumed || !second.Resumed {
				t.Errorf("first %+v\nsecond %+v\n%s", first, second, out)
			}
			if first.Identity != second.Identity {
				t.Errorf("identity %+v, then %+v", first.Identity, second.Identity)
			}
			if n := s.Stats(); n.Resumed != 1 {
				t.Errorf("%+v", n)
			}
		})
	}
}

// sessions is a client's pion.SessionStore.
type sessions map[string]pion.Session

func (s sessions) Set(key []byte, session pion.Session) error { s["one"] = session; return nil }
func (s sessions) Get([]byte) (pion.Session, error)           { return s["one"], nil }
func (s sessions) Del([]byte) error                           { delete(s, "one"); return nil }

func TestResumption(t *testing.T) {
	for _, test := range []struct {
		name    string
		between func(*credentials)
		auth    secure.ClientAuth
		client  []pion.ClientOption
		resumed bool
		outcome secure.Outcome
	}{
		{name: "is taken up", resumed: true},
		{name: "goes by the credentials of now: a key that was revoked", between: func(c *credentials) { c.revoke(pskIdentity) },
			outcome: secure.UnknownPSKIdentity},
		{name: "goes by the credentials of now: a key that was deleted", between: func(c *credentials) {
			c.mu.Lock()
			defer c.mu.Unlock()
			delete(c.keys, pskIdentity)
			c.keys["other"] = "x"
		}, outcome: secure.UnknownPSKIdentity},
		{name: "is left out if a Connection ID is asked for",
			client: []pion.ClientOption{pion.WithConnectionIDGenerator(pion.RandomCIDGenerator(4))}},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, c := plant(t)
			s := serve(t, dtls.Config{Credentials: c, ClientAuth: test.auth})
			kept := sessions{}
			options := append(withPSK(pskIdentity, pskKey), pion.WithSessionStore(kept))
			mustTalk(t, s.mustDial(options...), "first")
			s.handshake()
			if test.between != nil {
				test.between(c)
			}
			conn, err := s.dial(append(options, test.client...)...)
			h := s.handshake()
			if h.Outcome != test.outcome || h.Resumed != test.resumed {
				t.Errorf("%+v", h)
			}
			if test.outcome == secure.Accepted {
				if err != nil {
					t.Fatal(err)
				}
				mustTalk(t, conn, "again")
				if h.Identity.PSK != pskIdentity {
					t.Errorf("%+v", h.Identity)
				}
			}
		})
	}
}

func TestAnswersLeaveFromTheAddressThatWasAsked(t *testing.T) {
	if _, err := os.Stat("/proc/net"); err != nil {
		t.Skip("needs all of 127.0.0.0/8")
	}
	_, c := plant(t)
	for _, bound := range []string{"0.0.0.0:0", "[::]:0"} {
		s := serveOn(t, bound, dtls.Config{Credentials: c})
		asked := "127.0.0.2"
		if strings.HasPrefix(bound, "[") {
			asked = "::1"
		}
		// A connected socket takes answers from the address that it asked only.
		udp, err := net.DialUDP("udp", nil, &net.UDPAddr{IP: net.ParseIP(asked), Port: int(s.addr.Port())})
		if err != nil {
			t.Skip(err)
		}
		conn, err := dialOver(t, connected{udp}, udp.RemoteAddr(), withPSK(pskIdentity, pskKey)...)
		if err != nil {
			t.Fatalf("%s: %v", bound, err)
		}
		mustTalk(t, conn, "hello")
		if got := s.conn().LocalAddr().String(); got != asked {
			t.Errorf("%s: asked at %s; want %s", bound, got, asked)
		}
	}
}

// connected is a net.PacketConn of a connected socket.
type connected struct{ *net.UDPConn }

func (c connected) WriteTo(b []byte, _ net.Addr) (int, error) { return c.Write(b) }

func TestChangedCredentialsHoldForTheNextHandshake(t *testing.T) {
	a, c := plant(t)
	s := serve(t, dtls.Config{Credentials: c})
	living := s.mustDial(trusting(a)...)
	mustTalk(t, living, "before")
	other := newAuthority(t, "Another")
	c.mu.Lock()
	c.server = other.issue(t, "gateway", time.Now().Add(time.Hour))
	c.mu.Unlock()
	if _, err := s.dial(trusting(a)...); err == nil {
		t.Error("the certificate of before is still shown")
	}
	mustTalk(t, s.mustDial(trusting(other)...), "new")
	mustTalk(t, living, "after")
}
