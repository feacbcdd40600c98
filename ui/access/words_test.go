package access

import (
	"maps"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"sluice/engine"
	"sluice/engine/access"
	"sluice/engine/settings"
	"sluice/ui/theme"
)

func TestTopicsOfARule(t *testing.T) {
	for text, want := range map[string]string{
		"plant/#\n\n  state/${clientid} \n": "plant/#|state/${clientid}",
		"+/${cert_common_name}/+":           "+/${cert_common_name}/+",
		"$SYS/#":                            "$SYS/#",
		"":                                  "give at least one topic filter, such as plant/#",
		" \n ":                              "give at least one topic filter, such as plant/#",
		"a\nb/#/c":                          "Line 2: # stands alone and at the end",
		"a#":                                "Line 1: # stands alone and at the end",
		"a/b+/c":                            "Line 1: + stands for a whole level",
		"a/${clientId}":                     "Line 1: ${clientId} is no placeholder; there are ${clientid} ${username} ${cert_common_name} ${cert_subject} ${psk_identity}",
		"a/${clientid":                      "Line 1: the placeholder after ${ has no }",
		"a\x00":                             "Line 1: a zero character cannot be here",
		strings.Repeat("x", maxText+1):      "Line 1: it has more than 65,535 bytes",
	} {
		topics, err := readTopics(text)
		got := strings.Join(topics, "|")
		if err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%.40q: %q, want %q", text, got, want)
		}
	}
}

// What the form takes the settings take as well.
func TestWhatTheFormTakesIsValid(t *testing.T) {
	for _, text := range []string{"plant/#", "${clientid}/+\n#", "$SYS/#", "/", "a//b", "ä/${psk_identity}"} {
		topics, err := readTopics(text)
		if err != nil {
			t.Errorf("%q: %v", text, err)
		}
		for _, s := range subjects {
			name := "${username}-1"
			r := settings.Rule{Permission: settings.Deny, Who: joinWho(s, name), Action: settings.AllAction, Topics: topics}
			if _, err := access.New(settings.Access{Rules: []settings.Rule{r}}); err != nil || checkWho(s, name) != nil {
				t.Errorf("%+v: %v, %v", r, err, checkWho(s, name))
			}
			if kind, back := splitWho(r.Who); joinWho(kind, back) != r.Who || kind != s {
				t.Errorf("%s is taken for %s of %q", r.Who, kind, back)
			}
		}
	}
	if checkWho(userName, "") == nil || checkWho(clientID, "${x}") == nil || checkWho(everybody, "") != nil {
		t.Error("whom a rule is for is not checked")
	}
}

func TestAttributes(t *testing.T) {
	for text, want := range map[string]string{
		"":                       "",
		"site = north\nline=1\n": "line = 1  site = north",
		"empty =":                "empty = ",
		"a = b = c":              "a = b = c",
		"site north":             "Line 1: write NAME = VALUE",
		"a = 1\nb c = 2":         "Line 2: a name has letters, digits, - and _ only",
		"= 1":                    "Line 1: a name has letters, digits, - and _ only",
		"a = 1\na = 2":           "Line 2: a is there already",
		"a = x/#":                "Line 1: a value that goes into topics has no + and no #",
	} {
		attrs, err := readAttrs(text)
		got := attrsLine(attrs)
		if err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
		if back, err := readAttrs(attrsText(attrs)); err != nil || !maps.Equal(back, attrs) {
			t.Errorf("%q: read again %v, %v", text, back, err)
		}
	}
}

func TestStrength(t *testing.T) {
	for password, want := range map[string]theme.Role{
		"": theme.RoleNeutral, "public": theme.RoleBad, "Public123!": theme.RoleBad, "line1": theme.RoleBad, "abcdefghijklmnop": theme.RoleBad,
		"aaaaaaaaaaaaaaaaaaaa": theme.RoleBad, "x7$Q": theme.RoleBad, "kettle7Bridge": theme.RoleGood, "x7$Qm2z": theme.RoleLate,
		"correct horse battery": theme.RoleGood,
	} {
		if hint, role := strength(password, "line1"); role != want || (hint == "") != (password == "") {
			t.Errorf("%q: %q", password, hint)
		}
	}
}

