package widget

import (
	"encoding/json"
	"math"
	"path"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"

	"sluice/assets"
	"sluice/ui/theme"
	"sluice/ui/widget/payload"
)

func TestFitCutsWithAnEllipsis(t *testing.T) {
	start(t)
	f := face{size: 12, style: fyne.TextStyle{Monospace: true}}
	letter := f.width("x")
	cases := []struct {
		text string
		room float32
		want string
	}{
		{"sensor", 6 * letter, "sensor"},
		{"sensor-17", 6 * letter, "senso…"},
		{"a b", 2.5 * letter, "a…"},
		{"sensor", 0.5 * letter, ""},
		{"", 0, ""},
		{"äöü", 3 * letter, "äöü"},
	}
	for _, c := range cases {
		if got := f.fit(c.text, c.room); got != c.want {
			t.Errorf("%q in %.0f: %q, want %q", c.text, c.room, got, c.want)
		}
	}
}

// The toolkit forgets the renderer of what was out of sight for a minute, and asks for another.
func TestFactsAreSeenAgain(t *testing.T) {
	start(t)
	k := NewKeyValue(Pair{Key: "Default", Value: "4"}, Pair{Key: "Allowed", Value: "1 to 10"})
	if first, again := len(k.CreateRenderer().Objects()), len(k.CreateRenderer().Objects()); first != 4 || again != first {
		t.Errorf("%d objects at first, then %d", first, again)
	}
}

// The end of a topic tells more than its beginning.
func TestFitCutsInTheMiddle(t *testing.T) {
	start(t)
	f := face{size: 12, style: fyne.TextStyle{Monospace: true}}
	letter := f.width("x")
	cases := []struct {
		text string
		room float32
		want string
	}{
		{"sensor", 6 * letter, "sensor"},
		{"plant/line1/temp", 11 * letter, "plan…1/temp"},
		{"a b c d", 6 * letter, "a…c d"},
		{"sensor", 2 * letter, "s…"},
		{"sensor", 0.5 * letter, ""},
		{"", 0, ""},
		{"äöüäöü", 6 * letter, "äöüäöü"},
	}
	for _, c := range cases {
		if got := f.fitMiddle(c.text, c.room); got != c.want {
			t.Errorf("%q in %.1f letters: %q, want %q", c.text, c.room/letter, got, c.want)
		}
	}
}

func TestStats(t *testing.T) {
	nan := math.NaN()
	cases := []struct {
		values            []float64
		least, mean, most float64
		ok                bool
	}{
		{nil, 0, 0, 0, false},
		{[]float64{nan, math.Inf(1)}, 0, 0, 0, false},
		{[]float64{3, nan, 1, 2}, 1, 2, 3, true},
		{[]float64{-5}, -5, -5, -5, true},
	}
	for _, c := range cases {
		least, mean, most, ok := Stats(c.values)
		if least != c.least || mean != c.mean || most != c.most || ok != c.ok {
			t.Errorf("stats of %v: %v %v %v %v", c.values, least, mean, most, ok)
		}
	}
}

