package main

import (
	"bytes"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"sluice/engine"
	"sluice/engine/pki"
	"sluice/engine/settings"
)

// TestSimulateOverDTLS starts devices with one key for all, and with one each.
func TestSimulateOverDTLS(t *testing.T) {
	home := away(t)
	k, err := pki.OpenKeeper(pki.Options{})
	if err != nil {
		t.Fatal(err)
	}
	authority, err := pki.NewAuthority("fleet", 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := k.SetUp(""); err != nil {
		t.Fatal(err)
	}
	issuer := write(t, filepath.Join(home, "issuer.pem"), pemOf(t, authority))
	if _, err := k.Import("fleet.pem", []byte(pemOf(t, &pki.Pair{Chain: authority.Chain})), ""); err != nil {
		t.Fatal(err)
	}
	psks, err := k.PSKEach([]string{"lamp-0001", "lamp-0002"})
	if err != nil {
		t.Fatal(err)
	}
	table := write(t, filepath.Join(home, "psks.csv"), fmt.Sprintf("lamp-0001,0x%x\nlamp-0002, 0x%x\n", psks[0], psks[1]))
	unreadable := write(t, filepath.Join(home, "bad.csv"), "lamp-0001\n")
	s := settings.Default()
	s.Listeners = []settings.Listener{{
		Bind: "coaps://127.0.0.1:0", DTLSOptions: &settings.TLSOptions{Verify: settings.VerifyPeer, FailIfNoPeerCert: true},
	}}
	e, err := engine.New(engine.Config{Settings: s, Keys: k})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	if err := e.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name   string
		count  string
		args   []string
		status int
		want   string
	}{
		{"a certificate each", "3", []string{"--issuer", issuer, "--insecure"}, statusOK, "started 3 of 3 lamp"},
		{"a pre-shared key each", "2", []string{"--psks", table}, statusOK, "started 2 of 2 lamp"},
		{"one without a key", "3", []string{"--psks", table}, statusOK, "1 failed: what to show in the handshake: there is no pre-shared key for lamp-0003"},
		{"a table with a mistake", "1", []string{"--psks", unreadable}, statusFailed, "line 1"},
		{"an issuer without a key", "1", []string{"--issuer", table}, statusFailed, "reading the issuer"},
		{"both", "1", []string{"--psks", table, "--issuer", issuer}, statusUsage, "exclude each other"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			args := append([]string{"simulate", "--kind", "lamp", "--count", c.count, "--for", "1500ms", "coaps://" + e.Status().Listeners[0].Addr}, c.args...)
			if status := run(t.Context(), args, &stdout, &stderr); status != c.status || !strings.Contains(stdout.String()+stderr.String(), c.want) {
				t.Errorf("status %d\n%s%s", status, stdout.String(), stderr.String())
			}
		})
	}
}

func pemOf(t *testing.T, pair *pki.Pair) string {
	t.Helper()
	files, err := pair.Export(pki.PEM, pair.Certificate(), pki.ExportOptions{})
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, f := range files {
		all.Write(f.Data)
	}
	return all.String()
}
