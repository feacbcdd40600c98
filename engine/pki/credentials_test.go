package pki

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"sluice/engine/secure"
)

func credentialsOf(t *testing.T, k *Keeper, o CredentialOptions) secure.Credentials {
	t.Helper()
	c, err := k.Credentials(o)
	must(t, err)
	return c
}

// der returns the certificate of an entry.
func (k *Keeper) der(id string) []byte { return k.certs[id].cert.Raw }

func outcome(err error) secure.Outcome {
	var refusal *secure.Refusal
	if errors.As(err, &refusal) {
		return refusal.Outcome
	}
	return secure.Accepted
}

func TestClientsAreVerified(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, theirs := inMemory(t), inMemory(t)
		set, err := k.SetUp("lamp-3")
		must(t, err)
		their, err := theirs.SetUp("lamp-3")
		must(t, err)
		long, err := k.Issue(Request{Name: "lamp-4", Kind: Client, Lifetime: 10 * day})
		must(t, err)
		c := credentialsOf(t, k, CredentialOptions{})
		verify := func(doing string, want secure.Outcome, chain ...[]byte) {
			t.Helper()
			if err := c.VerifyClient(chain); outcome(err) != want {
				t.Errorf("%s: %v", doing, err)
			}
		}
		verify("the device's", secure.Accepted, k.der(set.Device))
		verify("with its authority", secure.Accepted, k.der(set.Device), k.der(set.Authority))
		verify("none", secure.NoCertificate)
		verify("no certificate at all", secure.BadCertificate, []byte("certificate"))
		verify("too many", secure.BadCertificate, make([][]byte, 20)...)
		verify("the server's", secure.WrongUsage, k.der(set.Server))
		verify("another authority's", secure.UnknownAuthority, theirs.der(their.Device), theirs.der(their.Authority))

		_, err = k.Import("theirs", theirs.der(their.Authority), "")
		must(t, err)
		verify("another authority's, now trusted", secure.Accepted, theirs.der(their.Device))
		must(t, k.Revoke(their.Authority))
		if got := outcome(c.VerifyClient([][]byte{theirs.der(their.Device)})); got == secure.Accepted {
			t.Error("an authority that was revoked is trusted")
		}

		must(t, k.Revoke(set.Device))
		verify("a revoked one", secure.Revoked, k.der(set.Device))
		der := k.der(set.Device)
		undo, err := k.Delete(set.Device)
		must(t, err)
		verify("a revoked one that was deleted", secure.Revoked, der)
		must(t, undo())
		must(t, k.Restore(set.Device))
		verify("a restored one", secure.Accepted, k.der(set.Device))

		time.Sleep(10*day + time.Second)
		verify("an expired one", secure.Expired, k.der(long.ID))
	})
}

func TestRevocationReachesLivingSessions(t *testing.T) {
	for name, test := range map[string]struct {
		revoke func(k *Keeper, set Setup) error
		want   bool
	}{
		"nothing":                  {func(*Keeper, Setup) error { return nil }, false},
		"its certificate":          {func(k *Keeper, s Setup) error { return k.Revoke(s.Device) }, true},
		"its authority":            {func(k *Keeper, s Setup) error { return k.Revoke(s.Authority) }, true},
		"authority deleted":        {func(k *Keeper, s Setup) error { _, err := k.Delete(s.Authority); return err }, true},
		"certificate deleted":      {func(k *Keeper, s Setup) error { _, err := k.Delete(s.Device); return err }, false},
		"the server's certificate": {func(k *Keeper, s Setup) error { return k.Revoke(s.Server) }, false},
		"revoked, then deleted": {func(k *Keeper, s Setup) error {
			if err := k.Revoke(s.Device); err != nil {
				return err
			}
			_, err := k.Delete(s.Device)
			return err
		}, true},
		"restored": {func(k *Keeper, s Setup) error { return errors.Join(k.Revoke(s.Device), k.Restore(s.Device)) }, false},
	} {
		t.Run(name, func(t *testing.T) {
			k := inMemory(t)
			set, err := k.SetUp("lamp-3")
			must(t, err)
			c := credentialsOf(t, k, CredentialOptions{})
			must(t, c.VerifyClient([][]byte{k.der(set.Device)}))
			must(t, test.revoke(k, set))
			if got := c.Revoked(secure.Identity{Fingerprint: set.Device}); got != test.want {
				t.Errorf("revoked: %v", got)
			}
		})
	}
}

