package gateway

import (
	"testing"

	"sluice/engine/settings"
)

// What a listener has of its own: section 4 of the behaviour of EMQX 5.
func TestListenerSettings(t *testing.T) {
	mountpoint := func(c *Config, _ *settings.Access) { c.Settings.Mountpoint = "gateway/" }
	tests := []struct {
		name     string
		listener settings.Listener
		steps    []step
		topics   []string // published to
	}{
		{"the gateway's mountpoint", settings.Listener{}, []step{
			{"a", "POST ps/t?username=admin&password=public : 1", "2.04"},
		}, []string{"gateway/t"}},
		{"the listener's mountpoint", settings.Listener{Mountpoint: new("${client_attrs.tenant}/")}, []step{
			{"a", "POST ps/t?username=admin&password=public : 1", "2.04"},
			{"a", "GET ps/t?username=admin&password=public observe=0 tkn=01", "2.05 observe"},
			{"a", "publish acme/t : 2", `NON 01 2.05 observe "2"`},
		}, []string{"acme/t", "acme/t"}},
		{"no mountpoint", settings.Listener{Mountpoint: new("")}, []step{
			{"a", "POST ps/t?username=admin&password=public : 1", "2.04"},
		}, []string{"t"}},
		{"enable_authn", settings.Listener{EnableAuthn: new(bool)}, []step{
			{"a", "POST ps/t?username=admin&password=wrong : 1", "2.04"},
			{"a", "POST mqtt/connection?clientid=1", "2.01 token"},
		}, []string{"gateway/t"}},
		{"health_check", settings.Listener{HealthCheck: settings.HealthCheck{Request: "PING", Reply: "PONG"}}, []step{
			{"a", "raw 50494e47", "504f4e47"},
		}, nil},
		{"access_rules deny", settings.Listener{AccessRules: []string{"allow 10.0.0.0/8", "deny all"}}, []step{
			{"a", "raw 40000001", "silence"},
		}, nil},
		{"access_rules allow", settings.Listener{AccessRules: []string{"allow 127.0.0.0/8", "deny all"}}, []step{
			{"a", "raw 40000001", "70000001"},
		}, nil},
		{"max_conn_rate", settings.Listener{MaxConnRate: 1}, []step{
			{"a", "PUT mqtt/connection", "2.04"}, // no password: hashing one may take a second
			{"b", "PUT mqtt/connection", "5.03 maxage=1"},
			{"a", "PUT mqtt/connection", "2.04"},
		}, nil},
		{"max_connections", settings.Listener{MaxConnections: 2}, []step{
			{"a", "POST ps/t?username=admin&password=public : 1", "2.04"},
			{"b", "POST ps/t?username=admin&password=public : 1", "2.04"},
			{"c", "POST ps/t?username=admin&password=public : 1", "5.03 maxage=60"},
		}, []string{"gateway/t", "gateway/t"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.listener.Bind, tt.listener.Dialect = "coap://test", settings.DialectEMQX5
			w := newWorldOn(t, tt.listener, mountpoint, users, func(_ *Config, a *settings.Access) {
				a.Users[0].ClientAttrs = map[string]string{"tenant": "acme"}
			})
			w.converse(tt.steps)
			var topics []string
			for _, m := range w.broker.messages() {
				topics = append(topics, m.Topic)
			}
			if len(topics) != len(tt.topics) {
				t.Fatalf("published to %q, want %q", topics, tt.topics)
			}
			for i := range topics {
				if topics[i] != tt.topics[i] {
					t.Errorf("published to %q, want %q", topics, tt.topics)
				}
			}
		})
	}
}

// A created connection takes its mountpoint along to a listener that has another one.
func TestAConnectionKeepsItsMountpoint(t *testing.T) {
	w := newWorld(t, settings.DialectEMQX5, connectionRequired, func(c *Config, _ *settings.Access) {
		c.Settings.Mountpoint = "m/${clientid}/"
	})
	w.converse([]step{
		{"a", "POST mqtt/connection?clientid=1", "2.01 token"},
		{"a", "GET ps/x?clientid=1&token=$T observe=0 tkn=01", "2.05 observe"},
	})
	there := w.listen(settings.Listener{Bind: "coap://there", Dialect: settings.DialectEMQX5, Mountpoint: new("there/")})
	there.converse([]step{
		{"b", "GET ps/x?clientid=1&token=$T observe=0 tkn=02", "2.05 observe"},
		{"b", "POST ps/x?clientid=1&token=$T&q=0 : 1", "2.04"},
		{"b", "told", `NON 02 2.05 observe "1"`},
		{"b", "publish m/1/x : 2", `NON 02 2.05 observe "2"`},
		{"b", "GET ps/x?clientid=1&token=$T observe=1", "2.07"},
		{"b", "publish m/1/x : 3", "-"},
	})
	if m := w.broker.messages()[0]; m.Topic != "m/1/x" {
		t.Errorf("published to %s", m.Topic)
	}
}
