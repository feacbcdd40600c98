package overview

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"fyne.io/fyne/v2/lang"

	"sluice/engine"
	"sluice/engine/flow"
	"sluice/engine/topics"
	"sluice/ui/widget/format"
)

const (
	// forgotten is how long an edge that does not move is known, and soon where there are many.
	forgotten     = 10 * time.Minute
	forgottenSoon = time.Minute
	manyEdges     = 5_000
	// knownEdges bounds the edges that are known.
	knownEdges = 20_000
	// recentTopics is how many of the topics that spoke last are shown though nobody is known who published to them.
	recentTopics = 64
	// lively is for how long after a message a client is shown before others whose rate is the same: at first none is known.
	lively = 5 * time.Second
)

// model turns what flows into a picture. It belongs to Gather.
type model struct {
	edges   map[flow.Key]*moving
	moved   []*flow.Key // since the last picture was drawn
	columns [sideCount]slots
	groups  groups
	drawn   map[nodeID]bool // in the last picture
	mask    *mask
}

func newModel(m *mask) *model { return &model{edges: map[flow.Key]*moving{}, mask: m} }

// note takes the edges that moved.
func (m *model) note(moved []flow.Edge) {
	m.moved = m.moved[:0]
	for i := range moved {
		e := m.edges[moved[i].Key]
		if e == nil {
			if len(m.edges) >= knownEdges {
				continue
			}
			e = &moving{}
			m.edges[moved[i].Key] = e
		}
		e.note(&moved[i])
		m.moved = append(m.moved, &moved[i].Key)
	}
}

// pulses are the links of the last picture on which messages went since note.
func (m *model) pulses() map[linkID]uint64 {
	pulses := map[linkID]uint64{}
	for _, key := range m.moved {
		if e := m.edges[*key]; e.fresh > 0 {
			pulses[m.link(*key)] += e.fresh
			e.fresh = 0
		}
	}
	return pulses
}

// link is where an edge is drawn.
func (m *model) link(key flow.Key) linkID {
	l := linkID{topic: m.drawnAs(nodeID{topicSide, m.groups.nodeOf(key.Topic)})}
	switch key.Way {
	case flow.FromCoAP:
		l.kind, l.client = publishes, nodeID{coapSide, key.Client}
	case flow.ToCoAP:
		l.kind, l.client = notifies, nodeID{coapSide, key.Client}
	case flow.FromMQTT:
		l.kind, l.client = sends, nodeID{mqttSide, key.Client}
	default:
		l.kind, l.client = delivers, nodeID{mqttSide, key.Client}
	}
	l.client = m.drawnAs(l.client)
	return l
}

// drawnAs is the node itself where it is shown, or the rest of its side.
func (m *model) drawnAs(id nodeID) nodeID {
	if m.drawn[id] {
		return id
	}
	return nodeID{side: id.side}
}

// sources are what a picture is made of beside the edges.
type sources struct {
	clients   []engine.Client
	observers []engine.Observer
	topics    *topics.Table
	rooms     [sideCount]int // how many nodes each column has room for
}

// draw makes the picture of now.
func (m *model) draw(s sources, now time.Time) *picture {
	var found [sideCount]map[string]*candidate
	for i := range found {
		found[i] = map[string]*candidate{}
	}
	known := map[nodeID]*engine.Client{}
	for i := range s.clients {
		c := &s.clients[i]
		id := nodeID{mqttSide, c.ID}
		if c.IsCoAP() {
			id.side = coapSide
		}
		known[id] = c
		found[id.side][c.ID] = &candidate{name: c.ID, weight: weightRelated * min(c.Observes, 1)}
	}
	for _, name := range s.topics.Names(recentTopics) {
		found[topicSide][name] = &candidate{name: name}
	}
	rates := m.rates(&found, known, s.topics, now)
	m.observed(&found, s.observers)

	p := &picture{}
	var rest [sideCount]int
	var chosen [sideCount][]string
	for side := range sideCount {
		list := values(found[side])
		if side == topicSide {
			list = m.asGroups(list, s.rooms[side], now)
		}
		room := s.rooms[side]
		if len(list) > room {
			room-- // for the rest
		}
		chosen[side] = m.columns[side].choose(list, max(room, 1), now)
		rest[side] = len(list) - len(chosen[side])
	}
	m.drawn = map[nodeID]bool{}
	for side := range sideCount {
		for _, name := range chosen[side] {
			m.drawn[nodeID{side, name}] = true
		}
	}
	p.links = m.links(rates, s, chosen)
	for side := range sideCount {
		p.columns[side] = m.views(side, chosen[side], known, found[side], s)
		if rest[side] > 0 {
			p.columns[side] = append(p.columns[side], m.restView(side, rest[side], p.links))
		}
	}
	return p
}

