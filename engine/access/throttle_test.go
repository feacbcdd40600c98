package access

import (
	"fmt"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"sluice/engine/settings"
)

// plainHash accepts one password at no cost, and counts how often it was asked.
type plainHash struct {
	password string
	asked    int
}

func (h *plainHash) matches(password string) bool {
	h.asked++
	return password == h.password
}

// guarded is a Control whose users all have the password right.
func guarded(t *testing.T, users ...string) (*Control, *plainHash) {
	c, hash := control(t, settings.Access{}), &plainHash{password: "right"}
	p := &policy{accounts: map[string]*account{}}
	for _, u := range users {
		p.accounts[u] = &account{hash: hash, memory: &memory{}, standing: &standing{}}
	}
	c.policy.Store(p)
	return c, hash
}

func (c *Control) try(from, username, password string) Verdict {
	return c.Authenticate(Login{Username: username, Password: password, From: netip.MustParseAddr(from)})
}

func TestWrongPasswordsAreSlowedDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, hash := guarded(t, "ann", "bob")
		for i := range wrongPerName {
			if v := c.try("192.0.2.1", "ann", fmt.Sprint(i)); v.Result != BadUsernameOrPassword {
				t.Fatalf("attempt %d: %v", i+1, v)
			}
			time.Sleep(time.Second)
		}
		hash.asked = 0
		for _, password := range []string{"another", "right", "4"} {
			if v := c.try("192.0.2.1", "ann", password); v.Result != Banned || v.RetryAfter != 55*time.Second {
				t.Errorf("%s: %v, %v", password, v, v.RetryAfter)
			}
			if v, known := c.AuthenticateFast(Login{Username: "ann", Password: password, From: netip.MustParseAddr("::ffff:192.0.2.1")}); v.Result != Banned || !known {
				t.Errorf("%s: fast says %v, %v", password, v, known)
			}
		}
		if hash.asked > 0 {
			t.Errorf("%d passwords were hashed", hash.asked)
		}
		want := Throttled{netip.MustParsePrefix("192.0.2.1/32"), "ann", time.Now().Add(55 * time.Second), 5, 6}
		if got := c.Throttled(); len(got) != 1 || got[0] != want {
			t.Errorf("%+v are slowed down, want %+v", got, want)
		}
		if got := c.Attempts(); got != (Attempts{5, 6}) {
			t.Errorf("counts %+v", got)
		}

		// Others are not concerned: another name, and the owner elsewhere.
		for from, username := range map[string]string{"192.0.2.1": "bob", "192.0.2.2": "ann"} {
			if v := c.try(from, username, "right"); !v.OK() {
				t.Errorf("%s from %s: %v", username, from, v)
			}
		}
		// What was verified is let in from here as well.
		if v := c.try("192.0.2.1", "ann", "right"); !v.OK() {
			t.Errorf("a verified password: %v", v)
		}

		time.Sleep(55 * time.Second)
		if got := c.Throttled(); len(got) != 0 {
			t.Errorf("after a minute %+v are slowed down", got)
		}
		if v := c.try("192.0.2.1", "ann", "once more"); v.Result != BadUsernameOrPassword {
			t.Errorf("after a minute: %v", v)
		}
		if v := c.try("192.0.2.1", "ann", "and again"); v.Result != Banned || v.RetryAfter != time.Second {
			t.Errorf("one attempt was free, the next is not: %v, %v", v, v.RetryAfter)
		}
	})
}

func TestAWrongPasswordThatIsRepeatedCounts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, hash := guarded(t, "ann")
		l := Login{Username: "ann", Password: "old", From: netip.MustParseAddr("192.0.2.1")}
		c.Authenticate(l)
		for range wrongPerName - 1 {
			if v, known := c.AuthenticateFast(l); v.Result != BadUsernameOrPassword || !known {
				t.Fatal(v, known)
			}
		}
		if v, known := c.AuthenticateFast(l); v.Result != Banned || !known || hash.asked != 1 {
			t.Error(v, known, hash.asked)
		}
	})
}

