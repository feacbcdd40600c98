package main

import (
	"bytes"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sluice/engine"
	"sluice/engine/collection"
	"sluice/engine/pki"
	"sluice/engine/settings"
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

	for _, c := range []struct {
		name   string
		args   []string
		passes bool
	}{
		{"certificates", []string{"--cacertfile", in("ca.pem"), "--certfile", in("lamp-3.pem"), "--keyfile", in("lamp-3.key")}, true},
		{"a pre-shared key", []string{"--psk-identity", "meter-7", "--pskfile", pskfile}, true},
		{"a wrong key", []string{"--psk-identity", "meter-7", "--pskfile", wrong, "--timeout", "1s"}, false},
		{"no certificate", []string{"--cacertfile", in("ca.pem")}, false},
		{"an authority that is not known", []string{"--certfile", in("lamp-3.pem"), "--keyfile", in("lamp-3.key")}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			requests := secured
			if !c.passes {
				requests = write(t, filepath.Join(home, "one.coap"), "### Refused\nPING coaps://{{host}}\n")
			}
			var stdout, stderr bytes.Buffer
			status := run(t.Context(), append([]string{"request", requests, "--var", "host=localhost:" + port}, c.args...), &stdout, &stderr)
			if (status == statusOK) != c.passes {
				t.Errorf("status %d\n%s%s", status, stdout.String(), stderr.String())
			}
			if !c.passes && !strings.Contains(stdout.String(), "-> DTLS with localhost:"+port+": ") {
				t.Errorf("printed\n%s", stdout.String())
			}
			if strings.Contains(stdout.String()+stderr.String(), "swordfish") {
				t.Error("the key is printed")
			}
		})
	}
}
