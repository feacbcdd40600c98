package traffic

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"

	"sluice/engine/record"
	"sluice/ui/pane"
	"sluice/ui/theme"
	"sluice/ui/units"
	"sluice/ui/widget"
	"sluice/ui/widget/format"
	"sluice/ui/widget/payload"
)

// detail is the right side: one message with its fields, its payload and its bytes.
type detail struct {
	object fyne.CanvasObject
	row    *Row

	empty, body fyne.CanvasObject
	title       *widget.Text
	code        *widget.Badge
	about       *widget.Text
	problem     *widget.Text
	fields      *widget.DataTable[int, fieldRow]
	payload     *widget.PayloadView
	payloadBox  *widget.Split
	hex         *widget.HexView
	split       *widget.Split
}

// fieldRow is one decoded field.
type fieldRow struct {
	index int
	record.Field
}

func newDetail(h *pane.Host, menu func(*Row) []*fyne.MenuItem) *detail {
	d := &detail{
		title:   widget.NewText("", widget.TextStrong),
		code:    widget.NewBadge("", theme.RoleNeutral),
		about:   widget.NewText("", widget.TextMuted),
		problem: widget.NewText("", widget.TextStyle{Color: theme.ColorBad, Size: theme.SizeSmall}),
		payload: widget.NewPayloadView(),
		hex:     widget.NewHexView(),
	}
	d.payload.InBackground(h.Run, h.Do)
	d.fields = widget.NewDataTable(func(f fieldRow) int { return f.index }, []widget.Column[fieldRow]{
		{ID: "field", Title: lang.L("Field"), Width: 140, Tone: theme.RoleMuted, Text: func(f fieldRow) string { return f.Name }},
		{ID: "value", Title: lang.L("Value"), Width: 126, Mono: true, Text: func(f fieldRow) string { return f.Value }},
		{ID: "section", Title: lang.L("Defined in"), Width: 118, Tone: theme.RoleDim, Text: func(f fieldRow) string { return f.Section }},
	})
	d.fields.Dense = true
	d.fields.OnSelected = func(f fieldRow) { d.hex.SetHighlight(f.Offset, f.Offset+f.Length) }
	copyButton := widget.NewMenuButton(lang.L("Copy"), func() *fyne.Menu { return fyne.NewMenu("", menu(d.row)...) })
	head := widget.NewPadded(16, 12, container.NewVBox(
		container.NewBorder(nil, nil, container.NewCenter(d.code), copyButton, d.title.Shrink()), d.about.Shrink(), d.problem.Shrink()))
	d.payloadBox = widget.NewVSplit(widget.NewPadded(8, 0, d.fields), widget.NewPadded(16, 8, d.payload), 0.55)
	d.split = widget.NewVSplit(d.payloadBox, widget.NewPadded(16, 12, widget.NewWell(d.hex)), 0.7)
	d.body = pane.Border(head, nil, nil, nil, d.split)
	d.body.Hide()
	d.empty = widget.NewEmptyState(lang.L("Select a message to see its fields and bytes."), "")
	d.object = widget.NewPanel(container.NewStack(d.empty, d.body))
	return d
}

// show decodes a message and shows it.
func (d *detail) show(r *Row) {
	if r == d.row {
		return
	}
	d.row = r
	m := r.Message()
	d.code.Set(m.Code, codeRole(r))
	d.title.SetText(title(r))
	d.about.SetText(units.Moment(r.Frame.At) + " · " + direction(r) + " · " + r.Frame.Listener + " · " + format.Bytes(int64(len(r.Frame.Data))))
	d.problem.SetText(problem(r))
	if d.problem.Text() == "" {
		d.problem.Hide()
	} else {
		d.problem.Show()
	}
	fields := make([]fieldRow, len(m.Fields))
	for i, f := range m.Fields {
		fields[i] = fieldRow{index: i, Field: f}
	}
	d.fields.Unselect()
	d.fields.SetRows(fields)
	d.payload.Clear()
	d.payload.SetPayload(m.Payload, m.ContentFormat, payload.Auto)
	d.payloadBox.SetTrailingVisible(len(m.Payload) > 0)
	masks := make([]widget.Span, len(m.Mask))
	for i, s := range m.Mask {
		masks[i] = widget.Span{From: s.From, To: s.To}
	}
	d.hex.SetData(r.Frame.Data)
	d.hex.SetMasks(masks...)
	d.hex.SetHighlight(0, 0)
	d.empty.Hide()
	d.body.Show()
}

// title names a message: what it is about, or what kind it is where it is about nothing.
func title(r *Row) string {
	if text := r.Resource(); text != "" {
		return text
	}
	return r.Type()
}

func direction(r *Row) string {
	peer := map[string]any{"Peer": r.Peer()}
	if r.Frame.Outgoing {
		return lang.L("to {{.Peer}}", peer)
	}
	return lang.L("from {{.Peer}}", peer)
}

// problem says why a message is not like others.
func problem(r *Row) string {
	note, err := r.Note(), r.Message().Err
	if note != "" && err != "" {
		return note + ": " + err
	}
	return note + err
}
