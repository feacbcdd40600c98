package overview

import (
	"fmt"
	"image"
	"slices"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"sluice/engine"
	"sluice/engine/flow"
	"sluice/ui/pane"
	"sluice/ui/theme"
)

func (b *bench) titles(of side) []string {
	var titles []string
	for _, v := range b.board.picture.columns[of] {
		titles = append(titles, v.title)
	}
	return titles
}

func (b *bench) link(k kind, client, topic string) *linkView {
	id := linkID{k, nodeID{coapSide, client}, nodeID{topicSide, topic}}
	if k == sends || k == delivers {
		id.client.side = mqttSide
	}
	for i := range b.board.picture.links {
		if l := &b.board.picture.links[i]; l.linkID == id {
			return l
		}
	}
	return nil
}

func TestWhatFlowsIsDrawn(t *testing.T) {
	b := newBench(t, false)
	b.tick()
	b.plant()
	b.work(15)
	want := [sideCount][]string{
		{"lamp-3", "meter-a1", "panel-2", "sensor-17", "sensor-18", "valve-9"},
		{"building/a/power", "plant/cmd/lamp", "plant/line1/humidity", "plant/line1/temp"}, {"dashboard", "mqttx-demo"},
	}
	for side := range sideCount {
		got := b.titles(side)
		slices.Sort(got)
		if !slices.Equal(got, want[side]) {
			t.Errorf("column %d: %v, want %v", side, got, want[side])
		}
	}
	for _, c := range []struct {
		kind          kind
		client, topic string
		rate          float64
	}{
		{publishes, "sensor-17", "plant/line1/temp", 1}, {publishes, "valve-9", "plant/cmd/lamp", 2},
		{notifies, "panel-2", "plant/line1/humidity", 1}, {delivers, "dashboard", "plant/line1/humidity", 1},
	} {
		if l := b.link(c.kind, c.client, c.topic); l == nil || l.rate < 0.8*c.rate || l.rate > 1.2*c.rate {
			t.Errorf("%s and %s: %+v, want %v/s", c.client, c.topic, l, c.rate)
		}
	}
	if b.link(publishes, "panel-2", "plant/line1/temp") != nil {
		t.Error("something flows that does not")
	}
	for client, want := range map[string]string{"sensor-17": "1/s coaps", "valve-9": "2/s coap", "panel-2": "observes 2"} {
		if got := b.board.picture.node(nodeID{coapSide, client}).note; got != want {
			t.Errorf("%s: %q, want %q", client, got, want)
		}
	}
	if got := b.board.picture.node(nodeID{mqttSide, "dashboard"}).note; got != "MQTT 5 ws, 2 subs" {
		t.Errorf("dashboard: %q", got)
	}
}

// Observations and subscriptions are there before the first message.
func TestWhatWouldFlowIsDrawnFaintly(t *testing.T) {
	b := newBench(t, false)
	b.coap("coap", "panel-2")
	b.observes("panel-2", "plant/line1/temp", "plant/+/temp")
	b.mqtt("dashboard", "mqtt", "plant/#")
	b.tick()
	if l := b.link(notifies, "panel-2", "plant/line1/temp"); l == nil || l.level != 0 {
		t.Errorf("observation: %+v", l)
	}
	if l := b.link(delivers, "dashboard", "plant/line1/temp"); l == nil || l.level != 0 {
		t.Errorf("subscription: %+v", l)
	}
	if note := b.board.picture.node(nodeID{topicSide, "plant/line1/temp"}).note; note != "no value yet" {
		t.Errorf("note %q", note)
	}
}

