package settings

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"
)

const (
	argonHash  = "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2E$Gpn0mTC6LWFmHWMd3mWWNgGSCxCYsHmcCfRTRJiAgnE"
	bcryptHash = "$2a$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy"
)

// decode reads a document over the defaults and fails the test on an error.
func decode(t *testing.T, document string) Settings {
	t.Helper()
	s, err := Decode("sluice.toml", []byte(document), Default())
	if err != nil {
		t.Fatalf("Decode(%q): %v", document, err)
	}
	return s
}

func TestDefaultIsValidAndOnLoopback(t *testing.T) {
	if err := Default().Validate(); err != nil {
		t.Fatal(err)
	}
	for _, l := range Default().Listeners {
		if _, host, _, _ := l.Split(); host != "127.0.0.1" {
			t.Errorf("%s is not on loopback", l.Bind)
		}
	}
	if got := decode(t, ""); !reflect.DeepEqual(got, Default()) {
		t.Errorf("an empty document gives %+v", got)
	}
}

func TestAcceptedValues(t *testing.T) {
	tests := []struct {
		document string
		get      func(Settings) any
		want     any
	}{
		{"gateway.connection_required = true", func(s Settings) any { return s.Gateway.ConnectionRequired }, true},
		{"gateway.heartbeat = '1m30s'", func(s Settings) any { return s.Gateway.Heartbeat.Std() }, 90 * time.Second},
		{"gateway.heartbeat = 5", func(s Settings) any { return s.Gateway.Heartbeat.Std() }, 5 * time.Second},
		{"gateway.heartbeat = '24h'", func(s Settings) any { return s.Gateway.Heartbeat.Std() }, 24 * time.Hour},
		{"gateway.idle_timeout = '500ms'", func(s Settings) any { return s.Gateway.IdleTimeout.Std() }, 500 * time.Millisecond},
		{"gateway.notify_type = 'non'", func(s Settings) any { return s.Gateway.NotifyType }, NotifyNon},
		{"gateway.notify_type = 'con'", func(s Settings) any { return s.Gateway.NotifyType }, NotifyCon},
		{"gateway.notify_type = 'qos'", func(s Settings) any { return s.Gateway.NotifyType }, NotifyQoS},
		{"gateway.subscribe_qos = 'qos0'", func(s Settings) any { return s.Gateway.SubscribeQoS }, QoS0},
		{"gateway.subscribe_qos = 'qos1'", func(s Settings) any { return s.Gateway.SubscribeQoS }, QoS1},
		{"gateway.publish_qos = 'qos2'", func(s Settings) any { return s.Gateway.PublishQoS }, QoS2},
		{"gateway.publish_qos = 'coap'", func(s Settings) any { return s.Gateway.PublishQoS }, QoSCoAP},
		{"gateway.mountpoint = 'coap/${clientid}/'", func(s Settings) any { return s.Gateway.Mountpoint }, "coap/${clientid}/"},
		{"gateway.observe_sequence = 'counter'", func(s Settings) any { return s.Gateway.ObserveSequence }, SequenceCounter},
		{"[gateway.blockwise]\nenable = false", func(s Settings) any { return s.Gateway.Blockwise.Enable }, false},
		{"[gateway.blockwise]\nmax_block_size = 16", func(s Settings) any { return s.Gateway.Blockwise.MaxBlockSize }, 16},
		{"[gateway.blockwise]\nmax_body_size = '512KB'", func(s Settings) any { return s.Gateway.Blockwise.MaxBodySize }, Size(512 << 10)},
		{"[gateway.blockwise]\nmax_body_size = '2mb'", func(s Settings) any { return s.Gateway.Blockwise.MaxBodySize }, Size(2 << 20)},
		{"[gateway.blockwise]\nmax_body_size = '1GB'", func(s Settings) any { return s.Gateway.Blockwise.MaxBodySize }, Size(1 << 30)},
		{"[gateway.blockwise]\nmax_body_size = 2048", func(s Settings) any { return s.Gateway.Blockwise.MaxBodySize }, Size(2048)},
		{"[gateway.blockwise]\nexchange_lifetime = '2s'", func(s Settings) any { return s.Gateway.Blockwise.ExchangeLifetime.Std() }, 2 * time.Second},
		{"[[listener]]\nbind = 'coap://[::1]:0'", func(s Settings) any { return s.Listeners }, []Listener{{Bind: "coap://[::1]:0", Dialect: DialectAuto}}},
		{"[[listener]]\nbind = 'coap://:5683'\ndialect = 'emqx4'", func(s Settings) any { return s.Listeners }, []Listener{{Bind: "coap://:5683", Dialect: DialectEMQX4}}},
		{"listener = [{bind = 'mqtt://localhost:1'}, {bind = 'ws://localhost:2'}]", func(s Settings) any { return s.Listeners },
			[]Listener{{Bind: "mqtt://localhost:1"}, {Bind: "ws://localhost:2"}}},
		{"[[listener]]\nbind = 'coap://:1'\nenable_authn = false\nmountpoint = ''", func(s Settings) any { return s.Listeners },
			[]Listener{{Bind: "coap://:1", Dialect: DialectAuto, EnableAuthn: new(bool), Mountpoint: new(string)}}},
		{"[[listener]]\nbind = 'coap://:1'\nmax_connections = 5\nmax_conn_rate = 6\nrecbuf = '1MB'\nsndbuf = 4096\n" +
			"access_rules = ['allow 10.0.0.0/8', 'deny all']\nhealth_check = {request = 'PING', reply = 'PONG'}",
			func(s Settings) any { return s.Listeners },
			[]Listener{{
				Bind: "coap://:1", Dialect: DialectAuto, MaxConnections: 5, MaxConnRate: 6, ReceiveBuffer: 1 << 20, SendBuffer: 4096,
				AccessRules: []string{"allow 10.0.0.0/8", "deny all"}, HealthCheck: HealthCheck{"PING", "PONG"},
			}}},
		{"[[listener]]\nbind = 'coap://:1'\nmulticast = ['eth0']", func(s Settings) any { return s.Listeners[0].Multicast }, []string{"eth0"}},
		{"listener = []", func(s Settings) any { return s.Listeners }, []Listener{}},
		{"[gateway.limits]\nmax_peers = 7\nmax_reply_bytes = '1MB'", func(s Settings) any {
			return []any{s.Gateway.Limits.MaxPeers, s.Gateway.Limits.MaxReplyBytes, s.Gateway.Limits.MaxObservers}
		}, []any{7, Size(1 << 20), 200_000}},
		{"[gateway.transmission]\nack_random_factor = 2\nprocessing_delay = '100ms'", func(s Settings) any { return s.Gateway.Transmission },
			Transmission{Duration(2 * time.Second), 2, 4, Duration(100 * time.Millisecond), 1}},
		{"[gateway.proxy]\nforward = true\nallow = ['coap://*.example.org']", func(s Settings) any { return s.Gateway.Proxy },
			func() Proxy {
				p := Default().Gateway.Proxy
				p.Forward, p.Allow = true, []string{"coap://*.example.org"}
				return p
			}()},
		{"gateway.observe_retained = true", func(s Settings) any { return s.Gateway.ObserveRetained }, true},
		{"gateway.reset_ends_observe = false", func(s Settings) any { return s.Gateway.ResetEndsObserve }, false},
		{"gateway.verify_addresses = 'always'", func(s Settings) any { return s.Gateway.VerifyAddresses }, VerifyAlways},
		{"gateway.node_name = 'emqx@10.0.0.1'", func(s Settings) any { return s.Gateway.NodeName }, "emqx@10.0.0.1"},
		{"gateway.mountpoint = '${client_attrs.tenant}/'", func(s Settings) any { return s.Gateway.Mountpoint }, "${client_attrs.tenant}/"},
		{"[gateway.ietf]\ncollection = 'a/ps'\nmax_topics = 5\nmax_topic_bytes = '1MB'\nmax_publish_rate = 10", func(s Settings) any { return s.Gateway.IETF },
			IETF{"a/ps", 5, 1 << 20, 10}},
		{"[[listener]]\nbind = 'coap://:5683'\ndialect = 'ietf'", func(s Settings) any { return s.Listeners }, []Listener{{Bind: "coap://:5683", Dialect: DialectIETF}}},
		{"[gateway.emqx4]\nauthentication_failure = '5.00'\nrequire_content_format = true", func(s Settings) any { return s.Gateway.EMQX4 },
			EMQX4{InternalServerError, true}},
		{"access.anonymous = false", func(s Settings) any { return s.Access.Anonymous }, false},
		{"[[access.user]]\nusername = 'admin'\npassword = 'public'", func(s Settings) any { return s.Access.Users },
			[]User{{Username: "admin", Password: "public"}}},
		{"[[access.user]]\nusername = 'a'\nhash = '" + argonHash + "'\n[[access.user]]\nusername = 'b'\nhash = '" + bcryptHash + "'",
			func(s Settings) any { return s.Access.Users },
			[]User{{Username: "a", Hash: argonHash}, {Username: "b", Hash: bcryptHash}}},
		{"[[access.user]]\nusername = 'a'\npassword = 'p'\nclient_attrs = {tenant = 'acme', site = ''}",
			func(s Settings) any { return s.Access.Users },
			[]User{{Username: "a", Password: "p", ClientAttrs: map[string]string{"tenant": "acme", "site": ""}}}},
		{"[[access.rule]]\npermission = 'deny'\nwho = 'user:bob'\naction = 'publish'\ntopics = ['a/+/#', '$SYS/#', '${clientid}/x']",
			func(s Settings) any { return s.Access.Rules },
			[]Rule{{Deny, "user:bob", Publish, []string{"a/+/#", "$SYS/#", "${clientid}/x"}}}},
		{"access.client_id = 'common_name'", func(s Settings) any { return s.Access.ClientID }, CommonNameClientID},
		{"[[access.rule]]\npermission = 'allow'\nwho = 'client:${cert_common_name}'\naction = 'connect'",
			func(s Settings) any { return s.Access.Rules },
			[]Rule{{Permission: Allow, Who: "client:${cert_common_name}", Action: Connect}}},
		{"[[access.rule]]\npermission = 'deny'\nwho = 'psk:a'\naction = 'all'\ntopics = ['${cert_subject}/${psk_identity}']",
			func(s Settings) any { return s.Access.Rules },
			[]Rule{{Deny, "psk:a", AllAction, []string{"${cert_subject}/${psk_identity}"}}}},
		{"[[access.rule]]\npermission = 'allow'\nwho = 'client:a:b'\naction = 'subscribe'\ntopics = ['#']",
			func(s Settings) any { return s.Access.Rules },
			[]Rule{{Allow, "client:a:b", Subscribe, []string{"#"}}}},
	}
	for _, tt := range tests {
		t.Run(tt.document, func(t *testing.T) {
			if got := tt.get(decode(t, tt.document)); !reflect.DeepEqual(got, tt.want) {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

func TestRefusedValues(t *testing.T) {
	const (
		duration = `a duration from 10ms to 24h such as "30s", "1m30s" or "500ms", or a whole number of seconds`
		qos      = `"qos0", "qos1", "qos2" or "coap"`
		size     = `a size from 1 to 1GB such as "4MB" or "512KB", or a whole number of bytes`
		block    = "16, 32, 64, 128, 256, 512 or 1024"
		bind     = `"SCHEME://HOST:PORT" with scheme coap, coaps, coap+tcp, coap+ws, mqtt, mqtts, ws or wss, port 0 to 65535 and an IPv6 host in brackets`
		dialect  = `"auto", "emqx5", "emqx4" or "ietf", on listeners of CoAP only`
		rules    = `a list of "allow WHOM" and "deny WHOM" with an address, a CIDR block or all`
		topics   = "a list of one or more MQTT topic filters, in which ${clientid}, ${username}, ${cert_common_name}, ${cert_subject} and ${psk_identity} are replaced; none for connect"
		whos     = `"all", "user:NAME", "client:ID", "cn:NAME" or "psk:IDENTITY", in which placeholders are replaced as in topics`
		mount    = "text without + and #, in which ${clientid}, ${username}, ${client_attrs.NAME}, ${cert_common_name}, ${cert_subject} and ${psk_identity} are replaced"
	)
	gateway := strings.Join(namesUnder("gateway"), ", ")
	tests := []struct{ document, want string }{
		{"gateway = 1", "f:1: gateway: is an integer; allowed: a table, [gateway]"},
		{"[gateway]\nconnection_required = 'yes'", "f:2: gateway.connection_required: is a string; allowed: true or false"},
		{"[gateway]\nheartbeat = 'soon'", `f:2: gateway.heartbeat: "soon" is not a duration; allowed: ` + duration},
		{"[gateway]\nheartbeat = 0", "f:2: gateway.heartbeat: is 0s; allowed: " + duration},
		{"[gateway]\nheartbeat = -9223372036854775808", "f:2: gateway.heartbeat: is -2562047h47m16.854775808s; allowed: " + duration},
		{"[gateway]\nheartbeat = 1.5", "f:2: gateway.heartbeat: is a float; allowed: " + duration},
		{"[gateway]\nidle_timeout = '25h'", "f:2: gateway.idle_timeout: is 25h; allowed: " + duration},
		{"[gateway]\nnotify_type = 'maybe'", `f:2: gateway.notify_type: is "maybe"; allowed: "non", "con" or "qos"`},
		{"[gateway]\nnotify_type = ''", `f:2: gateway.notify_type: is empty; allowed: "non", "con" or "qos"`},
		{"[gateway]\nsubscribe_qos = 'qos3'", `f:2: gateway.subscribe_qos: is "qos3"; allowed: ` + qos},
		{"[gateway]\npublish_qos = 1", `f:2: gateway.publish_qos: is an integer; allowed: ` + qos},
		{"[gateway]\nmountpoint = 'a/#'", "f:2: gateway.mountpoint: has a wildcard; allowed: " + mount},
		{"[gateway]\nmountpoint = '${zone}/'", "f:2: gateway.mountpoint: has the unknown placeholder ${zone}; allowed: " + mount},
		{"[gateway]\nmountpoint = \"\\u0000\"", "f:2: gateway.mountpoint: has a zero byte; allowed: " + mount},
		{"[gateway]\nobserve_sequence = 'time'", `f:2: gateway.observe_sequence: is "time"; allowed: "clock" or "counter"`},
		{"[gateway.proxy]\nallow = ['coap://a', 'http://a']", `f:2: gateway.proxy.allow[1]: "http://a" does not begin with coap:// or coaps://; allowed: ` + allowedFor("gateway.proxy.allow")},
		{"[gateway.proxy]\nallow = 'coap://a'", "f:2: gateway.proxy.allow: is a string; allowed: " + allowedFor("gateway.proxy.allow")},
		{"[gateway.proxy]\nmax_cache_bytes = 0", "f:2: gateway.proxy.max_cache_bytes: is 0; allowed: " + allowedBytes},
		{"[gateway.proxy]\nforwards = true", "f:2: gateway.proxy.forwards: unknown key, did you mean forward; allowed: reverse, forward, allow, allow_loopback, allow_link_local, ca, timeout, max_cache_entries, max_cache_bytes, max_observers"},
		{"[gateway]\nblockwise = true", "f:2: gateway.blockwise: is a boolean; allowed: a table, [gateway.blockwise]"},
		{"[gateway.blockwise]\nenable = 1", "f:2: gateway.blockwise.enable: is an integer; allowed: true or false"},
		{"[gateway.blockwise]\nmax_block_size = 100", "f:2: gateway.blockwise.max_block_size: is 100; allowed: " + block},
		{"[gateway.blockwise]\nmax_block_size = '64'", "f:2: gateway.blockwise.max_block_size: is a string; allowed: " + block},
		{"[gateway.blockwise]\nmax_body_size = '4 apples'", `f:2: gateway.blockwise.max_body_size: "4 apples" is not a size; allowed: ` + size},
		{"[gateway.blockwise]\nmax_body_size = '2GB'", `f:2: gateway.blockwise.max_body_size: is 2GB; allowed: ` + size},
		{"[gateway.blockwise]\nmax_body_size = 0", `f:2: gateway.blockwise.max_body_size: is 0; allowed: ` + size},
		{"[gateway.blockwise]\nexchange_lifetime = '1ms'", "f:2: gateway.blockwise.exchange_lifetime: is 1ms; allowed: " + duration},

		{"listener = 'coap://:1'", "f:1: listener: is a string; allowed: tables, [[listener]]"},
		{"[[listener]]\n", "f:1: listener[0].bind: is missing; allowed: " + bind},
		{"[[listener]]\nbind = 5683", "f:2: listener[0].bind: is an integer; allowed: " + bind},
		{"[[listener]]\nbind = '127.0.0.1:5683'", `f:2: listener[0].bind: "127.0.0.1:5683" has no scheme; allowed: ` + bind},
		{"[[listener]]\nbind = 'http://h:1'", `f:2: listener[0].bind: "http://h:1" has the unknown scheme "http"; allowed: ` + bind},
		{"[[listener]]\nbind = 'coap://h'", `f:2: listener[0].bind: "coap://h" is not HOST:PORT after the scheme; allowed: ` + bind},
		{"[[listener]]\nbind = 'coap://::1:5683'", `f:2: listener[0].bind: "coap://::1:5683" is not HOST:PORT after the scheme; allowed: ` + bind},
		{"[[listener]]\nbind = 'coap://h:65536'", `f:2: listener[0].bind: "coap://h:65536" has the port "65536"; allowed: ` + bind},
		{"[[listener]]\nbind = 'coap://h:'", `f:2: listener[0].bind: "coap://h:" has the port ""; allowed: ` + bind},
		{"[[listener]]\nbind = 'ws://h:1/mqtt'", `f:2: listener[0].bind: "ws://h:1/mqtt" has the port "1/mqtt"; allowed: ` + bind},
		{"[[listener]]\nbind = 'coap://127.0.0.256:1'", `f:2: listener[0].bind: "coap://127.0.0.256:1" has the host "127.0.0.256"; allowed: ` + bind},
		{"[[listener]]\nbind = 'coap://a b:1'", `f:2: listener[0].bind: "coap://a b:1" has the host "a b"; allowed: ` + bind},
		{"[[listener]]\nbind = 'mqtt://h:1'\n[[listener]]\nbind = 'ws://H:1'", `f:4: listener[1].bind: ws://H:1 is the address of listener[0] already; allowed: ` + bind},
		{"[[listener]]\nbind = 'coap+tcp://h:1'\n[[listener]]\nbind = 'mqtt://h:1'", `f:4: listener[1].bind: mqtt://h:1 is the address of listener[0] already; allowed: ` + bind},
		{"[[listener]]\nbind = 'coap+tcp://h:1'\n[[listener]]\nbind = 'coap+ws://h:1'", `f:4: listener[1].bind: coap+ws://h:1 is the address of listener[0] already; allowed: ` + bind},
		{"[[listener]]\nbind = 'coap+udp://h:1'", `f:2: listener[0].bind: "coap+udp://h:1" has the unknown scheme "coap+udp"; allowed: ` + bind},
		{"[[listener]]\nbind = 'coaps+tcp://h:5684'", `f:2: listener[0].bind: "coaps+tcp://h:5684": CoAP over TLS is not spoken, only over DTLS (coaps); allowed: ` + bind},
		{"[[listener]]\nbind = 'coap+ws://h:1'\ndialect = 'emqx6'", `f:3: listener[0].dialect: is "emqx6"; allowed: ` + dialect},
		{"[gateway.ietf]\ncollection = '/ps'", `f:2: gateway.ietf.collection: is "/ps"; allowed: ` + allowedFor("gateway.ietf.collection")},
		{"[gateway.ietf]\ncollection = 'mqtt/ps'", `f:2: gateway.ietf.collection: is "mqtt/ps", below /mqtt; allowed: ` + allowedFor("gateway.ietf.collection")},
		{"[gateway.ietf]\nmax_topics = 0", `f:2: gateway.ietf.max_topics: is 0; allowed: a whole number from 1 to 1000000`},
		{"[gateway.ietf]\nmax_topic_bytes = '2GB'", `f:2: gateway.ietf.max_topic_bytes: is 2GB; allowed: a size from 1 to 1GB such as "64MB", or a whole number of bytes`},
		{"[gateway.ietf]\nmax_publish_rate = -1", `f:2: gateway.ietf.max_publish_rate: is -1; allowed: a whole number from 0 (no limit) to 1000000, publishes a second`},
		{"[[listener]]\nbind = 'coap://h:1'\ndialect = 'emqx6'", `f:3: listener[0].dialect: is "emqx6"; allowed: ` + dialect},
		{"[[listener]]\nbind = 'mqtt://h:1'\ndialect = 'auto'", `f:3: listener[0].dialect: is set on a mqtt listener; allowed: ` + dialect},

		{"[gateway.limits]\nmax_peers = 0", "f:2: gateway.limits.max_peers: is 0; allowed: a whole number from 1 to 100000000"},
		{"[gateway.limits]\nmax_requests_per_second = -1",
			"f:2: gateway.limits.max_requests_per_second: is -1; allowed: a whole number from 0 (no limit) to 100000000"},
		{"[gateway.limits]\nmax_transfer_bytes = '65GB'",
			`f:2: gateway.limits.max_transfer_bytes: is 65GB; allowed: a size from 1 to 64GB such as "4MB" or "512KB", or a whole number of bytes`},
		{"[gateway.transmission]\nack_random_factor = 0.5", "f:2: gateway.transmission.ack_random_factor: is 0.5; allowed: a number from 1 to 10"},
		{"[gateway.transmission]\nack_random_factor = nan", "f:2: gateway.transmission.ack_random_factor: is NaN; allowed: a number from 1 to 10"},
		{"[gateway.transmission]\nack_timeout = 'x'", `f:2: gateway.transmission.ack_timeout: "x" is not a duration; allowed: ` + duration},
		{"[gateway]\nmountpoint = '${client_attrs.}'", "f:2: gateway.mountpoint: has the unknown placeholder ${client_attrs.}; allowed: " + mount},
		{"[gateway]\nverify_addresses = 'some'", `f:2: gateway.verify_addresses: is "some"; allowed: "never", "remote" or "always"`},
		{"[gateway]\nnode_name = 'a/b'", `f:2: gateway.node_name: is "a/b"; allowed: text of 1 to 255 bytes without /, + and #`},
		{"[gateway.emqx4]\nauthentication_failure = '4.03'", `f:2: gateway.emqx4.authentication_failure: is "4.03"; allowed: "4.01" or "5.00"`},
		{"[[listener]]\nbind = 'coap://h:1'\naccess_rules = ['deny all', 'permit all']",
			`f:3: listener[0].access_rules[1]: "permit all" does not begin with allow or deny; allowed: ` + rules},
		{"[[listener]]\nbind = 'coap://h:1'\naccess_rules = ['allow 10.0.0.0/33']",
			`f:3: listener[0].access_rules[0]: "allow 10.0.0.0/33" names no address, CIDR block or all; allowed: ` + rules},
		{"[[listener]]\nbind = 'mqtt://h:1'\nmax_connections = 1",
			"f:3: listener[0].max_connections: is set on a mqtt listener; allowed: a whole number from 0 (the gateway's own limit only, and 10000 sessions of coaps)"},
		{"[[listener]]\nbind = 'coap://h:1'\nmax_conn_rate = -1",
			"f:3: listener[0].max_conn_rate: is -1; allowed: a whole number from 0 (no limit), new addresses a second"},
		{"[[listener]]\nbind = 'coap+tcp://h:1'\nrecbuf = '1MB'", `f:3: listener[0].recbuf: is set on a coap+tcp listener; allowed: ` + allowedFor("listener.recbuf")},
		{"[[listener]]\nbind = 'coap+ws://h:1'\nhealth_check = {request = 'x'}", `f:3: listener[0].health_check: is set on a coap+ws listener; allowed: ` + allowedFor("listener.health_check")},
		{"[[listener]]\nbind = 'coap://h:1'\nhealth_check = {reply = 'x'}",
			"f:3: listener[0].health_check.request: is missing; allowed: text of 1 to 1024 bytes"},
		{"[[listener]]\nbind = 'coap://h:1'\nrecbuf = '2GB'",
			`f:3: listener[0].recbuf: is 2GB; allowed: a size from 0 (4MB) to 1GB such as "256KB", or a whole number of bytes`},

		{"[[listener]]\nbind = 'coap+tcp://h:1'\nmulticast = ['*']",
			`f:3: listener[0].multicast: is set on a coap+tcp listener; allowed: a list of names of network interfaces, or "*" for all, on coap listeners only`},
		{"[access]\nanonymous = 'no'", "f:2: access.anonymous: is a string; allowed: true or false"},
		{"[access]\nuser = {}", "f:2: access.user: is a table; allowed: tables, [[access.user]]"},
		{"[[access.user]]\npassword = 'x'", "f:1: access.user[0].username: is missing; allowed: text of 1 to 65535 bytes, each name once"},
		{"[[access.user]]\nusername = 'a'", "f:1: access.user[0].password: is missing, and there is no hash; allowed: text that is not empty, when there is no hash"},
		{"[[access.user]]\nusername = 'a'\nhash = 'x'", "f:3: access.user[0].hash: is neither kind of hash; allowed: an argon2id hash in PHC format or a bcrypt hash, when there is no password"},
		{"[[access.user]]\nusername = 'a'\npassword = 'x'\nhash = 'x'", "f:4: access.user[0].hash: is given together with a password; allowed: an argon2id hash in PHC format or a bcrypt hash, when there is no password"},
		{"[[access.user]]\nusername = 'a'\npassword = 'x'\n[[access.user]]\nusername = 'a'\npassword = 'x'",
			`f:5: access.user[1].username: "a" is access.user[0] already; allowed: text of 1 to 65535 bytes, each name once`},
		{"[[access.user]]\nusername = 'a'\npassword = 'x'\nclient_attrs = {'a b' = 'c'}",
			`f:4: access.user[0].client_attrs: has "a b" with the value "c"; allowed: a table of names, made of letters, digits, _ and -, with text without + and #`},
		{rule("permission = 'maybe'"), `f:5: access.rule[0].permission: is "maybe"; allowed: "allow" or "deny"`},
		{rule("who = 'bob'"), `f:5: access.rule[0].who: is "bob"; allowed: ` + whos},
		{rule("who = 'user:'"), `f:5: access.rule[0].who: is "user:"; allowed: ` + whos},
		{rule("who = 'group:bob'"), `f:5: access.rule[0].who: is "group:bob"; allowed: ` + whos},
		{rule("who = 'client:${name}'"), `f:5: access.rule[0].who: has the unknown placeholder ${name}; allowed: ` + whos},
		{rule("who = \"client:a\\u0000\""), `f:5: access.rule[0].who: has a zero byte; allowed: ` + whos},
		{rule("action = 'connect'"), `f:4: access.rule[0].topics: has topics, and the action is connect; allowed: ` + topics},
		{"[access]\nclient_id = 'subject'", `f:2: access.client_id: is "subject"; allowed: "any" or "common_name": who shows a certificate has its common name as client ID`},
		{rule("action = 'read'"), `f:5: access.rule[0].action: is "read"; allowed: "publish", "subscribe", "all" or "connect"`},
		{rule("topics = []"), "f:5: access.rule[0].topics: is empty; allowed: " + topics},
		{rule("topics = 'a'"), "f:5: access.rule[0].topics: is a string; allowed: " + topics},
		{rule("topics = [1]"), "f:5: access.rule[0].topics[0]: is an integer; allowed: " + topics},
		{rule("topics = [\n'a',\n'a/#/b']"), `f:7: access.rule[0].topics[1]: "a/#/b" has a # that is not the whole last level; allowed: ` + topics},
		{rule("topics = ['a+']"), `f:5: access.rule[0].topics[0]: "a+" has a + that is not a whole level; allowed: ` + topics},
		{rule("topics = ['']"), `f:5: access.rule[0].topics[0]: is empty; allowed: ` + topics},
		{rule("topics = ['${name}']"), `f:5: access.rule[0].topics[0]: "${name}" has the unknown placeholder ${name}; allowed: ` + topics},

		{"[gateway]\nheartbaet = '30s'", "f:2: gateway.heartbaet: unknown key, did you mean heartbeat; allowed: " + gateway},
		{"[gateway]\nconnection_requierd = true", "f:2: gateway.connection_requierd: unknown key, did you mean connection_required; allowed: " + gateway},
		{"[gateway]\nmax_body_size = 1", "f:2: gateway.max_body_size: unknown key, did you mean gateway.blockwise.max_body_size; allowed: " + gateway},
		{"[gateway]\nHeartbeat = '1s'", "f:2: gateway.Heartbeat: unknown key, did you mean heartbeat; allowed: " + gateway},
		{"[gateway]\nxyz = 1", "f:2: gateway.xyz: unknown key; allowed: " + gateway},
		{"[listeners]", "f:1: listeners: unknown key, did you mean listener; allowed: gateway, listener, access"},
		{"[gateway", "f:1: not TOML: expected '.' or ']' to end table name, but got '\\x00' instead"},
		{"a = 1\nb = \n", "f:2: b: not TOML: expected value but found '\\n' instead"},
	}
	for _, tt := range tests {
		t.Run(tt.document, func(t *testing.T) {
			_, err := Decode("f", []byte(tt.document), Default())
			if err == nil || err.Error() != tt.want {
				t.Errorf("got  %v\nwant %s", err, tt.want)
			}
		})
	}
}

// rule is a document with one rule in which one key, on line 5, is replaced.
func rule(line string) string {
	name, _, _ := strings.Cut(line, " ")
	document := "[[access.rule]]\n"
	for _, other := range []string{"permission = 'deny'", "who = 'all'", "action = 'all'", "topics = ['a']"} {
		if !strings.HasPrefix(other, name) {
			document += other + "\n"
		}
	}
	return document + line
}

func TestAllMistakesAtOnce(t *testing.T) {
	document := "[gateway]\nnotify_type = 'x'\nfoo = 1\n\n[[listener]]\nbind = 'coap://a:1'\n\n[[listener]]\nbind = 3\nextra = 4\n"
	got, err := Decode("f", []byte(document), Default())
	var all Errors
	if !errors.As(err, &all) || len(all) != 4 {
		t.Fatalf("got %v", err)
	}
	for i, line := range []int{2, 3, 9, 10} {
		if all[i].Line != line || all[i].File != "f" {
			t.Errorf("mistake %d is reported as %s", i, all[i])
		}
	}
	var one *Error
	if !errors.As(err, &one) {
		t.Error("a single mistake cannot be had by errors.As")
	}
	if !reflect.DeepEqual(got, Default()) {
		t.Error("settings with mistakes are not the base")
	}
}

func TestDecodeDoesNotTouchTheBase(t *testing.T) {
	base := Default()
	if _, err := Decode("f", []byte("[[listener]]\nbind='coap://h:1'\n[gateway]\nheartbeat=1"), base); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(base, Default()) {
		t.Errorf("base is now %+v", base)
	}
}

func TestSecretsAreNotRepeated(t *testing.T) {
	for _, document := range []string{
		"[[access.user]]\nusername='a'\npassword='hunter2'\nhash='hunter2'",
		"[[access.user]]\nusername='a'\nhash='hunter2'",
		"[[access.user]]\nusername='a'\npassword=['hunter2']",
		"[[access.user]]\nusername='a'\npasswort='hunter2'",
	} {
		if _, err := Decode("f", []byte(document), Default()); err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%q: %v", document, err)
		}
	}
}

func TestFileTooLong(t *testing.T) {
	_, err := Decode("f", make([]byte, maxFile+1), Default())
	if err == nil || err.Error() != "f: is longer than 262144 bytes" {
		t.Error(err)
	}
}
