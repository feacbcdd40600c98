package topics

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"sluice/engine/topicfilter"
	"sluice/engine/topics"
)

// tree joins topics into levels. It belongs to one goroutine; the rows it hands out are not changed afterwards.
type tree struct {
	root   *node
	nodes  map[string]*node // by path, branches too
	topics int
	kept   int // retained ones
	bytes  int64

	active map[*node]struct{} // topics that had messages since the last sample, or have a rate still
	at     time.Time          // of the last sample
}

// node is one level of a topic; the same path may be a topic, a branch, or both.
type node struct {
	name, path string
	parent     *node
	children   []*node // by name, see compareNames
	topic      *topics.Topic
	below      int // topics under it, not counting itself

	mark uint64  // the topic's count at the last sample
	own  float64 // the topic's messages a second
	rate float64 // with those of all topics below
}

func newTree() *tree {
	return &tree{root: &node{}, nodes: map[string]*node{}, active: map[*node]struct{}{}}
}

// apply takes in what changed and reports whether rows came or went.
func (t *tree) apply(changed []topics.Topic, removed []string) (shape bool) {
	for i := range changed {
		topic := changed[i]
		n := t.nodes[topic.Name]
		if n == nil {
			n = t.add(topic.Name)
		}
		if n.topic == nil {
			shape = true
			t.count(n, 1)
			n.mark = topic.Count
		} else {
			t.account(n.topic, -1)
		}
		if topic.Count != n.mark {
			t.active[n] = struct{}{}
		}
		n.topic = &topic
		t.account(n.topic, 1)
	}
	for _, name := range removed {
		if n := t.nodes[name]; n != nil && n.topic != nil {
			shape = true
			t.account(n.topic, -1)
			n.topic = nil
			t.setRate(n, 0)
			delete(t.active, n)
			t.count(n, -1)
			t.prune(n)
		}
	}
	return shape
}

// sample works out the rates of the topics that had messages. The cost grows with those, not with the topics there are.
func (t *tree) sample(now time.Time) {
	seconds := now.Sub(t.at).Seconds()
	first := t.at.IsZero()
	t.at = now
	for n := range t.active {
		count := n.topic.Count
		rate := 0.0
		if !first && seconds > 0 && count >= n.mark {
			rate = float64(count-n.mark) / seconds
		}
		if n.mark = count; rate == 0 {
			delete(t.active, n)
		}
		t.setRate(n, rate)
	}
}

// setRate changes the rate of a topic and of all that it is in.
func (t *tree) setRate(n *node, perSecond float64) {
	by := perSecond - n.own
	n.own = perSecond
	for ; n != nil; n = n.parent {
		if n.rate += by; n.rate < 1e-6 { // what is left of adding and taking away
			n.rate = 0
		}
	}
}

// account adds a topic to the sums, or takes it away.
func (t *tree) account(topic *topics.Topic, sign int) {
	t.bytes += int64(sign * len(topic.Payload))
	if topic.Retained {
		t.kept += sign
	}
}

// count adds one topic, or takes one away, in everything above n.
func (t *tree) count(n *node, by int) {
	t.topics += by
	for n = n.parent; n != nil; n = n.parent {
		n.below += by
	}
}

// add makes the nodes of a path. It walks up to the first level that is there, so that a path of many levels costs no
// more than its new ones.
func (t *tree) add(path string) *node {
	n := &node{path: path, name: path, parent: t.root}
	if i := strings.LastIndexByte(path, '/'); i >= 0 {
		n.name = path[i+1:]
		n.parent = t.nodes[path[:i]]
		if n.parent == nil {
			n.parent = t.add(path[:i])
		}
	}
	t.nodes[path] = n
	at, _ := slices.BinarySearchFunc(n.parent.children, n.name, compareNode)
	n.parent.children = slices.Insert(n.parent.children, at, n)
	return n
}

func compareNode(n *node, name string) int { return compareNames(n.name, name) }

// compareNames orders names as people count: d2 comes before d10.
func compareNames(a, b string) int {
	x, y := a, b
	for x != "" && y != "" {
		m, n := digits(x), digits(y)
		if m == 0 || n == 0 {
			if x[0] != y[0] {
				return cmp.Compare(x[0], y[0])
			}
			x, y = x[1:], y[1:]
			continue
		}
		p, q := strings.TrimLeft(x[:m], "0"), strings.TrimLeft(y[:n], "0")
		if c := cmp.Or(cmp.Compare(len(p), len(q)), strings.Compare(p, q)); c != 0 {
			return c
		}
		x, y = x[m:], y[n:]
	}
	// Of names that count the same, such as 1 and 01, neither may hide the other.
	return cmp.Or(cmp.Compare(len(x), len(y)), strings.Compare(a, b))
}

// digits is how many digits s begins with.
func digits(s string) int {
	n := 0
	for n < len(s) && s[n] >= '0' && s[n] <= '9' {
		n++
	}
	return n
}

// prune removes n and what is above it as far as nothing is left there.
func (t *tree) prune(n *node) {
	for n != t.root && n.topic == nil && len(n.children) == 0 {
		delete(t.nodes, n.path)
		at, found := slices.BinarySearchFunc(n.parent.children, n.name, compareNode)
		if found {
			n.parent.children = slices.Delete(n.parent.children, at, at+1)
		}
		n = n.parent
	}
}

// treeRow is one visible line of the tree.
type treeRow struct {
	path, name string
	depth      int
	branch     bool // has children
	open       bool
	topic      bool // has a value of its own
	below      int
}

