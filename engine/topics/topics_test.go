package topics

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"sluice/engine/broker"
)

func note(t *Table, topic, payload string) {
	t.Note(&broker.Message{Topic: topic, Payload: []byte(payload)})
}

func keep(t *Table, topic, payload string) {
	t.Note(&broker.Message{Topic: topic, Payload: []byte(payload), Retain: true})
}

func names(topics []Topic) []string {
	var list []string
	for _, x := range topics {
		list = append(list, x.Name)
	}
	return list
}

func TestTopicIsTheLastMessage(t *testing.T) {
	table := New(Options{})
	at := time.Date(2026, 5, 4, 3, 2, 1, 0, time.UTC)
	payload := []byte("first")
	m := &broker.Message{Topic: "a/b", Payload: payload, QoS: 1, From: "d1", Via: broker.ViaCoAP, At: at}
	table.Note(m)
	first, ok := table.Topic("a/b")
	if !ok {
		t.Fatal("the topic is not known")
	}
	want := Topic{Name: "a/b", At: at, From: "d1", Via: broker.ViaCoAP, QoS: 1, Count: 1, Revision: 1}
	if got := first; string(got.Payload) != "first" {
		t.Errorf("payload %q", got.Payload)
	} else if got.Payload = nil; !sameTopic(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}

	copy(payload, "OTHER") // borrowed: the table has its own copy
	note(table, "a/b", "secnd")
	if string(first.Payload) != "first" {
		t.Errorf("a snapshot changed to %q", first.Payload)
	}
	second, _ := table.Topic("a/b")
	if string(second.Payload) != "secnd" || second.Count != 2 || second.From != "" {
		t.Errorf("got %+v", second)
	}
	if second.At.IsZero() {
		t.Error("a message without a moment is not given one")
	}
	if _, ok := table.Topic("a"); ok {
		t.Error("a topic nobody wrote is known")
	}
}

func sameTopic(a, b Topic) bool {
	return a.Name == b.Name && a.At.Equal(b.At) && a.From == b.From && a.Via == b.Via && a.QoS == b.QoS &&
		a.Retained == b.Retained && a.Count == b.Count && a.Revision == b.Revision && string(a.Payload) == string(b.Payload)
}

func TestRetainedMark(t *testing.T) {
	table := New(Options{})
	steps := []struct {
		what string
		do   func()
		want bool
	}{
		{"a plain message", func() { note(table, "a", "1") }, false},
		{"a retained message", func() { keep(table, "a", "2") }, true},
		{"a plain message leaves it", func() { note(table, "a", "3") }, true},
		{"an empty retained message clears it", func() { keep(table, "a", "") }, false},
		{"set", func() { table.SetRetained("a", true) }, true},
		{"cleared", func() { table.SetRetained("a", false) }, false},
	}
	for _, step := range steps {
		before := table.Revision()
		step.do()
		if x, _ := table.Topic("a"); x.Retained != step.want {
			t.Errorf("%s: retained %v", step.what, x.Retained)
		}
		if table.Revision() == before {
			t.Errorf("%s: the revision did not change", step.what)
		}
	}
	before := table.Revision()
	table.SetRetained("a", false)
	table.SetRetained("unknown", true)
	if table.Revision() != before || table.Len() != 1 {
		t.Error("SetRetained changed what was so already, or made a topic")
	}
}

func TestChanged(t *testing.T) {
	table := New(Options{})
	for _, name := range []string{"a", "b", "c"} {
		note(table, name, "1")
	}
	all, removed, seen := table.Changed(0, 0)
	if got := names(all); !slices.Equal(got, []string{"a", "b", "c"}) || removed != nil {
		t.Fatalf("got %v and %v", got, removed)
	}
	if again, removed, revision := table.Changed(seen, 0); len(again)+len(removed) > 0 || revision != seen {
		t.Errorf("nothing changed, got %v and %v", again, removed)
	}

	note(table, "a", "2")
	table.Remove("b")
	note(table, "d", "1")
	changed, removed, seen := table.Changed(seen, 0)
	if got := names(changed); !slices.Equal(got, []string{"a", "d"}) || !slices.Equal(removed, []string{"b"}) {
		t.Errorf("got %v and %v", got, removed)
	}

	table.Remove("c")
	note(table, "c", "2")
	changed, removed, _ = table.Changed(seen, 0)
	if got := names(changed); !slices.Equal(got, []string{"c"}) || !slices.Equal(removed, []string{"c"}) {
		t.Errorf("back again: got %v and %v", got, removed)
	}
	if table.Remove("nobody") {
		t.Error("Remove of an unknown topic reports one")
	}
}

