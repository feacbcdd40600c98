package engine

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/eclipse/paho.golang/paho"
	"github.com/plgd-dev/go-coap/v3/message/codes"

	"sluice/engine/access"
	"sluice/engine/secure"
	"sluice/engine/settings"
)

func password(text string) *string { return &text }

func closed() settings.Settings {
	s := local()
	s.Access.Anonymous = false
	return s
}

// What is made in the window is there after a restart; what is deleted comes back with its password.
func TestUsersOutliveARestart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	b := startUp(t, closed(), path)
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	check(b.PutUser("ann", password("hunter2"), map[string]string{"site": "north"}))
	check(b.PutUser("bob", password("hunter3"), nil))
	check(b.PutUser("ann", nil, map[string]string{"site": "south"}))
	if err := b.PutUser("eve", nil, nil); !errors.Is(err, ErrNoUser) {
		t.Errorf("a user without a password: %v", err)
	}
	var mistakes settings.Errors
	if err := b.PutUser("eve", password("hunter4"), map[string]string{"site": "+"}); !errors.As(err, &mistakes) || mistakes[0].Key != "access.user[2].client_attrs" {
		t.Errorf("an attribute that is a wildcard: %v", err)
	}
	if !b.login(t, "ann", "hunter2") || b.login(t, "ann", "hunter3") || !b.login(t, "bob", "hunter3") {
		t.Error("the passwords are not in force")
	}
	bob, err := b.DeleteUser("bob")
	check(err)
	if b.login(t, "bob", "hunter3") {
		t.Error("a deleted user gets in")
	}
	if _, err := b.DeleteUser("bob"); !errors.Is(err, ErrNoUser) {
		t.Errorf("deleted twice: %v", err)
	}
	check(b.RestoreUser(bob))
	if err := b.RestoreUser(bob); !errors.Is(err, ErrUserExists) {
		t.Errorf("restored twice: %v", err)
	}
	check(b.SetRules([]settings.Rule{{Permission: settings.Deny, Who: "cn:x", Action: settings.Connect}}))
	check(b.SetClientIDRule(settings.CommonNameClientID))
	b.close(t)

	data, err := os.ReadFile(path)
	check(err)
	if strings.Contains(string(data), "hunter") {
		t.Error("a password is in the state file")
	}
	for _, secret := range []string{"hunter", "$argon2id$"} {
		if strings.Contains(b.log.String(), secret) {
			t.Errorf("%s is in the log", secret)
		}
	}
	b = setUp(t, closed(), path)
	if stored, ok, err := b.store.Settings(); !ok || err != nil || !reflect.DeepEqual(stored.Access.Rules, b.Rules()) && len(stored.Access.Rules) != 1 ||
		stored.Access.ClientID != settings.CommonNameClientID {
		t.Errorf("kept: %+v, %v, %v", stored.Access, ok, err)
	}
	want := []User{{"ann", "argon2id", map[string]string{"site": "south"}, 0}, {"bob", "argon2id", nil, 0}}
	if got := b.Users(); !reflect.DeepEqual(got, want) {
		t.Errorf("users %+v, want %+v", got, want)
	}
	check(b.Start(context.Background()))
	if !b.login(t, "ann", "hunter2") || !b.login(t, "bob", "hunter3") {
		t.Error("the passwords are not those of before")
	}
}

