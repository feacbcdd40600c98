package topicfilter

import (
	"strings"
	"testing"
)

func TestMatch(t *testing.T) {
	tests := []struct {
		filter, topic string
		want          bool
	}{
		{"a/b", "a/b", true},
		{"a/b", "a/c", false},
		{"a/b", "a", false},
		{"a", "a/b", false},
		{"a/+", "a/b", true},
		{"a/+", "a/", true},
		{"a/+", "a", false},
		{"a/+/c", "a/b/c", true},
		{"a/#", "a/b/c", true},
		{"a/#", "a", true},
		{"a/#", "ab", false},
		{"#", "a/b", true},
		{"#", "", true},
		{"+", "", true},
		{"+/+", "/a", true},
		{"+", "/a", false},
		{"#", "$SYS/x", false},
		{"+/x", "$SYS/x", false},
		{"$SYS/#", "$SYS/x", true},
		{"$SYS/+", "$SYS/x", true},
		{"a/#", "a/$b", true},
		{"A", "a", false},
		{"a/b", "a/+", false},
		{"a/+", "a/+", true},
	}
	for _, tt := range tests {
		if got := Match(tt.filter, tt.topic); got != tt.want {
			t.Errorf("Match(%q, %q) = %v", tt.filter, tt.topic, got)
		}
	}
}

// everything returns all strings of up to depth of the given levels; for filters # is added as last level.
func everything(levels []string, depth int, filters bool) []string {
	all, last := []string{}, []string{""}
	for n := range depth {
		var next []string
		for _, prefix := range last {
			for _, l := range levels {
				next = append(next, join(prefix, l, n))
			}
			if filters {
				all = append(all, join(prefix, "#", n))
			}
		}
		all, last = append(all, next...), next
	}
	return all
}

func join(prefix, level string, n int) string {
	if n == 0 {
		return level
	}
	return prefix + "/" + level
}

// TestFiltersByTheirTopics compares Overlaps and Covers with what they mean, for every pair of short filters.
func TestFiltersByTheirTopics(t *testing.T) {
	// One level deeper than the filters, and with a level that no filter names, so that all differences show.
	topics := everything([]string{"", "a", "$a", "z"}, 4, false)
	filters := everything([]string{"", "a", "$a", "+"}, 3, true)
	sets := make(map[string][]bool, len(filters))
	for _, f := range filters {
		set := make([]bool, len(topics))
		for i, topic := range topics {
			set[i] = Match(f, topic)
		}
		sets[f] = set
	}
	for _, a := range filters {
		for _, b := range filters {
			overlaps, covers := false, true
			for i := range topics {
				overlaps = overlaps || sets[a][i] && sets[b][i]
				covers = covers && (sets[a][i] || !sets[b][i])
			}
			if got := Overlaps(a, b); got != overlaps {
				t.Errorf("Overlaps(%q, %q) = %v", a, b, got)
			}
			if got := Covers(a, b); got != covers {
				t.Errorf("Covers(%q, %q) = %v", a, b, got)
			}
		}
	}
}

func FuzzFilters(f *testing.F) {
	f.Add("a/+/#", "a/b", "$SYS/#")
	f.Add("#", "+/#", "")
	f.Fuzz(func(t *testing.T, a, b, topic string) {
		if Overlaps(a, b) != Overlaps(b, a) {
			t.Errorf("Overlaps(%q, %q) depends on the order", a, b)
		}
		if Covers(a, b) && Match(b, topic) && !strings.ContainsAny(topic, "+#") && !Match(a, topic) {
			t.Errorf("%q covers %q but not its topic %q", a, b, topic)
		}
		if Match(a, topic) && Match(b, topic) && !Overlaps(a, b) {
			t.Errorf("%q and %q both match %q", a, b, topic)
		}
	})
}
