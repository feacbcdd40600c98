package certificates

import (
	"time"

	"fyne.io/fyne/v2/lang"

	"sluice/engine/pki"
	"sluice/ui/theme"
	"sluice/ui/widget/format"
)

// When the end of a certificate is said in amber, and when in red.
const (
	day  = 24 * time.Hour
	year = 365 * day
	near = 30 * day
	late = 7 * day
)

// expires says when a certificate ends, or that it is revoked.
func expires(e pki.Entry, now time.Time) string {
	switch left := e.NotAfter.Sub(now); {
	case !e.Revoked.IsZero():
		return lang.L("revoked")
	case left <= 0:
		return lang.L("expired {{.Time}} ago", map[string]any{"Time": span(-left)})
	case now.Before(e.NotBefore):
		return lang.L("valid in {{.Time}}", map[string]any{"Time": span(e.NotBefore.Sub(now))})
	default:
		return lang.L("in {{.Time}}", map[string]any{"Time": span(left)})
	}
}

// span writes a time that is too long for minutes in its largest unit, rounded down.
func span(d time.Duration) string {
	count := func(unit time.Duration) (int, map[string]any) {
		n := int(d / unit)
		return n, map[string]any{"Count": format.Count(int64(n))}
	}
	switch {
	case d >= 2*year:
		n, data := count(year)
		return lang.N("{{.Count}} years", n, data)
	case d >= day:
		n, data := count(day)
		return lang.N("{{.Count}} days", n, data)
	case d >= time.Hour:
		n, data := count(time.Hour)
		return lang.N("{{.Count}} hours", n, data)
	}
	n, data := count(time.Minute)
	return lang.N("{{.Count}} minutes", n, data)
}

// expiryRole colours it.
func expiryRole(e pki.Entry, now time.Time) theme.Role {
	switch left := e.NotAfter.Sub(now); {
	case !e.Revoked.IsZero(), left < late, now.Before(e.NotBefore):
		return theme.RoleBad
	case left < near:
		return theme.RoleLate
	}
	return theme.RoleNeutral
}
