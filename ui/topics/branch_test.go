package topics

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"sluice/engine"
	"sluice/engine/broker"
	"sluice/engine/gateway"
)

// accept says yes to the question on the screen.
func (b *bench) accept(t *testing.T) {
	t.Helper()
	canvas := b.window.Canvas()
	if canvas.Overlays().Top() == nil {
		t.Fatal("nothing is asked")
	}
	canvas.FocusNext()
	canvas.Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	b.settle(t)
}

func TestABranchIsDeletedAfterOneQuestion(t *testing.T) {
	b := newBench(t)
	for _, name := range []string{"plant/a", "plant/b/c", "plants", "door"} {
		b.note(name, "1")
	}
	b.engine.retained = []engine.Publication{{Topic: "plant/a", Payload: []byte("1"), Retain: true}, {Topic: "door", Retain: true}}
	b.settle(t)
	b.askBranch("plant", false)
	if len(b.engine.deleted) != 0 {
		t.Fatal("deleted without a question")
	}
	b.accept(t)
	slices.Sort(b.engine.deleted)
	if !slices.Equal(b.engine.deleted, []string{"plant/a", "plant/b/c"}) || !slices.Equal(b.notices, []string{"2 topics of plant were deleted"}) {
		t.Errorf("deleted %q, said %q", b.engine.deleted, b.notices)
	}
	if got := draw(b.tree.rows); got != ".door .plants" {
		t.Errorf("left are %s", got)
	}
	b.undo()
	b.settle(t)
	slices.Sort(b.engine.restored)
	if got := draw(b.tree.rows); !slices.Equal(b.engine.restored, []string{"plant/a", "plant/b/c"}) || got != ".door -plant >.a >-b >>.c .plants" {
		t.Errorf("restored %q, lines %s", b.engine.restored, got)
	}
}

func TestRetainedMessagesOfABranchAreCleared(t *testing.T) {
	b := newBench(t)
	b.note("plant/a", "1")
	for i := range 200 {
		b.engine.retained = append(b.engine.retained, engine.Publication{Topic: fmt.Sprintf("plant/%d", i), Payload: []byte("1"), Retain: true})
	}
	b.askBranch("plant", true)
	b.accept(t)
	if len(b.engine.cleared) != 200 || len(b.engine.deleted) != 0 || b.notices[0] != "200 retained messages of plant were cleared" {
		t.Errorf("%d cleared, %d deleted, said %q", len(b.engine.cleared), len(b.engine.deleted), b.notices)
	}
	b.undo()
	if len(b.engine.restored) != 200 {
		t.Errorf("%d restored", len(b.engine.restored))
	}
	b.notices = b.notices[:1]
	b.askBranch("plant", true)
	if b.notices[1] != "Nothing of plant is retained" {
		t.Errorf("said %q", b.notices)
	}
}

func TestDeleteKey(t *testing.T) {
	b := newBench(t)
	b.note("plant/a", "1")
	b.note("plant/b", "1")
	b.settle(t)
	for id, want := range map[int][]string{1: {"plant/a"}, 0: {"plant/a", "plant/b"}} {
		b.engine.deleted = nil
		b.note("plant/a", "1")
		b.note("plant/b", "1")
		b.settle(t)
		b.tree.Highlight(id)
		b.tree.TypedKey(&fyne.KeyEvent{Name: fyne.KeyDelete})
		b.accept(t)
		slices.Sort(b.engine.deleted)
		if !slices.Equal(b.engine.deleted, want) {
			t.Errorf("Delete in line %d: %q, want %q", id, b.engine.deleted, want)
		}
	}
}

func TestTooMuchCannotBeUndone(t *testing.T) {
	for size, want := range map[int]bool{1 << 10: true, undoneBytes + 1: false} {
		d := deletion{retained: []engine.Publication{{Payload: make([]byte, size)}}}
		k := keptOf(engine.DeletedTopic{Retained: &broker.Message{Payload: make([]byte, size)}})
		if d.undoable() != want || (len(k.list) == 1) != want {
			t.Errorf("%d bytes: promised %v, kept %d", size, d.undoable(), len(k.list))
		}
	}
}

