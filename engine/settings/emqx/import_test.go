package emqx

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"sluice/engine/settings"
)

func imported(t *testing.T, text string) (settings.Settings, Report) {
	t.Helper()
	s, report, err := Import("f", []byte(text), settings.Default())
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Validate(); err != nil {
		t.Fatalf("what was imported is not valid: %v", err)
	}
	return s, report
}

func block(text string) string { return "gateway.coap {\n" + text + "\n}" }

// TestKeys imports one key and reads its line of the report; the key is on line 2.
func TestKeys(t *testing.T) {
	const udp, dtls = "listeners.udp.a {bind = 5683}\n", "listeners.dtls.a {bind = 5684}\n"
	for _, c := range []struct{ text, want string }{
		{"heartbeat = 90", "taken as gateway.heartbeat = 90s"},
		{"heartbeat = 3d", "adjusted as gateway.heartbeat = 24h: 3d is longer than is allowed"},
		{"heartbeat = soon", `not taken: is "soon", which is not a duration`},
		{"heartbeat = 1ms", "not taken: is 1ms; allowed: a duration from 10ms to 24h"},
		{"idle_timeout = 1500", "taken as gateway.idle_timeout = 1.5s"},
		{"idle_timeout = 99999999999999", "adjusted as gateway.idle_timeout = 24h"},
		{"connection_required = on", "taken as gateway.connection_required = true"},
		{"connection_required = maybe", `not taken: is "maybe", neither true or on nor false or off`},
		{"connection_required {}", "not taken: is an object or a list"},
		{"notify_type = loud", `not taken: is "loud"; allowed: "non", "con" or "qos"`},
		{"subscribe_qos = qos2", `taken as gateway.subscribe_qos = "qos2"`},
		{`mountpoint = "a/#"`, "not taken: has a wildcard"},
		{`mountpoint = "${endpoint_name}/"`, "not taken: has the unknown placeholder ${endpoint_name}"},
		{"enable_stats = false", "not taken: statistics of every client are always kept"},
		{"blockwise.max_block_size = 100", "not taken: is 100; allowed: 16, 32"},
		{"blockwise.max_block_size = big", `not taken: is "big", which is not a whole number`},
		{"blockwise.max_body_size = 2097152", "taken as gateway.blockwise.max_body_size = 2MB"},
		{"blockwise.max_body_size = 900000000000GB", "not taken: is "},
		{"blockwise.window = 3", "not taken: is unknown"},
		{"blockwise = off", "not taken: is not an object"},
		{"authentication = {mechanism = jwt, secret = x}", "not taken: users are kept under [access]"},
		{"listeners.tcp.a.bind = 5683", "not taken: is neither udp nor dtls"},
		{"listeners.udp.a {max_connections = 3}", "not taken: has no bind"},
		{"listeners.udp.a.bind = 5683", `taken as listener[2].bind = "coap://0.0.0.0:5683"`},
		{`listeners.udp.a.bind = ":5683"`, `taken as listener[2].bind = "coap://0.0.0.0:5683"`},
		{`listeners.udp.a.bind = "[::1]:5683"`, `taken as listener[2].bind = "coap://[::1]:5683"`},
		{`listeners.udp.a.bind = "::1:5683"`, `taken as listener[2].bind = "coap://[::1]:5683"`},
		{`listeners.dtls.a.bind = "10.0.0.1:5684"`, `taken as listener[2].bind = "coaps://10.0.0.1:5684"`},
		{`listeners.udp.a.bind = "nowhere"`, `not taken: "coap://nowhere" is not HOST:PORT`},
		{"listeners.udp.a.max_connections = 0\n" + udp, "not taken: is 0, which would be no limit"},
		{"listeners.udp.a.max_connections = infinity\n" + udp, "adjusted as listener[2].max_connections = 0"},
		{`listeners.udp.a.max_conn_rate = "500/s"` + "\n" + udp, "taken as listener[2].max_conn_rate = 500"},
		{`listeners.udp.a.max_conn_rate = "500/m"` + "\n" + udp, "not taken: is \"500/m\""},
		{"listeners.udp.a.enable_authn = false\n" + udp, "taken as listener[2].enable_authn = false"},
		{`listeners.udp.a.mountpoint = "x/"` + "\n" + udp, `taken as listener[2].mountpoint = "x/"`},
		{`listeners.udp.a.access_rules = ["let all"]` + "\n" + udp, `not taken: "let all" does not begin with allow or deny`},
		{`listeners.udp.a.access_rules = "allow 10.0.0.1, deny all"` + "\n" + udp, `taken as listener[2].access_rules = ["allow 10.0.0.1", "deny all"]`},
		{`listeners.udp.a.access_rules = [[]]` + "\n" + udp, "not taken: has an object or a list in it"},
		{`listeners.udp.a.udp_options.sndbuf = 4TB` + "\n" + udp, `not taken: is "4TB", which is not a size`},
		{`listeners.udp.a.health_check.reply = "x"` + "\n" + udp, "not taken: is missing"},
		{`listeners.udp.a.dtls_options.verify = verify_peer` + "\n" + udp, "not taken: is unknown"},
		{"listeners.dtls.a.dtls_options.fail_if_no_peer_cert = true\n" + dtls, "not taken: verify must be verify_peer when"},
		{"listeners.dtls.a.dtls_options.keyfile = \"/k.pem\"\n" + dtls, "not taken: is given without a certfile"},
		{`listeners.dtls.a.dtls_options.certfile = "-----BEGIN CERTIFICATE-----\nMII"` + "\n" + dtls, "not taken: is not a path but what is in the file"},
		{"listeners.dtls.a.dtls_options.ciphers = [\"RC4-MD5\"]\n" + dtls, "not taken: none of RC4-MD5 is spoken"},
		{"listeners.dtls.a.dtls_options.ciphers = []\n" + dtls, "taken as all suites that are spoken"},
		{"listeners.dtls.a.dtls_options.versions = [dtlsv1]\n" + dtls, "not taken: has dtlsv1, which is not spoken any more"},
		{"listeners.dtls.a.dtls_options.depth = 3\n" + dtls, "taken as listener[2].dtls_options.depth = 3"},
	} {
		t.Run(c.text, func(t *testing.T) {
			_, report := imported(t, block(c.text))
			at := slices.IndexFunc(report.Items, func(i Item) bool { return i.Line == 2 })
			if at < 0 {
				t.Fatalf("nothing is said of line 2:\n%s", report)
			}
			_, said, _ := strings.Cut(strings.TrimPrefix(report.Items[at].String(), "line 2: "), ": ")
			if !strings.HasPrefix(said, c.want) {
				t.Errorf("the report says %q, want %q", said, c.want)
			}
		})
	}
}

