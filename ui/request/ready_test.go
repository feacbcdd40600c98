package request

import (
	"strings"
	"testing"
	"time"

	"sluice/engine/client"
	"sluice/engine/collection"
	"sluice/engine/settings"
)

// The requests of a collection are sent one by one, as a user clicks through them: variables and what was saved stay.
func TestAReadyCollectionIsClickedThrough(t *testing.T) {
	s := settings.Default()
	s.Gateway.ConnectionRequired = true
	b := newBenchWith(t, s, false)
	const key = "ready:emqx5-connection"
	n := len(b.library.book(key).file.Requests)
	for i := range n {
		b.openRequest(key, i)
		b.send()
		b.settle()
		if shown := b.answer.shown; shown.unmet() > 0 || shown.badge == "Not sent" {
			t.Errorf("%s: %s %s %+v", b.draft.Title, shown.badge, shown.problem, shown.checks)
		}
	}
	if n == 0 || len(b.history.entries) != n {
		t.Errorf("%d of %d in the history", len(b.history.entries), n)
	}
	b.reopen(b.history.entries[n-1])
	if got, err := resolved(b.draft.Target, b.hints()); err != nil || !strings.Contains(got, b.gateway) {
		t.Errorf("from the history: %q, %v", got, err)
	}
}

func TestTheDraftFollowsItsCollection(t *testing.T) {
	b := newBench(t)
	green := withGreenhouse(t, b)
	b.openRequest(green.key, 1)
	b.deleteRequest(green, 0)
	b.settle()
	if b.origin.index != 0 || b.dirty() {
		t.Errorf("%+v, dirty %v", b.origin, b.dirty())
	}
	b.undo(t)
	if b.origin.index != 1 || b.draft.Title != "Open the window" {
		t.Errorf("%+v, %s", b.origin, b.draft.Title)
	}
	b.draft.Payload.Text = "ajar"
	data, err := b.SaveLayout()
	if err != nil {
		t.Fatal(err)
	}
	again := newBench(t)
	again.folder = b.folder
	again.chosen.Store(&again.folder)
	if err := again.RestoreLayout(data); err != nil {
		t.Fatal(err)
	}
	again.tick()
	if again.origin != (origin{green.key, 1}) || again.draft.Payload.Text != "ajar" || !again.dirty() {
		t.Errorf("%+v, %s", again.origin, again.draft)
	}
	again.save()
	again.settle()
	if got := b.onDisk(t); !strings.HasSuffix(got, "\n\najar\n") {
		t.Errorf("%s", got)
	}
}

func TestRandomVariablesKeepTheirValueInACollection(t *testing.T) {
	b := newBench(t)
	value := func(i int) string {
		b.openRequest("ready:emqx5", i)
		v, err := b.hints().Value("clientid")
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	first := value(1)
	b.compose(&collection.Request{Verb: collection.GET, Target: "coap://h"}, origin{})
	if second := value(2); second != first {
		t.Errorf("%s became %s", first, second)
	}
}

func TestProgressIsShownAfterAMoment(t *testing.T) {
	b := newBench(t)
	began := time.Now()
	for _, c := range []struct {
		progress client.Progress
		after    time.Duration
		words    string
		part     float64
	}{
		{client.Progress{}, time.Millisecond, "", 0},
		{client.Progress{}, time.Second, "waiting for 1.0 s", -1},
		{client.Progress{Sent: 2048, ToSend: 8192}, time.Second, "2 kB of 8.2 kB sent", 0.25},
		{client.Progress{Sent: 10, ToSend: 10, Received: 512, ToReceive: 1024}, time.Second, "512 bytes of 1 kB received", 0.5},
		{client.Progress{Received: 512}, time.Second, "512 bytes received", -1},
	} {
		l := &live{began: began, progress: c.progress}
		b.live.Store(l)
		b.running = &job{live: l, cancel: func() {}}
		update := b.gatherLive(began.Add(c.after))
		if (update == nil) != (c.words == "") {
			t.Errorf("%+v: shown %v", c, update != nil)
		}
		if update == nil {
			continue
		}
		update()
		if words := b.answer.facts.Text(); words != c.words || b.answer.track.Visible() != (c.part >= 0) || c.part >= 0 && b.answer.bar.Value != c.part {
			t.Errorf("%+v: %q, %v", c, words, b.answer.bar.Value)
		}
		if c.part == 0.25 {
			b.bar.refresh()
			picture(t, b, "progress")
		}
	}
	b.running = nil
	b.live.Store(nil)
	b.answer.progress(nil)
	if b.gatherLive(time.Now()) != nil || b.answer.track.Visible() {
		t.Error("progress of nothing is shown")
	}
}
