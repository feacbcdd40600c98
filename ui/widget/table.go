package widget

import (
	"cmp"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	fynewidget "fyne.io/fyne/v2/widget"

	"sluice/ui/theme"
)

// Column declares a column of a [DataTable] with rows of type R. Its functions are called for the rows in view only,
// Compare for all of them.
type Column[R any] struct {
	ID              string  // names the column in a TableState
	Title           string  // heading; may be empty for marks
	Width, MinWidth float32 // 0: as wide as the heading
	Grows           bool    // it takes what the others leave free, until the user gives it a width; else the last one in view does
	Kind            Kind
	Mono, Bold      bool
	Middle          bool               // texts are cut in the middle: those of topics and names differ at their end
	Before          string             // texts are cut before it, so that what follows stays; empty: at their end
	Tone            theme.Role         // colour of texts; RoleNeutral is that of plain text
	Text            func(R) string     // what the cell says; for KindDot the word behind the mark
	Role            func(R) theme.Role // of badges, dots and sparklines; for texts it wins over Tone unless neutral
	Values          func(R) []float64  // of sparklines
	Compare         func(a, b R) int   // nil: the rows cannot be sorted by it
	Hidden          bool               // not shown until it is chosen
}

// DataTable shows rows of type R that are told apart by a key of type K, which no two rows share. It draws only what is
// in view and redraws only what changed, so ten updates of ten thousand rows a second cost little. The fields are set
// before the first SetRows.
type DataTable[K comparable, R any] struct {
	fynewidget.BaseWidget

	Dense          bool                         // low rows without lines between them
	Empty          fyne.CanvasObject            // shown while there are no rows
	OnSelected     func(row R)                  // another row was selected, by click or by key
	OnActivated    func(row R)                  // a row was double-clicked, or Enter was pressed
	OnSecondary    func(row R) []*fyne.MenuItem // what the context menu of a row begins with
	OnMove         func(row R, by int)          // Alt with an arrow key: the row is to go up (-1) or down (1)
	OnDelete       func(row R)                  // the Delete key was pressed
	OnEscape       func()                       // the Escape key was pressed
	OnStateChanged func()                       // the user changed columns, widths or sorting
	OnFollow       func(on bool)                // scrolling began or ended following
	OnHovered      func(row R, on bool)         // the pointer came to a row, or left it

	key     func(R) K
	defs    []Column[R]
	columns *columnSet
	rows    []R
	order   []int // rows in the order they are shown; nil when that is their own

	selected    K
	hasSelected bool
	selectedAt  int // where the selected row is shown, -1 while it is not among the rows
	followable  bool
	following   bool
	moving      bool // the table scrolls itself, not the user

	header *tableHeader
	body   *tableBody
	scroll *container.Scroll
}

// NewDataTable returns a table without rows.
func NewDataTable[K comparable, R any](key func(R) K, columns []Column[R]) *DataTable[K, R] {
	t := &DataTable[K, R]{key: key, defs: columns, selectedAt: -1}
	t.columns = &columnSet{sorted: -1, changed: t.columnsChanged}
	for _, def := range columns {
		t.columns.columns = append(t.columns.columns, declared(def))
	}
	t.header = newTableHeader(t.columns, t.columnsResized)
	t.body = newTableBody(t.columns, t)
	t.scroll = container.NewScroll(t.body)
	t.scroll.OnScrolled = t.scrolled
	t.ExtendBaseWidget(t)
	return t
}

func declared[R any](def Column[R]) column {
	c := column{
		id: def.ID, title: def.Title, width: def.Width, minWidth: def.MinWidth,
		kind: def.Kind, mono: def.Mono, bold: def.Bold, middle: def.Middle, before: def.Before, tone: def.Tone,
		sortable: def.Compare != nil, hidden: def.Hidden, grows: def.Grows,
	}
	if c.minWidth == 0 {
		c.minWidth = minColumnWidth
	}
	// A title has room whatever the language; without a width of its own a column has room for the arrow of sorting too.
	titled := titleWidth(def.Title) + 2*cellInset
	if c.width == 0 && def.Title != "" {
		titled += 2 * arrowWidth
	}
	c.width = max(c.width, c.minWidth, titled)
	c.initial = ColumnState{ID: c.id, Width: c.width, Hidden: c.hidden}
	return c
}

// SetRows shows rows. The table keeps the slice: its elements must not change afterwards, but it may be appended to and
// cut from the front. The selection stays with the key of its row, and is shown again when a row that went comes back.
// While the table does not follow, the row at the top keeps its place when rows before it go.
func (t *DataTable[K, R]) SetRows(rows []R) {
	top, within, anchored := t.topRow()
	before := len(t.rows)
	t.rows = rows
	t.sort()
	t.findSelected()
	if before != len(rows) {
		t.contentChanged()
	}
	switch {
	case t.following:
		t.scrollTo(t.body.height())
	case anchored:
		if at := t.find(top, min(t.body.top(), len(rows)-1)); at >= 0 {
			t.scrollTo(float32(at)*t.body.rowHeight() + within)
		}
	}
	t.body.update()
}

