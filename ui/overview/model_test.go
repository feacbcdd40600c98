package overview

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"sluice/engine"
	"sluice/engine/broker"
	"sluice/engine/flow"
	"sluice/engine/topicfilter"
	"sluice/engine/topics"
)

func TestRateOfWhatReallyCame(t *testing.T) {
	for name, c := range map[string]struct {
		every    time.Duration
		messages int
		silent   time.Duration
		least    float64
		most     float64
	}{
		"one message alone says nothing": {time.Second, 1, 0, 0, 0},
		"one a second":                   {time.Second, 20, 0, 0.99, 1.01},
		"one in ten seconds":             {10 * time.Second, 6, 5 * time.Second, 0.099, 0.101},
		"it falls while none comes":      {time.Second, 20, 4 * time.Second, 0.4, 0.6},
		"it ends":                        {time.Second, 20, 7 * time.Second, 0, 0},
		"a hundred a second":             {10 * time.Millisecond, 500, 0, 99, 101},
	} {
		m, at := &moving{}, noon
		for i := range c.messages {
			m.note(&flow.Edge{Count: uint64(i + 1), At: at})
			at = at.Add(c.every)
		}
		if got := m.rate(at.Add(-c.every).Add(c.silent)); got < c.least || got > c.most {
			t.Errorf("%s: %v", name, got)
		}
	}
	m := &moving{}
	for i := range 10 {
		m.note(&flow.Edge{Count: uint64(i + 1), At: noon.Add(time.Duration(i) * time.Second)})
	}
	m.note(&flow.Edge{Count: 11, At: noon.Add(time.Hour)})
	if got := m.rate(noon.Add(time.Hour)); got != 1 {
		t.Errorf("after a pause of an hour the rate is %v", got)
	}
	m.note(&flow.Edge{Count: 2, At: noon.Add(time.Hour + time.Second)})
	if m.fresh != 13 {
		t.Errorf("an edge that was forgotten and came back adds up to %d", m.fresh)
	}
}

func TestLevelsGrowWithTheRate(t *testing.T) {
	before := -1
	for _, rate := range []float64{0, 0.1, 1, 10, 100, 1000, 10_000} {
		if l := level(rate); l <= before && l != levels {
			t.Errorf("%v/s is drawn at level %d", rate, l)
		} else {
			before = l
		}
	}
	if level(1e12) != levels {
		t.Error("no level is above the last")
	}
}

// A group says how many topics it has, also those beyond the busiest that it was made of.
func TestGroupsCountAll(t *testing.T) {
	var topics []candidate
	for i := range 5000 {
		topics = append(topics, candidate{name: fmt.Sprintf("room/%04d/climate", i)})
	}
	var g groups
	g.update(topics, 9, noon)
	if got := g.size["room/+/climate"]; got != 5000 {
		t.Errorf("room/+/climate has %d topics", got)
	}
}

// Who is shown keeps its place, however rates vary; a place changes hands one at a time, and only for one clearly busier.
func TestOrderDoesNotJump(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var s slots
	var before []string
	now, swaps := noon, 0
	for second := range 300 {
		candidates := make([]candidate, 1000)
		for i := range candidates {
			candidates[i] = candidate{name: fmt.Sprintf("dev-%04d", i), rate: 1 + 0.2*r.Float64()}
			if second > 100 && i == 700 {
				candidates[i].rate = 50
			}
		}
		got := slices.Clone(s.choose(candidates, 9, now))
		now = now.Add(time.Second)
		if len(got) != 9 {
			t.Fatalf("%d are shown", len(got))
		}
		changed := 0
		for i := range before {
			if before[i] != got[i] {
				changed++
			}
		}
		if changed > 1 {
			t.Fatalf("second %d: %d places changed at once: %v, %v", second, changed, before, got)
		}
		swaps += changed
		before = got
	}
	if swaps != 1 || !slices.Contains(before, "dev-0700") {
		t.Errorf("%d places changed hands; the only busy one is shown: %v", swaps, slices.Contains(before, "dev-0700"))
	}
}

