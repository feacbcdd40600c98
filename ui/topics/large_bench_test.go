package topics

import (
	"fmt"
	"strconv"
	"testing"
	"time"

	"sluice/engine/broker"
	"sluice/engine/topics"
)

const many = 50_000

// manyNames are the topics of a plant with 50 lines of 100 machines of 10 values.
func manyNames() []string {
	names := make([]string, 0, many)
	for i := range many {
		names = append(names, fmt.Sprintf("plant/line%d/machine%d/value%d", i/1000, i/10%100, i%10))
	}
	return names
}

func manyTopics() []topics.Topic {
	names := manyNames()
	list := make([]topics.Topic, many)
	for i, name := range names {
		list[i] = topics.Topic{Name: name, Payload: []byte("1"), Count: 1}
	}
	return list
}

func BenchmarkBuildTree(b *testing.B) {
	all := manyTopics()
	for b.Loop() {
		tree := newTree()
		tree.apply(all, nil)
	}
}

func BenchmarkRows(b *testing.B) {
	plant := newTree()
	plant.apply(manyTopics(), nil)
	flat := newTree()
	list := make([]topics.Topic, many)
	for i := range list {
		list[i] = topics.Topic{Name: "flat/" + strconv.Itoa(i), Count: uint64(i * 7919 % many)}
	}
	flat.apply(list, nil)
	for name, c := range map[string]struct {
		tree   *tree
		filter string
		open   opened
		by     order
	}{
		"all open":        {tree: plant, open: opened{all: unfoldAll}},
		"all open, count": {tree: plant, open: opened{all: unfoldAll}, by: byCount},
		"flat, count":     {tree: flat, open: opened{all: unfoldAll}, by: byCount},
		"filter":          {tree: plant, filter: "machine42/value7"},
		"wildcards":       {tree: plant, filter: "plant/+/machine42/#"},
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				c.tree.rows(c.filter, c.open, c.by)
			}
		})
	}
}

// BenchmarkTick has a thousand topics of 50,000 change, all of which are open in the tree, and shows the pane. gather is
// off the UI goroutine, update is on it, and draw is the software driver's picture of 1196 by 868.
func BenchmarkTick(b *testing.B) {
	w := newBench(b)
	w.window.Resize(size)
	names := manyNames()
	for _, name := range names {
		w.note(name, "1")
	}
	w.opened = opened{all: unfoldAll}
	w.ask()
	for range many / changedMax {
		w.Gather(w.now)()
	}
	w.settle(b)
	w.Show(names[500])
	w.settle(b)
	next := 0
	var gather, update, draw time.Duration
	for b.Loop() {
		w.now = w.now.Add(time.Second)
		for range 1000 {
			w.engine.table.Note(&broker.Message{Topic: names[next%many], Payload: strconv.AppendInt(nil, int64(next), 10), From: "sensor", At: w.now})
			next += 7
		}
		start := time.Now()
		show := w.Gather(w.now)
		gather += time.Since(start)
		start = time.Now()
		show()
		update += time.Since(start)
		start = time.Now()
		w.window.Canvas().Capture()
		draw += time.Since(start)
	}
	n := float64(b.N)
	b.ReportMetric(gather.Seconds()*1000/n, "gather-ms")
	b.ReportMetric(update.Seconds()*1000/n, "update-ms")
	b.ReportMetric(draw.Seconds()*1000/n, "draw-ms")
}
