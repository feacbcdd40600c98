package gateway

import (
	"strings"
	"testing"
	"time"

	"sluice/engine/settings"
)

const fullT = `{0: "t", 1: "/ps/data/$1", 2: "core.ps.data", 3: 112, 4: "temperature", 5: 1(4102444800), 6: 100, 7: 60}`

func createFullT() string {
	return createT(3, 112, 4, "temperature", 5, epoch(4102444800), 6, 100, 7, 60)
}

// Topic collection: section 2.4 of draft-ietf-core-coap-pubsub-21.
func TestIETFCollection(t *testing.T) {
	const createdFull = `2.01 location=ps location=$1 ct=606 ` + fullT
	post := func(v ...any) string { return "POST ps ct=606 : " + properties(v...) }
	runDraft(t, settings.DialectIETF, []row{
		{"an empty collection", nil, []step{
			{"a", "GET ps", "2.05 ct=40"},
			{"a", "GET ps/", "2.05 ct=40"},
			{"a", "FETCH ps ct=606 : " + properties(0, "t"), "2.05 ct=40"},
		}},
		{"create with what is needed", nil, []step{
			{"a", createT(), createdT},
			{"a", "GET ps", `2.05 ct=40 "</ps/$1>;rt=\"core.ps.conf\""`},
		}},
		{"create with everything", nil, []step{{"a", createFullT(), createdFull}}},
		{"create as Non-confirmable", nil, []step{{"a", "NON " + createT(), createdT}}},
		{"what is needed is missing", nil, []step{
			{"a", post(0, "t"), `4.00 "resource-type is missing"`},
			{"a", post(2, dataType), `4.00 "topic-name is missing"`},
			{"a", post(), `4.00 "topic-name is missing"`},
		}},
		{"a name in use", nil, []step{
			{"a", createT(), createdT},
			{"b", createT(), `4.00 "topic-name is in use"`},
		}},
		{"names that MQTT does not have", nil, []step{
			{"a", post(0, "", 2, dataType), `4.00 "topic-name is empty"`},
			{"a", post(0, "a/+", 2, dataType), `4.00 "topic-name cannot be the name of an MQTT topic"`},
			{"a", post(0, "#", 2, dataType), `4.00 "topic-name cannot be the name of an MQTT topic"`},
			{"a", post(0, "a\x00b", 2, dataType), `4.00 "topic-name cannot be the name of an MQTT topic"`},
			{"a", post(0, "$SYS/x", 2, dataType), `4.00 "topic-name cannot be the name of an MQTT topic"`},
		}},
		{"invalid and unknown properties", nil, []step{
			{"a", createT(3, "60"), `4.00 "topic-content-format is not an unsigned integer"`},
			{"a", createT(5, 4102444800), `4.00 "expiration-date is not a date: tag 1 with seconds since 1970, up to the year 9999"`},
			{"a", createT(5, epoch(1)), `4.00 "expiration-date has passed"`},
			{"a", createT(7, 0), `4.00 "observer-check is 0"`},
			{"a", createT(9, []int{1}), `4.00 "topic property 9 is not known"`},
			{"a", createT(300, 1), `4.00 "topic property 300 is not known"`},
			{"a", "POST ps ct=606 : {}", `4.00 "a topic configuration is one CBOR map"`},
			{"a", "POST ps ct=606 : \xa2\x00\x61t\x00\x61u", `4.00 "a topic property is given twice"`},
			{"a", "POST ps ct=606", `4.00 "a topic configuration is one CBOR map"`},
			{"a", "GET ps", "2.05 ct=40"},
		}},
		{"another Content-Format, or none", nil, []step{
			{"a", "POST ps ct=50 : " + properties(0, "t", 2, dataType), "4.15"},
			{"a", "POST ps : " + properties(0, "t", 2, dataType), "4.15"},
			{"a", "FETCH ps ct=60 : " + properties(0, "t"), "4.15"},
			{"a", "GET ps accept=50", "4.06"},
			{"a", "GET ps accept=40", "2.05 ct=40"},
			{"a", createT() + " ", `4.00 "a topic configuration is one CBOR map"`},
		}},
		{"other methods", nil, []step{
			{"a", "PUT ps : 1", "4.05"},
			{"a", "DELETE ps", "4.05"},
			{"a", "IPATCH ps ct=606 : " + properties(), "4.05"},
			{"a", "PATCH ps ct=606 : " + properties(), "4.05"},
		}},
		{"initialize makes a topic fully created", nil, []step{
			{"a", createT(3, 60, 8, []byte{0x80}),
				`2.01 location=ps location=$1 ct=606 {0: "t", 1: "/ps/data/$1", 2: "core.ps.data", 3: 60, 8: h'80'}`},
			{"a", "GET ps/data/$1", `2.05 ct=60 "\x80"`},
			{"a", "GET ps/data/$1 observe=0 tkn=01", `2.05 observe ct=60 "\x80"`},
			{"b", "PUT ps/data/$1 ct=60 : \x81\x00", "2.04"},
			{"a", "told", `CON 01 2.05 observe ct=60 "\x81\x00"`},
		}},
		{"initialize needs a format", nil, []step{
			{"a", createT(8, []byte{0x80}), `4.00 "topic-content-format is missing, and initialize needs it"`},
		}},
		{"topic-data where its creator wants it", nil, []step{
			{"a", createT(1, "/ps/data/room/1"), `2.01 location=ps location=$1 ct=606 {0: "t", 1: "/ps/data/room/1", 2: "core.ps.data"}`},
			{"a", "PUT ps/data/room/1 : 21", "2.01"},
			{"a", "GET ps/data/room/1", `2.05 "21"`},
			{"a", post(0, "u", 1, "/ps/data/room/1", 2, dataType), `4.00 "topic-data is in use"`},
			{"a", post(0, "u", 1, "/ps/data/a%20b", 2, dataType),
				`2.01 location=ps location=$2 ct=606 {0: "u", 1: "/ps/data/a%20b", 2: "core.ps.data"}`},
			{"a", post(0, "v", 1, "/ps/data//x", 2, dataType), `4.00 "topic-data has a path that cannot be served"`},
			{"a", post(0, "v", 1, "/ps/data/a%2Fb", 2, dataType), `4.00 "topic-data has a path that cannot be served"`},
			{"a", post(0, "v", 1, "/ps/data/x?y", 2, dataType), `4.00 "topic-data has a query, and the broker serves none"`},
			{"a", post(0, "v", 1, "#x", 2, dataType), `4.00 "topic-data has a fragment"`},
		}},
		{"topic-data on another server", nil, []step{
			{"a", createT(1, "coap://[2001:db8::1]/t"),
				`2.01 location=ps location=$1 ct=606 {0: "t", 1: "coap://[2001:db8::1]/t", 2: "core.ps.data"}`},
			{"a", "GET ps?rt=core.ps.data", `2.05 ct=40 "<coap://[2001:db8::1]/t>;rt=\"core.ps.data\";obs;title=\"t\""`},
			{"a", "GET ps/data/$1", "4.04"},
			{"a", post(0, "u", 1, "coap://h/u", 2, dataType, 3, 60, 8, []byte{0x80}),
				`4.00 "initialize is given, and topic-data is not on this broker"`},
			{"a", "DELETE ps/$1", "2.02"},
		}},
		{"another resource type", nil, []step{
			{"a", post(0, "t", 2, "example.data"), `2.01 location=ps location=$1 ct=606 {0: "t", 1: "/ps/data/$1", 2: "example.data"}`},
			{"a", "GET ps?rt=example.data", `2.05 ct=40 "</ps/data/$1>;rt=\"example.data\";obs;title=\"t\""`},
		}},
		{"filter by properties", nil, []step{
			{"a", createFullT(), createdFull},
			{"a", post(0, "u", 2, dataType, 6, 5), `2.01 location=ps location=$2 ct=606 {0: "u", 1: "/ps/data/$2", 2: "core.ps.data", 6: 5}`},
			{"a", "FETCH ps ct=606 : " + properties(0, "t"), `2.05 ct=40 "</ps/$1>;rt=\"core.ps.conf\""`},
			{"a", "FETCH ps ct=606 : " + properties(0, "u", 2, dataType), `2.05 ct=40 "</ps/$2>;rt=\"core.ps.conf\""`},
			{"a", "FETCH ps ct=606 : " + properties(5, epoch(4102444800), 4, "temperature"), `2.05 ct=40 "</ps/$1>;rt=\"core.ps.conf\""`},
			{"a", "FETCH ps ct=606 : " + properties(0, "t", 6, 5), "2.05 ct=40"},
			{"a", "FETCH ps ct=606 : " + properties(7, 5), "2.05 ct=40"},
			{"a", "FETCH ps ct=606 : " + properties(77, 5), `4.00 "topic property 77 is not known"`},
			{"a", "FETCH ps ct=606 : x", `4.00 "a topic configuration is one CBOR map"`},
		}},
		{"filter by attributes", nil, []step{
			{"a", createT(3, 112), `2.01 location=ps location=$1 ct=606 {0: "t", 1: "/ps/data/$1", 2: "core.ps.data", 3: 112}`},
			{"a", "GET ps?rt=core.ps.data", `2.05 ct=40 "</ps/data/$1>;rt=\"core.ps.data\";ct=112;obs;title=\"t\""`},
			{"a", "GET ps?rt=core.ps.conf", `2.05 ct=40 "</ps/$1>;rt=\"core.ps.conf\""`},
			{"a", "GET ps?rt=core.ps.d*", `2.05 ct=40 "</ps/data/$1>;rt=\"core.ps.data\";ct=112;obs;title=\"t\""`},
			{"a", "GET ps?ct=112&clientid=x", `2.05 ct=40 "</ps/data/$1>;rt=\"core.ps.data\";ct=112;obs;title=\"t\""`},
			{"a", "GET ps?ct=113", "2.05 ct=40"},
			{"a", "GET ps?href=/ps/data/$1", `2.05 ct=40 "</ps/data/$1>;rt=\"core.ps.data\";ct=112;obs;title=\"t\""`},
			{"a", "GET .well-known/core?rt=core.ps", `2.05 etag=7ec1315f ct=40 "</ps>;rt=\"core.ps core.ps.coll\";ct=40"`},
			{"a", "GET .well-known/core?rt=core.ps.coll", `2.05 etag=7ec1315f ct=40 "</ps>;rt=\"core.ps core.ps.coll\";ct=40"`},
		}},
		{"no more than so many topics", []option{func(c *Config, _ *settings.Access) { c.Settings.IETF.MaxTopics = 1 }}, []step{
			{"a", createT(), createdT},
			{"a", post(0, "u", 2, dataType), `5.03 "there is no room for another topic"`},
			{"a", "DELETE ps/$1", "2.02"},
			{"a", post(0, "u", 2, dataType), `2.01 location=ps location=$2 ct=606 {0: "u", 1: "/ps/data/$2", 2: "core.ps.data"}`},
		}},
		{"who may not see a topic", []option{deny("secret/#")}, []step{
			{"a", post(0, "secret/x", 2, dataType), "4.03"},
			{"a", createT(), createdT},
			{"a", "GET ps", `2.05 ct=40 "</ps/$1>;rt=\"core.ps.conf\""`},
		}},
		{"credentials", []option{users}, []step{
			{"a", "GET ps", "4.01"},
			{"a", "GET ps?username=admin&password=no", "4.01"},
			{"a", "GET ps?username=admin&password=public", "2.05 ct=40"},
			{"a", "GET ps?u=admin&p=public&clientid=x", "2.05 ct=40"},
			{"a", "GET ps/nothing", "4.01"},
		}},
	})
}

