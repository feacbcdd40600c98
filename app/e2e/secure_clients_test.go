//go:build e2e

package e2e

import (
	"slices"
	"strings"
	"testing"
)

// Devices publish, read, observe and transfer block-wise over DTLS with each kind of credentials that `sluice certificates`
// exports, all on one port, and over a port that demands a certificate.
func TestSecureDevices(t *testing.T) {
	needs(t, append([]string{"mosquitto_sub", "mosquitto_pub"}, securePrograms...)...)
	t.Parallel()
	p := newPlant(t)
	for _, with := range []struct {
		name        string
		credentials []string
		identity    string
		anywhere    bool // even where a certificate is demanded
	}{
		{"server certificate", p.trusting("sensor-17"), "", false},
		{"client certificate", p.certified("sensor-17", "sensor-17"), "CN=sensor-17", true},
		{"pre-shared key", keyed("lamp-4", lampKey), "PSK lamp-4", true},
	} {
		for listener, port := range map[string]string{"open": p.open, "strict": p.strict} {
			if listener == "strict" && !with.anywhere {
				continue
			}
			for _, program := range securePrograms {
				t.Run(strings.Join([]string{with.name, listener, program}, " "), func(t *testing.T) {
					d := p.device(t, program, port, with.credentials)
					before := len(p.output.String())
					d.publishes(t, []byte("21.5"))
					p.seesAfter(t, before, `identity="`+with.identity+`" outcome=accepted`)
					d.reads(t, "21.5")
					d.observes(t)
					d.publishes(t, body(t, 20_000))
					d.downloads(t, body(t, 20_000))
				})
			}
		}
	}
}

// The files of the formats for programs are enough for a device: the exported line reads what is there.
func TestSecureExportedLines(t *testing.T) {
	needs(t, "coap-client-openssl")
	t.Parallel()
	p := preparePlant(t)
	p.certificates(t, lampKey, "psk", "add", "lamp's \"5\"", "--text")
	folders := map[string][]string{
		"certificate":    {"export", "sensor-17"},
		"pre-shared key": {"psk", "export", "lamp-4"},
		"quoted":         {"psk", "export", "lamp's \"5\""},
	}
	for folder, export := range folders {
		p.certificates(t, "", slices.Concat(export, []string{"--format", "coap-client", "--to", p.path(folder), "--host", "127.0.0.1"})...)
	}
	p.apart = serveApart(t, "[[listener]]\nbind = \"coaps://127.0.0.1:0\"\ndtls_options = {verify = \"verify_peer\"}\n", "--state", p.state)
	for folder := range folders {
		line := shell(t, "cd '"+p.path(folder)+"' && cat *.sh")
		line = strings.Replace(line, "coaps://127.0.0.1/", "coaps://127.0.0.1:"+p.port(t, "coaps")+"/", 1)
		printed := shell(t, "cd '"+p.path(folder)+"' && "+line)
		must(t, strings.Contains(printed, "</ps>"), "%s printed %s", line, printed)
	}
}

// Who is not let in gets nothing and says so, and the log has the reason, with the name that was claimed.
func TestSecureRefusals(t *testing.T) {
	needs(t, append([]string{"mosquitto_sub", "mosquitto_pub"}, securePrograms...)...)
	t.Parallel()
	p := newPlant(t)
	for _, program := range securePrograms {
		good := p.device(t, program, p.strict, keyed("lamp-4", lampKey))
		good.publishes(t, []byte("21.5"))
		for name, refused := range map[string]struct {
			port        string
			credentials []string
			reason      string
			program     string // what it says, each library in its words
		}{
			"no certificate where one is demanded": {p.strict, p.trusting("sensor-17"), `identity="" outcome="no certificate" detail=""`, "Alert '40'|handshake failure"},
			"a certificate of another authority": {p.open, p.certified("foreign", "sensor-17"),
				`identity="CN=sensor-17" outcome="unknown authority" detail="CN=Workbench development CA, with another key than the one that is trusted"`, "Alert '48'|unknown ca"},
			"the same where one is demanded": {p.strict, p.certified("foreign", "sensor-17"), `identity="CN=sensor-17" outcome="unknown authority"`, "Alert '48'|unknown ca"},
			"an expired certificate":         {p.open, p.certified("sensor-19", "sensor-19"), `identity="CN=sensor-19" outcome="certificate expired"`, "Alert '45'|certificate expired"},
			"a revoked certificate":          {p.strict, p.certified("sensor-18", "sensor-18"), `identity="CN=sensor-18" outcome="certificate revoked"`, "Alert '44'|certificate revoked"},
			"a wrong key":                    {p.open, keyed("lamp-4", wrongKey), `identity="PSK lamp-4" outcome="wrong key"`, "Alert '51'|decrypt error"},
			"an unknown PSK identity":        {p.open, keyed("lamp-9", lampKey), `identity="PSK lamp-9" outcome="unknown PSK identity" detail="\"lamp-9\""`, "|unknown PSK identity"},
			"the server is not trusted": {p.open, p.trusting("foreign"),
				`outcome="refused by the peer" detail="unknown_ca: the client does not trust our authority"`, "|certificate verify failed"},
		} {
			t.Run(name+" "+program, func(t *testing.T) {
				before := len(p.output.String())
				d := p.device(t, program, refused.port, append(refused.credentials, "-B", "4"))
				d.topic = good.topic
				printed, _ := runs(t, program, d.get(d.resource())...)
				must(t, !strings.Contains(printed, "21.5"), "it was let in:\n%s", printed)
				says := strings.Split(refused.program, "|")[slices.Index([]string{"coap-client-gnutls", "coap-client-openssl"}, program)]
				must(t, strings.Contains(printed, "cannot send CoAP pdu") && strings.Contains(printed, says), "it does not say %q:\n%s", says, printed)
				p.seesAfter(t, before, refused.reason)
				log := p.output.String()[before:]
				must(t, strings.Count(log, "outcome=") == 1 && strings.Contains(log, "level=INFO msg=handshake listener=coaps://127.0.0.1:0 peer=127.0.0.1:"),
					"the log says\n%s", log)
			})
		}
		good.reads(t, "21.5")
	}
}
