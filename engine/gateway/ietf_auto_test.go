package gateway

import (
	"strings"
	"testing"

	"sluice/engine/settings"
)

// Where the broker of the draft is on a listener that speaks EMQX as well.
func TestIETFInAuto(t *testing.T) {
	at := func(path string) string { return strings.Replace(createT(), "ps", path, 1) }
	created := func(path string) string {
		return `2.01 location=` + strings.ReplaceAll(path, "/", " location=") + ` location=$1 ct=606 {0: "t", 1: "/` + path +
			`/data/$1", 2: "core.ps.data"}`
	}
	collection := func(path string) option {
		return func(c *Config, _ *settings.Access) { c.Settings.IETF.Collection = path }
	}
	runDraft(t, settings.DialectAuto, []row{
		{"/pubsub is a collection", nil, []step{
			{"a", at("pubsub"), created("pubsub")},
			{"a", "GET pubsub", `2.05 ct=40 "</pubsub/$1>;rt=\"core.ps.conf\""`},
			{"a", "GET pubsub/$1", `2.05 ct=606 {0: "t", 1: "/pubsub/data/$1", 2: "core.ps.data"}`},
			{"a", "PUT pubsub/data/$1 ct=50 : 1", "2.01"},
			{"a", "GET pubsub/data/$1 observe=0 tkn=01", `2.05 observe ct=50 "1"`},
			{"b", "POST ps/t : from EMQX 5", "2.04"},
			{"a", "told", `CON 01 2.05 observe ct=50 "from EMQX 5"`},
			{"b", "PUT mqtt/t?c=b : from EMQX 4", "2.04"},
			{"a", "told", `NON 01 2.05 observe ct=50 "from EMQX 4"`},
			{"b", "GET ps/t observe=0 tkn=02", `2.05 observe`},
			{"a", "NON PUT pubsub/data/$1 ct=50 : from the draft", "2.04"},
			{"a", "told", `NON 01 2.05 observe ct=50 "from the draft"`},
			{"b", "told", `NON 02 2.05 observe "from the draft"`},
			{"a", "GET pubsub/nothing", "4.04"},
			{"a", "GET pubsub/a/b", "4.04"},
		}},
		{"/ps is one for what only the draft has", nil, []step{
			{"a", at("ps"), created("ps")},
			{"a", "GET ps", `2.05 ct=40 "</ps/$1>;rt=\"core.ps.conf\""`},
			{"a", "GET ps?rt=core.ps.data", `2.05 ct=40 "</ps/data/$1>;rt=\"core.ps.data\";obs;title=\"t\""`},
			{"a", "GET pubsub", `2.05 ct=40 "</pubsub/$1>;rt=\"core.ps.conf\""`},
			{"a", "FETCH ps ct=606 : " + properties(0, "t"), `2.05 ct=40 "</ps/$1>;rt=\"core.ps.conf\""`},
			{"a", "FETCH ps/$1 ct=60 : " + keyList(0), `2.05 ct=606 {0: "t"}`},
			{"a", "GET ps/$1 accept=606", `2.05 ct=606 {0: "t", 1: "/ps/data/$1", 2: "core.ps.data"}`},
			{"a", "IPATCH ps/$1 ct=606 : " + properties(4, "x"), `2.04 ct=606 {0: "t", 1: "/ps/data/$1", 2: "core.ps.data", 4: "x"}`},
			{"a", "POST ps/$1 ct=606 : " + properties(), `2.04 ct=606 {0: "t", 1: "/ps/data/$1", 2: "core.ps.data"}`},
			{"a", "PUT ps/data/$1 : 1", "2.01"},
			{"a", "GET ps/data/$1", `2.05 "1"`},
			{"a", "DELETE ps/data/$1", "2.02"},
			{"a", "DELETE ps/$1 ct=606", "2.02"},
			{"a", "GET ps/$1 accept=606", "4.04"},
		}},
		{"what EMQX has stays as it was", nil, []step{
			{"a", at("ps"), created("ps")},
			{"a", "POST ps/$1 : 1", "2.04"},
			{"a", "PUT ps/data/x : 1", "2.04"},
			{"a", "GET ps/data/x", `2.05 "1"`},
			{"a", "POST ps ct=40 : <x>;ct=42", `4.00 "invalid topic"`},
			{"a", "POST ps/?c=x ct=40 : <x>;ct=42", "2.01 location=/ps/x"},
		}},
		{"the collection is somewhere else", []option{collection("iot/topics")}, []step{
			{"a", at("iot/topics"), created("iot/topics")},
			{"a", "PUT iot/topics/data/$1 : 1", "2.01"},
			{"a", "GET iot/topics/data/$1", `2.05 "1"`},
			{"a", "GET iot/topics", `2.05 ct=40 "</iot/topics/$1>;rt=\"core.ps.conf\""`},
			{"a", "GET pubsub", "4.04"},
			{"a", "GET iot", "4.04"},
		}},
		{"the collection is /ps", []option{collection("ps")}, []step{
			{"a", at("ps"), created("ps")},
			{"a", "POST ps/x : 1", "2.04"},
			{"a", "GET ps/x", `2.05 "1"`},
			{"a", "GET ps", `2.05 ct=40 "</ps/$1>;rt=\"core.ps.conf\""`},
		}},
		{"connection mode", []option{connectionRequired}, []step{
			{"a", "GET pubsub", `4.00 "Missing token or clientid in connection mode"`},
			{"a", "GET pubsub?clientid=x&token=1", `4.01 "Invalid token or clientid in connection mode"`},
			{"a", "POST mqtt/connection?clientid=x", "2.01 token"},
			{"a", "GET pubsub?clientid=x&token=$T", "2.05 ct=40"},
		}},
	})
}

