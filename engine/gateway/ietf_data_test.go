package gateway

import (
	"strings"
	"testing"
	"time"

	"sluice/engine/settings"
)

// Topic-data and the lifecycle of a topic: section 3 of draft-ietf-core-coap-pubsub-21.
func TestIETFData(t *testing.T) {
	created := func(rest string) string {
		return `2.01 location=ps location=$1 ct=606 {0: "t", 1: "/ps/data/$1", 2: "core.ps.data"` + rest + "}"
	}
	rate := func(n int) option {
		return func(c *Config, _ *settings.Access) { c.Settings.IETF.MaxPublishRate = n }
	}
	runDraft(t, settings.DialectIETF, []row{
		{"half created", nil, []step{
			{"a", createT(), createdT},
			{"a", "GET ps/data/$1", "4.04"},
			{"a", "GET ps/data/$1 observe=0", "4.04"},
			{"a", "DELETE ps/data/$1", "4.04"},
			{"a", "GET ps/$1", "2.05 ct=606 " + strings.TrimPrefix(createdT, "2.01 location=ps location=$1 ct=606 ")},
			{"a", "IPATCH ps/$1 ct=606 : " + properties(4, "x"), `2.04 ct=606 {0: "t", 1: "/ps/data/$1", 2: "core.ps.data", 4: "x"}`},
			{"a", "DELETE ps/$1", "2.02"},
		}},
		{"publish creates the data and then changes it", nil, []step{
			{"a", createT(), createdT},
			{"a", "PUT ps/data/$1 ct=110 : 1", "2.01"},
			{"a", "PUT ps/data/$1 ct=110 : 2", "2.04"},
			{"a", "NON PUT ps/data/$1 ct=110 : 3", "2.04"},
			{"a", "GET ps/data/$1", `2.05 ct=110 "3"`},
		}},
		{"an empty representation", nil, []step{
			{"a", createT(), createdT},
			{"a", "PUT ps/data/$1 ct=0", "2.01"},
			{"a", "GET ps/data/$1", "2.05 ct=0"},
		}},
		{"Content-Format of the topic", nil, []step{
			{"a", createT(3, 112), created(", 3: 112")},
			{"a", "PUT ps/data/$1 ct=110 : 1", "4.15"},
			{"a", "GET ps/data/$1", "4.04"},
			{"a", "PUT ps/data/$1 ct=112 : 1", "2.01"},
			{"a", "PUT ps/data/$1 : 2", "2.04"},
			{"a", "GET ps/data/$1", `2.05 ct=112 "2"`},
			{"a", "GET ps/data/$1 accept=112", `2.05 ct=112 "2"`},
			{"a", "GET ps/data/$1 accept=110", "4.06"},
		}},
		{"no Content-Format at all", nil, []step{
			{"a", createT(), createdT},
			{"a", "PUT ps/data/$1 : 1", "2.01"},
			{"a", "GET ps/data/$1", `2.05 "1"`},
		}},
		{"another Content-Format ends an observation", nil, []step{
			{"a", createT(), createdT},
			{"a", "PUT ps/data/$1 ct=110 : 1", "2.01"},
			{"a", "GET ps/data/$1 observe=0 tkn=01", `2.05 observe ct=110 "1"`},
			{"b", "PUT ps/data/$1 ct=112 : 2", "2.04"},
			{"a", "told", "CON 01 4.06"},
			{"b", "PUT ps/data/$1 ct=110 : 3", "2.04"},
			{"a", "silence", ""},
		}},
		{"subscribe and unsubscribe", nil, []step{
			{"a", createT(3, 112), created(", 3: 112")},
			{"a", "PUT ps/data/$1 ct=112 : 1", "2.01"},
			{"a", "GET ps/data/$1 observe=0 tkn=01", `2.05 observe ct=112 "1"`},
			{"b", "NON PUT ps/data/$1 ct=112 : 2", "2.04"},
			{"a", "told", `NON 01 2.05 observe ct=112 "2"`},
			{"b", "PUT ps/data/$1 ct=112 : 3", "2.04"},
			{"a", "told", `CON 01 2.05 observe ct=112 "3"`},
			{"a", "GET ps/data/$1 observe=1 tkn=02", `2.05 ct=112 "3"`},
			{"b", "NON PUT ps/data/$1 ct=112 : 4", "2.04"},
			{"a", "told", `NON 01 2.05 observe ct=112 "4"`},
			{"a", "GET ps/data/$1 observe=1 tkn=01", `2.05 ct=112 "4"`},
			{"b", "PUT ps/data/$1 ct=112 : 5", "2.04"},
			{"a", "silence", ""},
		}},
		{"subscribe again with the same token, and with another", nil, []step{
			{"a", createT(6, 2), created(", 6: 2")},
			{"a", "PUT ps/data/$1 : 1", "2.01"},
			{"a", "GET ps/data/$1 observe=0 tkn=01", `2.05 observe "1"`},
			{"a", "GET ps/data/$1 observe=0 tkn=01", `2.05 observe "1"`},
			{"a", "GET ps/data/$1 observe=0 tkn=02", `2.05 observe "1"`},
			{"a", "GET ps/data/$1 observe=0 tkn=03", `2.05 "1"`},
			{"b", "NON PUT ps/data/$1 : 2", "2.04"},
			{"a", "told", `NON 01 2.05 observe "2"`},
			{"a", "told", `NON 02 2.05 observe "2"`},
			{"a", "silence", ""},
		}},
		{"MQTT and CoAP meet", nil, []step{
			{"a", createT(3, 50), created(", 3: 50")},
			{"a", "publish t : from MQTT", ""},
			{"a", "GET ps/data/$1", `2.05 ct=50 "from MQTT"`},
			{"a", "GET ps/data/$1 observe=0 tkn=01", `2.05 observe ct=50 "from MQTT"`},
			{"a", "publish t q1 : again", ""},
			{"a", "told", `CON 01 2.05 observe ct=50 "again"`},
			{"b", "PUT ps/data/$1 ct=50 : CoAP", "2.04"},
			{"a", "told", `CON 01 2.05 observe ct=50 "CoAP"`},
			{"a", "publish t retain : kept", ""},
			{"a", "told", `NON 01 2.05 observe ct=50 "kept"`},
			{"a", "publish t retain", ""},
			{"a", "told", "CON 01 4.04"},
			{"a", "GET ps/data/$1", "4.04"},
		}},
		{"a retained message is the data of a new topic, until it is deleted", nil, []step{
			{"a", "publish t retain : before", ""},
			{"a", createT(3, 50), created(", 3: 50")},
			{"a", "GET ps/data/$1", `2.05 ct=50 "before"`},
			{"a", "DELETE ps/data/$1", "2.02"},
			{"a", "GET ps/data/$1", "4.04"},
			{"a", "DELETE ps/$1", "2.02"},
			{"a", createT(), strings.ReplaceAll(createdT, "$1", "$2")},
			{"a", "GET ps/data/$2", "4.04"},
		}},
		{"max-subscribers", nil, []step{
			{"a", createT(6, 1), created(", 6: 1")},
			{"a", "PUT ps/data/$1 : 1", "2.01"},
			{"a", "GET ps/data/$1 observe=0 tkn=01", `2.05 observe "1"`},
			{"b", "GET ps/data/$1 observe=0 tkn=01", `2.05 "1"`},
			{"c", "NON PUT ps/data/$1 : 2", "2.04"},
			{"a", "told", `NON 01 2.05 observe "2"`},
			{"b", "silence", ""},
			{"a", "GET ps/data/$1 observe=1 tkn=01", `2.05 "2"`},
			{"b", "GET ps/data/$1 observe=0 tkn=01", `2.05 observe "2"`},
		}},
		{"nobody may subscribe", nil, []step{
			{"a", createT(6, 0), created(", 6: 0")},
			{"a", "PUT ps/data/$1 : 1", "2.01"},
			{"a", "GET ps/data/$1 observe=0 tkn=01", `2.05 "1"`},
		}},
		{"lowering max-subscribers ends the newest", nil, []step{
			{"a", createT(), createdT},
			{"a", "PUT ps/data/$1 : 1", "2.01"},
			{"a", "GET ps/data/$1 observe=0 tkn=01", `2.05 observe "1"`},
			{"b", "GET ps/data/$1 observe=0 tkn=02", `2.05 observe "1"`},
			{"c", "GET ps/data/$1 observe=0 tkn=03", `2.05 observe "1"`},
			{"d", "IPATCH ps/$1 ct=606 : " + properties(6, 1), `2.04 ct=606 ` + strings.TrimPrefix(created(", 6: 1"), "2.01 location=ps location=$1 ct=606 ")},
			{"c", "told", "CON 03 4.04"},
			{"b", "told", "CON 02 4.04"},
			{"d", "NON PUT ps/data/$1 : 2", "2.04"},
			{"a", "told", `NON 01 2.05 observe "2"`},
			{"b", "silence", ""},
			{"c", "silence", ""},
		}},
		{"delete the data", nil, []step{
			{"a", createT(3, 60, 8, []byte{0x80}), created(", 3: 60, 8: h'80'")},
			{"a", "GET ps/data/$1 observe=0 tkn=01", `2.05 observe ct=60 "\x80"`},
			{"b", "DELETE ps/data/$1", "2.02"},
			{"a", "told", "CON 01 4.04"},
			{"b", "DELETE ps/data/$1", "4.04"},
			{"b", "GET ps/data/$1", "4.04"},
			{"b", "GET ps/$1", "2.05 ct=606 " + strings.TrimPrefix(created(", 3: 60, 8: h'80'"), "2.01 location=ps location=$1 ct=606 ")},
			{"b", "PUT ps/data/$1 ct=60 : \x81\x00", "2.01"},
			{"a", "silence", ""},
			{"a", "GET ps/data/$1 observe=0 tkn=01", `2.05 observe ct=60 "\x81\x00"`},
		}},
		{"delete the topic", nil, []step{
			{"a", createT(), createdT},
			{"a", "PUT ps/data/$1 : 1", "2.01"},
			{"a", "GET ps/data/$1 observe=0 tkn=01", `2.05 observe "1"`},
			{"b", "GET ps/data/$1 observe=0 tkn=02", `2.05 observe "1"`},
			{"b", "DELETE ps/$1", "2.02"},
			{"a", "told", "CON 01 4.04"},
			{"b", "told", "CON 02 4.04"},
			{"b", "GET ps/data/$1", "4.04"},
			{"a", "publish t : nobody is told", ""},
			{"a", "silence", ""},
		}},
		{"publishers that are too fast", []option{rate(2)}, []step{
			{"a", createT(), createdT},
			{"a", "PUT ps/data/$1 : 1", "2.01"},
			{"b", "PUT ps/data/$1 : 2", "2.04"},
			{"a", "PUT ps/data/$1 : 3", "4.29 maxage=1"},
			{"b", "GET ps/data/$1", `2.05 "2"`},
			{"b", "publish t : MQTT is not bounded", ""},
			{"b", "GET ps/data/$1", `2.05 "MQTT is not bounded"`},
		}},
		{"no room for more data", []option{func(c *Config, _ *settings.Access) { c.Settings.IETF.MaxTopicBytes = 60 }}, []step{
			{"a", createT(), createdT},
			{"a", "PUT ps/data/$1 : 1", "2.01"},
			{"a", "PUT ps/data/$1 : " + strings.Repeat("x", 60), "5.03"},
			{"a", "GET ps/data/$1", `2.05 "1"`},
			{"a", "PUT ps/data/$1 : 2", "2.04"},
			{"a", "POST ps ct=606 : " + properties(0, strings.Repeat("x", 60), 2, dataType), `5.03 "there is no room for another topic"`},
		}},
		{"preconditions", nil, []step{
			{"a", createT(), createdT},
			{"a", "PUT ps/data/$1 ifmatch= : 1", "4.12"},
			{"a", "PUT ps/data/$1 ifnonematch : 1", "2.01"},
			{"a", "PUT ps/data/$1 ifnonematch : 1", "4.12"},
			{"a", "PUT ps/data/$1 ifmatch= : 2", "2.04"},
		}},
		{"methods and paths that are none", nil, []step{
			{"a", createT(), createdT},
			{"a", "POST ps/data/$1 : 1", "4.05"},
			{"a", "FETCH ps/data/$1 ct=60 : 1", "4.05"},
			{"a", "IPATCH ps/data/$1 ct=60 : 1", "4.05"},
			{"a", "PUT ps/data/$1/x : 1", "4.04"},
			{"a", "PUT ps/data/nothing : 1", "4.04"},
			{"a", "GET mqtt/t", "4.04"},
			{"a", "GET -", "4.04"},
			{"a", "PUT ps/data/$1?qos=3 : 1", "4.00"},
		}},
	})
}

