package topics

import (
	"image/color"
	"slices"
	"sync/atomic"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/theme"
	fynewidget "fyne.io/fyne/v2/widget"

	"sluice/ui/pane"
	sluicetheme "sluice/ui/theme"
	"sluice/ui/widget"
)

// span is a range of lines, the end exclusive.
type span struct{ from, to int }

// treeView shows the lines of the tree as a virtual list: a line is drawn when it is in view, so that its cost does not
// depend on the number of topics. Left and right close and open branches.
type treeView struct {
	fynewidget.List
	rows  []treeRow
	cells map[string]cell

	// visible is what Gather has to fill; it is written by the UI goroutine only.
	visible atomic.Pointer[span]

	onSelect  func(path string)
	onToggle  func(path string, open bool)
	onVisible func()
	onDelete  func(row treeRow)
	onMenu    func(row treeRow, at fyne.Position)

	filter    string // what is highlighted in the names
	reveal    string // the topic that is to come into view
	selected  string
	highlight int    // the line that the keyboard is at, -1 for none
	at        string // its path
	focused   bool
	restoring bool // selection and keyboard follow their topics to other lines
}

func newTreeView() *treeView {
	v := &treeView{cells: map[string]cell{}, highlight: -1}
	v.visible.Store(&span{})
	v.HideSeparators = true
	v.Length = func() int { return len(v.rows) }
	v.CreateItem = func() fyne.CanvasObject { return newTreeLine(v) }
	v.UpdateItem = func(id int, object fyne.CanvasObject) { v.update(id, object.(*treeLine)) }
	v.OnHighlighted = v.lineHighlighted
	v.List.OnSelected = v.lineSelected
	v.ExtendBaseWidget(v)
	return v
}

func (v *treeView) update(id int, line *treeLine) {
	if id >= len(v.rows) {
		return
	}
	row := v.rows[id]
	line.set(row, v.cells[row.path])
	line.ring.Set(v.focused && id == v.highlight)
	v.noteVisible()
}

// lineHighlighted moves the frame that says where the keyboard is.
func (v *treeView) lineHighlighted(id int) {
	before := v.highlight
	v.highlight = id
	if row, ok := v.current(); ok && !v.restoring {
		v.at = row.path
	}
	if before != id {
		v.RefreshItem(before)
	}
	v.RefreshItem(id)
}

// FocusGained implements [fyne.Focusable].
func (v *treeView) FocusGained() {
	v.focused = true
	v.List.FocusGained()
}

// FocusLost implements [fyne.Focusable].
func (v *treeView) FocusLost() {
	v.focused = false
	v.List.FocusLost()
}

// lineStep is the distance between lines.
func (v *treeView) lineStep() float32 { return lineHeight + v.Theme().Size(theme.SizeNamePadding) }

// noteVisible tells Gather which lines are in view.
func (v *treeView) noteVisible() {
	height := v.lineStep()
	first := int(v.GetScrollOffset() / height)
	now := span{from: max(first-2, 0), to: min(first+int(v.Size().Height/height)+4, len(v.rows))}
	if before := v.visible.Load(); *before != now {
		v.visible.Store(&now)
		v.onVisible()
	}
}

// setRows replaces the lines and keeps selection and keyboard on their topics.
func (v *treeView) setRows(rows []treeRow, filter string) {
	v.rows, v.filter = rows, filter
	v.Refresh()
	v.noteVisible()
	v.restoreSelection()
	v.restoreHighlight()
	if at := slices.IndexFunc(rows, func(row treeRow) bool { return row.path == v.reveal }); at >= 0 && v.reveal != "" {
		v.ScrollTo(at)
	}
	v.reveal = ""
}

func (v *treeView) restoreHighlight() {
	if row, ok := v.current(); v.at == "" || ok && row.path == v.at {
		return
	}
	if i := slices.IndexFunc(v.rows, func(row treeRow) bool { return row.path == v.at }); i >= 0 {
		v.restoring = true
		offset := v.GetScrollOffset()
		v.Highlight(i)
		v.ScrollToOffset(offset)
		v.restoring = false
	}
}

