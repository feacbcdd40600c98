package gateway

import (
	"fmt"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"sluice/engine/access"
	"sluice/engine/directory"
	"sluice/engine/settings"
)

// governed is a world whose access changes.
type governed struct {
	*world
	control *access.Control
	access  settings.Access
}

func govern(t *testing.T, d settings.Dialect, a settings.Access, options ...option) *governed {
	t.Helper()
	g := &governed{control: control(a), access: a}
	g.access.Users = g.control.Users()
	g.world = newWorld(t, d, append(options, func(c *Config, _ *settings.Access) { c.Access = g.control })...)
	return g
}

// change puts other settings in force, for who is there as well.
func (g *governed) change(change func(a *settings.Access)) {
	g.t.Helper()
	change(&g.access)
	if err := g.control.Set(g.access); err != nil {
		g.t.Fatal(err)
	}
	g.access.Users = g.control.Users()
	g.gateway.Recheck()
}

func denyTo(who string, topics ...string) func(*settings.Access) {
	return func(a *settings.Access) {
		a.Rules = append(a.Rules, settings.Rule{Permission: settings.Deny, Who: who, Action: settings.Subscribe, Topics: topics})
	}
}

func newPassword(a *settings.Access) {
	a.Users = []settings.User{{Username: "admin", Password: "another"}}
}

func deleteUser(a *settings.Access) { a.Users = nil }

// Each row: what a does first, how it observes, what changes, what a is told and what it is answered when it asks again.
// Then the topic is published to.
func TestRecheckEndsWhatIsNotAllowedAnyMore(t *testing.T) {
	const in = "username=admin&password=public"
	only := settings.Access{Users: []settings.User{{Username: "admin", Password: "public"}}}
	open := settings.Access{Anonymous: true}
	anonymousOff := func(a *settings.Access) { a.Anonymous = false }
	for _, tt := range []struct {
		name     string
		dialect  settings.Dialect
		access   settings.Access
		before   []step
		observes string
		change   func(*settings.Access)
		told     string
		again    string
	}{
		{"connectionless", settings.DialectEMQX5, open, nil, "GET ps/t", denyTo("all", "t"), "4.01", "4.01"},
		{"emqx5, a filter of which a part is denied", settings.DialectEMQX5, open, nil, "GET ps/#", denyTo("all", "+/secret"), "4.01", "4.01"},
		{"emqx5, by client ID", settings.DialectEMQX5, open, nil, "GET ps/t?clientid=c", denyTo("client:c", "t"), "4.01", "4.01"},
		{"emqx5, the password", settings.DialectEMQX5, only, nil, "GET ps/t?" + in, newPassword, "4.01", "4.01"},
		{"emqx5, anonymous", settings.DialectEMQX5, open, nil, "GET ps/t", anonymousOff, "4.01", "4.01"},
		{"connection", settings.DialectAuto, only, []step{{"a", "POST mqtt/connection?clientid=c&" + in, "2.01 token"}},
			"GET ps/t?clientid=c&token=$T", denyTo("user:admin", "t"), "4.01", "4.01"},
		{"connection, the user is deleted", settings.DialectAuto, only, []step{{"a", "POST mqtt/connection?clientid=c&" + in, "2.01 token"}},
			"GET ps/t?clientid=c&token=$T", deleteUser, "4.01", "4.01"},
		{"connection, a rule of connect", settings.DialectAuto, only, []step{{"a", "POST mqtt/connection?clientid=c&" + in, "2.01 token"}},
			"GET ps/t?clientid=c&token=$T", func(a *settings.Access) {
				a.Rules = []settings.Rule{{Permission: settings.Deny, Who: "client:c", Action: settings.Connect}}
			}, "4.01", "4.01"},
		{"emqx4, mqtt", settings.DialectEMQX4, open, nil, "GET mqtt/t?c=c", denyTo("all", "t"), "4.03", "4.03"},
		{"emqx4, ps", settings.DialectEMQX4, open, []step{{"b", "PUT ps/t?c=b ct=42 : 1", "2.01 location=/ps/t"}},
			"GET ps/t?c=c", denyTo("client:c", "t"), "4.03", "4.03"},
		{"emqx4, the password", settings.DialectEMQX4, only, nil, "GET mqtt/t?c=c&u=admin&p=public", newPassword, "4.01", "4.01"},
		{"emqx4, anonymous", settings.DialectEMQX4, open, nil, "GET mqtt/t?c=c", anonymousOff, "4.01", "4.01"},
		{"auto, emqx5", settings.DialectAuto, open, nil, "GET ps/t", denyTo("all", "t"), "4.01", "4.01"},
		{"auto, emqx4", settings.DialectAuto, open, nil, "GET mqtt/t?c=c", denyTo("all", "t"), "4.03", "4.03"},
		{"auto, the user is deleted", settings.DialectAuto, only, nil, "GET ps/t?" + in, deleteUser, "4.01", "4.01"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			g := govern(t, tt.dialect, tt.access)
			g.converse(tt.before)
			observe := tt.observes + " observe=0 tkn=01"
			if answer := g.device("a").ask(observe); !strings.HasPrefix(answer, "2.05 observe") {
				t.Fatalf("observing was answered %s", answer)
			}
			g.change(func(*settings.Access) {}) // nothing
			g.publish("t : 1")
			if told := g.device("a").notification(); !strings.HasSuffix(told, `"1"`) {
				t.Errorf("after nothing has changed: %s", told)
			}

			g.change(tt.change)
			if told := g.device("a").notification(); told != "CON 01 "+tt.told {
				t.Errorf("told %s", told)
			}
			g.publish("t : 2")
			g.device("a").silent()
			if answer := g.device("a").ask(observe); !strings.HasPrefix(answer, tt.again) {
				t.Errorf("asking again was answered %s", answer)
			}
			if n := len(g.gateway.Observers()); n != 0 {
				t.Errorf("%d observers are left", n)
			}
		})
	}
}