// What CoAP publishes reaches MQTT with the topic's name, under the mountpoint.
func TestIETFPublishesToMQTT(t *testing.T) {
	mount := func(c *Config, _ *settings.Access) { c.Settings.Mountpoint = "site/${clientid}/" }
	d := &draft{world: newWorld(t, settings.DialectIETF, mount)}
	d.converse([]step{
		{"a", strings.Replace(createT(), "ps", "ps?clientid=x", 1), createdT},
		{"a", "PUT ps/data/$1?clientid=x&qos=2 : 1", "2.01"},
		{"b", "GET ps/data/$1?clientid=y", "4.04"},
		{"b", "GET ps/$1?clientid=y", "4.04"},
		{"b", "GET ps?clientid=y", "2.05 ct=40"},
		{"b", "GET ps?clientid=x", `2.05 ct=40 "</ps/$1>;rt=\"core.ps.conf\""`},
		{"c", strings.Replace(createT(), "ps", "ps?clientid=y", 1), strings.ReplaceAll(createdT, "$1", "$2")},
		{"d", strings.Replace(createT(), "ps", "ps?clientid=%23&c=#", 1), "4.03"},
		{"b", "publish site/x/t : from MQTT", ""},
		{"a", "GET ps/data/$1?clientid=x", `2.05 "from MQTT"`},
		{"c", "GET ps/data/$2?clientid=y", "4.04"},
		{"a", "PUT ps/data/$1?clientid=x&retain=true : kept", "2.04"},
	})
	m := d.broker.messages()[0]
	if m.Topic != "site/x/t" || string(m.Payload) != "1" || m.QoS != 2 || m.From != "x" {
		t.Errorf("published %+v", m)
	}
	if kept := d.broker.Retained("site/x/t"); len(kept) != 1 || string(kept[0].Payload) != "kept" {
		t.Errorf("retained %v", kept)
	}
}

