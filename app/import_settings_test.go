package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sluice/engine/settings"
)

func TestImportSettings(t *testing.T) {
	home := away(t)
	from := write(t, filepath.Join(home, "emqx.conf"), "gateway.coap {\n  heartbeat = 1m\n  colour = blue\n  listeners.udp.a.bind = 5690\n}\n")
	to := filepath.Join(home, "sluice.toml")
	const report = "EMQX 5, gateway.coap: 1 not taken, 0 adjusted, 2 taken\n"

	var stdout, stderr bytes.Buffer
	if status := run(t.Context(), []string{"import-settings", from}, &stdout, &stderr); status != statusOK {
		t.Fatalf("status %d: %s", status, stderr.String())
	}
	if !strings.HasPrefix(stdout.String(), "# "+report) {
		t.Errorf("printed\n%s", stdout.String())
	}
	if _, err := settings.Decode("printed", stdout.Bytes(), settings.Settings{}); err != nil {
		t.Errorf("what is printed is no settings file: %v", err)
	}

	stdout.Reset()
	if status := run(t.Context(), []string{"import-settings", from, "--to", to}, &stdout, &stderr); status != statusOK {
		t.Fatalf("status %d: %s", status, stderr.String())
	}
	if !strings.HasPrefix(stdout.String(), report) || !strings.HasPrefix(strings.TrimPrefix(stdout.String(), report), "line 3: gateway.coap.colour: not taken: is unknown\n") {
		t.Errorf("printed\n%s", stdout.String())
	}
	data, err := os.ReadFile(to)
	if err != nil {
		t.Fatal(err)
	}
	if s, err := settings.Decode(to, data, settings.Settings{}); err != nil || s.Gateway.Heartbeat.String() != "1m" {
		t.Errorf("heartbeat %s, %v", s.Gateway.Heartbeat, err)
	}

	for _, c := range []struct {
		args   []string
		status int
		want   string
	}{
		{[]string{from, "--to", to}, statusFailed, "sluice: " + to + " is there already; name another file or remove it\n"},
		{[]string{filepath.Join(home, "none")}, statusFailed, "sluice: reading the settings of EMQX: open "},
		{[]string{to}, statusFailed, "sluice: reading the settings of EMQX: " + to + ":1: "},
		{nil, statusUsage, "sluice: import-settings takes one file, 0 were given"},
	} {
		stderr.Reset()
		if status := run(t.Context(), append([]string{"import-settings"}, c.args...), &stdout, &stderr); status != c.status || !strings.HasPrefix(stderr.String(), c.want) {
			t.Errorf("%q: status %d, %s", c.args, status, stderr.String())
		}
	}
}