func TestMQTTClientsPublishToTheLeft(t *testing.T) {
	b := newBench(t, false)
	b.mqtt("meter", "mqtt")
	b.tick()
	for range 5 {
		b.now = b.now.Add(time.Second)
		b.engine.flows.Note(flow.FromMQTT, "meter", "power", b.now)
		b.tick()
	}
	l := b.link(sends, "meter", "power")
	if l == nil || l.left() != (nodeID{topicSide, "power"}) || !l.kind.leftward() {
		t.Errorf("link %+v", l)
	}
	if note := b.board.picture.node(nodeID{mqttSide, "meter"}).note; note != "MQTT 5, 1/s" {
		t.Errorf("note %q", note)
	}
}

// Of thousands the busiest are shown; the others are one node, and what they send is not lost.
func TestThousandsOfClients(t *testing.T) {
	b := newBench(t, false)
	b.tick()
	b.crowd(1000)
	b.crowdWorks(1000, 12)
	clients := b.board.picture.columns[coapSide]
	rest := clients[len(clients)-1]
	if !rest.id.isRest() || rest.title != fmt.Sprintf("and %d more", 1000-len(clients)+1) || rest.note != "show all" {
		t.Errorf("the rest is %+v", rest)
	}
	var total float64
	for _, l := range b.board.picture.links {
		if l.kind == publishes {
			total += l.rate
		}
	}
	if want := 1000.0 + 19*11; total < 0.9*want || total > 1.1*want {
		t.Errorf("links carry %v/s, want %v/s", total, want)
	}
	if topics := b.titles(topicSide); !slices.Contains(topics, "site/north/+/temp") || len(topics) != 3 {
		t.Errorf("topics %v", topics)
	}
	b.board.nodes[rest.id].Tapped(nil)
	b.board.nodes[nodeID{topicSide, "site/north/+/temp"}].Tapped(nil)
	if want := []string{"clients ", "topics site/north"}; !slices.Equal(b.opened, want) {
		t.Errorf("opened %q, want %q", b.opened, want)
	}
}

func TestFiguresAreOfLately(t *testing.T) {
	b := newBench(t, false)
	b.tick()
	if b.cards[0].value.Text() != "—" || b.cards[2].value.Text() != "—" {
		t.Error("a number is shown before anything was counted")
	}
	b.plant()
	b.work(12)
	for i, want := range []string{"", "", "1 ms", "0.40 %"} {
		if got := b.cards[i].value.Text(); want != "" && got != want || got == "—" {
			t.Errorf("card %d: %q, want %q", i, got, want)
		}
	}
	b.now = b.now.Add(15 * time.Second)
	b.tick()
	if got := b.cards[2].value.Text(); got != "—" {
		t.Errorf("the median of answers long ago is shown: %q", got)
	}
}

func TestNothingMovesWhereNothingHappens(t *testing.T) {
	b := newBench(t, false)
	b.tick()
	b.plant()
	b.work(10)
	for range 200 {
		b.now = b.now.Add(100 * time.Millisecond)
		b.tick()
	}
	before := b.Frames()
	for range 300 {
		b.now = b.now.Add(10 * time.Millisecond)
		b.engine.status.Requests = 0
		b.figures.requests.Sample(b.now, 0) // the figures have been read
		if update := b.Gather(b.now); update != nil {
			t.Fatal("an update although nothing changed")
		}
	}
	if b.board.running || b.Frames() != before {
		t.Errorf("frames are drawn although nothing moves: %d", b.Frames()-before)
	}
}

func TestFramesEndWithTheLastDot(t *testing.T) {
	b := newBench(t, false)
	b.tick()
	b.plant()
	b.work(2)
	if !b.board.running {
		t.Fatal("no dot is on its way")
	}
	b.board.frame(b.now.Add(travel))
	if b.board.running {
		t.Error("frames go on without dots")
	}
	b.work(1)
	b.content.Hide()
	b.board.next(b.now)
	if b.board.running || len(b.board.flights.all) > 0 {
		t.Error("frames go on out of view")
	}
}

