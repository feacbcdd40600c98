package pki

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"sluice/engine/secure"
)

// tlsServer answers handshakes of config on loopback, one at a time.
type tlsServer struct {
	t       *testing.T
	address string
	ended   chan serverHandshake
}

type serverHandshake struct {
	state tls.ConnectionState
	err   error
}

func serveTLS(t *testing.T, config *tls.Config) *tlsServer {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	s := &tlsServer{t: t, address: listener.Addr().String(), ended: make(chan serverHandshake, 1)}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			plain, err := listener.Accept()
			if err != nil {
				return
			}
			_ = plain.SetDeadline(time.Now().Add(5 * time.Second))
			conn := tls.Server(plain, config)
			err = conn.HandshakeContext(context.Background())
			if err == nil {
				_, _ = conn.Write([]byte("hello")) // brings the tickets of TLS 1.3 along
			}
			s.ended <- serverHandshake{conn.ConnectionState(), err}
			_ = conn.Close()
		}
	}()
	t.Cleanup(func() {
		must(t, listener.Close())
		<-done
	})
	return s
}

// connect makes a handshake and returns how it ended for the server.
func (s *tlsServer) connect(config *tls.Config) serverHandshake {
	s.t.Helper()
	plain, err := net.Dial("tcp", s.address)
	must(s.t, err)
	defer func() { _ = plain.Close() }()
	_ = plain.SetDeadline(time.Now().Add(5 * time.Second))
	conn := tls.Client(plain, config)
	if conn.Handshake() == nil {
		_, _ = conn.Read(make([]byte, 5))
	}
	_ = plain.Close()
	return <-s.ended
}

func tlsConfig(t *testing.T, k *Keeper, auth secure.ClientAuth, ciphers, versions []string) *tls.Config {
	t.Helper()
	config, err := TLSConfig(credentialsOf(t, k, CredentialOptions{}), auth, ciphers, versions)
	must(t, err)
	return config
}

// device is the configuration of a client that trusts the authority and shows the certificate, unless it is empty.
func (k *Keeper) device(t *testing.T, authority, id string) *tls.Config {
	t.Helper()
	config := &tls.Config{ServerName: "localhost", RootCAs: x509.NewCertPool()}
	config.RootCAs.AddCert(k.certs[authority].cert)
	if id != "" {
		pair, err := k.pair(k.certs[id], k.box)
		must(t, err)
		config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return pair.TLS(), nil }
	}
	return config
}

func TestTLSHandshakes(t *testing.T) {
	k := inMemory(t)
	set, err := k.SetUp("lamp-3")
	must(t, err)
	theirs := inMemory(t)
	their, err := theirs.SetUp("lamp-3")
	must(t, err)
	stranger := theirs.device(t, their.Authority, their.Device)
	stranger.RootCAs.AddCert(k.certs[set.Authority].cert)
	revoked, err := k.Issue(Request{Name: "lamp-4", Kind: Client})
	must(t, err)
	lamp4 := k.device(t, set.Authority, revoked.ID)
	must(t, k.Revoke(revoked.ID))
	distrustful := k.device(t, set.Authority, "")
	distrustful.RootCAs = x509.NewCertPool()
	old := k.device(t, set.Authority, set.Device)
	old.MaxVersion, old.MinVersion = tls.VersionTLS11, tls.VersionTLS11
	oneCipher := k.device(t, set.Authority, set.Device)
	oneCipher.MaxVersion, oneCipher.CipherSuites = tls.VersionTLS12, []uint16{tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256}

	for name, test := range map[string]struct {
		auth   secure.ClientAuth
		client *tls.Config
		want   secure.Outcome
		detail string
	}{
		"good certificate":          {secure.RequireCert, k.device(t, set.Authority, set.Device), secure.Accepted, ""},
		"none asked for":            {secure.VerifyNone, k.device(t, set.Authority, set.Device), secure.Accepted, ""},
		"none shown":                {secure.VerifyIfGiven, k.device(t, set.Authority, ""), secure.Accepted, ""},
		"none where one is needed":  {secure.RequireCert, k.device(t, set.Authority, ""), secure.NoCertificate, ""},
		"of another authority":      {secure.VerifyIfGiven, stranger, secure.UnknownAuthority, authorityName},
		"revoked":                   {secure.VerifyIfGiven, lamp4, secure.Revoked, "lamp-4"},
		"not for clients":           {secure.RequireCert, k.device(t, set.Authority, set.Server), secure.WrongUsage, ""},
		"our authority is unknown":  {secure.VerifyNone, distrustful, secure.RefusedByPeer, "does not"},
		"old version":               {secure.VerifyNone, old, secure.NoSharedVersion, ""},
		"no cipher suite in common": {secure.VerifyNone, oneCipher, secure.NoSharedCipher, ""},
	} {
		for _, version := range []string{"tlsv1.2", "tlsv1.3"} {
			if version == "tlsv1.3" && test.client == oneCipher {
				continue
			}
			t.Run(name+" "+version, func(t *testing.T) {
				ended := serveTLS(t, tlsConfig(t, k, test.auth, nil, []string{version})).connect(test.client.Clone())
				if ended.err == nil {
					if test.want != secure.Accepted {
						t.Error("accepted")
					}
					return
				}
				if test.want == secure.Accepted {
					t.Errorf("refused: %v", ended.err)
				}
				var why *secure.Refusal // of what crypto/tls refuses the broker tells the outcome
				if errors.As(ended.err, &why) && (why.Outcome != test.want || !strings.Contains(why.Detail, test.detail)) {
					t.Errorf("%v, want %v", why, test.want)
				}
			})
		}
	}
}

