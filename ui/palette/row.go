package palette

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	fynetheme "fyne.io/fyne/v2/theme"
	fynewidget "fyne.io/fyne/v2/widget"

	"sluice/ui/theme"
)

// The measures of a row.
const (
	rowHeight = 32
	rowInset  = 12
	rowGap    = 10
)

// row is a line of the list: the name with what was found in bold, a note, and at the right end what it is or its keys.
type row struct {
	fynewidget.BaseWidget
	found   Found
	chosen  bool
	hovered bool
	tapped  func()

	ground *canvas.Rectangle
	name   []*canvas.Text // pieces, plain and bold
	note   *canvas.Text
	kind   *canvas.Text
	keys   *canvas.Text
}

func newRow(tapped func()) *row {
	r := &row{tapped: tapped, ground: canvas.NewRectangle(color.Transparent)}
	text := func() *canvas.Text { return canvas.NewText("", color.Transparent) }
	r.note, r.kind, r.keys = text(), text(), text()
	r.ExtendBaseWidget(r)
	return r
}

// set shows a command.
func (r *row) set(f Found, chosen bool) {
	r.found, r.chosen = f, chosen
	r.Refresh()
}

// Tapped implements [fyne.Tappable].
func (r *row) Tapped(*fyne.PointEvent) { r.tapped() }

// MouseIn implements [desktop.Hoverable].
func (r *row) MouseIn(*desktop.MouseEvent) { r.hovered = true; r.Refresh() }

// MouseMoved implements [desktop.Hoverable].
func (r *row) MouseMoved(*desktop.MouseEvent) {}

// MouseOut implements [desktop.Hoverable].
func (r *row) MouseOut() { r.hovered = false; r.Refresh() }

// piece is a part of a name that is all found, or all not.
type piece struct {
	text string
	bold bool
}

// pieces cuts a name where what was found begins and ends.
func pieces(name string, at []int) []piece {
	var list []piece
	next := 0
	for i, r := range []rune(name) {
		bold := next < len(at) && at[next] == i
		if bold {
			next++
		}
		if n := len(list); n == 0 || list[n-1].bold != bold {
			list = append(list, piece{bold: bold})
		}
		list[len(list)-1].text += string(r)
	}
	return list
}

func (r *row) color(name fyne.ThemeColorName) color.Color { return fynetheme.ColorForWidget(name, r) }

func (r *row) write(t *canvas.Text, text string, name fyne.ThemeColorName, size fyne.ThemeSizeName, bold bool) {
	t.Text, t.Color, t.TextSize, t.TextStyle = text, r.color(name), fynetheme.SizeForWidget(size, r), fyne.TextStyle{Bold: bold}
	t.Refresh()
}

// fill writes the texts.
func (r *row) fill() {
	r.ground.FillColor = color.Transparent
	switch {
	case r.chosen:
		r.ground.FillColor = r.color(theme.ColorSelection)
	case r.hovered:
		r.ground.FillColor = r.color(theme.ColorHover)
	}
	r.ground.CornerRadius = fynetheme.SizeForWidget(theme.SizeRadius, r)
	r.ground.Refresh()
	list := pieces(r.found.Name, r.found.At)
	for len(r.name) < len(list) {
		r.name = append(r.name, canvas.NewText("", color.Transparent))
	}
	r.name = r.name[:len(list)]
	for i, p := range list {
		name := theme.ColorText
		if p.bold {
			name = theme.ColorAccent
		}
		r.write(r.name[i], p.text, name, theme.SizeText, p.bold)
	}
	r.write(r.note, r.found.Note, theme.ColorMuted, theme.SizeSmall, false)
	r.write(r.kind, r.found.Kind, theme.ColorDim, theme.SizeSmall, false)
	r.write(r.keys, r.found.Keys, theme.ColorMuted, theme.SizeSmall, false)
}

// CreateRenderer implements [fyne.Widget].
func (r *row) CreateRenderer() fyne.WidgetRenderer {
	r.fill()
	return &rowRenderer{r}
}

type rowRenderer struct{ *row }

func (r *rowRenderer) Destroy() {}

func (r *rowRenderer) MinSize() fyne.Size { return fyne.NewSize(200, rowHeight) }

func (r *rowRenderer) Objects() []fyne.CanvasObject {
	objects := []fyne.CanvasObject{r.ground}
	for _, t := range r.name {
		objects = append(objects, t)
	}
	return append(objects, r.note, r.kind, r.keys)
}

func (r *rowRenderer) Layout(size fyne.Size) {
	r.ground.Resize(size)
	right := size.Width - rowInset
	for _, t := range []*canvas.Text{r.kind, r.keys} {
		if t.Text != "" {
			m := t.MinSize()
			right -= m.Width
			place(t, right, m.Width, size.Height)
			right -= rowGap
		}
	}
	x := float32(rowInset)
	for _, t := range r.name {
		x += fit(t, x, right, size.Height)
	}
	fit(r.note, x+rowGap, right, size.Height)
}

// fit places a text from x on, cut where it would go beyond right, and returns how wide it is.
func fit(t *canvas.Text, x, right, height float32) float32 {
	m := t.MinSize()
	if room := max(right-x, 0); m.Width > room {
		letters := []rune(t.Text)
		for len(letters) > 0 && m.Width > room {
			letters = letters[:len(letters)-1]
			m = fyne.MeasureText(string(letters)+"…", t.TextSize, t.TextStyle)
		}
		t.Text = string(letters) + "…"
		if len(letters) == 0 {
			t.Text = ""
		}
		t.Refresh()
	}
	place(t, x, m.Width, height)
	return m.Width
}

func place(t *canvas.Text, x, width, height float32) {
	t.Move(fyne.NewPos(x, 0))
	t.Resize(fyne.NewSize(width, height))
}

func (r *rowRenderer) Refresh() {
	r.fill()
	r.Layout(r.Size())
	canvas.Refresh(r.row)
}