func TestRevokedIssuerOfWhatIsNotKept(t *testing.T) {
	k, theirs := inMemory(t), inMemory(t)
	their, err := theirs.SetUp("lamp-3")
	must(t, err)
	_, err = k.Import("", theirs.der(their.Authority), "")
	must(t, err)
	c := credentialsOf(t, k, CredentialOptions{})
	must(t, c.VerifyClient([][]byte{theirs.der(their.Device)}))
	who := secure.Identity{Fingerprint: their.Device}
	if c.Revoked(who) {
		t.Error("revoked before anything was")
	}
	undo, err := k.Delete(their.Authority)
	must(t, err)
	if !c.Revoked(who) {
		t.Error("the authority is not trusted any more, and its client stays")
	}
	must(t, undo())
	must(t, k.Revoke(their.Authority))
	if !c.Revoked(who) {
		t.Error("the authority was revoked, and its client stays")
	}
}

func TestPSKOfLivingSessions(t *testing.T) {
	k := inMemory(t)
	c := credentialsOf(t, k, CredentialOptions{})
	if c.HasPSK() {
		t.Error("there is one")
	}
	must(t, k.AddPSK("lamp-3", []byte("0123456789abcdef"), ""))
	if key, ok := c.PSK([]byte("lamp-3")); !ok || string(key) != "0123456789abcdef" || !c.HasPSK() {
		t.Errorf("%q, %v", key, ok)
	}
	if _, ok := c.PSK([]byte("lamp-4")); ok {
		t.Error("an identity that nobody defined has a key")
	}
	who := secure.Identity{PSK: "lamp-3"}
	must(t, k.AddPSK("lamp-3", []byte("fedcba9876543210"), ""))
	if key, _ := c.PSK([]byte("lamp-3")); string(key) != "fedcba9876543210" || c.Revoked(who) {
		t.Errorf("a replaced key: %q, revoked %v", key, c.Revoked(who))
	}
	var told atomic.Int32
	stop := k.OnRevoked(func() {
		if c.Revoked(who) {
			told.Add(1)
		}
	})
	_, err := k.DeletePSK("lamp-3")
	must(t, err)
	if told.Load() != 1 {
		t.Errorf("told %d times that the key is gone", told.Load())
	}
	stop()
	must(t, k.AddPSK("lamp-3", []byte("fedcba9876543210"), ""))
	_, err = k.DeletePSK("lamp-3")
	must(t, err)
	if told.Load() != 1 {
		t.Error("told after it was stopped")
	}
}

func TestServerCertificateThatFits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := inMemory(t)
		c := credentialsOf(t, k, CredentialOptions{})
		if _, err := c.ServerCertificate(""); outcome(err) != secure.NoServerCertificate {
			t.Errorf("of none: %v", err)
		}
		_, err := k.CreateAuthority("", 0)
		must(t, err)
		issue := func(name string, lifetime time.Duration) string {
			e, err := k.Issue(Request{Name: name, Kind: Server, Lifetime: lifetime})
			must(t, err)
			time.Sleep(time.Hour)
			return e.ID
		}
		a, b := issue("a.example", 10*day), issue("b.example", 20*day)
		issue("short.example", time.Hour/2)
		shown := func(c secure.Credentials, name, want string) {
			t.Helper()
			got, err := c.ServerCertificate(name)
			must(t, err)
			if Fingerprint(got.Certificate[0]) != want {
				t.Errorf("for %q: %s", name, got.Leaf.Subject.CommonName)
			}
			if len(got.Certificate) != 1 {
				t.Error("the root is shown, too")
			}
		}
		shown(c, "a.example", a)
		shown(c, "b.example", b)
		shown(c, "", b)
		shown(c, "other.example", b)
		shown(c, "short.example", b)
		named := credentialsOf(t, k, CredentialOptions{Certificate: "a.example"})
		shown(named, "b.example", a)
		for _, name := range []string{"short.example", "missing"} {
			_, err := credentialsOf(t, k, CredentialOptions{Certificate: name}).ServerCertificate("")
			if outcome(err) != secure.NoServerCertificate || !strings.Contains(err.Error(), name) {
				t.Errorf("%v", err)
			}
		}
		must(t, k.Revoke(b))
		shown(c, "b.example", a)
		time.Sleep(20 * day)
		if _, err := c.ServerCertificate(""); outcome(err) != secure.NoServerCertificate || !strings.Contains(err.Error(), "only") {
			t.Errorf("of expired ones: %v", err)
		}
	})
}