// Topic resource: section 2.5.
func TestIETFTopic(t *testing.T) {
	const createdFull = `2.01 location=ps location=$1 ct=606 ` + fullT
	runDraft(t, settings.DialectIETF, []row{
		{"read", nil, []step{
			{"a", createFullT(), createdFull},
			{"a", "GET ps/$1", "2.05 ct=606 " + fullT},
			{"a", "GET ps/$1 accept=606", "2.05 ct=606 " + fullT},
			{"a", "GET ps/$1 accept=50", "4.06"},
			{"a", "GET ps/nothing", "4.04"},
			{"a", "GET ps/$1/x", "4.04"},
		}},
		{"read a part", nil, []step{
			{"a", createFullT(), createdFull},
			{"a", "FETCH ps/$1 ct=60 : " + keyList(1, 3), `2.05 ct=606 {1: "/ps/data/$1", 3: 112}`},
			{"a", "FETCH ps/$1 ct=60 : " + keyList(8, 0), `2.05 ct=606 {0: "t"}`},
			{"a", "FETCH ps/$1 ct=60 : " + keyList(), `2.05 ct=606 {}`},
			{"a", "FETCH ps/$1 ct=60 : " + keyList(-5, 1000), `2.05 ct=606 {}`},
			{"a", "FETCH ps/$1 ct=60 : " + keyList("topic-name"), `4.00 "topic properties are asked for by one CBOR array of integer keys"`},
			{"a", "FETCH ps/$1 ct=50 : [1]", "4.15"},
			{"a", "FETCH ps/$1 : " + keyList(1), "4.15"},
			{"a", "FETCH ps/nothing ct=60 : " + keyList(1), "4.04"},
		}},
		{"read a part as up to draft -20", nil, []step{
			{"a", createFullT(), createdFull},
			{"a", "FETCH ps/$1 ct=606 : " + properties(9, []int{1, 3}), `2.05 ct=606 {1: "/ps/data/$1", 3: 112}`},
		}},
		{"replace", nil, []step{
			{"a", createFullT(), createdFull},
			{"a", "POST ps/$1 ct=606 : " + properties(0, "t", 2, dataType, 4, "humidity"),
				`2.04 ct=606 {0: "t", 1: "/ps/data/$1", 2: "core.ps.data", 4: "humidity"}`},
			{"a", "GET ps/$1", `2.05 ct=606 {0: "t", 1: "/ps/data/$1", 2: "core.ps.data", 4: "humidity"}`},
			{"a", "POST ps/$1 ct=606 : " + properties(), `2.04 ct=606 {0: "t", 1: "/ps/data/$1", 2: "core.ps.data"}`},
		}},
		{"change a part", nil, []step{
			{"a", createFullT(), createdFull},
			{"a", "IPATCH ps/$1 ct=606 : " + properties(6, 5), "2.04 ct=606 " + strings.Replace(fullT, "6: 100", "6: 5", 1)},
			{"a", "GET ps/$1", "2.05 ct=606 " + strings.Replace(fullT, "6: 100", "6: 5", 1)},
		}},
		{"what cannot be changed", nil, []step{
			{"a", createFullT(), createdFull},
			{"a", "POST ps/$1 ct=606 : " + properties(0, "u"), `4.00 "topic-name cannot be changed"`},
			{"a", "POST ps/$1 ct=606 : " + properties(1, "/ps/data/x"), `4.00 "topic-data cannot be changed"`},
			{"a", "IPATCH ps/$1 ct=606 : " + properties(2, "x"), `4.00 "resource-type cannot be changed"`},
			{"a", "IPATCH ps/$1 ct=606 : " + properties(7, 0), `4.00 "observer-check is 0"`},
			{"a", "IPATCH ps/$1 ct=606 : " + properties(99, 0), `4.00 "topic property 99 is not known"`},
			{"a", "IPATCH ps/$1 ct=606 : x", `4.00 "a topic configuration is one CBOR map"`},
			{"a", "IPATCH ps/$1 ct=50 : {}", "4.15"},
			{"a", "IPATCH ps/nothing ct=606 : " + properties(6, 5), "4.04"},
			{"a", "GET ps/$1", "2.05 ct=606 " + fullT},
		}},
		{"delete", nil, []step{
			{"a", createT(), createdT},
			{"a", "DELETE ps/$1", "2.02"},
			{"a", "DELETE ps/$1", "4.04"},
			{"a", "GET ps/$1", "4.04"},
			{"a", "PUT ps/data/$1 : 1", "4.04"},
			{"a", "GET ps", "2.05 ct=40"},
			{"a", createT(), strings.ReplaceAll(createdT, "$1", "$2")},
		}},
		{"other methods", nil, []step{
			{"a", createT(), createdT},
			{"a", "PUT ps/$1 ct=606 : x", "4.05"},
			{"a", "PATCH ps/$1 ct=606 : x", "4.05"},
		}},
		{"who may only read", []option{denyPublish("t")}, []step{{"a", createT(), "4.03"}}},
	})
}