func TestPlot(t *testing.T) {
	line := theme.New(theme.Dark).Color(theme.ColorAccent, 0)
	alpha := func(p plot, w, h, x, y int) uint32 {
		_, _, _, a := p.draw(w, h).At(x, y).RGBA()
		return a >> 8
	}
	for name, p := range map[string]plot{
		"a value that stays": {values: []float64{5, 5, 5}, line: line, width: 2, fill: 0x30},
		"a rate that stays":  {values: []float64{8, 8}, line: line, width: 2, fill: 0x30, floor: true},
	} {
		middle, bottom := alpha(p, 40, 20, 20, 10), alpha(p, 40, 20, 20, 18)
		if middle < 0xf0 || bottom != 0 {
			t.Errorf("%s is no line in the middle: %x there, %x below", name, middle, bottom)
		}
	}
	for name, p := range map[string]plot{
		"a rate of zero":      {values: []float64{0, 0, 0}, line: line, width: 2, fill: 0x30, floor: true},
		"a rate that is more": {values: []float64{8, 8, 0}, line: line, width: 2, fill: 0x30, floor: true},
	} {
		middle, bottom := alpha(p, 40, 20, 39, 10), alpha(p, 40, 20, 39, 18)
		if middle > 0x60 || bottom < 0xf0 {
			t.Errorf("%s does not end at the bottom: %x in the middle, %x at the bottom", name, middle, bottom)
		}
	}
	if a := alpha(plot{values: []float64{5}, line: line, width: 2}, 40, 20, 37, 10); a < 0xf0 {
		t.Errorf("a single value is not seen: %x", a)
	}
	gap := plot{values: []float64{1, 2, math.NaN(), 1, 2}, line: line, width: 2, fill: 0x30}
	if a := alpha(gap, 41, 20, 20, 18); a != 0 {
		t.Errorf("a gap is drawn over: %x", a)
	}
	if a := alpha(gap, 41, 20, 9, 18); a < 0x20 || a > 0x40 {
		t.Errorf("the area below the line has opacity %x", a)
	}
	spike := make([]float64, 10_000)
	spike[5000] = 1
	tall := plot{values: spike, line: line, width: 2}
	found := false
	for x := range 100 {
		found = found || alpha(tall, 100, 30, x, 3) > 0x40
	}
	if !found {
		t.Error("a spike among many values is lost")
	}
	for _, size := range [][2]int{{0, 0}, {1, 1}, {5, 1}} {
		tall.draw(size[0], size[1])
	}
}

func TestSparklineIsDrawnAnewOnlyWhenItChanges(t *testing.T) {
	start(t)
	s := NewSparkline(theme.RoleAccent)
	drawn := 0
	generate := s.spark.raster.Generator
	w := show(t, s, 100, 30)
	s.spark.raster.Generator = generate
	values := []float64{1, math.NaN(), 3}
	s.SetValues(values)
	values[0] = 2
	expect(t, "kept a copy", s.spark.values[0], 1)
	before := &s.spark.values[0]
	s.SetValues([]float64{1, math.NaN(), 3})
	if before != &s.spark.values[0] || drawn != 0 {
		t.Error("equal values were taken for a change")
	}
	// Twice the scale gives twice the pixels.
	expect(t, "pixels", generate(200, 60).Bounds().Dx(), 200)
	w.Canvas().Capture()
}

// secondly is a series with a value a second.
func secondly(values []float64) Series {
	s := Series{Name: "t", Role: theme.RoleAccent, Values: values}
	for i := range values {
		s.At = append(s.At, time.Unix(int64(i), 0))
	}
	return s
}

func TestChartReadsValuesOff(t *testing.T) {
	start(t)
	c := NewChart()
	c.Label = func(at time.Time) string { return []string{"first", "second", "third"}[at.Unix()] }
	w := show(t, c, 200, 100)
	plotted := Plotted{Series: []Series{secondly([]float64{1, 2.5, math.NaN()})}, From: time.Unix(0, 0), To: time.Unix(2, 0)}
	c.Plot(plotted)
	test.MoveMouse(w.Canvas(), fyne.NewPos(90, 50))
	expect(t, "value", c.reading.lines[0].Text, "2.5")
	expect(t, "moment", c.reading.lines[1].Text, "second")
	test.MoveMouse(w.Canvas(), fyne.NewPos(199, 50))
	expect(t, "reading of a gap is shown", c.reading.tag.Visible(), false)
	c.MouseOut()
	expect(t, "cross is shown", c.reading.cross.Visible(), false)

	other := Series{Name: "rpm", Role: theme.RolePOST, At: []time.Time{time.Unix(1, 0)}, Values: []float64{1480}}
	plotted.Series = append(plotted.Series, other)
	c.Plot(plotted)
	c.MouseMoved(&desktop.MouseEvent{PointEvent: fyne.PointEvent{Position: fyne.NewPos(110, 50)}})
	expect(t, "first of two", c.reading.lines[0].Text, "t  2.5")
	expect(t, "second of two", c.reading.lines[1].Text, "rpm  1,480")
	c.Plot(Plotted{})
	c.MouseMoved(&desktop.MouseEvent{})
	expect(t, "cross is shown without values", c.reading.cross.Visible(), false)
}

