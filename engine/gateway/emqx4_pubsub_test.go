package gateway

import (
	"testing"
	"time"

	"sluice/engine/settings"
)

// PubSub mode of EMQX 4: section 3.5 of the behaviour of EMQX 4, and what section 11 says of it.
func TestEMQX4PubSubMode(t *testing.T) {
	const q = "?c=client1&u=tom&p=secret"
	run(t, settings.DialectEMQX4, []row{
		{"create", nil, []step{
			{"a", "POST ps/" + q + " ct=40 : <topic1>;ct=42", "2.01 location=/ps/topic1"},
			{"a", "POST ps/parent" + q + " ct=40 : <topic1>;ct=42", "2.01 location=/ps/parent/topic1"},
			{"a", "POST ps/parent" + q + ` ct=40 : <a%2Fb>;ct="50"`, "2.01 location=/ps/parent/a/b"},
			{"a", "GET ps/parent/topic1" + q, "2.05"},
		}},
		{"create what exists: Max-Age and format change, the payload is kept", nil, []step{
			{"a", "PUT ps/t" + q + " ct=50 : 1", "2.01 location=/ps/t"},
			{"a", "POST ps/" + q + " ct=40 maxage=100 : <t>;ct=42", "2.01 location=/ps/t"},
			{"a", "GET ps/t" + q, `2.05 maxage=100 "1"`},
			{"a", "PUT ps/t" + q + " ct=50 : 2", "4.00"},
			{"a", "PUT ps/t" + q + " ct=42 : 2", "2.04"},
		}},
		{"create with any other payload", nil, []step{
			{"a", "POST ps/" + q + " ct=40", "4.00"},
			{"a", "POST ps/" + q + " ct=40 : topic", "4.00"},
			{"a", "POST ps/" + q + " ct=40 : <t>", "4.00"},
			{"a", "POST ps/" + q + " ct=40 : <t>;rt=x", "4.00"},
			{"a", "POST ps/" + q + " ct=40 : <t>;ct=42;rt=x", "4.00"},
			{"a", "POST ps/" + q + " ct=40 : <t>;ct=42,<u>;ct=42", "4.00"},
			{"a", "POST ps/" + q + " ct=40 : </t>;ct=42", "4.00"},
			{"a", "POST ps/" + q + " ct=40 : <t>;ct=x", "4.00"},
		}},
		{"no topic", nil, []step{
			{"a", "GET ps" + q, "4.00"},
			{"a", "POST ps" + q + " ct=40 : <t>;ct=42", "4.00"},
			{"a", "PUT ps/" + q + " ct=42 : 1", "4.00"},
		}},
		{"publish creates and then changes", nil, []step{
			{"a", "PUT ps/t" + q + " ct=42 : 1", "2.01 location=/ps/t"},
			{"a", "PUT ps/t" + q + " ct=42 : 2", "2.04"},
			{"a", "POST ps/t" + q + " ct=42 : 3", "2.04"},
			{"a", "POST ps/a/b" + q + " ct=47 : 3", "2.01 location=/ps/a/b"},
			{"a", "GET ps/t" + q, `2.05 "3"`},
		}},
		{"publish in another format", nil, []step{
			{"a", "PUT ps/t" + q + " ct=42 : 1", "2.01 location=/ps/t"},
			{"a", "PUT ps/t" + q + " ct=50 : 2", "4.00"},
			{"a", "GET ps/t" + q, `2.05 "1"`},
			{"a", "GET ps/t" + q + " ct=50", "4.00"},
			{"a", "DELETE ps/t" + q + " ct=50", "4.00"},
		}},
		{"publish without a format, or in one EMQX 4 does not know", nil, []step{
			{"a", "PUT ps/t" + q + " : 1", "2.01 location=/ps/t"},
			{"a", "PUT ps/t" + q + " : 2", "2.04"},
			{"a", "PUT ps/t" + q + " ct=50 : 3", "2.04"},
			{"a", "PUT ps/t" + q + " : 4", "2.04"},
			{"a", "PUT ps/t" + q + " ct=42 : 5", "4.00"},
			{"a", "PUT ps/cbor" + q + " ct=60 : 1", "2.01 location=/ps/cbor"},
			{"a", "PUT ps/cbor" + q + " ct=60 : 2", "2.04"},
		}},
		{"Max-Age", nil, []step{
			{"a", "PUT ps/t" + q + " ct=42 maxage=100 : 1", "2.01 location=/ps/t"},
			{"a", "GET ps/t" + q, `2.05 maxage=100 "1"`},
			{"a", "PUT ps/t" + q + " ct=42 : 2", "2.04"},
			{"a", "GET ps/t" + q, `2.05 "2"`},
		}},
		{"an expired value reads as empty, is observed as 2.07, and stays", nil, []step{
			{"a", "PUT ps/t" + q + " ct=42 maxage=0 : 1", "2.01 location=/ps/t"},
			{"a", "GET ps/t" + q, "2.05"},
			{"a", "GET ps/t" + q + " observe=0 tkn=01", "2.07 observe=0"},
			{"a", "publish t : 2", `CON 01 2.05 observe=1 ct=42 "2"`},
			{"a", "PUT ps/t" + q + " ct=42 : 3", "2.04"},
		}},
		{"read what is unknown", nil, []step{
			{"a", "GET ps/t" + q, "4.04"},
			{"a", "GET ps/t" + q + " observe=0", "4.04"},
			{"a", "GET ps/t" + q + " observe=1", "4.04"},
			{"a", "DELETE ps/t" + q, "4.04"},
		}},
		{"wildcards", nil, []step{
			{"a", "GET ps/+" + q, "4.00"},
			{"a", "GET ps/#" + q + " observe=0", "4.00"},
			{"a", "PUT ps/+/a" + q + " ct=42 : 1", "4.00"},
			{"a", "POST ps/+" + q + " ct=42 : 1", "4.00"},
			{"a", "DELETE ps/#" + q, "4.00"},
		}},
		{"GET echoes its Content-Format, and takes an ETag for the resource's", nil, []step{
			{"a", "PUT ps/t" + q + " ct=42 : 1", "2.01 location=/ps/t"},
			{"a", "GET ps/t" + q + " ct=42", `2.05 ct=42 "1"`},
			{"a", "GET ps/t" + q + " etag=ab", "2.03 etag=ab"},
			{"a", "GET ps/t" + q + " ct=40 : x", `2.05 ct=40 "x"`},
		}},
		{"observe, told, cancel", nil, []step{
			{"a", "PUT ps/t" + q + " ct=42 : 1", "2.01 location=/ps/t"},
			{"a", "GET ps/t" + q + " observe=0 tkn=01", `2.05 observe=0 "1"`},
			{"b", "PUT ps/t" + q + " ct=42 : 2", "2.04"},
			{"a", "told", `CON 01 2.05 observe=1 ct=42 "2"`},
			{"a", "publish t : from MQTT", `CON 01 2.05 observe=2 ct=42 "from MQTT"`},
			{"b", "GET ps/t" + q, `2.05 "from MQTT"`},
			{"a", "GET ps/t" + q + " observe=1 tkn=02", `2.05 "from MQTT"`},
			{"a", "publish t : unseen", "-"},
			{"b", "GET ps/t" + q, `2.05 "from MQTT"`},
		}},
		{"observe with other values", nil, []step{
			{"a", "PUT ps/t" + q + " ct=42 : 1", "2.01 location=/ps/t"},
			{"a", "GET ps/t" + q + " observe=2", "4.02"},
		}},
		{"delete takes what is below along, and nothing else", nil, []step{
			{"a", "PUT ps/a" + q + " ct=42 : 1", "2.01 location=/ps/a"},
			{"a", "PUT ps/a/b" + q + " ct=42 : 1", "2.01 location=/ps/a/b"},
			{"a", "PUT ps/ab" + q + " ct=42 : 1", "2.01 location=/ps/ab"},
			{"a", "PUT ps/x/a" + q + " ct=42 : 1", "2.01 location=/ps/x/a"},
			{"a", "DELETE ps/a" + q, "2.02"},
			{"a", "GET ps/a" + q, "4.04"},
			{"a", "GET ps/a/b" + q, "4.04"},
			{"a", "GET ps/ab" + q, `2.05 "1"`},
			{"a", "GET ps/x/a" + q, `2.05 "1"`},
		}},
		{"observers survive a delete", nil, []step{
			{"a", "PUT ps/t" + q + " ct=42 : 1", "2.01 location=/ps/t"},
			{"a", "GET ps/t" + q + " observe=0 tkn=01", `2.05 observe=0 "1"`},
			{"b", "DELETE ps/t" + q, "2.02"},
			{"a", "publish t : 2", `CON 01 2.05 observe=1 ct=42 "2"`},
		}},
		{"preconditions", nil, []step{
			{"a", "PUT ps/t" + q + " ct=42 ifmatch=ab : 1", "4.12"},
			{"a", "PUT ps/t" + q + " ct=42 ifmatch= : 1", "4.12"},
			{"a", "PUT ps/t" + q + " ct=42 ifnonematch : 1", "2.01 location=/ps/t"},
			{"a", "PUT ps/t" + q + " ct=42 ifnonematch : 1", "4.12"},
			{"a", "PUT ps/t" + q + " ct=42 ifmatch= : 1", "2.04"},
			{"a", "POST ps/" + q + " ct=40 ifnonematch : <t>;ct=42", "4.12"},
		}},
		{"c is mandatory", nil, []step{
			{"a", "GET ps/t", "4.00"},
			{"a", "PUT ps/t?u=x ct=42 : 1", "4.00"},
		}},
		{"authentication failure", []option{users}, []step{
			{"a", "PUT ps/t?c=a&u=admin&p=no ct=42 : 1", "4.01"},
			{"a", "PUT ps/t?c=a&u=admin&p=public ct=42 : 1", "2.01 location=/ps/t"},
		}},
		{"who may not delete what is below deletes nothing", []option{deny("a/secret/#")}, []step{
			{"a", "PUT ps/a" + q + " ct=42 : 1", "2.01 location=/ps/a"},
			{"a", "PUT ps/a/b" + q + " ct=42 : 1", "2.01 location=/ps/a/b"},
			{"a", "DELETE ps/a" + q, "2.02"},
			{"a", "PUT ps/a" + q + " ct=42 : 1", "2.01 location=/ps/a"},
			{"a", "keep a/secret/x : 1", ""},
			{"a", "DELETE ps/a" + q, "4.03"},
			{"a", "GET ps/a" + q, `2.05 "1"`},
		}},
		{"a denied topic changes nothing", []option{deny("no/#")}, []step{
			{"a", "PUT ps/no/x" + q + " ct=42 : 1", "4.03"},
			{"a", "GET ps/no/x" + q, "4.03"},
			{"a", "GET ps/no/x" + q + " observe=0", "4.03"},
			{"a", "POST ps/no" + q + " ct=40 : <x>;ct=42", "4.03"},
			{"a", "DELETE ps/no/x" + q, "4.03"},
		}},
	})
}

