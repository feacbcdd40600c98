package access

import (
	"slices"
	"testing"

	"sluice/engine/secure"
	"sluice/engine/settings"
)

const (
	pub = settings.Publish
	sub = settings.Subscribe
)

func TestRules(t *testing.T) {
	type question struct {
		who    Who
		action settings.Action
		topic  string
		want   bool
	}
	lamp := Who{ClientID: "lamp-3", Identity: secure.Identity{Subject: "CN=lamp-3,O=Plant", CommonName: "lamp-3", Fingerprint: "ab"}}
	other := Who{ClientID: "other", Identity: lamp.Identity}
	sensor := Who{ClientID: "s1", Username: "s", Identity: secure.Identity{PSK: "s1"}}
	proving := func(commonName, subject, psk string) Who {
		return Who{ClientID: "x", Identity: secure.Identity{CommonName: commonName, Subject: subject, PSK: psk}}
	}
	bob, ann := Who{ClientID: "dev1", Username: "bob"}, Who{ClientID: "dev2", Username: "ann"}
	tests := []struct {
		name  string
		rules []settings.Rule
		ask   []question
	}{
		{"no rule allows", nil, []question{{bob, pub, "a", true}, {bob, sub, "#", true}}},
		{"no match allows", []settings.Rule{{Permission: "deny", Who: "all", Action: "all", Topics: []string{"a"}}},
			[]question{{bob, pub, "b", true}, {bob, pub, "a", false}}},
		{"the first match decides", []settings.Rule{
			{Permission: "allow", Who: "all", Action: "all", Topics: []string{"a/b"}},
			{Permission: "deny", Who: "all", Action: "all", Topics: []string{"a/#"}},
			{Permission: "allow", Who: "all", Action: "all", Topics: []string{"a/c"}},
		}, []question{{bob, pub, "a/b", true}, {bob, pub, "a/c", false}, {bob, sub, "a/b", true}, {bob, sub, "a/+", false}}},
		{"by action", []settings.Rule{
			{Permission: "deny", Who: "all", Action: "publish", Topics: []string{"p"}},
			{Permission: "deny", Who: "all", Action: "subscribe", Topics: []string{"s"}},
		}, []question{{bob, pub, "p", false}, {bob, sub, "p", true}, {bob, pub, "s", true}, {bob, sub, "s", false}}},
		{"by user", []settings.Rule{{Permission: "deny", Who: "user:bob", Action: "all", Topics: []string{"#"}}},
			[]question{{bob, pub, "a", false}, {ann, pub, "a", true}, {Who{ClientID: "bob", Username: ""}, pub, "a", true}}},
		{"by client", []settings.Rule{{Permission: "deny", Who: "client:dev2", Action: "all", Topics: []string{"#"}}},
			[]question{{bob, pub, "a", true}, {ann, pub, "a", false}, {Who{ClientID: "", Username: "dev2"}, pub, "a", true}}},
		{"any of several topics", []settings.Rule{{Permission: "deny", Who: "all", Action: "all", Topics: []string{"a", "b/+"}}},
			[]question{{bob, pub, "a", false}, {bob, pub, "b/x", false}, {bob, pub, "b", true}}},
		{"a subscription that could read what is denied", []settings.Rule{
			{Permission: "deny", Who: "all", Action: "subscribe", Topics: []string{"a/+/secret"}},
		}, []question{{bob, sub, "a/b/secret", false}, {bob, sub, "a/#", false}, {bob, sub, "+/b/+", false}, {bob, sub, "#", false},
			{bob, sub, "a/b/open", true}, {bob, sub, "a/+", true}}},
		{"a subscription that is allowed in part only", []settings.Rule{
			{Permission: "allow", Who: "all", Action: "subscribe", Topics: []string{"a/+"}},
			{Permission: "deny", Who: "all", Action: "subscribe", Topics: []string{"#"}},
		}, []question{{bob, sub, "a/b", true}, {bob, sub, "a/+", true}, {bob, sub, "a/#", false}, {bob, sub, "+/b", false}}},
		{"wildcards do not reach $ topics", []settings.Rule{{Permission: "deny", Who: "all", Action: "all", Topics: []string{"#", "+/x"}}},
			[]question{{bob, pub, "$SYS/x", true}, {bob, sub, "$SYS/#", true}, {bob, sub, "+/y", false}}},
		{"$ topics are denied by name", []settings.Rule{{Permission: "deny", Who: "all", Action: "all", Topics: []string{"$SYS/#"}}},
			[]question{{bob, sub, "$SYS/#", false}, {bob, sub, "$SYS/broker", false}, {bob, sub, "#", true}, {bob, sub, "+/x", true}}},
		{"own topics", []settings.Rule{
			{Permission: "allow", Who: "all", Action: "all", Topics: []string{"c/${clientid}/#", "u-${username}/x", "${username}/${clientid}"}},
			{Permission: "deny", Who: "all", Action: "all", Topics: []string{"#"}},
		}, []question{
			{bob, pub, "c/dev1/a", true}, {bob, pub, "c/dev2/a", false}, {bob, sub, "c/dev1/#", true}, {bob, sub, "c/+/#", false},
			{bob, pub, "u-bob/x", true}, {ann, pub, "u-bob/x", false}, {ann, pub, "ann/dev2", true},
		}},
		{"by common name", []settings.Rule{{Permission: "deny", Who: "cn:lamp-3", Action: "all", Topics: []string{"#"}}},
			[]question{{lamp, pub, "a", false}, {other, pub, "a", false}, {Who{ClientID: "lamp-3"}, pub, "a", true}, {sensor, pub, "a", true}}},
		{"by PSK identity", []settings.Rule{{Permission: "deny", Who: "psk:s1", Action: "all", Topics: []string{"#"}}},
			[]question{{sensor, pub, "a", false}, {Who{ClientID: "s1", Username: "s1"}, pub, "a", true}, {lamp, pub, "a", true}}},
		{"the client ID has to be the common name", []settings.Rule{
			{Permission: "allow", Who: "client:${cert_common_name}", Action: "all", Topics: []string{"#"}},
			{Permission: "deny", Who: "all", Action: "all", Topics: []string{"#"}},
		}, []question{{lamp, pub, "a", true}, {other, pub, "a", false}, {Who{ClientID: ""}, pub, "a", false}, {bob, sub, "a", false}}},
		{"who is made of several", []settings.Rule{
			{Permission: "allow", Who: "client:${psk_identity}", Action: "all", Topics: []string{"a"}},
			{Permission: "allow", Who: "user:u-${clientid}-${cert_common_name}", Action: "all", Topics: []string{"b"}},
			{Permission: "deny", Who: "all", Action: "all", Topics: []string{"#"}},
		}, []question{
			{sensor, pub, "a", true}, {lamp, pub, "a", false},
			{Who{ClientID: "x", Username: "u-x-y", Identity: secure.Identity{CommonName: "y"}}, pub, "b", true},
			{Who{ClientID: "x", Username: "u-x-y"}, pub, "b", false},
			{Who{ClientID: "x", Username: "u-x-yz", Identity: secure.Identity{CommonName: "y"}}, pub, "b", false},
		}},
		{"topics of who proved something", []settings.Rule{
			{Permission: "allow", Who: "all", Action: "all", Topics: []string{"cn/${cert_common_name}/#", "dn/${cert_subject}", "psk/${psk_identity}"}},
			{Permission: "deny", Who: "all", Action: "all", Topics: []string{"#", "$SYS/#"}},
		}, []question{
			{lamp, pub, "cn/lamp-3/a", true}, {lamp, sub, "cn/lamp-3/#", true}, {lamp, pub, "cn/lamp-4/a", false},
			{lamp, pub, "dn/CN=lamp-3,O=Plant", true}, {lamp, pub, "psk/", false}, {sensor, pub, "psk/s1", true},
			{sensor, pub, "cn//a", false}, {bob, pub, "cn//a", false},
			{proving("+", "", ""), sub, "cn/+/#", false}, {proving("#", "", ""), sub, "cn/#", false},
			{proving("a/b", "", ""), pub, "cn/a/b/c", false}, {proving("", "CN=a/b", ""), pub, "dn/CN=a/b", false},
			{proving("", "CN=+", ""), sub, "dn/CN=+", false}, {proving("", "", "+"), sub, "psk/+", false},
			{proving("", "", "a\x00"), pub, "psk/a\x00", false}, {proving("${clientid}", "", ""), pub, "cn/x/a", false},
		}},
		{"a rule of connect has no say in topics", []settings.Rule{{Permission: "deny", Who: "all", Action: "connect"}},
			[]question{{bob, pub, "a", true}, {bob, sub, "#", true}}},
		{"names that would widen a rule match nothing", []settings.Rule{
			{Permission: "allow", Who: "all", Action: "all", Topics: []string{"c/${clientid}", "${clientid}/#"}},
			{Permission: "deny", Who: "all", Action: "all", Topics: []string{"#", "$SYS/#"}},
		}, []question{
			{Who{ClientID: "+"}, sub, "c/+", false}, {Who{ClientID: "+"}, pub, "c/other", false},
			{Who{ClientID: "#"}, sub, "c/#", false}, {Who{ClientID: "a/b"}, pub, "c/a/b", false},
			{Who{ClientID: "$SYS"}, sub, "$SYS/#", false}, {Who{ClientID: ""}, pub, "c/", false},
			{Who{ClientID: "${username}", Username: "+"}, pub, "c/x", false},
			{Who{ClientID: "${username}", Username: "x"}, pub, "c/x", false},
		}},
		{"names that would widen a rule that denies do", []settings.Rule{
			{Permission: "deny", Who: "all", Action: "all", Topics: []string{"secret/of-${clientid}/key", "${cert_common_name}"}},
		}, []question{
			{Who{ClientID: "x"}, pub, "secret/of-x/key", false}, {Who{ClientID: "x"}, pub, "secret/of-y/key", true},
			{Who{ClientID: "a/b"}, pub, "secret/of-a/b/key", false}, {Who{ClientID: "a/b"}, pub, "secret/x", false},
			{Who{ClientID: "a/b"}, sub, "secret/+", false}, {Who{ClientID: "+"}, pub, "secret", false},
			{Who{ClientID: "+"}, pub, "open", true}, {Who{ClientID: ""}, pub, "secret/of-/key", true},
			{proving("a/b", "", ""), pub, "x", false}, {proving("", "", ""), pub, "x", true},
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := control(t, settings.Access{Anonymous: true, Rules: tt.rules})
			if c.HasRules() != slices.ContainsFunc(tt.rules, func(r settings.Rule) bool { return r.Action != settings.Connect }) {
				t.Error("HasRules is wrong")
			}
			for _, q := range tt.ask {
				if got := c.Allowed(q.who, q.action, q.topic); got != q.want {
					t.Errorf("%+v %s %s: %v", q.who, q.action, q.topic, got)
				}
			}
		})
	}
}

