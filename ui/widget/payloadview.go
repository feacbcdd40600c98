package widget

import (
	"bytes"
	"encoding/hex"
	"image/color"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/layout"
	fynewidget "fyne.io/fyne/v2/widget"

	"sluice/ui/language"
	"sluice/ui/theme"
	"sluice/ui/units"
	"sluice/ui/widget/format"
	"sluice/ui/widget/payload"
)

// PayloadView shows the body of a message in a format that is guessed or chosen. Of a large body it shows the first
// [payload.Limit] bytes and says how much is left out.
type PayloadView struct {
	fynewidget.BaseWidget
	OnFormat func(payload.Format) // the user chose another format; Auto is the guess
	OnShown  func(payload.Format) // a payload was laid out and is shown in that format
	OnPick   func(payload.Leaf)   // a value was clicked on, or Space pressed in its line; nil: values cannot be picked

	asked bodyRequest
	shown body
	width int // in runes

	run, do func(func()) // where large bodies are laid out, and back; nil for right here
	working bool         // there, until it comes back
	again   bool         // another one was asked for meanwhile
	subject int          // counts the calls of Clear: what was laid out for an earlier one is not shown

	formats *Button
	note    *Text
	list    *List
	hex     *HexView
	content fyne.CanvasObject
}

// NewPayloadView returns a view without a payload.
func NewPayloadView() *PayloadView {
	v := &PayloadView{asked: bodyRequest{contentFormat: payload.NoContentFormat}, width: 80}
	v.formats = NewMenuButton("", v.formatsMenu)
	v.note = NewText("", TextCaption).Shrink()
	v.hex = NewHexView()
	v.list = NewList(
		func() int { return len(v.shown.wrapped) },
		func() fyne.CanvasObject { return newPayloadRow(v.pick) },
		func(id fynewidget.ListItemID, o fyne.CanvasObject) { o.(*payloadRow).show(id, v.shown.wrapped[id]) },
	)
	v.list.OnSelected = func(id fynewidget.ListItemID) {
		v.list.UnselectAll()
		v.pick(id, 0)
	}
	v.list.HideSeparators = true
	tools := container.New(layout.NewCustomPaddedHBoxLayout(8), v.formats, NewMenuButton(lang.L("Copy"), v.copyMenu))
	bar := container.NewBorder(nil, nil, nil, tools, container.New(&middle{}, v.note))
	views := container.New(&watched{changed: v.fit}, v.list, v.hex)
	v.content = container.NewBorder(NewPadded(0, 4, bar), nil, nil, nil, NewWell(views))
	v.ExtendBaseWidget(v)
	v.show()
	return v
}

// InBackground lets bodies that take long be laid out elsewhere: run runs a function on another goroutine, do brings the
// result back to the one of the user interface.
func (v *PayloadView) InBackground(run, do func(f func())) { v.run, v.do = run, do }

// SetPayload shows data, which must not change afterwards. contentFormat is the option of the message, or
// [payload.NoContentFormat]; f is [payload.Auto] to guess. Until a large body is laid out, the one before stays; Clear
// goes first where that was another thing's.
func (v *PayloadView) SetPayload(data []byte, contentFormat int, f payload.Format) {
	if v.asked.contentFormat == contentFormat && v.asked.chosen == f && bytes.Equal(v.asked.data, data) {
		return
	}
	v.asked = bodyRequest{data, contentFormat, f}
	v.show()
	v.list.ScrollToTop()
}

// Clear takes the payload away.
func (v *PayloadView) Clear() {
	v.subject++
	v.asked = bodyRequest{contentFormat: payload.NoContentFormat}
	v.show()
}

// Title names the format the payload is shown in, and says whether it was declared or guessed.
func (v *PayloadView) Title() string { return v.shown.title() }

// Format is the format the payload is shown in.
func (v *PayloadView) Format() payload.Format { return v.shown.format }

func (v *PayloadView) choose(f payload.Format) {
	if f == v.asked.chosen {
		return
	}
	v.asked.chosen = f
	v.show()
	if v.OnFormat != nil {
		v.OnFormat(f)
	}
}

// laidOutHere is up to how many bytes a body is laid out at once: that takes under 5 ms.
const laidOutHere = 16 << 10

// bodyRequest is what is to be shown.
type bodyRequest struct {
	data          []byte
	contentFormat int
	chosen        payload.Format // Auto until the user or the pane chooses
}