func TestRecheckLeavesTheOthersAlone(t *testing.T) {
	a := settings.Access{Anonymous: true, Users: []settings.User{{Username: "admin", Password: "public"}, {Username: "bob", Password: "public"}}}
	g := govern(t, settings.DialectAuto, a)
	g.converse([]step{
		{"b", "POST mqtt/connection?clientid=b&username=bob&password=public", "2.01 token"},
		{"b", "GET ps/t?clientid=b&token=$T observe=0 tkn=02", "2.05 observe"},
		{"c", "GET mqtt/t?c=c&u=bob&p=public observe=0 tkn=03", "2.05 observe=0"},
		{"d", "GET ps/t observe=0 tkn=04", "2.05 observe"},
	})
	g.change(newPasswordOf("admin"))
	g.change(denyTo("user:admin", "#"))
	g.publish("t : 1")
	for device, told := range map[string]string{"b": `NON 02 2.05 observe "1"`, "c": `CON 03 2.05 observe=1 ct=42 "1"`, "d": `NON 04 2.05 observe "1"`} {
		if got := g.device(device).notification(); got != told {
			t.Errorf("%s: told %s", device, got)
		}
	}
}

func newPasswordOf(username string) func(*settings.Access) {
	return func(a *settings.Access) {
		for i := range a.Users {
			if a.Users[i].Username == username {
				a.Users[i] = settings.User{Username: username, Password: "another"}
			}
		}
	}
}

// A session that ends has the event of one that is kicked.
func TestRecheckAnnouncesWhoIsGone(t *testing.T) {
	g := govern(t, settings.DialectEMQX5, settings.Access{Users: []settings.User{{Username: "admin", Password: "public"}}}, connectionRequired)
	g.converse([]step{{"a", "POST mqtt/connection?clientid=c&username=admin&password=public", "2.01 token"}})
	g.change(deleteUser)
	if n := len(g.gateway.Clients()); n != 0 {
		t.Errorf("%d clients are left", n)
	}
	events := g.broker.events()
	last := events[len(events)-1]
	if !strings.HasSuffix(last.Topic, "/gateway/coap/clients/c/disconnected") || !strings.Contains(string(last.Payload), `"reason":"kicked"`) {
		t.Errorf("%s %s", last.Topic, last.Payload)
	}
	g.converse([]step{
		{"a", "PUT mqtt/connection?clientid=c&token=$T", `4.01 "Invalid token or clientid in connection mode"`},
		{"a", "POST mqtt/connection?clientid=c&username=admin&password=public", `4.00 "Login Failed: not_authorized"`},
	})
}

