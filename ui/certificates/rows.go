package certificates

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"fyne.io/fyne/v2/lang"

	"sluice/engine/pki"
	"sluice/ui/theme"
	"sluice/ui/widget"
)

// Row is one certificate as the table shows it.
type Row struct {
	pki.Entry
	issuedBy string
	expires  string
	role     theme.Role // of expires
	usedBy   string
}

// buildRows makes rows of the certificates that match filter.
func buildRows(s *state, filter string, now time.Time) []Row {
	filter = strings.ToLower(strings.TrimSpace(filter))
	rows := make([]Row, 0, len(s.entries))
	for _, e := range s.entries {
		if filter == "" || matches(e, filter) {
			rows = append(rows, buildRow(s, e, now))
		}
	}
	return rows
}

func buildRow(s *state, e pki.Entry, now time.Time) Row {
	return Row{Entry: e, issuedBy: s.issuer(e), expires: expires(e, now), role: expiryRole(e, now), usedBy: s.usedBy(e)}
}

// matches reports whether a lower-case filter occurs in what a user knows of a certificate.
func matches(e pki.Entry, filter string) bool {
	contains := func(s string) bool { return strings.Contains(strings.ToLower(s), filter) }
	return contains(e.Name) || contains(e.Subject) || contains(e.Issuer) || contains(kindWord(e.Kind)) || contains(e.Key) ||
		strings.HasPrefix(e.ID, strings.ReplaceAll(filter, ":", "")) || strings.HasPrefix(strings.ToLower(e.Serial), filter) ||
		slices.ContainsFunc(e.Names, contains) || !e.Revoked.IsZero() && contains(lang.L("revoked"))
}

func kindWord(k pki.Kind) string {
	switch k {
	case pki.Authority:
		return lang.L("Authority")
	case pki.Server:
		return lang.L("Server")
	case pki.Trusted:
		return lang.L("Trusted")
	}
	return lang.L("Client")
}

func kindRole(k pki.Kind) theme.Role {
	switch k {
	case pki.Authority:
		return theme.RoleMQTT
	case pki.Server:
		return theme.RoleAccent
	}
	return theme.RoleNeutral
}

// byKind is the order without sorting: authorities, servers, clients, trusted ones, and what is revoked last.
func byKind(a, b pki.Entry) int {
	return cmp.Or(cmp.Compare(revokedLast(a), revokedLast(b)), cmp.Compare(a.Kind, b.Kind), strings.Compare(a.Name, b.Name), strings.Compare(a.ID, b.ID))
}

func revokedLast(e pki.Entry) int {
	if e.Revoked.IsZero() {
		return 0
	}
	return 1
}

func newTable() *widget.DataTable[string, Row] {
	text := func(of func(r Row) string) func(a, b Row) int {
		return func(a, b Row) int { return strings.Compare(of(a), of(b)) }
	}
	name := func(r Row) string { return r.Name }
	kind := func(r Row) string { return kindWord(r.Kind) }
	key := func(r Row) string { return r.Key }
	issuedBy := func(r Row) string { return r.issuedBy }
	usedBy := func(r Row) string { return r.usedBy }
	return widget.NewDataTable(func(r Row) string { return r.ID }, []widget.Column[Row]{
		{ID: "name", Title: lang.L("Name"), Width: 208, Bold: true, Text: name, Compare: text(name)},
		{ID: "kind", Title: lang.L("Kind"), Width: 96, Kind: widget.KindBadge, Text: kind, Role: func(r Row) theme.Role { return kindRole(r.Kind) },
			Compare: func(a, b Row) int { return cmp.Compare(a.Kind, b.Kind) }},
		{ID: "key", Title: lang.L("Key"), Width: 92, Tone: theme.RoleMuted, Text: key, Compare: text(key)},
		{ID: "issuer", Title: lang.L("Issued by"), Width: 210, Tone: theme.RoleMuted, Text: issuedBy, Compare: text(issuedBy)},
		{ID: "expires", Title: lang.L("Expires"), Width: 112, Text: func(r Row) string { return r.expires }, Role: func(r Row) theme.Role { return r.role },
			Compare: func(a, b Row) int { return a.NotAfter.Compare(b.NotAfter) }},
		{ID: "used", Title: lang.L("Used by"), Width: 118, Tone: theme.RoleMuted, Text: usedBy, Compare: text(usedBy)},
		{ID: "serial", Title: lang.L("Serial"), Width: 150, Mono: true, Hidden: true, Tone: theme.RoleMuted, Text: func(r Row) string { return r.Serial }},
		{ID: "from", Title: lang.L("Valid from"), Width: 104, Hidden: true, Tone: theme.RoleMuted, Text: func(r Row) string { return date(r.NotBefore) },
			Compare: func(a, b Row) int { return a.NotBefore.Compare(b.NotBefore) }},
		{ID: "names", Title: lang.L("Names"), Width: 180, Hidden: true, Tone: theme.RoleMuted, Text: func(r Row) string { return strings.Join(r.Names, ", ") }},
	})
}

func date(t time.Time) string { return t.Local().Format("2006-01-02") }
