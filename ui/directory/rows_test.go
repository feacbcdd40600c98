package directory

import (
	"encoding/json"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"sluice/engine/directory"
	"sluice/engine/linkformat"
	"sluice/ui/command"
)

var noon = time.Date(2026, 9, 1, 12, 0, 0, 0, time.UTC)

// endpoint is a registration of an hour that began ten minutes ago.
func endpoint(name, document string) directory.Endpoint {
	links, err := linkformat.Parse(document, linkformat.Limits{})
	if err != nil {
		panic(err)
	}
	e := directory.Endpoint{
		Name: name, Location: "/rd/" + name, Base: "coap://192.0.2.7:5683", Links: links, Owner: "address:192.0.2.7",
		Address: netip.MustParseAddrPort("192.0.2.7:5683"), Since: noon.Add(-2 * time.Hour), Updated: noon.Add(-10 * time.Minute),
		Lifetime: time.Hour, Remaining: 50 * time.Minute,
	}
	for _, l := range links {
		e.Resolved = append(e.Resolved, l.Resolve(linkformat.ParseReference(e.Base)))
	}
	return e
}

func TestState(t *testing.T) {
	for _, c := range []struct {
		lifetime, remaining time.Duration
		want                string
	}{
		{25 * time.Hour, 3 * time.Hour, "active"},
		{25 * time.Hour, 2 * time.Hour, "expires soon"}, // less than a tenth
		{5 * time.Minute, 61 * time.Second, "active"},
		{5 * time.Minute, 59 * time.Second, "expires soon"}, // less than a minute
		{time.Minute, 31 * time.Second, "active"},           // which a lifetime of a minute always is
		{time.Minute, 29 * time.Second, "expires soon"},
		{time.Hour, 0, "expired"},
	} {
		r := Row{Endpoint: directory.Endpoint{Lifetime: c.lifetime, Remaining: c.remaining}}
		if got := r.word(); got != c.want {
			t.Errorf("%v of %v left: %s, want %s", c.remaining, c.lifetime, got, c.want)
		}
	}
}

func TestFilterByNameBaseOrLink(t *testing.T) {
	lamp, meter := endpoint("lamp-1", `</light/left>;rt="light"`), endpoint("meter", `</power>;rt="watt"`)
	lamp.Sector, meter.Base = "Hall", "coap://[2001:db8::9]"
	for filter, want := range map[string]string{
		"": "lamp-1 meter", " LAMP ": "lamp-1", "hall": "lamp-1", "light/left": "lamp-1", "watt": "meter", "db8": "meter", "nothing": "",
	} {
		var names []string
		for _, r := range buildRows([]directory.Endpoint{lamp, meter}, filter, noon) {
			names = append(names, r.Name)
		}
		if got := strings.Join(names, " "); got != want {
			t.Errorf("%q: %q, want %q", filter, got, want)
		}
	}
}

func TestSummary(t *testing.T) {
	late, gone := endpoint("b", ""), endpoint("c", "")
	late.Remaining, gone.Remaining = time.Minute, 0
	for _, c := range []struct {
		endpoints []directory.Endpoint
		stats     directory.Stats
		want      string
	}{
		{nil, directory.Stats{}, "none registered"},
		{nil, directory.Stats{Refused: 2}, "none registered, 2 refused"},
		{[]directory.Endpoint{endpoint("a", "</x>")}, directory.Stats{Links: 1}, "1 registered, 1 links"},
		{[]directory.Endpoint{endpoint("a", ""), late, gone}, directory.Stats{Links: 2000}, "2 registered, 2,000 links, 1 expire soon, 1 expired"},
	} {
		if got := summary(c.endpoints, c.stats); got != c.want {
			t.Errorf("summary %q, want %q", got, c.want)
		}
	}
}

func TestFactsSayWhatWasRegistered(t *testing.T) {
	e := endpoint("lamp", "")
	e.Sector, e.Attributes, e.Simple = "hall", []linkformat.Attribute{{Name: "et", Value: "oic.d.light"}, {Name: "x", Bare: true}}, true
	facts := map[string]string{}
	for _, pair := range (Row{e, noon}).facts() {
		facts[pair.Key] = pair.Value
	}
	for key, want := range map[string]string{
		"Base": "coap://192.0.2.7:5683", "Location": "/rd/lamp", "Lifetime": "3,600 s, 50m left", "Owner": "192.0.2.7",
		"Attributes": "et=oic.d.light x", "Registers": "simple: asked for at /.well-known/rd",
	} {
		if facts[key] != want {
			t.Errorf("%s is %q, want %q", key, facts[key], want)
		}
	}
	if !strings.HasSuffix(facts["Last update"], "(10m)") || !strings.HasSuffix(facts["Registered at"], "(2h)") {
		t.Errorf("times %q, %q", facts["Registered at"], facts["Last update"])
	}
	if _, there := facts["Address"]; there {
		t.Error("the address is said twice")
	}
}