// rates are those of the edges that move or have lately; the others are forgotten, and those of which nothing is left: no
// client at one end and no topic at the other. Who is at their ends is found, though a client may be gone.
func (m *model) rates(found *[sideCount]map[string]*candidate, known map[nodeID]*engine.Client, table *topics.Table, now time.Time) map[flow.Key]float64 {
	rates := make(map[flow.Key]float64, len(m.edges))
	limit := forgotten
	if len(m.edges) > manyEdges {
		limit = forgottenSoon
	}
	for key, e := range m.edges {
		client := mqttSide
		if key.Way.CoAP() {
			client = coapSide
		}
		if now.Sub(e.at) > limit || known[nodeID{client, key.Client}] == nil && !holds(table, key.Topic) {
			delete(m.edges, key)
			continue
		}
		rate := e.rate(now)
		rates[key] = rate
		weight := weightMoved
		if now.Sub(e.at) < lively {
			weight = weightMoves
		}
		raise(found[client], key.Client, rate, weight)
		raise(found[topicSide], key.Topic, rate, weight)
	}
	return rates
}

func holds(table *topics.Table, topic string) bool {
	_, ok := table.Topic(topic)
	return ok
}

func raise(side map[string]*candidate, name string, rate float64, weight int) {
	c := side[name]
	if c == nil {
		c = &candidate{name: name}
		side[name] = c
	}
	c.rate += rate
	c.weight = max(c.weight, weight)
}

// observed finds the topics that somebody observes.
func (m *model) observed(found *[sideCount]map[string]*candidate, observers []engine.Observer) {
	for i := range observers {
		o := &observers[i]
		if o.Subject != engine.OfTopic || o.Window || strings.ContainsAny(o.Filter, "+#") {
			continue
		}
		if c := found[topicSide][o.Filter]; c != nil {
			c.weight = max(c.weight, weightRelated)
		} else {
			found[topicSide][o.Filter] = &candidate{name: o.Filter, weight: weightRelated}
		}
	}
}

// asGroups puts groups in the place of their topics, where topics are many.
func (m *model) asGroups(list []candidate, room int, now time.Time) []candidate {
	slices.SortFunc(list, func(a, b candidate) int { return a.before(&b) })
	m.groups.update(list, room, now)
	if !m.groups.on {
		return list
	}
	nodes := map[string]*candidate{}
	for i := range list {
		raiseBy(nodes, m.groups.nodeOf(list[i].name), &list[i])
	}
	return values(nodes)
}

func raiseBy(nodes map[string]*candidate, name string, by *candidate) {
	c := nodes[name]
	if c == nil {
		c = &candidate{name: name}
		nodes[name] = c
	}
	c.rate += by.rate
	c.weight = max(c.weight, by.weight)
}

func values(m map[string]*candidate) []candidate {
	list := make([]candidate, 0, len(m))
	for _, c := range m {
		list = append(list, *c)
	}
	return list
}

// links are what flows between the nodes, and what would as soon as somebody publishes: observations and subscriptions.
func (m *model) links(rates map[flow.Key]float64, s sources, chosen [sideCount][]string) []linkView {
	sum := map[linkID]float64{}
	for key, rate := range rates {
		sum[m.link(key)] += rate
	}
	stands := func(k kind, client nodeID, filter string) {
		if !m.drawn[client] {
			return
		}
		for _, topic := range chosen[topicSide] {
			if m.groups.concerns(filter, topic) {
				sum[linkID{k, client, nodeID{topicSide, topic}}] += 0
			}
		}
	}
	for i := range s.observers {
		if o := &s.observers[i]; o.Subject == engine.OfTopic && !o.Window {
			stands(notifies, nodeID{coapSide, o.Client}, o.Filter)
		}
	}
	for i := range s.clients {
		for _, filter := range s.clients[i].Subscribes {
			stands(delivers, nodeID{mqttSide, s.clients[i].ID}, filter)
		}
	}
	links := make([]linkView, 0, len(sum))
	for id, rate := range sum {
		links = append(links, linkView{id, rate, level(rate)})
	}
	slices.SortFunc(links, func(a, b linkView) int {
		return cmp.Or(cmp.Compare(a.level, b.level), cmp.Compare(a.kind, b.kind), cmp.Compare(a.client.name, b.client.name),
			cmp.Compare(a.topic.name, b.topic.name))
	})
	return links
}

