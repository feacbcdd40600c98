package devices

import (
	"cmp"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"

	"sluice/engine/device"
	"sluice/ui/language"
	"sluice/ui/pane"
	"sluice/ui/theme"
	"sluice/ui/widget"
	"sluice/ui/widget/format"
)

type row = device.Snapshot

func newTable(p *Pane) *widget.DataTable[string, row] {
	t := widget.NewDataTable(func(d row) string { return d.Name }, []widget.Column[row]{
		{ID: "name", Title: lang.L("Name"), Width: 150, Bold: true, Middle: true, Text: func(d row) string { return d.Name },
			Compare: func(a, b row) int { return strings.Compare(a.Name, b.Name) }},
		{ID: "state", Title: lang.L("State"), Width: 104, Kind: widget.KindBadge, Text: func(d row) string { return stateWord(d.State) },
			Role: stateRole, Compare: func(a, b row) int { return cmp.Compare(a.State, b.State) }},
		{ID: "topic", Title: lang.L("Topic"), Width: 228, Mono: true, Middle: true, Tone: theme.RoleMuted, Text: func(d row) string { return d.Topic },
			Compare: func(a, b row) int { return strings.Compare(a.Topic, b.Topic) }},
		{ID: "interval", Title: lang.L("Interval"), Width: 68, Kind: widget.KindNumber, Tone: theme.RoleMuted, Text: func(d row) string { return format.Interval(d.Interval) },
			Compare: func(a, b row) int { return cmp.Compare(a.Interval, b.Interval) }},
		{ID: "sent", Title: lang.L("Sent"), Width: 62, Kind: widget.KindNumber, Text: func(d row) string { return format.Count(int64(d.Sent)) },
			Compare: func(a, b row) int { return cmp.Compare(a.Sent, b.Sent) }},
		{ID: "lost", Title: lang.L("Lost"), Width: 52, Kind: widget.KindNumber, Text: func(d row) string { return format.Count(int64(d.Lost)) },
			Role: func(d row) theme.Role { return lateIf(d.Lost > 0) }, Compare: func(a, b row) int { return cmp.Compare(a.Lost, b.Lost) }},
		{ID: "value", Title: lang.L("Last value"), Width: 150, Mono: true, Text: func(d row) string { return valueOf(&d) }},
		{ID: "kind", Title: lang.L("Kind"), Width: 100, Hidden: true, Text: func(d row) string { return d.Kind },
			Compare: func(a, b row) int { return strings.Compare(a.Kind, b.Kind) }},
		{ID: "dialect", Title: lang.L("Dialect"), Width: 110, Kind: widget.KindBadge, Hidden: true, Text: func(d row) string { return dialectWord(d.Dialect) },
			Role: func(row) theme.Role { return theme.RoleNeutral }},
		{ID: "resent", Title: lang.L("Retransmissions"), Width: 120, Kind: widget.KindNumber, Hidden: true, Text: func(d row) string { return format.Count(int64(d.Retransmitted)) },
			Compare: func(a, b row) int { return cmp.Compare(a.Retransmitted, b.Retransmitted) }},
		{ID: "trip", Title: lang.L("Round trip"), Width: 84, Kind: widget.KindNumber, Hidden: true, Tone: theme.RoleMuted, Text: func(d row) string { return trip(d.RTT) },
			Compare: func(a, b row) int { return cmp.Compare(a.RTT, b.RTT) }},
		{ID: "error", Title: lang.L("Last error"), Width: 200, Hidden: true, Tone: theme.RoleMuted, Text: func(d row) string { return language.Say(d.Err) }},
	})
	t.OnSelected = func(d row) { p.choose(d.Name) }
	t.OnDelete = func(d row) { p.stop(d.Name) }
	t.OnEscape = func() { t.Unselect(); p.choose("") }
	t.OnSecondary = p.menu
	return t
}

// menu is the context menu of a device.
func (p *Pane) menu(d row) []*fyne.MenuItem {
	items := []*fyne.MenuItem{fyne.NewMenuItem(lang.L("Show topic"), func() { p.host.Open(pane.Topics, d.Topic) })}
	if d.Observed != "" {
		items = append(items, fyne.NewMenuItem(lang.L("Send a command"), func() { p.host.Open(pane.Topics, d.Observed) }))
	}
	return append(items,
		fyne.NewMenuItem(lang.L("Copy topic"), func() { widget.CopyText(d.Topic) }),
		fyne.NewMenuItem(lang.L("Copy value"), func() { widget.CopyText(valueOf(&d)) }),
		fyne.NewMenuItemSeparator(),
		fyne.NewMenuItem(lang.L("Conditions"), func() { p.conditions.showOf(d.Name) }),
		fyne.NewMenuItem(lang.L("Change its port"), func() { p.changePort(d.Name) }),
		fyne.NewMenuItem(lang.L("Stop"), func() { p.stop(d.Name) }),
	)
}

// dialectWord is a dialect for people.
func dialectWord(d device.Dialect) string {
	switch d {
	case device.EMQX5Connectionless:
		return lang.L("EMQX 5 without a connection")
	case device.EMQX4:
		return "EMQX 4"
	case device.IETF:
		return lang.L("IETF pub/sub draft")
	}
	return "EMQX 5"
}

// valueOf is what a device published last, or how far its firmware is.
func valueOf(d *row) string {
	size := func(n int) string { return format.Bytes(int64(n)) }
	p := d.Transfer
	switch {
	case p.ToSend > 0:
		return lang.L("{{.Done}} of {{.All}} uploaded", map[string]any{"Done": size(p.Sent), "All": size(p.ToSend)})
	case p.ToReceive > 0:
		return lang.L("{{.Done}} of {{.All}} downloaded", map[string]any{"Done": size(p.Received), "All": size(p.ToReceive)})
	case p.Received > 0:
		return lang.L("{{.Done}} downloaded so far", map[string]any{"Done": size(p.Received)})
	case d.Image.Bytes > 0:
		return lang.L("{{.Size}} in {{.Blocks}} blocks, {{.Took}}", map[string]any{
			"Size": size(d.Image.Bytes), "Blocks": format.Count(int64(d.Image.Blocks)), "Took": format.Duration(d.Image.Took)})
	}
	return d.Last
}

func matches(d *row, filter string) bool {
	for _, text := range []string{d.Name, d.Kind, d.Topic, stateWord(d.State)} {
		if strings.Contains(strings.ToLower(text), filter) {
			return true
		}
	}
	return false
}

func stateWord(s device.State) string {
	switch s {
	case device.Running:
		return lang.L("running")
	case device.Connecting:
		return lang.L("connecting")
	case device.Failed:
		return lang.L("failed")
	}
	return lang.L("waiting")
}

func stateRole(d row) theme.Role {
	switch d.State {
	case device.Running:
		return theme.RoleGood
	case device.Failed:
		return theme.RoleBad
	}
	return theme.RoleLate
}

// lateIf colours a number that should be zero.
func lateIf(late bool) theme.Role {
	if late {
		return theme.RoleLate
	}
	return theme.RoleNeutral
}

func trip(d time.Duration) string {
	if d == 0 {
		return ""
	}
	return format.Duration(d)
}