func TestChangedInPortions(t *testing.T) {
	table := New(Options{})
	for i := range 25 {
		note(table, fmt.Sprint(i), "1")
	}
	var got []string
	var since uint64
	for calls := 0; ; calls++ {
		changed, _, revision := table.Changed(since, 10)
		if len(changed) > 10 {
			t.Fatalf("%d topics, at most 10 asked for", len(changed))
		}
		got = append(got, names(changed)...)
		if revision == since {
			break
		}
		since = revision
		if calls > 10 {
			t.Fatal("there is no end")
		}
	}
	if len(got) != 25 || got[0] != "0" || got[24] != "24" {
		t.Errorf("got %v", got)
	}
}

func TestRemovalsAreBounded(t *testing.T) {
	table := New(Options{})
	note(table, "stays", "1")
	_, _, seen := table.Changed(0, 0)
	for i := range removalsKept + 100 {
		name := fmt.Sprint(i)
		note(table, name, "1")
		table.Remove(name)
	}
	_, removed, _ := table.Changed(seen, 0)
	if len(removed) != removalsKept || removed[len(removed)-1] != fmt.Sprint(removalsKept+99) {
		t.Errorf("%d removals, the last %q", len(removed), removed[len(removed)-1])
	}
	if table.Len() != 1 {
		t.Errorf("%d topics", table.Len())
	}
}

func TestSilentTopicsMakeRoom(t *testing.T) {
	t.Run("by number", func(t *testing.T) {
		table := New(Options{MaxTopics: 3})
		keep(table, "kept", "1")
		note(table, "a", "1")
		note(table, "b", "1")
		note(table, "a", "2")
		note(table, "c", "1") // b was silent longest; kept is retained
		checkTopics(t, table, "a", "c", "kept")
		keep(table, "d", "1")
		keep(table, "e", "1")
		checkTopics(t, table, "d", "e", "kept")
		keep(table, "f", "1") // retained ones only: the one silent longest
		checkTopics(t, table, "d", "e", "f")
	})
	t.Run("by bytes", func(t *testing.T) {
		const size = 100 << 10
		table := New(Options{MaxBytes: 1 << 20})
		payload := string(make([]byte, size))
		for i := range 100 {
			note(table, fmt.Sprint(i), payload)
		}
		if n := table.Len(); n < 8 || n > 10 {
			t.Errorf("%d topics of 100 KiB in 1 MiB", n)
		}
		if table.bytes.Load() > 1<<20 {
			t.Errorf("%d bytes", table.bytes.Load())
		}
		if _, ok := table.Topic("99"); !ok {
			t.Error("the newest topic is gone")
		}
	})
	t.Run("a payload larger than everything", func(t *testing.T) {
		table := New(Options{MaxBytes: 1 << 10})
		note(table, "a", string(make([]byte, 1<<20)))
		if table.Len() != 0 || table.bytes.Load() != 0 {
			t.Errorf("%d topics, %d bytes", table.Len(), table.bytes.Load())
		}
	})
	t.Run("a shrunken payload gives its buffer back", func(t *testing.T) {
		table := New(Options{})
		note(table, "a", string(make([]byte, 1<<20)))
		note(table, "a", "1")
		if table.bytes.Load() > 1<<10 {
			t.Errorf("%d bytes", table.bytes.Load())
		}
	})
}

func checkTopics(t *testing.T, table *Table, want ...string) {
	t.Helper()
	all, _, _ := table.Changed(0, 0)
	got := names(all)
	slices.Sort(got)
	if !slices.Equal(got, want) || table.Len() != len(want) {
		t.Errorf("topics %v (Len %d), want %v", got, table.Len(), want)
	}
}

func payloads(values []Value) []string {
	var list []string
	for _, v := range values {
		list = append(list, string(v.Payload))
	}
	return list
}