func TestSeriesShareAScaleOrNot(t *testing.T) {
	p := Plotted{Series: []Series{secondly([]float64{1, 3}), secondly([]float64{math.NaN(), 100})}}
	for shared, want := range map[bool][4]float64{false: {1, 3, 100, 100}, true: {1, 100, 1, 100}} {
		p.Shared = shared
		a, b, _ := p.bounds(0)
		c, d, _ := p.bounds(1)
		expect(t, "bounds", [4]float64{a, b, c, d}, want)
	}
}

// Of many values in one column the extremes stay, and a silence is a gap only where a value is missing.
func TestValuesInTimeAreThinnedByTheirPlace(t *testing.T) {
	values, at := make([]float64, 1000), make([]float32, 1000)
	for i := range values {
		at[i] = float32(i) / 999
		if i < 900 {
			at[i] /= 100 // nearly all in the first hundredth
		}
	}
	values[450], values[950] = 7, math.NaN()
	p := plot{values: values, at: at, width: 1, bounds: &[2]float64{0, 7}}
	runs := p.runs(100, 50, 0, 7)
	highest := float32(50)
	for _, where := range runs[0] {
		highest = min(highest, where.y)
	}
	expect(t, "top of the spike", highest, float32(1))
	expect(t, "runs", len(runs), 1)
	for i := 900; i < 920; i++ {
		values[i] = math.NaN()
	}
	expect(t, "runs around a gap", len(p.runs(100, 50, 0, 7)), 2)
}

func TestAValueIsPickedFromAPayload(t *testing.T) {
	start(t)
	v := NewPayloadView()
	var picked []string
	v.OnPick = func(l payload.Leaf) { picked = append(picked, l.Path+"="+l.Text) }
	show(t, v, 300, 300)
	v.SetPayload([]byte(`{"in":{"t":21.5},"list":[1,2]}`), payload.NoContentFormat, payload.Auto)
	v.pick(2, 9)
	v.list.Select(5)
	v.pick(0, 0)
	v.pick(99, 0)
	if want := []string{"in.t=21.5", "list[0]=1"}; !slices.Equal(picked, want) {
		t.Errorf("picked %q, want %q", picked, want)
	}
	v.SetPayload([]byte(`{"text":"`+strings.Repeat("x", 500)+`","n":7}`), payload.NoContentFormat, payload.Auto)
	v.pick(len(v.shown.wrapped)-2, 3)
	expect(t, "below a long line", picked[len(picked)-1], "n=7")
}

func TestButtonKeysAndState(t *testing.T) {
	start(t)
	tapped := 0
	b := NewButton("Stop", func() { tapped++ })
	w := show(t, b, 100, 32)
	w.Canvas().Focus(b)
	for _, key := range []fyne.KeyName{fyne.KeyReturn, fyne.KeySpace, fyne.KeyDown} {
		b.TypedKey(&fyne.KeyEvent{Name: key})
	}
	expect(t, "taps before the rune of the space", tapped, 1)
	b.TypedRune(' ')
	b.TypedRune('x')
	test.Tap(b)
	expect(t, "taps", tapped, 3)
	b.Disable()
	test.Tap(b)
	expect(t, "taps while disabled", tapped, 3)
}

func TestChoice(t *testing.T) {
	start(t)
	var chosen []string
	c := NewChoice([]string{"JSON", "Hex"}, "JSON", func(s string) { chosen = append(chosen, s) })
	show(t, c, 100, 32)
	menu := c.menu()
	expect(t, "checked", menu.Items[0].Checked, true)
	menu.Items[1].Action()
	menu.Items[1].Action()
	expect(t, "label", c.Label(), "Hex")
	if !slices.Equal(chosen, []string{"Hex"}) {
		t.Errorf("told %v", chosen)
	}
	c.SetSelected("JSON")
	expect(t, "told of what was set", len(chosen), 1)
}

