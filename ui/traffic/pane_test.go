package traffic

import (
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"sluice/engine/record"
	"sluice/ui/command"
	"sluice/ui/pane"
	"sluice/ui/theme"
)

// bench is the pane, or the drawer, in a window with everything on one goroutine.
type bench struct {
	*view
	pane   *Pane
	drawer *Drawer
	ring   *record.Ring
	now    time.Time
	opened string
}

func newBench(t *testing.T, drawer bool) *bench {
	t.Helper()
	test.NewTempApp(t).Settings().SetTheme(theme.New(theme.Dark))
	b := &bench{ring: record.New(1 << 20), now: noon}
	window := test.NewTempWindow(t, nil)
	h := &pane.Host{Window: window, Do: func(f func()) { f() }, Run: func(f func()) { f() }, Wake: func() {},
		Notify:  func(theme.Role, string, string, func()) {},
		Gateway: func() command.Gateway { return command.Gateway{CoAP: "127.0.0.1:5683"} },
		Open:    func(p, item string) { b.opened = p + " " + item }}
	if drawer {
		b.drawer = newDrawer(b.ring, h, func() {})
		b.view = b.drawer.view
		window.SetContent(b.drawer.Content())
	} else {
		b.pane = newPane(b.ring, h)
		b.view = b.pane.view
		window.SetContent(b.pane.Content())
	}
	window.Resize(fyne.NewSize(1200, 600))
	return b
}

func (b *bench) tick() bool {
	b.now = b.now.Add(100 * time.Millisecond)
	var update func()
	if b.pane != nil {
		update = b.pane.Gather(b.now)
	} else {
		update = b.drawer.Gather(b.now)
	}
	if update != nil {
		update()
	}
	return update != nil
}

func TestMessagesAreShownAfterOneTick(t *testing.T) {
	for _, drawer := range []bool{false, true} {
		b := newBench(t, drawer)
		b.tick()
		fill(b.ring, 3)
		if !b.tick() || b.table.Rows() != 3 {
			t.Errorf("drawer %v: %d rows, want 3", drawer, b.table.Rows())
		}
		if b.tick() {
			t.Errorf("drawer %v: nothing changed, yet something is drawn", drawer)
		}
	}
}

func TestPauseLosesNothing(t *testing.T) {
	b := newBench(t, true)
	fill(b.ring, 3)
	b.tick()
	test.Tap(b.pause)
	fill(b.ring, 4)
	b.tick()
	if b.table.Rows() != 3 || b.pause.Label() != "Resume" || b.state(b.seen) != "Paused, 4 newer" {
		t.Errorf("paused: %d rows, %q, %q", b.table.Rows(), b.pause.Label(), b.state(b.seen))
	}
	test.Tap(b.pause)
	b.tick()
	if b.table.Rows() != 7 || b.state(b.seen) != "Live" {
		t.Errorf("resumed: %d rows, %q", b.table.Rows(), b.state(b.seen))
	}
}

func TestFilterWhilePaused(t *testing.T) {
	b := newBench(t, false)
	fill(b.ring, 3)
	b.tick()
	test.Tap(b.pause)
	b.ring.Add(&record.Frame{At: noon, Peer: sensor, Outgoing: true, Data: changed})
	test.Type(b.filter, "sensor")
	b.tick()
	if b.table.Rows() != 3 {
		t.Errorf("%d rows, want those before the pause", b.table.Rows())
	}
}

func TestClear(t *testing.T) {
	b := newBench(t, false)
	fill(b.ring, 3)
	b.tick()
	b.clear()
	b.tick()
	if b.table.Rows() != 0 || b.ring.Stats().Kept != 0 {
		t.Errorf("%d rows and %d frames after Clear", b.table.Rows(), b.ring.Stats().Kept)
	}
	fill(b.ring, 2)
	b.tick()
	if b.table.Rows() != 2 {
		t.Errorf("%d rows after Clear, want the new ones", b.table.Rows())
	}
	b.view.host.Undo()
	b.tick()
	if b.table.Rows() != 5 {
		t.Errorf("%d rows after Clear was undone, want all", b.table.Rows())
	}
}

