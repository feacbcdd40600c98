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

	"sluice/ui/theme"
	"sluice/ui/widget/format"
	"sluice/ui/widget/payload"
)

// PayloadView shows the body of a message in a format that is guessed or chosen. Of a large body it shows the first
// [payload.Limit] bytes and says how much is left out.
type PayloadView struct {
	fynewidget.BaseWidget
	OnFormat func(payload.Format) // the user chose another format; Auto is the guess

	data          []byte
	contentFormat int
	chosen        payload.Format // Auto until the user or the pane chooses
	guess         payload.Format
	lines         []payload.Line // as they were laid out
	wrapped       []payload.Line // broken to the width of the view
	width         int            // in runes

	formats *Button
	note    *Text
	list    *fynewidget.List
	hex     *HexView
	content fyne.CanvasObject
}

// NewPayloadView returns a view without a payload.
func NewPayloadView() *PayloadView {
	v := &PayloadView{contentFormat: payload.NoContentFormat, width: 80}
	v.formats = NewMenuButton("", v.formatsMenu)
	v.note = NewText("", TextCaption).Shrink()
	v.hex = NewHexView()
	v.list = fynewidget.NewList(
		func() int { return len(v.wrapped) },
		func() fyne.CanvasObject { return newPayloadRow() },
		func(id fynewidget.ListItemID, o fyne.CanvasObject) { o.(*payloadRow).show(v.wrapped[id]) },
	)
	v.list.HideSeparators = true
	tools := container.New(layout.NewCustomPaddedHBoxLayout(8), v.formats, NewMenuButton(lang.L("Copy"), v.copyMenu))
	bar := container.NewBorder(nil, nil, nil, tools, container.New(&middle{}, v.note))
	views := container.New(&watched{changed: v.fit}, v.list, v.hex)
	v.content = container.NewBorder(NewPadded(0, 4, bar), nil, nil, nil, NewWell(views))
	v.ExtendBaseWidget(v)
	v.show()
	return v
}

// SetPayload shows data, which must not change afterwards. contentFormat is the option of the message, or
// [payload.NoContentFormat]; f is [payload.Auto] to guess.
func (v *PayloadView) SetPayload(data []byte, contentFormat int, f payload.Format) {
	if v.contentFormat == contentFormat && v.chosen == f && bytes.Equal(v.data, data) {
		return
	}
	v.data, v.contentFormat, v.chosen = data, contentFormat, f
	v.show()
	v.list.ScrollToTop()
}

// Clear takes the payload away.
func (v *PayloadView) Clear() { v.SetPayload(nil, payload.NoContentFormat, payload.Auto) }

// Format is the format the payload is shown in.
func (v *PayloadView) Format() payload.Format {
	if v.chosen != payload.Auto {
		return v.chosen
	}
	return v.guess
}

func (v *PayloadView) choose(f payload.Format) {
	if f == v.chosen {
		return
	}
	v.chosen = f
	v.show()
	if v.OnFormat != nil {
		v.OnFormat(f)
	}
}

// show lays the payload out in its format.
func (v *PayloadView) show() {
	v.guess = payload.Guess(v.data, v.contentFormat)
	f := v.Format()
	label := lang.L(f.Title())
	if v.chosen == payload.Auto {
		label = lang.L("{{.Format}} (guessed)", map[string]any{"Format": label})
	}
	v.formats.SetLabel(label)
	setShown(v.hex, f == payload.Hex)
	setShown(v.list, f != payload.Hex)
	note := format.Bytes(int64(len(v.data)))
	if hidden := len(v.data) - payload.Limit; hidden > 0 {
		note = lang.L("{{.Size}}, the last {{.Hidden}} are not shown", map[string]any{"Size": note, "Hidden": format.Bytes(int64(hidden))})
	}
	v.lines, v.wrapped = nil, nil
	style := TextCaption
	if f == payload.Hex {
		v.hex.SetData(v.data)
	} else {
		lines, err := payload.Render(v.data, f)
		if err != nil {
			style.Color = theme.ColorBad
			note += ", " + err.Error()
		}
		v.lines, v.wrapped = lines, payload.Wrap(lines, v.width)
	}
	v.note.SetStyle(style)
	v.note.SetText(note)
	v.list.Refresh()
	v.content.Refresh()
}

// fit breaks the lines anew when the width of the view changes.
func (v *PayloadView) fit(size fyne.Size) {
	width := max(20, int(size.Width/TextMono.face(v).width("0"))-1)
	if width != v.width {
		v.width = width
		v.wrapped = payload.Wrap(v.lines, width)
		v.list.Refresh()
	}
}

func (v *PayloadView) formatsMenu() *fyne.Menu {
	automatic := fyne.NewMenuItem(lang.L("Automatic"), func() { v.choose(payload.Auto) })
	automatic.Checked = v.chosen == payload.Auto
	items := []*fyne.MenuItem{automatic, fyne.NewMenuItemSeparator()}
	for _, f := range payload.Formats() {
		item := fyne.NewMenuItem(lang.L(f.Title()), func() { v.choose(f) })
		item.Checked = v.chosen == f
		items = append(items, item)
	}
	return fyne.NewMenu("", items...)
}

func (v *PayloadView) copyMenu() *fyne.Menu {
	return fyne.NewMenu("",
		fyne.NewMenuItem(lang.L("As text"), func() { CopyText(strings.ToValidUTF8(string(v.data), "\uFFFD")) }),
		fyne.NewMenuItem(lang.L("As shown"), func() { CopyText(v.ShownText()) }),
		fyne.NewMenuItem(lang.L("As hex"), func() { CopyText(hex.EncodeToString(v.data)) }),
	)
}

// ShownText is what the view shows, without the breaks of long lines.
func (v *PayloadView) ShownText() string {
	if v.Format() == payload.Hex {
		return v.hex.Text()
	}
	var b strings.Builder
	for i, line := range v.lines {
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

// payloadRow draws a line of spans.
type payloadRow struct {
	fynewidget.BaseWidget
	line payload.Line
	text []*canvas.Text
	r    *renderer
}

func newPayloadRow() *payloadRow {
	row := &payloadRow{r: &renderer{}}
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

func (row *payloadRow) show(line payload.Line) {
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
