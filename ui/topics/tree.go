package topics

import (
	"cmp"
	"slices"
	"strings"

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
}

// node is one level of a topic; the same path may be a topic, a branch, or both.
type node struct {
	name, path string
	parent     *node
	children   []*node // by name, see compareNames
	topic      *topics.Topic
	below      int // topics under it, not counting itself
}

func newTree() *tree {
	return &tree{root: &node{}, nodes: map[string]*node{}}
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
		} else {
			t.account(n.topic, -1)
		}
		n.topic = &topic
		t.account(n.topic, 1)
	}
	for _, name := range removed {
		if n := t.nodes[name]; n != nil && n.topic != nil {
			shape = true
			t.account(n.topic, -1)
			n.topic = nil
			t.count(n, -1)
			t.prune(n)
		}
	}
	return shape
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

// isOpen says whether a branch is open: as the user left it, or else when it is small and not the broker's own.
func isOpen(n *node, depth int, toggled map[string]bool) bool {
	if open, touched := toggled[n.path]; touched {
		return open
	}
	return depth < 4 && len(n.children) <= autoOpen && !strings.HasPrefix(n.path, "$")
}

// rows lists what is visible. With a filter, everything that matches and what is above it.
func (t *tree) rows(filter string, toggled map[string]bool) []treeRow {
	matches := matcher(filter)
	var list []treeRow
	var walk func(n *node, depth int) bool
	walk = func(n *node, depth int) bool {
		at := len(list)
		row := treeRow{path: n.path, name: n.name, depth: depth, branch: len(n.children) > 0, topic: n.topic != nil, below: n.below}
		list = append(list, row)
		if matches == nil {
			if row.branch && isOpen(n, depth, toggled) {
				list[at].open = true
				for _, child := range n.children {
					walk(child, depth+1)
				}
			}
			return true
		}
		found := n.topic != nil && matches(n.path)
		for _, child := range n.children {
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
	for _, n := range t.root.children {
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