func TestHistoryWhileWatched(t *testing.T) {
	table := New(Options{HistoryLength: 3})
	note(table, "a", "0")
	if got := table.History("a", 0); len(got) > 0 {
		t.Errorf("unwatched: %v", payloads(got))
	}
	table.SetWatched(true)
	for i := 1; i <= 5; i++ {
		note(table, "a", fmt.Sprint(i))
		note(table, "b", "x")
	}
	if got := payloads(table.History("a", 0)); !slices.Equal(got, []string{"5", "4", "3"}) {
		t.Errorf("got %v", got)
	}
	if got := payloads(table.History("a", 2)); !slices.Equal(got, []string{"5", "4"}) {
		t.Errorf("at most 2: got %v", got)
	}
	table.Remove("a")
	note(table, "a", "6")
	if got := payloads(table.History("a", 0)); !slices.Equal(got, []string{"6"}) {
		t.Errorf("after Remove: got %v", got)
	}
	table.SetWatched(false)
	if got := table.History("b", 0); len(got) > 0 || table.history.bytes != 0 {
		t.Errorf("no longer watched: %v, %d bytes", payloads(got), table.history.bytes)
	}
	if table.History("unknown", 0) != nil {
		t.Error("an unknown topic has a history")
	}
}

func TestHistoryHasOneBudget(t *testing.T) {
	table := New(Options{HistoryBytes: 5 * (valueSize + 1)})
	table.SetWatched(true)
	for i := range 3 {
		note(table, "a", fmt.Sprint(i))
	}
	for i := range 4 { // five values fit: the two oldest, both of a, go
		note(table, "b", fmt.Sprint(i))
	}
	if got := payloads(table.History("a", 0)); !slices.Equal(got, []string{"2"}) {
		t.Errorf("a: %v", got)
	}
	if got := payloads(table.History("b", 0)); !slices.Equal(got, []string{"3", "2", "1", "0"}) {
		t.Errorf("b: %v", got)
	}
	note(table, "c", string(make([]byte, 10*valueSize)))
	for _, name := range []string{"a", "b", "c"} {
		if got := table.History(name, 0); len(got) > 0 {
			t.Errorf("%s keeps %d values beside one that is larger than the budget", name, len(got))
		}
	}
}

// A reader that polls while writers write, topics go and the window opens and closes ends with what the table holds.
func TestReaderKeepsUp(t *testing.T) {
	table := New(Options{MaxTopics: 50, HistoryBytes: 20 << 10})
	var writers sync.WaitGroup
	for w := range 4 {
		writers.Go(func() {
			for i := range 3000 {
				name := fmt.Sprint((i*7 + w) % 80)
				switch i % 50 {
				case 0:
					table.Remove(name)
				case 1:
					table.SetRetained(name, i%100 == 1)
				case 2:
					table.SetWatched(i%100 == 2)
				case 3:
					table.History(name, 0)
				default:
					note(table, name, fmt.Sprint(i))
				}
			}
		})
	}
	finished := make(chan struct{})
	go func() {
		writers.Wait()
		close(finished)
	}()

	seen := map[string]Topic{}
	var since uint64
	for last := false; ; {
		changed, removed, revision := table.Changed(since, 7)
		for _, name := range removed {
			delete(seen, name)
		}
		for _, x := range changed {
			seen[x.Name] = x
		}
		if last && revision == since {
			break
		}
		since = revision
		select {
		case <-finished:
			last = true
		default:
		}
	}
	if len(seen) != table.Len() {
		t.Errorf("the reader holds %d topics, the table %d", len(seen), table.Len())
	}
	for name, x := range seen {
		if now, ok := table.Topic(name); !ok || !sameTopic(now, x) {
			t.Errorf("the reader holds %+v, the table %+v", x, now)
		}
	}
}

