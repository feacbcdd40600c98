package widget

import (
	"slices"
	"strings"
	"unicode"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"

	"sluice/ui/theme"
)

// Kind is how the cells of a column are drawn.
type Kind uint8

// The kinds of columns. Numbers stand to the right.
const (
	KindText Kind = iota
	KindNumber
	KindBadge
	KindDot
	KindSparkline
)

// TableState is what a table remembers: give it back with [DataTable.SetState] at the next start.
type TableState struct {
	Columns    []ColumnState `json:"columns"`
	Sort       string        `json:"sort,omitempty"` // the ID of a column
	Descending bool          `json:"descending,omitempty"`
}

// ColumnState is what a table remembers of a column.
type ColumnState struct {
	ID     string  `json:"id"`
	Width  float32 `json:"width,omitempty"` // 0: as declared, which depends on the language
	Hidden bool    `json:"hidden,omitempty"`
}

// column is what the table needs to lay a column out and draw it, without the type of the rows.
type column struct {
	id, title       string
	width, minWidth float32
	kind            Kind
	mono, bold      bool
	middle          bool
	before          string
	tone            theme.Role
	sortable        bool
	hidden          bool
	grows           bool
	initial         ColumnState
}

// span is where a shown column lies.
type span struct {
	column   int
	x, width float32
}

// columnSet is the order, the widths and the sorting of the columns of one table.
type columnSet struct {
	columns    []column
	sorted     int // index of the column the rows are sorted by, -1 for none
	descending bool
	spans      []span // the shown columns from left to right, see layOut
	total      float32
	changed    func(sorting bool)
}

// The measures of cells.
const (
	cellInset      = 10
	minColumnWidth = 32
	gripWidth      = 5 // on either side of the border between two columns
	arrowWidth     = 8 // about half of that of sorting
)

// titleWidth is about how long a title is: it is asked before there is a theme to measure by.
func titleWidth(title string) float32 {
	var width float32
	for _, r := range title { // of SizeSmall
		switch {
		case r >= 0x2e80: // the first of the scripts of East Asia
			width += 12.2
		case strings.ContainsRune("mwMW", r):
			width += 11.5
		case strings.ContainsRune("Ifijlrt -.,", r):
			width += 4.5
		case unicode.IsUpper(r):
			width += 9
		default:
			width += 7.3
		}
	}
	return width
}

// layOut gives the shown columns their places. What they leave free goes to the one that grows, or else to the last one.
func (s *columnSet) layOut(view float32) {
	s.spans = s.spans[:0]
	var total float32
	grows := -1
	for i, c := range s.columns {
		if c.hidden {
			continue
		}
		if c.grows && c.width == c.initial.Width && grows < 0 { // else the user has given it a width
			grows = len(s.spans)
		}
		s.spans = append(s.spans, span{column: i, width: c.width})
		total += c.width
	}
	if n := len(s.spans); n > 0 && total < view {
		if grows < 0 {
			grows = n - 1
		}
		s.spans[grows].width += view - total
		total = view
	}
	var x float32
	for i := range s.spans {
		s.spans[i].x = x
		x += s.spans[i].width
	}
	s.total = total
}

// at returns the index in spans of the column under x, -1 when there is none.
func (s *columnSet) at(x float32) int {
	return slices.IndexFunc(s.spans, func(p span) bool { return x >= p.x && x < p.x+p.width })
}

// gripAt returns the index in spans of the column whose right border is near x, -1 when there is none.
func (s *columnSet) gripAt(x float32) int {
	for i := len(s.spans) - 1; i >= 0; i-- {
		end := s.spans[i].x + s.spans[i].width
		if x >= end-gripWidth && x <= end+gripWidth {
			return i
		}
	}
	return -1
}

// resize sets the width of the column of a span. It says nothing to the outside: a drag does that once, at its end.
func (s *columnSet) resize(at int, width float32) {
	if at < 0 || at >= len(s.spans) {
		return
	}
	c := &s.columns[s.spans[at].column]
	c.width = max(width, c.minWidth)
}

// sortBy sorts by the column with the given index; the same one again turns the order, and after that ends sorting.
func (s *columnSet) sortBy(index int) {
	if index < 0 || index >= len(s.columns) || !s.columns[index].sortable {
		return
	}
	switch {
	case s.sorted != index:
		s.sorted, s.descending = index, false
	case !s.descending:
		s.descending = true
	default:
		s.sorted, s.descending = -1, false
	}
	s.changed(true)
}

func (s *columnSet) index(id string) int {
	return slices.IndexFunc(s.columns, func(c column) bool { return c.id == id })
}

func (s *columnSet) shown() int {
	n := 0
	for _, c := range s.columns {
		if !c.hidden {
			n++
		}
	}
	return n
}

// toggle shows or hides a column; the last one stays.
func (s *columnSet) toggle(index int) {
	c := &s.columns[index]
	if !c.hidden && s.shown() == 1 {
		return
	}
	c.hidden = !c.hidden
	s.changed(false)
}

// reset brings back the columns as the pane declared them.
func (s *columnSet) reset() {
	for i := range s.columns {
		s.columns[i].width, s.columns[i].hidden = s.columns[i].initial.Width, s.columns[i].initial.Hidden
	}
	s.sorted, s.descending = -1, false
	s.changed(true)
}

func (s *columnSet) state() TableState {
	state := TableState{Columns: make([]ColumnState, len(s.columns))}
	for i, c := range s.columns {
		state.Columns[i] = ColumnState{ID: c.id, Hidden: c.hidden}
		if c.width != c.initial.Width {
			state.Columns[i].Width = c.width
		}
	}
	if s.sorted >= 0 {
		state.Sort, state.Descending = s.columns[s.sorted].id, s.descending
	}
	return state
}

// widestColumn is the most that is taken back of the width of a column.
const widestColumn = 4000

// restore takes over what it knows of state: columns that came or went since are left as they were declared.
func (s *columnSet) restore(state TableState) {
	for _, saved := range state.Columns {
		if i := s.index(saved.ID); i >= 0 {
			c := &s.columns[i]
			c.hidden = saved.Hidden
			if saved.Width > 0 {
				c.width = max(min(saved.Width, widestColumn), c.minWidth)
			}
		}
	}
	if len(s.columns) > 0 && s.shown() == 0 {
		s.columns[0].hidden = false
	}
	s.sorted, s.descending = -1, false
	if i := s.index(state.Sort); i >= 0 && s.columns[i].sortable {
		s.sorted, s.descending = i, state.Descending
	}
}

func (s *columnSet) menu() *fyne.Menu {
	items := make([]*fyne.MenuItem, 0, len(s.columns)+2)
	for i, c := range s.columns {
		title := c.title
		if title == "" {
			title = c.id
		}
		item := fyne.NewMenuItem(title, func() { s.toggle(i) })
		item.Checked = !c.hidden
		items = append(items, item)
	}
	items = append(items, fyne.NewMenuItemSeparator(), fyne.NewMenuItem(lang.L("Reset columns"), s.reset))
	return fyne.NewMenu("", items...)
}
