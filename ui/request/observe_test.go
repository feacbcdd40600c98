package request

import (
	"strings"
	"testing"

	"sluice/engine"
)

// observeTopic observes a topic and has one notification come.
func observeTopic(b *bench) *observation {
	b.t.Helper()
	b.Show("###\nGET coap://" + b.gateway + "/ps/plant/line1/temp?clientid=bench\n")
	b.observe()
	b.settle()
	o := b.observing()
	if o == nil {
		b.t.Fatalf("not granted: %+v", b.answer.shown)
	}
	publish(b, `{"t": 21.5}`)
	b.until("no notification is shown", func() bool { return b.answer.notices.table.Rows() == 1 })
	return o
}

func publish(b *bench, payload string) {
	b.t.Helper()
	if err := b.engine.Publish(engine.Publication{Topic: "plant/line1/temp", Payload: []byte(payload)}); err != nil {
		b.t.Fatal(err)
	}
}

func TestNotificationsAreListedAsTheyCome(t *testing.T) {
	b := newBench(t)
	observeTopic(b)
	publish(b, "22")
	b.until("the second is not shown", func() bool { return b.answer.notices.table.Rows() == 2 })
	b.answer.tabs.Select(tabNotifications)
	b.answer.choose()
	b.answer.notices.table.Select(2)
	if b.bar.observe.Visible() || !b.bar.end.Visible() {
		t.Error("an observation that lives is not offered to be ended")
	}
	if facts := b.answer.notices.facts.Text(); !strings.Contains(facts, "active") {
		t.Errorf("facts %q", facts)
	}
	picture(t, b, "notifications")
}

func TestAnObservationIsEndedInEachWay(t *testing.T) {
	for i, way := range []string{"GET", "RST", "forget"} {
		t.Run(way, func(t *testing.T) {
			b := newBench(t)
			observeTopic(b)
			items := b.endings(b.observing())
			items[i].Action()
			b.settle()
			if way == "RST" {
				publish(b, "the one that is refused")
			}
			b.until("it goes on", func() bool {
				_, _, state, _ := b.watching.snapshot(b.watching.list()[0])
				return state == "ended"
			})
			if way != "forget" {
				b.until("the gateway keeps it", func() bool { return len(b.engine.Observers()) == 0 })
			}
			if b.observing() != nil || !b.bar.observe.Visible() {
				t.Error("it cannot be observed again")
			}
			b.observe()
			b.settle()
			if b.observing() == nil {
				t.Errorf("observed again: %+v", b.answer.shown)
			}
		})
	}
}

// Observing leads to the notifications; the answer to another request is not looked for there once none come.
func TestAnAnswerIsInViewAfterTheObservationHasEnded(t *testing.T) {
	b := newBench(t)
	o := observeTopic(b)
	b.send()
	b.settle()
	if tab := b.answer.tabs.Selected(); tab != tabNotifications {
		t.Errorf("%s is in view while notifications come", tab)
	}
	b.endings(o)[0].Action()
	b.settle()
	b.send()
	b.settle()
	if tab := b.answer.tabs.Selected(); tab != tabPayload {
		t.Errorf("%s is in view", tab)
	}
}

func TestNotificationsAreBounded(t *testing.T) {
	o := &observation{}
	for range maxNotifications + 10 {
		o.take(notificationOf(1))
	}
	if len(o.rows) != maxNotifications || o.count != maxNotifications+10 {
		t.Errorf("%d rows of %d", len(o.rows), o.count)
	}
	for range 10 {
		o.take(notificationOf(maxNotificationBytes / 4))
	}
	if o.bytes > maxNotificationBytes || len(o.rows) == 0 {
		t.Errorf("%d bytes in %d rows", o.bytes, len(o.rows))
	}
}
