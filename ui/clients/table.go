package clients

import (
	"strconv"

	"fyne.io/fyne/v2/lang"

	"sluice/engine/settings"
	"sluice/ui/theme"
	"sluice/ui/widget"
	"sluice/ui/widget/format"
)

func newTable() *widget.DataTable[string, Row] {
	columns := []widget.Column[Row]{
		{ID: "state", Title: "", Width: 30, Kind: widget.KindDot, Text: Row.state, Role: stateRole},
		{ID: "id", Title: lang.L("Client ID"), Width: 134, Grows: true, Bold: true, Middle: true, Text: func(r Row) string { return r.client.ID }},
		{ID: "address", Title: lang.L("Address"), Width: 136, Mono: true, Tone: theme.RoleMuted, Text: func(r Row) string { return r.client.Addr }},
		{ID: "type", Title: lang.L("Transport"), Width: 78, Kind: widget.KindBadge, Text: func(r Row) string { return r.client.Transport }, Role: transportRole},
		{ID: "identity", Title: lang.L("Identity"), Width: 110, Tone: theme.RoleMuted, Text: func(r Row) string { return r.identity }},
		{ID: "cipher", Title: lang.L("Cipher"), Width: 250, Hidden: true, Mono: true, Tone: theme.RoleMuted, Text: func(r Row) string { return r.cipher }},
		{ID: "user", Title: lang.L("User"), Width: 90, Hidden: true, Tone: theme.RoleMuted, Text: func(r Row) string { return r.user }},
		{ID: "mode", Title: lang.L("Mode"), Width: 108, Tone: theme.RoleMuted, Text: func(r Row) string { return r.client.Mode }},
		{ID: "since", Title: lang.L("Connected"), Width: 80, Tone: theme.RoleMuted, Text: func(r Row) string { return r.connected }},
		{ID: "seen", Title: lang.L("Last seen"), Width: 78, Tone: theme.RoleMuted, Text: func(r Row) string { return r.lastSeen }},
		{ID: "in", Title: lang.L("In"), Width: 62, Kind: widget.KindNumber, Text: func(r Row) string { return r.in }},
		{ID: "out", Title: lang.L("Out"), Width: 62, Kind: widget.KindNumber, Text: func(r Row) string { return r.out }},
		{ID: "observes", Title: lang.L("Observes"), Width: 78, Kind: widget.KindNumber, Text: func(r Row) string { return strconv.Itoa(r.client.Observes) }},
		{ID: "beat", Title: lang.L("Heartbeat"), Width: 84, Hidden: true, Kind: widget.KindNumber, Text: func(r Row) string { return r.heartbeat }},
		{ID: "trip", Title: lang.L("Round trip"), Width: 84, Hidden: true, Kind: widget.KindNumber, Text: func(r Row) string { return r.roundTrip }},
		{ID: "resent", Title: lang.L("Retransmissions"), Width: 120, Hidden: true, Kind: widget.KindNumber,
			Text: func(r Row) string { return format.Count(int64(r.client.Retransmissions)) }},
		{ID: "listener", Title: lang.L("Listener"), Width: 180, Hidden: true, Mono: true, Tone: theme.RoleMuted, Text: func(r Row) string { return r.client.Listener }},
	}
	for i := range columns {
		columns[i].Compare = byColumn[columns[i].ID]
	}
	return widget.NewDataTable(func(r Row) string { return r.client.Key }, columns)
}

func stateRole(r Row) theme.Role {
	if r.client.Late {
		return theme.RoleLate
	}
	return theme.RoleGood
}

// transportRole colours a transport: MQTT by its own colour, CoAP as neutral as it is common, and what is secured as such.
func transportRole(r Row) theme.Role {
	switch {
	case !r.client.IsCoAP():
		return theme.RoleMQTT
	case settings.IsSecure(r.client.Transport):
		return theme.RoleAccent
	}
	return theme.RoleNeutral
}