func TestWhoPublishesAndWhoListens(t *testing.T) {
	b := newBench(t)
	b.engine.clients = []engine.Client{
		{ID: "sensor-17", Key: "query/sensor-17"},
		{ID: "quiet", Key: "query/quiet", Publishes: []string{"plant/t"}},
		{ID: "panel-10", Key: "mqtt/panel-10", Subscribes: []string{"$share/g/plant/+"}},
		{ID: "panel-2", Key: "mqtt/panel-2", Subscribes: []string{"plant/#"}},
		{ID: "other", Key: "mqtt/other", Subscribes: []string{"door"}},
	}
	o := engine.Observer{}
	o.ID, o.Filter, o.Client, o.ClientKey = 1, "plant/t", "lamp", "query/lamp"
	b.engine.observers = []engine.Observer{o}
	b.note("plant/t", "1")
	b.Show("plant/t")
	b.settle(t)
	name := func(list []party) string {
		var names []string
		for _, p := range list {
			names = append(names, p.name+"="+p.key)
		}
		return strings.Join(names, " ")
	}
	if got := name(b.detail.shown.publish); got != "sensor-17=query/sensor-17 quiet=query/quiet" {
		t.Errorf("publish: %s", got)
	}
	if got := name(b.detail.shown.listen); got != "lamp=query/lamp panel-2=mqtt/panel-2 panel-10=mqtt/panel-10" {
		t.Errorf("listen: %s", got)
	}
	b.detail.listen.menu().Items[1].Action()
	if !slices.Equal(b.wentTo, []string{"clients mqtt/panel-2"}) {
		t.Errorf("opened %q", b.wentTo)
	}
}

func TestMaxAgeThatIsLeft(t *testing.T) {
	b := newBench(t)
	b.note("a", "1")
	b.Show("a")
	for age, want := range map[time.Duration]string{18 * time.Second: "max-age 1m, 42 s left", 2 * time.Minute: "max-age 1m, over"} {
		b.engine.resources = map[string]gateway.Resource{"a": {MaxAge: time.Minute, At: b.now.Add(-age), Expired: age > time.Minute}}
		b.engine.table.SetRetained("a", age > time.Minute)
		b.settle(t)
		if got, _ := b.detail.shown.freshness(); got != want {
			t.Errorf("after %v: %q, want %q", age, got, want)
		}
	}
}

func TestPublishedAgain(t *testing.T) {
	b := newBench(t)
	b.Show("a")
	b.settle(t)
	f := b.detail.form
	for _, d := range []draft{
		{Kind: cborBody, Text: `{"t": 1}`, QoS: 1, Retain: true, Expiry: "5m", MaxAge: "60"},
		{Kind: textBody, Text: "x"},
		{Kind: textBody, Text: "x"},
	} {
		f.fill(d)
		f.submit()
	}
	if p := b.engine.published[0]; string(p.Payload) != "\xa1\x61t\x01" || p.Expiry != 5*time.Minute || p.MaxAge != time.Minute || p.ContentFormat != 60 {
		t.Errorf("published %+v", p)
	}
	menu := f.historyMenu()
	if len(menu.Items) != 2 || menu.Items[1].Label != `{"t": 1} · CBOR · QoS 1 · retained` {
		t.Fatalf("history has %d lines, %q", len(menu.Items), menu.Items[len(menu.Items)-1].Label)
	}
	menu.Items[1].Action()
	if f.body.Text != `{"t": 1}` || f.draft().Kind != cborBody || f.expiry.Text != "5m" || !f.retain.Checked {
		t.Errorf("the form holds %+v", f.draft())
	}
	f.maxAge.SetText("soon")
	if !f.problem.Visible() || !f.publish.Disabled() {
		t.Error("a time that is none is accepted")
	}
}