func (v *treeView) restoreSelection() {
	v.restoring = true
	defer func() { v.restoring = false }()
	v.UnselectAll()
	for i, row := range v.rows {
		if row.path == v.selected && v.selected != "" {
			// Select scrolls to the line, which only the user may do.
			offset := v.GetScrollOffset()
			v.Select(i)
			v.ScrollToOffset(offset)
			return
		}
	}
}

// setCells redraws the lines in view whose right side changed.
func (v *treeView) setCells(cells map[string]cell) {
	before := v.cells
	v.cells = cells
	visible := *v.visible.Load()
	for i := visible.from; i < min(visible.to, len(v.rows)); i++ {
		path := v.rows[i].path
		if !before[path].equal(cells[path]) {
			v.RefreshItem(i)
		}
	}
}

// tapped does what a click on a line does: the list has the focus, and the line is selected.
func (v *treeView) tapped(path string) {
	if at := v.focusOn(path); at >= 0 {
		v.Select(at)
	}
}

// focusOn gives the list the focus, and takes the keyboard to a line. It returns which, -1 if it is gone.
func (v *treeView) focusOn(path string) int {
	if canvas := fyne.CurrentApp().Driver().CanvasForObject(v); canvas != nil {
		canvas.Focus(v)
	}
	at := slices.IndexFunc(v.rows, func(row treeRow) bool { return row.path == path })
	if at >= 0 {
		v.Highlight(at)
	}
	return at
}

// lineSelected opens or closes a line that is only a branch; any other is shown in detail.
func (v *treeView) lineSelected(id int) {
	if v.restoring || id >= len(v.rows) {
		return
	}
	row := v.rows[id]
	if !row.topic {
		v.restoreSelection()
		v.onToggle(row.path, !row.open)
		return
	}
	v.selected = row.path
	v.onSelect(row.path)
}

// TypedKey moves from line to line and shows the topics that it comes to. Right opens a branch and goes into it, left
// closes it or goes to what it is in, Enter does as a click, Delete asks whether the topic or the branch is to go.
func (v *treeView) TypedKey(event *fyne.KeyEvent) {
	if widget.PassKey(v, event) {
		return
	}
	row, ok := v.current()
	page := max(int(v.Size().Height/v.lineStep())-1, 1)
	switch {
	case event.Name == fyne.KeyDown:
		v.moveTo(v.highlight + 1)
	case event.Name == fyne.KeyUp:
		v.moveTo(v.highlight - 1)
	case event.Name == fyne.KeyPageDown:
		v.moveTo(v.highlight + page)
	case event.Name == fyne.KeyPageUp:
		v.moveTo(v.highlight - page)
	case event.Name == fyne.KeyHome:
		v.moveTo(0)
	case event.Name == fyne.KeyEnd:
		v.moveTo(len(v.rows) - 1)
	case ok && event.Name == fyne.KeyRight && row.branch && !row.open:
		v.onToggle(row.path, true)
	case ok && event.Name == fyne.KeyRight && row.branch:
		v.moveTo(v.highlight + 1)
	case ok && event.Name == fyne.KeyLeft && row.branch && row.open:
		v.onToggle(row.path, false)
	case ok && event.Name == fyne.KeyLeft && row.depth > 0:
		above := v.highlight - 1
		for above > 0 && v.rows[above].depth >= row.depth {
			above--
		}
		v.moveTo(above)
	case ok && (event.Name == fyne.KeyReturn || event.Name == fyne.KeyEnter):
		v.Select(v.highlight)
	case ok && (event.Name == fyne.KeyDelete || event.Name == fyne.KeyBackspace):
		v.onDelete(row)
	case ok && event.Name == desktop.KeyMenu:
		v.onMenu(row, fyne.CurrentApp().Driver().AbsolutePositionForObject(v).AddXY(40, 40))
	default:
		v.List.TypedKey(event)
	}
}

