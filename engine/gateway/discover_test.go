package gateway

import (
	"fmt"
	"strings"
	"testing"

	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"

	"sluice/engine/broker"
	"sluice/engine/coap"
	"sluice/engine/directory"
	"sluice/engine/linkformat"
	"sluice/engine/settings"
)

// hrefs asks for /.well-known/core, in blocks, and returns the targets.
func (d *device) hrefs(query string) string {
	d.world.t.Helper()
	var document []byte
	for n := 0; ; n++ {
		m := d.send(fmt.Sprintf("GET .well-known/core?%s block2=%d", query, n<<4|6)) // blocks of 1024 bytes
		answer, ok := d.answer(m)
		if !ok {
			d.world.t.Fatalf("%s: no answer", query)
		}
		if answer.Code != codes.Content {
			return fmt.Sprintf("%d.%02d", answer.Code>>5, answer.Code&31)
		}
		document = append(document, answer.Payload...)
		got, err := answer.Options.GetUint32(message.Block2)
		if err != nil || got&8 == 0 {
			break
		}
	}
	links, err := linkformat.Parse(string(document), linkformat.Limits{})
	if err != nil {
		d.world.t.Fatal(err)
	}
	targets := make([]string, len(links))
	for i := range links {
		targets[i] = links[i].Target
	}
	return strings.Join(targets, " ")
}

func TestDiscovery(t *testing.T) {
	hidden := func(_ *Config, a *settings.Access) {
		twoUsers(nil, a)
		a.Rules = append(a.Rules,
			settings.Rule{Permission: settings.Allow, Who: "user:tom", Action: settings.Subscribe, Topics: []string{"secret/#"}},
			settings.Rule{Permission: settings.Deny, Who: "all", Action: settings.Subscribe, Topics: []string{"secret/#"}})
	}
	w := newWorld(t, settings.DialectAuto, hidden)
	d := w.device("a")
	w.converse([]step{
		{"a", "PUT ps/kept?c=x ct=50 : 1", "2.01 location=/ps/kept"},
		{"a", "PUT ps/secret/kept?c=x&u=tom&p=1 : 1", "2.01 location=/ps/secret/kept"},
		{"p", "publish seen : 1", "-"},
		{"p", "publish kept : 2", "-"},
		{"p", "publish secret/seen : 1", "-"},
		{"p", "publish $SYS/uptime : 1", "-"},
		{"p", "publish a/b?c : 1", "-"},
	})
	const data = "rt=core.ps.data&href=/ps/*"
	for query, want := range map[string]string{
		"href=/m*": "/mqtt", "href=/ps": "/ps",
		data:                              "/ps/kept /ps/a/b%3Fc /ps/seen",
		data + "&ct=50":                   "/ps/kept",
		"href=/ps/seen":                   "/ps/seen",
		data + "&obs":                     "/ps/kept /ps/a/b%3Fc /ps/seen",
		"rt=core.rd":                      "",
		"title=seen":                      "/ps/seen",
		"title=a/b*":                      "/ps/a/b%3Fc",
		data + "&username=tom&password=1": "/ps/kept /ps/secret/kept /ps/a/b%3Fc /ps/secret/seen /ps/seen",
		data + "&c=i&u=tom&p=1":           "/ps/kept /ps/secret/kept /ps/a/b%3Fc /ps/secret/seen /ps/seen",
		data + "&username=ann&password=2": "/ps/kept /ps/a/b%3Fc /ps/seen",
		data + "&username=ann&password=1": "4.01",
		data + "&clientid=nobody&token=1": "4.01",
		"if=nothing":                      "",
		"href=/ps/secret/seen":            "",
		"href=/ps/secret/seen&username=tom&password=1": "/ps/secret/seen",
	} {
		if got := d.hrefs(query); got != want {
			t.Errorf("%s: %s, want %s", query, got, want)
		}
	}
}

// TestDiscoveryWithoutLogin: who is to give credentials sees where to go with them.
func TestDiscoveryWithoutLogin(t *testing.T) {
	w := newDirectoryWorld(t, settings.DialectAuto, directory.Config{}, users)
	w.converse([]step{{"p", "publish seen : 1", "-"}})
	const without = "/mqtt /ps /rd /rd-lookup/ep /rd-lookup/res"
	if got := w.device("a").hrefs(""); !strings.HasPrefix(got, without) || strings.Contains(got, "seen") {
		t.Error(got)
	}
	if got := w.device("a").hrefs("username=admin&password=public"); !strings.HasSuffix(got, "/ps/seen") {
		t.Error(got)
	}
}

// TestDiscoveryOfWhatIsRegistered: the links in the directory are there too, for who may look them up.
func TestDiscoveryOfWhatIsRegistered(t *testing.T) {
	w := newDirectoryWorld(t, settings.DialectAuto, directory.Config{}, rule(settings.Subscribe, "rd/hidden"))
	w.talk([]step{
		{"a", "POST rd?ep=x&base=coap://x : </t>;rt=temp,</l>;rt=light", "2.01 /rd/A"},
		{"a", "POST rd?ep=hidden&base=coap://hidden : </t>;rt=temp", "2.01 /rd/B"},
	})
	d := w.device("b")
	for query, want := range map[string]string{"rt=temp": "coap://x/t", "href=coap://*": "coap://x/t coap://x/l", "rt=none": ""} {
		if got := d.hrefs(query); got != want {
			t.Errorf("%s: %s, want %s", query, got, want)
		}
	}
	w.talk([]step{{"a", "DELETE rd/A", "2.02"}})
	if got := d.hrefs("rt=temp"); got != "" {
		t.Errorf("after it was removed: %s", got)
	}
}

// TestDiscoveryIsBounded: however many topics there are, the document is at most 64 KiB and 2048 links, whole ones.
func TestDiscoveryIsBounded(t *testing.T) {
	for _, topic := range []string{"%d", strings.Repeat("long/", 20) + "%d"} {
		w := newWorld(t, settings.DialectAuto)
		for i := range 3000 {
			at := resource{topic: fmt.Sprintf(topic, i), payload: []byte("1"), maxAge: 60}
			w.gateway.resources.put(at, func(error) {})
			if err := w.broker.Publish(&broker.Message{Topic: fmt.Sprintf("seen/%d", i%7)}); err != nil {
				t.Fatal(err)
			}
		}
		got := strings.Fields(w.device("a").hrefs(""))
		if len(got) > maxCoreLinks || len(got)*len("</ps/>;rt=core.ps.data;obs"+topic) > maxCore {
			t.Errorf("%s: %d links", topic, len(got))
		}
		if again := strings.Fields(w.device("b").hrefs("")); len(again) != len(got) || again[len(again)-1] != got[len(got)-1] {
			t.Errorf("%s: another time %d links", topic, len(again))
		}
	}
}

// TestNobodyLogsInToAGroup: the peer of a request to a group must be given nothing to keep.
func TestNobodyLogsInToAGroup(t *testing.T) {
	w := newWorld(t, settings.DialectAuto, users)
	h := w.gateway.Handler(settings.Listener{Bind: "coap://test"}).(*handler)
	x := &exchange{Request: &coap.Request{Multicast: true, Peer: &coap.Peer{}}, handler: h} // a peer of no endpoint
	to, ok := x.asker(credentials{username: []byte("admin"), password: []byte("public"), token: []byte("1")})
	if !ok || !to.unknown || to.may(settings.Subscribe, "t") {
		t.Errorf("%+v %v", to, ok)
	}
}