// views are what is shown of the nodes of a column.
func (m *model) views(of side, names []string, known map[nodeID]*engine.Client, found map[string]*candidate, s sources) []nodeView {
	views := make([]nodeView, 0, len(names)+1)
	for _, name := range names {
		v := nodeView{id: nodeID{of, name}, title: m.mask.name(of, name), item: name}
		rate := 0.0
		if c := found[name]; c != nil {
			rate = c.rate
		}
		switch client := known[v.id]; {
		case of == topicSide:
			v.note = m.topicNote(name, s.topics)
			if m.groups.isGroup(name) {
				v.item, _, _ = strings.Cut(name, "/+")
			}
		case client == nil:
			v.note = lang.L("gone")
		default:
			v.item, v.late = client.Key, client.Late
			v.note = clientNote(client, rate)
		}
		views = append(views, v)
	}
	return views
}

// topicNote is the last value of a topic, or how many topics a filter stands for.
func (m *model) topicNote(name string, table *topics.Table) string {
	if n := m.groups.size[name]; m.groups.on && n > 0 {
		return lang.N("{{.Count}} topics", n, map[string]any{"Count": format.Count(int64(n))})
	}
	t, ok := table.Topic(name)
	if !ok {
		return lang.L("no value yet")
	}
	return m.mask.value(name, t.Payload)
}

// clientNote says how a client speaks, and how much.
func clientNote(c *engine.Client, rate float64) string {
	var parts []string
	how := c.Transport
	if !c.IsCoAP() {
		if how = c.Mode; c.Transport != "mqtt" {
			how += " " + c.Transport
		}
	}
	switch {
	case c.Late:
		parts = append(parts, lang.L("late"))
	case c.IsCoAP() && c.Observes > 0 && len(c.Publishes) == 0:
		return lang.L("observes {{.Count}}", map[string]any{"Count": format.Count(int64(c.Observes))})
	case c.IsCoAP() && rate > 0:
		return format.Rate(rate) + " " + how
	}
	parts = append(parts, how)
	if n := len(c.Subscribes); n > 0 {
		parts = append(parts, lang.N("{{.Count}} subs", n, map[string]any{"Count": format.Count(int64(n))}))
	} else if rate > 0 {
		parts = append(parts, format.Rate(rate))
	}
	return strings.Join(parts, lang.L(", "))
}

// restView stands for those that are not shown. In Present, where nothing is to be clicked, it says how busy they are.
func (m *model) restView(of side, n int, links []linkView) nodeView {
	v := nodeView{id: nodeID{side: of}, title: lang.L("and {{.Count}} more", map[string]any{"Count": format.Count(int64(n))}), note: lang.L("show all")}
	if m.mask.on {
		var rate float64
		for i := range links {
			if links[i].touches(v.id) {
				rate += links[i].rate
			}
		}
		v.note = format.Rate(rate)
	}
	return v
}

// sentence says what a node's links carry, for who hovers over it.
func (p *picture) sentence(id nodeID) string {
	n := p.node(id)
	if n == nil {
		return ""
	}
	var parts []string
	rates := map[kind]float64{}
	for _, l := range p.links {
		if l.touches(id) {
			rates[l.kind] += l.rate
		}
	}
	for _, k := range slices.Sorted(maps.Keys(rates)) {
		parts = append(parts, kindWord(k)+" "+format.Rate(rates[k]))
	}
	if len(parts) == 0 {
		return n.title
	}
	return n.title + ": " + strings.Join(parts, " · ")
}

// kindWord says what a link carries.
func kindWord(k kind) string {
	switch k {
	case publishes:
		return lang.L("published over CoAP")
	case notifies:
		return lang.L("notifications")
	case sends:
		return lang.L("published over MQTT")
	}
	return lang.L("delivered over MQTT")
}