func TestEmptyAndStopped(t *testing.T) {
	b := newBench(t, false)
	b.tick()
	if b.board.Visible() || !b.empty.Visible() || b.Keyboard() != nil {
		t.Error("an empty board is shown")
	}
	b.plant()
	b.now = b.now.Add(time.Second)
	b.tick()
	if !b.board.Visible() || b.empty.Visible() || b.Keyboard() == nil {
		t.Error("the board is not shown")
	}
	b.engine.status.State = engine.Stopped
	b.engine.revision++
	b.pause = redrawMost // drawing was dear
	b.now = b.now.Add(time.Second)
	b.tick()
	if b.board.Visible() || !b.empty.Visible() {
		t.Error("a gateway that is stopped shows what flows")
	}
}

func TestByKeyboard(t *testing.T) {
	b := newBench(t, false)
	b.tick()
	b.plant()
	b.work(3)
	canvas := b.window.Canvas()
	canvas.Focus(b.Keyboard())
	key := func(name fyne.KeyName) { b.board.TypedKey(&fyne.KeyEvent{Name: name}) }
	first := b.board.picture.columns[coapSide][0].id
	ring := func() bool { return b.board.nodes[b.board.cursor].ground.StrokeWidth > 1 }
	if b.board.cursor != first || !ring() || b.board.hasChosen() {
		t.Errorf("the keyboard comes to %v with a ring %v, and dims the others %v", b.board.cursor, ring(), b.board.hasChosen())
	}
	key(fyne.KeyUp)
	if b.board.cursor != first || !ring() || !b.board.hasChosen() {
		t.Errorf("an arrow lets nothing stand out at %v", b.board.cursor)
	}
	key(fyne.KeyDown)
	if b.board.cursor != b.board.picture.columns[coapSide][1].id {
		t.Errorf("down leads to %v", b.board.cursor)
	}
	key(fyne.KeyRight)
	if b.board.cursor.side != topicSide {
		t.Errorf("right leads to %v", b.board.cursor)
	}
	key(fyne.KeyRight)
	key(fyne.KeyRight)
	if b.board.cursor.side != mqttSide {
		t.Errorf("right leads to %v", b.board.cursor)
	}
	key(fyne.KeyReturn)
	if want := "clients mqtt/" + b.board.cursor.name; len(b.opened) != 1 || b.opened[0] != want {
		t.Errorf("opened %q, want %q", b.opened, want)
	}
	key(fyne.KeyF10)
	if canvas.Overlays().Top() == nil {
		t.Fatal("no menu")
	}
	b.menuItems(b.board.nodes[b.board.cursor].view)[1].Action()
	if got := fyne.CurrentApp().Clipboard().Content(); got != b.board.cursor.name {
		t.Errorf("copied %q", got)
	}
}

func TestHoverSaysTheRates(t *testing.T) {
	b := newBench(t, false)
	b.tick()
	b.plant()
	b.work(12)
	n := b.board.nodes[nodeID{topicSide, "plant/line1/humidity"}]
	n.MouseIn(nil)
	if got, want := b.board.line.Text(), "plant/line1/humidity: published over CoAP 1/s · notifications 2/s · delivered over MQTT 2/s"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	dim, _ := b.board.gaps[coapSide].strokeOf(b.link(publishes, "valve-9", "plant/cmd/lamp"), 1)
	bright, _ := b.board.gaps[coapSide].strokeOf(b.link(publishes, "sensor-18", "plant/line1/humidity"), 1)
	if dim.color.A >= bright.color.A || bright.color.A != 0xff {
		t.Errorf("links of others have %d, its own %d", dim.color.A, bright.color.A)
	}
	n.MouseOut()
	if b.board.line.Text() != legend() {
		t.Errorf("afterwards %q", b.board.line.Text())
	}
}