func TestAFilterMistakeIsSaidAndTheLastFilterStays(t *testing.T) {
	b := newBench(t, false)
	fill(b.ring, 3)
	b.filter.SetText("code:GET")
	b.tick()
	b.filter.SetText("code:GET cod:4")
	b.tick()
	if !b.problem.Visible() || !strings.Contains(b.problem.Text(), "Column 10") || b.table.Rows() != 0 {
		t.Errorf("problem %v %q, %d rows", b.problem.Visible(), b.problem.Text(), b.table.Rows())
	}
	b.filter.SetText("")
	b.tick()
	if b.problem.Visible() || b.table.Rows() != 3 {
		t.Errorf("problem %v, %d rows without a filter", b.problem.Visible(), b.table.Rows())
	}
}

func TestTheSelectedMessageIsExplained(t *testing.T) {
	b := newBench(t, false)
	fill(b.ring, 3)
	b.tick()
	b.table.OnSelected(b.feed.rows[1])
	d := b.pane.detail
	if !d.body.Visible() || d.title.Text() != "/ps/a/b" || d.fields.Rows() < 6 {
		t.Fatalf("detail %v, %q, %d fields", d.body.Visible(), d.title.Text(), d.fields.Rows())
	}
	if b.table.Following() || !b.latest.Visible() {
		t.Error("rows go on moving under the message that is read")
	}
	test.Tap(b.latest)
	if !b.table.Following() || b.latest.Visible() {
		t.Error("the latest messages are not followed again")
	}
}

// Whether the exchange or the payload is looked at stays from message to message, and for the next start.
func TestTheLowerTabStays(t *testing.T) {
	b := newBench(t, false)
	fill(b.ring, 3)
	b.tick()
	d := b.pane.detail
	b.pane.choose(b.feed.rows[0])
	if !d.ladderBox.Visible() || d.payloadBox.Visible() {
		t.Error("the exchange does not come first")
	}
	d.tabs.TypedKey(&fyne.KeyEvent{Name: fyne.KeyRight})
	b.pane.choose(b.feed.rows[1])
	if d.ladderBox.Visible() || !d.payloadBox.Visible() {
		t.Error("the payload goes with its message")
	}
	saved, err := b.pane.SaveLayout()
	if err != nil {
		t.Fatal(err)
	}
	again := newBench(t, false)
	if err := again.pane.RestoreLayout(saved); err != nil || !again.pane.detail.payloadBox.Visible() {
		t.Errorf("%v: the payload is not shown at the next start", err)
	}
}

func TestACaptureOfOthersNamesNoListener(t *testing.T) {
	r := row(record.Frame{At: noon, Peer: sensor, Data: post})
	if got := carried(r); strings.Contains(got, "·") {
		t.Errorf("%q", got)
	}
	r = row(record.Frame{At: noon, Peer: sensor, Client: "sensor-17", Listener: "coaps://0.0.0.0:5684", Data: post})
	if got := carried(r); !strings.HasSuffix(got, " bytes · coaps://0.0.0.0:5684 · "+sensor.String()) {
		t.Errorf("%q", got)
	}
}

func TestAnEmptyViewSaysHowToFillIt(t *testing.T) {
	b := newBench(t, false)
	if _, line := b.hint(&question{source: &source{}}, record.Stats{}, false); line != `coap-client-notls -m put -e "23.4" coap://127.0.0.1:5683/ps/plant/line1/temp` {
		t.Errorf("command %s", line)
	}
	if text, line := b.hint(&question{source: &source{}, filter: parse(t, "x")}, record.Stats{Kept: 1}, false); text == "" || line != "" {
		t.Errorf("with a filter: %q %q", text, line)
	}
}

func TestLayoutIsRemembered(t *testing.T) {
	a, b := newBench(t, false), newBench(t, false)
	a.pane.split.SetOffset(0.4)
	data, err := a.pane.SaveLayout()
	if err != nil {
		t.Fatal(err)
	}
	if err := b.pane.RestoreLayout(data); err != nil || b.pane.split.Offset() != 0.4 {
		t.Errorf("restored %v, %v", b.pane.split.Offset(), err)
	}
}

func TestDrawerLeadsToThePane(t *testing.T) {
	b := newBench(t, true)
	b.drawer.view.table.OnActivated(row(record.Frame{Client: "lamp-3", Data: post}))
	if b.opened != "traffic lamp-3" {
		t.Errorf("opened %q", b.opened)
	}
}
