package engine

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/plgd-dev/go-coap/v3/message/codes"

	"sluice/engine/access"
	"sluice/engine/settings"
)

// login reports whether an MQTT client with these credentials gets in.
func (b *bench) login(t *testing.T, username, password string) bool {
	t.Helper()
	_, err := b.mqtt(t, "login-"+username, username, password)
	return err == nil
}

func names(users []settings.User) (all []string) {
	for _, u := range users {
		all = append(all, u.Username)
	}
	return all
}

func TestUsersOfTheFileAreLaidOverThoseOfTheState(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	b := setUp(t, local(), path)
	for _, name := range []string{"ann", "bob"} {
		if err := b.store.PutUser(settings.User{Username: name, Hash: access.HashPassword("old")}); err != nil {
			t.Fatal(err)
		}
	}
	b.close(t)

	s := local()
	s.Access.Anonymous = false
	s.Access.Users = []settings.User{{Username: "bob", Password: "hunter2"}, {Username: "eve", Password: "hunter2"}}
	b = startUp(t, s, path)
	for _, tt := range []struct {
		username, password string
		want               bool
	}{
		{"ann", "old", true}, {"bob", "hunter2", true}, {"bob", "old", false}, {"eve", "hunter2", true}, {"eve", "", false},
		{"", "", false}, {"nobody", "x", false},
	} {
		if got := b.login(t, tt.username, tt.password); got != tt.want {
			t.Errorf("%q with %q: %v", tt.username, tt.password, got)
		}
	}
	for _, u := range b.Settings().Access.Users {
		if u.Password != "" || u.Hash == "" {
			t.Errorf("user %+v", u)
		}
	}
	if users, _ := b.store.Users(); !reflect.DeepEqual(names(users), []string{"ann", "bob"}) {
		t.Errorf("running with a file changed the kept users to %v", names(users))
	}
}

func TestChangedSettingsKeepTheUsers(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	s := local()
	s.Access.Anonymous = false
	s.Access.Users = []settings.User{{Username: "ann", Password: "hunter2"}, {Username: "bob", Password: "hunter3"}}
	b := startUp(t, s, path)
	changed := b.Settings()
	changed.Gateway.NotifyType = settings.NotifyCon
	if err := b.SetSettings(changed); err != nil {
		t.Fatal(err)
	}
	if !b.login(t, "ann", "hunter2") || b.login(t, "ann", "x") || b.login(t, "nobody", "x") {
		t.Error("the users are not those of before")
	}
	changed = b.Settings()
	changed.Access.Users = []settings.User{changed.Access.Users[1], {Username: "eve", Password: "hunter4"}}
	if err := b.SetSettings(changed); err != nil {
		t.Fatal(err)
	}
	b.close(t)
	if data, _ := os.ReadFile(path); strings.Contains(string(data), "hunter") {
		t.Error("a password is in the state file")
	}
	if strings.Contains(b.log.String(), "hunter") || strings.Contains(b.log.String(), "$argon2id$") {
		t.Error("a password or hash is in the log")
	}

	again := local()
	again.Access.Anonymous = false
	b = startUp(t, again, path)
	if b.login(t, "ann", "hunter2") || !b.login(t, "bob", "hunter3") || !b.login(t, "eve", "hunter4") {
		t.Errorf("the users are %v", names(b.Settings().Access.Users))
	}
}

func TestRulesHoldAtOnceAndEndNobody(t *testing.T) {
	b := startUp(t, local(), "")
	subscriber := b.listen(t, "open")
	device := b.device(t)
	if answer := device.ask(codes.POST, "/ps/deny", "", -1, "1"); answer.Code != codes.Changed {
		t.Fatalf("answered %v", answer)
	}
	address := b.addr(0)
	s := b.Settings()
	s.Access.Rules = []settings.Rule{{Permission: settings.Deny, Who: "all", Action: settings.AllAction, Topics: []string{"deny"}}}
	if err := b.SetSettings(s); err != nil {
		t.Fatal(err)
	}
	if b.addr(0) != address {
		t.Error("a new rule restarted the engine")
	}
	if answer := device.ask(codes.POST, "/ps/deny", "", -1, "1"); answer.Code != codes.Unauthorized {
		t.Errorf("answered %v", answer)
	}
	if err := subscriber.subscribe("deny"); err == nil {
		t.Error("subscribed to what is denied")
	}
	subscriber.publish("open", "2")
	subscriber.expect("open", "2")
}

func TestSettingsAreACopy(t *testing.T) {
	b := setUp(t, local(), "")
	s := b.Settings()
	s.Listeners[0].Bind = "changed"
	if b.Settings().Listeners[0].Bind == "changed" {
		t.Error("who changes what Settings returned changes the engine")
	}
}

func TestSettingsWithMistakesChangeNothing(t *testing.T) {
	b := startUp(t, local(), "")
	address := b.addr(0)
	s := b.Settings()
	s.Gateway.NotifyType = "maybe"
	s.Access.Anonymous = false
	if err := b.SetSettings(s); err == nil || !strings.Contains(err.Error(), "gateway.notify_type") {
		t.Errorf("error %v", err)
	}
	if got := b.Settings(); !got.Access.Anonymous || got.Gateway.NotifyType != settings.NotifyQoS || b.addr(0) != address {
		t.Error("something changed")
	}
	if _, kept, _ := b.store.Settings(); kept {
		t.Error("something was kept")
	}
}
