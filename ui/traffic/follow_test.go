package traffic

import (
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"sluice/engine/record"
	"sluice/ui/widget"
)

// observation is a GET with Observe 0 and token 07, its answer, a notification that is sent twice, and its ACK.
func observation(ring *record.Ring) {
	get := []byte{0x41, 0x01, 0, 1, 0x07, 0x60, 0x52, 'p', 's', 0x01, 'a'}
	note := []byte{0x41, 0x45, 0, 9, 0x07, 0x61, 0x05, 0xff, '1'}
	for _, m := range []struct {
		ms   int
		out  bool
		note record.Note
		data []byte
	}{
		{0, false, 0, get}, {1, true, 0, []byte{0x61, 0x45, 0, 1, 0x07, 0x60, 0xff, '0'}}, {500, true, 0, note},
		{2600, true, record.Retransmitted, note}, {2650, false, 0, []byte{0x60, 0, 0, 9}},
	} {
		ring.Add(&record.Frame{At: noon.Add(time.Duration(m.ms) * time.Millisecond), Peer: sensor, Client: "lamp-3", Outgoing: m.out, Note: m.note, Data: m.data})
	}
}

// seqs are the numbers of the rows that a view shows.
func (b *bench) seqs() (all []uint64) {
	for range 3 {
		b.tick()
	}
	for _, r := range b.feed.rows {
		all = append(all, r.Frame.Seq)
	}
	return all
}

func TestFollowAndUndo(t *testing.T) {
	b := newBench(t, false)
	fill(b.ring, 2)
	observation(b.ring)
	b.tick()
	b.filter.SetText("dir:in")
	b.tick()
	notification := &Row{Frame: get(t, b.ring, 5), known: b.feed.index.Of(5), ring: b.ring}
	for _, c := range []struct {
		item   string
		filter string
		rows   int
	}{
		{"Follow this exchange", "exchange:3", 5},
		{"Follow this peer", "peer:=lamp-3", 5},
		{"Follow this observation", "peer:=192.0.2.17:49320 token:=07", 4},
	} {
		choose(t, b.pane.followMenu(notification), c.item)
		if got := b.seqs(); b.filter.Text != c.filter || len(got) != c.rows || !b.undo.Visible() {
			t.Errorf("%s: %q shows %v, want %q and %d", c.item, b.filter.Text, got, c.filter, c.rows)
		}
		b.filter.TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
		if b.filter.Text != "dir:in" || b.undo.Visible() {
			t.Errorf("%s: %q after Escape", c.item, b.filter.Text)
		}
	}
	b.table.OnEscape()
	if b.filter.Text != "" {
		t.Errorf("Escape leaves %q", b.filter.Text)
	}
	for _, item := range b.pane.followMenu(row(record.Frame{Data: post})) {
		if item.Label == "Follow this observation" {
			t.Error("a request without Observe is offered as an observation")
		}
	}
}

func get(t *testing.T, ring *record.Ring, seq uint64) record.Frame {
	t.Helper()
	f, ok := ring.Get(seq)
	if !ok {
		t.Fatalf("frame %d is not there", seq)
	}
	return f
}

func choose(t *testing.T, items []*fyne.MenuItem, label string) {
	t.Helper()
	for _, item := range items {
		if item.Label == label {
			item.Action()
			return
		}
	}
	t.Fatalf("there is no %q", label)
}

func TestTheBarCountsAndShowsWhatIsOdd(t *testing.T) {
	b := newBench(t, false)
	fill(b.ring, 2)
	observation(b.ring)
	b.tick()
	if b.pane.odd.places[1].Visible() {
		t.Error("something is unanswered too soon")
	}
	b.now = noon.Add(time.Minute)
	b.tick()
	if got := b.pane.odd.buttons[1].Label(); got != "Unanswered 2" {
		t.Errorf("the bar says %q", got)
	}
	for _, button := range b.pane.odd.buttons {
		if has, needs := button.Size().Width, button.MinSize().Width; button.Visible() && has > 0 && has < needs {
			t.Errorf("%s has %.0f of %.0f", button.Label(), has, needs)
		}
	}
	test.Tap(b.pane.odd.buttons[1])
	if got := b.seqs(); b.filter.Text != "odd:unanswered" || len(got) != 2 || !strings.Contains(b.feed.rows[0].Resource(), "not answered") {
		t.Errorf("%q shows %v", b.filter.Text, got)
	}
	test.Tap(b.pane.odd.buttons[1])
	if b.filter.Text != "" {
		t.Errorf("a second tap leaves %q", b.filter.Text)
	}
}

