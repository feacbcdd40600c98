package device

import (
	"maps"
	"slices"
	"strings"
	"testing"
)

func TestPreview(t *testing.T) {
	for _, one := range Templates() {
		all := one.Preview(3)
		if len(one.publishes) == 0 {
			if len(all) != 0 {
				t.Errorf("%s publishes nothing, and yet %v", one.Kind, all)
			}
			continue
		}
		if len(all) == 0 {
			t.Errorf("%s: no preview", one.Kind)
		}
		for _, p := range all {
			if p.Err != nil || p.Payload == "" || p.Topic == "" || strings.Contains(p.Topic, "${") {
				t.Errorf("%s: %+v", one.Kind, p)
			}
		}
	}
}

func TestPreviewNamesTheExpressionThatFails(t *testing.T) {
	for _, test := range []struct{ source, where string }{
		{"kind = \"x\"\ninterval = \"1s\"\n[start]\na = \"fromJSON('{')\"\n[[publish]]\ntopic = \"a\"\npayload = \"1\"", "start.a"},
		{"kind = \"x\"\ninterval = \"1s\"\n[start]\na = \"1\"\n[step]\na = \"fromJSON('{')\"\n[[publish]]\ntopic = \"a\"\npayload = \"a\"", "step.a"},
		{"kind = \"x\"\ninterval = \"1s\"\n[[publish]]\ntopic = \"a\"\npayload = \"bytes(-1)\"", "publish[1].payload"},
	} {
		one, err := ParseTemplate(test.source)
		if err != nil {
			t.Fatal(err)
		}
		all := one.Preview(3)
		if last := all[len(all)-1]; last.Err == nil || !strings.Contains(last.Err.Error(), test.where) {
			t.Errorf("%s: %+v", test.where, all)
		}
	}
}

func TestWordsAreAllThatExpressionsKnow(t *testing.T) {
	var named []string
	for _, w := range Words() {
		named = append(named, w.Name)
		if !strings.HasPrefix(w.Use, w.Name) {
			t.Errorf("%s is used as %s", w.Name, w.Use)
		}
	}
	slices.Sort(named)
	if known := slices.Sorted(maps.Keys(vocabulary())); !slices.Equal(named, known) {
		t.Errorf("named are %v, known %v", named, known)
	}
}
