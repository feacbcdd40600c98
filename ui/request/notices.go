package request

import (
	"strconv"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"github.com/plgd-dev/go-coap/v3/message"

	"sluice/ui/pane"
	"sluice/ui/theme"
	"sluice/ui/widget"
	"sluice/ui/widget/format"
	"sluice/ui/widget/payload"
)

// noticeView lists the notifications of an observation.
type noticeView struct {
	pane    *Pane
	object  fyne.CanvasObject
	shown   *observation
	newest  *observation // when it was looked at last
	choice  *widget.Button
	facts   *widget.Text
	end     *widget.Button
	head    fyne.CanvasObject
	table   *widget.DataTable[int, notification]
	empty   *widget.EmptyState
	payload *widget.PayloadView
	split   *widget.Split
}

func newNoticeView(p *Pane) *noticeView {
	v := &noticeView{pane: p, facts: widget.NewText("", widget.TextMuted).Shrink(), payload: widget.NewPayloadView()}
	v.payload.InBackground(p.host.Run, p.host.Do)
	v.choice = widget.NewMenuButton("", v.menu)
	v.end = widget.NewMenuButton(lang.L("End"), func() *fyne.Menu { return fyne.NewMenu("", p.endings(v.shown)...) })
	v.table = widget.NewDataTable(func(n notification) int { return n.number }, []widget.Column[notification]{
		{ID: "number", Title: lang.L("No."), Width: 56, Kind: widget.KindNumber, Tone: theme.RoleMuted, Text: func(n notification) string { return format.Count(int64(n.number)) }},
		{ID: "at", Title: lang.L("Time"), Width: 118, Mono: true, Tone: theme.RoleMuted, Text: func(n notification) string { return format.Clock(n.at) }},
		{ID: "sequence", Title: "Observe", Width: 90, Kind: widget.KindNumber, Mono: true, Text: func(n notification) string { return strconv.FormatUint(uint64(n.sequence), 10) }},
		{ID: "type", Title: lang.L("Type"), Width: 56, Mono: true, Text: func(n notification) string { return n.kind }},
		{ID: "code", Title: lang.L("Code"), Width: 120, Kind: widget.KindBadge, Text: func(n notification) string { return n.code }, Role: func(n notification) theme.Role { return n.role }},
		{ID: "size", Title: lang.L("Bytes"), Width: 64, Kind: widget.KindNumber, Text: func(n notification) string { return format.Count(int64(len(n.payload))) }},
		{ID: "note", Title: lang.L("Note"), Width: 120, Text: func(n notification) string { return n.note }, Role: func(n notification) theme.Role {
			if n.bad {
				return theme.RoleBad
			}
			return theme.RoleLate
		}},
		{ID: "payload", Title: lang.L("Payload"), Width: 240, Mono: true, Text: func(n notification) string { return n.preview }},
	})
	v.table.Dense = true
	v.table.OnSelected = func(n notification) {
		v.payload.SetPayload(n.payload, n.format, payload.Auto)
		v.split.SetTrailingVisible(true)
	}
	v.empty = widget.NewEmptyState(lang.L("Observe a resource, and its notifications are listed as they come."), "")
	v.table.Empty = v.empty
	v.split = widget.NewVSplit(widget.NewWell(v.table), widget.NewPadded(0, 4, v.payload), 0.55)
	v.split.SetTrailingVisible(false)
	v.head = widget.NewPadded(0, 4, container.NewBorder(nil, nil, v.choice, v.end, container.New(&inMiddle{}, v.facts)))
	v.head.Hide()
	v.object = pane.Border(v.head, nil, nil, nil, v.split)
	return v
}

// menu lists the observations.
func (v *noticeView) menu() *fyne.Menu {
	var items []*fyne.MenuItem
	for _, o := range v.pane.watching.list() {
		item := fyne.NewMenuItem(o.title(), func() { v.choose(o) })
		item.Checked = o == v.shown
		items = append(items, item)
	}
	return fyne.NewMenu("", items...)
}

func (v *noticeView) choose(o *observation) {
	v.shown = o
	v.table.Unselect()
	v.split.SetTrailingVisible(false)
	v.show()
}

// refresh shows the newest observation where another one came, and what came of it.
func (v *noticeView) refresh() {
	all := v.pane.watching.list()
	if len(all) == 0 {
		return
	}
	if v.newest != all[0] {
		v.newest = all[0]
		v.choose(all[0])
		v.pane.answer.tabs.Select(tabNotifications)
		v.pane.answer.choose()
		return
	}
	v.show()
}

// show brings the list up to date.
func (v *noticeView) show() {
	rows, count, state, living := v.pane.watching.snapshot(v.shown)
	v.choice.SetLabel(shortened(v.shown.title(), 40))
	facts := lang.N("{{.Count}} notifications", count, map[string]any{"Count": format.Count(int64(count))}) + " · " + state
	if lost := v.shown.handle.Lost(); lost > 0 {
		facts += " · " + lang.L("{{.Count}} not taken in time", map[string]any{"Count": format.Count(int64(lost))})
	}
	v.facts.SetText(facts)
	if living {
		v.end.Enable()
	} else {
		v.end.Disable()
	}
	if living {
		v.empty.Set(lang.L("Observed, but no notification came yet. It is listed as soon as the resource changes."), "")
	} else {
		v.empty.Set(lang.L("The observation ended without a notification."), "")
	}
	v.table.SetRows(rows)
	pane.SetVisible(v.head, true)
	v.pane.answer.tabs.SetCount(tabNotifications, countOf(count), theme.RoleNeutral)
}

// shortened cuts a text that is longer than there is room for.
func shortened(text string, room int) string {
	if runes := []rune(text); len(runes) > room {
		return string(runes[:room-1]) + "…"
	}
	return text
}

// typeWord is the type of a message (RFC 7252, section 3); over TCP and WebSockets it has none.
func typeWord(t message.Type) string {
	switch t {
	case message.Confirmable:
		return "CON"
	case message.NonConfirmable:
		return "NON"
	case message.Acknowledgement:
		return "ACK"
	case message.Reset:
		return "RST"
	}
	return ""
}