func TestAnAnswerThatComesLateTakesItsRequestAway(t *testing.T) {
	b := newBench(t, false)
	fill(b.ring, 1)
	b.now = noon.Add(time.Minute)
	b.filter.SetText("odd:unanswered")
	if got := b.seqs(); len(got) != 1 {
		t.Fatalf("unanswered are %v", got)
	}
	b.ring.Add(&record.Frame{At: b.now, Peer: sensor, Client: "sensor-17", Outgoing: true, Data: changed})
	if got := b.seqs(); len(got) != 0 {
		t.Errorf("unanswered are %v", got)
	}
}

func TestWhatCameWhilePausedIsCountedAlsoWhenItIsGone(t *testing.T) {
	b := newBench(t, false)
	fill(b.ring, 3)
	b.tick()
	test.Tap(b.pause)
	b.tick()
	fill(b.ring, 30_000)
	for range 50 {
		b.tick()
	}
	if b.table.Rows() != 3 || !strings.HasPrefix(b.state(b.seen), "Paused, 30,000 newer, ") || !strings.HasSuffix(b.state(b.seen), " of them no longer kept") {
		t.Errorf("%d rows, %q", b.table.Rows(), b.state(b.seen))
	}
	test.Tap(b.pause)
	for range 5 {
		b.tick()
	}
	last := b.feed.rows[len(b.feed.rows)-1].Frame.Seq
	if b.state(b.seen) != "Live" || last != b.ring.Last() || uint64(b.table.Rows()) > last-b.ring.First()+1 {
		t.Errorf("%q, %d rows up to %d of %d", b.state(b.seen), b.table.Rows(), last, b.ring.Last())
	}
}

func TestTheHelpAddsWords(t *testing.T) {
	b := newBench(t, false)
	b.filter.SetText("lamp")
	choose(t, b.helpMenu().Items, "code:4.*   method, response code or MQTT packet")
	if b.filter.Text != "lamp code:" || !b.problem.Visible() {
		t.Errorf("%q, %v", b.filter.Text, b.problem.Visible())
	}
}

func TestLadderOfAnObservation(t *testing.T) {
	b := newBench(t, false)
	observation(b.ring)
	b.now = noon.Add(time.Minute)
	b.tick()
	b.pane.choose(b.feed.rows[2])
	b.tick()
	got := ladderText(b.pane.detail.ladder.Steps())
	want := `> CON GET observe 0 mid 1
< +1 ms ACK 2.05 observe 0 1 ms
< +500 ms CON 2.05 observe 5 mid 9 -- lost, resent 2.1 s
< +2,600 ms CON 2.05 observe 5 mid 9
> +2,650 ms ACK Empty 2.1 s
`
	if got != want {
		t.Errorf("the ladder is\n%swant\n%s", got, want)
	}
	b.pane.detail.ladder.OnChosen(1)
	if r, ok := b.table.Selected(); !ok || r.Frame.Seq != 1 || b.pane.detail.title.Text() != "/ps/a · observe 0" {
		t.Errorf("a click on an arrow leads to %v, %q", ok, b.pane.detail.title.Text())
	}
}

func ladderText(steps []widget.LadderStep) string {
	var b strings.Builder
	for _, s := range steps {
		arrow := ">"
		if s.Back {
			arrow = "<"
		}
		b.WriteString(strings.Join(strings.Fields(arrow+" "+s.Time+" "+s.Label), " "))
		if s.Lost {
			b.WriteString(" -- " + s.Note)
		}
		b.WriteString("\n")
	}
	return b.String()
}

func TestWhatTheLadderCallsLost(t *testing.T) {
	again := record.Duplicate
	for _, c := range []struct {
		name string
		rows []*Row
		want string
	}{
		{"the answer, when the device asks again", []*Row{
			row(record.Frame{Seq: 1, Data: post}), row(record.Frame{Seq: 2, Outgoing: true, Data: changed}),
			row(record.Frame{Seq: 3, Data: post, Note: again}), row(record.Frame{Seq: 4, Outgoing: true, Data: changed, Note: record.Retransmitted})},
			"> CON POST mid 6780\n< +0 s ACK 2.04 -- lost, resent 0 s\n> +0 s CON POST mid 6780\n< +0 s ACK 2.04\n"},
		{"nothing, when the answer was on its way", []*Row{row(record.Frame{Seq: 1, Data: post}), row(record.Frame{Seq: 2, Data: post, Note: again}), row(record.Frame{Seq: 3, Outgoing: true, Data: changed})},
			"> CON POST mid 6780\n> +0 s CON POST mid 6780\n< +0 s ACK 2.04\n"},
		{"what conditions took", []*Row{row(record.Frame{Seq: 1, Data: post, Note: record.LostByConditions}), row(record.Frame{Seq: 2, Data: post}), row(record.Frame{Seq: 3, Outgoing: true, Data: changed})},
			"> CON POST mid 6780 -- lost by conditions\n> +0 s CON POST mid 6780\n< +0 s ACK 2.04\n"},
		{"not an answer that conditions delayed", []*Row{row(record.Frame{Seq: 1, Data: post}),
			row(record.Frame{Seq: 2, Outgoing: true, Data: changed, Note: record.DelayedByConditions}), row(record.Frame{Seq: 3, Data: post, Note: again})},
			"> CON POST mid 6780\n< +0 s ACK 2.04\n> +0 s CON POST mid 6780\n"},
	} {
		if got := ladderText(steps(c.rows)); got != c.want {
			t.Errorf("%s:\n%swant\n%s", c.name, got, c.want)
		}
	}
}