// moveTo takes the keyboard to a line, and shows it in detail where it is a topic.
func (v *treeView) moveTo(id int) {
	if len(v.rows) == 0 {
		return
	}
	id = max(0, min(id, len(v.rows)-1))
	v.Highlight(id)
	if v.rows[id].topic {
		v.Select(id)
	}
}

// current is the highlighted line.
func (v *treeView) current() (treeRow, bool) {
	if v.highlight < 0 || v.highlight >= len(v.rows) {
		return treeRow{}, false
	}
	return v.rows[v.highlight], true
}

const (
	lineHeight  = 28
	indentWidth = 20
	arrowWidth  = 28
	sparkWidth  = 64
)

// treeLine draws one line: arrow, level, sparkline and value.
type treeLine struct {
	fynewidget.BaseWidget
	view  *treeView
	row   treeRow
	arrow *arrow
	found *canvas.Rectangle // behind what the filter found in the name
	from,
	to int // of that, in bytes of the name; from is -1 where there is none
	name    *widget.Text
	style   widget.TextStyle // of the name
	rate    *widget.Text
	spark   *widget.Sparkline
	value   *widget.Text
	plotted bool // there is enough for a sparkline
	ring    *widget.FocusRing
}

func newTreeLine(v *treeView) *treeLine {
	l := &treeLine{view: v, arrow: newArrow(v), ring: widget.NewFocusRing(3), from: -1,
		found: canvas.NewRectangle(color.Transparent),
		rate:  widget.NewText("", rateStyle),
		name:  widget.NewText("", widget.TextPlain).Shrink(),
		spark: widget.NewSparkline(sluicetheme.RoleAccent),
		value: widget.NewText("", widget.TextMonoMuted).Shrink()}
	l.spark.SetMinSize(fyne.NewSize(sparkWidth, 16))
	l.ExtendBaseWidget(l)
	return l
}

func (l *treeLine) set(row treeRow, c cell) {
	from, to := highlighted(row.path, row.name, l.view.filter)
	moved := row.depth != l.row.depth || row.name != l.row.name || row.branch != l.row.branch || c.value != l.value.Text() ||
		c.rate != l.rate.Text() || from != l.from || to != l.to
	l.row, l.from, l.to = row, from, to
	l.rate.SetText(c.rate)
	l.arrow.set(row)
	name, style := row.name, widget.TextPlain
	if row.branch {
		style = widget.TextStrong
	}
	if name == "" {
		name, style = "∅", widget.TextDim
	}
	l.style = style
	l.name.SetStyle(style)
	l.name.SetText(name)
	l.value.SetText(c.value)
	l.spark.SetValues(c.spark)
	if plotted := len(c.spark) > 1; plotted != l.plotted {
		l.plotted, moved = plotted, true
	}
	if moved {
		l.Refresh()
	}
}

// Tapped selects the line. The list would do so itself, were it not for TappedSecondary.
func (l *treeLine) Tapped(*fyne.PointEvent) { l.view.tapped(l.row.path) }

// TappedSecondary opens the topic's menu.
func (l *treeLine) TappedSecondary(e *fyne.PointEvent) { l.view.onMenu(l.row, e.AbsolutePosition) }

func (l *treeLine) CreateRenderer() fyne.WidgetRenderer { return &treeLineRenderer{line: l} }

type treeLineRenderer struct{ line *treeLine }

func (r *treeLineRenderer) Layout(size fyne.Size) {
	l := r.line
	l.ring.Resize(size)
	x := float32(l.row.depth)*indentWidth + 4
	l.arrow.Move(fyne.NewPos(x, 0))
	l.arrow.Resize(fyne.NewSize(arrowWidth, size.Height))
	x += arrowWidth
	nameWidth := min(pane.NaturalWidth(l.name.Text(), l.style)+1, size.Width-x-12)
	l.placeFound(x, size.Height)
	valueWidth := min(pane.NaturalWidth(l.value.Text(), widget.TextMonoMuted)+1, max(size.Width-x-nameWidth-32, 0))
	centre(l.value, size.Width-valueWidth-12, valueWidth, size.Height)
	at := size.Width - valueWidth - 20
	if l.value.Text() == "" {
		at = size.Width - 12
	}
	rateWidth := pane.NaturalWidth(l.rate.Text(), rateStyle) + 1
	fits := l.rate.Text() != "" && at-rateWidth > x+nameWidth
	pane.SetVisible(l.rate, fits)
	if fits {
		at -= rateWidth
		centre(l.rate, at, rateWidth, size.Height)
		at -= 8
	}
	at -= sparkWidth
	l.spark.Move(fyne.NewPos(at, (size.Height-16)/2))
	l.spark.Resize(fyne.NewSize(sparkWidth, 16))
	pane.SetVisible(l.spark, l.plotted && at > x+nameWidth)
	centre(l.name, x, nameWidth, size.Height)
}

