package widget

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	fynewidget "fyne.io/fyne/v2/widget"

	"sluice/ui/theme"
)

// RailItem is a pane in the rail.
type RailItem struct {
	ID, Label string
	Icon      fyne.Resource
}

// RailGroup is a part of the rail under a small title, which may be empty.
type RailGroup struct {
	Title string
	Items []RailItem
}

// Rail is the list of panes at the left of the window. Up and down choose a pane, as a click does.
type Rail struct {
	fynewidget.BaseWidget
	OnSelected func(id string)

	rows     []railRow // titles and items from top to bottom
	selected int
	hovered  int
	focused  bool
	objects  []fyne.CanvasObject
	ring     *canvas.Rectangle
	hover    *canvas.Rectangle
	chosen   *canvas.Rectangle
}

// railRow is a title when it has no ID.
type railRow struct {
	RailItem
	y      float32
	icon   *canvas.Image
	text   *canvas.Text
	count  *canvas.Text
	ground *canvas.Rectangle // below the count
}

var (
	_ fyne.Tappable     = (*Rail)(nil)
	_ fyne.Focusable    = (*Rail)(nil)
	_ desktop.Hoverable = (*Rail)(nil)
)

// The measures of the rail.
const (
	railWidth   = 199
	railItem    = 36
	railTitle   = 34
	railInset   = 8
	railIcon    = 18
	railRadius  = 6
	railCount   = 18
	railPadding = 10 // above the first and below the last row
)

// NewRail returns a rail with its first item selected.
func NewRail(groups ...RailGroup) *Rail {
	r := &Rail{hovered: -1, selected: -1}
	for _, rect := range []**canvas.Rectangle{&r.ring, &r.hover, &r.chosen} {
		*rect = canvas.NewRectangle(color.Transparent)
	}
	r.objects = []fyne.CanvasObject{r.chosen, r.hover}
	y := float32(railPadding)
	for _, group := range groups {
		if group.Title != "" {
			row := railRow{RailItem: RailItem{Label: group.Title}, y: y, text: canvas.NewText("", color.Transparent)}
			r.rows = append(r.rows, row)
			r.objects = append(r.objects, row.text)
			y += railTitle
		}
		for _, item := range group.Items {
			row := newRailRow(item, y)
			r.objects = append(r.objects, row.icon, row.text, row.ground, row.count)
			if r.selected < 0 {
				r.selected = len(r.rows)
			}
			r.rows = append(r.rows, row)
			y += railItem
		}
	}
	r.objects = append(r.objects, r.ring)
	r.ExtendBaseWidget(r)
	return r
}

func newRailRow(item RailItem, y float32) railRow {
	row := railRow{RailItem: item, y: y, icon: canvas.NewImageFromResource(nil)}
	row.icon.FillMode = canvas.ImageFillContain
	row.text, row.count = canvas.NewText("", color.Transparent), canvas.NewText("", color.Transparent)
	row.count.Alignment = fyne.TextAlignCenter
	row.ground = canvas.NewRectangle(color.Transparent)
	row.ground.Hide()
	return row
}

func (r *Rail) index(id string) int {
	for i, row := range r.rows {
		if row.ID == id && id != "" {
			return i
		}
	}
	return -1
}

// Select shows the item with the given ID as selected. It does not call OnSelected.
func (r *Rail) Select(id string) {
	if i := r.index(id); i >= 0 && i != r.selected {
		r.selected = i
		r.Refresh()
	}
}

// Selected is the ID of the selected item.
func (r *Rail) Selected() string {
	if r.selected < 0 {
		return ""
	}
	return r.rows[r.selected].ID
}

// SetCount shows a count at an item; an empty text takes it away.
func (r *Rail) SetCount(id, text string) {
	i := r.index(id)
	if i < 0 || r.rows[i].count.Text == text {
		return
	}
	row := &r.rows[i]
	row.count.Text = text
	r.paintRow(i)
	r.placeCount(row)
	row.count.Refresh()
}

func (r *Rail) choose(i int) {
	if i < 0 || i >= len(r.rows) || r.rows[i].ID == "" {
		return
	}
	another := i != r.selected
	r.selected = i
	r.Refresh()
	if another && r.OnSelected != nil {
		r.OnSelected(r.rows[i].ID)
	}
}

// rowAt returns the item under y, -1 when there is none.
func (r *Rail) rowAt(y float32) int {
	for i, row := range r.rows {
		if row.ID != "" && y >= row.y && y < row.y+railItem {
			return i
		}
	}
	return -1
}

// Tapped implements [fyne.Tappable].
func (r *Rail) Tapped(ev *fyne.PointEvent) {
	focusOn(r)
	r.choose(r.rowAt(ev.Position.Y))
}