func TestRail(t *testing.T) {
	start(t)
	var chosen []string
	r := NewRail(
		RailGroup{Items: []RailItem{{ID: "clients", Label: "Clients", Icon: theme.Icon(assets.Clients)}, {ID: "topics", Label: "Topics"}}},
		RailGroup{Title: "Drive", Items: []RailItem{{ID: "request", Label: "Request"}}},
	)
	r.OnSelected = func(id string) { chosen = append(chosen, id) }
	w := show(t, r, 200, 400)
	expect(t, "at first", r.Selected(), "clients")
	test.TapCanvas(w.Canvas(), fyne.NewPos(50, 10+36+5))
	for _, key := range []fyne.KeyName{fyne.KeyDown, fyne.KeyDown, fyne.KeyUp, fyne.KeyHome, fyne.KeyEnd} {
		r.TypedKey(&fyne.KeyEvent{Name: key})
	}
	if want := []string{"topics", "request", "topics", "clients", "request"}; !slices.Equal(chosen, want) {
		t.Errorf("chose %v, want %v", chosen, want)
	}
	test.TapCanvas(w.Canvas(), fyne.NewPos(50, 10+2*36+5)) // a title
	r.Select("clients")
	r.Select("unheard of")
	expect(t, "after Select", r.Selected(), "clients")
	expect(t, "told", len(chosen), 5)
	r.SetCount("clients", "14")
	expect(t, "count is shown", r.rows[0].ground.Visible(), true)
	r.SetCount("clients", "")
	expect(t, "no count is shown", r.rows[0].ground.Visible(), false)
}

func TestTheScrollBarBesideASplitIsNotCovered(t *testing.T) {
	start(t)
	for name, build := range map[string]func(a, b fyne.CanvasObject, offset float64) *Split{"across": NewHSplit, "down": NewVSplit} {
		s := build(NewSparkline(theme.RoleGood), NewSparkline(theme.RoleGood), 0.5)
		show(t, s, 200, 200)
		if covered := s.border(s.Size()) - s.length(fyne.NewSize(s.grip.Position().X, s.grip.Position().Y)); covered > 1 {
			t.Errorf("%s: the border is taken hold of %v before it", name, covered)
		}
	}
}

func TestSplit(t *testing.T) {
	start(t)
	var told []float64
	s := NewHSplit(NewSparkline(theme.RoleGood), NewSparkline(theme.RoleGood), 0.5)
	s.OnChanged = func(offset float64) { told = append(told, offset) }
	w := show(t, s, 400, 100)
	test.Drag(w.Canvas(), fyne.NewPos(200, 50), 0, 0)
	s.grip.TypedKey(&fyne.KeyEvent{Name: fyne.KeyRight})
	expect(t, "offset in percent", math.Round(100*s.Offset()), 54)
	s.moveTo(1000)
	if s.Offset() > 1-70.0/400 {
		t.Errorf("the trailing part has no room left: %v", s.Offset())
	}
	n := len(told)
	s.SetOffset(math.NaN())
	expect(t, "offset of nonsense", s.Offset(), 0.0)
	expect(t, "told of what was set", len(told), n)
	s.SetTrailingVisible(false)
	expect(t, "width of what is left", s.leading.Size().Width, float32(400))
	expect(t, "trailing part is shown", s.trailing.Visible(), false)
}

func TestKeyValueKeepsLinesThatStay(t *testing.T) {
	start(t)
	k := NewKeyValue(Pair{Key: "A", Value: "1"}, Pair{Key: "B", Value: "2"})
	show(t, k, 300, 100)
	first := k.vals[0]
	k.SetPairs(Pair{Key: "A", Value: "1"})
	expect(t, "second line is shown", k.keys[1].Visible(), false)
	k.SetPairs(Pair{Key: "A", Value: "1"}, Pair{Key: "B", Value: "3"}, Pair{Key: "C", Value: "4"})
	if k.vals[0] != first || k.vals[1].Text != "3" || !k.keys[2].Visible() {
		t.Error("lines are wrong after a change")
	}
}