// writeFile writes a file whose modification time nobody had before.
func writeFile(t *testing.T, path string, data []byte, modified time.Time) {
	t.Helper()
	must(t, os.WriteFile(path, data, 0o600))
	must(t, os.Chtimes(path, modified, modified))
}

func pemOf(t *testing.T, k *Keeper, id string) (cert, key []byte) {
	t.Helper()
	signer, err := k.certs[id].unseal(k.box)
	must(t, err)
	der, err := x509.MarshalPKCS8PrivateKey(signer)
	must(t, err)
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: k.der(id)}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
}

func TestFilesOfCredentialsAreReadAgainWhenTheyChange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		maker := inMemory(t)
		first, err := maker.SetUp("lamp-3")
		must(t, err)
		secondServer, err := maker.Issue(Request{Name: "second.example", Kind: Server})
		must(t, err)
		other := inMemory(t)
		otherSet, err := other.SetUp("lamp-3")
		must(t, err)

		folder := t.TempDir()
		certFile, keyFile, caFile := filepath.Join(folder, "cert.pem"), filepath.Join(folder, "key.pem"), filepath.Join(folder, "ca.pem")
		cert, key := pemOf(t, maker, first.Server)
		ca, _ := pemOf(t, maker, first.Authority)
		writeFile(t, certFile, cert, time.Unix(1, 0))
		writeFile(t, keyFile, key, time.Unix(1, 0))
		writeFile(t, caFile, ca, time.Unix(1, 0))
		var log bytes.Buffer
		k := keeperOf(t, Options{Log: slog.New(slog.NewTextHandler(&log, nil))})
		c := credentialsOf(t, k, CredentialOptions{CertFile: certFile, KeyFile: keyFile, CACertFile: caFile})
		shows := func(id string) {
			t.Helper()
			got, err := c.ServerCertificate("any.example")
			must(t, err)
			if Fingerprint(got.Certificate[0]) != id {
				t.Errorf("shows %s", got.Leaf.Subject)
			}
		}
		shows(first.Server)
		must(t, c.VerifyClient([][]byte{maker.der(first.Device)}))

		cert, key = pemOf(t, maker, secondServer.ID)
		writeFile(t, certFile, cert, time.Unix(2, 0))
		shows(first.Server) // a second has not passed
		time.Sleep(2 * time.Second)
		shows(first.Server) // the key does not fit yet
		if !strings.Contains(log.String(), "cannot be used") {
			t.Errorf("the log does not say so: %s", &log)
		}
		lines := strings.Count(log.String(), "\n")
		time.Sleep(2 * time.Second)
		shows(first.Server)
		if strings.Count(log.String(), "\n") != lines {
			t.Errorf("it is said more than once: %s", &log)
		}
		writeFile(t, keyFile, key, time.Unix(2, 0))
		time.Sleep(2 * time.Second)
		shows(secondServer.ID)

		ca, _ = pemOf(t, other, otherSet.Authority)
		writeFile(t, caFile, ca, time.Unix(2, 0))
		time.Sleep(2 * time.Second)
		if got := outcome(c.VerifyClient([][]byte{maker.der(first.Device)})); got != secure.UnknownAuthority {
			t.Errorf("a client of the authority before: %v", got)
		}
		must(t, c.VerifyClient([][]byte{other.der(otherSet.Device)}))

		must(t, os.Remove(certFile))
		time.Sleep(2 * time.Second)
		shows(secondServer.ID)
		writeFile(t, certFile, cert, time.Unix(3, 0))
		time.Sleep(2 * time.Second)
		shows(secondServer.ID)
	})
}