// rateStyle is how a rate is written.
var rateStyle = widget.TextStyle{Color: sluicetheme.ColorDim, Size: sluicetheme.SizeSmall}

// placeFound puts the ground of what the filter found behind the name, which begins at x.
func (l *treeLine) placeFound(x, height float32) {
	name := l.name.Text()
	shown := l.from >= 0 && l.to <= len(name)
	pane.SetVisible(l.found, shown)
	if !shown {
		return
	}
	if fill := l.Theme().Color(sluicetheme.RolePUT.Tint(), fyne.CurrentApp().Settings().ThemeVariant()); l.found.FillColor != fill {
		l.found.FillColor, l.found.CornerRadius = fill, 3
		l.found.Refresh()
	}
	const room = 5
	before, whole := pane.NaturalWidth(name[:l.from], l.style), pane.NaturalWidth(name[:l.to], l.style)
	l.found.Move(fyne.NewPos(x+before-1, room))
	l.found.Resize(fyne.NewSize(whole-before+2, height-2*room))
}

func centre(o fyne.CanvasObject, x, width, height float32) {
	h := o.MinSize().Height
	o.Move(fyne.NewPos(x, (height-h)/2))
	o.Resize(fyne.NewSize(width, h))
}

func (r *treeLineRenderer) MinSize() fyne.Size { return fyne.NewSize(120, lineHeight) }
func (r *treeLineRenderer) Refresh()           { r.Layout(r.line.Size()) }
func (r *treeLineRenderer) Destroy()           {}
func (r *treeLineRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.line.found, r.line.arrow, r.line.name, r.line.rate, r.line.spark, r.line.value, r.line.ring}
}

// arrow opens and closes a branch; a line without one has an empty arrow.
type arrow struct {
	fynewidget.BaseWidget
	view  *treeView
	row   treeRow
	image *canvas.Image
}

// The drawings of an arrow. They are drawings because not every font has such letters.
var (
	arrowOpen   = theme.NewColoredResource(theme.DefaultTheme().Icon(theme.IconNameArrowDropDown), sluicetheme.ColorDim)
	arrowClosed = theme.NewColoredResource(theme.DefaultTheme().Icon(theme.IconNameMenuExpand), sluicetheme.ColorDim)
)

func newArrow(v *treeView) *arrow {
	a := &arrow{view: v, image: canvas.NewImageFromResource(arrowClosed)}
	a.image.SetMinSize(fyne.NewSize(16, 16))
	a.image.Hide()
	a.ExtendBaseWidget(a)
	return a
}

func (a *arrow) set(row treeRow) {
	a.row = row
	drawing := arrowClosed
	if row.open {
		drawing = arrowOpen
	}
	if row.branch && a.image.Resource != fyne.Resource(drawing) {
		a.image.Resource = drawing
		a.image.Refresh()
	}
	pane.SetVisible(a.image, row.branch)
}

// Tapped toggles the branch, or selects the line where there is none.
func (a *arrow) Tapped(*fyne.PointEvent) {
	if a.row.branch {
		a.view.focusOn(a.row.path)
		a.view.onToggle(a.row.path, !a.row.open)
		return
	}
	a.view.tapped(a.row.path)
}

func (a *arrow) CreateRenderer() fyne.WidgetRenderer {
	return fynewidget.NewSimpleRenderer(container.NewCenter(a.image))
}
