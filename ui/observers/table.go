package observers

import (
	"cmp"
	"encoding/hex"
	"strconv"
	"strings"

	"fyne.io/fyne/v2/lang"

	"sluice/engine"
	"sluice/ui/pane"
	"sluice/ui/theme"
	"sluice/ui/widget"
	"sluice/ui/widget/format"
)

func newTable() *widget.DataTable[uint64, Relation] {
	return widget.NewDataTable(func(r Relation) uint64 { return r.observer.ID }, []widget.Column[Relation]{
		{ID: "topic", Title: lang.L("Topic or resource"), Width: 180, Mono: true, Middle: true, Text: func(r Relation) string { return r.observer.Filter },
			Compare: func(a, b Relation) int { return pane.CompareNames(a.observer.Filter, b.observer.Filter) }},
		{ID: "subject", Title: lang.L("Kind"), Width: 80, Kind: widget.KindBadge, Text: func(r Relation) string { return subjectWord(r.observer) },
			Role: func(Relation) theme.Role { return theme.RoleNeutral }, Compare: func(a, b Relation) int { return strings.Compare(subjectWord(a.observer), subjectWord(b.observer)) }},
		{ID: "client", Title: lang.L("Client"), Width: 120, Bold: true, Middle: true, Text: func(r Relation) string { return r.client },
			Compare: func(a, b Relation) int { return pane.CompareNames(a.client, b.client) }},
		{ID: "value", Title: lang.L("Value"), Width: 124, Mono: true, Text: func(r Relation) string { return r.value }},
		{ID: "last", Title: lang.L("Last"), Width: 68, Kind: widget.KindNumber, Tone: theme.RoleMuted, Text: func(r Relation) string { return r.last },
			Compare: func(a, b Relation) int { return b.observer.ValueAt.Compare(a.observer.ValueAt) }},
		{ID: "kind", Title: lang.L("Type"), Width: 72, Kind: widget.KindBadge, Text: func(r Relation) string { return r.kind },
			Role: func(Relation) theme.Role { return theme.RoleNeutral }, Compare: func(a, b Relation) int { return strings.Compare(a.kind, b.kind) }},
		{ID: "observe", Title: "Observe", Width: 84, Kind: widget.KindNumber, Mono: true, Tone: theme.RoleMuted, Text: sequence},
		{ID: "sent", Title: lang.L("Sent"), Width: 72, Kind: widget.KindNumber, Text: func(r Relation) string { return format.Count(int64(r.observer.Sent)) },
			Compare: func(a, b Relation) int { return cmp.Compare(a.observer.Sent, b.observer.Sent) }},
		{ID: "acknowledged", Title: lang.L("Acknowledged"), Width: 104, Kind: widget.KindNumber, Hidden: true, Text: func(r Relation) string { return format.Count(int64(r.observer.Acknowledged)) },
			Compare: func(a, b Relation) int { return cmp.Compare(a.observer.Acknowledged, b.observer.Acknowledged) }},
		{ID: "dropped", Title: lang.L("Dropped"), Width: 76, Kind: widget.KindNumber, Hidden: true, Text: func(r Relation) string { return format.Count(int64(r.observer.Dropped)) },
			Role: func(r Relation) theme.Role { return lateIf(r.observer.Dropped > 0) }, Compare: func(a, b Relation) int { return cmp.Compare(a.observer.Dropped, b.observer.Dropped) }},
		{ID: "lost", Title: lang.L("Lost"), Width: 64, Kind: widget.KindNumber, Text: func(r Relation) string { return format.Count(int64(missed(r.observer))) },
			Role: func(r Relation) theme.Role { return lateIf(missed(r.observer) > 0) }, Compare: func(a, b Relation) int { return cmp.Compare(missed(a.observer), missed(b.observer)) }},
		{ID: "reordered", Title: lang.L("Reordered"), Width: 88, Kind: widget.KindNumber, Text: reordered,
			Role: func(r Relation) theme.Role { return lateIf(r.observer.Reordered > 0) }, Compare: func(a, b Relation) int { return cmp.Compare(a.observer.Reordered, b.observer.Reordered) }},
		{ID: "queued", Title: lang.L("Queued"), Width: 76, Kind: widget.KindNumber, Text: func(r Relation) string { return format.Count(int64(r.observer.Queued)) },
			Compare: func(a, b Relation) int { return cmp.Compare(a.observer.Queued, b.observer.Queued) }},
		{ID: "trip", Title: lang.L("Round trip"), Width: 84, Kind: widget.KindNumber, Tone: theme.RoleMuted, Text: func(r Relation) string { return r.trip },
			Compare: func(a, b Relation) int { return cmp.Compare(a.observer.RoundTrip, b.observer.RoundTrip) }},
		{ID: "since", Title: lang.L("For"), Width: 80, Tone: theme.RoleMuted, Text: func(r Relation) string { return r.since },
			Compare: func(a, b Relation) int { return b.observer.Since.Compare(a.observer.Since) }},
		{ID: "token", Title: lang.L("Token"), Width: 140, Mono: true, Tone: theme.RoleDim, Hidden: true, Text: func(r Relation) string { return hex.EncodeToString(r.observer.Token) }},
		{ID: "address", Title: lang.L("Address"), Width: 160, Mono: true, Tone: theme.RoleMuted, Hidden: true, Text: address},
		{ID: "resent", Title: lang.L("Retransmissions"), Width: 120, Kind: widget.KindNumber, Hidden: true, Text: func(r Relation) string { return format.Count(int64(r.observer.Retransmissions)) }},
	})
}

func sequence(r Relation) string {
	if r.observer.Window {
		return ""
	}
	return strconv.FormatUint(uint64(r.observer.Sequence), 10)
}

// reordered is told of devices only: there the gateway is the client that sees what comes late.
func reordered(r Relation) string {
	if r.observer.Subject != engine.OfDevice {
		return "—"
	}
	return format.Count(int64(r.observer.Reordered))
}

func address(r Relation) string {
	if r.observer.Window {
		return ""
	}
	return r.observer.Addr.String()
}

// lateIf colours a number that should be zero.
func lateIf(late bool) theme.Role {
	if late {
		return theme.RoleLate
	}
	return theme.RoleNeutral
}
