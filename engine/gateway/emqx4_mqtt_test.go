package gateway

import (
	"testing"

	"sluice/engine/settings"
)

// MQTT mode of EMQX 4, and GEN-A, which is the same from outside: sections 3.1 to 3.4 and 3.6 of the behaviour of EMQX 4,
// and what section 11 says of it.
func TestEMQX4MQTTMode(t *testing.T) {
	const q = "?c=client1&u=emqx&p=public"
	run(t, settings.DialectEMQX4, []row{
		{"publish", nil, []step{{"a", "PUT mqtt/topic1" + q + " : hello", "2.04"}}},
		{"observe, told, cancel", nil, []step{
			{"a", "GET mqtt/topic1" + q + " observe=0 tkn=01", "2.05 observe=0"},
			{"a", "publish topic1 : hello", `CON 01 2.05 observe=1 ct=42 "hello"`},
			{"a", "publish topic1 : hello", `CON 01 2.05 observe=2 ct=42 "hello"`},
			{"a", "GET mqtt/topic1" + q + " observe=1 tkn=02", "2.05"},
			{"a", "publish topic1 : hello", "-"},
		}},
		{"notifications have the type of the observe request", nil, []step{
			{"a", "NON GET mqtt/t" + q + " observe=0 tkn=01", "2.05 observe=0"},
			{"a", "publish t q2 : 1", `NON 01 2.05 observe=1 ct=42 "1"`},
		}},
		{"an empty token will do", nil, []step{
			{"a", "GET mqtt/t" + q + " observe=0 tkn=", "2.05 observe=0"},
			{"a", "publish t : 1", `CON  2.05 observe=1 ct=42 "1"`},
		}},
		{"wildcards", nil, []step{
			{"a", "GET mqtt/+/z" + q + " observe=0 tkn=01", "2.05 observe=0"},
			{"a", "publish a/z : 1", `CON 01 2.05 observe=1 ct=42 "1"`},
		}},
		{"observe again: the new token, and the next number", nil, []step{
			{"a", "GET mqtt/t" + q + " observe=0 tkn=01", "2.05 observe=0"},
			{"a", "GET mqtt/t" + q + " observe=0 tkn=02", "2.05 observe=1"},
			{"a", "publish t : 1", `CON 02 2.05 observe=2 ct=42 "1"`},
		}},
		{"of two observers of one session only the newest is told", nil, []step{
			{"a", "GET mqtt/t" + q + " observe=0 tkn=01", "2.05 observe=0"},
			{"b", "GET mqtt/t" + q + " observe=0 tkn=02", "2.05 observe=0"},
			{"b", "publish t : 1", `CON 02 2.05 observe=1 ct=42 "1"`},
			{"a", "publish x : 1", "-"},
		}},
		{"retained messages come as notifications", nil, []step{
			{"a", "publish t retain : kept", "-"},
			{"a", "GET mqtt/t" + q + " observe=0 tkn=01", "2.05 observe=0"},
			{"a", "told", `CON 01 2.05 observe=1 ct=42 "kept"`},
		}},
		{"GET without Observe only keeps the session", nil, []step{
			{"a", "GET mqtt/t" + q, "2.05"},
			{"a", "GET mqtt" + q, "2.05"},
		}},
		{"cancelling what is not observed", nil, []step{{"a", "GET mqtt/t" + q + " observe=1", "2.05"}}},
		{"other values of Observe", nil, []step{{"a", "GET mqtt/t" + q + " observe=2", "4.02"}}},
		{"no topic", nil, []step{
			{"a", "PUT mqtt" + q + " : 1", "4.00"},
			{"a", "GET mqtt" + q + " observe=0", "4.00"},
			{"a", "PUT mqtt/" + q + " : 1", "4.00"},
		}},
		{"POST and DELETE, after authentication", nil, []step{
			{"a", "POST mqtt/t" + q + " : 1", "4.05"},
			{"a", "DELETE mqtt/t" + q, "4.05"},
			{"a", "POST mqtt/t : 1", "4.00"},
			{"a", "POST mqtt/connection" + q, "4.05"},
		}},
		{"connection is a topic like others", nil, []step{{"a", "PUT mqtt/connection" + q + " : 1", "2.04"}}},
		{"If-None-Match and If-Match", nil, []step{
			{"a", "PUT mqtt/t" + q + " ifnonematch : 1", "4.12"},
			{"a", "PUT mqtt/t" + q + " ifmatch=ab : 1", "4.12"},
		}},
		{"c is mandatory and may be empty; u and p are optional", nil, []step{
			{"a", "PUT mqtt/t : 1", "4.00"},
			{"a", "PUT mqtt/t?u=a&p=b : 1", "4.00"},
			{"a", "PUT mqtt/t?clientid=a : 1", "4.00"},
			{"a", "PUT mqtt/t?c= : 1", "2.04"},
			{"a", "PUT mqtt/t?c=a : 1", "2.04"},
			{"a", "PUT mqtt/t?c=a=b&x&y=z : 1", "2.04"},
		}},
		{"authentication failure", []option{users}, []step{
			{"a", "PUT mqtt/t?c=a&u=admin&p=wrong : 1", "4.01"},
			{"a", "GET mqtt/t?c=a", "4.01"},
			{"a", "PUT mqtt/t?c=a&u=admin&p=public : 1", "2.04"},
			{"a", "GET mqtt/t?c=a&u=admin&p=wrong observe=0", "4.01"},
			{"a", "GET mqtt/t?c=a&u=admin&p=public observe=0 tkn=01", "2.05 observe=0"},
			{"a", "publish t : 1", `CON 01 2.05 observe=1 ct=42 "1"`},
		}},
		{"an observation that waits for its password to be hashed", []option{users}, []step{
			{"a", "GET mqtt/t?c=a&u=admin&p=public observe=0 tkn=01", "2.05 observe=0"},
			{"a", "publish t : 1", `CON 01 2.05 observe=1 ct=42 "1"`},
		}},
		{"a denied topic", []option{deny("no/#")}, []step{
			{"a", "PUT mqtt/no/x" + q + " : 1", "4.03"},
			{"a", "GET mqtt/no/x" + q + " observe=0", "4.03"},
		}},
		{"another username for the same client ID ends the old session without a word", nil, []step{
			{"a", "GET mqtt/t?c=a&u=1 observe=0 tkn=01", "2.05 observe=0"},
			{"b", "GET mqtt/t?c=a&u=2", "2.05"},
			{"a", "publish t : 1", "-"},
		}},
		{"what there is no handler for", nil, []step{
			{"a", "GET -", "4.04"},
			{"a", "GET foo", "4.04"},
			{"a", "GET .well-known", "4.04"},
			{"a", "GET .well-known/core/x", "4.04"},
		}},
		{"discovery", nil, []step{
			{"a", "GET .well-known/core", `2.05 etag=90d6c6ac ct=40 "</mqtt>,</ps>"`},
			{"a", "GET .well-known/core observe=0", `2.05 etag=90d6c6ac ct=40 "</mqtt>,</ps>"`},
			{"a", "GET .well-known/core?rt=x", "2.05 etag=da39a3ee ct=40"},
			{"a", "GET .well-known/core?href=/ps", "2.05 etag=da39a3ee ct=40"},
			{"a", "GET .well-known/core etag=90d6c6ac", "2.03 etag=90d6c6ac"},
			{"a", "PUT .well-known/core : 1", "4.05"},
			{"a", "POST .well-known/core : 1", "4.05"},
			{"a", "DELETE .well-known/core", "4.05"},
		}},
	})
}