func TestBytesAndFieldsMarkEachOther(t *testing.T) {
	b := newBench(t, false)
	fill(b.ring, 1)
	b.tick()
	b.pane.choose(b.feed.rows[0])
	d := b.pane.detail
	for at, name := range map[int]string{2: "Message ID", 4: "Token", 6: "Uri-Path", 12: "Payload marker", 14: "Payload"} {
		d.hex.OnTapped(at)
		f, ok := d.fields.Selected()
		if !ok || f.Name != name || !strings.HasPrefix(d.explain.Text, name+" = ") {
			t.Errorf("byte %d leads to %q: %q", at, f.Name, d.explain.Text)
		}
	}
	d.fields.OnHovered(fieldRow{0, d.row.Message().Fields[0]}, true)
	if !strings.Contains(d.explain.Text, "bits 7 to 6 of byte 0: 01") || !strings.Contains(d.explain.Text, "RFC 7252, 3") {
		t.Errorf("the version is explained as %q", d.explain.Text)
	}
	d.fields.OnHovered(fieldRow{}, false)
	if f, _ := d.fields.Selected(); !strings.HasPrefix(d.explain.Text, f.Name) {
		t.Errorf("the chosen field is not explained again: %q", d.explain.Text)
	}
}

// In a flood the row that is chosen stays where it is, also when more pass than a view shows and the ring keeps; who goes
// to the latest sees the newest.
func TestWhatIsLookedAtStaysInAFlood(t *testing.T) {
	b := newBench(t, true)
	fill(b.ring, drawerRows+100)
	b.tick()
	row := b.feed.rows[len(b.feed.rows)-3]
	b.table.Select(row.Frame.Seq)
	b.setFollow(false)
	first := b.feed.rows[0].Frame.Seq
	for range 40 {
		fill(b.ring, 2000)
		b.tick()
	}
	if b.ring.First() <= row.Frame.Seq {
		t.Fatalf("the ring still keeps the row: it begins with %d", b.ring.First())
	}
	if r, ok := b.table.Selected(); !ok || r != row || b.feed.rows[0].Frame.Seq != first || b.table.Rows() != drawerRows {
		t.Errorf("selected %v, %d rows from %d on, want %d from %d on", ok, b.table.Rows(), b.feed.rows[0].Frame.Seq, drawerRows, first)
	}
	b.setFollow(true)
	b.tick()
	if last := b.feed.rows[len(b.feed.rows)-1].Frame.Seq; last != b.ring.Last() {
		t.Errorf("the newest row is %d, want %d", last, b.ring.Last())
	}
	b.setFollow(false)
	b.clear()
	b.tick()
	if b.table.Rows() != 0 {
		t.Errorf("%d rows after Clear", b.table.Rows())
	}
}

// Of a malformed message the place of the mistake is marked and explained before a field is chosen, and with what was not
// parsed.
func TestAMistakeIsMarkedWhereItIs(t *testing.T) {
	b := newBench(t, false)
	b.ring.Add(&record.Frame{At: noon, Peer: sensor, Note: record.Malformed, Data: []byte("\x41\x01\x12\x34a\xb1x\xf0\x01")})
	b.tick()
	b.pane.choose(b.feed.rows[0])
	d := b.pane.detail
	const mistake = "byte 7: option delta 15 is reserved"
	if d.explain.Text != mistake || d.row.Message().ErrAt != 7 {
		t.Errorf("%q at %d", d.explain.Text, d.row.Message().ErrAt)
	}
	d.hex.OnTapped(8)
	if f, _ := d.fields.Selected(); f.Name != "Not parsed" || !strings.HasSuffix(d.explain.Text, mistake) {
		t.Errorf("%s: %q", f.Name, d.explain.Text)
	}
}
