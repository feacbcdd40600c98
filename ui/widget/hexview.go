package widget

import (
	"encoding/hex"
	"fmt"
	"image/color"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	fynewidget "fyne.io/fyne/v2/widget"

	"sluice/ui/theme"
	"sluice/ui/widget/payload"
)

// Span is a range of bytes; To is the first one that does not belong to it.
type Span struct{ From, To int }

// HexView shows bytes in rows with their offset and their characters: sixteen a row, eight where it is narrow. It shows
// at most [payload.Limit] bytes. Masked bytes, such as secrets, are never shown nor copied.
type HexView struct {
	fynewidget.BaseWidget
	// OnTapped is called with the place of a byte that was clicked, OnHovered with that of the one under the pointer, and
	// when it left them. Both may be nil.
	OnTapped  func(at int)
	OnHovered func(at int, on bool)

	data      []byte
	highlight Span
	masks     []Span
	perRow    int
	list      *List
}

// NewHexView returns a view without bytes.
func NewHexView() *HexView {
	v := &HexView{perRow: 16}
	v.list = NewList(
		v.rows,
		func() fyne.CanvasObject { return newHexRow(v) },
		func(id fynewidget.ListItemID, o fyne.CanvasObject) { o.(*hexRow).show(id) },
	)
	v.list.HideSeparators = true
	v.ExtendBaseWidget(v)
	return v
}

// SetData shows data, which must not change afterwards. Highlight and masks are taken away.
func (v *HexView) SetData(data []byte) {
	v.data, v.highlight, v.masks = data, Span{}, nil
	v.list.Refresh()
	v.list.ScrollToTop()
}

// SetHighlight marks the bytes from up to, but not including, to, and scrolls to them.
func (v *HexView) SetHighlight(from, to int) {
	v.highlight = Span{from, to}
	v.list.Refresh()
	if from < to && from >= 0 && from/v.perRow < v.rows() {
		v.list.ScrollTo(from / v.perRow)
	}
}

// SetMasks hides ranges of bytes.
func (v *HexView) SetMasks(masks ...Span) {
	v.masks = slices.Clone(masks)
	v.list.Refresh()
}

// Text is all that is shown, as rows of offset, bytes and characters.
func (v *HexView) Text() string {
	var b strings.Builder
	for row := range v.rows() {
		offset, bytes, chars := v.rowTexts(row)
		fmt.Fprintf(&b, "%s  %s  %s\n", offset, bytes, chars)
	}
	return b.String()
}

// Hex is the bytes as digits without spaces; masked ones are dots.
func (v *HexView) Hex() string {
	digits := []byte(hex.EncodeToString(v.data))
	for i := range v.data {
		if v.masked(i) {
			digits[2*i], digits[2*i+1] = '.', '.'
		}
	}
	return string(digits)
}

func (v *HexView) shown() int { return min(len(v.data), payload.Limit) }

func (v *HexView) rows() int { return (v.shown() + v.perRow - 1) / v.perRow }

func (v *HexView) masked(i int) bool {
	return slices.ContainsFunc(v.masks, func(s Span) bool { return i >= s.From && i < s.To })
}

func (v *HexView) offsetDigits() int {
	if v.shown() > 0xffff {
		return 6
	}
	return 4
}

const hexDigits = "0123456789abcdef"

// rowTexts are the three parts of a row. A gap divides the bytes into halves.
func (v *HexView) rowTexts(row int) (offset, bytes, chars string) {
	var digits, signs strings.Builder
	for i := range v.perRow {
		if i == v.perRow/2 {
			digits.WriteByte(' ')
		}
		at := row*v.perRow + i
		switch {
		case at >= v.shown():
			digits.WriteString("   ")
			continue
		case v.masked(at):
			digits.WriteString("·· ")
			signs.WriteRune('·')
			continue
		}
		c := v.data[at]
		digits.Write([]byte{hexDigits[c>>4], hexDigits[c&0xf], ' '})
		if c < 0x20 || c > 0x7e {
			c = '.'
		}
		signs.WriteByte(c)
	}
	return fmt.Sprintf("%0*x", v.offsetDigits(), row*v.perRow), strings.TrimSuffix(digits.String(), " "), signs.String()
}

// columnOf is where byte i of a row begins among the digits.
func (v *HexView) columnOf(i int) int {
	if i >= v.perRow/2 {
		return 3*i + 1
	}
	return 3 * i
}

// CreateRenderer implements [fyne.Widget].
func (v *HexView) CreateRenderer() fyne.WidgetRenderer {
	return &renderer{
		objects: []fyne.CanvasObject{v.list},
		layout: func(size fyne.Size) {
			f := TextMono.face(v)
			const wide = 6 + 2 + 16*3 + 2 + 16 + 2
			perRow := 16
			if size.Width < wide*f.width("0") {
				perRow = 8
			}
			if perRow != v.perRow {
				v.perRow = perRow
				v.list.Refresh()
			}
			v.list.Resize(size)
		},
		minSize: func() fyne.Size { return fyne.NewSize(300, 64) },
		refresh: v.list.Refresh,
	}
}

