package main

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sluice/engine"
	"sluice/engine/collection"
	"sluice/engine/pki"
	"sluice/engine/pki/seal"
	"sluice/engine/settings"
	"sluice/engine/store"
)

// TestRequestOverDTLS runs a collection at a coaps listener with certificates, with a pre-shared key, and with what is
// refused.
func TestRequestOverDTLS(t *testing.T) {
	home := away(t)
	keys, err := pki.OpenKeeper(pki.Options{})
	if err != nil {
		t.Fatal(err)
	}
	made, err := keys.SetUp("lamp-3")
	if err != nil {
		t.Fatal(err)
	}
	files, err := keys.Export(made.Device, pki.PEM, pki.ExportOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if err := os.WriteFile(filepath.Join(home, f.Name), f.Data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	const key = "swordfish-swordfish"
	if err := keys.AddPSK("meter-7", []byte(key), ""); err != nil {
		t.Fatal(err)
	}
	s := settings.Default()
	s.Listeners = []settings.Listener{{
		Bind: "coaps://127.0.0.1:0", DTLSOptions: &settings.TLSOptions{Verify: settings.VerifyPeer, FailIfNoPeerCert: true},
	}}
	e, err := engine.New(engine.Config{Settings: s, Keys: keys})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	if err := e.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	_, port, err := net.SplitHostPort(e.Status().Listeners[0].Addr)
	if err != nil {
		t.Fatal(err)
	}
	source, err := collection.ReadySource("emqx5")
	if err != nil {
		t.Fatal(err)
	}
	secured := write(t, filepath.Join(home, "a.coap"), strings.ReplaceAll(string(source), "coap://", "coaps://"))
	pskfile := write(t, filepath.Join(home, "psk"), key+"\n")
	wrong := write(t, filepath.Join(home, "wrong"), "0x00112233445566778899aabbccddeeff\n")
	in := func(name string) string { return filepath.Join(home, name) }
	passphrase := write(t, filepath.Join(home, "passphrase"), "open sesame\n")
	keepFor(t, in("kept.db"), "open sesame", key, in("ca.pem"), in("lamp-3.pem"), in("lamp-3.key"))
	state := []string{"--state", in("kept.db"), "--seal-passphrase-file", passphrase}
	naming := func(lines string) string {
		return write(t, filepath.Join(t.TempDir(), "named.coap"), "### Named\nGET coaps://{{host}}/.well-known/core\n"+lines+"expect code 2.05\n")
	}

	for _, c := range []struct {
		name   string
		named  string // lines of a request; empty: a whole collection that names nothing
		args   []string
		passes bool
		says   string
	}{
		{"a kept certificate", "with identity lamp-3\n", state, true, ""},
		{"a kept certificate and authority", "with identity lamp-3\nwith authority " + authorityOf(t, in("ca.pem")) + "\n", state, true, ""},
		{"a kept pre-shared key", "with identity psk:meter-7\n", state, true, ""},
		{"a kept certificate and the flag for the authority", "with identity lamp-3\n", append([]string{"--cacertfile", in("ca.pem")}, state...), true, ""},
		{"any authority", "with authority any\n", []string{"--certfile", in("lamp-3.pem"), "--keyfile", in("lamp-3.key")}, true, ""},
		{"a name that is not kept", "with identity lamp-4\n", state, false, "no certificate of that use is called lamp-4"},
		{"no passphrase", "with identity psk:meter-7\n", state[:2], false, "--seal-passphrase-file"},
		{"no state file", "with identity lamp-3\n", []string{"--state", in("none.db")}, false, "there is no state file"},
		{"certificates", "", []string{"--cacertfile", in("ca.pem"), "--certfile", in("lamp-3.pem"), "--keyfile", in("lamp-3.key")}, true, ""},
		{"a pre-shared key", "", []string{"--psk-identity", "meter-7", "--pskfile", pskfile}, true, ""},
		{"a wrong key", "", []string{"--psk-identity", "meter-7", "--pskfile", wrong, "--timeout", "1s"}, false, "-> DTLS with localhost:" + port + ": "},
		{"no certificate", "", []string{"--cacertfile", in("ca.pem")}, false, "-> DTLS with localhost:" + port + ": "},
		{"an authority that is not known", "", []string{"--certfile", in("lamp-3.pem"), "--keyfile", in("lamp-3.key")}, false, "-> DTLS with localhost:" + port + ": "},
	} {
		t.Run(c.name, func(t *testing.T) {
			requests := secured
			switch {
			case c.named != "":
				requests = naming(c.named)
			case !c.passes:
				requests = write(t, filepath.Join(home, "one.coap"), "### Refused\nPING coaps://{{host}}\n")
			}
			var stdout, stderr bytes.Buffer
			status := run(t.Context(), append([]string{"request", requests, "--var", "host=localhost:" + port}, c.args...), &stdout, &stderr)
			if (status == statusOK) != c.passes {
				t.Errorf("status %d\n%s%s", status, stdout.String(), stderr.String())
			}
			if !strings.Contains(stdout.String(), c.says) {
				t.Errorf("printed\n%s", stdout.String())
			}
			if strings.Contains(stdout.String()+stderr.String(), "swordfish") {
				t.Error("the key is printed")
			}
		})
	}
}

// keepFor makes a state file with a pre-shared key and what files hold, sealed with a passphrase.
func keepFor(t *testing.T, path, passphrase, psk, authority, certificate, key string) {
	t.Helper()
	kept, err := store.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	keeper, err := pki.OpenKeeper(pki.Options{Store: kept, Place: seal.Place{Where: seal.Passphrase, Passphrase: passphrase}})
	if err != nil {
		t.Fatal(err)
	}
	if err := keeper.AddPSK("meter-7", []byte(psk), ""); err != nil {
		t.Fatal(err)
	}
	var pair []byte
	for _, name := range []string{certificate, key} {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		pair = append(pair, data...)
	}
	ca, err := os.ReadFile(authority)
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{"": ca, "lamp-3": pair} {
		if _, err := keeper.Import(name, data, ""); err != nil {
			t.Fatal(err)
		}
	}
	if err := kept.Close(); err != nil {
		t.Fatal(err)
	}
}

// authorityOf is the name that a certificate is kept by: its common name.
func authorityOf(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(data)
	certificate, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return certificate.Subject.CommonName
}
