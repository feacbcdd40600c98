package widget

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"
	fynewidget "fyne.io/fyne/v2/widget"

	"sluice/ui/theme"
)

// start prepares an app with the theme of the window.
func start(t testing.TB) {
	t.Helper()
	test.NewTempApp(t)
	fyne.CurrentApp().Settings().SetTheme(theme.New(theme.Dark))
}

// show puts a widget alone into a window of the given size.
func show(t testing.TB, o fyne.CanvasObject, width, height float32) fyne.Window {
	t.Helper()
	w := test.NewTempWindow(t, o)
	w.SetPadded(false)
	w.Resize(fyne.NewSize(width, height))
	return w
}

// item is a row of the tables in these tests.
type item struct {
	key   int
	name  string
	count int64
}

func items(n int) []item {
	rows := make([]item, n)
	for i := range rows {
		rows[i] = item{key: i, name: fmt.Sprintf("row %d", i), count: int64(n - i)}
	}
	return rows
}

func itemTable() *DataTable[int, item] {
	return NewDataTable(func(i item) int { return i.key }, []Column[item]{
		{ID: "name", Title: "Name", Width: 200, Text: func(i item) string { return i.name }, Compare: func(a, b item) int { return strings.Compare(a.name, b.name) }},
		{ID: "count", Title: "Count", Width: 100, Kind: KindNumber, Text: func(i item) string { return fmt.Sprint(i.count) }, Compare: func(a, b item) int { return int(a.count - b.count) }},
		{ID: "extra", Title: "Extra", Width: 100, Text: func(item) string { return "x" }, Hidden: true},
	})
}

// seen are the texts of the first column from top to bottom, as far as they are in view.
func seen[K comparable, R any](t *DataTable[K, R]) []string {
	type line struct {
		y    float32
		text string
	}
	var lines []line
	offset, size := t.view()
	for _, slot := range t.body.slots {
		if y := slot.line.Position().Y - t.body.rowHeight() + 1; slot.shown && y >= offset.Y-0.5 && y < offset.Y+size.Height {
			lines = append(lines, line{y, slot.cells[0].text.Text})
		}
	}
	slices.SortFunc(lines, func(a, b line) int { return int(a.y - b.y) })
	texts := make([]string, len(lines))
	for i, l := range lines {
		texts[i] = l.text
	}
	return texts
}

