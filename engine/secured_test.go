package engine

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/plgd-dev/go-coap/v3/message/codes"

	"sluice/engine/dtls"
	"sluice/engine/pki"
	"sluice/engine/record"
	"sluice/engine/secure"
	"sluice/engine/settings"
)

// secureListeners are coaps, mqtts and wss on free ports, in this order.
func secureListeners() []settings.Listener {
	return []settings.Listener{{Bind: "coaps://127.0.0.1:0", Dialect: settings.DialectAuto}, {Bind: "mqtts://127.0.0.1:0"}, {Bind: "wss://127.0.0.1:0"}}
}

// engineWith makes an engine with listeners that has not begun, on a keeper in memory.
func engineWith(t *testing.T, listeners ...settings.Listener) *secureBench {
	t.Helper()
	keys, err := pki.OpenKeeper(pki.Options{})
	if err != nil {
		t.Fatal(err)
	}
	s := settings.Default()
	s.Listeners = listeners
	e, err := New(Config{Settings: s, Keys: keys, Watch: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return &secureBench{e, t, keys}
}

func (b *secureBench) start() {
	b.t.Helper()
	if err := b.Start(context.Background()); err != nil {
		b.t.Fatal(err)
	}
}

func (b *secureBench) setUp() {
	b.t.Helper()
	if _, err := b.keys.SetUp(""); err != nil {
		b.t.Fatal(err)
	}
}

// trusted is the pool of the keeper's authority.
func (b *secureBench) trusted() *x509.CertPool {
	b.t.Helper()
	pool := x509.NewCertPool()
	for _, e := range b.keys.Entries() {
		if e.Kind != pki.Authority {
			continue
		}
		files, err := b.keys.Export(e.ID, pki.PEM, pki.ExportOptions{})
		if err != nil {
			b.t.Fatal(err)
		}
		pool.AppendCertsFromPEM(files[0].Data)
	}
	return pool
}

// dialTLS shakes hands with a listener of mqtts or wss.
func (b *secureBench) dialTLS(listener int, c *tls.Config) (*tls.Conn, error) {
	b.t.Helper()
	c.RootCAs, c.ServerName = b.trusted(), "127.0.0.1"
	conn, err := tls.DialWithDialer(&net.Dialer{Timeout: patience}, "tcp", b.Status().Listeners[listener].Addr, c)
	if err == nil {
		b.t.Cleanup(func() { _ = conn.Close() })
	}
	return conn, err
}

// TestListenersLackCredentials: a secure listener that has nothing to show says what to do, keeps the others from nothing,
// and is there as soon as there is something.
func TestListenersLackCredentials(t *testing.T) {
	b := engineWith(t, append(secureListeners(), settings.Listener{Bind: "coap://127.0.0.1:0", Dialect: settings.DialectAuto})...)
	err := b.Start(t.Context())
	var failed *ListenerError
	if !errors.As(err, &failed) || failed.InUse || !strings.Contains(err.Error(), "Certificates") || !errors.Is(err, errNoCredentials) || !errors.Is(err, errNoCertificate) {
		t.Fatalf("got %v", err)
	}
	bound := func() (bound []bool) {
		for _, l := range b.Status().Listeners {
			bound = append(bound, l.Err == nil)
		}
		return bound
	}
	if got := bound(); !slices.Equal(got, []bool{false, false, false, true}) {
		t.Errorf("bound: %v", got)
	}
	if err := b.keys.AddPSK("lamp", []byte("0123456789abcdef"), ""); err != nil {
		t.Fatal(err)
	}
	await(t, "a pre-shared key is enough for coaps", func() bool { return slices.Equal(bound(), []bool{true, false, false, true}) })
	before := b.addrs()
	b.setUp()
	await(t, "all are bound", func() bool { return b.Status().State == Running })
	if after := b.addrs(); after[0] != before[0] || after[3] != before[3] {
		t.Errorf("bound anew: %v after %v", after, before)
	}
}

func (b *secureBench) addrs() (addrs []string) {
	for _, l := range b.Status().Listeners {
		addrs = append(addrs, l.Addr)
	}
	return addrs
}

// TestSecureClientsAreShown: what a client proved, and the messages inside of its session.
func TestSecureClientsAreShown(t *testing.T) {
	listeners := secureListeners()
	listeners[0].DTLSOptions = &settings.TLSOptions{Verify: settings.VerifyPeer}
	b := engineWith(t, listeners...)
	b.setUp()
	b.start()
	for i, scheme := range []string{"coaps", "mqtts", "wss"} {
		if l := b.Status().Listeners[i]; l.Scheme != scheme || l.Err != nil {
			t.Errorf("listener %d is %+v", i, l)
		}
	}
	d := b.certified("lamp-3")
	if m := d.ask(codes.PUT, "/ps/a", "", -1, "21.5"); m.Code != codes.Changed {
		t.Fatalf("answered %v", m)
	}
	i := slices.IndexFunc(b.Clients(), func(c Client) bool { return c.Transport == "coaps" })
	if i < 0 {
		t.Fatal("the client is not shown")
	}
	if c := b.Clients()[i]; c.Identity.CommonName != "lamp-3" || c.Identity.CipherSuite == "" || !c.IsCoAP() || !c.Datagrams() || c.Listener != "coaps://127.0.0.1:0" {
		t.Errorf("%+v", c)
	}
	frames := b.Record().Since(0, 100)
	if len(frames) < 2 || frames[0].Protocol != record.CoAP || frames[0].Listener != "coaps://127.0.0.1:0" || !bytes.HasSuffix(frames[0].Data, []byte("\xff21.5")) {
		t.Errorf("recorded %+v", frames)
	}
	shakes := b.keys.Handshakes()
	if len(shakes) != 1 || shakes[0].Outcome != secure.Accepted || shakes[0].Identity.CommonName != "lamp-3" || shakes[0].Listener != "coaps://127.0.0.1:0" {
		t.Errorf("handshakes %+v", shakes)
	}
	found := false
	for _, limit := range b.Limits() {
		found = found || limit.Name == "max_handshakes" && limit.Listener == "coaps://127.0.0.1:0"
	}
	if !found {
		t.Error("the limit of handshakes is not shown")
	}
}

// TestRevocationEndsClients: over DTLS and TLS, and with what would outlive the session.
func TestRevocationEndsClients(t *testing.T) {
	listeners := secureListeners()[:2]
	listeners[0].DTLSOptions = &settings.TLSOptions{Verify: settings.VerifyPeer}
	listeners[1].SSLOptions = &settings.TLSOptions{Verify: settings.VerifyPeer, FailIfNoPeerCert: true}
	b := engineWith(t, listeners...)
	b.setUp()
	b.start()
	revoked, stays, keyed := b.certified("lamp-1"), b.certified("lamp-2"), b.keyed("lamp-3", "")
	for i, d := range []*device{revoked, stays, keyed} {
		if m := d.ask(codes.POST, "/mqtt/connection", "clientid="+string(rune('a'+i)), -1, ""); m.Code != codes.Created {
			t.Fatalf("answered %v", m)
		}
	}
	entry := func(name string) pki.Entry {
		i := slices.IndexFunc(b.keys.Entries(), func(e pki.Entry) bool { return e.Name == name })
		return b.keys.Entries()[i]
	}
	pair := b.pair(entry("lamp-1").ID)
	mqtts, err := b.dialTLS(1, &tls.Config{Certificates: []tls.Certificate{pair}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.keys.DeletePSK("lamp-3"); err != nil {
		t.Fatal(err)
	}
	if err := b.keys.Revoke(entry("lamp-1").ID); err != nil {
		t.Fatal(err)
	}
	if clients := b.Clients(); len(clients) != 1 || clients[0].Identity.CommonName != "lamp-2" {
		t.Errorf("left are %+v", clients)
	}
	for _, d := range []*device{revoked, keyed} {
		_ = d.conn.SetReadDeadline(time.Now().Add(patience))
		if _, err := d.conn.Read(make([]byte, 100)); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("the session goes on: %v", err)
		}
	}
	_ = mqtts.SetReadDeadline(time.Now().Add(patience))
	if _, err := mqtts.Read(make([]byte, 100)); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("the connection goes on: %v", err)
	}
	stays.ask(codes.GET, "/ps/a", "", -1, "")
	conn, err := b.dialTLS(1, &tls.Config{Certificates: []tls.Certificate{pair}})
	if err == nil { // TLS 1.3 tells a client afterwards
		_, err = conn.Read(make([]byte, 1))
	}
	if err == nil {
		t.Error("the revoked certificate is let in")
	}
	await(t, "the refusal is noted", func() bool {
		return slices.ContainsFunc(b.keys.Handshakes(), func(h secure.Handshake) bool {
			return h.Outcome == secure.Revoked && h.Listener == "mqtts://127.0.0.1:0"
		})
	})
}

// pair is a certificate of the keeper with its key.
func (b *secureBench) pair(id string) tls.Certificate {
	b.t.Helper()
	files, err := b.keys.Export(id, pki.PEM, pki.ExportOptions{})
	if err != nil {
		b.t.Fatal(err)
	}
	pair, err := tls.X509KeyPair(files[0].Data, files[1].Data)
	if err != nil {
		b.t.Fatal(err)
	}
	return pair
}

// TestCertificatesOfFiles: a listener shows and trusts what its files say, and not what the keeper has.
func TestCertificatesOfFiles(t *testing.T) {
	folder := t.TempDir()
	authority, err := pki.NewAuthority("Elsewhere", time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	server, err := authority.Issue(pki.Request{Name: "server", Kind: pki.Server, Lifetime: time.Hour, Names: []string{"127.0.0.1"}})
	if err != nil {
		t.Fatal(err)
	}
	files, err := server.Export(pki.PEM, authority.Chain[0], pki.ExportOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if err := os.WriteFile(filepath.Join(folder, f.Name), f.Data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	listeners := secureListeners()[:2]
	listeners[1].SSLOptions = &settings.TLSOptions{
		CertFile: filepath.Join(folder, "server.pem"), KeyFile: filepath.Join(folder, "server.key"), CACertFile: filepath.Join(folder, "ca.pem"),
	}
	listeners[0].DTLSOptions = &settings.TLSOptions{CertFile: filepath.Join(folder, "nothing.pem")}
	s := settings.Default()
	s.Listeners = listeners
	e, err := New(Config{Settings: s}) // without a keeper
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	if err := e.Start(t.Context()); err == nil || !strings.Contains(err.Error(), "nothing.pem") {
		t.Errorf("got %v", err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(authority.Chain[0])
	conn, err := tls.Dial("tcp", e.Status().Listeners[1].Addr, &tls.Config{RootCAs: pool, ServerName: "127.0.0.1"})
	if err != nil {
		t.Fatal(err)
	}
	_ = conn.Close()
}

// TestDepth: no more authorities may stand between a certificate and a trusted one than the listener says.
func TestDepth(t *testing.T) {
	for _, tt := range []struct {
		chain, depth int
		refused      bool
	}{{1, 0, false}, {2, 0, true}, {2, 1, false}, {12, 10, true}} {
		err := shallow{accepting{}, tt.depth}.VerifyClient(make([][]byte, tt.chain))
		var refusal *secure.Refusal
		if errors.As(err, &refusal) != tt.refused {
			t.Errorf("%d certificates, depth %d: %v", tt.chain, tt.depth, err)
		}
	}
}

// accepting lets every client in.
type accepting struct{ secure.Credentials }

func (accepting) VerifyClient([][]byte) error { return nil }

// TestCipherSuitesAgree: what may be set is what is spoken.
func TestCipherSuitesAgree(t *testing.T) {
	for scheme, spoken := range map[string][]string{"coaps": dtls.CipherSuites(), "mqtts": pki.CipherSuitesTLS(), "wss": pki.CipherSuitesTLS()} {
		settable := settings.CipherSuites(scheme)
		slices.Sort(settable)
		slices.Sort(spoken)
		if !slices.Equal(settable, spoken) {
			t.Errorf("%s: may be set: %v\nspoken: %v", scheme, settable, spoken)
		}
	}
}
