package overview

import (
	"slices"
	"strings"
	"time"

	"sluice/engine/topicfilter"
)

// Where there are more topics than places, those that differ in one level only stand for each other as the filter that
// matches them.
const (
	// least is how many topics make a group.
	least = 4
	// grouped bounds the topics that are looked at, the busiest first.
	grouped = 2000
	// regroup is how often groups may change.
	regroup = 5 * time.Second
)

// groups say which topics are shown as one.
type groups struct {
	of   map[string]string // the filter of a topic
	size map[string]int    // topics of a filter
	at   time.Time
	on   bool
	seen int // topics when the groups were made
}

// update makes the groups anew where that is due; the topics are in the order of their rates.
func (g *groups) update(topics []candidate, room int, now time.Time) {
	on := len(topics) > room || g.on && 10*len(topics) > 7*room
	if on == g.on && (!on || now.Sub(g.at) < regroup || len(topics) == g.seen) {
		return
	}
	g.on, g.at, g.seen = on, now, len(topics)
	g.of, g.size = map[string]string{}, map[string]int{}
	if !on {
		return
	}
	names := make([]string, min(len(topics), grouped))
	for i := range names {
		names[i] = topics[i].name
	}
	g.of, g.size = group(names)
	for _, t := range topics[len(names):] {
		if f := g.nodeOf(t.name); g.isGroup(f) {
			g.size[f]++
		}
	}
}

// group finds for each topic the filter with one + that matches most of them, where those are enough.
func group(names []string) (of map[string]string, size map[string]int) {
	slices.Sort(names)
	shared := map[string]int{}
	for _, name := range names {
		for f := range widened(name) {
			shared[f]++
		}
	}
	of, size = map[string]string{}, map[string]int{}
	for _, name := range names {
		best := ""
		for f := range widened(name) {
			if shared[f] >= least && (best == "" || shared[f] > shared[best]) {
				best = f
			}
		}
		if best != "" {
			of[name] = best
			size[best]++
		}
	}
	for name, f := range of { // its topics may have found larger ones
		if size[f] < 2 {
			delete(of, name)
			delete(size, f)
		}
	}
	return of, size
}

// widened yields the filters that have a + for one level of a topic. Topics of one level have none: + alone says nothing.
func widened(name string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		if !strings.Contains(name, "/") {
			return
		}
		for from := 0; ; {
			to := len(name)
			if i := strings.IndexByte(name[from:], '/'); i >= 0 {
				to = from + i
			}
			if !yield(name[:from]+"+"+name[to:]) || to == len(name) {
				return
			}
			from = to + 1
		}
	}
}

// nodeOf is what stands for a topic: itself, or a filter. A topic that came since the groups were made joins the one that
// matches it.
func (g *groups) nodeOf(topic string) string {
	if !g.on {
		return topic
	}
	if f, ok := g.of[topic]; ok {
		return f
	}
	for f := range widened(topic) {
		if g.size[f] > 0 {
			return f
		}
	}
	return topic
}

// isGroup reports whether a name is that of a group.
func (g *groups) isGroup(name string) bool { return g.on && g.size[name] > 0 }

// concerns reports whether who subscribes to filter may get what a node stands for.
func (g *groups) concerns(filter, node string) bool {
	if g.isGroup(node) {
		return topicfilter.Overlaps(filter, node)
	}
	return filter == node || topicfilter.Match(filter, node)
}
