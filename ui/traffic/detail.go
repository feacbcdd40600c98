package traffic

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	fynewidget "fyne.io/fyne/v2/widget"

	"sluice/engine/record"
	"sluice/ui/pane"
	"sluice/ui/theme"
	"sluice/ui/units"
	"sluice/ui/widget"
	"sluice/ui/widget/format"
	"sluice/ui/widget/payload"
)

// detail is the right side: one message with its fields, its payload and its bytes, and the exchange it belongs to.
type detail struct {
	object fyne.CanvasObject
	row    *Row

	empty, body fyne.CanvasObject
	title       *widget.Text
	code        *widget.Badge
	about       *widget.Text
	carried     *widget.Text
	problem     *widget.Text
	fields      *widget.DataTable[int, fieldRow]
	explain     *widget.Selectable
	hex         *widget.HexView
	bytesBox    *widget.Split
	tabs        *widget.Tabs
	payload     *widget.PayloadView
	payloadBox  fyne.CanvasObject
	ladder      *widget.Ladder
	ladderBox   fyne.CanvasObject
	exchange    []*Row
	split       *widget.Split
}

// fieldRow is one decoded field.
type fieldRow struct {
	index int
	record.Field
}

func newDetail(h *pane.Host, follow, copies func(*Row) []*fyne.MenuItem) *detail {
	d := &detail{
		title:   widget.NewText("", widget.TextStrong),
		code:    widget.NewBadge("", theme.RoleNeutral),
		about:   widget.NewText("", widget.TextMuted),
		carried: widget.NewText("", widget.TextMuted),
		problem: widget.NewText("", widget.TextStyle{Color: theme.ColorBad, Size: theme.SizeSmall}),
		explain: widget.NewSelectable(""),
		payload: widget.NewPayloadView(),
		hex:     widget.NewHexView(),
		ladder:  widget.NewLadder(),
	}
	d.payload.InBackground(h.Run, h.Do)
	d.explain.Wrapping, d.explain.SizeName, d.explain.Importance = fyne.TextWrapWord, theme.SizeCaption, fynewidget.MediumImportance
	d.newFields()
	followButton := widget.NewMenuButton(lang.L("Follow"), func() *fyne.Menu { return fyne.NewMenu("", follow(d.row)...) })
	copyButton := widget.NewMenuButton(lang.L("Copy"), func() *fyne.Menu { return fyne.NewMenu("", copies(d.row)...) })
	head := widget.NewPadded(16, 8, container.NewVBox(
		container.NewBorder(nil, nil, container.NewCenter(d.code), copyButton, d.title.Shrink()),
		d.about.Shrink(), d.carried.Shrink(), d.problem.Shrink()))
	fields := pane.Border(nil, container.New(explainLayout{}, d.explain), nil, nil, widget.NewPadded(8, 0, d.fields))
	d.bytesBox = widget.NewVSplit(fields, widget.NewPadded(16, 8, widget.NewWell(d.hex)), 0.7)
	d.tabs = widget.NewTabs(widget.Tab{ID: tabExchange, Label: lang.L("Exchange")}, widget.Tab{ID: tabPayload, Label: lang.L("Payload")})
	d.tabs.OnSelected = func(string) { d.showTab() }
	d.payloadBox, d.ladderBox = widget.NewPadded(16, 6, d.payload), widget.NewPadded(16, 0, d.ladder)
	heading := container.NewBorder(nil, nil, container.NewCenter(d.tabs), followButton)
	lower := pane.Border(widget.NewPadded(16, 4, heading), nil, nil, nil, container.NewStack(d.ladderBox, d.payloadBox))
	d.split = widget.NewVSplit(d.bytesBox, lower, 0.68)
	d.showTab()
	d.body = pane.Border(head, nil, nil, nil, d.split)
	d.body.Hide()
	d.empty = widget.NewEmptyState(lang.L("Select a message to see its fields, its bytes and its exchange."), "")
	d.object = widget.NewPanel(container.NewStack(d.empty, d.body))
	return d
}

// The tabs of the lower part.
const (
	tabExchange = "exchange"
	tabPayload  = "payload"
)

// showTab shows the exchange or the payload; which of them stays from message to message.
func (d *detail) showTab() {
	payload := d.tabs.Selected() == tabPayload
	pane.SetVisible(d.payloadBox, payload)
	pane.SetVisible(d.ladderBox, !payload)
}

// explainLayout leaves four lines for the explanation of a field, so that nothing moves when it changes.
type explainLayout struct{}

const explainHeight = 68

// Layout implements [fyne.Layout].
func (explainLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	for _, o := range objects {
		o.Move(fyne.NewPos(8, 0))
		o.Resize(fyne.NewSize(max(0, size.Width-16), size.Height))
	}
}

// MinSize implements [fyne.Layout].
func (explainLayout) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(60, explainHeight) }