func TestARevokedClientCannotTakeUpItsSession(t *testing.T) {
	for _, version := range []string{"tlsv1.2", "tlsv1.3"} {
		t.Run(version, func(t *testing.T) {
			k := inMemory(t)
			set, err := k.SetUp("lamp-3")
			must(t, err)
			s := serveTLS(t, tlsConfig(t, k, secure.RequireCert, nil, []string{version}))
			client := k.device(t, set.Authority, set.Device)
			client.ClientSessionCache = tls.NewLRUClientSessionCache(4)
			must(t, s.connect(client).err)
			again := s.connect(client)
			must(t, again.err)
			if !again.state.DidResume {
				t.Error("the session was not taken up, so this test says nothing")
			}
			must(t, k.Revoke(set.Device))
			var why *secure.Refusal
			if ended := s.connect(client); !errors.As(ended.err, &why) || why.Outcome != secure.Revoked {
				t.Errorf("%v", ended.err)
			}
		})
	}
}

func TestAuthoritiesAreNamedToClientsAsTheyAreNow(t *testing.T) {
	k := inMemory(t)
	set, err := k.SetUp("lamp-3")
	must(t, err)
	s := serveTLS(t, tlsConfig(t, k, secure.VerifyIfGiven, nil, nil))
	asked := func() (subjects []string) {
		client := k.device(t, set.Authority, set.Device)
		show := client.GetClientCertificate
		client.GetClientCertificate = func(info *tls.CertificateRequestInfo) (*tls.Certificate, error) {
			for _, raw := range info.AcceptableCAs {
				subjects = append(subjects, string(raw))
			}
			return show(info)
		}
		s.connect(client)
		return subjects
	}
	if got := asked(); len(got) != 1 {
		t.Errorf("%d are named", len(got))
	}
	_, err = k.CreateAuthority("Plant", 0)
	must(t, err)
	if got := asked(); len(got) != 2 {
		t.Errorf("%d are named", len(got))
	}
}

func TestTLSConfigByName(t *testing.T) {
	k := inMemory(t)
	config := tlsConfig(t, k, secure.VerifyNone, []string{"TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"}, []string{"tlsv1.3", "tlsv1.2", "tlsv1.1"})
	if config.MinVersion != tls.VersionTLS12 || config.MaxVersion != tls.VersionTLS13 ||
		!slices.Equal(config.CipherSuites, []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256}) {
		t.Errorf("%x to %x, %x", config.MinVersion, config.MaxVersion, config.CipherSuites)
	}
	c := credentialsOf(t, k, CredentialOptions{})
	for _, bad := range []struct{ ciphers, versions []string }{
		{[]string{"TLS_RSA_WITH_RC4_128_SHA"}, nil}, {[]string{"nonsense"}, nil}, {nil, []string{"tlsv1.1"}}, {nil, []string{"tlsv9"}},
	} {
		if _, err := TLSConfig(c, secure.VerifyNone, bad.ciphers, bad.versions); err == nil {
			t.Errorf("%v is accepted", bad)
		}
	}
}