func TestAnswersInWords(t *testing.T) {
	deny := settings.Rule{Permission: settings.Deny, Who: "all", Action: settings.Publish, Topics: []string{"secret/#"}}
	own := settings.Rule{Permission: settings.Allow, Who: "cn:lamp", Action: settings.AllAction, Topics: []string{"c/${clientid}"}}
	out := settings.Rule{Permission: settings.Deny, Who: "client:old", Action: settings.Connect}
	free := access.Decision{Allowed: true, Index: -1}
	publish := engine.Question{ClientID: "lamp", Action: settings.Publish, Topic: "secret/a"}
	named := publish
	named.Username = "bob"
	connect := engine.Question{ClientID: "old", Action: settings.Connect}
	tests := []struct {
		name     string
		question engine.Question
		answer   engine.Answer
		word     string
		rule     int
		lines    []string
	}{
		{"no rule", publish, engine.Answer{Allowed: true, Login: engine.LetInAnonymous, Connect: free, Topic: free}, "allowed", -1,
			[]string{"It is let in without a password, as anonymous clients are.", "No rule matches, so it is allowed."}},
		{"a rule", named, engine.Answer{Login: engine.PasswordNeeded, Connect: free,
			Topic: access.Decision{Ground: access.ByRule, Index: 1, Rule: deny, Filter: "secret/#"}}, "denied", 1,
			[]string{"bob is let in with the right password.", "Rule 2 denies it: everybody · publish · secret/#."}},
		{"a rule with a placeholder", named, engine.Answer{Allowed: true, Login: engine.LetInAnonymous, Connect: free,
			Topic: access.Decision{Allowed: true, Ground: access.ByRule, Index: 0, Rule: own, Filter: "c/lamp"}}, "allowed", 0,
			[]string{"Nobody named bob is defined: it is let in as anonymous clients are.",
				"Rule 1 allows it: certificate lamp · publish, subscribe · c/${clientid}. For this client that is c/lamp."}},
		{"refused at the door", publish, engine.Answer{Login: engine.RefusedAnonymous, Connect: free, Topic: free}, "denied", -1,
			[]string{"It is not let in: without credentials it is anonymous, and those are refused.", "No rule matches, so it is allowed."}},
		{"an unknown name", named, engine.Answer{Login: engine.RefusedAnonymous, Connect: free, Topic: free}, "denied", -1,
			[]string{"It is not let in: no user is named bob, and anonymous clients are refused.", "No rule matches, so it is allowed."}},
		{"may not connect", publish, engine.Answer{Login: engine.LetInAnonymous, Topic: free,
			Connect: access.Decision{Ground: access.ByRule, Index: 2, Rule: out}}, "denied", 2,
			[]string{"It is let in without a password, as anonymous clients are.", "Rule 3 denies it: client old · connect."}},
		{"connect", connect, engine.Answer{Allowed: true, Login: engine.LetInAnonymous, Connect: free}, "allowed", -1,
			[]string{"It is let in without a password, as anonymous clients are.", "No rule matches, so it may connect."}},
		{"another's key", connect, engine.Answer{Login: engine.LetInAnonymous,
			Connect: access.Decision{Ground: access.ByBoundKey, Index: -1, ClientID: "pump"}}, "denied", -1,
			[]string{"It is let in without a password, as anonymous clients are.",
				"Its pre-shared key belongs to the client pump, so it may not connect under another ID."}},
		{"another common name", connect, engine.Answer{Login: engine.LetInAnonymous,
			Connect: access.Decision{Ground: access.ByCommonName, Index: -1, ClientID: "pump"}}, "denied", -1,
			[]string{"It is let in without a password, as anonymous clients are.",
				"Its client ID has to be the common name of its certificate, pump."}},
		{"$SYS behind a mountpoint", publish, engine.Answer{Login: engine.LetInAnonymous, Connect: free, Topic: free, Reserved: true,
			Mounted: []engine.MountedTopic{{Listener: "coap://:5683", Topic: "north/secret/a"}, {Listener: "coaps://:5684", Topic: "secret/a"}, {Listener: "coap://:5685"}}}, "denied", -1,
			[]string{"It is let in without a password, as anonymous clients are.", "Topics below $SYS are the broker's own: nobody publishes there.",
				"Over coap://:5683 that is the topic north/secret/a.",
				"Over coap://:5685 it is refused: its name would act as a wildcard in the mountpoint."}},
	}
	newBench(t, plant()) // for the translations
	for _, test := range tests {
		v := inWords(test.question, test.answer)
		if v.word != test.word || v.rule != test.rule || !slices.Equal(v.lines, test.lines) {
			t.Errorf("%s: %s, rule %d, %q", test.name, v.word, v.rule, v.lines)
		}
	}
}

func TestRowsAreCopied(t *testing.T) {
	newBench(t, plant())
	r := RuleRow{index: 1, rule: rule(settings.Deny, "psk:lamp", settings.AllAction, "a", `b"`)}
	if got := r.asText(); got != `2. deny · PSK lamp · publish, subscribe · a  b"` {
		t.Errorf("text %q", got)
	}
	for _, part := range []string{`"permission": "deny"`, `"who": "psk:lamp"`, `"b\""`} {
		if !strings.Contains(r.asJSON(), part) {
			t.Errorf("JSON without %s: %s", part, r.asJSON())
		}
	}
	toml := "[access]\nanonymous = false\n" + r.asTOML() + RuleRow{rule: rule(settings.Deny, "all", settings.Connect)}.asTOML()
	s, err := settings.Decode("test.toml", []byte(toml), settings.Default())
	if err != nil || len(s.Access.Rules) != 2 || !sameRule(s.Access.Rules[0], r.rule) {
		t.Errorf("%s\n%v", toml, err)
	}
	u := UserRow{engine.User{Username: "line1", Hash: "argon2id", ClientAttrs: map[string]string{"site": "north"}, Clients: 2}, "site = north"}
	if got := u.asText(); got != "line1\targon2id\t2 clients\tsite = north" || !strings.Contains(u.asJSON(), `"site": "north"`) {
		t.Errorf("%q, %s", got, u.asJSON())
	}
}

func TestWhoIsSlowedDown(t *testing.T) {
	newBench(t, plant())
	rows := buildSlowRows([]access.Throttled{
		{From: netip.MustParsePrefix("2001:db8::/64"), Until: noon.Add(5 * time.Second)},
		{From: netip.MustParsePrefix("192.0.2.1/32"), Username: "admin", Until: noon.Add(30 * time.Second)},
	}, noon)
	if rows[0].from() != "192.0.2.1" || rows[0].user() != "admin" || rows[0].until() != "in 30 s" ||
		rows[1].from() != "2001:db8::/64" || rows[1].user() != "all names" {
		t.Errorf("%+v", rows)
	}
}