func denyPublish(topic string) option {
	return func(_ *Config, a *settings.Access) {
		a.Rules = append(a.Rules, settings.Rule{Permission: settings.Deny, Who: "all", Action: settings.Publish, Topics: []string{topic}})
	}
}

func TestIETFAccessToATopic(t *testing.T) {
	rules := func(_ *Config, a *settings.Access) {
		a.Anonymous = false
		for _, name := range []string{"owner", "reader", "nobody"} {
			a.Users = append(a.Users, settings.User{Username: name, Password: "p"})
		}
		a.Rules = []settings.Rule{
			{Permission: settings.Allow, Who: "user:owner", Action: settings.AllAction, Topics: []string{"#"}},
			{Permission: settings.Allow, Who: "user:reader", Action: settings.Subscribe, Topics: []string{"#"}},
			{Permission: settings.Deny, Who: "all", Action: settings.AllAction, Topics: []string{"#"}},
		}
	}
	ask := func(user, line string) string {
		head, payload, ok := strings.Cut(line, " : ")
		words := strings.SplitN(head, " ", 3)
		words[1] += "?p=p&u=" + user
		head = strings.Join(words, " ")
		if ok {
			head += " : " + payload
		}
		return head
	}
	runDraft(t, settings.DialectIETF, []row{{"access", []option{rules}, []step{
		{"a", ask("owner", createT()), createdT},
		{"a", ask("owner", "PUT ps/data/$1 : 1"), "2.01"},
		{"b", ask("reader", "GET ps"), `2.05 ct=40 "</ps/$1>;rt=\"core.ps.conf\""`},
		{"b", ask("reader", "GET ps/$1"), `2.05 ct=606 {0: "t", 1: "/ps/data/$1", 2: "core.ps.data"}`},
		{"b", ask("reader", "FETCH ps/$1 ct=60 : "+keyList(0)), `2.05 ct=606 {0: "t"}`},
		{"b", ask("reader", "GET ps/data/$1"), `2.05 "1"`},
		{"b", ask("reader", "POST ps/$1 ct=606 : "+properties()), "4.03"},
		{"b", ask("reader", "IPATCH ps/$1 ct=606 : "+properties()), "4.03"},
		{"b", ask("reader", "DELETE ps/$1"), "4.03"},
		{"b", ask("reader", "PUT ps/data/$1 : 2"), "4.03"},
		{"b", ask("reader", "DELETE ps/data/$1"), "4.03"},
		{"c", ask("nobody", "GET ps"), "2.05 ct=40"},
		{"c", ask("nobody", "FETCH ps ct=606 : "+properties(0, "t")), "2.05 ct=40"},
		{"c", ask("nobody", "GET ps/$1"), "4.03"},
		{"c", ask("nobody", "GET ps/data/$1"), "4.03"},
		{"c", ask("nobody", "GET ps/data/$1 observe=0"), "4.03"},
	}}})
}

