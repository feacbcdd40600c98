package access

import (
	"reflect"
	"testing"

	"sluice/engine/secure"
	"sluice/engine/settings"
)

func TestDecide(t *testing.T) {
	rules := []settings.Rule{
		{Permission: "deny", Who: "user:eve", Action: "connect"},
		{Permission: "allow", Who: "all", Action: "publish", Topics: []string{"x", "c/${clientid}/#"}},
		{Permission: "deny", Who: "all", Action: "publish", Topics: []string{"#"}},
	}
	c := control(t, settings.Access{Anonymous: true, Rules: rules})
	by := func(i int, allowed bool, filter string) Decision {
		return Decision{Allowed: allowed, Ground: ByRule, Index: i, Rule: rules[i], Filter: filter}
	}
	none := Decision{Allowed: true, Index: -1}
	for _, q := range []struct {
		who    Who
		action settings.Action
		topic  string
		want   Decision
	}{
		{Who{ClientID: "a"}, settings.Connect, "", none},
		{Who{ClientID: "a", Username: "eve"}, settings.Connect, "", by(0, false, "")},
		{Who{ClientID: "a"}, pub, "c/a/t", by(1, true, "c/a/#")},
		{Who{ClientID: "a"}, pub, "c/b/t", by(2, false, "#")},
		{Who{ClientID: "a"}, sub, "#", none},
	} {
		if got := c.Decide(q.who, q.action, q.topic); !reflect.DeepEqual(got, q.want) {
			t.Errorf("%+v %s %s: %+v, want %+v", q.who, q.action, q.topic, got, q.want)
		}
		if q.action != settings.Connect && c.Allowed(q.who, q.action, q.topic) != q.want.Allowed {
			t.Errorf("%+v %s %s: Allowed says the opposite of Decide", q.who, q.action, q.topic)
		}
	}
}

func TestClientIDsThatAreDemanded(t *testing.T) {
	certified := func(id, commonName string) Who {
		return Who{ClientID: id, Identity: secure.Identity{CommonName: commonName, Fingerprint: "ab"}}
	}
	keyed := func(id, psk string) Who { return Who{ClientID: id, Identity: secure.Identity{PSK: psk}} }
	demandCertificate := []settings.Rule{
		{Permission: "allow", Who: "client:${cert_common_name}", Action: "connect"},
		{Permission: "deny", Who: "all", Action: "connect"},
	}
	for _, tt := range []struct {
		name   string
		access settings.Access
		who    Who
		want   bool
		ground Ground
		id     string
	}{
		{"nothing is demanded", settings.Access{}, certified("a", "b"), true, ByDefault, ""},
		{"the common name", settings.Access{ClientID: "common_name"}, certified("a", "a"), true, ByDefault, ""},
		{"not the common name", settings.Access{ClientID: "common_name"}, certified("a", "b"), false, ByCommonName, "b"},
		{"a certificate without a common name", settings.Access{ClientID: "common_name"}, certified("a", ""), false, ByCommonName, ""},
		{"no certificate", settings.Access{ClientID: "common_name"}, Who{ClientID: "a"}, true, ByDefault, ""},
		{"a rule demands the common name", settings.Access{Rules: demandCertificate}, certified("a", "a"), true, ByRule, ""},
		{"a rule refuses another one", settings.Access{Rules: demandCertificate}, certified("a", "b"), false, ByRule, ""},
		{"a rule refuses who has no certificate", settings.Access{Rules: demandCertificate}, Who{ClientID: "a"}, false, ByRule, ""},
		{"the client ID that the key is bound to", settings.Access{}, keyed("a", "key-of-a"), true, ByDefault, ""},
		{"another one", settings.Access{}, keyed("b", "key-of-a"), false, ByBoundKey, "a"},
		{"a key that is bound to none", settings.Access{}, keyed("b", "free"), true, ByDefault, ""},
	} {
		c := control(t, tt.access)
		c.BindKeys(func(psk string) string { return map[string]string{"key-of-a": "a"}[psk] })
		d := c.Decide(tt.who, settings.Connect, "")
		if may := c.MayConnect(tt.who); may != tt.want || d.Allowed != tt.want || d.Ground != tt.ground || d.ClientID != tt.id {
			t.Errorf("%s: MayConnect says %v, Decide %+v", tt.name, may, d)
		}
		if id := c.DemandedClientID(tt.who.Identity); tt.ground > ByRule && id != tt.id {
			t.Errorf("%s: %q is demanded", tt.name, id)
		}
		if !tt.want && !c.JudgesConnect(tt.who.Identity) {
			t.Errorf("%s: JudgesConnect says that nobody is refused", tt.name)
		}
	}
	if control(t, settings.Access{}).JudgesConnect(keyed("a", "key").Identity) {
		t.Error("something is judged that nobody can be refused for")
	}
}