func TestEMQX4Topics(t *testing.T) {
	for path, topic := range map[string]string{
		"mqtt/a": "a", "mqtt/a/b": "a/b", "mqtt/a/": "a", "mqtt//abc": "/abc", "mqtt/a//b": "a//b", "mqtt/a%2Fb": "a%2Fb",
	} {
		w := newWorld(t, settings.DialectEMQX4)
		if got := w.device("a").ask("PUT " + path + "?c=x : 1"); got != "2.04" {
			t.Errorf("%s: answer %s", path, got)
			continue
		}
		m := w.broker.last()
		if m.Topic != topic || m.QoS != 0 || m.Retain || m.HasExpiry || m.From != "x" {
			t.Errorf("%s published %+v, want topic %q", path, m, topic)
		}
	}
}

// In emqx4 a new session ends the MQTT client of its ID; in auto the two worlds leave each other alone.
func TestEMQX4EndsTheMQTTClientOfItsID(t *testing.T) {
	for dialect, want := range map[settings.Dialect]int{settings.DialectEMQX4: 1, settings.DialectAuto: 0} {
		w := newWorld(t, dialect)
		w.device("a").ask("GET mqtt/t?c=x")
		w.device("a").ask("GET mqtt/t?c=x")
		if got := w.broker.ended(); got != want {
			t.Errorf("%s: %d MQTT clients ended, want %d", dialect, got, want)
		}
	}
}