func TestRecheckOfTopicData(t *testing.T) {
	for dialect, root := range map[settings.Dialect]string{settings.DialectIETF: "ps", settings.DialectAuto: "pubsub"} {
		g := govern(t, dialect, settings.Access{Anonymous: true})
		d := &draft{world: g.world}
		d.converse([]step{
			{"a", strings.Replace(createT(), "POST ps", "POST "+root, 1), strings.NewReplacer("location=ps", "location="+root, "/ps/", "/"+root+"/").Replace(createdT)},
		})
		path := root + "/data/$1"
		d.converse([]step{
			{"a", "PUT " + path + " ct=0 : 1", "2.01"},
			{"a", "GET " + path + " observe=0 tkn=01", `2.05 observe ct=0 "1"`},
			{"b", "GET " + path + "?clientid=b observe=0 tkn=02", `2.05 observe ct=0 "1"`},
		})
		g.change(denyTo("client:b", "t"))
		d.converse([]step{
			{"b", "told", "CON 02 4.03"},
			{"b", "GET " + path + "?clientid=b", "4.03"},
			{"b", "PUT " + path + "?clientid=b ct=0 : 2", "2.04"},
			{"b", "silence", ""},
			{"a", "told", `CON 01 2.05 observe ct=0 "2"`},
		})
	}
}

func TestRecheckOfTheDirectory(t *testing.T) {
	g := &governed{control: control(settings.Access{Anonymous: true, Users: []settings.User{{Username: "admin", Password: "public"}}})}
	g.access = settings.Access{Anonymous: true, Users: g.control.Users()}
	w := newDirectoryWorld(t, settings.DialectAuto, directory.Config{}, func(c *Config, _ *settings.Access) { c.Access = g.control })
	g.world = w.world
	w.talk([]step{
		{"d", "POST rd?ep=one&base=coap://h : </x>", "2.01 /rd/A"},
		{"d", "POST rd?ep=two&base=coap://h : </y>", "2.01 /rd/B"},
		{"a", "GET rd-lookup/res?username=admin&password=public observe=0 tkn=01", `2.05 observe ct=40 "<coap://h/x>,<coap://h/y>"`},
		{"b", "GET rd-lookup/res observe=0 tkn=02", `2.05 observe ct=40 "<coap://h/x>,<coap://h/y>"`},
	})
	g.change(newPassword)
	w.talk([]step{{"a", "told", "CON 01 4.01"}})
	g.change(denyTo("all", "rd/one"))
	w.talk([]step{{"b", "told", `CON 02 2.05 observe ct=40 "<coap://h/y>"`}})
	g.device("a").silent()
}

// changing changes the rules between the judgement of a request and what follows from it.
type changing struct {
	*access.Control
	change atomic.Pointer[func()] // once
}

func (c *changing) Allowed(who access.Who, action settings.Action, topic string) bool {
	allowed := c.Control.Allowed(who, action, topic)
	if action == settings.Subscribe {
		if change := c.change.Swap(nil); change != nil {
			(*change)()
		}
	}
	return allowed
}

func TestNobodySlipsThroughAChange(t *testing.T) {
	for dialect, tt := range map[settings.Dialect]struct{ request, told string }{
		settings.DialectEMQX5: {"GET ps/t", "4.01"},
		settings.DialectEMQX4: {"GET mqtt/t?c=c", "4.03"},
	} {
		c := &changing{Control: control(settings.Access{Anonymous: true})}
		w := newWorld(t, dialect, func(config *Config, _ *settings.Access) { config.Access = c })
		g := &governed{world: w, control: c.Control, access: settings.Access{Anonymous: true}}
		change := func() { g.change(denyTo("all", "t")) }
		c.change.Store(&change)
		if answer := w.device("a").ask(tt.request + " observe=0 tkn=01"); !strings.HasPrefix(answer, "2.05") {
			t.Fatalf("answered %s", answer)
		}
		if told := w.device("a").notification(); told != "CON 01 "+tt.told {
			t.Errorf("%s: told %s", dialect, told)
		}
		w.publish("t : 1")
		w.device("a").silent()
	}
}

// soon is up to a minute, less what the test has taken.
var soon = regexp.MustCompile(`maxage=(60|[1-5]\d)$`)

