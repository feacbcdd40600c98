package flow

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func TestNobodyLooks(t *testing.T) {
	table := New(Options{})
	table.Note(FromCoAP, "a", "t", noon)
	table.NoteAnswer(true, time.Millisecond)
	if table.Watched() || table.Len() != 0 || table.Answers().All != 0 {
		t.Error("something was kept although nobody looks")
	}
}

func TestOnlyWhatMovedIsTold(t *testing.T) {
	table := New(Options{})
	_, revision := table.Since(0, noon)
	table.Note(FromCoAP, "sensor-17", "plant/temp", noon)
	table.Note(FromCoAP, "sensor-17", "plant/temp", noon.Add(time.Second))
	table.Note(ToMQTT, "dashboard", "plant/temp", noon)
	table.Note(ToMQTT, "", "plant/temp", noon)
	moved, revision := table.Since(revision, noon)
	slices.SortFunc(moved, func(a, b Edge) int { return strings.Compare(a.Client, b.Client) })
	if len(moved) != 2 || moved[1].Key != (Key{FromCoAP, "sensor-17", "plant/temp"}) || moved[1].Count != 2 || !moved[1].At.Equal(noon.Add(time.Second)) {
		t.Errorf("moved %+v", moved)
	}
	if moved, _ = table.Since(revision, noon); moved != nil {
		t.Errorf("although nothing moved: %+v", moved)
	}
	table.Note(ToMQTT, "dashboard", "plant/temp", noon)
	if moved, _ = table.Since(revision, noon); len(moved) != 1 || moved[0].Count != 2 {
		t.Errorf("moved %+v", moved)
	}
}

func TestWhoDoesNotAskDoesNotLook(t *testing.T) {
	table := New(Options{Patience: 10 * time.Second})
	table.Since(0, noon)
	table.Note(FromCoAP, "a", "t", noon.Add(9*time.Second))
	if !table.Watched() || table.Len() != 1 {
		t.Fatal("given up too early")
	}
	table.Note(FromCoAP, "a", "t", noon.Add(11*time.Second))
	if table.Watched() || table.Len() != 0 {
		t.Error("it still counts")
	}
	if moved, _ := table.Since(0, noon.Add(time.Minute)); len(moved) != 0 || !table.Watched() {
		t.Errorf("who looks again sees what was before: %+v", moved)
	}
}

func TestTheEdgesSilentLongestGo(t *testing.T) {
	table := New(Options{MaxEdges: shardCount})
	table.Since(0, noon)
	for i := range 500 {
		table.Note(FromCoAP, fmt.Sprint("c", i), "t", noon)
	}
	if n := table.Len(); n > shardCount {
		t.Errorf("%d edges", n)
	}
	table.Note(ToCoAP, "last", strings.Repeat("x", 100), noon)
	moved, _ := table.Since(0, noon)
	if !slices.ContainsFunc(moved, func(e Edge) bool { return e.Client == "last" }) {
		t.Error("the newest went")
	}
	table.Note(ToCoAP, "huge", strings.Repeat("x", 1<<20), noon)
	if moved, _ = table.Since(0, noon); slices.ContainsFunc(moved, func(e Edge) bool { return e.Client == "huge" }) {
		t.Error("names beyond all bounds are kept")
	}
}