// A change ends MQTT clients, CoAP clients and observers that it concerns before the method returns, and nobody else.
func TestChangesConcernTheLiving(t *testing.T) {
	s := closed()
	s.Access.Users = []settings.User{{Username: "ann", Password: "hunter2"}, {Username: "bob", Password: "hunter3"}}
	b := startUp(t, s, "")
	connect := func(username, secret string) *subscriber {
		t.Helper()
		c, err := b.mqtt(t, "mqtt-"+username, username, secret)
		if err == nil {
			err = c.subscribe("t")
		}
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	observe := func(username, secret string) *device {
		t.Helper()
		d := b.device(t)
		if answer := d.ask(codes.GET, "/ps/t", "clientid=coap-"+username+" username="+username+" password="+secret, 0, ""); answer.Code != codes.Content {
			t.Fatalf("observing was answered %v", answer.Code)
		}
		return d
	}
	connect("ann", "hunter2")
	observer, bob := observe("ann", "hunter2"), connect("bob", "hunter3")
	bobObserver := observe("bob", "hunter3")
	if users := b.Users(); users[0].Clients != 2 || users[1].Clients != 2 {
		t.Errorf("users %+v", users)
	}
	clients := func() (ids []string) {
		for _, c := range b.Clients() {
			if !c.IsCoAP() {
				ids = append(ids, c.ID)
			}
		}
		return ids
	}

	if err := b.SetSettings(b.Settings()); err != nil {
		t.Fatal(err)
	}
	if err := b.PutUser("ann", password("hunter2"), nil); err != nil { // the password it has
		t.Fatal(err)
	}
	if got := clients(); len(got) != 2 {
		t.Fatalf("nothing has changed, and %v are left", got)
	}
	if err := b.PutUser("ann", password("hunter4"), nil); err != nil {
		t.Fatal(err)
	}
	if last := observer.next(); last.Code != codes.Unauthorized {
		t.Errorf("the observer was told %v", last.Code)
	}
	await(t, "the client is gone", func() bool { return reflect.DeepEqual(clients(), []string{"mqtt-bob"}) })
	if n := len(b.Observers()); n != 1 {
		t.Errorf("%d observers", n)
	}
	bob.publish("t", "1")
	bob.expect("t", "1")
	if told := bobObserver.next(); told.Code != codes.Content {
		t.Errorf("the other observer was told %v", told.Code)
	}

	// A rule takes what is subscribed away.
	if err := b.SetRules([]settings.Rule{{Permission: settings.Deny, Who: "user:bob", Action: settings.Subscribe, Topics: []string{"t"}}}); err != nil {
		t.Fatal(err)
	}
	if last := bobObserver.next(); last.Code != codes.Unauthorized {
		t.Errorf("the observer was told %v", last.Code)
	}
	await(t, "the subscriber is gone", func() bool { return len(clients()) == 0 })
	if again, err := b.mqtt(t, "mqtt-bob", "bob", "hunter3"); err != nil || again.subscribe("t") == nil {
		t.Errorf("subscribing again: %v", err)
	}

	// Anonymous clients stay as long as they are let in.
	if err := b.SetAnonymous(true); err != nil {
		t.Fatal(err)
	}
	connect("", "")
	if err := b.SetAnonymous(false); err != nil {
		t.Fatal(err)
	}
	await(t, "the anonymous client is gone", func() bool { return reflect.DeepEqual(clients(), []string{"mqtt-bob"}) })
}

func TestMistakesInRules(t *testing.T) {
	b := setUp(t, local(), "")
	good := settings.Rule{Permission: settings.Deny, Who: "all", Action: settings.AllAction, Topics: []string{"a"}}
	if err := b.SetRules([]settings.Rule{good}); err != nil {
		t.Fatal(err)
	}
	for key, bad := range map[string]settings.Rule{
		"access.rule[1].permission": {Permission: "maybe", Who: "all", Action: settings.AllAction, Topics: []string{"a"}},
		"access.rule[1].who":        {Permission: settings.Deny, Who: "bob", Action: settings.AllAction, Topics: []string{"a"}},
		"access.rule[1].action":     {Permission: settings.Deny, Who: "all", Action: "read", Topics: []string{"a"}},
		"access.rule[1].topics":     {Permission: settings.Deny, Who: "all", Action: settings.Connect, Topics: []string{"a"}},
		"access.rule[1].topics[1]":  {Permission: settings.Deny, Who: "all", Action: settings.Publish, Topics: []string{"a", "a/#/b"}},
	} {
		var mistakes settings.Errors
		if err := b.SetRules([]settings.Rule{good, bad}); !errors.As(err, &mistakes) || len(mistakes) != 1 || mistakes[0].Key != key || mistakes[0].Allowed == "" {
			t.Errorf("%s: %v", key, err)
		}
	}
	if got := b.Rules(); len(got) != 1 {
		t.Errorf("rules %+v", got)
	}
}

func TestMay(t *testing.T) {
	s := local()
	s.Gateway.Mountpoint = "site/${clientid}/"
	s.Access.Users = []settings.User{{Username: "ann", Password: "hunter2"}}
	s.Access.Rules = []settings.Rule{
		{Permission: settings.Deny, Who: "user:eve", Action: settings.Connect},
		{Permission: settings.Allow, Who: "client:${cert_common_name}", Action: settings.AllAction, Topics: []string{"cn/#"}},
		{Permission: settings.Deny, Who: "all", Action: settings.AllAction, Topics: []string{"cn/#", "x"}},
	}
	b := startUp(t, s, "")
	coap := b.Settings().Listeners[0].Bind
	for _, tt := range []struct {
		name     string
		question Question
		allowed  bool
		login    LoginNeed
		rule     int // that decides about the topic
		topic    string
	}{
		{"nothing against it", Question{ClientID: "a", Username: "ann", Action: settings.Publish, Topic: "t"}, true, PasswordNeeded, -1, "site/a/t"},
		{"a rule against it", Question{ClientID: "a", Action: settings.Publish, Topic: "x"}, false, LetInAnonymous, 2, "site/a/x"},
		{"a rule for it", Question{ClientID: "a", Identity: secure.Identity{CommonName: "a"}, Action: settings.Subscribe, Topic: "cn/+"}, true, LetInAnonymous, 1, "site/a/cn/+"},
		{"a rule against connecting", Question{ClientID: "a", Username: "eve", Action: settings.Publish, Topic: "t"}, false, LetInAnonymous, -1, "site/a/t"},
		{"the broker's own", Question{ClientID: "a", Action: settings.Publish, Topic: "$SYS/x"}, false, LetInAnonymous, -1, "site/a/$SYS/x"},
		{"no topic", Question{ClientID: "a", Action: settings.Publish, Topic: "a/#"}, false, LetInAnonymous, -1, "site/a/a/#"},
		{"a name that is a wildcard", Question{ClientID: "+", Action: settings.Publish, Topic: "t"}, true, LetInAnonymous, -1, ""},
	} {
		a := b.May(tt.question)
		if a.Allowed != tt.allowed || a.Login != tt.login || a.Topic.Index != tt.rule || !reflect.DeepEqual(a.Mounted, []MountedTopic{{coap, tt.topic}}) {
			t.Errorf("%s: %+v", tt.name, a)
		}
	}
	if err := b.SetAnonymous(false); err != nil {
		t.Fatal(err)
	}
	if a := b.May(Question{ClientID: "a", Action: settings.Connect}); a.Allowed || a.Login != RefusedAnonymous || !a.Connect.Allowed {
		t.Errorf("anonymous: %+v", a)
	}
	if a := b.May(Question{ClientID: "a", Username: "ann", Action: settings.Connect}); !a.Allowed || a.Connect.Index != -1 {
		t.Errorf("ann: %+v", a)
	}
}

// Guessing shuts out nobody but who guesses: not the owner of the name elsewhere, and not who was in before.
func TestGuessingShutsOutNobodyElse(t *testing.T) {
	s := closed()
	s.Access.Users = []settings.User{{Username: "zoe", Password: "hunter2"}}
	b := startUp(t, s, "")
	from := func(addr, secret string) byte {
		t.Helper()
		dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(addr)}}
		conn, err := dialer.Dial("tcp", b.addr(1))
		if err != nil {
			t.Skipf("no other address to come from: %v", err)
		}
		defer func() { _ = conn.Close() }()
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		ack, err := paho.NewClient(paho.ClientConfig{Conn: conn}).Connect(ctx, &paho.Connect{
			ClientID: "c", CleanStart: true, KeepAlive: 30, Username: "zoe", UsernameFlag: true, Password: []byte(secret), PasswordFlag: true,
		})
		if ack == nil {
			t.Fatal(err)
		}
		return ack.ReasonCode
	}
	for i, want := range []byte{0x86, 0x86, 0x86, 0x86, 0x86, 0x9f} {
		if got := from("127.0.0.2", "guess"); got != want {
			t.Errorf("attempt %d: CONNACK 0x%02x", i+1, got)
		}
	}
	if got := from("127.0.0.2", "hunter2"); got != 0x9f {
		t.Errorf("the right one, from where it was guessed: CONNACK 0x%02x", got)
	}
	// The same for CoAP, from the same address.
	device := b.device(t)
	if answer := device.ask(codes.POST, "/ps/t", "username=zoe password=hunter2", -1, "1"); answer.Code != codes.Changed {
		t.Errorf("from elsewhere: %v", answer.Code)
	}
	if got := from("127.0.0.2", "hunter2"); got != 0 {
		t.Errorf("once it is verified: CONNACK 0x%02x", got)
	}
	slowed := b.Throttled()
	if len(slowed) != 1 || slowed[0].Username != "zoe" || slowed[0].From.Addr().String() != "127.0.0.2" || slowed[0].Wrong != 5 || slowed[0].Refused != 2 {
		t.Errorf("slowed down: %+v", slowed)
	}
	if got := b.LoginAttempts(); got != (access.Attempts{Wrong: 5, Refused: 2}) {
		t.Errorf("counts %+v", got)
	}
	for _, secret := range []string{"zoe", "hunter", "guess", "$argon2id$"} {
		if strings.Contains(b.log.String(), secret) {
			t.Errorf("%s is in the log", secret)
		}
	}
}