// newFields builds the list of fields. Fields and bytes mark each other, under the pointer and when they are chosen.
func (d *detail) newFields() {
	d.fields = widget.NewDataTable(func(f fieldRow) int { return f.index }, []widget.Column[fieldRow]{
		{ID: "field", Title: lang.L("Field"), Width: 112, Tone: theme.RoleMuted, Text: func(f fieldRow) string { return f.Name }},
		{ID: "value", Title: lang.L("Value"), Width: 126, Grows: true, Mono: true, Text: func(f fieldRow) string { return f.Value }},
		{ID: "section", Title: lang.L("Defined in"), Width: 124, Tone: theme.RoleDim, Text: func(f fieldRow) string { return f.Section }},
	})
	d.fields.Dense = true
	d.fields.OnSelected = d.mark
	d.fields.OnHovered = func(f fieldRow, on bool) {
		if on {
			d.mark(f)
			return
		}
		d.markChosen()
	}
	d.hex.OnTapped = func(at int) {
		if i := d.fieldAt(at); i >= 0 {
			d.fields.Select(i)
			d.fields.ScrollTo(i)
			d.markChosen()
		}
	}
	d.hex.OnHovered = func(at int, on bool) {
		if i := d.fieldAt(at); on && i >= 0 {
			d.fields.Hover(i)
			d.mark(fieldRow{i, d.row.Message().Fields[i]})
			return
		}
		d.fields.Hover(-1)
		d.markChosen()
	}
}

// fieldAt is the smallest field that a byte belongs to, the last of those that are of the same size; -1 for none.
func (d *detail) fieldAt(at int) int {
	if d.row == nil {
		return -1
	}
	found := -1
	fields := d.row.Message().Fields
	for i, f := range fields {
		if at >= f.Offset && at < f.Offset+f.Length && (found < 0 || f.Length <= fields[found].Length) {
			found = i
		}
	}
	return found
}

// mark marks the bytes of a field and explains it.
func (d *detail) mark(f fieldRow) {
	d.hex.SetHighlight(f.Offset, f.Offset+f.Length)
	text := f.Name + " = " + f.Value
	if f.Section != "" {
		text += " (" + f.Section + ")"
	}
	if len(f.Explain) > 0 {
		text += ": " + explained(f.Explain)
	}
	d.explain.SetText(text)
}

// explained is an explanation in the language of the window.
func explained(e record.Explanation) string {
	phrases := make([]string, len(e))
	for i, p := range e {
		phrases[i] = lang.L(p.Text, p.Values)
	}
	return strings.Join(phrases, "; ")
}

// markChosen marks the field that is chosen, or none.
func (d *detail) markChosen() {
	if f, ok := d.fields.Selected(); ok {
		d.mark(f)
		return
	}
	d.hex.SetHighlight(0, 0)
	d.explain.SetText(lang.L("Point at a field or at bytes to see what they mean."))
}

// clear shows no message.
func (d *detail) clear() {
	d.row, d.exchange = nil, nil
	d.ladder.SetSteps(nil)
	d.body.Hide()
	d.empty.Show()
}

// showExchange draws the exchange of the message that is shown.
func (d *detail) showExchange(rows []*Row) {
	d.exchange = rows
	if d.row == nil || len(rows) == 0 {
		d.ladder.SetSteps(nil)
		return
	}
	d.ladder.SetEnds(rows[0].Peer(), lang.L("gateway"))
	d.ladder.SetSteps(steps(rows))
	d.ladder.Choose(d.row.Frame.Seq)
}

// step is a message of the exchange.
func (d *detail) step(seq uint64) *Row {
	for _, r := range d.exchange {
		if r.Frame.Seq == seq {
			return r
		}
	}
	return nil
}

// show decodes a message and shows it.
func (d *detail) show(r *Row) {
	if d.row != nil && r.Frame.Seq == d.row.Frame.Seq && r.known == d.row.known && r.ring == d.row.ring {
		return
	}
	d.row = r
	m := r.Message()
	d.code.Set(m.Code, codeRole(r))
	d.title.SetText(title(r))
	d.about.SetText(units.Moment(r.Frame.At) + " · " + direction(r))
	d.carried.SetText(carried(r))
	d.problem.SetText(problem(r))
	pane.SetVisible(d.problem, d.problem.Text() != "")
	fields := make([]fieldRow, len(m.Fields))
	for i, f := range m.Fields {
		fields[i] = fieldRow{index: i, Field: f}
	}
	d.fields.Unselect()
	d.fields.SetRows(fields)
	d.fields.ScrollTo(0)
	d.payload.Clear()
	d.payload.SetPayload(m.Payload, m.ContentFormat, payload.Auto)
	size := ""
	if len(m.Payload) > 0 {
		size = format.Bytes(int64(len(m.Payload)))
	}
	d.tabs.SetCount(tabPayload, size, theme.RoleMuted)
	masks := make([]widget.Span, len(m.Mask))
	for i, s := range m.Mask {
		masks[i] = widget.Span{From: s.From, To: s.To}
	}
	d.hex.SetData(r.Frame.Data)
	d.hex.SetMasks(masks...)
	d.markChosen()
	d.ladder.Choose(r.Frame.Seq)
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

// carried says how long a message is and where it passed. One of another program's capture may have passed no listener.
func carried(r *Row) string {
	parts := []string{format.Bytes(int64(len(r.Frame.Data)))}
	if r.Frame.Listener != "" {
		parts = append(parts, r.Frame.Listener)
	}
	if address := r.Address(); address != r.Peer() {
		parts = append(parts, address)
	}
	return strings.Join(parts, " · ")
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
