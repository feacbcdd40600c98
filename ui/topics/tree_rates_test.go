package topics

import (
	"strconv"
	"testing"
	"time"

	"sluice/engine/topics"
)

func TestRates(t *testing.T) {
	tree, now := newTree(), time.Now()
	tree.apply([]topics.Topic{{Name: "a/x", Count: 100}, {Name: "a/y", Count: 1}, {Name: "b", Count: 1}}, nil)
	tree.sample(now)
	tree.apply([]topics.Topic{{Name: "a/x", Count: 110}, {Name: "a/y", Count: 5}}, nil)
	tree.sample(now.Add(2 * time.Second))
	for path, want := range map[string]float64{"a/x": 5, "a/y": 2, "a": 7, "b": 0} {
		if got := tree.nodes[path].rate; got != want {
			t.Errorf("%s: %v/s, want %v", path, got, want)
		}
	}
	tree.apply(nil, []string{"a/x"})
	if got := tree.nodes["a"].rate; got != 2 {
		t.Errorf("after x went: %v/s", got)
	}
	tree.sample(now.Add(3 * time.Second))
	if len(tree.active) != 0 || tree.nodes["a"].rate != 0 || tree.root.rate != 0 {
		t.Errorf("silent topics have rates: %d, %v", len(tree.active), tree.root.rate)
	}
}

func TestOrders(t *testing.T) {
	tree := newTree()
	tree.apply([]topics.Topic{
		{Name: "a", Count: 1, Revision: 3, Payload: make([]byte, 5)}, {Name: "b", Count: 9, Revision: 1},
		{Name: "c/x", Count: 2, Revision: 2}, {Name: "c/y", Count: 3, Revision: 4, Payload: make([]byte, 9)},
	}, nil)
	for by, want := range map[order]string{
		byName: ".a .b -c >.x >.y", byCount: ".b .a -c >.y >.x", byLast: ".a .b -c >.y >.x",
		byTopics: "-c >.x >.y .a .b", bySize: ".a .b -c >.y >.x", byRate: ".a .b -c >.x >.y",
	} {
		if got := draw(tree.rows("", opened{}, by)); got != want {
			t.Errorf("%q: %s, want %s", by, got, want)
		}
	}
}

func TestVeryManySiblingsAreSorted(t *testing.T) {
	tree := newTree()
	list := make([]topics.Topic, many)
	for i := range list {
		list[i] = topics.Topic{Name: "flat/" + strconv.Itoa(i), Count: uint64(i)}
	}
	tree.apply(list, nil)
	rows := tree.rows("", opened{all: unfoldAll}, byCount)
	if len(rows) != many+1 || rows[1].name != "49999" || rows[many].name != "0" {
		t.Errorf("%d rows from %s to %s", len(rows), rows[1].name, rows[len(rows)-1].name)
	}
}

func TestAllIsOpenedAndClosed(t *testing.T) {
	tree := newTree()
	tree.apply(some("a/b/c", "a/d/e", "$SYS/x/y"), nil)
	o := opened{all: unfoldAll}
	check := func(want string) {
		t.Helper()
		if got := draw(tree.rows("", o, byName)); got != want {
			t.Errorf("%s\nwant %s", got, want)
		}
	}
	check("-$SYS >-x >>.y -a >-b >>.c >-d >>.e")
	o = opened{all: unfoldNone}
	check("+$SYS +a")
	o.setBelow("a", true)
	check("+$SYS -a >-b >>.c >-d >>.e")
	o.set("a/b", false)
	check("+$SYS -a >+b >-d >>.e")
	o.setBelow("a", false)
	check("+$SYS +a")
	o.set("a", true)
	check("+$SYS -a >+b >+d")
}

func TestWhatTheFilterFoundIsHighlighted(t *testing.T) {
	for _, c := range []struct{ path, name, filter, want string }{
		{"plant/line1", "line1", " LINE", "line"},
		{"plant/line1", "line1", "nt/li", "li"},
		{"plant/line1", "line1", "plant", ""},
		{"plant", "plant", "plant/", ""},
		{"plant/line1", "line1", "+/line1", ""},
		{"a/bb", "bb", "b", "b"},
		{"a", "a", "", ""},
	} {
		got := ""
		if from, to := highlighted(c.path, c.name, c.filter); from >= 0 {
			got = c.name[from:to]
		}
		if got != c.want {
			t.Errorf("%q in %q: %q, want %q", c.filter, c.path, got, c.want)
		}
	}
}
