package access

import (
	"strings"
	"testing"

	"sluice/engine/secure"
	"sluice/engine/settings"
)

// Whatever a client is called, a placeholder stands for a part of one level and nothing else; and Allowed says what Decide
// says.
func FuzzPlaceholders(f *testing.F) {
	f.Add("c/${clientid}/#", "lamp", "bob", "lamp-3", "CN=lamp-3,O=Plant", "key", "c/lamp/x")
	f.Add("${cert_common_name}${psk_identity}/+", "+", "#", "$SYS", "CN=a/b", "a\x00b", "$SYS/x")
	f.Add("${${clientid}}${cert_subject}${username}", "${username}", "${clientid}", "", "", "", "")
	f.Fuzz(func(t *testing.T, filter, clientID, username, commonName, subject, psk, topic string) {
		who := Who{clientID, username, secure.Identity{CommonName: commonName, Subject: subject, PSK: psk}}
		made := newTemplate(filter)
		if got, ok := made.filter(&who, true); ok {
			if strings.Count(got, "/") != strings.Count(filter, "/") || strings.Count(got, "+") != strings.Count(filter, "+") ||
				strings.Count(got, "#") != strings.Count(filter, "#") {
				t.Errorf("%q became %q", filter, got)
			}
			if !strings.HasPrefix(filter, "$") && strings.HasPrefix(got, "$") {
				t.Errorf("%q became %q", filter, got)
			}
		}
		name := newTemplate("${clientid}" + topic)
		if !strings.Contains(topic, "${") && name.is(clientID+topic, &who) != (clientID != "") {
			t.Errorf("client ID %q, and then %q, is not itself", clientID, topic)
		}
		c := control(t, settings.Access{Rules: []settings.Rule{{Permission: "deny", Who: "all", Action: "all", Topics: []string{filter}}}})
		for _, action := range []settings.Action{pub, sub} {
			if c.Allowed(who, action, topic) != c.Decide(who, action, topic).Allowed {
				t.Errorf("%q: Allowed and Decide differ about %q", filter, topic)
			}
		}
	})
}