func TestSlots(t *testing.T) {
	list := func(names ...string) []candidate {
		var l []candidate
		for i, n := range names {
			l = append(l, candidate{name: n, rate: float64(len(names) - i)})
		}
		return l
	}
	var s slots
	steps := []struct {
		what       string
		candidates []candidate
		room       int
		want       []string
	}{
		{"the busiest, by name", list("c", "a", "b"), 2, []string{"a", "c"}},
		{"who goes leaves the others where they are", list("c", "b"), 2, []string{"c", "b"}},
		{"with more room the others follow", list("c", "b", "a", "d"), 4, []string{"c", "b", "a", "d"}},
		{"with less the idlest go", list("c", "b", "a", "d"), 2, []string{"c", "b"}},
		{"nobody", nil, 2, nil},
	}
	for _, step := range steps {
		if got := s.choose(step.candidates, step.room, noon); !slices.Equal(got, step.want) {
			t.Errorf("%s: %v, want %v", step.what, got, step.want)
		}
	}
}

// Whatever topics there are, the filter of a group matches all of its topics, and no group is of one topic.
func TestGroupsMatchTheirTopics(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	levels := []string{"", "a", "b", "plant", "line1", "line2", "+x", "temp", "$x"}
	for range 100 {
		seen := map[string]bool{}
		for range 200 {
			name := levels[r.IntN(len(levels))]
			for range r.IntN(4) {
				name += "/" + levels[r.IntN(len(levels))]
			}
			if name != "" {
				seen[name] = true
			}
		}
		var names []string
		for n := range seen {
			names = append(names, n)
		}
		of, size := group(names)
		count := map[string]int{}
		for topic, f := range of {
			count[f]++
			if topic[0] != '$' && !topicfilter.Match(f, topic) {
				t.Errorf("%q does not match %q", f, topic)
			}
		}
		for f, n := range size {
			if n < 2 || count[f] != n {
				t.Errorf("%q stands for %d topics, %d are counted", f, count[f], n)
			}
		}
	}
}

func TestGroupsComeAndGo(t *testing.T) {
	topics := func(n int) []candidate {
		var l []candidate
		for i := range n {
			l = append(l, candidate{name: fmt.Sprintf("building/%d/power", i)})
		}
		return l
	}
	var g groups
	g.update(topics(6), 8, noon)
	if g.nodeOf("building/1/power") != "building/1/power" || g.isGroup("building/+/power") {
		t.Error("grouped although there is room for all")
	}
	g.update(topics(20), 8, noon.Add(time.Second))
	if g.nodeOf("building/1/power") != "building/+/power" || g.nodeOf("building/99/power") != "building/+/power" || g.nodeOf("door") != "door" {
		t.Error("not grouped, or not those that came later")
	}
	if !g.concerns("building/#", "building/+/power") || !g.concerns("building/1/power", "building/+/power") || g.concerns("plant/#", "building/+/power") {
		t.Error("subscriptions are not compared with groups")
	}
	g.update(topics(7), 8, noon.Add(time.Hour))
	if !g.on {
		t.Error("groups go although there is hardly room for all")
	}
	g.update(topics(3), 8, noon.Add(2*time.Hour))
	if g.on {
		t.Error("groups stay although there is room")
	}
}

// However many messages pass, there are few dots; and no link is without one for good.
func TestDotBudget(t *testing.T) {
	var links []linkView
	pulses := map[linkID]uint64{}
	for i := range 200 {
		id := linkID{publishes, nodeID{coapSide, fmt.Sprint(i)}, nodeID{topicSide, "t"}}
		links = append(links, linkView{linkID: id})
		pulses[id] = 1000
	}
	var f flights
	seen := map[linkID]bool{}
	for i := range 1500 {
		now := noon.Add(time.Duration(i) * 40 * time.Millisecond)
		f.land(now)
		f.launch(links, pulses, now)
		on := map[linkID]int{}
		for _, dot := range f.all {
			seen[dot.link] = true
			if on[dot.link]++; on[dot.link] > dotsALink {
				t.Fatalf("%d dots on a link", on[dot.link])
			}
		}
		if len(f.all) > dotsTotal {
			t.Fatalf("%d dots", len(f.all))
		}
	}
	if len(seen) != len(links) {
		t.Errorf("%d of %d links had a dot", len(seen), len(links))
	}
	f.launch(nil, pulses, noon.Add(time.Hour))
	if len(f.latest) != 0 {
		t.Errorf("%d links that are gone are remembered", len(f.latest))
	}
	one := map[linkID]uint64{links[0].linkID: 1}
	f = flights{}
	f.launch(links, one, noon)
	if len(f.all) != 1 || f.all[0].link != links[0].linkID {
		t.Errorf("one message is %d dots", len(f.all))
	}
}