// Rows is how many rows there are.
func (t *DataTable[K, R]) Rows() int { return len(t.rows) }

// NaturalHeight is the height at which no row needs to be scrolled to.
func (t *DataTable[K, R]) NaturalHeight() float32 {
	rows := t.body.height()
	if t.Empty != nil && len(t.rows) == 0 {
		rows = t.Empty.MinSize().Height
	}
	return t.header.MinSize().Height + rows
}

// Selected returns the selected row, false when there is none among the rows.
func (t *DataTable[K, R]) Selected() (R, bool) {
	if t.selectedAt < 0 {
		var none R
		return none, false
	}
	return t.row(t.selectedAt), true
}

// Select selects the row with the given key and scrolls to it, false when there is none. It calls OnSelected when
// another row was selected before.
func (t *DataTable[K, R]) Select(key K) bool {
	at := t.find(key, 0)
	if at < 0 {
		return false
	}
	t.choose(at)
	return true
}

// Unselect ends the selection.
func (t *DataTable[K, R]) Unselect() {
	var none K
	t.selected, t.hasSelected, t.selectedAt = none, false, -1
	t.body.update()
}

// ScrollTo brings the row with the given key into view, false when there is none.
func (t *DataTable[K, R]) ScrollTo(key K) bool {
	at := t.find(key, 0)
	if at >= 0 {
		t.reveal(at)
	}
	return at >= 0
}

// Hover marks the row with key as if the pointer were on it; of a key that no row has, no row.
func (t *DataTable[K, R]) Hover(key K) { t.body.setHovered(t.find(key, 0)) }

// SetFollow keeps the end of the rows in view as they grow, until the user scrolls away from it. Scrolling back to the
// end begins it again.
func (t *DataTable[K, R]) SetFollow(on bool) {
	t.followable = t.followable || on
	t.following = on
	if on {
		t.scrollTo(t.body.height())
		t.body.update()
	}
}

// Following reports whether the end is kept in view.
func (t *DataTable[K, R]) Following() bool { return t.following }

// SortBy sorts the rows by a column, or no longer when there is none with that ID that can be sorted by.
func (t *DataTable[K, R]) SortBy(columnID string, descending bool) {
	t.columns.sorted, t.columns.descending = -1, false
	if i := t.columns.index(columnID); i >= 0 && t.columns.columns[i].sortable {
		t.columns.sorted, t.columns.descending = i, descending
	}
	t.rearranged()
}

// State returns what is worth remembering.
func (t *DataTable[K, R]) State() TableState { return t.columns.state() }

// SetState brings back what State returned.
func (t *DataTable[K, R]) SetState(state TableState) {
	t.columns.restore(state)
	t.rearranged()
}

// Focus gives the rows the keyboard.
func (t *DataTable[K, R]) Focus() { focusOn(t.body) }

// Keyboard is what takes the keyboard of the rows, nil where there are none: the frame is drawn around a row.
func (t *DataTable[K, R]) Keyboard() fyne.Focusable {
	if len(t.rows) == 0 {
		return nil
	}
	return t.body
}

// ColumnsMenu is the menu in which columns are chosen.
func (t *DataTable[K, R]) ColumnsMenu() *fyne.Menu { return t.columns.menu() }

// ColumnsButton is a button that opens that menu.
func (t *DataTable[K, R]) ColumnsButton() fyne.CanvasObject {
	return NewMenuButton(lang.L("Columns"), t.ColumnsMenu)
}

// columnsChanged is called when the user chose columns or the order.
func (t *DataTable[K, R]) columnsChanged(bool) {
	t.rearranged()
	if t.OnStateChanged != nil {
		t.OnStateChanged()
	}
}

// columnsResized is called while a border is dragged, and with done at the end of it.
func (t *DataTable[K, R]) columnsResized(done bool) {
	t.contentChanged()
	t.body.update()
	if done && t.OnStateChanged != nil {
		t.OnStateChanged()
	}
}

func (t *DataTable[K, R]) rearranged() {
	t.sort()
	t.findSelected()
	t.contentChanged()
	t.body.update()
}

// contentChanged lets the scroller know that the rows or columns take another room.
func (t *DataTable[K, R]) contentChanged() {
	t.columns.layOut(t.scroll.Size().Width)
	t.moving = true
	t.scroll.Refresh()
	t.moving = false
	t.header.offset = t.scroll.Offset.X
	t.header.Refresh()
	if t.Empty != nil {
		setShown(t.Empty, len(t.rows) == 0)
	}
}

func (t *DataTable[K, R]) sort() {
	if t.columns.sorted < 0 {
		t.order = nil
		return
	}
	if len(t.order) != len(t.rows) {
		t.order = slices.Grow(t.order[:0], len(t.rows))[:len(t.rows)]
		for i := range t.order {
			t.order[i] = i
		}
	}
	compare := t.defs[t.columns.sorted].Compare
	sign := 1
	if t.columns.descending {
		sign = -1
	}
	byColumn := func(a, b int) int {
		if c := sign * compare(t.rows[a], t.rows[b]); c != 0 {
			return c
		}
		return cmp.Compare(a, b)
	}
	resort(t.order, byColumn)
}