// hexRow draws a row of a [HexView].
type hexRow struct {
	fynewidget.BaseWidget
	view                 *HexView
	row, hovered         int // the byte under the pointer, -1 for none
	offset, bytes, chars *canvas.Text
	marks                [2]*canvas.Rectangle // below the digits and below the characters
}

func newHexRow(v *HexView) *hexRow {
	r := &hexRow{view: v, hovered: -1, offset: canvas.NewText("", color.Transparent), bytes: canvas.NewText("", color.Transparent), chars: canvas.NewText("", color.Transparent)}
	for i := range r.marks {
		r.marks[i] = canvas.NewRectangle(color.Transparent)
		r.marks[i].Hide()
	}
	r.ExtendBaseWidget(r)
	return r
}

func (r *hexRow) show(row int) {
	r.row = row
	r.fill()
}

func (r *hexRow) fill() {
	f := TextMono.face(r)
	offset, bytes, chars := r.view.rowTexts(r.row)
	write(r.offset, offset, colorOf(theme.ColorDim, r), f)
	write(r.bytes, bytes, colorOf(theme.ColorText, r), f)
	write(r.chars, chars, colorOf(theme.ColorMuted, r), f)
	letter, height := f.width("0"), r.Size().Height
	digitsAt := letter * float32(r.view.offsetDigits()+2)
	charsAt := digitsAt + letter*float32(3*r.view.perRow+2)
	place(r.offset, 0, 0, digitsAt, height)
	place(r.bytes, digitsAt, 0, charsAt-digitsAt, height)
	place(r.chars, charsAt, 0, letter*float32(r.view.perRow), height)
	r.fillMarks(letter, digitsAt, charsAt, height)
}

func (r *hexRow) fillMarks(letter, digitsAt, charsAt, height float32) {
	start := r.row * r.view.perRow
	from := max(0, r.view.highlight.From-start)
	to := min(r.view.perRow, r.view.highlight.To-start, r.view.shown()-start)
	for _, mark := range r.marks {
		setShown(mark, from < to)
		paint(mark, colorOf(theme.ColorSelection, r), colorOf(theme.ColorAccent, r), 1, 2)
	}
	if from >= to {
		return
	}
	first, last := r.view.columnOf(from), r.view.columnOf(to-1)+2
	place(r.marks[0], digitsAt+float32(first)*letter-2, 0, float32(last-first)*letter+4, height)
	place(r.marks[1], charsAt+float32(from)*letter-1, 0, float32(to-from)*letter+2, height)
}

// CreateRenderer implements [fyne.Widget].
func (r *hexRow) CreateRenderer() fyne.WidgetRenderer {
	return &renderer{
		objects: []fyne.CanvasObject{r.marks[0], r.marks[1], r.offset, r.bytes, r.chars},
		layout:  func(fyne.Size) { r.fill() },
		minSize: func() fyne.Size { return fyne.NewSize(1, TextMono.face(r).height()) },
		refresh: r.fill,
	}
}

var (
	_ fyne.Tappable     = (*hexRow)(nil)
	_ desktop.Hoverable = (*hexRow)(nil)
)

// byteAt is the byte at a place of the row, as a digit or as a character; -1 where there is none.
func (r *hexRow) byteAt(x float32) int {
	letter := TextMono.face(r).width("0")
	digitsAt := letter * float32(r.view.offsetDigits()+2)
	charsAt := digitsAt + letter*float32(3*r.view.perRow+2)
	column := -1
	switch {
	case x >= charsAt:
		column = int((x - charsAt) / letter)
	case x >= digitsAt:
		at := int((x - digitsAt) / letter)
		if at >= r.view.columnOf(r.view.perRow/2) {
			at--
		}
		column = at / 3
	}
	at := r.row*r.view.perRow + column
	if column < 0 || column >= r.view.perRow || at >= r.view.shown() {
		return -1
	}
	return at
}

// Tapped implements [fyne.Tappable].
func (r *hexRow) Tapped(ev *fyne.PointEvent) {
	if at := r.byteAt(ev.Position.X); at >= 0 && r.view.OnTapped != nil {
		r.view.OnTapped(at)
	}
}

// MouseIn implements [desktop.Hoverable].
func (r *hexRow) MouseIn(ev *desktop.MouseEvent) { r.MouseMoved(ev) }

// MouseMoved implements [desktop.Hoverable].
func (r *hexRow) MouseMoved(ev *desktop.MouseEvent) { r.hover(r.byteAt(ev.Position.X)) }

// MouseOut implements [desktop.Hoverable].
func (r *hexRow) MouseOut() { r.hover(-1) }

func (r *hexRow) hover(at int) {
	if at == r.hovered || r.view.OnHovered == nil {
		return
	}
	left := r.hovered
	r.hovered = at
	if at >= 0 {
		r.view.OnHovered(at, true)
	} else {
		r.view.OnHovered(left, false)
	}
}
