package certificates

import (
	"net/netip"
	"strings"
	"time"

	"fyne.io/fyne/v2/lang"

	"sluice/engine/secure"
	"sluice/ui/theme"
	"sluice/ui/widget"
	"sluice/ui/widget/format"
)

// handshakeKey tells handshakes apart.
type handshakeKey struct {
	at      int64
	peer    netip.AddrPort
	outcome secure.Outcome
}

// handshakeRow is one handshake as the table shows it.
type handshakeRow struct {
	secure.Handshake
	words string // who it was, or why it was refused
}

func keyOf(h secure.Handshake) handshakeKey {
	return handshakeKey{h.At.UnixNano(), h.Peer, h.Outcome}
}

// buildHandshakes makes rows of the handshakes that match filter, newest first.
func buildHandshakes(list []secure.Handshake, filter string) []handshakeRow {
	filter = strings.ToLower(strings.TrimSpace(filter))
	rows := make([]handshakeRow, 0, len(list))
	for _, h := range list {
		row := handshakeRow{h, outcomeWords(h)}
		if filter == "" || strings.Contains(strings.ToLower(h.Peer.String()+"\n"+row.words+"\n"+row.result()), filter) {
			rows = append(rows, row)
		}
	}
	return rows
}

func (r handshakeRow) result() string {
	if r.Outcome == secure.Accepted {
		return lang.L("accepted")
	}
	return lang.L("refused")
}

func (r handshakeRow) role() theme.Role {
	if r.Outcome == secure.Accepted {
		return theme.RoleGood
	}
	return theme.RoleBad
}

func newHandshakeTable() *widget.DataTable[handshakeKey, handshakeRow] {
	return widget.NewDataTable(func(r handshakeRow) handshakeKey { return keyOf(r.Handshake) }, []widget.Column[handshakeRow]{
		{ID: "time", Title: lang.L("Time"), Width: 112, Mono: true, Tone: theme.RoleDim, Text: func(r handshakeRow) string { return format.Clock(r.At) },
			Compare: func(a, b handshakeRow) int { return a.At.Compare(b.At) }},
		{ID: "address", Title: lang.L("Address"), Width: 170, Mono: true, Text: func(r handshakeRow) string { return r.Peer.String() },
			Compare: func(a, b handshakeRow) int { return a.Peer.Compare(b.Peer) }},
		{ID: "result", Title: lang.L("Handshake"), Width: 118, Kind: widget.KindBadge, Text: handshakeRow.result, Role: handshakeRow.role,
			Compare: func(a, b handshakeRow) int { return int(a.Outcome) - int(b.Outcome) }},
		{ID: "who", Title: lang.L("Who, or why not"), Width: 250, Grows: true, Text: func(r handshakeRow) string { return r.words },
			Compare: func(a, b handshakeRow) int { return strings.Compare(a.words, b.words) }},
		{ID: "took", Title: lang.L("Took"), Width: 84, Kind: widget.KindNumber, Tone: theme.RoleMuted, Text: func(r handshakeRow) string { return took(r.Took) },
			Compare: func(a, b handshakeRow) int { return int(a.Took - b.Took) }},
		{ID: "listener", Title: lang.L("Listener"), Width: 190, Mono: true, Hidden: true, Tone: theme.RoleMuted, Text: func(r handshakeRow) string { return r.Listener }},
		{ID: "cipher", Title: lang.L("Cipher"), Width: 250, Mono: true, Hidden: true, Tone: theme.RoleMuted, Text: func(r handshakeRow) string { return r.Identity.CipherSuite }},
	})
}

// took writes how long a handshake was under way.
func took(d time.Duration) string {
	if d <= 0 {
		return "—"
	}
	return format.Duration(d)
}