func expect[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

func selectedKey(t *testing.T, table *DataTable[int, item]) int {
	t.Helper()
	row, ok := table.Selected()
	if !ok {
		return -1
	}
	return row.key
}

func TestTableDrawsOnlyWhatIsInView(t *testing.T) {
	start(t)
	table := itemTable()
	show(t, table, 400, 300)
	table.SetRows(items(100_000))
	if n := len(table.body.slots); n > 12 {
		t.Errorf("%d rows are drawn for a view of 9", n)
	}
	expect(t, "first row", seen(table)[0], "row 0")
	table.ScrollTo(50_000)
	expect(t, "last row in view", seen(table)[len(seen(table))-1], "row 50000")
}

func TestTableKeyboard(t *testing.T) {
	start(t)
	table := itemTable()
	var selected []int
	activated := -1
	table.OnSelected = func(i item) { selected = append(selected, i.key) }
	table.OnActivated = func(i item) { activated = i.key }
	w := show(t, table, 400, 31+10*33)
	table.SetRows(items(100))
	table.Focus()
	steps := []struct {
		key  fyne.KeyName
		want int
	}{
		{fyne.KeyDown, 0}, // the first press selects the row that is marked
		{fyne.KeyDown, 1},
		{fyne.KeyUp, 0},
		{fyne.KeyUp, 0},
		{fyne.KeyPageDown, 9},
		{fyne.KeyEnd, 99},
		{fyne.KeyPageUp, 90},
		{fyne.KeyHome, 0},
	}
	for _, step := range steps {
		table.body.TypedKey(&fyne.KeyEvent{Name: step.key})
		expect(t, "selected after "+string(step.key), selectedKey(t, table), step.want)
		if !slices.Contains(seen(table), fmt.Sprintf("row %d", step.want)) {
			t.Errorf("after %s row %d is out of view: %v", step.key, step.want, seen(table))
		}
	}
	table.body.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	expect(t, "activated", activated, 0)
	if want := []int{0, 1, 0, 9, 99, 90, 0}; !slices.Equal(selected, want) {
		t.Errorf("selections %v, want %v", selected, want)
	}
	if !table.body.cursor.Visible() {
		t.Error("the focus is not seen")
	}
	w.Canvas().Unfocus()
	if table.body.cursor.Visible() {
		t.Error("the focus is seen though it went")
	}
}

func TestTableSelectionStaysWithItsKey(t *testing.T) {
	start(t)
	table := itemTable()
	show(t, table, 400, 300)
	rows := items(10)
	table.SetRows(rows)
	table.Select(4)

	table.SetRows(rows[3:])
	expect(t, "after rows before it went", selectedKey(t, table), 4)
	expect(t, "its place", table.selectedAt, 1)

	table.SetRows(rows[6:])
	expect(t, "while the row is away", selectedKey(t, table), -1)

	table.SetRows(rows)
	expect(t, "after the row came back", selectedKey(t, table), 4)

	table.SortBy("count", false)
	expect(t, "after sorting", selectedKey(t, table), 4)
	expect(t, "its place when sorted", table.selectedAt, 5)

	table.Unselect()
	expect(t, "after unselecting", selectedKey(t, table), -1)
	expect(t, "a key that is not there", table.Select(77), false)
}

func TestTableClicks(t *testing.T) {
	start(t)
	table := itemTable()
	activated := 0
	table.OnActivated = func(item) { activated++ }
	w := show(t, table, 400, 300)
	table.SetRows(items(100))
	at := fyne.NewPos(50, 31+2*33+10)
	test.TapCanvas(w.Canvas(), at)
	expect(t, "selected", selectedKey(t, table), 2)
	expect(t, "activations after one click", activated, 0)
	table.body.lastTap = time.Now()
	test.TapCanvas(w.Canvas(), at)
	expect(t, "activations after two", activated, 1)

	test.MoveMouse(w.Canvas(), fyne.NewPos(50, 31+3*33+10))
	expect(t, "row under the pointer", table.body.hovered, 3)
	test.MoveMouse(w.Canvas(), fyne.NewPos(50, 5))
	expect(t, "row under the pointer on the heading", table.body.hovered, -1)
}

func TestTableSortsByHeading(t *testing.T) {
	start(t)
	table := itemTable()
	changes := 0
	table.OnStateChanged = func() { changes++ }
	w := show(t, table, 400, 300)
	table.SetRows(items(12))
	click := func() { test.TapCanvas(w.Canvas(), fyne.NewPos(260, 10)) }
	first := func() string { return seen(table)[0] }

	click()
	expect(t, "ascending", first(), "row 11")
	expect(t, "heading", table.header.titles[1].Text, "Count ↑")
	click()
	expect(t, "descending", first(), "row 0")
	expect(t, "heading", table.header.titles[1].Text, "Count ↓")
	click()
	expect(t, "own order", first(), "row 0")
	expect(t, "heading", table.header.titles[1].Text, "Count")
	expect(t, "changes told", changes, 3)

	// By keyboard: the second column, sorted.
	w.Canvas().Focus(table.header)
	table.header.TypedKey(&fyne.KeyEvent{Name: fyne.KeyLeft})
	table.header.TypedKey(&fyne.KeyEvent{Name: fyne.KeyRight})
	table.header.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	expect(t, "sorted by keyboard", first(), "row 11")
}

func TestTableKeepsSortingNewRows(t *testing.T) {
	start(t)
	table := itemTable()
	show(t, table, 400, 300)
	table.SortBy("count", true)
	rows := items(5)
	table.SetRows(rows)
	next := append(slices.Clone(rows), item{key: 9, name: "new", count: 1000})
	table.SetRows(next)
	expect(t, "first", seen(table)[0], "new")
	table.SetRows(nil)
	expect(t, "rows", table.Rows(), 0)
}

func TestTableColumns(t *testing.T) {
	start(t)
	table := itemTable()
	w := show(t, table, 600, 300)
	table.SetRows(items(3))
	menu := table.ColumnsMenu()
	expect(t, "items", len(menu.Items), 5)
	expect(t, "hidden column is checked", menu.Items[2].Checked, false)
	menu.Items[2].Action()
	expect(t, "columns in view", len(table.columns.spans), 3)
	expect(t, "last column ends", table.columns.spans[2].x+table.columns.spans[2].width, float32(600))

	// The border between the first two columns is dragged by 40.
	test.Drag(w.Canvas(), fyne.NewPos(200, 10), 40, 0)
	expect(t, "width", table.columns.columns[0].width, float32(240))
	expect(t, "width of the last column is made by the view", table.columns.total, float32(600))

	for _, i := range []int{0, 1, 2} {
		table.columns.toggle(i)
	}
	expect(t, "one column stays", table.columns.shown(), 1)
	menu.Items[4].Action()
	expect(t, "columns after the reset", table.columns.shown(), 2)
	expect(t, "width after the reset", table.columns.columns[0].width, float32(200))
}

func TestTableScrollsSidewaysWithItsHeading(t *testing.T) {
	start(t)
	table := itemTable()
	table.SetState(TableState{Columns: []ColumnState{{ID: "name", Width: 500}}})
	w := show(t, table, 300, 200)
	table.SetRows(items(3))
	expect(t, "width of the rows", table.columns.total, float32(600))
	test.Scroll(w.Canvas(), fyne.NewPos(50, 100), -120, 0)
	expect(t, "offset of the heading", table.header.offset, float32(120))
}

// A column that grows takes what is free until it is given a width; two taps on its border give that back.
func TestAColumnGrows(t *testing.T) {
	start(t)
	table := NewDataTable(func(r item) int { return r.key }, []Column[item]{
		{ID: "name", Width: 100, Grows: true, Text: func(r item) string { return r.name }},
		{ID: "count", Width: 80, Text: func(r item) string { return "" }},
	})
	show(t, table, 400, 200)
	table.SetRows(items(3))
	widths := func() [2]float32 { return [2]float32{table.columns.spans[0].width, table.columns.spans[1].width} }
	expect(t, "while nothing was dragged", widths(), [2]float32{320, 80})
	expect(t, "what is remembered of it", table.State().Columns[0].Width, float32(0))
	table.columns.resize(0, 150)
	table.columnsResized(true)
	expect(t, "with a width of its own", widths(), [2]float32{150, 250})
	table.columns.reset()
	expect(t, "after the reset", widths(), [2]float32{320, 80})
	table.Resize(fyne.NewSize(150, 200))
	expect(t, "where there is no room", widths(), [2]float32{100, 80})
}

func TestTableState(t *testing.T) {
	start(t)
	table := itemTable()
	table.SetState(TableState{
		Columns: []ColumnState{{ID: "count", Width: 5}, {ID: "gone", Width: 50}, {ID: "extra", Width: 70}, {ID: "name", Hidden: true}},
		Sort:    "count", Descending: true,
	})
	want := TableState{
		Columns: []ColumnState{{ID: "name", Hidden: true}, {ID: "count", Width: minColumnWidth}, {ID: "extra", Width: 70}},
		Sort:    "count", Descending: true,
	}
	got := table.State()
	if !slices.Equal(got.Columns, want.Columns) || got.Sort != want.Sort || got.Descending != want.Descending {
		t.Errorf("state %+v, want %+v", got, want)
	}
	table.SetState(TableState{Sort: "extra"})
	expect(t, "a column that cannot be sorted by", table.State().Sort, "")
}

func TestTableFollows(t *testing.T) {
	start(t)
	table := itemTable()
	var told []bool
	table.OnFollow = func(on bool) { told = append(told, on) }
	w := show(t, table, 400, 31+10*33)
	rows := items(200)
	table.SetFollow(true)
	table.SetRows(rows[:100])
	last := func() string { s := seen(table); return s[len(s)-1] }
	expect(t, "last row", last(), "row 99")
	table.SetRows(rows[:150])
	expect(t, "last row after growing", last(), "row 149")

	test.Scroll(w.Canvas(), fyne.NewPos(50, 100), 0, 10*33)
	expect(t, "following after scrolling up", table.Following(), false)
	expect(t, "first row", seen(table)[0], "row 130")

	// The ring lost thirty rows at its front and got new ones: what is read stays where it is.
	table.SetRows(rows[30:200])
	expect(t, "first row after the ring moved", seen(table)[0], "row 130")

	test.Scroll(w.Canvas(), fyne.NewPos(50, 100), 0, -10000)
	expect(t, "following after scrolling to the end", table.Following(), true)
	table.SetRows(rows[40:180])
	expect(t, "last row", last(), "row 179")
	if !slices.Equal(told, []bool{false, true}) {
		t.Errorf("told %v", told)
	}
}

func TestTableContextMenuAndCopy(t *testing.T) {
	start(t)
	table := itemTable()
	picked := -1
	table.OnSecondary = func(i item) []*fyne.MenuItem {
		return []*fyne.MenuItem{fyne.NewMenuItem("Pick", func() { picked = i.key })}
	}
	w := show(t, table, 400, 300)
	table.SetRows(items(10))
	open := func() *fynewidget.PopUpMenu {
		t.Helper()
		menu, ok := w.Canvas().Overlays().Top().(*fynewidget.PopUpMenu)
		if !ok {
			// The menu lies in an overlay of the toolkit.
			for _, o := range test.LaidOutObjects(w.Canvas().Overlays().Top()) {
				if m, ok := o.(*fynewidget.PopUpMenu); ok {
					return m
				}
			}
			t.Fatal("no menu is open")
		}
		return menu
	}
	table.body.TappedSecondary(&fyne.PointEvent{Position: fyne.NewPos(10, 2*33+5), AbsolutePosition: fyne.NewPos(10, 100)})
	expect(t, "selected by the right button", selectedKey(t, table), 2)
	menu := open()
	menu.Items[0].(fyne.Tappable).Tapped(nil)
	expect(t, "picked", picked, 2)

	table.body.TypedKey(&fyne.KeyEvent{Name: desktop.KeyMenu})
	open().Hide()

	table.body.TypedShortcut(&fyne.ShortcutCopy{})
	expect(t, "copied", fyne.CurrentApp().Clipboard().Content(), "row 2\t8")
}

func TestRowsAreMovedAndDeletedByKey(t *testing.T) {
	start(t)
	table := itemTable()
	var did []string
	table.OnMove = func(i item, by int) { did = append(did, fmt.Sprintf("move %d by %d", i.key, by)) }
	table.OnDelete = func(i item) { did = append(did, fmt.Sprintf("delete %d", i.key)) }
	table.OnEscape = func() { did = append(did, "escape") }
	show(t, table, 400, 300)
	table.SetRows(items(10))
	alt := func(key fyne.KeyName, modifier fyne.KeyModifier) {
		table.body.TypedShortcut(&desktop.CustomShortcut{KeyName: key, Modifier: modifier})
	}
	alt(fyne.KeyDown, fyne.KeyModifierAlt) // nothing is selected
	table.Select(3)
	alt(fyne.KeyDown, fyne.KeyModifierAlt)
	alt(fyne.KeyUp, fyne.KeyModifierAlt)
	alt(fyne.KeyUp, fyne.KeyModifierControl)
	table.body.TypedKey(&fyne.KeyEvent{Name: fyne.KeyDelete})
	table.body.TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
	expect(t, "done", strings.Join(did, ", "), "move 3 by 1, move 3 by -1, delete 3, escape")
}

func TestTableShowsWhatWouldFillIt(t *testing.T) {
	start(t)
	table := itemTable()
	table.Empty = NewEmptyState("Nothing yet", "do this")
	show(t, table, 500, 300)
	table.SetRows(nil)
	expect(t, "shown while empty", table.Empty.Visible(), true)
	table.SetRows(items(1))
	expect(t, "shown with rows", table.Empty.Visible(), false)
}

// What would fill a low table does not lie over its header.
func TestWhatFillsALowTableStaysBelowItsHeader(t *testing.T) {
	start(t)
	table := itemTable()
	empty := NewEmptyState("Nothing yet", "do this")
	table.Empty = empty
	show(t, table, 500, 60)
	table.SetRows(nil)
	if y := empty.column.Objects[1].Position().Y; y < 0 {
		t.Errorf("the words begin at %v", y)
	}
}