// What changes a topic is acknowledged when it is on disk, and not before.
func TestIETFWaitsForTheDisk(t *testing.T) {
	d := &draft{world: newWorld(t, settings.DialectIETF)}
	held := make(chan func(error), 1)
	d.store.holdWith(func(done func(error)) { held <- done })
	dev := d.device("a")
	for _, s := range []step{
		{"", createT(), createdT},
		{"", "IPATCH ps/$1 ct=606 : " + properties(6, 5), `2.04 ct=606 {0: "t", 1: "/ps/data/$1", 2: "core.ps.data", 6: 5}`},
		{"", "PUT ps/data/$1 : 1", "2.01"},
		{"", "PUT ps/data/$1 : 2", "2.04"},
		{"", "DELETE ps/data/$1", "2.02"},
		{"", "DELETE ps/$1", "2.02"},
	} {
		m := dev.send(d.insert(s.request))
		done := <-held
		dev.answersPing()
		if len(dev.inbox) > 0 {
			t.Errorf("%q was answered before it was on disk", s.request)
		}
		done(nil)
		answer, ok := dev.answer(m)
		if found := location.FindStringSubmatch(text(&answer)); found != nil {
			d.ids = append(d.ids, found[1])
		}
		if got := d.take(text(&answer)); !ok || got != s.answer {
			t.Errorf("%q: answer %s, want %s", s.request, got, s.answer)
		}
	}
}

