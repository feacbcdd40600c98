package certificates

import (
	"strings"
	"time"

	"fyne.io/fyne/v2/lang"

	"sluice/engine/pki"
	"sluice/ui/theme"
	"sluice/ui/units"
	"sluice/ui/widget"
)

// dots stand for a key that is not shown, whatever its length.
const dots = "••••••••"

// pskRow is one pre-shared key as the table shows it.
type pskRow struct {
	pki.PreSharedKey
	lastUsed string
}

// buildPSKs makes rows of the keys that match filter.
func buildPSKs(s *state, filter string, now time.Time) []pskRow {
	filter = strings.ToLower(strings.TrimSpace(filter))
	rows := make([]pskRow, 0, len(s.psks))
	for _, k := range s.psks {
		if filter == "" || strings.Contains(strings.ToLower(k.Identity+"\n"+k.ClientID), filter) {
			rows = append(rows, buildPSK(s, k, now))
		}
	}
	return rows
}

func buildPSK(s *state, k pki.PreSharedKey, now time.Time) pskRow {
	row := pskRow{PreSharedKey: k, lastUsed: lang.L("not yet")}
	switch {
	case len(s.withPSK(k.Identity)) > 0:
		row.lastUsed = lang.L("now")
	case !k.LastUsed.IsZero():
		row.lastUsed = lang.L("{{.Time}} ago", map[string]any{"Time": units.Age(now.Sub(k.LastUsed))})
	}
	return row
}

func (r pskRow) client() string {
	if r.ClientID == "" {
		return lang.L("any")
	}
	return r.ClientID
}

// clientRole dims the word that stands for no client ID.
func (r pskRow) clientRole() theme.Role {
	if r.ClientID == "" {
		return theme.RoleMuted
	}
	return theme.RoleNeutral
}

func newPSKTable() *widget.DataTable[string, pskRow] {
	identity := func(r pskRow) string { return r.Identity }
	return widget.NewDataTable(identity, []widget.Column[pskRow]{
		{ID: "identity", Title: lang.L("PSK identity"), Width: 228, Mono: true, Text: identity,
			Compare: func(a, b pskRow) int { return strings.Compare(a.Identity, b.Identity) }},
		{ID: "key", Title: lang.L("Key"), Width: 204, Mono: true, Tone: theme.RoleDim, Text: func(pskRow) string { return dots }},
		{ID: "client", Title: lang.L("Client"), Width: 212, Text: pskRow.client, Role: pskRow.clientRole,
			Compare: func(a, b pskRow) int { return strings.Compare(a.ClientID, b.ClientID) }},
		{ID: "used", Title: lang.L("Last used"), Width: 120, Tone: theme.RoleMuted, Text: func(r pskRow) string { return r.lastUsed },
			Compare: func(a, b pskRow) int { return b.LastUsed.Compare(a.LastUsed) }},
		{ID: "created", Title: lang.L("Created"), Width: 110, Hidden: true, Tone: theme.RoleMuted, Text: func(r pskRow) string { return date(r.Created) },
			Compare: func(a, b pskRow) int { return a.Created.Compare(b.Created) }},
	})
}
