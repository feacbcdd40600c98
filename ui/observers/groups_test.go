package observers

import (
	"encoding/json"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"sluice/engine"
	"sluice/engine/topics"
	"sluice/ui/pane"
)

var noon = time.Date(2026, 9, 1, 12, 0, 0, 0, time.UTC)

// relation makes an observer of a device.
func relation(id uint64, client, filter, value string) engine.Observer {
	var o engine.Observer
	o.ID, o.Client, o.Filter, o.Token = id, client, filter, []byte{byte(id)}
	o.Addr = netip.MustParseAddrPort("192.0.2.40:40112")
	o.Since, o.Sequence, o.Sent, o.Acknowledged = noon.Add(-time.Minute), 118, 10, 10
	o.LastConfirmable, o.RoundTrip = true, 38*time.Millisecond
	if value != "" {
		o.Value, o.ValueTopic, o.ValueAt = []byte(value), filter, noon.Add(-time.Duration(id)*time.Second)
	}
	return o
}

// fromWindow makes an observer of the window.
func fromWindow(id uint64, filter string) engine.Observer {
	o := engine.Observer{Window: true}
	o.ID, o.Filter, o.Since = id, filter, noon
	return o
}

func TestRelationsOfOneTopicAreOneCard(t *testing.T) {
	groups := buildGroups([]engine.Observer{
		relation(2, "door-east", "temp", "23.3"), relation(1, "panel-2", "temp", "23.4"),
		relation(3, "lamp-3", "cmd/#", `{"on":true}`), fromWindow(4, "new"),
	}, noon)
	var cards []string
	for _, g := range groups {
		cards = append(cards, strings.Join([]string{g.filter, g.value, g.sequence, g.clients, g.state}, " | "))
	}
	want := []string{
		`cmd/# | {"on":true} | #118 | lamp-3 | CON · 0 lost · 38 ms`,
		"new | no value yet |  | this window | in process · 0 lost",
		"temp | 23.4 | #118 | panel-2, door-east | CON · 0 lost · 38 ms",
	}
	if !slices.Equal(cards, want) {
		t.Errorf("cards:\n%s\nwant:\n%s", strings.Join(cards, "\n"), strings.Join(want, "\n"))
	}
}

func TestDroppedNotificationsAreMarked(t *testing.T) {
	o := relation(1, "panel-2", "temp", "1")
	o.Dropped, o.LastConfirmable, o.RoundTrip = 1234, false, 0
	g := buildGroups([]engine.Observer{o}, noon)[0]
	if !g.late || g.state != "NON · 1,234 lost" {
		t.Errorf("late %v, %q", g.late, g.state)
	}
}

func TestPlot(t *testing.T) {
	rate := pane.NewRate(5)
	rate.Sample(noon, 0)
	rate.Sample(noon.Add(time.Second), 3)
	history := []topics.Value{{Payload: []byte("3")}, {Payload: []byte("x")}, {Payload: []byte("1")}}
	numbers := buildGroups([]engine.Observer{relation(1, "a", "temp", "3")}, noon)[0]
	if values, numeric := plotOf(&numbers, history, nil, rate); !numeric || !slices.Equal(values, []float64{1, 3}) {
		t.Errorf("a number plots %v, numeric %v", values, numeric)
	}
	words := buildGroups([]engine.Observer{relation(1, "a", "door", "open")}, noon)[0]
	if values, numeric := plotOf(&words, history, nil, rate); numeric || !slices.Equal(values, []float64{3}) {
		t.Errorf("a word plots %v, numeric %v", values, numeric)
	}
}

func TestSummarySaysARateOnlyWhenThereIsOne(t *testing.T) {
	two := []engine.Observer{relation(1, "a", "temp", "3"), relation(2, "b", "temp", "3")}
	for _, c := range []struct {
		observers []engine.Observer
		topics    int
		rate      float64
		want      string
	}{
		{nil, 0, 0, "no relations"},
		{two, 2, 0, "2 relations on 2 topics"},
		{two, 2, 0.01, "2 relations on 2 topics"},
		{two, 2, 3.1, "2 relations on 2 topics, 3.1 notifications/s"},
	} {
		if got := summary(c.observers, c.topics, c.rate); got != c.want {
			t.Errorf("%d relations at %v/s: %q, want %q", len(c.observers), c.rate, got, c.want)
		}
	}
}

func TestCopies(t *testing.T) {
	r := buildRelation(relation(1, "panel-2", "temp", "23.4"), noon)
	for _, want := range []string{"Topic: temp\n", "Client: panel-2\n", "Token: 01\n", "Value: 23.4\n"} {
		if got := r.asText(); !strings.Contains(got, want) {
			t.Errorf("text lacks %q:\n%s", want, got)
		}
	}
	var back map[string]any
	if err := json.Unmarshal([]byte(r.asJSON()), &back); err != nil || back["topic"] != "temp" || back["observe"] != 118.0 {
		t.Errorf("JSON %v, %v", back, err)
	}
}

func TestCheckFilter(t *testing.T) {
	for filter, ok := range map[string]bool{"a": true, "+/a/#": true, "#": true, "+": true, "/": true, "": false, "a#": false, "#/a": false, "a+/b": false} {
		if err := checkFilter(filter); (err == nil) != ok {
			t.Errorf("filter %q: %v", filter, err)
		}
	}
}
