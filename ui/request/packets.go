package request

import (
	"strconv"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"

	"sluice/ui/pane"
	"sluice/ui/theme"
	"sluice/ui/widget"
	"sluice/ui/widget/format"
)

// packetView lists the datagrams of an exchange, and shows the bytes of one.
type packetView struct {
	object fyne.CanvasObject
	table  *widget.DataTable[int, datagram]
	hex    *widget.HexView
	note   *widget.Text
	split  *widget.Split
}

func newPacketView() *packetView {
	v := &packetView{hex: widget.NewHexView(), note: widget.NewText("", widget.TextDim)}
	v.table = widget.NewDataTable(func(d datagram) int { return d.index }, []widget.Column[datagram]{
		{ID: "at", Title: lang.L("Time"), Width: 118, Mono: true, Tone: theme.RoleMuted, Text: func(d datagram) string { return format.Clock(d.at) }},
		{ID: "after", Title: lang.L("After"), Width: 92, Kind: widget.KindNumber, Mono: true, Text: func(d datagram) string { return "+" + format.Duration(d.after) }},
		{ID: "way", Title: "", Width: 104, Text: datagram.way, Role: func(d datagram) theme.Role {
			if d.outgoing {
				return theme.RoleAccent
			}
			return theme.RolePOST
		}},
		{ID: "type", Title: lang.L("Type"), Width: 56, Mono: true, Text: func(d datagram) string { return d.kind }},
		{ID: "code", Title: lang.L("Code"), Width: 130, Kind: widget.KindBadge, Text: func(d datagram) string { return d.code }, Role: func(d datagram) theme.Role { return d.role }},
		{ID: "mid", Title: "MID", Width: 66, Kind: widget.KindNumber, Mono: true, Text: func(d datagram) string { return d.mid }},
		{ID: "token", Title: lang.L("Token"), Width: 96, Mono: true, Tone: theme.RoleMuted, Text: func(d datagram) string { return d.token }},
		{ID: "size", Title: lang.L("Bytes"), Width: 66, Kind: widget.KindNumber, Text: func(d datagram) string { return strconv.Itoa(d.size) }},
		{ID: "note", Title: lang.L("Note"), Width: 140, Text: datagram.remark, Role: func(d datagram) theme.Role {
			if d.note != "" {
				return theme.RoleLate
			}
			return theme.RoleMuted
		}},
	})
	v.table.Dense = true
	v.table.Empty = widget.NewEmptyState(lang.L("Nothing was sent."), "")
	v.table.OnSelected = func(d datagram) {
		v.hex.SetData(d.data)
		v.hex.SetMasks(d.masks...)
		v.split.SetTrailingVisible(true)
	}
	v.split = widget.NewVSplit(pane.Border(nil, v.note, nil, nil, v.table), widget.NewPadded(0, 6, v.hex), 0.6)
	v.split.SetTrailingVisible(false)
	v.object = widget.NewWell(v.split)
	return v
}

// way is where a datagram goes, in a word.
func (d datagram) way() string {
	if d.outgoing {
		return "→ " + lang.L("sent")
	}
	return "← " + lang.L("received")
}

func (d datagram) remark() string {
	if d.note != "" && d.about != "" {
		return d.note + " · " + d.about
	}
	return d.note + d.about
}

func (v *packetView) show(s *shown) {
	v.table.Unselect()
	v.split.SetTrailingVisible(false)
	v.table.SetRows(s.datagrams)
	note := ""
	if s.leftOut > 0 {
		note = lang.N("{{.Count}} more datagrams are not shown", s.leftOut, map[string]any{"Count": format.Count(int64(s.leftOut))})
	}
	v.note.SetText(note)
	pane.SetVisible(v.note, note != "")
}