func TestPresentLeadsNowhere(t *testing.T) {
	b := newBench(t, true)
	b.coap("coap", "192.0.2.7:51022")
	b.tick()
	n := b.board.nodes[nodeID{coapSide, "192.0.2.7:51022"}]
	n.Tapped(nil)
	n.TappedSecondary(&fyne.PointEvent{})
	if len(b.opened) != 0 || b.window.Canvas().Overlays().Top() != nil {
		t.Error("a presentation opens something")
	}
	if n.title.Text() != "address hidden" || b.board.picture.sentence(n.view.id) != "address hidden" {
		t.Errorf("title %q", n.title.Text())
	}
	if n.Size().Height < 60 {
		t.Errorf("a node is %v high: the type is not large", n.Size().Height)
	}
}

// The dots and curves meet: a stroke covers where a dot of its link goes.
func TestDotsTravelOnTheirCurve(t *testing.T) {
	img := image.NewRGBA(image.Rect(0, 0, 200, 100))
	s := stroke{x0: 10, y0: 10, x1: 190, y1: 90, width: 3, color: toNRGBA(theme.New(theme.Dark).Color(theme.ColorPOST, 0)), arrow: 8}
	s.draw(img)
	for _, u := range []float32{0.02, 0.25, 0.5, 0.75, 0.98} {
		x, y := int(s.x0+(s.x1-s.x0)*u), int(s.y0+(s.y1-s.y0)*bend(u))
		if img.RGBAAt(x, y).A < 0xc0 {
			t.Errorf("nothing at %v: %v", u, img.RGBAAt(x, y))
		}
	}
	if img.RGBAAt(184, 92).A == 0 || img.RGBAAt(16, 13).A != 0 {
		t.Error("the arrow is not where messages go to")
	}
	for _, odd := range []stroke{{x1: -50, width: 3}, {x0: -100, x1: 900, y0: -50, y1: 500, width: 9, arrow: 8}, {x0: 5, x1: 5}} {
		odd.draw(img)
	}
}

// What the pane is drawn from.
func TestMarkup(t *testing.T) {
	b := newBench(t, false)
	b.tick()
	b.plant()
	b.work(11)
	test.AssertObjectRendersToMarkup(t, "board.xml", b.board)
	test.AssertObjectRendersToMarkup(t, "card.xml", b.cards[0].object)
	b.board.hover(nodeID{topicSide, "plant/line1/temp"}, true)
	test.AssertObjectRendersToMarkup(t, "node_chosen.xml", b.board.nodes[nodeID{topicSide, "plant/line1/temp"}])
}

func BenchmarkDrawLinks(b *testing.B) {
	test.NewTempApp(b).Settings().SetTheme(theme.New(theme.Dark))
	board := newBoard(&pane.Host{})
	p := &picture{}
	for side := range sideCount {
		for i := range 10 {
			p.columns[side] = append(p.columns[side], nodeView{id: nodeID{side, fmt.Sprint(i)}})
		}
	}
	for i := range 60 {
		p.links = append(p.links, linkView{linkID{publishes, nodeID{coapSide, fmt.Sprint(i % 10)}, nodeID{topicSide, fmt.Sprint(i * 7 % 10)}}, 10, 4})
	}
	board.Resize(fyne.NewSize(1240, 660))
	board.show(p)
	b.ReportAllocs()
	for b.Loop() {
		board.gaps[coapSide].draw(270, 560)
	}
}

func BenchmarkGather(b *testing.B) {
	for _, n := range []int{14, 5000} {
		b.Run(fmt.Sprint(n, " clients"), func(b *testing.B) {
			e := newBench(&testing.T{}, false)
			e.tick()
			e.crowd(n)
			e.crowdWorks(n, 2)
			b.ReportAllocs()
			for b.Loop() {
				e.now = e.now.Add(redraw)
				for i := range n / 10 {
					e.engine.flows.Note(flow.FromCoAP, fmt.Sprintf("dev-%04d", i), fmt.Sprintf("site/north/dev-%04d/temp", i), e.now)
				}
				e.Gather(e.now)
			}
		})
	}
}
