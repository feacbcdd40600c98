package traffic

import (
	"cmp"
	"strings"

	"fyne.io/fyne/v2/lang"

	"sluice/engine/record"
	"sluice/ui/theme"
	"sluice/ui/widget"
)

// columns are the tables' columns; the drawer shows the payload in place of what only the pane has room for.
func columns() []widget.Column[*Row] {
	return []widget.Column[*Row]{
		{ID: "time", Title: lang.L("Time"), Width: 106, Mono: true, Tone: theme.RoleDim, Text: (*Row).Time,
			Compare: func(a, b *Row) int { return cmp.Compare(a.Frame.Seq, b.Frame.Seq) }},
		{ID: "direction", Title: "", Width: 24, Mono: true, Text: (*Row).Direction, Role: directionRole},
		{ID: "peer", Title: lang.L("Peer"), Width: 138, Mono: true, Middle: true, Text: (*Row).Peer, Compare: by((*Row).Peer)},
		{ID: "type", Title: lang.L("Type"), Width: 52, Mono: true, Tone: theme.RoleMuted, Text: (*Row).Type, Compare: by((*Row).Type)},
		{ID: "code", Title: lang.L("Code"), Width: 156, Kind: widget.KindBadge, Mono: true, Text: (*Row).Code, Role: codeRole, Compare: by((*Row).Code)},
		{ID: "resource", Title: lang.L("Resource"), Width: 170, Grows: true, Mono: true, Before: " · ", Text: (*Row).Resource, Compare: by((*Row).Resource)},
		{ID: "mid", Title: "MID", Width: 58, Kind: widget.KindNumber, Mono: true, Tone: theme.RoleDim, Text: (*Row).MID},
		{ID: "took", Title: lang.L("Took"), Width: 74, Kind: widget.KindNumber, Mono: true, Tone: theme.RoleDim, Text: (*Row).Took,
			Compare: func(a, b *Row) int { return cmp.Compare(a.known.Took, b.known.Took) }},
		{ID: "payload", Title: lang.L("Payload"), Width: 240, Mono: true, Tone: theme.RoleMuted, Text: (*Row).Payload},
		{ID: "size", Title: lang.L("Bytes"), Width: 62, Kind: widget.KindNumber, Mono: true, Tone: theme.RoleMuted, Text: (*Row).Size,
			Compare: func(a, b *Row) int { return cmp.Compare(len(a.Frame.Data), len(b.Frame.Data)) }},
	}
}

func by(text func(*Row) string) func(a, b *Row) int {
	return func(a, b *Row) int { return strings.Compare(text(a), text(b)) }
}

// directionRole colours the arrows: what came in as a request, what was sent as an answer.
func directionRole(r *Row) theme.Role {
	if r.Frame.Outgoing {
		return theme.RoleAccent
	}
	return theme.RolePOST
}

// codeRole colours the code as CoAP's methods and classes are coloured everywhere.
func codeRole(r *Row) theme.Role {
	switch {
	case r.Frame.Note&record.Malformed != 0:
		return theme.RoleBad
	case r.Frame.Protocol == record.MQTT:
		return theme.RoleMQTT
	}
	if code, ok := r.Frame.Code(); ok {
		return theme.MethodRole(code)
	}
	return theme.RoleNeutral
}
