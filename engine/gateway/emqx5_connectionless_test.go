package gateway

import (
	"testing"
	"time"

	"sluice/engine/settings"
)

// Connectionless mode of EMQX 5: sections 5.1 to 5.8 and 5.11 of the behaviour of EMQX 5, and what section 11 says of it.
func TestEMQX5ConnectionlessMode(t *testing.T) {
	mountpoint := func(text string) option {
		return func(c *Config, _ *settings.Access) { c.Settings.Mountpoint = text }
	}
	notifyType := func(n settings.NotifyType) option {
		return func(c *Config, _ *settings.Access) { c.Settings.NotifyType = n }
	}
	counter := func(c *Config, _ *settings.Access) { c.Settings.ObserveSequence = settings.SequenceCounter }
	run(t, settings.DialectEMQX5, []row{
		{"publish", nil, []step{{"a", "POST ps/coap/test : Hi, this is libcoap", "2.04"}}},
		{"a NON request is answered with NON", nil, []step{{"a", "NON POST ps/x : 1", "2.04"}}},
		{"create, heartbeat and close work here too", nil, []step{
			{"a", "POST mqtt/connection?clientid=1", "2.01 token"},
			{"a", "PUT mqtt/connection?clientid=1&token=$T", "2.04"},
			{"a", "DELETE mqtt/connection?clientid=1&token=$T", "2.02"},
		}},
		{"heartbeat and close are answered unconditionally", nil, []step{
			{"a", "PUT mqtt/connection", "2.04"},
			{"a", "DELETE mqtt/connection", "2.02"},
		}},
		{"nobody closes a session it can only name", nil, []step{
			{"a", "POST mqtt/connection?clientid=1", "2.01 token"},
			{"a", "GET ps/x observe=0 tkn=01", "2.05 observe"},
			{"b", "DELETE mqtt/connection?clientid=1", "2.02"},
			{"a", "publish x : 1", `NON 01 2.05 observe "1"`},
		}},
		{"what there is no handler for", nil, []step{
			{"a", "GET -", "4.00"},
			{"a", "GET .well-known/core", "4.00"},
			{"a", "GET foo", "4.00"},
			{"a", "GET mqtt/t observe=0", "4.00"},
			{"a", "PUT mqtt/t : 1", "4.00"},
			{"a", "GET mqtt/connection", "4.05"},
			{"a", "PUT ps/t : 1", "4.05"},
			{"a", "DELETE ps/t", "4.05"},
			{"a", "POST ps : 1", `4.00 "invalid topic"`},
			{"a", "PUT ps : 1", `4.00 "invalid topic"`},
		}},
		{"GET wants Observe 0 or 1", nil, []step{
			{"a", "GET ps/t", `4.00 "invalid observe value"`},
			{"a", "GET ps/t observe=2", `4.00 "invalid observe value"`},
		}},
		{"observe without token", nil, []step{{"a", "GET ps/t observe=0 tkn=", `4.00 "observe without token"`}}},
		{"qos, retain and expiry", nil, []step{
			{"a", "POST ps/t?qos=2&retain=true&expiry=60 : 1", "2.04"},
			{"a", "POST ps/t?q=2&r=true : 1", "2.04"},
			{"a", "POST ps/t?qos=3 : 1", "4.00"},
			{"a", "POST ps/t?qos=-1 : 1", "4.00"},
			{"a", "POST ps/t?qos=x : 1", "4.00"},
			{"a", "POST ps/t?expiry=x : 1", "4.00"},
			{"a", "POST ps/t?expiry=-1 : 1", "4.00"},
			{"a", "GET ps/t?qos=x observe=0", "4.00"},
			{"a", "GET ps/t?nl=x observe=0", "4.00"},
			{"a", "GET ps/t?rh=x observe=0", "4.00"},
			{"a", "GET ps/t?qos=7 observe=0", "2.05 observe"},
		}},
		{"topics are percent-decoded once more, empty segments are kept", nil, []step{
			{"a", "GET ps/# observe=0 tkn=01", "2.05 observe"},
			{"a", "NON POST ps/a%2Fb : 1", "2.04"},
			{"a", "told", `NON 01 2.05 observe "1"`},
			{"a", "POST ps/a%zz : 1", "4.00"},
			{"a", "POST ps/a%4 : 1", "4.00"},
			{"a", "POST ps/a%00 : 1", "4.00"},
			{"a", "POST ps/a%ff : 1", "4.00"},
			{"a", "NON POST ps//abc : 2", "2.04"},
			{"a", "told", `NON 01 2.05 observe "2"`},
			{"a", "POST ps/100% : 3", "2.04"},
			{"a", "POST ps/ : 4", "2.04"},
		}},
		{"a wildcard in a published topic reaches exact-string matches only", nil, []step{
			{"a", "GET ps/a/+ observe=0 tkn=01", "2.05 observe"},
			{"b", "GET ps/a/# observe=0 tkn=02", "2.05 observe"},
			{"c", "NON POST ps/a/+ : 1", "2.04"},
			{"a", "told", `NON 01 2.05 observe "1"`},
			{"b", "publish z : 1", "-"},
		}},
		{"no retained value for a new observer", nil, []step{
			{"b", "publish x retain : kept", "-"},
			{"a", "GET ps/x observe=0 tkn=01", "2.05 observe"},
			{"a", "publish z : 1", "-"},
		}},
		{"retained values for who says rh=0", nil, []step{
			{"b", "publish x retain : kept", "-"},
			{"a", "GET ps/x?rh=0 observe=0 tkn=01", "2.05 observe"},
			{"a", "told", `NON 01 2.05 observe "kept"`},
			{"a", "GET ps/x?rh=0 observe=0 tkn=02", "2.05 observe"},
			{"a", "told", `NON 02 2.05 observe "kept"`},
			{"a", "GET ps/x?rh=1 observe=0 tkn=03", "2.05 observe"},
			{"a", "publish other : 1", "-"},
		}},
		{"the notification's type follows the message's QoS", nil, []step{
			{"a", "GET ps/x observe=0 tkn=01", "2.05 observe"},
			{"a", "publish x q0 : 0", `NON 01 2.05 observe "0"`},
			{"a", "publish x q1 : 1", `CON 01 2.05 observe "1"`},
			{"a", "publish x q2 : 2", `CON 01 2.05 observe "2"`},
		}},
		{"notify_type con", []option{notifyType(settings.NotifyCon)}, []step{
			{"a", "GET ps/x observe=0 tkn=01", "2.05 observe"},
			{"a", "publish x q0 : 0", `CON 01 2.05 observe "0"`},
		}},
		{"notify_type non", []option{notifyType(settings.NotifyNon)}, []step{
			{"a", "GET ps/x observe=0 tkn=01", "2.05 observe"},
			{"a", "publish x q2 : 0", `NON 01 2.05 observe "0"`},
		}},
		{"observe_sequence counter", []option{counter}, []step{
			{"a", "GET ps/x observe=0 tkn=01", "2.05 observe=0"},
			{"a", "publish x : 0", `NON 01 2.05 observe=1 "0"`},
			{"a", "publish x : 0", `NON 01 2.05 observe=2 "0"`},
		}},
		{"publish_qos coap: CON is QoS 1, NON is QoS 0", nil, []step{
			{"a", "GET ps/x observe=0 tkn=01", "2.05 observe"},
			{"b", "POST ps/x : 1", "2.04"},
			{"a", "told", `CON 01 2.05 observe "1"`},
			{"b", "NON POST ps/x : 0", "2.04"},
			{"a", "told", `NON 01 2.05 observe "0"`},
		}},
		{"unsubscribe from the same address", nil, []step{
			{"a", "GET ps/x observe=0 tkn=01", "2.05 observe"},
			{"a", "GET ps/x observe=1 tkn=02", "2.07"},
			{"a", "publish x : 1", "-"},
		}},
		{"mountpoint", []option{mountpoint("m/${clientid}/${username}/")}, []step{
			{"a", "GET ps/x?clientid=c1&username=u1 observe=0 tkn=01", "2.05 observe"},
			{"a", "publish m/c1/u1/x : 1", `NON 01 2.05 observe "1"`},
			{"a", "publish x : 1", "-"},
			{"a", "POST ps/x?c=c1&u=u1&q=0 : 2", "2.04"},
			{"a", "told", `NON 01 2.05 observe "2"`},
			{"b", "GET ps/x?clientid=%2B&username=u1 observe=0", "2.05 observe"},
			{"b", "GET ps/x?clientid=+&username=u1 observe=0", "4.01"},
			{"b", "POST mqtt/connection?clientid=#", `4.00 "Login Failed: client_identifier_not_valid"`},
		}},
		{"a mountpoint keeps apart who speaks from one address", []option{mountpoint("m/${clientid}/")}, []step{
			{"a", "GET ps/x?clientid=c1 observe=0 tkn=01", "2.05 observe"},
			{"a", "GET ps/x?clientid=c2 observe=0 tkn=02", "2.05 observe"},
			{"a", "publish m/c1/x : 1", `NON 01 2.05 observe "1"`},
			{"a", "publish m/c2/x : 2", `NON 02 2.05 observe "2"`},
			{"a", "GET ps/x?clientid=c2 observe=1", "2.07"},
			{"a", "publish m/c1/x : 1", `NON 01 2.05 observe "1"`},
			{"a", "publish m/c2/x : 2", "-"},
		}},
		{"every request under ps is authenticated", []option{users}, []step{
			{"a", "POST ps/x : 1", "4.01"},
			{"a", "POST ps/x?username=admin&password=wrong : 1", "4.01"},
			{"a", "POST ps/x?u=admin&p=public : 1", "2.04"},
			{"a", "POST ps/x : judged on its own", "4.01"},
			{"a", "GET ps/x?u=admin&p=public observe=0 tkn=01", "2.05 observe"},
			{"a", "publish x : 1", `NON 01 2.05 observe "1"`},
			{"a", "PUT mqtt/connection", "2.04"},
		}},
		{"a denied topic, and the broker's own", []option{deny("no/#")}, []step{
			{"a", "POST ps/no/x : 1", "4.01"},
			{"a", "GET ps/no/x observe=0", "4.01"},
			{"a", "POST ps/$SYS/x : 1", "4.01"},
		}},
	})
}