// initialize is the first publication, for MQTT as well.
func TestIETFInitializeIsPublished(t *testing.T) {
	d := &draft{world: newWorld(t, settings.DialectIETF)}
	d.ask("a", createT(3, 60, 8, []byte{0x80}))
	if m := d.broker.last(); m.Topic != "t" || string(m.Payload) != "\x80" {
		t.Errorf("published %+v", m)
	}
}

func TestIETFExpiration(t *testing.T) {
	d := &draft{world: newWorld(t, settings.DialectIETF)}
	in := func(after time.Duration) any { return epoch(time.Now().Add(after).Unix()) }
	d.ask("a", createT(5, in(time.Hour)))
	d.converse([]step{
		{"a", "PUT ps/data/$1 : 1", "2.01"},
		{"a", "GET ps/data/$1 observe=0 tkn=01", `2.05 observe "1"`},
	})
	d.later(59 * time.Minute)
	d.converse([]step{{"a", "GET ps/data/$1", `2.05 "1"`}, {"a", "silence", ""}})
	d.later(time.Hour)
	d.converse([]step{
		{"a", "told", "CON 01 4.04"},
		{"a", "GET ps/data/$1", "4.04"},
		{"a", "GET ps/$1", "4.04"},
		{"a", "GET ps", "2.05 ct=40"},
	})
	until(t, "an expired topic is off the disk", func() bool {
		d.store.mu.Lock()
		defer d.store.mu.Unlock()
		return len(d.store.topics) == 0
	})

	// An earlier date takes effect at once.
	d.ask("a", createT(5, in(time.Hour)))
	d.ask("a", "PUT ps/data/$2 : 1")
	d.ask("a", "GET ps/data/$2 observe=0 tkn=02")
	d.ask("a", "IPATCH ps/$2 ct=606 : "+properties(5, epoch(1)))
	d.converse([]step{{"a", "told", "CON 02 4.04"}, {"a", "GET ps/$2", "4.04"}})
}