// body is a payload as it was laid out.
type body struct {
	request bodyRequest
	format  payload.Format
	lines   []payload.Line
	wrapped []payload.Line // broken to the width of the view
	err     error
	// declared: the Content-Format says what the format is. contradicted: it says what the payload is not.
	declared, contradicted bool
}

// title names the format and says how it was found, unless the user chose it.
func (b *body) title() string {
	name := lang.L(b.format.Title())
	switch {
	case b.request.chosen != payload.Auto:
		return name
	case b.declared:
		return lang.L("{{.Format}} (declared)", map[string]any{"Format": name})
	}
	return lang.L("{{.Format}} (guessed)", map[string]any{"Format": name})
}

func (q bodyRequest) layOut(width int) body {
	b := body{request: q, format: q.chosen}
	if b.format == payload.Auto {
		b.format = payload.Guess(q.data, q.contentFormat)
	}
	b.contradicted = payload.Contradicts(q.data, q.contentFormat)
	b.declared = !b.contradicted && b.format == payload.Declared(q.contentFormat)
	if b.format != payload.Hex {
		b.lines, b.err = payload.Render(q.data, b.format)
		b.wrapped = payload.Wrap(b.lines, width)
	}
	return b
}

// show lays the payload out and shows it, a large one as soon as it is ready.
func (v *PayloadView) show() {
	if v.run == nil || len(v.asked.data) <= laidOutHere {
		v.apply(v.asked.layOut(v.width))
		return
	}
	asked, width, subject := v.asked, v.width, v.subject
	v.note.SetStyle(TextCaption)
	v.note.SetText(lang.L("{{.Size}}, being laid out", map[string]any{"Size": format.Bytes(int64(len(asked.data)))}))
	if v.working {
		v.again = true
		return
	}
	v.working, v.again = true, false
	v.run(func() {
		ready := asked.layOut(width)
		v.do(func() {
			v.working = false
			if subject == v.subject {
				v.apply(ready)
			}
			if v.again {
				v.show()
			}
		})
	})
}

func (v *PayloadView) apply(b body) {
	v.shown = b
	v.formats.SetLabel(b.title())
	setShown(v.hex, b.format == payload.Hex)
	setShown(v.list, b.format != payload.Hex)
	size := len(b.request.data)
	note, style := format.Bytes(int64(size)), TextCaption
	if hidden := size - payload.Limit; hidden > 0 {
		note = lang.L("{{.Size}}, the last {{.Hidden}} are not shown", map[string]any{"Size": note, "Hidden": format.Bytes(int64(hidden))})
	}
	if b.err != nil {
		style.Color = theme.ColorBad
		note += ", " + language.Say(b.err)
	}
	if b.contradicted {
		style.Color = theme.ColorBad
		note += ", " + lang.L("is not {{.Type}} as declared", map[string]any{"Type": units.ContentFormat(uint16(b.request.contentFormat))})
	}
	if b.format == payload.Hex {
		v.hex.SetData(b.request.data)
	}
	v.note.SetStyle(style)
	v.note.SetText(note)
	v.list.Refresh()
	v.content.Refresh()
	if v.OnShown != nil {
		v.OnShown(b.format)
	}
}

// fit breaks the lines anew when the width of the view changes.
func (v *PayloadView) fit(size fyne.Size) {
	width := max(20, int(size.Width/TextMono.face(v).width("0"))-1)
	if width == v.width {
		return
	}
	v.width = width
	if len(v.shown.lines) > 0 {
		v.show()
	}
}

func (v *PayloadView) formatsMenu() *fyne.Menu {
	automatic := fyne.NewMenuItem(lang.L("Automatic"), func() { v.choose(payload.Auto) })
	automatic.Checked = v.asked.chosen == payload.Auto
	items := []*fyne.MenuItem{automatic, fyne.NewMenuItemSeparator()}
	for _, f := range payload.Formats() {
		item := fyne.NewMenuItem(lang.L(f.Title()), func() { v.choose(f) })
		item.Checked = v.asked.chosen == f
		items = append(items, item)
	}
	return fyne.NewMenu("", items...)
}

func (v *PayloadView) copyMenu() *fyne.Menu {
	return fyne.NewMenu("",
		fyne.NewMenuItem(lang.L("As text"), func() { CopyText(strings.ToValidUTF8(string(v.asked.data), "\uFFFD")) }),
		fyne.NewMenuItem(lang.L("As shown"), func() { CopyText(v.ShownText()) }),
		fyne.NewMenuItem(lang.L("As hex"), func() { CopyText(hex.EncodeToString(v.asked.data)) }),
	)
}

