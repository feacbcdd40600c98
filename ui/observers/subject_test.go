package observers

import (
	"slices"
	"strings"
	"testing"
	"time"

	"sluice/engine"
	"sluice/engine/settings"
	"sluice/ui/command"
)

// lookup observes the directory, device what a device has behind the proxy.
func lookup(document string) engine.Observer {
	o := relation(11, "", "/rd-lookup/res?rt=light", document)
	o.Subject, o.ContentFormat, o.ValueTopic, o.Sent, o.LastConfirmable = engine.OfLookup, 40, "", 0, false
	return o
}

func device(filter string) engine.Observer {
	o := relation(12, "panel-2", filter, "21.5")
	o.Subject, o.ContentFormat, o.ValueTopic = engine.OfDevice, 0, ""
	return o
}

func TestCardsOfLookupsAndDevices(t *testing.T) {
	silent := device("/rd-proxy/oven/temp")
	silent.Silent = noon.Add(-12 * time.Second)
	data := relation(1, "panel-2", "/rd-lookup/res?rt=light", "7")
	data.Dialect = settings.DialectIETF
	groups := buildGroups([]engine.Observer{lookup("</a>,</b>"), silent, data, device("/rd-proxy/lamp/on")}, noon)
	var cards []string
	for _, g := range groups {
		cards = append(cards, strings.Join([]string{subjectWord(g.newest), g.filter, g.value, g.clients, g.state}, " | "))
	}
	want := []string{
		`lookup | /rd-lookup/res?rt=light | 2 links | 192.0.2.40:40112 | CON · 0 lost · 38 ms`,
		`topic data | /rd-lookup/res?rt=light | 7 | panel-2 | CON · 0 lost · 38 ms`, // a topic may be called anything
		`device | /rd-proxy/lamp/on | 21.5 | panel-2 | CON · 0 lost · 38 ms`,
		`device | /rd-proxy/oven/temp | 21.5 | panel-2 | silent for 12 s`,
	}
	if got := strings.Join(cards, "\n"); got != strings.Join(want, "\n") {
		t.Errorf("cards:\n%s\nwant:\n%s", got, strings.Join(want, "\n"))
	}
	if !groups[3].late || groups[2].late {
		t.Error("a device that does not answer is marked, and no other")
	}
	if got := summary([]engine.Observer{data, device("/rd-proxy/a/b")}, 2, 0); got != "2 relations on 2 resources" {
		t.Errorf("summary %q", got)
	}
}

func TestAResultThatIsNotKeptIsNotCounted(t *testing.T) {
	o := lookup("x")
	o.Value = nil
	if got := figure(o); got != "many links" {
		t.Errorf("%q", got)
	}
	if o.Value = []byte{}; figure(o) != "0 links" {
		t.Errorf("an empty result is %q", figure(o))
	}
}

func TestCommandsObserveTheSame(t *testing.T) {
	g := command.Gateway{CoAP: "127.0.0.1:5683"}
	for _, c := range []struct {
		observer engine.Observer
		want     string
	}{
		{relation(1, "c", "plant/temp", ""), "coap-client-notls -m get -s 60 coap://127.0.0.1:5683/ps/plant/temp"},
		{lookup(""), `coap-client-notls -m get -s 60 "coap://127.0.0.1:5683/rd-lookup/res?rt=light"`},
		{device("/rd-proxy/lamp/on"), "coap-client-notls -m get -s 60 coap://127.0.0.1:5683/rd-proxy/lamp/on"},
		{device("coap://192.0.2.9:5683/on"), "coap-client-notls -m get -s 60 coap://192.0.2.9:5683/on"},
	} {
		if got := observeCommand(g, c.observer); got != c.want {
			t.Errorf("%s: %s", c.observer.Filter, got)
		}
	}
}

func TestTheDetailLeadsToWhatIsObserved(t *testing.T) {
	b := newBench(t)
	for _, c := range []struct {
		observer engine.Observer
		button   string
		opened   string
	}{
		{relation(1, "c", "plant/temp", "1"), "Show topic", "topics plant/temp"},
		{relation(1, "c", "plant/+", ""), "Show topic", "topics plant/+"},
		{lookup("</a>"), "Show directory", "directory "},
		{device("/rd-proxy/lamp%201/on"), "Show device", "directory lamp 1"},
		{device("coap://192.0.2.9/on"), "", ""},
	} {
		b.opened = ""
		b.engine.set(c.observer)
		b.tick()
		b.choose(KeyOf(c.observer))
		if visible := b.detail.leads.Visible(); visible != (c.button != "") || visible && b.detail.leads.Label() != c.button {
			t.Errorf("%s: button %v %q", c.observer.Filter, visible, b.detail.leads.Label())
		}
		if b.showSubject(); b.opened != c.opened {
			t.Errorf("%s: opened %q", c.observer.Filter, b.opened)
		}
	}
}

func TestValuesOfADeviceArePlottedAsTheyCome(t *testing.T) {
	b := newBench(t)
	o := device("/rd-proxy/lamp/on")
	for i, value := range []string{"20", "21.5", "21.5", "off", "22"} {
		o.Value, o.ValueAt = []byte(value), noon.Add(time.Duration(i)*time.Second)
		b.engine.set(o)
		b.tick()
		b.engine.set(o) // once more without a new value
		b.tick()
		if g := b.groups[0]; g.numeric != (value != "off") {
			t.Errorf("after %s: numeric %v", value, g.numeric)
		}
	}
	if got := b.groups[0].plot; !slices.Equal(got, []float64{20, 21.5, 21.5, 22}) {
		t.Errorf("plotted %v", got)
	}
}

func TestALookupOfEndpointsCountsThem(t *testing.T) {
	o := lookup(`</rd/a>;ep="a",</rd/b>;ep="b"`)
	if o.Filter = "/rd-lookup/ep?d=hall"; figure(o) != "2 endpoints" {
		t.Errorf("%q", figure(o))
	}
}