// Whatever passes, the counts told add up, the bounds hold, and each list is in order.
func TestProperties(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for round := range 50 {
		options := Options{MaxEdges: shardCount * (1 + r.IntN(40)), MaxBytes: int64(shardCount) * (1000 + r.Int64N(20000))}
		table := New(options)
		_, revision := table.Since(0, noon)
		want := map[Key]uint64{}
		for range 3000 {
			k := Key{Way(r.IntN(4)), fmt.Sprint("c", r.IntN(20)), strings.Repeat("t", 1+r.IntN(8))}
			table.Note(k.Way, k.Client, k.Topic, noon)
			want[k]++
			if r.IntN(100) == 0 {
				moved, next := table.Since(revision, noon)
				if next < revision {
					t.Fatal("the revision fell")
				}
				revision = next
				for _, e := range moved {
					if e.Count > want[e.Key] {
						t.Fatalf("round %d: %v counts %d of %d", round, e.Key, e.Count, want[e.Key])
					}
				}
			}
		}
		for i := range table.shards {
			s := &table.shards[i]
			var bytes int64
			n, last := 0, uint64(0)
			for e := s.ordered.First(); e != nil; e = e.Next() {
				if e.revision <= last || s.edges[e.key] != e {
					t.Fatal("the list is out of order")
				}
				bytes, n, last = bytes+e.size(), n+1, e.revision
			}
			if n != len(s.edges) || bytes != s.bytes || n > max(1, options.MaxEdges/shardCount) || bytes > options.MaxBytes/shardCount {
				t.Fatalf("round %d: %d edges of %d bytes, %d are accounted", round, n, bytes, s.bytes)
			}
		}
	}
}

func TestSideBySide(t *testing.T) {
	table := New(Options{MaxEdges: 64})
	_, revision := table.Since(0, noon)
	var group sync.WaitGroup
	for g := range 4 {
		group.Go(func() {
			for i := range 2000 {
				table.Note(Way(g), fmt.Sprint(i%50), "t", noon)
				table.NoteAnswer(i%10 == 0, time.Duration(i))
			}
		})
	}
	for range 50 {
		_, revision = table.Since(revision, noon)
	}
	group.Wait()
	if a := table.Answers(); a.All != 8000 || a.Errors != 800 {
		t.Errorf("answers %d, errors %d", a.All, a.Errors)
	}
}

func TestMedianIsCloseToTheTimes(t *testing.T) {
	for _, took := range []time.Duration{2 * time.Microsecond, 50 * time.Microsecond, 900 * time.Microsecond, 41 * time.Millisecond, 3 * time.Second} {
		table := New(Options{})
		table.Since(0, noon)
		before := table.Answers()
		for range 10 {
			table.NoteAnswer(false, took)
		}
		table.NoteAnswer(false, time.Minute)
		after := table.Answers()
		median, ok := after.Median(&before)
		if off := float64(median-took) / float64(took); !ok || off > 0.07 || off < -0.07 {
			t.Errorf("%v is read as %v", took, median)
		}
		if _, ok := after.Median(&after); ok {
			t.Error("a median of nothing")
		}
	}
	for bucket := range bucketCount {
		if got := bucketOf(middleOf(bucket)); got != bucket {
			t.Errorf("the middle of bucket %d is in %d", bucket, got)
		}
	}
	if bucketOf(-time.Second) != 0 || bucketOf(time.Hour) != bucketCount-1 {
		t.Error("times beyond the buckets")
	}
}

func FuzzNote(f *testing.F) {
	f.Add(uint8(0), "sensor-17", "plant/temp", int64(0))
	f.Add(uint8(9), "", "\xff", int64(-1))
	table := New(Options{MaxEdges: 64, MaxBytes: 1 << 16})
	f.Fuzz(func(t *testing.T, way uint8, client, topic string, after int64) {
		_, revision := table.Since(0, noon)
		table.Note(Way(way), client, topic, noon.Add(time.Duration(after)))
		if moved, _ := table.Since(revision, noon); len(moved) > 1 || table.Len() > 64 {
			t.Errorf("%d moved, %d kept", len(moved), table.Len())
		}
	})
}

func BenchmarkNote(b *testing.B) {
	now := time.Now()
	clients := make([]string, 1000)
	for i := range clients {
		clients[i] = fmt.Sprint("sensor-", i)
	}
	b.Run("nobody looks", func(b *testing.B) {
		table := New(Options{})
		b.ReportAllocs()
		for i := range b.N {
			table.Note(FromCoAP, clients[i%1000], "plant/line1/temp", now)
		}
	})
	b.Run("somebody looks", func(b *testing.B) {
		table := New(Options{})
		table.Since(0, now)
		b.ReportAllocs()
		for i := range b.N {
			table.Note(FromCoAP, clients[i%1000], "plant/line1/temp", now)
		}
	})
}
