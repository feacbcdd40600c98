package access

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"

	"sluice/engine/access"
	"sluice/ui/theme"
	"sluice/ui/units"
	"sluice/ui/widget"
	"sluice/ui/widget/format"
)

func newUserTable(p *Pane) *widget.DataTable[string, UserRow] {
	t := widget.NewDataTable(func(u UserRow) string { return u.Username }, []widget.Column[UserRow]{
		{ID: "user", Title: lang.L("User"), Width: 200, Bold: true, Text: func(u UserRow) string { return u.Username },
			Compare: func(a, b UserRow) int { return compare(a.Username, b.Username) }},
		{ID: "password", Title: lang.L("Password"), Width: 110, Tone: theme.RoleMuted, Text: func(u UserRow) string { return u.Hash },
			Compare: func(a, b UserRow) int { return compare(a.Hash, b.Hash) }},
		{ID: "connected", Title: lang.L("Connected now"), Width: 130, Text: UserRow.connected, Role: UserRow.connectedRole, Compare: byClients},
		{ID: "attributes", Title: lang.L("Attributes"), Width: 200, Mono: true, Tone: theme.RoleMuted, Text: func(u UserRow) string { return u.attrs }},
	})
	t.Empty = p.noUser
	t.SortBy("user", false)
	t.OnSelected = func(UserRow) { p.leave(); p.show(sideUser) }
	t.OnActivated = func(u UserRow) { p.changePassword(u.User) }
	t.OnDelete = func(u UserRow) { p.deleteUser(u.User) }
	t.OnEscape = p.showOverview
	t.OnSecondary = p.userItems
	return t
}

func newRuleTable(p *Pane) *widget.DataTable[int, RuleRow] {
	t := widget.NewDataTable(func(r RuleRow) int { return r.index }, []widget.Column[RuleRow]{
		{ID: "number", Title: lang.L("No."), Width: 44, Tone: theme.RoleDim, Text: RuleRow.number},
		{ID: "permission", Title: lang.L("Permission"), Width: 92, Kind: widget.KindBadge,
			Text: func(r RuleRow) string { return permissionWord(r.rule.Permission) }, Role: func(r RuleRow) theme.Role { return permissionRole(r.rule.Permission) }},
		{ID: "who", Title: lang.L("Who"), Width: 150, Text: func(r RuleRow) string { return whoText(r.rule.Who) }},
		{ID: "action", Title: lang.L("Action"), Width: 134, Tone: theme.RoleMuted, Text: func(r RuleRow) string { return actionWord(r.rule.Action) }},
		{ID: "decides", Title: lang.L("Question"), Width: 86, Kind: widget.KindBadge, Text: RuleRow.decidesWord, Role: func(RuleRow) theme.Role { return theme.RoleAccent }},
		{ID: "topics", Title: lang.L("Topics"), Width: 160, Mono: true, Text: RuleRow.topics},
	})
	t.Empty = p.noRule
	t.OnSelected = func(r RuleRow) { p.leave(); p.openRule(r.index) }
	t.OnActivated = func(RuleRow) { p.host.Window.Canvas().Focus(p.form.permission) }
	t.OnDelete = func(r RuleRow) { p.deleteRule(r.index, r.rule) }
	t.OnMove = func(r RuleRow, by int) { p.move(r.index, by) }
	t.OnEscape = p.showOverview
	t.OnSecondary = p.ruleItems
	return t
}

func (r RuleRow) decidesWord() string {
	if r.decides {
		return lang.L("decides")
	}
	return ""
}

// slowRow is who is slowed down after wrong passwords.
type slowRow struct {
	access.Throttled
	left time.Duration
}

// buildSlowRows makes rows of who is slowed down, who waits longest first.
func buildSlowRows(throttled []access.Throttled, now time.Time) []slowRow {
	rows := make([]slowRow, 0, len(throttled))
	for _, t := range throttled {
		rows = append(rows, slowRow{t, max(t.Until.Sub(now), 0)})
	}
	slices.SortStableFunc(rows, func(a, b slowRow) int { return b.Until.Compare(a.Until) })
	return rows
}

func (r slowRow) from() string {
	if r.From.IsSingleIP() {
		return r.From.Addr().String()
	}
	return r.From.String()
}

func (r slowRow) user() string {
	if r.Username == "" {
		return lang.L("all names")
	}
	return r.Username
}

func (r slowRow) until() string {
	return lang.L("in {{.Time}}", map[string]any{"Time": units.Age(r.left)})
}

func newSlowTable() *widget.DataTable[string, slowRow] {
	t := widget.NewDataTable(func(r slowRow) string { return r.From.String() + " " + r.Username }, []widget.Column[slowRow]{
		{ID: "from", Title: lang.L("From"), Width: 200, Mono: true, Text: slowRow.from},
		{ID: "user", Title: lang.L("User"), Width: 144, Text: slowRow.user},
		{ID: "wrong", Title: lang.L("Wrong in a minute"), Width: 140, Kind: widget.KindNumber, Text: func(r slowRow) string { return format.Count(int64(r.Wrong)) }},
		{ID: "refused", Title: lang.L("Not checked"), Width: 120, Kind: widget.KindNumber, Text: func(r slowRow) string { return format.Count(int64(r.Refused)) }},
		{ID: "until", Title: lang.L("May try again"), Width: 110, Tone: theme.RoleLate, Text: slowRow.until},
	})
	t.Empty = widget.NewEmptyState(lang.L("Nobody is. After five wrong passwords in a minute for one name an address has to wait."), "")
	t.OnSecondary = func(r slowRow) []*fyne.MenuItem {
		return []*fyne.MenuItem{fyne.NewMenuItem(lang.L("Copy address"), func() { widget.CopyText(r.from()) })}
	}
	return t
}

// compare orders names as people do: without regard to capitals first.
func compare(a, b string) int {
	return cmp.Or(strings.Compare(strings.ToLower(a), strings.ToLower(b)), strings.Compare(a, b))
}
