package widget

import (
	"slices"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"
	fynetheme "fyne.io/fyne/v2/theme"
)

func TestAnArrowIsChosenByClickAndByProgram(t *testing.T) {
	start(t)
	l := NewLadder()
	w := test.NewTempWindow(t, l)
	w.Resize(fyne.NewSize(360, 300))
	var told []uint64
	l.OnChosen = func(key uint64) { told = append(told, key) }
	l.SetSteps([]LadderStep{{Key: 7, Label: "CON GET"}, {Key: 9, Back: true, Label: "ACK 2.05"}})
	l.Choose(9)
	if len(told) != 0 {
		t.Errorf("what the program chooses is told as the user's choice: %v", told)
	}
	l.list.Select(0)
	if !slices.Equal(told, []uint64{7}) || l.chosen != 7 {
		t.Errorf("told %v, chosen %d", told, l.chosen)
	}
	l.SetSteps([]LadderStep{{Key: 9, Back: true, Label: "ACK 2.05"}, {Key: 7, Label: "CON GET"}})
	if l.chosen != 7 || len(told) != 1 {
		t.Errorf("with other arrows: chosen %d, told %v", l.chosen, told)
	}
}

func TestWhatIsChosenIsInViewAlsoAmongOtherArrows(t *testing.T) {
	start(t)
	l := NewLadder()
	test.NewTempWindow(t, l).Resize(fyne.NewSize(360, 160))
	long := make([]LadderStep, 30)
	for i := range long {
		long[i] = LadderStep{Key: uint64(i + 1), Label: "NON 2.05"}
	}
	inView := func(at int) bool {
		y := float32(at) * (ladderRow + fynetheme.Padding())
		return l.list.GetScrollOffset() <= y && y+ladderRow <= l.list.GetScrollOffset()+l.list.Size().Height
	}
	for _, step := range []struct {
		name  string
		steps []LadderStep
		key   uint64
		at    int
	}{
		{"an exchange of one", []LadderStep{{Key: 77}}, 77, 0},
		{"the end of a long one", long, 30, 29},
		{"its beginning", long, 1, 0},
		{"its middle", long, 15, 14},
		{"the same place of another one", append(slices.Clone(long[:14]), LadderStep{Key: 99}, LadderStep{Key: 100}), 99, 14},
	} {
		l.Choose(step.key)
		l.SetSteps(step.steps)
		if !inView(step.at) {
			t.Errorf("%s: arrow %d is not in view at offset %v", step.name, step.at, l.list.GetScrollOffset())
		}
	}
	l.list.ScrollToOffset(0)
	l.SetSteps(append(slices.Clone(long), LadderStep{Key: 200}))
	if at := l.list.GetScrollOffset(); at != 0 {
		t.Errorf("a further arrow moves what the user scrolled to %v", at)
	}
}

func TestEndsNamedLaterHaveTheirRoom(t *testing.T) {
	start(t)
	l := NewLadder()
	test.NewTempWindow(t, l).Resize(fyne.NewSize(360, 300))
	l.SetEnds("sensor-17", "gateway")
	if room, needed := l.right.Size().Width, TextCaption.face(l).width("gateway"); room < needed {
		t.Errorf("%v wide, %v are needed", room, needed)
	}
}

func TestALadderHoldsManyArrowsCheaply(t *testing.T) {
	start(t)
	l := NewLadder()
	w := test.NewTempWindow(t, l)
	w.Resize(fyne.NewSize(360, 300))
	many := make([]LadderStep, 10_000)
	for i := range many {
		many[i] = LadderStep{Key: uint64(i + 1), Label: "NON 2.05", Lost: i%3 == 0}
	}
	l.SetSteps(many)
	l.Choose(10_000)
	count := 0
	for _, o := range test.LaidOutObjects(l) {
		if _, ok := o.(*ladderStepRow); ok {
			count++
		}
	}
	if count == 0 || count > 20 {
		t.Errorf("%d arrows are drawn", count)
	}
}

func TestBytesTellWhereThePointerIs(t *testing.T) {
	start(t)
	v := NewHexView()
	v.SetData([]byte("0123456789abcdefghij"))
	v.Resize(fyne.NewSize(700, 100))
	row := newHexRow(v)
	row.show(1)
	letter := TextMono.face(row).width("0")
	var tapped, hovered []int
	v.OnTapped = func(at int) { tapped = append(tapped, at) }
	v.OnHovered = func(at int, on bool) {
		if !on {
			at = -at
		}
		hovered = append(hovered, at)
	}
	at := func(column float32) fyne.Position { return fyne.NewPos(letter*(column+0.5), 5) }
	for _, column := range []float32{0, 6, 7, 9, 15, 6 + 51, 6 + 51 + 20} { // offset, digits of 16 and 17, of 19; characters
		row.Tapped(&fyne.PointEvent{Position: at(column)})
	}
	if want := []int{16, 16, 17, 19}; v.perRow == 16 && !slices.Equal(tapped[:4], want) {
		t.Errorf("tapped are %v, want %v", tapped, want)
	}
	for _, column := range []float32{6, 7, 9, 0} {
		row.MouseMoved(&desktop.MouseEvent{PointEvent: fyne.PointEvent{Position: at(column)}})
	}
	if want := []int{16, 17, -17}; !slices.Equal(hovered, want) {
		t.Errorf("hovered are %v, want %v", hovered, want)
	}
}

func TestARowTellsThatThePointerIsOnIt(t *testing.T) {
	start(t)
	table := NewDataTable(func(s string) string { return s }, []Column[string]{{ID: "a", Title: "A", Text: func(s string) string { return s }}})
	w := test.NewTempWindow(t, table)
	w.Resize(fyne.NewSize(300, 300))
	var told []string
	table.OnHovered = func(row string, on bool) {
		if !on {
			row = "-" + row
		}
		told = append(told, row)
	}
	table.SetRows([]string{"x", "y"})
	height := table.body.rowHeight()
	for _, y := range []float32{0.5, 0.6, 1.5, 7} {
		table.body.MouseMoved(&desktop.MouseEvent{PointEvent: fyne.PointEvent{Position: fyne.NewPos(5, y*height)}})
	}
	if want := []string{"x", "-x", "y", "-y"}; !slices.Equal(told, want) {
		t.Errorf("told %v, want %v", told, want)
	}
	table.Hover("y")
	if table.body.hovered != 1 {
		t.Errorf("row %d is marked", table.body.hovered)
	}
	table.Hover("z")
	if table.body.hovered != -1 || len(told) != 4 {
		t.Errorf("row %d is marked, told %v", table.body.hovered, told)
	}
}
