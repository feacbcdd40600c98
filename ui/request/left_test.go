package request

import (
	"os"
	"path/filepath"
	"testing"

	"sluice/engine/collection"
)

func TestChangesOfARequestThatIsNotOpenFollowItsFile(t *testing.T) {
	b := newBench(t)
	path := filepath.Join(b.folder, "mine.coap")
	write := func(text string) {
		t.Helper()
		if err := os.MkdirAll(b.folder, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		b.tick()
	}
	write("### a\nGET coap://h/a\n\n### b\nGET coap://h/b\n")
	b.openRequest(path, 0)
	b.draft.Target = "coap://h/mine"
	b.changed()
	b.openRequest(path, 1)
	write("### a\nGET coap://h/theirs\n\n### b\nGET coap://h/b\n")
	b.openRequest(path, 0)
	if b.draft.Target != "coap://h/mine" || !b.conflict {
		t.Errorf("%s, %t", b.draft, b.conflict)
	}
	b.openRequest(path, 1)
	write("### b\nGET coap://h/b\n")
	b.openRequest(path, 0)
	if b.draft.Target != "coap://h/b" || b.conflict {
		t.Errorf("%s, %t", b.draft, b.conflict)
	}
}

func TestADraftWithAMistakeInItsURIKeepsItsMethod(t *testing.T) {
	for _, target := range []string{"", "coap://h/a b", "coap://h/{{random}}"} {
		b := newBench(t)
		b.draft.Verb, b.draft.Target = collection.PUT, target
		data, err := b.SaveLayout()
		if err != nil {
			t.Fatal(err)
		}
		again := newBench(t)
		if err := again.RestoreLayout(data); err != nil || again.draft.Verb != collection.PUT || again.draft.Target != target {
			t.Errorf("%q: %v, %s", target, err, again.draft)
		}
	}
}
