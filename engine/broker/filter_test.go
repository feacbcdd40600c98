package broker

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	mqtt "github.com/mochi-mqtt/server/v2"

	"sluice/engine/topicfilter"
)

func TestMatches(t *testing.T) {
	tests := []struct {
		filter, topic string
		want          bool
	}{
		{"a/b", "a/b", true},
		{"a/b", "a/c", false},
		{"a/b", "a", false},
		{"a", "a/b", false},
		{"a/+", "a/b", true},
		{"a/+", "a", false},
		{"a/+", "a/", true},
		{"a/+", "a/b/c", false},
		{"+/+", "/a", true},
		{"/+", "/a", true},
		{"+", "/a", false},
		{"#", "a/b/c", true},
		{"a/#", "a", true},
		{"a/#", "a/b/c", true},
		{"a/#", "ab", false},
		{"+/#", "a", true},
		{"a/+/c", "a/b/c", true},
		{"a/+/#", "a", false},
		{"#", "$SYS/broker/uptime", false},
		{"+/broker/uptime", "$SYS/broker/uptime", false},
		{"$SYS/#", "$SYS/broker/uptime", true},
		{"a/#", "a/$b", true},
		{"a//b", "a//b", true},
		{"a/+/b", "a//b", true},
	}
	for _, test := range tests {
		if got := topicfilter.Match(test.filter, test.topic); got != test.want {
			t.Errorf("Match(%q, %q) = %v", test.filter, test.topic, got)
		}
		var r routes
		r.init(mqtt.New(nil))
		s := &subscription{filter: test.filter}
		r.add(s)
		found := r.root.match(test.topic, test.topic[0] == '$', nil)
		if got := slices.Contains(found, s); got != test.want || len(found) > 1 {
			t.Errorf("the tree matches %q and %q: %v", test.filter, test.topic, got)
		}
		r.remove(s)
		if len(r.root.children) > 0 {
			t.Errorf("the tree keeps %q after it was removed", test.filter)
		}
	}
}

func TestCheckTopic(t *testing.T) {
	tests := []struct {
		topic   string
		problem string // empty: none
	}{
		{"a", ""},
		{"/", ""},
		{"a//b/ c", ""},
		{"ä/温度", ""},
		{"$other", ""},
		{strings.Repeat("x", 65535), ""},
		{"", "is empty"},
		{"a/+", "wildcard"},
		{"#", "wildcard"},
		{"a\x00b", "null character"},
		{"a\xff", "not UTF-8"},
		{"$SYS/broker/uptime", "broker's own"},
		{strings.Repeat("x", 65536), "longer than"},
	}
	for _, test := range tests {
		checkProblem(t, fmt.Sprintf("topic %.20q", test.topic), checkTopic(test.topic), test.problem)
	}
}

func TestCheckFilter(t *testing.T) {
	tests := []struct {
		filter  string
		problem string
	}{
		{"a", ""},
		{"#", ""},
		{"+", ""},
		{"+/a/#", ""},
		{"$SYS/#", ""},
		{"/+//+", ""},
		{"", "is empty"},
		{"a#", "wildcard"},
		{"#/a", "wildcard"},
		{"a/#/b", "wildcard"},
		{"a+", "wildcard"},
		{"a/+b/c", "wildcard"},
		{"##", "wildcard"},
		{"a\x00", "null character"},
		{"\xc3\x28", "not UTF-8"},
	}
	for _, test := range tests {
		checkProblem(t, fmt.Sprintf("filter %q", test.filter), checkFilter(test.filter), test.problem)
	}
}

func checkProblem(t *testing.T, what string, err error, want string) {
	t.Helper()
	switch {
	case want == "" && err != nil:
		t.Errorf("%s: %v", what, err)
	case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
		t.Errorf("%s: got error %v, want one with %q", what, err, want)
	}
}

func TestSplitShare(t *testing.T) {
	tests := []struct {
		filter, plain string
		ok            bool
	}{
		{"a/b", "a/b", true},
		{"$share/g/a/b", "a/b", true},
		{"$SHARE/g/#", "#", true},
		{"$shared/g", "$shared/g", true},
		{"$share", "", false},
		{"$share/g", "", false},
		{"$share/g/", "", false},
		{"$share//a", "a", false},
		{"$share/+/a", "a", false},
	}
	for _, test := range tests {
		plain, ok := splitShare(test.filter)
		if plain != test.plain || ok != test.ok {
			t.Errorf("splitShare(%q) = %q, %v", test.filter, plain, ok)
		}
	}
}

func FuzzMatches(f *testing.F) {
	f.Add("a/+/#", "a/b")
	f.Add("#", "$SYS/x")
	f.Add("+//", "//")
	f.Fuzz(func(t *testing.T, filter, topic string) {
		if checkFilter(filter) != nil || checkTopic(topic) != nil {
			return
		}
		var root node
		root.add(filter, &subscription{filter: filter})
		tree := len(root.match(topic, topic[0] == '$', nil)) == 1
		if plain := topicfilter.Match(filter, topic); plain != tree {
			t.Errorf("filter %q, topic %q: matches says %v, the tree %v", filter, topic, plain, tree)
		}
	})
}
