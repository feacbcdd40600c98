package engine

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"sluice/engine/pki"
	"sluice/engine/secure"
	"sluice/engine/settings"
)

// secureLibcoap runs one of libcoap's clients and returns what it printed.
func secureLibcoap(t *testing.T, program string, args ...string) (string, error) {
	t.Helper()
	path, err := exec.LookPath(program)
	if err != nil {
		t.Skipf("%s is not installed", program)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	command := exec.CommandContext(ctx, path, args...)
	var out bytes.Buffer
	command.Stdout, command.Stderr = &out, &out
	err = command.Run()
	return strings.TrimSpace(out.String()), err
}

// written puts an export into a folder and returns the paths.
func written(t *testing.T, files []pki.File) (paths []string) {
	t.Helper()
	folder := t.TempDir()
	for _, f := range files {
		path := filepath.Join(folder, f.Name)
		if err := os.WriteFile(path, f.Data, 0o600); err != nil {
			t.Fatal(err)
		}
		paths = append(paths, path)
	}
	return paths
}

// expired is a certificate of an authority that is trusted, and its key.
func (b *secureBench) expired() []pki.File {
	b.t.Helper()
	authority, err := pki.NewAuthority("Trusted", time.Hour)
	if err != nil {
		b.t.Fatal(err)
	}
	root := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: authority.Chain[0].Raw})
	if _, err := b.keys.Import("", root, ""); err != nil {
		b.t.Fatal(err)
	}
	pair, err := authority.Issue(pki.Request{Name: "lamp-5", Kind: pki.Client, Lifetime: time.Minute})
	if err != nil {
		b.t.Fatal(err)
	}
	old := *pair.Chain[0]
	old.NotBefore, old.NotAfter = time.Now().Add(-2*time.Hour), time.Now().Add(-time.Hour)
	der, err := x509.CreateCertificate(rand.Reader, &old, authority.Chain[0], pair.Key.Public(), authority.Key)
	if err != nil {
		b.t.Fatal(err)
	}
	if pair.Chain[0], err = x509.ParseCertificate(der); err != nil {
		b.t.Fatal(err)
	}
	files, err := pair.Export(pki.PEM, nil, pki.ExportOptions{})
	if err != nil {
		b.t.Fatal(err)
	}
	return files
}

// TestLibcoapOverDTLS: libcoap's clients publish, read and observe with each kind of credentials, and are refused with a
// reason without them.
func TestLibcoapOverDTLS(t *testing.T) {
	const key = "0123456789abcdef"
	other, err := pki.NewAuthority("Somebody else", time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	stranger, err := other.Issue(pki.Request{Name: "lamp-3", Kind: pki.Client, Lifetime: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	foreign, err := stranger.Export(pki.PEM, nil, pki.ExportOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, program := range []string{"coap-client-openssl", "coap-client-gnutls"} {
		t.Run(program, func(t *testing.T) {
			any := settings.Listener{
				Bind: "coaps://127.0.0.1:0", Dialect: settings.DialectAuto,
				DTLSOptions: &settings.TLSOptions{Verify: settings.VerifyPeer},
			}
			strict := any
			strict.DTLSOptions = &settings.TLSOptions{Verify: settings.VerifyPeer, FailIfNoPeerCert: true}
			b := engineWith(t, any, strict)
			made, err := b.keys.SetUp("lamp-3")
			if err != nil {
				t.Fatal(err)
			}
			if err := b.keys.AddPSK("lamp-4", []byte(key), ""); err != nil {
				t.Fatal(err)
			}
			b.start()
			export := func(id string) []string { // the certificate, its key, the authority
				files, err := b.keys.Export(id, pki.PEM, pki.ExportOptions{})
				if err != nil {
					t.Fatal(err)
				}
				return written(t, files)
			}
			paths := export(made.Device)
			withdrawn, err := b.keys.Issue(pki.Request{Name: "lamp-6", Kind: pki.Client, Lifetime: time.Hour})
			if err != nil {
				t.Fatal(err)
			}
			revoked, expired := export(withdrawn.ID), written(t, b.expired())
			if err := b.keys.Revoke(withdrawn.ID); err != nil {
				t.Fatal(err)
			}
			strange := written(t, foreign)
			trusting := []string{"-R", paths[2]}
			certified := append([]string{"-c", paths[0], "-j", paths[1]}, trusting...)
			keyed := []string{"-u", "lamp-4", "-k", key}
			run := func(listener int, credentials []string, args ...string) (string, error) {
				t.Helper()
				url := "coaps://" + b.Status().Listeners[listener].Addr
				args[len(args)-1] = url + args[len(args)-1]
				return secureLibcoap(t, program, slices.Concat(credentials, args)...)
			}
			for name, credentials := range map[string][]string{"server certificate": trusting, "client certificate": certified, "pre-shared key": keyed} {
				t.Run(name, func(t *testing.T) {
					if out, err := run(0, credentials, "-m", "put", "-e", "21.5", "/ps/plant/temp"); err != nil || out != "" {
						t.Fatalf("publish: %v %s", err, out)
					}
					if out, err := run(0, credentials, "-m", "get", "/ps/plant/temp"); err != nil || out != "21.5" {
						t.Errorf("read: %v %s", err, out)
					}
					observed := make(chan string, 1)
					go func() {
						out, _ := run(0, credentials, "-m", "get", "-s", "2", "/ps/plant/seen")
						observed <- out
					}()
					await(t, "it observes", func() bool { return len(b.Observers()) == 1 })
					if _, err := run(0, credentials, "-m", "put", "-e", "notified", "/ps/plant/seen"); err != nil {
						t.Fatal(err)
					}
					if out := <-observed; !strings.Contains(out, "notified") {
						t.Errorf("observed %q", out)
					}
					await(t, "it observes no more", func() bool { return len(b.Observers()) == 0 })
				})
			}
			for name, tt := range map[string]struct {
				credentials []string
				want        secure.Outcome
			}{
				"no certificate where one is demanded": {trusting, secure.NoCertificate},
				"from another authority":               {append([]string{"-c", strange[0], "-j", strange[1]}, trusting...), secure.UnknownAuthority},
				"an expired certificate":               {append([]string{"-c", expired[0], "-j", expired[1]}, trusting...), secure.Expired},
				"a revoked certificate":                {append([]string{"-c", revoked[0], "-j", revoked[1]}, trusting...), secure.Revoked},
				"another key":                          {[]string{"-u", "lamp-4", "-k", "fedcba9876543210"}, secure.WrongKey},
				"a key that nobody knows":              {[]string{"-u", "nobody", "-k", key}, secure.UnknownPSKIdentity},
			} {
				t.Run(name, func(t *testing.T) {
					out, err := run(1, tt.credentials, "-B", "3", "-m", "get", "/ps/plant/temp")
					if strings.Contains(out, "21.5") {
						t.Errorf("it was let in: %v %s", err, out)
					}
					await(t, "the reason is kept", func() bool {
						return slices.ContainsFunc(b.keys.Handshakes(), func(h secure.Handshake) bool { return h.Outcome == tt.want })
					})
				})
			}
		})
	}
}