// What each dialect answers to the sixth wrong password, and to a right one from the same address.
func TestTooManyWrongPasswords(t *testing.T) {
	failure := func(f settings.AuthenticationFailure) option {
		return func(c *Config, _ *settings.Access) { c.Settings.EMQX4.AuthenticationFailure = f }
	}
	create := createT()
	for _, tt := range []struct {
		name    string
		dialect settings.Dialect
		option  option
		request string // %s is the password
		wrong   string
		banned  string
	}{
		{"auto, ps", settings.DialectAuto, users, "POST ps/t?username=admin&password=%s : 1", "4.01", "4.29 maxage=N"},
		{"auto, connection", settings.DialectAuto, users, "POST mqtt/connection?clientid=c&username=admin&password=%s",
			`4.00 "Login Failed: bad_username_or_password"`, "4.29 maxage=N"},
		{"auto, mqtt", settings.DialectAuto, users, "PUT mqtt/t?c=c&u=admin&p=%s : 1", "4.01", "4.29 maxage=N"},
		{"auto, collection", settings.DialectAuto, users, "GET pubsub?username=admin&password=%s", "4.01", "4.29 maxage=N"},
		{"auto, discovery", settings.DialectAuto, users, "GET .well-known/core?username=admin&password=%s", "4.01", "4.29 maxage=N"},
		{"ietf", settings.DialectIETF, users, strings.Replace(create, "POST ps", "POST ps?username=admin&password=%s", 1), "4.01", "4.29 maxage=N"},
		{"emqx5, ps", settings.DialectEMQX5, users, "POST ps/t?username=admin&password=%s : 1", "4.01", "4.01"},
		{"emqx5, connection", settings.DialectEMQX5, users, "POST mqtt/connection?clientid=c&username=admin&password=%s",
			`4.00 "Login Failed: bad_username_or_password"`, `4.00 "Login Failed: banned"`},
		{"emqx4", settings.DialectEMQX4, users, "PUT mqtt/t?c=c&u=admin&p=%s : 1", "4.01", "4.01"},
		{"emqx4 as it was", settings.DialectEMQX4, func(c *Config, a *settings.Access) { users(c, a); failure(settings.InternalServerError)(c, a) },
			"PUT mqtt/t?c=c&u=admin&p=%s : 1", "5.00", "5.00"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t, tt.dialect, tt.option)
			for i := range 5 {
				if got := w.device(fmt.Sprint(i)).ask(fmt.Sprintf(tt.request, fmt.Sprint("wrong", i))); got != tt.wrong {
					t.Errorf("attempt %d: %s", i+1, got)
				}
			}
			for _, password := range []string{"wrong6", "public"} {
				got := soon.ReplaceAllString(w.device("a").ask(fmt.Sprintf(tt.request, password)), "maxage=N")
				if got != tt.banned {
					t.Errorf("%s: %s", password, got)
				}
			}
		})
	}
}

// Rules change while devices come, observe and go: who may not is not told anything in the end, and everybody else is.
func TestRecheckAmongTraffic(t *testing.T) {
	g := govern(t, settings.DialectAuto, settings.Access{Anonymous: true})
	var all sync.WaitGroup
	for i := range 8 {
		d := g.device(fmt.Sprint(i))
		all.Go(func() {
			for range 25 {
				answer := d.ask(fmt.Sprintf("GET ps/t?clientid=%d observe=0 tkn=01", i))
				if answer != "2.05 observe" && answer != "4.01" {
					t.Errorf("answer %s", answer)
				}
			}
		})
	}
	all.Go(func() {
		for i := range 50 {
			g.change(func(a *settings.Access) { a.Rules = nil })
			g.publish(fmt.Sprintf("t : %d", i))
			g.change(denyTo("all", "t"))
		}
	})
	all.Wait()
	if n := len(g.gateway.Observers()); n != 0 {
		t.Errorf("%d observe what they may not", n)
	}
	g.change(func(a *settings.Access) { a.Rules = nil })
	for i := range 8 {
		d := g.device(fmt.Sprint(i))
		d.answersPing()
		d.inbox = nil
		if answer := d.ask("GET ps/t observe=0 tkn=02"); answer != "2.05 observe" {
			t.Errorf("answer %s", answer)
		}
		g.publish("t : last")
		if told := d.notification(); !strings.Contains(told, `"last"`) {
			t.Errorf("told %s", told)
		}
		d.ask("GET ps/t observe=1 tkn=02")
	}
}

// BenchmarkRecheck is of a thousand observers, none of whom is concerned.
func BenchmarkRecheck(b *testing.B) {
	w := newWorld(b, settings.DialectEMQX5, deny("secret/#"), func(c *Config, _ *settings.Access) {
		c.Settings.Limits.MaxObserversPerSession, c.Settings.Limits.MaxObserversPerPeer = 1000, 1000
	})
	d := w.device("a")
	for i := range 1000 {
		d.ask(fmt.Sprintf("GET ps/t/%d observe=0 tkn=%04x", i, i))
	}
	if n := len(w.gateway.Observers()); n != 1000 {
		b.Fatal(n)
	}
	b.ReportAllocs()
	for b.Loop() {
		w.gateway.Recheck()
	}
}
