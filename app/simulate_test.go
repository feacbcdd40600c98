package main

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"
)

func TestSimulate(t *testing.T) {
	home := away(t)
	addr := gatewayAt(t)
	pump := write(t, filepath.Join(home, "pump.toml"), "kind = \"pump\"\ninterval = \"50ms\"\n[[publish]]\ntopic = \"pump/${name}\"\npayload = \"count\"\n")
	broken := write(t, filepath.Join(home, "broken.toml"), "kind = \"pump\"\ninterval = \"50ms\"\n[[publish]]\ntopic = \"pump\"\npayload = \"cnt\"\n")
	for _, c := range []struct {
		name   string
		args   []string
		status int
		stdout []string
		stderr string
	}{
		{"the kinds", []string{"--list"}, statusOK, []string{"KIND ", "\nlamp ", "\nupdater "}, ""},
		{"one kind", []string{"--list", "--kind", "door"}, statusOK, []string{"kind = \"door\"\n"}, ""},
		{"devices for a time", []string{"--kind", "lamp", "--count", "20", "--interval", "100ms", "--for", "1200ms", "coap://" + addr}, statusOK,
			[]string{"started 20 of 20 lamp in ", "    1s  20 running, 0 connecting  sent ", "\n20 devices, 1s: ", " 0 refused, 0 lost; 0 retransmissions"}, ""},
		{"a template of one's own", []string{"--template", pump, "--for", "300ms", "--dialect", "emqx4", "coap://" + addr}, statusOK, []string{"started 1 of 1 pump in "}, ""},
		{"a template with a mistake", []string{"--template", broken, "coap://" + addr}, statusFailed, nil, "sluice: " + broken + ": line 5, column 12: publish[1].payload: unknown name cnt\n"},
		{"nobody there", []string{"--count", "2", "coap://127.0.0.1:1"}, statusFailed, []string{"started 0 of 2 thermometer in ", ", 2 failed: "}, "sluice: no device could be started\n"},
		{"no gateway", nil, statusUsage, nil, "sluice: name the gateway, as in coap://127.0.0.1:5683"},
		{"another scheme", []string{"http://h"}, statusUsage, nil, "sluice: \"http://h\": must be coap://HOST:PORT or coaps://HOST:PORT"},
		{"an unknown kind", []string{"--kind", "toaster", "coap://h"}, statusUsage, nil, "sluice: --kind toaster: must be one of thermometer, meter, lamp"},
		{"too many", []string{"--count", "5001", "coap://h"}, statusFailed, nil, "sluice: start devices: 5001 devices: must be from 1 to 5000\n"},
		{"half a pre-shared key", []string{"--psk-identity", "x", "coaps://h"}, statusUsage, nil, "sluice: --psk-identity and --pskfile need each other"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var out, errs bytes.Buffer
			if status := run(t.Context(), append([]string{"simulate"}, c.args...), &out, &errs); status != c.status {
				t.Errorf("status %d, want %d\n%s%s", status, c.status, &out, &errs)
			}
			for _, want := range c.stdout {
				if !strings.Contains(out.String(), want) {
					t.Errorf("stdout has no %q:\n%s", want, &out)
				}
			}
			if !strings.HasPrefix(errs.String(), c.stderr) || c.stderr == "" && errs.Len() > 0 {
				t.Errorf("stderr is %q, not %q", &errs, c.stderr)
			}
		})
	}
}