func (t *DataTable[K, R]) row(at int) R {
	if t.order != nil {
		at = t.order[at]
	}
	return t.rows[at]
}

// find returns where the row with a key is shown, -1 when it is not. It looks near first: rows seldom move far.
func (t *DataTable[K, R]) find(key K, near int) int {
	n := len(t.rows)
	near = max(0, min(near, n-1))
	for d := 0; d < n; d++ {
		if at := near - d; at >= 0 && t.key(t.row(at)) == key {
			return at
		}
		if at := near + d + 1; at < n && t.key(t.row(at)) == key {
			return at
		}
	}
	return -1
}

func (t *DataTable[K, R]) findSelected() {
	if t.hasSelected {
		t.selectedAt = t.find(t.selected, t.selectedAt)
	}
}

// topRow returns the key of the first row in view and how far it is scrolled out, when that row should keep its place.
func (t *DataTable[K, R]) topRow() (key K, within float32, ok bool) {
	if t.following || !t.followable || t.order != nil || t.scroll.Offset.Y <= 0 {
		return key, 0, false
	}
	at := t.body.top()
	if at >= len(t.rows) {
		return key, 0, false
	}
	return t.key(t.row(at)), t.scroll.Offset.Y - float32(at)*t.body.rowHeight(), true
}

// choose selects the row at a place, as a click does.
func (t *DataTable[K, R]) choose(at int) {
	key := t.key(t.row(at))
	another := !t.hasSelected || t.selected != key
	t.selected, t.hasSelected, t.selectedAt = key, true, at
	t.reveal(at)
	t.body.update()
	if another && t.OnSelected != nil {
		t.OnSelected(t.row(at))
	}
}

// reveal scrolls as little as needed to show the row at a place.
func (t *DataTable[K, R]) reveal(at int) {
	height := t.body.rowHeight()
	y, view := float32(at)*height, t.scroll.Size().Height
	switch {
	case view <= 0: // not laid out yet: the first layout comes back to it
	case y < t.scroll.Offset.Y:
		t.userScrollTo(y)
	case y+height > t.scroll.Offset.Y+view:
		t.userScrollTo(y + height - view)
	}
}

// userScrollTo scrolls on behalf of the user, which may end following.
func (t *DataTable[K, R]) userScrollTo(y float32) {
	t.scrollTo(y)
	t.scrolled(t.scroll.Offset)
}

// scrollTo moves the view, within the rows.
func (t *DataTable[K, R]) scrollTo(y float32) {
	y = max(0, min(y, t.body.height()-t.scroll.Size().Height))
	t.moving = true
	t.scroll.ScrollToOffset(fyne.NewPos(t.scroll.Offset.X, y))
	t.moving = false
}

// scrolled is called when the user scrolled.
func (t *DataTable[K, R]) scrolled(offset fyne.Position) {
	if t.moving {
		return
	}
	if t.header.offset != offset.X {
		t.header.offset = offset.X
		t.header.Refresh()
	}
	if t.followable {
		atEnd := offset.Y >= t.body.height()-t.scroll.Size().Height-1
		if atEnd != t.following {
			t.following = atEnd
			if t.OnFollow != nil {
				t.OnFollow(atEnd)
			}
		}
	}
	t.body.update()
}

// rowText is the row at a place as it is copied: the columns in view with tabs between them.
func (t *DataTable[K, R]) rowText(at int) string {
	var parts []string
	row := t.row(at)
	for _, s := range t.columns.spans {
		if text := t.defs[s.column].Text; text != nil {
			parts = append(parts, text(row))
		}
	}
	return strings.Join(parts, "\t")
}

// CreateRenderer implements [fyne.Widget].
func (t *DataTable[K, R]) CreateRenderer() fyne.WidgetRenderer {
	clip := container.NewClip(t.header)
	clip.ExtendBaseWidget(clip) // it lays nothing out before somebody asks for its size
	objects := []fyne.CanvasObject{clip, t.scroll}
	if t.Empty != nil {
		objects = append(objects, t.Empty)
	}
	t.body.dense, t.header.dense = t.Dense, t.Dense
	laidOut := false
	r := &renderer{objects: objects}
	r.layout = func(size fyne.Size) {
		head := t.header.MinSize().Height
		t.columns.layOut(size.Width)
		place(clip, 0, 0, size.Width, head)
		place(t.scroll, 0, head, size.Width, size.Height-head)
		if t.Empty != nil {
			place(t.Empty, 0, head, size.Width, size.Height-head)
		}
		t.contentChanged()
		switch {
		case t.following:
			t.scrollTo(t.body.height())
		case !laidOut && t.selectedAt >= 0:
			t.reveal(t.selectedAt)
		}
		laidOut = true
		t.body.update()
	}
	r.minSize = func() fyne.Size {
		return fyne.NewSize(120, t.header.MinSize().Height+2*t.body.rowHeight())
	}
	r.refresh = func() {
		t.body.dense, t.header.dense = t.Dense, t.Dense
		t.contentChanged()
		t.body.update()
	}
	return r
}