func TestFilesOfCredentialsThatCannotBeUsed(t *testing.T) {
	k := inMemory(t)
	set, err := k.SetUp("lamp-3")
	must(t, err)
	folder := t.TempDir()
	path := func(name string, data []byte) string {
		file := filepath.Join(folder, name)
		must(t, os.WriteFile(file, data, 0o600))
		return file
	}
	cert, key := pemOf(t, k, set.Server)
	_, otherKey := pemOf(t, k, set.Device)
	certFile := path("cert.pem", cert)
	otherKeyFile, keyFile := path("other.key", otherKey), path("server.key", key)
	for _, tt := range []struct {
		name string
		o    CredentialOptions
		want string
	}{
		{"missing", CredentialOptions{CertFile: filepath.Join(folder, "missing.pem")}, "missing.pem"},
		{"without a key", CredentialOptions{CertFile: certFile}, "cert.pem: its private key is not in it"},
		{"a key without a certificate", CredentialOptions{CertFile: keyFile}, "server.key: there is no certificate in it"},
		{"another key", CredentialOptions{CertFile: certFile, KeyFile: otherKeyFile}, "other.key is not that of its certificate"},
		{"no key", CredentialOptions{CertFile: certFile, KeyFile: path("text.key", cert)}, "text.key"},
		{"key missing", CredentialOptions{CertFile: certFile, KeyFile: filepath.Join(folder, "missing.key")}, "missing.key"},
		{"a key alone", CredentialOptions{KeyFile: keyFile}, "server.key"},
		{"no certificate", CredentialOptions{CertFile: path("text.pem", []byte("hello"))}, "text.pem"},
		{"no authority", CredentialOptions{CACertFile: certFile}, "cert.pem"},
		{"authorities missing", CredentialOptions{CACertFile: filepath.Join(folder, "ca.pem")}, "ca.pem"},
		{"a folder", CredentialOptions{CertFile: folder}, folder},
	} {
		_, err := k.Credentials(tt.o)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %s", tt.name, err, tt.want)
		}
	}
	c := credentialsOf(t, k, CredentialOptions{CertFile: path("both.pem", append(key, cert...))})
	if _, err := c.ServerCertificate(""); err != nil {
		t.Error(err)
	}
	files, err := k.Export(set.Server, PKCS12, ExportOptions{Password: "hunter2"})
	must(t, err)
	bundle := path("server.p12", files[0].Data)
	credentialsOf(t, k, CredentialOptions{CertFile: bundle, Password: "hunter2"})
	if _, err := k.Credentials(CredentialOptions{CertFile: bundle, Password: "hunter3"}); !errors.Is(err, ErrPassword) {
		t.Errorf("a wrong password: %v", err)
	}
}

func TestIssuersOfManyClientsAreRememberedWithinBounds(t *testing.T) {
	var l letIn
	for i := range 3 * maxLetIn {
		l.remember(string(rune(i)), []string{"authority"})
	}
	if len(l.issuer) > maxLetIn || len(l.order) > maxLetIn {
		t.Errorf("%d are remembered", len(l.issuer))
	}
}

func BenchmarkPSK(b *testing.B) {
	k, err := OpenKeeper(Options{})
	if err != nil {
		b.Fatal(err)
	}
	if err := k.AddPSK("lamp-3", []byte("0123456789abcdef"), ""); err != nil {
		b.Fatal(err)
	}
	c, err := k.Credentials(CredentialOptions{})
	if err != nil {
		b.Fatal(err)
	}
	identity := []byte("lamp-3")
	for b.Loop() {
		if _, ok := c.PSK(identity); !ok {
			b.Fatal("it is gone")
		}
	}
}