func TestIETFTopicsSurviveARestart(t *testing.T) {
	d := &draft{world: newWorld(t, settings.DialectIETF)}
	soon := time.Now().Add(time.Hour).Unix()
	d.converse([]step{
		{"a", createT(3, 60, 6, 5), `2.01 location=ps location=$1 ct=606 {0: "t", 1: "/ps/data/$1", 2: "core.ps.data", 3: 60, 6: 5}`},
		{"a", "PUT ps/data/$1 ct=60 : 1", "2.01"},
		{"a", "publish t : from MQTT", ""},
		{"a", "POST ps ct=606 : " + properties(0, "half", 2, dataType), `2.01 location=ps location=$2 ct=606 {0: "half", 1: "/ps/data/$2", 2: "core.ps.data"}`},
		{"a", "POST ps ct=606 : " + properties(0, "gone", 2, dataType), `2.01 location=ps location=$3 ct=606 {0: "gone", 1: "/ps/data/$3", 2: "core.ps.data"}`},
		{"a", "DELETE ps/$3", "2.02"},
	})
	d.ask("a", "POST ps ct=606 : "+properties(0, "expired", 2, dataType, 5, epoch(soon)))
	d.gateway.topics.flush()

	again := newWorld(t, settings.DialectIETF, func(c *Config, _ *settings.Access) { c.PubSub = d.store })
	e := &draft{world: again, ids: d.ids}
	e.converse([]step{
		{"a", "GET ps/$1", `2.05 ct=606 {0: "t", 1: "/ps/data/$1", 2: "core.ps.data", 3: 60, 6: 5}`},
		{"a", "GET ps/data/$1", `2.05 ct=60 "from MQTT"`},
		{"a", "GET ps/data/$2", "4.04"},
		{"a", "GET ps/$3", "4.04"},
		{"a", "PUT ps/data/$1 ct=60 : 2", "2.04"},
		{"a", "publish half : 3", ""},
		{"a", "GET ps/data/$2", `2.05 "3"`},
	})
	table := newTopicTable(d.store, again.gateway)
	if err := table.load(time.Unix(soon, 0)); err != nil {
		t.Fatal(err)
	}
	if table.get(d.ids[3]) != nil || table.get(d.ids[0]) == nil {
		t.Error("a topic that expired meanwhile is back, or another is not")
	}
	if _, kept := d.store.topics[d.ids[3]]; kept {
		t.Error("a topic that expired meanwhile is still on disk")
	}
}