func TestKeyValueShowsLongValuesOnMoreLines(t *testing.T) {
	start(t)
	k := NewKeyValue(Pair{Key: "User", Value: strings.Repeat("long ", 40)}, Pair{Key: "Mode", Value: "connection"})
	show(t, k, 320, 300)
	first, second := k.marks[0], k.marks[1]
	if first.Size().Height < first.MinSize().Height || first.Size().Height < 3*pairHeight {
		t.Errorf("the long value has %v of %v", first.Size().Height, first.MinSize().Height)
	}
	if below := first.Position().Y + first.Size().Height; second.Position().Y < below-pairHeight/2 {
		t.Errorf("the second line stands at %v, the first ends at %v", second.Position().Y, below)
	}
	if need := second.Position().Y + second.Size().Height; k.MinSize().Height < need-1 {
		t.Errorf("%v high, needs %v", k.MinSize().Height, need)
	}
	k.SetPairs(Pair{Key: "User", Value: "short"}, Pair{Key: "Mode", Value: "connection"})
	expect(t, "height of two lines", k.MinSize().Height, 2*float32(pairHeight))
}

func TestFiltersGetNarrowerWhereThereIsNoRoom(t *testing.T) {
	start(t)
	filter, button := NewFilterEntry("Filter", nil), NewButton("Columns", nil)
	filter.SetWidth(330)
	h := NewPaneHeader("Traffic", filter, button)
	w := show(t, h, 1000, headerHeight)
	expect(t, "wide", filter.Size().Width, 330)
	need := h.MinSize().Width
	w.Resize(fyne.NewSize(need+50, headerHeight))
	expect(t, "narrow", filter.Size().Width, filterLeast+50)
	if end := h.trailing.Position().X + button.Position().X + button.Size().Width; end > need+50-headerInset+1 {
		t.Errorf("the button ends at %v of %v", end, need+50)
	}
}

// The words beside the title get the room that a wide filter can spare, and lose it again.
func TestFiltersGiveRoomToTheSummary(t *testing.T) {
	start(t)
	filter := NewFilterEntry("Filter", nil)
	filter.SetWidth(330)
	h := NewPaneHeader("Traffic", filter, NewButton("Columns", nil))
	show(t, h, 660, headerHeight)
	expect(t, "beside nothing", filter.Size().Width, 330)
	const long = "105 Nachrichten, 290 kB von 67 MB"
	h.SetSummary(long)
	if need := TextMuted.face(h).width(long); h.summary.Size().Width < need {
		t.Errorf("the words have %v, need %v", h.summary.Size().Width, need)
	}
	h.SetSummary(long + " " + long + " " + long)
	expect(t, "beside more than fits", filter.Size().Width, filterWidth)
	h.SetSummary("")
	expect(t, "beside nothing again", filter.Size().Width, 330)
}

func TestEmptyStateShowsTheWholeCommand(t *testing.T) {
	start(t)
	const command = `coap-client-notls -m post -e "" "coap://127.0.0.1:5683/mqtt/connection?clientid=sensor-1"`
	line := NewEmptyState("Nothing", "x").command.MinSize().Height
	for width, oneLine := range map[float32]bool{893: true, 500: false, 320: false} {
		e := NewEmptyState("Nothing", command)
		w := test.NewTempWindow(t, e)
		w.Resize(fyne.NewSize(width, 500))
		w.Resize(fyne.NewSize(width, 501)) // how high wrapped lines are is known after the first layout
		needs := e.command.MinSize().Height
		if (needs == line) != oneLine {
			t.Errorf("at %v: %v high, a line is %v", width, needs, line)
		}
		if got := e.command.Size().Height; got < needs-1 {
			t.Errorf("at %v: %v high, needs %v", width, got, needs)
		}
	}
}

func TestEmptyStateCopiesItsCommand(t *testing.T) {
	start(t)
	e := NewEmptyState("Nothing", "coap-client -m get coap://[::1]")
	show(t, e, 600, 200)
	test.Tap(e.copy)
	expect(t, "copied", fyne.CurrentApp().Clipboard().Content(), "coap-client -m get coap://[::1]")
	e.Set("Nothing", "")
	expect(t, "command is shown", e.line.Visible(), false)
}

