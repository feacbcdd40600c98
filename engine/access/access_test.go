package access

import (
	"strings"
	"sync"
	"testing"

	"golang.org/x/crypto/argon2"
	"golang.org/x/crypto/bcrypt"

	"sluice/engine/settings"
)

// bcryptPublic is "public" hashed by bcrypt with the lowest cost.
var bcryptPublic = func() string {
	hash, err := bcrypt.GenerateFromPassword([]byte("public"), bcrypt.MinCost)
	if err != nil {
		panic(err)
	}
	return string(hash)
}()

func TestAuthenticate(t *testing.T) {
	users := []settings.User{{Username: "admin", Password: "public"}, {Username: "old", Hash: bcryptPublic}}
	tests := []struct {
		name               string
		username, password string
		open, closed       Result // with anonymous = true and false
	}{
		{"nothing", "", "", Accepted, NotAuthorized},
		{"an unknown user", "eve", "x", Accepted, NotAuthorized},
		{"a password without a user", "", "public", Accepted, NotAuthorized},
		{"the right password", "admin", "public", Accepted, Accepted},
		{"the right password for bcrypt", "old", "public", Accepted, Accepted},
		{"a wrong password", "admin", "Public", BadUsernameOrPassword, BadUsernameOrPassword},
		{"a wrong password for bcrypt", "old", "x", BadUsernameOrPassword, BadUsernameOrPassword},
		{"no password", "admin", "", BadUsernameOrPassword, BadUsernameOrPassword},
	}
	for _, anonymous := range []bool{true, false} {
		c := control(t, settings.Access{Anonymous: anonymous, Users: users})
		for _, tt := range tests {
			want := tt.closed
			if anonymous {
				want = tt.open
			}
			// Twice: the second time the answer is remembered.
			for range 2 {
				if got := c.Authenticate(Login{Username: tt.username, Password: tt.password}).Result; got != want || got.OK() != (want == Accepted) {
					t.Errorf("anonymous %v, %s: %v, want %v", anonymous, tt.name, got, want)
				}
			}
			if v, known := c.AuthenticateFast(Login{Username: tt.username, Password: tt.password}); !known || v.Result != want {
				t.Errorf("anonymous %v, %s: fast says %v, %v", anonymous, tt.name, v, known)
			}
		}
	}
}

func TestResultWords(t *testing.T) {
	for r, want := range map[Result]string{
		Accepted: "accepted", Banned: "banned", BadUsernameOrPassword: "bad_username_or_password", NotAuthorized: "not_authorized",
	} {
		if r.String() != want {
			t.Errorf("%d is %q", r, r)
		}
	}
}

func TestFastAnswersOnlyWhatIsKnown(t *testing.T) {
	users := []settings.User{{Username: "admin", Hash: bcryptPublic}}
	c := control(t, settings.Access{Anonymous: true, Users: users})
	unknown := func(when string) {
		t.Helper()
		if _, known := c.AuthenticateFast(Login{Username: "admin", Password: "public"}); known {
			t.Errorf("known %s", when)
		}
	}
	if v, known := c.AuthenticateFast(Login{Username: "", Password: ""}); !v.OK() || !known {
		t.Error("no credentials need no hashing")
	}
	unknown("before it was ever checked")
	c.Authenticate(Login{Username: "admin", Password: "wrong"})
	unknown("after another password was checked")
	c.Authenticate(Login{Username: "admin", Password: "public"})
	if v, known := c.AuthenticateFast(Login{Username: "admin", Password: "public"}); !v.OK() || !known {
		t.Error("forgotten")
	}
	if v, known := c.AuthenticateFast(Login{Username: "admin", Password: "wrong"}); v.OK() || !known {
		t.Error("the wrong one is forgotten")
	}
	set := func(users []settings.User) {
		if err := c.Set(settings.Access{Anonymous: true, Users: users}); err != nil {
			t.Fatal(err)
		}
	}
	set([]settings.User{{Username: "admin", Hash: bcryptPublic, ClientAttrs: map[string]string{"site": "north"}}})
	if v, known := c.AuthenticateFast(Login{Username: "admin", Password: "public"}); !v.OK() || !known {
		t.Error("forgotten, though the hash is the same")
	}
	set([]settings.User{{Username: "admin", Hash: HashPassword("public")}})
	unknown("after the password was set again")
}

func TestSet(t *testing.T) {
	c := control(t, settings.Access{Anonymous: true})
	if c.HasRules() || !c.Authenticate(Login{}).OK() || len(c.Users()) != 0 {
		t.Error("something can be refused by no settings")
	}
	if err := c.Set(settings.Access{Users: []settings.User{{Username: "a", Password: "hunter2"}}}); err != nil {
		t.Fatal(err)
	}
	if c.Authenticate(Login{Username: "", Password: ""}).OK() || !c.Authenticate(Login{Username: "a", Password: "hunter2"}).OK() {
		t.Error("the new settings are not in force")
	}
	users := c.Users()
	if len(users) != 1 || users[0].Username != "a" || users[0].Password != "" || !strings.HasPrefix(users[0].Hash, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Errorf("users are %+v", users)
	}
	for _, bad := range []settings.Access{
		{Users: []settings.User{{Username: "b", Hash: "hunter2"}}},
		{Users: []settings.User{{Username: "b", Hash: bcryptPublic}, {Username: "b", Hash: bcryptPublic}}},
		{Rules: []settings.Rule{{}}},
	} {
		err := c.Set(bad)
		if err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%+v: %v", bad, err)
		}
	}
	if !c.Authenticate(Login{Username: "a", Password: "hunter2"}).OK() {
		t.Error("settings with a mistake changed something")
	}
}