// The dialects of EMQX alone know nothing of the draft.
func TestIETFIsNotInEMQX(t *testing.T) {
	runDraft(t, settings.DialectEMQX5, []row{{"emqx5", nil, []step{
		{"a", createT(), `4.00 "invalid topic"`},
		{"a", "FETCH ps ct=606 : x", "4.05"},
		{"a", "GET pubsub", "4.00"},
	}}})
	runDraft(t, settings.DialectEMQX4, []row{{"emqx4", nil, []step{
		{"a", strings.Replace(createT(), "ps", "ps?c=x", 1), "4.00"},
		{"a", "GET pubsub?c=x", "4.04"},
	}}})
}

func TestIETFDiscovery(t *testing.T) {
	d := &draft{world: newWorld(t, settings.DialectIETF, deny("hidden"))}
	d.ask("a", createT(3, 112))
	for request, want := range map[string]string{
		"rt=core.ps":      `</ps>;rt="core.ps core.ps.coll";ct=40`,
		"rt=core.ps.coll": `</ps>;rt="core.ps core.ps.coll";ct=40`,
		"rt=core.ps.conf": `</ps/$1>;rt="core.ps.conf";title="t"`,
		"rt=core.ps.data": `</ps/data/$1>;rt="core.ps.data";ct=112;obs;title="t"`,
		"ct=112":          `</ps/data/$1>;rt="core.ps.data";ct=112;obs;title="t"`,
		"rt=other":        "",
	} {
		dev := d.device("a")
		m := dev.send("GET .well-known/core?" + request)
		answer, ok := dev.answer(m)
		if got := d.take(string(answer.Payload)); !ok || got != want {
			t.Errorf("%s: %s, want %s", request, got, want)
		}
	}
	for _, o := range d.gateway.Topics() {
		if o.Path != "/ps/"+d.ids[0] || o.MQTT != "t" || o.State != HalfCreated || o.Created.IsZero() || o.Subscribers != 0 {
			t.Errorf("topic %+v", o)
		}
	}
	d.converse([]step{
		{"a", "PUT ps/data/$1 ct=112 : 1", "2.01"},
		{"a", "GET ps/data/$1 observe=0 tkn=01", `2.05 observe ct=112 "1"`},
	})
	if o := d.gateway.Topics()[0]; o.State != FullyCreated || o.Subscribers != 1 || string(o.Payload) != "1" || o.ContentFormat != 112 {
		t.Errorf("topic %+v", o)
	}
	if o := d.gateway.Observers(); len(o) != 1 || o[0].Filter != "t" || o[0].Dialect != settings.DialectIETF || string(o[0].Value) != "1" {
		t.Errorf("observers %+v", o)
	}
	if c := d.gateway.Clients(); len(c) != 1 || len(c[0].Publishes) != 1 || c[0].Publishes[0] != "t" || c[0].Observes != 1 {
		t.Errorf("clients %+v", c)
	}
	if !d.gateway.DeleteTopic(d.ids[0]) || d.gateway.DeleteTopic(d.ids[0]) {
		t.Error("a topic can be deleted once")
	}
	d.converse([]step{{"a", "told", "CON 01 4.04"}})
}

// With passwords that must be hashed a request is answered by another goroutine, and the same.
func TestIETFWithHashedPasswords(t *testing.T) {
	d := &draft{world: newWorld(t, settings.DialectIETF, users)}
	const who = "?u=admin&p=public"
	d.converse([]step{
		{"a", strings.Replace(createT(), "ps", "ps"+who, 1), createdT},
		{"b", "PUT ps/data/$1" + who + " : 1", "2.01"},
		{"c", "GET ps/data/$1" + who + " observe=0 tkn=01", `2.05 observe "1"`},
		{"d", "PUT ps/data/$1?u=admin&p=wrong : 2", "4.01"},
		{"b", "PUT ps/data/$1" + who + " : 2", "2.04"},
		{"c", "told", `CON 01 2.05 observe "2"`},
	})
}