func TestIETFObserverCheck(t *testing.T) {
	d := &draft{world: newWorld(t, settings.DialectIETF)}
	d.ask("a", createT(7, 600))
	d.converse([]step{
		{"a", "PUT ps/data/$1 ct=50 : 1", "2.01"},
		{"a", "GET ps/data/$1 observe=0 tkn=01", `2.05 observe ct=50 "1"`},
		{"b", "NON PUT ps/data/$1 ct=50 : 2", "2.04"},
		{"a", "told", `NON 01 2.05 observe ct=50 "2"`},
	})
	d.later(9 * time.Minute)
	d.converse([]step{{"a", "silence", ""}})
	d.later(11 * time.Minute)
	d.converse([]step{{"a", "told", `CON 01 2.05 observe ct=50 "2"`}})
	d.later(12 * time.Minute)
	d.converse([]step{{"a", "silence", ""}})
	d.later(22 * time.Minute)
	d.converse([]step{{"a", "told", `CON 01 2.05 observe ct=50 "2"`}})

	// A shorter check holds for who observes already.
	d.ask("a", "IPATCH ps/$1 ct=606 : "+properties(7, 1))
	d.later(23 * time.Minute)
	d.converse([]step{{"a", "told", `CON 01 2.05 observe ct=50 "2"`}})
}

// A silent observer of ietf is asked and not dropped; its session stays while it observes.
func TestIETFSilentObserverStays(t *testing.T) {
	d := &draft{world: newWorld(t, settings.DialectIETF)}
	d.ask("a", createT())
	d.ask("a", "PUT ps/data/$1 : 1")
	d.ask("b", "GET ps/data/$1 observe=0 tkn=01")
	for _, s := range d.gateway.registry.snapshot() {
		for now := time.Now(); now.Before(time.Now().Add(time.Hour)); now = now.Add(d.gateway.heartbeat.period) {
			d.gateway.check(s, now)
		}
	}
	if got := len(d.gateway.Observers()); got != 1 {
		t.Errorf("%d observers", got)
	}
	if got := len(d.gateway.Clients()); got != 1 {
		t.Errorf("%d clients, want the one that observes", got)
	}
	d.converse([]step{{"a", "NON PUT ps/data/$1 : 2", "2.04"}, {"b", "told", `NON 01 2.05 observe "2"`}})
}
