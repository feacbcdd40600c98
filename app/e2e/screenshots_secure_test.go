//go:build e2e && screenshots

package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// scene is what the Certificates pane has to show: a plant without secrets to look after.
type scene struct{ plant }

// secureScene makes the certificates and keys of TestScreenshots.
func secureScene(t *testing.T) *scene {
	t.Helper()
	needs(t, "openssl", "coap-client-openssl")
	home := plainFolder(t)
	s := &scene{plant{state: filepath.Join(home, "sluice.db"), folder: t.TempDir(), said: newOutput(), secrets: secrets{}}}
	s.certificates(t, "", "setup", "sensor-17")
	for name, days := range map[string]string{"door-east": "6", "old-panel": "90"} {
		s.certificates(t, "", "issue", name, "--days", days)
	}
	s.certificates(t, "", "revoke", "old-panel")
	for _, device := range []string{"sensor-17", "door-east", "old-panel"} {
		s.export(t, device, device)
	}
	for _, identity := range []string{"sensor-18", "meter-a1"} {
		s.certificates(t, lampKey, "psk", "add", identity, "--text", "--client-id", identity)
	}
	for name, subject := range map[string]string{"factory": "/CN=Acme Root", "foreign": "/CN=Acme Test"} {
		shell(t, fmt.Sprintf("openssl req -x509 -newkey rsa:2048 -nodes -days 1095 -subj '%s' -keyout '%s' -out '%s'",
			subject, s.path(name+".key"), s.path(name+".pem")))
	}
	s.certificates(t, "", "import", s.path("factory.pem"), "--name", "factory-root.pem")
	return s
}

// plainFolder makes a folder whose name is fit for a picture; where that is taken, one that is at least unique.
func plainFolder(t *testing.T) string {
	t.Helper()
	home := filepath.Join(os.TempDir(), "plant")
	if err := os.Mkdir(home, 0o700); err != nil {
		home, err = os.MkdirTemp("", "plant-")
		must(t, err == nil, "%v", err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(home) })
	return home
}

// connect has devices come over DTLS: two with certificates and one with a key stay, others are refused.
func (s *scene) connect(t *testing.T) {
	t.Helper()
	line := func(client string, credentials []string) string {
		return fmt.Sprintf("coap-client-openssl -m get -s 600 -B 600 '%s' 'coaps://127.0.0.1/mqtt/plant/line1/temp?c=%s'",
			strings.Join(credentials, "' '"), client)
	}
	for _, stays := range []string{
		line("sensor-17", s.certified("sensor-17", "sensor-17")), line("door-east", s.certified("door-east", "door-east")),
		line("sensor-18", keyed("sensor-18", lampKey)),
	} {
		background(t, stays+" &")
	}
	for _, refused := range []string{
		line("sensor-17", []string{"-c", s.path("foreign.pem"), "-j", s.path("foreign.key"), "-R", s.path("sensor-17", "ca.pem")}),
		line("old-panel", s.certified("old-panel", "old-panel")), line("meter-a2", keyed("meter-a2", lampKey)),
	} {
		shell(t, "timeout 2 "+refused+" || true")
	}
}