func TestBannerAndToaster(t *testing.T) {
	start(t)
	done := 0
	b := NewBanner()
	w := show(t, b, 500, 50)
	expect(t, "shown at first", b.Visible(), false)
	b.Say(theme.RoleBad, "Port taken", "Use 5685", func() { done++ })
	expect(t, "shown", b.Visible(), true)
	test.Tap(b.action)
	test.Tap(b.closer)
	expect(t, "done", done, 1)
	expect(t, "shown after closing", b.Visible(), false)

	var later []func()
	toaster := NewToaster(func(f func()) { later = append(later, f) })
	w.SetContent(toaster)
	for _, text := range []string{"one", "two", "three", "four", "five"} {
		toaster.Say(theme.RoleBad, text, "Retry", func() { done++ })
	}
	expect(t, "messages", strings.Join(toaster.Messages(), " "), "two three four five")
	test.Tap(toaster.toasts[0].banner.action)
	test.Tap(toaster.toasts[0].banner.closer)
	expect(t, "messages left", strings.Join(toaster.Messages(), " "), "four five")
	toaster.Retract("four")
	expect(t, "messages not over", strings.Join(toaster.Messages(), " "), "five")
	toaster.Say(theme.RoleBad, "four", "Retry", nil)
	expect(t, "done", done, 2)
	toaster.Say(theme.RoleGood, "saved", "", nil)
	if toaster.toasts[2].timer == nil || toaster.toasts[0].timer != nil {
		t.Error("only what went well leaves by itself")
	}
	toaster.Close()
	toaster.later(func() { t.Error("something happens after closing") })
	expect(t, "messages after closing", len(toaster.Messages())+len(later), 0)
}

func TestFilterEntryIsEmptiedByEscape(t *testing.T) {
	start(t)
	var last string
	e := NewFilterEntry("Filter", func(s string) { last = s })
	show(t, e, 300, 40)
	test.Type(e, "abc")
	expect(t, "filter", last, "abc")
	e.TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
	expect(t, "filter after Escape", last, "")
}

// Every text that the widgets say themselves is in the base translation.
func TestTranslations(t *testing.T) {
	file, err := assets.Translations.Open(path.Join(assets.TranslationsDir, "en.json"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var texts map[string]any
	if err := json.NewDecoder(file).Decode(&texts); err != nil {
		t.Fatal(err)
	}
	own := []string{
		"As hex", "As shown", "As text", "Automatic", "Columns", "Copy", "Copy row", "Reset columns",
		"{{.Format}} (guessed)", "{{.Size}}, being laid out", "{{.Size}}, the last {{.Hidden}} are not shown",
	}
	for _, f := range payload.Formats() {
		own = append(own, f.Title())
	}
	for _, text := range own {
		if _, ok := texts[text]; !ok {
			t.Errorf("%q is not in en.json", text)
		}
	}
}

func TestSliderByKeyboard(t *testing.T) {
	start(t)
	w := test.NewTempWindow(t, nil)
	s := NewSlider(0, 5000)
	s.Step = 10
	w.SetContent(s)
	var ended []float64
	s.OnChangeEnded = func(v float64) { ended = append(ended, v) }
	for _, c := range []struct {
		key  fyne.KeyName
		want float64
	}{
		{fyne.KeyRight, 10}, {fyne.KeyUp, 20}, {fyne.KeyPageUp, 520}, {fyne.KeyLeft, 510}, {fyne.KeyPageDown, 10}, {fyne.KeyDown, 0},
		{fyne.KeyEnd, 5000}, {fyne.KeyPageUp, 5000}, {fyne.KeyHome, 0}, {fyne.KeyLeft, 0},
	} {
		if s.TypedKey(&fyne.KeyEvent{Name: c.key}); s.Value != c.want {
			t.Errorf("%s: %v, want %v", c.key, s.Value, c.want)
		}
	}
	if want := []float64{10, 20, 520, 510, 10, 0, 5000, 0}; !slices.Equal(ended, want) {
		t.Errorf("told of %v, want %v", ended, want)
	}
	test.Drag(w.Canvas(), fyne.NewPos(20, 10), 30, 0)
	if w.Canvas().Focused() != s {
		t.Error("a slider that was dragged has no keyboard")
	}
}