// autoOpen is how many children a level may have to be open before anybody touched it.
const autoOpen = 64

// opened is which branches are open.
type opened struct {
	all     unfold
	toggled map[string]bool // those that the user opened or closed since
	below   map[string]bool // with all that they contain
}

// clone is for another goroutine.
func (o *opened) clone() opened {
	return opened{all: o.all, toggled: maps.Clone(o.toggled), below: maps.Clone(o.below)}
}

func (o *opened) equal(p *opened) bool {
	return o.all == p.all && maps.Equal(o.toggled, p.toggled) && maps.Equal(o.below, p.below)
}

// set opens or closes one branch.
func (o *opened) set(path string, open bool) {
	if o.toggled == nil {
		o.toggled = map[string]bool{}
	}
	o.toggled[path] = open
}

// setBelow opens or closes a branch with all branches in it.
func (o *opened) setBelow(path string, open bool) {
	within := func(other string, _ bool) bool { return other == path || strings.HasPrefix(other, path+"/") }
	maps.DeleteFunc(o.toggled, within)
	maps.DeleteFunc(o.below, within)
	if o.below == nil {
		o.below = map[string]bool{}
	}
	o.below[path] = open
}

// unfold is what holds for the branches that were not touched.
type unfold uint8

const (
	unfoldSmall unfold = iota // open where they are small
	unfoldAll
	unfoldNone
)

// has says whether a branch is open: as the user left it, or else when it is small and not the broker's own.
func (o *opened) has(n *node, depth int) bool {
	if open, touched := o.toggled[n.path]; touched {
		return open
	}
	for above := n; above != nil && len(o.below) > 0; above = above.parent {
		if open, ruled := o.below[above.path]; ruled && above.parent != nil {
			return open
		}
	}
	switch o.all {
	case unfoldAll:
		return true
	case unfoldNone:
		return false
	}
	return depth < 4 && len(n.children) <= autoOpen && !strings.HasPrefix(n.path, "$")
}

// order is how the topics of a level are sorted.
type order string

const (
	byName   order = ""
	byRate   order = "rate"
	byCount  order = "count"
	byLast   order = "last"
	byTopics order = "topics"
	bySize   order = "size"
)

// key is what a node is sorted by, the most first; of topics' own values branches without one have none.
func (o order) key(n *node) float64 {
	switch {
	case o == byRate:
		return n.rate
	case o == byTopics:
		return float64(n.below)
	case n.topic == nil:
		return 0
	case o == byCount:
		return float64(n.topic.Count)
	case o == byLast:
		return float64(n.topic.Revision)
	}
	return float64(len(n.topic.Payload))
}

// keyed is a node with its key and its place by name, which decides where keys are equal.
type keyed struct {
	node *node
	key  float64
	at   int
}

// sorted are the children of n in an order. There may be very many: their keys are read once.
func (o order) sorted(n *node) []*node {
	if o == byName || len(n.children) < 2 {
		return n.children
	}
	list := make([]keyed, len(n.children))
	for i, child := range n.children {
		list[i] = keyed{child, o.key(child), i}
	}
	slices.SortFunc(list, func(a, b keyed) int { return cmp.Or(cmp.Compare(b.key, a.key), cmp.Compare(a.at, b.at)) })
	children := make([]*node, len(list))
	for i := range list {
		children[i] = list[i].node
	}
	return children
}

// rows lists what is visible. With a filter, everything that matches and what is above it.
func (t *tree) rows(filter string, open opened, by order) []treeRow {
	matches := matcher(filter)
	var list []treeRow
	var walk func(n *node, depth int) bool
	walk = func(n *node, depth int) bool {
		at := len(list)
		row := treeRow{path: n.path, name: n.name, depth: depth, branch: len(n.children) > 0, topic: n.topic != nil, below: n.below}
		list = append(list, row)
		if matches == nil {
			if row.branch && open.has(n, depth) {
				list[at].open = true
				for _, child := range by.sorted(n) {
					walk(child, depth+1)
				}
			}
			return true
		}
		found := n.topic != nil && matches(n.path)
		for _, child := range by.sorted(n) {
			if walk(child, depth+1) {
				found = true
				list[at].open = true
			}
		}
		if !found {
			list = list[:at]
		}
		return found
	}
	for _, n := range by.sorted(t.root) {
		walk(n, 0)
	}
	return list
}

// matcher makes the test of a filter: an MQTT filter where it has wildcards, otherwise a part of the topic. nil matches
// everything.
func matcher(filter string) func(topic string) bool {
	filter = strings.TrimSpace(filter)
	switch {
	case filter == "":
		return nil
	case strings.ContainsAny(filter, "+#"):
		return func(topic string) bool { return topicfilter.Match(filter, topic) }
	}
	filter = strings.ToLower(filter)
	return func(topic string) bool { return strings.Contains(strings.ToLower(topic), filter) }
}

// highlighted is where a filter without wildcards stands in a name that is the last level of a path, in bytes; from is -1
// where it does not. What the filter has of other levels is left out.
func highlighted(path, name, filter string) (from, to int) {
	filter = strings.ToLower(strings.TrimSpace(filter))
	lower := strings.ToLower(path)
	if filter == "" || strings.ContainsAny(filter, "+#") || len(lower) != len(path) {
		return -1, -1
	}
	start := len(path) - len(name)
	at := strings.LastIndex(lower, filter)
	if at < 0 || at+len(filter) <= start {
		return -1, -1
	}
	return max(at-start, 0), at + len(filter) - start
}