// ShownText is what the view shows, without the breaks of long lines.
func (v *PayloadView) ShownText() string {
	if v.Format() == payload.Hex {
		return v.hex.Text()
	}
	var b strings.Builder
	for i, line := range v.shown.lines {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(line.Text())
	}
	return b.String()
}

// CreateRenderer implements [fyne.Widget].
func (v *PayloadView) CreateRenderer() fyne.WidgetRenderer {
	return fynewidget.NewSimpleRenderer(v.content)
}

// pick tells which value stands in a line, at the rune with that column where it has several.
func (v *PayloadView) pick(row, column int) {
	if v.OnPick == nil {
		return
	}
	at, before := v.lineOf(row)
	if leaf, ok := payload.LeafAt(v.shown.lines, v.shown.format, at, before+column); ok {
		v.OnPick(leaf)
	}
}

// lineOf is the line that a row is a part of, and how many of its runes stand in rows before.
func (v *PayloadView) lineOf(row int) (at, before int) {
	for at := range v.shown.lines {
		rows := len(payload.Wrap(v.shown.lines[at:at+1], v.width))
		if row < rows {
			return at, row * v.width
		}
		row -= rows
	}
	return -1, 0
}

// payloadRow draws a line of spans.
type payloadRow struct {
	fynewidget.BaseWidget
	id   int
	pick func(row, column int)
	line payload.Line
	text []*canvas.Text
	r    *renderer
}

func newPayloadRow(pick func(row, column int)) *payloadRow {
	row := &payloadRow{r: &renderer{}, pick: pick}
	row.ExtendBaseWidget(row)
	return row
}

var spanColors = map[payload.Kind]fyne.ThemeColorName{
	payload.Plain:   theme.ColorText,
	payload.Key:     theme.ColorPOST,
	payload.String:  theme.ColorGET,
	payload.Numeral: theme.ColorPUT,
	payload.Word:    theme.ColorMQTT,
	payload.Muted:   theme.ColorMuted,
}

// Tapped picks the value under the pointer.
func (row *payloadRow) Tapped(ev *fyne.PointEvent) {
	row.pick(row.id, int(ev.Position.X/TextMono.face(row).width("0")))
}

func (row *payloadRow) show(id int, line payload.Line) {
	row.id = id
	if slices.Equal(row.line, line) {
		return
	}
	row.line = line
	row.fill()
}

// fill has one text a span, and hides those that this line does not need.
func (row *payloadRow) fill() {
	f := TextMono.face(row)
	for len(row.text) < len(row.line) {
		t := canvas.NewText("", color.Transparent)
		row.text = append(row.text, t)
		row.r.objects = append(row.r.objects, t)
	}
	var x float32
	for i, t := range row.text {
		setShown(t, i < len(row.line))
		if i >= len(row.line) {
			continue
		}
		span := row.line[i]
		width := f.width(span.Text)
		write(t, span.Text, colorOf(spanColors[span.Kind], row), f)
		place(t, x, 0, width, row.Size().Height)
		x += width
	}
}

// CreateRenderer implements [fyne.Widget].
func (row *payloadRow) CreateRenderer() fyne.WidgetRenderer {
	row.r.layout = func(fyne.Size) { row.fill() }
	row.r.minSize = func() fyne.Size { return fyne.NewSize(1, TextMono.face(row).height()) }
	row.r.refresh = row.fill
	return row.r
}

// watched lays its objects on top of each other and tells their size when it changes.
type watched struct {
	size    fyne.Size
	changed func(fyne.Size)
}

// Layout implements [fyne.Layout].
func (w *watched) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	for _, o := range objects {
		o.Resize(size)
	}
	if w.size != size {
		w.size = size
		w.changed(size)
	}
}

// MinSize implements [fyne.Layout].
func (w *watched) MinSize(objects []fyne.CanvasObject) fyne.Size {
	var least fyne.Size
	for _, o := range objects {
		least = least.Max(o.MinSize())
	}
	return least
}

// middle gives its objects the whole width and their own height, halfway down.
type middle struct{}

// Layout implements [fyne.Layout].
func (*middle) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	for _, o := range objects {
		height := o.MinSize().Height
		place(o, 0, (size.Height-height)/2, size.Width, height)
	}
}

// MinSize implements [fyne.Layout].
func (*middle) MinSize(objects []fyne.CanvasObject) fyne.Size {
	var least fyne.Size
	for _, o := range objects {
		least = least.Max(o.MinSize())
	}
	return least
}
