package topics

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"sluice/engine/topics"
)

// some makes topics with the payload "1".
func some(names ...string) []topics.Topic {
	list := make([]topics.Topic, len(names))
	for i, name := range names {
		list[i] = topics.Topic{Name: name, Payload: []byte("1")}
	}
	return list
}

// draw writes rows as an indented list: - for an open branch, + for a closed one, a dot for a topic.
func draw(rows []treeRow) string {
	var b strings.Builder
	for _, r := range rows {
		mark := ""
		switch {
		case r.branch && r.open:
			mark = "-"
		case r.branch:
			mark = "+"
		}
		if r.topic {
			mark += "."
		}
		fmt.Fprintf(&b, "%s%s%s ", strings.Repeat(">", r.depth), mark, r.name)
	}
	return strings.TrimSpace(b.String())
}

func TestTree(t *testing.T) {
	tree := newTree()
	if !tree.apply(some("plant/line1/temp", "plant/line1", "$SYS/uptime", "/a", "door"), nil) {
		t.Error("new topics change the shape")
	}
	for _, c := range []struct {
		filter  string
		toggled map[string]bool
		want    string
	}{
		{"", nil, "- >.a +$SYS .door -plant >-.line1 >>.temp"},
		{"", map[string]bool{"plant/line1": false, "$SYS": true}, "- >.a -$SYS >.uptime .door -plant >+.line1"},
		{"TEMP", nil, "-plant >-.line1 >>.temp"},
		{"line1", map[string]bool{"plant": false}, "-plant >-.line1 >>.temp"},
		{"plant/+", nil, "-plant >+.line1"},
		{"plant/#", nil, "-plant >-.line1 >>.temp"},
		{"nothing", nil, ""},
	} {
		got := draw(tree.rows(c.filter, opened{toggled: c.toggled}, byName))
		if got != c.want {
			t.Errorf("filter %q, toggled %v:\n got %s\nwant %s", c.filter, c.toggled, got, c.want)
		}
	}
	if tree.topics != 5 || tree.bytes != 5 || tree.nodes["plant"].below != 2 {
		t.Errorf("%d topics of %d bytes, %d below plant", tree.topics, tree.bytes, tree.nodes["plant"].below)
	}
}

func TestTreeForgets(t *testing.T) {
	tree := newTree()
	tree.apply(some("a/b/c", "a/b", "d"), nil)
	if tree.apply(some("a/b/c"), nil) {
		t.Error("a new value does not change the shape")
	}
	if !tree.apply(nil, []string{"a/b/c"}) {
		t.Error("a topic that goes changes the shape")
	}
	if got := draw(tree.rows("", opened{}, byName)); got != "-a >.b .d" {
		t.Errorf("after c went: %s", got)
	}
	tree.apply(nil, []string{"a/b", "d", "unknown"})
	if len(tree.nodes) != 0 || tree.topics != 0 || tree.bytes != 0 || len(tree.root.children) != 0 {
		t.Errorf("%d nodes and %d topics are left", len(tree.nodes), tree.topics)
	}
}

func TestRetainedAreCounted(t *testing.T) {
	tree := newTree()
	tree.apply([]topics.Topic{{Name: "a", Retained: true, Payload: make([]byte, 4096)}, {Name: "b"}}, nil)
	if got := summary(tree, 0); got != "2 topics, 1 retained, 4.1 kB" {
		t.Errorf("summary %q", got)
	}
	tree.apply([]topics.Topic{{Name: "a"}}, nil)
	if got := summary(tree, 1); got != "1 topics, 0 retained, 0 bytes, 1 configured without data" {
		t.Errorf("summary %q", got)
	}
}

func TestBigBranchesAreClosed(t *testing.T) {
	tree := newTree()
	for i := range autoOpen + 1 {
		tree.apply(some(fmt.Sprintf("big/%03d", i)), nil)
	}
	rows := tree.rows("", opened{}, byName)
	if len(rows) != 1 || rows[0].open || rows[0].below != autoOpen+1 {
		t.Errorf("%d rows, open %v, %d below", len(rows), rows[0].open, rows[0].below)
	}
	if rows = tree.rows("", opened{toggled: map[string]bool{"big": true}}, byName); len(rows) != autoOpen+2 ||
		!slices.IsSortedFunc(rows, func(a, b treeRow) int { return strings.Compare(a.path, b.path) }) {
		t.Errorf("%d rows when opened, in order", len(rows))
	}
}

// Whatever comes and goes, the sums are those of what is left.
func FuzzTree(f *testing.F) {
	f.Add("a/b|a|/|a/b/c|-a|//|-a/b")
	f.Add("-x|x|x/|-x/")
	f.Fuzz(func(t *testing.T, script string) {
		tree := newTree()
		left := map[string]bool{}
		for _, name := range strings.Split(script, "|") {
			if gone, found := strings.CutPrefix(name, "-"); found {
				tree.apply(nil, []string{gone})
				delete(left, gone)
				continue
			}
			tree.apply(some(name), nil)
			left[name] = true
		}
		open := map[string]bool{}
		for path := range tree.nodes {
			open[path] = true
		}
		shown := 0
		for _, r := range tree.rows("", opened{toggled: open}, byName) {
			if r.topic {
				shown++
				if !left[r.path] {
					t.Fatalf("%q is shown but gone", r.path)
				}
			}
		}
		if shown != len(left) || tree.topics != len(left) {
			t.Fatalf("%d shown, %d counted, %d left", shown, tree.topics, len(left))
		}
	})
}