func TestRulesThatCannotBeUsed(t *testing.T) {
	for _, r := range []settings.Rule{
		{Permission: "maybe", Who: "all", Action: "all"},
		{Permission: "deny", Who: "bob", Action: "all"},
		{Permission: "deny", Who: "user:", Action: "all"},
		{Permission: "deny", Who: "cn", Action: "all"},
		{Permission: "deny", Who: "all", Action: "read"},
	} {
		if _, err := New(settings.Access{Rules: []settings.Rule{r}}); err == nil {
			t.Errorf("%+v is accepted", r)
		}
	}
}

func control(t testing.TB, a settings.Access) *Control {
	t.Helper()
	c, err := New(a)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func BenchmarkAllowed(b *testing.B) {
	none := control(b, settings.Access{Anonymous: true})
	own := control(b, settings.Access{Anonymous: true, Rules: []settings.Rule{
		{Permission: "allow", Who: "all", Action: "all", Topics: []string{"c/${clientid}/#"}},
	}})
	some := control(b, settings.Access{Anonymous: true, Rules: []settings.Rule{
		{Permission: "deny", Who: "all", Action: "all", Topics: []string{"deny"}},
	}})
	who := Who{ClientID: "dev1", Username: "bob"}
	for name, c := range map[string]*Control{"no rules": none, "one rule": some, "placeholder": own} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				c.Allowed(who, pub, "sensors/room/temperature")
			}
		})
	}
}