func TestListenersReplaceThoseOfTheBase(t *testing.T) {
	binds := func(s settings.Settings) (all []string) {
		for _, l := range s.Listeners {
			all = append(all, l.Bind)
		}
		return all
	}
	for _, c := range []struct{ name, text, want string }{
		{"no listener in the file", "heartbeat = 1m", "coap://127.0.0.1:5683 mqtt://127.0.0.1:1883 ws://127.0.0.1:8083"},
		{"one in the file", "listeners.udp.a.bind = 5690", "mqtt://127.0.0.1:1883 ws://127.0.0.1:8083 coap://0.0.0.0:5690"},
		{"one that is off", "listeners.udp.a {enable = false, bind = 5690}", "coap://127.0.0.1:5683 mqtt://127.0.0.1:1883 ws://127.0.0.1:8083"},
		{"the gateway is off", "enable = false\nlisteners.udp.a.bind = 5690", "mqtt://127.0.0.1:1883 ws://127.0.0.1:8083"},
		{"the same address twice", "listeners.udp.a.bind = 5690\nlisteners.udp.b.bind = 5690", "mqtt://127.0.0.1:1883 ws://127.0.0.1:8083 coap://0.0.0.0:5690"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, _ := imported(t, block(c.text))
			if got := strings.Join(binds(s), " "); got != c.want {
				t.Errorf("the listeners are %s, want %s", got, c.want)
			}
		})
	}
}

