package main

import (
	"bytes"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sluice/engine"
	"sluice/engine/settings"
	"sluice/engine/store"
)

// gatewayAt runs an engine on a free port and returns its address.
func gatewayAt(t *testing.T) string {
	t.Helper()
	kept, err := store.Open(filepath.Join(t.TempDir(), "state.db"))
	if err != nil {
		t.Fatal(err)
	}
	s := settings.Default()
	s.Listeners = []settings.Listener{{Bind: "coap://127.0.0.1:0"}}
	e, err := engine.New(engine.Config{Settings: s, Store: kept})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = e.Close(), kept.Close() })
	if err := e.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	return e.Status().Listeners[0].Addr
}

func TestRequest(t *testing.T) {
	home := away(t)
	addr := gatewayAt(t)
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		t.Fatal(err)
	}
	folder := filepath.Join(home, "requests")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(folder, "environments.coap"), "@host = nowhere.invalid\n@host[here] = "+host+"\n@port = "+port+"\n")
	write(t, filepath.Join(folder, "a.coap"), "### Publish\nPOST coap://{{host}}:{{port}}/ps/a?password=swordfish\nexpect code 2.04\n\n{\"n\": 1}\n")
	failing := write(t, filepath.Join(home, "b.coap"), "### Read\nGET coap://{{host}}/ps/none\nexpect code 2.05\nsave x = payload\n")
	broken := write(t, filepath.Join(home, "c.coap"), "### Read\nGOT coap://{{host}}\n")

	for _, c := range []struct {
		name   string
		args   []string
		status int
		stdout []string
		stderr string
	}{
		{"a folder in an environment", []string{folder, "--env", "here"}, statusOK, []string{"ok      Publish\n", "CON POST /ps/a?password=•••", "2.04 Changed, ", "1 requests, 1 passed, 0 failed\n"}, ""},
		{"an answer that is not as expected", []string{failing, "--var", "host=" + addr}, statusFailed, []string{"FAILED  Read\n", "-> expected code 2.05: it is 4.0"}, "sluice: 1 of 1 requests failed\n"},
		{"a ready collection", []string{"ready:directory", "--var", "host=" + addr}, statusOK, []string{"saved as {{registration}}\n", "Content-Format: application/link-format\n", ", 0 failed\n"}, ""},
		{"printing one", []string{"ready:emqx4", "--print"}, statusOK, []string{"# EMQX 4, plugin emqx_coap"}, ""},
		{"as lines for another client", []string{failing, "--as", "coap-client", "--var", "host=192.0.2.1"}, statusOK, []string{"# Read\ncoap-client-notls -m get coap://192.0.2.1/ps/none\n"}, ""},
		{"as lines for a client that cannot", []string{failing, "--as", "mosquitto_pub", "--var", "host=h"}, statusOK, []string{"# Read\n# not sent: GET does not publish\n"}, ""},
		{"as lines for nobody", []string{failing, "--as", "curl"}, statusUsage, nil, "sluice: --as \"curl\" is none of coap-client, aiocoap-client, mosquitto_pub\n"},
		{"from a line", []string{"--from", "coap-client -N -k secret -s 5 coap://h/a"}, statusOK, []string{"### GET coap://h/a\n# -k: keys and", "\n# -s 5: ", "\nGET coap://h/a\nwith type NON\nobserve as observation\n"}, ""},
		{"from another line", []string{"--from", "curl http://h"}, statusFailed, nil, "sluice: reading the line of coap-client: the line does not begin with coap-client"},
		{"from a line and a file", []string{failing, "--from", "coap-client coap://h"}, statusUsage, nil, "sluice: --from takes a line and no file"},
		{"a mistake in a file", []string{broken}, statusFailed, nil, "sluice: " + broken + ":2: \"GOT\" is none of"},
		{"no file", []string{filepath.Join(home, "none")}, statusFailed, nil, "sluice: reading requests: open "},
		{"no argument", nil, statusUsage, nil, "sluice: request takes one file or more"},
		{"an unknown environment", []string{folder, "--env", "moon"}, statusUsage, nil, "sluice: no file has values for the environment \"moon\"; there are: here\n"},
		{"an unknown collection", []string{"ready:coffee"}, statusFailed, nil, "sluice: there is no collection ready:coffee; there are emqx5"},
		{"a variable without value", []string{folder, "--var", "x"}, statusUsage, nil, "sluice: --var \"x\" is not NAME=VALUE"},
		{"half a pre-shared key", []string{folder, "--psk-identity", "x"}, statusUsage, nil, "sluice: --psk-identity and --pskfile need each other"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			if status := run(t.Context(), append([]string{"request"}, c.args...), &stdout, &stderr); status != c.status {
				t.Errorf("status %d, want %d", status, c.status)
			}
			for _, want := range c.stdout {
				if !strings.Contains(stdout.String(), want) {
					t.Errorf("stdout has no %q:\n%s", want, stdout.String())
				}
			}
			if !strings.HasPrefix(stderr.String(), c.stderr) || c.stderr == "" && stderr.Len() > 0 {
				t.Errorf("stderr %s", stderr.String())
			}
			if strings.Contains(stdout.String()+stderr.String(), "swordfish") {
				t.Error("the password is printed")
			}
		})
	}
}

func TestPSKOf(t *testing.T) {
	for text, want := range map[string]string{"0x0102\n": "\x01\x02", "secret\r\n": "secret", "\n": "", "0xzz": ""} {
		key, err := pskOf([]byte(text))
		if string(key) != want || (err == nil) != (want != "") || err != nil && strings.Contains(err.Error(), "zz") {
			t.Errorf("%q is %q, %v", text, key, err)
		}
	}
}
