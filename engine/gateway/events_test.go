package gateway

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"sluice/engine/settings"
)

// Events of section 5.12, and of EMQX 4 for those that speak its way.
func TestEvents(t *testing.T) {
	node := func(c *Config, _ *settings.Access) { c.Settings.NodeName = "emqx@10.0.0.1" }
	const clients = "$SYS/brokers/emqx@10.0.0.1/gateway/coap/clients/"
	const clients4 = "$SYS/brokers/emqx@10.0.0.1/clients/"
	tests := []struct {
		name    string
		dialect settings.Dialect
		steps   []step
		want    []string // topic and reason
	}{
		{"a connection", settings.DialectEMQX5, []step{
			{"a", "POST mqtt/connection?clientid=lamp&username=admin&password=public", "2.01 token"},
			{"a", "DELETE mqtt/connection?clientid=lamp&token=$T", "2.02"},
		}, []string{clients + "lamp/connected ", clients + "lamp/disconnected normal"}},
		{"who is refused", settings.DialectEMQX5, []step{
			{"a", "POST mqtt/connection?clientid=lamp&username=admin&password=wrong", `4.00 "Login Failed: bad_username_or_password"`},
		}, nil},
		{"no connection", settings.DialectEMQX5, []step{{"a", "POST ps/t?clientid=lamp&username=admin&password=public : 1", "2.04"}}, nil},
		{"a client ID that would be a wildcard", settings.DialectEMQX5, []step{
			{"a", "POST mqtt/connection?clientid=%2B&c=+&username=admin&password=public", "2.01 token"},
		}, nil},
		{"EMQX 4, and a second session takes the client ID", settings.DialectEMQX4, []step{
			{"a", "PUT mqtt/t?c=lamp&u=admin&p=public : 1", "2.04"},
			{"a", "PUT mqtt/t?c=lamp&u=tom&p=public : 1", "4.01"},
			{"b", "PUT mqtt/t?c=lamp&u=admin&p=public : 1", "2.04"},
		}, []string{clients4 + "lamp/connected "}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t, tt.dialect, node, users)
			w.converse(tt.steps)
			var got []string
			for _, m := range w.broker.events() {
				var event clientEvent
				if err := json.Unmarshal(m.Payload, &event); err != nil {
					t.Fatal(err)
				}
				if event.ClientID != "lamp" || event.Username != "admin" || event.IPAddress != "127.0.0.1" || event.Port == 0 ||
					event.ProtoName != "CoAP" || event.Keepalive != 30 || time.Since(time.UnixMilli(event.Timestamp)) > time.Minute {
					t.Errorf("event %s", m.Payload)
				}
				got = append(got, fmt.Sprintf("%s %s", m.Topic, event.Reason))
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("events %q, want %q", got, tt.want)
			}
		})
	}
}

func TestEventsSayWhy(t *testing.T) {
	w := newWorld(t, settings.DialectEMQX5)
	w.converse([]step{{"a", "POST mqtt/connection?clientid=lamp", "2.01 token"}})
	if !w.gateway.Disconnect("connection/lamp") {
		t.Fatal("there is no session to disconnect")
	}
	w.converse([]step{{"a", "POST mqtt/connection?clientid=lamp", "2.01 token"}})
	s := w.gateway.registry.connection([]byte("lamp"))
	for now := time.Now(); !s.ended; now = now.Add(w.gateway.heartbeat.period) {
		w.gateway.check(s, now)
	}
	var reasons []reason
	for _, m := range w.broker.events() {
		var event clientEvent
		if err := json.Unmarshal(m.Payload, &event); err != nil {
			t.Fatal(err)
		}
		reasons = append(reasons, event.Reason)
	}
	if want := []reason{"", reasonKicked, "", reasonKeepalive}; !slices.Equal(reasons, want) {
		t.Errorf("reasons %q, want %q", reasons, want)
	}
}
