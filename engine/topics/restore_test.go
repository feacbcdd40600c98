package topics

import (
	"testing"
	"time"

	"sluice/engine/broker"
)

func TestATopicThatWasTakenComesBack(t *testing.T) {
	table := New(Options{})
	table.SetWatched(true)
	at := time.Date(2026, 5, 4, 3, 2, 1, 0, time.UTC)
	table.Note(&broker.Message{Topic: "a", Payload: []byte("1"), From: "d1", Via: broker.ViaCoAP, QoS: 1, At: at})
	table.Note(&broker.Message{Topic: "a", Payload: []byte("2"), From: "d2", QoS: 2, At: at.Add(time.Second)})
	before, _ := table.Topic("a")
	_, _, seen := table.Changed(0, 0)
	taken, ok := table.Take("a")
	if _, known := table.Topic("a"); !ok || known || table.Len() != 0 {
		t.Fatalf("taken %v, still known %v", ok, known)
	}
	if _, ok := table.Take("a"); ok {
		t.Error("it can be taken twice")
	}
	table.Restore(taken)
	after, _ := table.Topic("a")
	if after.Revision = before.Revision; !sameTopic(before, after) || table.Len() != 1 {
		t.Errorf("restored %+v, was %+v", after, before)
	}
	if h := table.History("a", 0); len(h) != 2 || string(h[0].Payload) != "2" || h[1].From != "d1" || !h[1].At.Equal(at) {
		t.Errorf("history %+v", h)
	}
	if changed, _, _ := table.Changed(seen, 0); len(changed) != 1 {
		t.Errorf("changed %v", names(changed))
	}
}

func TestWhatCameMeanwhileStays(t *testing.T) {
	table := New(Options{HistoryLength: 3})
	table.SetWatched(true)
	for _, payload := range []string{"1", "2", "3"} {
		note(table, "a", payload)
	}
	taken, _ := table.Take("a")
	note(table, "a", "4")
	note(table, "b", "1")
	table.Restore(taken)
	if topic, _ := table.Topic("a"); string(topic.Payload) != "4" || topic.Count != 4 {
		t.Errorf("restored %+v", topic)
	}
	if h := table.History("a", 0); len(h) != 3 || string(h[0].Payload) != "4" || string(h[1].Payload) != "3" || string(h[2].Payload) != "2" {
		t.Errorf("history %+v", h)
	}
}

func TestRestoringKeepsTheBounds(t *testing.T) {
	table := New(Options{MaxTopics: 1, HistoryBytes: 2 * (valueSize + 1)})
	table.SetWatched(true)
	for _, payload := range []string{"1", "2", "3"} {
		note(table, "a", payload)
	}
	taken, _ := table.Take("a")
	if taken.Size() <= 0 {
		t.Error("it has no size")
	}
	note(table, "b", "1")
	table.Restore(taken)
	if table.Len() != 1 || table.History("b", 0) != nil {
		t.Errorf("%d topics", table.Len())
	}
	if h := table.History("a", 0); len(h) != 2 || string(h[0].Payload) != "3" {
		t.Errorf("history %+v", h)
	}
}
