package linked

import (
	"slices"
	"testing"
)

type word struct {
	Links[word]
	text string
}

func TestList(t *testing.T) {
	var l List[word, *word]
	words := map[string]*word{"a": {text: "a"}, "b": {text: "b"}, "c": {text: "c"}}
	for _, step := range []struct {
		do   func(*word)
		of   string
		want []string
	}{
		{l.Push, "a", []string{"a"}},
		{l.Remove, "a", nil},
		{l.Push, "a", []string{"a"}},
		{l.Push, "b", []string{"a", "b"}},
		{l.Push, "c", []string{"a", "b", "c"}},
		{l.Remove, "b", []string{"a", "c"}},
		{l.Push, "b", []string{"a", "c", "b"}},
		{l.Remove, "a", []string{"c", "b"}},
		{l.Remove, "b", []string{"c"}},
		{l.Push, "a", []string{"c", "a"}},
	} {
		step.do(words[step.of])
		var forth, back []string
		for w := l.First(); w != nil; w = w.Next() {
			forth = append(forth, w.text)
		}
		for w := l.Last(); w != nil; w = w.Previous() {
			back = append(back, w.text)
		}
		slices.Reverse(back)
		if !slices.Equal(forth, step.want) || !slices.Equal(back, step.want) {
			t.Errorf("after %s: %q, backwards %q, want %q", step.of, forth, back, step.want)
		}
	}
	if w := words["b"]; w.Previous() != nil || w.Next() != nil {
		t.Error("what was taken out has links")
	}
	if n := testing.AllocsPerRun(100, func() { l.Push(words["b"]); l.Remove(words["b"]) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