func TestEMQX5Publish(t *testing.T) {
	type published struct {
		topic, payload, from string
		qos                  byte
		retain, hasExpiry    bool
		expiry               time.Duration
	}
	for _, c := range []struct {
		name, request string
		want          published
	}{
		{"plain", "POST ps/a/b?clientid=x : 1", published{"a/b", "1", "x", 1, false, false, 0}},
		{"NON", "NON POST ps/a?clientid=x : 1", published{"a", "1", "x", 0, false, false, 0}},
		{"qos", "POST ps/a?clientid=x&qos=2 : 1", published{"a", "1", "x", 2, false, false, 0}},
		{"retain is exactly true", "POST ps/a?clientid=x&retain=1 : 1", published{"a", "1", "x", 1, false, false, 0}},
		{"retain", "POST ps/a?clientid=x&retain=true : 1", published{"a", "1", "x", 1, true, false, 0}},
		{"expiry", "POST ps/a?clientid=x&expiry=60 : 1", published{"a", "1", "x", 1, false, true, time.Minute}},
		{"expiry 0 is never", "POST ps/a?clientid=x&expiry=0 : 1", published{"a", "1", "x", 1, false, false, 0}},
		{"leading empty segment", "POST ps//a?clientid=x : 1", published{"/a", "1", "x", 1, false, false, 0}},
		{"trailing empty segment", "POST ps/a/?clientid=x : 1", published{"a/", "1", "x", 1, false, false, 0}},
		{"inner empty segment", "POST ps/a//b?clientid=x : 1", published{"a//b", "1", "x", 1, false, false, 0}},
		{"a lone % at the end is literal", "POST ps/a%?clientid=x : 1", published{"a%", "1", "x", 1, false, false, 0}},
		{"percent-decoded twice", "POST ps/a%2Fb?clientid=x : 1", published{"a/b", "1", "x", 1, false, false, 0}},
		{"query values are not decoded", "POST ps/a?clientid=x%20y : 1", published{"a", "1", "x%20y", 1, false, false, 0}},
		{"empty payload", "POST ps/a?clientid=x", published{"a", "", "x", 1, false, false, 0}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, settings.DialectEMQX5)
			if got := w.device("a").ask(c.request); got != "2.04" {
				t.Fatalf("answer %s", got)
			}
			m := w.broker.last()
			got := published{m.Topic, string(m.Payload), m.From, m.QoS, m.Retain, m.HasExpiry, m.Expiry}
			if got != c.want {
				t.Errorf("published %+v, want %+v", got, c.want)
			}
		})
	}
}