// A Content Type may be as long as a payload: it is bounded with it, and clears with the message after it.
func TestTypesAreBounded(t *testing.T) {
	table := New(Options{})
	table.SetWatched(true)
	long := broker.PayloadType{ContentType: strings.Repeat("a", 60_000), UTF8: true}
	for range 3 {
		table.Note(&broker.Message{Topic: "a", Payload: []byte("1"), Type: long})
	}
	if topic, _ := table.Topic("a"); topic.Type != long || table.bytes.Load() < 60_000 {
		t.Errorf("type of %d bytes, the table has %d", len(topic.Type.ContentType), table.bytes.Load())
	}
	if n := table.HistoryBytes(); n < 3*60_000 {
		t.Errorf("the histories have %d bytes", n)
	}
	taken, _ := table.Take("a")
	if n := table.bytes.Load(); n != 0 || table.HistoryBytes() != 0 || taken.Size() < 4*60_000 {
		t.Errorf("%d bytes are left of a topic that was taken, which has %d", n, taken.Size())
	}
	table.Restore(taken)
	table.Note(&broker.Message{Topic: "a", Payload: []byte("1"), Type: broker.PayloadType{ContentFormat: 60, HasContentFormat: true}})
	if past := table.History("a", 0); len(past) != 4 || past[0].Type.ContentFormat != 60 || past[1].Type != long {
		t.Errorf("history of %d", len(past))
	}
	if n := table.bytes.Load(); n > 2*entrySize {
		t.Errorf("the table has %d bytes after the type has gone", n)
	}
	small := New(Options{MaxBytes: 100_000})
	for _, name := range []string{"a", "b", "c"} {
		small.Note(&broker.Message{Topic: name, Type: long})
	}
	if small.Len() != 1 {
		t.Errorf("%d topics fit", small.Len())
	}
}

func BenchmarkNote(b *testing.B) {
	const topics = 10_000
	list := make([]string, topics)
	for i := range list {
		list[i] = fmt.Sprintf("site/%d/temperature", i)
	}
	for _, watched := range []bool{false, true} {
		b.Run(fmt.Sprintf("watched=%v", watched), func(b *testing.B) {
			table := New(Options{})
			table.SetWatched(watched)
			m := &broker.Message{Payload: []byte("21.5"), From: "d1", At: time.Now()}
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				m.Topic = list[i%100]
				table.Note(m)
			}
		})
	}
	b.Run("parallel", func(b *testing.B) {
		table := New(Options{})
		at := time.Now()
		b.ReportAllocs()
		b.RunParallel(func(p *testing.PB) {
			m := &broker.Message{Payload: []byte("21.5"), From: "d1", At: at}
			for i := 0; p.Next(); i++ {
				m.Topic = list[i%topics]
				table.Note(m)
			}
		})
	})
	b.Run("evicting", func(b *testing.B) {
		table := New(Options{MaxTopics: 1000})
		m := &broker.Message{Payload: []byte("21.5"), From: "d1", At: time.Now()}
		for i := 0; b.Loop(); i++ {
			m.Topic = list[i%topics]
			table.Note(m)
		}
	})
}

func BenchmarkChanged(b *testing.B) {
	table := New(Options{})
	for i := range 50_000 {
		note(table, fmt.Sprintf("site/%d/temperature", i), "21.5")
	}
	b.Run("50000 topics, 10 changed", func(b *testing.B) {
		since := table.Revision()
		for i := 0; b.Loop(); i++ {
			for k := range 10 {
				note(table, fmt.Sprintf("site/%d/temperature", i*10%50_000+k), "21.6")
			}
			_, _, since = table.Changed(since, 0)
		}
	})
	b.Run("50000 topics, all", func(b *testing.B) {
		for b.Loop() {
			table.Changed(0, 0)
		}
	})
}

func TestNames(t *testing.T) {
	table := New(Options{})
	for i := range 500 {
		table.Note(&broker.Message{Topic: fmt.Sprintf("old/%d", i)})
	}
	for _, name := range []string{"b", "a", "b"} {
		table.Note(&broker.Message{Topic: name, Retain: name == "a", Payload: []byte("x")})
	}
	if got := table.Names(2); !slices.Equal(got, []string{"a", "b"}) {
		t.Errorf("the last two: %q", got)
	}
	if got := table.Names(1000); len(got) != 502 || !slices.IsSorted(got) {
		t.Errorf("all: %d", len(got))
	}
}

func TestBelow(t *testing.T) {
	table := New(Options{})
	for _, name := range []string{"plant/b", "plant", "plants/a", "plant/a/c", "/x", "door"} {
		table.Note(&broker.Message{Topic: name, Payload: []byte("1")})
	}
	for branch, want := range map[string][]string{
		"plant": {"plant", "plant/a/c", "plant/b"}, "plant/a": {"plant/a/c"}, "none": nil,
		"": {"/x", "door", "plant", "plant/a/c", "plant/b", "plants/a"},
	} {
		if got := table.Below(branch); !slices.Equal(got, want) {
			t.Errorf("below %q: %q, want %q", branch, got, want)
		}
	}
}