// What changes the table is acknowledged when it is on disk, and not before.
func TestEMQX4WaitsForTheDisk(t *testing.T) {
	w := newWorld(t, settings.DialectEMQX4)
	held := make(chan func(error), 1)
	w.store.holdWith(func(done func(error)) { held <- done })
	d := w.device("a")
	for _, c := range []struct{ request, answer string }{
		{"PUT ps/t?c=a ct=42 : 1", "2.01 location=/ps/t"},
		{"PUT ps/t?c=a ct=42 : 2", "2.04"},
		{"POST ps/?c=a ct=40 : <u>;ct=42", "2.01 location=/ps/u"},
		{"DELETE ps/t?c=a", "2.02"},
	} {
		m := d.send(c.request)
		done := <-held
		d.silent()
		if len(d.inbox) > 0 {
			t.Errorf("%s was answered before it was on disk", c.request)
		}
		done(nil)
		answer, ok := d.answer(m)
		if !ok || text(&answer) != c.answer {
			t.Errorf("%s: answer %s, want %s", c.request, text(&answer), c.answer)
		}
	}
}

func TestEMQX4ResourcesSurviveARestart(t *testing.T) {
	w := newWorld(t, settings.DialectEMQX4)
	w.converse([]step{
		{"a", "PUT ps/t?c=a ct=50 maxage=100 : 1", "2.01 location=/ps/t"},
		{"a", "PUT ps/gone?c=a ct=50 : 1", "2.01 location=/ps/gone"},
		{"a", "DELETE ps/gone?c=a", "2.02"},
		{"a", "PUT ps/seen?c=a ct=50 : 1", "2.01 location=/ps/seen"},
		{"a", "GET ps/seen?c=a observe=0 tkn=01", `2.05 observe=0 "1"`},
		{"a", "publish seen : from MQTT", `CON 01 2.05 observe=1 ct=42 "from MQTT"`},
	})
	w.gateway.resources.flush()

	again := newWorld(t, settings.DialectEMQX4, func(c *Config, _ *settings.Access) { c.Resources = w.store })
	list := again.gateway.Resources()
	if len(list) != 2 || list[0].Topic != "seen" || list[1].Topic != "t" {
		t.Fatalf("resources %+v", list)
	}
	if string(list[0].Payload) != "from MQTT" {
		t.Errorf("payload %q", list[0].Payload)
	}
	if r := list[1]; string(r.Payload) != "1" || r.ContentFormat != 50 || r.MaxAge != 100*time.Second || r.Expired {
		t.Errorf("resource %+v", r)
	}
	if !again.gateway.DeleteResource("t") || again.gateway.DeleteResource("t") {
		t.Error("a resource can be deleted once")
	}
}
