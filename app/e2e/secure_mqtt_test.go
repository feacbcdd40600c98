//go:build e2e

package e2e

import (
	"slices"
	"strings"
	"testing"
)

// What a device publishes over DTLS is heard over TLS, and the other way round, with the certificates that were issued and
// with those of files. Who has none that counts is refused, and the log has the reason.
func TestSecureMQTT(t *testing.T) {
	needs(t, "mosquitto_sub", "mosquitto_pub", "coap-client-openssl")
	t.Parallel()
	p := newPlant(t)
	for name, port := range map[string]string{"issued certificates": p.mqtts, "files": p.mqttsFiles} {
		t.Run(name, func(t *testing.T) {
			d := p.device(t, "coap-client-openssl", p.open, keyed("lamp-4", lampKey))
			d.gateway = p.overTLS(port, "sensor-17", "sensor-17")
			d.publishes(t, []byte("21.5"))
			d.observes(t)
		})
	}
	for name, refused := range map[string]struct {
		options []string
		reason  string
	}{
		"no certificate": {p.overTLS(p.mqtts, "sensor-17", "sensor-17").mqttOptions[:2], `outcome="no certificate"`},
		"a certificate of another authority": {p.overTLS(p.mqtts, "foreign", "sensor-17").mqttOptions,
			`identity="CN=sensor-17" outcome="unknown authority" detail="CN=Workbench development CA, with another key than the one that is trusted"`},
		"an expired certificate":         {p.overTLS(p.mqtts, "sensor-19", "sensor-19").mqttOptions, `identity="CN=sensor-19" outcome="certificate expired"`},
		"a revoked certificate":          {p.overTLS(p.mqtts, "sensor-18", "sensor-18").mqttOptions, `identity="CN=sensor-18" outcome="certificate revoked"`},
		"the server is not trusted":      {[]string{"--cafile", p.path("foreign", "ca.pem")}, `outcome="refused by the peer"`},
		"a wrong password, after it all": {append(p.overTLS(p.mqtts, "sensor-17", "sensor-17").mqttOptions, "-P", wrongPassword), `identity="CN=sensor-17" outcome=accepted`},
	} {
		t.Run(name, func(t *testing.T) {
			before := len(p.output.String())
			printed, err := runs(t, "mosquitto_pub", slices.Concat([]string{"-p", p.mqtts, "-t", "a", "-m", "x"}, refused.options)...)
			must(t, err != nil, "it was let in: %s", printed)
			p.seesAfter(t, before, refused.reason)
			level := "level=INFO msg=handshake listener=mqtts://127.0.0.1:0 "
			must(t, strings.Contains(refused.reason, "accepted") || strings.Contains(p.output.String()[before:], level), "the log has the reason at another level")
		})
	}
}
