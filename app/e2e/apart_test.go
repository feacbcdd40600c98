//go:build e2e

package e2e

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

// apart is `sluice serve` on free ports, so that a test of it may run beside anything else.
type apart struct {
	*process
	coap, coapTCP, mqtt string   // ports
	mqttOptions         []string // of mosquitto's clients
}

// serveApart starts `sluice serve` with listeners on free ports of this machine; settings are added to them.
func serveApart(t *testing.T, settings string, args ...string) *apart {
	t.Helper()
	config := filepath.Join(t.TempDir(), "sluice.toml")
	text := settings + "\n"
	for _, scheme := range []string{"coap", "coap+tcp", "mqtt"} {
		text += "[[listener]]\nbind = \"" + scheme + "://127.0.0.1:0\"\n"
	}
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	p := serve(t, append([]string{"--config", config}, args...)...)
	return &apart{process: p, coap: p.port(t, "coap"), coapTCP: p.port(t, "coap+tcp"), mqtt: p.port(t, "mqtt")}
}

// port reads from the log where a listener was bound, the first of its scheme.
func (p *process) port(t *testing.T, scheme string) string {
	t.Helper()
	return p.ports(t, scheme)[0]
}

// ports reads from the log where the listeners of a scheme were bound, in their order.
func (p *process) ports(t *testing.T, scheme string) (ports []string) {
	t.Helper()
	line := regexp.MustCompile(`listener=` + regexp.QuoteMeta(scheme) + `://127\.0\.0\.1:0 address=127\.0\.0\.1:(\d+)`)
	for _, found := range line.FindAllStringSubmatch(p.output.String(), -1) {
		ports = append(ports, found[1])
	}
	if len(ports) == 0 {
		t.Fatalf("it does not say where it listens for %s:\n%s", scheme, p.output)
	}
	return ports
}

// url is that of a resource of the gateway over UDP, urlTCP over TCP.
func (a *apart) url(path string) string    { return "coap://127.0.0.1:" + a.coap + path }
func (a *apart) urlTCP(path string) string { return "coap+tcp://127.0.0.1:" + a.coapTCP + path }