func TestOwners(t *testing.T) {
	for owner, want := range map[string]string{"user:tom": "user tom", "client:lamp-1": "client lamp-1", "address:::1": "::1"} {
		if got := (Row{Endpoint: directory.Endpoint{Owner: owner}}).owner(); got != want {
			t.Errorf("%s is %q, want %q", owner, got, want)
		}
	}
}

func TestCopyAsJSON(t *testing.T) {
	e := endpoint("lamp", `</on>;rt="light";ct=0;obs`)
	var got struct {
		EP    string           `json:"ep"`
		LT    int              `json:"lt"`
		Links []map[string]any `json:"links"`
	}
	if err := json.Unmarshal([]byte(Row{e, noon}.asJSON()), &got); err != nil {
		t.Fatal(err)
	}
	if got.EP != "lamp" || got.LT != 3600 || len(got.Links) != 1 || got.Links[0]["href"] != "/on" || got.Links[0]["obs"] != true || got.Links[0]["ct"] != "0" {
		t.Errorf("%+v", got)
	}
	if text := (Row{e, noon}).asText(); !strings.Contains(text, "Endpoint: lamp\n") || !strings.HasSuffix(text, "</on>;rt=\"light\";ct=0;obs\n") {
		t.Errorf("as text:\n%s", text)
	}
}

func TestCommandsOfALink(t *testing.T) {
	g := command.Gateway{CoAP: "127.0.0.1:5683"}
	links := buildLinks(Row{endpoint("lamp 1", `</on>;ct="0 50";obs,</a%20b>,<coap://[2001:db8::1]/x>,<coaps://192.0.2.7/y>`), noon})
	for i, c := range []struct{ direct, through, formats string }{
		{"coap-client-notls -m get -s 60 coap://192.0.2.7:5683/on", "coap-client-notls -m get -s 60 coap://127.0.0.1:5683/rd-proxy/lamp%201/on", "0 text/plain, 50 json"},
		{"coap-client-notls -m get coap://192.0.2.7:5683/a%20b", "coap-client-notls -m get coap://127.0.0.1:5683/rd-proxy/lamp%201/a%20b", "—"},
		{`coap-client-notls -m get "coap://[2001:db8::1]/x"`, "", "—"}, // another device's
		{"", "", "—"}, // coap-client has no DTLS
	} {
		l := links[i]
		if got := l.direct(g); got != c.direct {
			t.Errorf("%s direct: %s", l.link.Target, got)
		}
		if got := l.through(g, true); got != c.through {
			t.Errorf("%s through the gateway: %s", l.link.Target, got)
		}
		if got := l.contentFormats(); got != c.formats {
			t.Errorf("%s formats: %s", l.link.Target, got)
		}
	}
	if links[0].through(g, false) != "" {
		t.Error("a command for a proxy that is off")
	}
}

func TestEventsAreKeptWithinBounds(t *testing.T) {
	var kept []directory.Event
	for n := range uint64(eventsKept + 10) {
		kept = latest(kept, []directory.Event{{Number: n + 1, Endpoint: "a"}})
	}
	if len(kept) != eventsKept || kept[0].Number != 11 {
		t.Errorf("%d events from %d", len(kept), kept[0].Number)
	}
}

func TestEventsOfOneRegistration(t *testing.T) {
	lamp := endpoint("lamp", "")
	events := []directory.Event{
		{Number: 1, Endpoint: "lamp"}, {Number: 2, Endpoint: "lamp", Sector: "hall"}, {Number: 3, Location: "/rd/lamp"}, {Number: 4, Endpoint: "meter"},
	}
	numbers := func(list []directory.Event) (n []uint64) {
		for _, e := range list {
			n = append(n, e.Number)
		}
		return n
	}
	if got := numbers(newestFirst(events, &lamp)); !slices.Equal(got, []uint64{3, 1}) {
		t.Errorf("of one %v", got)
	}
	if got := numbers(newestFirst(events, nil)); !slices.Equal(got, []uint64{4, 3, 2, 1}) {
		t.Errorf("of all %v", got)
	}
}