// TypedKey implements [fyne.Focusable].
func (r *Rail) TypedKey(ev *fyne.KeyEvent) {
	if PassKey(r, ev) {
		return
	}
	step, from := 0, r.selected
	switch ev.Name {
	case fyne.KeyUp:
		step = -1
	case fyne.KeyDown:
		step = 1
	case fyne.KeyHome:
		step, from = 1, -1
	case fyne.KeyEnd:
		step, from = -1, len(r.rows)
	default:
		return
	}
	for i := from + step; i >= 0 && i < len(r.rows); i += step {
		if r.rows[i].ID != "" {
			r.choose(i)
			return
		}
	}
}

// TypedRune implements [fyne.Focusable].
func (r *Rail) TypedRune(rune) {}

// FocusGained implements [fyne.Focusable].
func (r *Rail) FocusGained() { r.focused = true; r.paintMarks() }

// FocusLost implements [fyne.Focusable].
func (r *Rail) FocusLost() { r.focused = false; r.paintMarks() }

// MouseIn implements [desktop.Hoverable].
func (r *Rail) MouseIn(ev *desktop.MouseEvent) { r.MouseMoved(ev) }

// MouseMoved implements [desktop.Hoverable].
func (r *Rail) MouseMoved(ev *desktop.MouseEvent) {
	if at := r.rowAt(ev.Position.Y); at != r.hovered {
		r.hovered = at
		r.paintMarks()
	}
}

// MouseOut implements [desktop.Hoverable].
func (r *Rail) MouseOut() { r.hovered = -1; r.paintMarks() }

func (r *Rail) paintMarks() {
	width := max(0, r.Size().Width-2*railInset)
	mark := func(rect *canvas.Rectangle, at int) {
		setShown(rect, at >= 0)
		if at >= 0 {
			place(rect, railInset, r.rows[at].y+1, width, railItem-2)
		}
	}
	paint(r.chosen, colorOf(theme.ColorSelection, r), color.Transparent, 0, railRadius)
	paint(r.hover, colorOf(theme.ColorHover, r), color.Transparent, 0, railRadius)
	paintFocus(r.ring, r.focused, r, railRadius)
	mark(r.chosen, r.selected)
	mark(r.hover, r.hovered)
	at := -1
	if r.focused {
		at = r.selected
	}
	mark(r.ring, at)
}

// paintRow brings texts and colours up to date.
func (r *Rail) paintRow(i int) {
	row := &r.rows[i]
	if row.ID == "" {
		write(row.text, row.Label, colorOf(theme.ColorDim, r), face{size: sizeOf(theme.SizeCaption, r)})
		return
	}
	name := theme.ColorMuted
	if i == r.selected {
		name = theme.ColorText
	}
	c := colorOf(name, r)
	write(row.text, row.Label, c, face{size: sizeOf(theme.SizeText, r), style: fyne.TextStyle{Bold: i == r.selected}})
	write(row.count, row.count.Text, c, face{size: sizeOf(theme.SizeCaption, r), style: fyne.TextStyle{Bold: i == r.selected}})
	paint(row.ground, colorOf(theme.ColorRaised, r), color.Transparent, 0, railCount/2)
	setShown(row.ground, row.count.Text != "")
	setDrawing(row.icon, row.Icon, name)
}

func (r *Rail) placeRow(i int) {
	row := &r.rows[i]
	width := r.Size().Width
	const left = railInset + 10
	if row.ID == "" {
		place(row.text, left, row.y+8, width-2*left, railTitle-8)
		return
	}
	place(row.icon, left, row.y+(railItem-railIcon)/2, railIcon, railIcon)
	place(row.text, left+railIcon+9, row.y, width-left-railIcon, railItem)
	r.placeCount(row)
}

func (r *Rail) placeCount(row *railRow) {
	f := face{size: row.count.TextSize, style: row.count.TextStyle}
	pill := max(24, f.width(row.count.Text)+14)
	x, y := r.Size().Width-railInset-9-pill, row.y+(railItem-railCount)/2
	place(row.ground, x, y, pill, railCount)
	place(row.count, x, y, pill, railCount)
}

// CreateRenderer implements [fyne.Widget].
func (r *Rail) CreateRenderer() fyne.WidgetRenderer {
	fill := func() {
		for i := range r.rows {
			r.paintRow(i)
		}
		r.paintMarks()
	}
	fill()
	return &renderer{
		objects: r.objects,
		layout: func(fyne.Size) {
			for i := range r.rows {
				r.placeRow(i)
			}
			r.paintMarks()
		},
		minSize: func() fyne.Size {
			if len(r.rows) == 0 {
				return fyne.NewSize(railWidth, 0)
			}
			return fyne.NewSize(railWidth, r.rows[len(r.rows)-1].y+railItem+railPadding)
		},
		refresh: fill,
	}
}