func TestPaceIsWhatDrawingCanBear(t *testing.T) {
	now := noon
	draw := func(p *pace, cost, d time.Duration) time.Duration {
		for end := now.Add(d); now.Before(end); now = now.Add(p.frame()) {
			p.note(cost, now)
		}
		return p.frame()
	}
	for cost, want := range map[time.Duration]time.Duration{
		0: time.Second / 30, 10 * time.Millisecond: time.Second / 30, 25 * time.Millisecond: time.Second / 15, 40 * time.Millisecond: time.Second / 10,
		60 * time.Millisecond: time.Second / 5,
	} {
		var p pace
		if got := draw(&p, cost, time.Minute); got != want || !p.bears(now) {
			t.Errorf("drawing costs %v: a frame lasts %v, want %v", cost, got, want)
		}
	}
	var p pace
	for _, c := range []struct{ cost, lasts, want time.Duration }{
		{40 * time.Millisecond, 10 * time.Second, time.Second / 10},
		{20 * time.Millisecond, time.Minute, time.Second / 10}, // which would do, but not for long
		{10 * time.Millisecond, 10 * time.Second, time.Second / 15},
		{18 * time.Millisecond, time.Minute, time.Second / 15},
	} {
		if got := draw(&p, c.cost, c.lasts); got != c.want {
			t.Errorf("drawing costs %v for %v: a frame lasts %v, want %v", c.cost, c.lasts, got, c.want)
		}
	}
	for range 100 {
		p.note(200*time.Millisecond, now)
	}
	if p.bears(now.Add(time.Second)) || !p.bears(now.Add(dearFor)) {
		t.Error("what is too dear is animated, or never again")
	}
}

func TestALateFrameDoesNotDelayTheNext(t *testing.T) {
	var p pace
	frame := p.frame()
	if got := p.next(noon); got != frame {
		t.Errorf("after the first frame: %v", got)
	}
	late := noon.Add(frame + 5*time.Millisecond)
	if got := p.next(late); got != frame-5*time.Millisecond {
		t.Errorf("after one that is 5 ms late: %v", got)
	}
	if got := p.next(noon.Add(time.Second)); got != frame {
		t.Errorf("after a pause: %v", got)
	}
}

// A client that is gone is shown as long as what it published is there; of both gone nothing is left.
func TestEdgesOfNothingAreForgotten(t *testing.T) {
	table := topics.New(topics.Options{})
	table.Note(&broker.Message{Topic: "plant/temp", Payload: []byte("21"), At: noon})
	m := newModel(&mask{})
	m.note([]flow.Edge{
		{Key: flow.Key{Way: flow.FromCoAP, Client: "sensor-1", Topic: "plant/temp"}, Count: 1, At: noon},
		{Key: flow.Key{Way: flow.FromCoAP, Client: "demo-1", Topic: "demo/temp"}, Count: 1, At: noon},
		{Key: flow.Key{Way: flow.ToMQTT, Client: "dashboard", Topic: "demo/temp"}, Count: 1, At: noon},
		{Key: flow.Key{Way: flow.ToMQTT, Client: "demo-dashboard", Topic: "demo/temp"}, Count: 1, At: noon},
	})
	p := m.draw(sources{clients: []engine.Client{{ID: "dashboard", Transport: "mqtt"}}, topics: table, rooms: [sideCount]int{9, 9, 9}}, noon.Add(time.Second))
	for side, want := range [sideCount][]string{{"sensor-1"}, {"demo/temp", "plant/temp"}, {"dashboard"}} {
		var got []string
		for _, v := range p.columns[side] {
			got = append(got, v.title)
		}
		if slices.Sort(got); !slices.Equal(got, want) {
			t.Errorf("column %d: %v, want %v", side, got, want)
		}
	}
}