func TestPluginKeys(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"coap.bind.udp.1 = 0.0.0.0:5683", `taken as listener[2].bind = "coap://0.0.0.0:5683"`},
		{"coap.bind.udp.lan = ::1:5683 # loopback", `taken as listener[2].bind = "coap://[::1]:5683"`},
		{"coap.port = 5683", `taken as listener[2].bind = "coap://0.0.0.0:5683"`},
		{"coap.dtls.port = 5684\ncoap.dtls.verify = verify_none", `taken as listener[2].bind = "coaps://0.0.0.0:5684"`},
		{"coap.bind.dtls.1 = 0.0.0.0:5684", "not taken: EMQX starts it only if there is a key coap.dtls.NAME"},
		{"coap.dtls.verify = verify_peer", "not taken: there is no listener coap.bind.dtls.N for it"},
		{"coap.dtls.verify = verify_peer\ncoap.bind.dtls.1 = 5684", `taken as listener[2].dtls_options.verify = "verify_peer"`},
		{"coap.enable_stats = on", "taken as what always is"},
		{"coap.keepalive = 120s", "not taken: EMQX 4 has no keepalive"},
		{"coap.dtls.port2 = 5685", "not taken: no version of EMQX reads it"},
		{"coap.colour = blue", "not taken: is unknown"},
		{"mqtt.x = 1\ncoap.port = 5683", "not taken: is not of the CoAP plugin"},
	} {
		t.Run(c.text, func(t *testing.T) {
			s, report := imported(t, c.text)
			item := report.Items[slices.IndexFunc(report.Items, func(i Item) bool { return i.Line == 1 })]
			_, said, _ := strings.Cut(strings.TrimPrefix(item.String(), "line 1: "), ": ")
			if !strings.HasPrefix(said, c.want) {
				t.Errorf("the report says %q, want %q", said, c.want)
			}
			for _, l := range s.Listeners {
				if strings.HasPrefix(l.Bind, "coap") && item.Outcome == Taken && l.Dialect != settings.DialectEMQX4 && l.Bind != "coap://127.0.0.1:5683" {
					t.Errorf("%s speaks %s", l.Bind, l.Dialect)
				}
			}
		})
	}
}

func TestUnreadable(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"", "f: has neither a block gateway.coap of EMQX 5 nor keys coap.NAME of EMQX 4"},
		{"gateway.stomp.enable = true", "f: has neither"},
		{"gateway = 3", "f: has neither"},
		{block("mountpoint = ${clientid}"), `f:2: "${clientid}" is a substitution`},
		{"coap.port = 1\nnonsense", "f:2: is not KEY = VALUE"},
		{"a = 1\nb = \"\xff\"", "f:2: is not UTF-8"},
		{strings.Repeat("#", maxFile+1), "f: is longer than 1MB"},
	} {
		s, _, err := Import("f", []byte(c.text), settings.Default())
		if _, ok := errors.AsType[*settings.Error](err); !ok || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%.40q: %v, want %s", c.text, err, c.want)
		}
		if len(s.Listeners) != 3 {
			t.Errorf("%.40q: the base is not returned", c.text)
		}
	}
}

// TestFiles imports files as people have them, and reads back what they become.
func TestFiles(t *testing.T) {
	for _, name := range []string{"gateway.hocon", "emqx_coap.conf"} {
		t.Run(name, func(t *testing.T) {
			data, err := os.ReadFile("testdata/" + name)
			if err != nil {
				t.Fatal(err)
			}
			s, report := imported(t, string(data))
			want, err := os.ReadFile("testdata/" + name + ".report")
			if err != nil {
				t.Fatal(err)
			}
			if report.String() != string(want) {
				t.Errorf("the report is\n%s", report)
			}
			if strings.Contains(report.String()+string(settings.Encode(s)), "swordfish") {
				t.Error("the password is written down")
			}
			again, err := settings.Decode("f", settings.Encode(s), settings.Settings{})
			if err != nil {
				t.Fatal(err)
			}
			if string(settings.Encode(again)) != string(settings.Encode(s)) {
				t.Error("the settings do not survive their file")
			}
		})
	}
}