func TestGuessingOverManyNames(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var names []string
		for i := range 20 {
			names = append(names, fmt.Sprint("user", i))
		}
		c, hash := guarded(t, append(names, "neighbour")...)
		results := map[Result]int{}
		for i := range 100 {
			// Whoever has a /64 has all of its addresses.
			results[c.try(fmt.Sprintf("2001:db8::%x", i), names[i%20], fmt.Sprint(i)).Result]++
		}
		if results[BadUsernameOrPassword] != wrongPerAddress || results[Banned] != 70 || hash.asked != wrongPerAddress {
			t.Errorf("%v, %d were hashed", results, hash.asked)
		}
		if v := c.try("2001:db8::1", "neighbour", "right"); !v.OK() {
			t.Errorf("who shares the network and was never wrong: %v", v)
		}
		if v := c.try("2001:db8:0:1::1", names[0], "right"); !v.OK() {
			t.Errorf("from another network: %v", v)
		}
		got := c.Throttled()
		if len(got) != 1 || got[0].From != netip.MustParsePrefix("2001:db8::/64") || got[0].Username != "" || got[0].Wrong != 30 {
			t.Errorf("%+v", got)
		}
	})
}

func TestSuspectsAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _ := guarded(t, "ann")
		for i := range wrongPerName {
			c.try("192.0.2.1", "ann", fmt.Sprint(i))
		}
		for i := range 2 * maxSuspects {
			c.try(fmt.Sprintf("2001:db8:%x:%x::", i>>16, i&0xffff), "ann", "x")
		}
		if n := len(c.throttle.suspects); n != maxSuspects || c.throttle.recent.Len() != n {
			t.Errorf("%d suspects, %d in order", n, c.throttle.recent.Len())
		}
	})
}

func TestANewPasswordIsNotHeldUpByOldMistakes(t *testing.T) {
	c := control(t, settings.Access{Users: []settings.User{{Username: "ann", Hash: bcryptPublic}, {Username: "bob", Hash: bcryptPublic}}})
	for i := range wrongPerName {
		c.try("192.0.2.1", "ann", fmt.Sprint(i))
		c.try("192.0.2.1", "bob", fmt.Sprint(i))
	}
	if err := c.Set(settings.Access{Users: []settings.User{{Username: "ann", Password: "new"}, {Username: "bob", Hash: bcryptPublic}}}); err != nil {
		t.Fatal(err)
	}
	if v := c.try("192.0.2.1", "ann", "new"); !v.OK() {
		t.Errorf("the new password: %v", v)
	}
	if v := c.try("192.0.2.1", "bob", "public"); v.Result != Banned {
		t.Errorf("the password that stayed: %v", v)
	}
}

func TestFromNowhereNothingIsSlowedDown(t *testing.T) {
	c, _ := guarded(t, "ann")
	for i := range 2 * wrongPerName {
		if v := c.Authenticate(Login{Username: "ann", Password: fmt.Sprint(i)}); v.Result != BadUsernameOrPassword {
			t.Fatal(v)
		}
	}
}

func TestStillGood(t *testing.T) {
	user := settings.User{Username: "ann", Hash: bcryptPublic, ClientAttrs: map[string]string{"site": "north"}}
	one := settings.Access{Users: []settings.User{user}}
	open := settings.Access{Anonymous: true, Users: one.Users}
	changed, moved := user, user
	changed.Hash = HashPassword("public")
	moved.ClientAttrs = map[string]string{"site": "south"}
	for _, tt := range []struct {
		name     string
		before   settings.Access
		username string
		after    settings.Access
		stays    bool
	}{
		{"nothing changes", one, "ann", one, true},
		{"rules change", one, "ann", settings.Access{Users: one.Users, Rules: []settings.Rule{{Permission: "deny", Who: "all", Action: "connect"}}}, true},
		{"another password", one, "ann", settings.Access{Users: []settings.User{changed}}, false},
		{"other attributes", one, "ann", settings.Access{Users: []settings.User{moved}}, false},
		{"the user is deleted", one, "ann", settings.Access{}, false},
		{"the user is deleted, and anybody may come", one, "ann", settings.Access{Anonymous: true}, true},
		{"nobody may come without a user", open, "", one, false},
		{"the name is nobody's", open, "bob", open, true},
		{"the name becomes a user's", settings.Access{Anonymous: true}, "ann", open, false},
	} {
		c := control(t, tt.before)
		proof := c.Proof(tt.username)
		if !c.StillGood(tt.username, proof) {
			t.Errorf("%s: not good from the beginning", tt.name)
		}
		if err := c.Set(tt.after); err != nil {
			t.Fatal(err)
		}
		if got := c.StillGood(tt.username, proof); got != tt.stays {
			t.Errorf("%s: %v", tt.name, got)
		}
	}
}