func TestHashes(t *testing.T) {
	const salt, sum = "c29tZXNhbHQ", "CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"
	tests := []struct {
		hash string
		ok   bool
	}{
		{HashPassword(""), true},
		{"$argon2id$v=19$m=65536,t=2,p=1$" + salt + "$" + sum, true},
		{bcryptPublic, true},
		{strings.Replace(bcryptPublic, "$2a$", "$2y$", 1), true},
		{"", false},
		{"public", false},
		{"$argon2i$v=19$m=65536,t=2,p=1$" + salt + "$" + sum, false},
		{"$argon2id$v=16$m=65536,t=2,p=1$" + salt + "$" + sum, false},
		{"$argon2id$v=19$m=65536,t=2$" + salt + "$" + sum, false},
		{"$argon2id$v=19$m=65536,t=2,p=1,x=1$" + salt + "$" + sum, false},
		{"$argon2id$v=19$m=65536,t=2,p=0$" + salt + "$" + sum, false},
		{"$argon2id$v=19$m=65536,t=0,p=1$" + salt + "$" + sum, false},
		{"$argon2id$v=19$m=7,t=1,p=1$" + salt + "$" + sum, false},
		{"$argon2id$v=19$m=4000000000,t=1,p=1$" + salt + "$" + sum, false},
		{"$argon2id$v=19$m=65536,t=65,p=1$" + salt + "$" + sum, false},
		{"$argon2id$v=19$m=65536,t=2,p=256$" + salt + "$" + sum, false},
		{"$argon2id$v=19$m=65536,t=2,p=1$" + salt, false},
		{"$argon2id$v=19$m=65536,t=2,p=1$!$" + sum, false},
		{"$argon2id$v=19$m=65536,t=2,p=1$" + salt + "$AAAA", false},
		{"$2a$31" + bcryptPublic[6:], false},
		{"$2a$04$short", false},
	}
	for _, tt := range tests {
		if _, err := parseHash(tt.hash); (err == nil) != tt.ok {
			t.Errorf("%s: %v", tt.hash, err)
		}
	}
	// A known answer of the reference implementation.
	h, err := parseHash("$argon2id$v=19$m=65536,t=2,p=1$" + salt + "$" + sum)
	if err != nil || !h.matches("password") || h.matches("Password") {
		t.Errorf("the reference hash of \"password\" does not match (%v)", err)
	}
	if one, other := HashPassword("x"), HashPassword("x"); one == other {
		t.Error("two hashes of one password are the same")
	}
}

func FuzzParseHash(f *testing.F) {
	f.Add(HashPassword("x"))
	f.Add(bcryptPublic)
	f.Fuzz(func(t *testing.T, text string) {
		h, err := parseHash(text)
		if (h == nil) == (err == nil) {
			t.Errorf("%q: %v, %v", text, h, err)
		}
		if a, ok := h.(*argon2idHash); ok && a.memory <= 64 && a.time <= 2 {
			a.matches("x")
		}
	})
}

func TestManyAtOnceHashOnce(t *testing.T) {
	counting := &countingHash{}
	c := control(t, settings.Access{})
	c.policy.Store(&policy{accounts: map[string]*account{"a": {hash: counting, memory: &memory{}}}})
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			if !c.Authenticate(Login{Username: "a", Password: "x"}).OK() {
				t.Error("refused")
			}
		})
	}
	all.Wait()
	if counting.most > concurrentHashes() {
		t.Errorf("%d hashes at the same time", counting.most)
	}
	if counting.calls > concurrentHashes() {
		t.Errorf("the same password was hashed %d times", counting.calls)
	}
}

// countingHash accepts everything and counts.
type countingHash struct {
	mu               sync.Mutex
	calls, now, most int
}

func (h *countingHash) matches(password string) bool {
	h.mu.Lock()
	h.calls++
	h.now++
	h.most = max(h.most, h.now)
	h.mu.Unlock()
	argon2.IDKey([]byte(password), []byte("saltsalt"), 1, 1<<10, 1, 16)
	h.mu.Lock()
	h.now--
	h.mu.Unlock()
	return true
}

func TestDigestsKeepUsernameAndPasswordApart(t *testing.T) {
	d := newDigester()
	if d.of("ab", "c") == d.of("a", "bc") || d.of("a", "") == d.of("", "a") {
		t.Error("digests are mixed up")
	}
	if first, again := d.of("a", "b"), d.of("a", "b"); first != again {
		t.Error("a digest changes")
	}
	if newDigester().of("a", "b") == d.of("a", "b") {
		t.Error("two digesters have one key")
	}
}

func BenchmarkAuthenticateFast(b *testing.B) {
	c := control(b, settings.Access{Users: []settings.User{{Username: "admin", Hash: bcryptPublic}}})
	c.Authenticate(Login{Username: "admin", Password: "public"})
	b.ReportAllocs()
	for b.Loop() {
		c.AuthenticateFast(Login{Username: "admin", Password: "public"})
	}
}

func BenchmarkHashPassword(b *testing.B) {
	for b.Loop() {
		HashPassword("public")
	}
}
