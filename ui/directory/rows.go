package directory

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"fyne.io/fyne/v2/lang"

	"sluice/engine/directory"
	"sluice/engine/linkformat"
	"sluice/ui/theme"
	"sluice/ui/units"
	"sluice/ui/widget"
	"sluice/ui/widget/format"
)

// state says how long a registration lasts.
type state uint8

const (
	active state = iota
	soon         // to expire
	expired
)

// Row is one registration as of a moment. Its texts are made for the rows in view only.
type Row struct {
	directory.Endpoint
	now time.Time
}

// buildRows makes rows of the registrations that match filter, as of now.
func buildRows(endpoints []directory.Endpoint, filter string, now time.Time) []Row {
	filter = strings.ToLower(strings.TrimSpace(filter))
	rows := make([]Row, 0, len(endpoints))
	for i := range endpoints {
		if filter == "" || matches(&endpoints[i], filter) {
			rows = append(rows, Row{endpoints[i], now})
		}
	}
	return rows
}

// matches reports whether a lower-case filter occurs in the name, the sector, the base, or a link's target or type.
func matches(e *directory.Endpoint, filter string) bool {
	contains := func(s string) bool { return strings.Contains(strings.ToLower(s), filter) }
	return contains(e.Name) || contains(e.Sector) || contains(e.Base) ||
		slices.ContainsFunc(e.Links, func(l linkformat.Link) bool {
			rt, _ := l.Get("rt")
			return contains(l.Target) || contains(rt)
		})
}

// state is soon when less than a tenth of the lifetime is left, or less than a minute of a lifetime of minutes.
func (r Row) state() state {
	switch {
	case r.Remaining == 0:
		return expired
	case r.Remaining < max(r.Lifetime/10, min(time.Minute, r.Lifetime/2)):
		return soon
	}
	return active
}

// word is what the dot of a row says.
func (r Row) word() string {
	switch r.state() {
	case expired:
		return lang.L("expired")
	case soon:
		return lang.L("expires soon")
	}
	return lang.L("active")
}

func (r Row) role() theme.Role {
	switch r.state() {
	case expired:
		return theme.RoleMuted
	case soon:
		return theme.RoleLate
	}
	return theme.RoleGood
}

// left is the lifetime left.
func (r Row) left() string {
	if r.Remaining == 0 {
		return lang.L("expired")
	}
	return units.Age(r.Remaining)
}

func (r Row) sector() string {
	if r.Sector == "" {
		return "—"
	}
	return r.Sector
}

// owner is who may change the registration, in words.
func (r Row) owner() string {
	kind, name, _ := strings.Cut(r.Owner, ":")
	switch kind {
	case "user":
		return lang.L("user {{.Name}}", map[string]any{"Name": name})
	case "client":
		return lang.L("client {{.Name}}", map[string]any{"Name": name})
	}
	return name
}

// how says how the device registers.
func (r Row) how() string {
	if r.Simple {
		return lang.L("simple")
	}
	return lang.L("by itself")
}

func (r Row) ago(t time.Time) string { return units.Age(r.now.Sub(t)) }

// facts are what the detail says of a registration, in order.
func (r Row) facts() []widget.Pair {
	moment := func(t time.Time) string { return units.Moment(t) + " (" + r.ago(t) + ")" }
	lifetime := widget.Pair{Key: lang.L("Lifetime"), Value: lang.L("{{.Seconds}} s, {{.Left}} left", map[string]any{
		"Seconds": format.Count(int64(r.Lifetime / time.Second)), "Left": r.left()})}
	switch r.state() {
	case expired:
		lifetime.Value = lang.L("{{.Seconds}} s, expired", map[string]any{"Seconds": format.Count(int64(r.Lifetime / time.Second))})
	case soon:
		lifetime.Role = theme.RoleLate
	}
	list := []widget.Pair{
		{Key: lang.L("Base"), Value: r.Base, Mono: true},
		{Key: lang.L("Location"), Value: r.Location, Mono: true},
		lifetime,
		{Key: lang.L("Registered at"), Value: moment(r.Since)},
		{Key: lang.L("Last update"), Value: moment(r.Updated)},
		{Key: lang.L("Owner"), Value: r.owner()},
	}
	if r.BaseGiven { // otherwise the address is the base
		list = append(list, widget.Pair{Key: lang.L("Address"), Value: r.Address.String(), Mono: true})
	}
	if r.Simple {
		list = append(list, widget.Pair{Key: lang.L("Registers"), Value: lang.L("simple: asked for at /.well-known/rd")})
	}
	if len(r.Attributes) > 0 {
		list = append(list, widget.Pair{Key: lang.L("Attributes"), Value: attributes(r.Attributes), Mono: true})
	}
	return list
}

func attributes(list []linkformat.Attribute) string {
	words := make([]string, len(list))
	for i, a := range list {
		if words[i] = a.Name; !a.Bare {
			words[i] += "=" + a.Value
		}
	}
	return strings.Join(words, " ")
}

// asText is the registration for copying as lines of text, the links as they were registered.
func (r Row) asText() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s\n", lang.L("Endpoint"), r.Name)
	if r.Sector != "" {
		fmt.Fprintf(&b, "%s: %s\n", lang.L("Sector"), r.Sector)
	}
	for _, pair := range r.facts() {
		fmt.Fprintf(&b, "%s: %s\n", pair.Key, pair.Value)
	}
	for i := range r.Links {
		fmt.Fprintf(&b, "%s\n", r.Links[i].AppendTo(nil))
	}
	return b.String()
}

// asJSON is the registration for copying as JSON; the lifetime is in seconds.
func (r Row) asJSON() string {
	links := make([]map[string]any, len(r.Links))
	for i := range r.Links {
		links[i] = fields(r.Links[i].Attributes)
		links[i]["href"] = r.Links[i].Target
	}
	b, err := json.MarshalIndent(map[string]any{
		"ep": r.Name, "d": r.Sector, "base": r.Base, "location": r.Location, "lt": int64(r.Lifetime / time.Second),
		"remaining": int64(r.Remaining / time.Second), "since": r.Since, "updated": r.Updated, "owner": r.Owner,
		"address": r.Address.String(), "simple": r.Simple, "attributes": fields(r.Attributes), "links": links,
	}, "", "  ")
	if err != nil {
		return ""
	}
	return string(b)
}

// fields are attributes as members of a JSON object; one without a value is true.
func fields(list []linkformat.Attribute) map[string]any {
	members := make(map[string]any, len(list)+1)
	for _, a := range list {
		if members[a.Name] = a.Value; a.Bare {
			members[a.Name] = true
		}
	}
	return members
}

// summary is the line beside the pane's title.
func summary(endpoints []directory.Endpoint, s directory.Stats) string {
	var in [3]int
	for i := range endpoints {
		in[Row{Endpoint: endpoints[i]}.state()]++
	}
	count := func(n int) map[string]any { return map[string]any{"Count": format.Count(int64(n))} }
	text := lang.L("none registered")
	if len(endpoints) > 0 {
		text = lang.L("{{.Count}} registered", count(in[active]+in[soon])) + ", " + lang.N("{{.Count}} links", s.Links, count(s.Links))
	}
	if in[soon] > 0 {
		text += ", " + lang.N("{{.Count}} expire soon", in[soon], count(in[soon]))
	}
	if in[expired] > 0 {
		text += ", " + lang.L("{{.Count}} expired", count(in[expired]))
	}
	if s.Refused > 0 {
		text += ", " + lang.L("{{.Count}} refused", map[string]any{"Count": format.Count(int64(s.Refused))})
	}
	return text
}

func newTable() *widget.DataTable[string, Row] {
	text := func(of func(r Row) string) func(a, b Row) int {
		return func(a, b Row) int { return strings.Compare(of(a), of(b)) }
	}
	name := func(r Row) string { return r.Name }
	base := func(r Row) string { return r.Base }
	return widget.NewDataTable(func(r Row) string { return r.Location }, []widget.Column[Row]{
		{ID: "state", Width: 30, Kind: widget.KindDot, Text: Row.word, Role: Row.role, Compare: func(a, b Row) int { return cmp.Compare(a.state(), b.state()) }},
		{ID: "name", Title: lang.L("Endpoint"), Width: 124, Bold: true, Middle: true, Text: name, Compare: text(name)},
		{ID: "sector", Title: lang.L("Sector"), Width: 60, Tone: theme.RoleMuted, Text: Row.sector, Compare: text(Row.sector)},
		{ID: "base", Title: lang.L("Base"), Width: 192, Mono: true, Tone: theme.RoleMuted, Text: base, Compare: text(base)},
		{ID: "links", Title: lang.L("Links"), Width: 52, Kind: widget.KindNumber, Text: func(r Row) string { return format.Count(int64(len(r.Links))) },
			Compare: func(a, b Row) int { return cmp.Compare(len(a.Links), len(b.Links)) }},
		{ID: "left", Title: lang.L("Expires in"), Width: 82, Kind: widget.KindNumber, Text: Row.left, Role: lateRole,
			Compare: func(a, b Row) int { return cmp.Compare(a.Remaining, b.Remaining) }},
		{ID: "since", Title: lang.L("Registered"), Width: 82, Tone: theme.RoleMuted, Text: func(r Row) string { return r.ago(r.Since) },
			Compare: func(a, b Row) int { return b.Since.Compare(a.Since) }},
		{ID: "updated", Title: lang.L("Updated"), Width: 72, Tone: theme.RoleMuted, Text: func(r Row) string { return r.ago(r.Updated) },
			Compare: func(a, b Row) int { return b.Updated.Compare(a.Updated) }},
		{ID: "owner", Title: lang.L("Owner"), Width: 92, Tone: theme.RoleMuted, Text: Row.owner, Compare: text(Row.owner)},
		{ID: "location", Title: lang.L("Location"), Width: 110, Mono: true, Hidden: true, Tone: theme.RoleMuted, Text: func(r Row) string { return r.Location }},
		{ID: "address", Title: lang.L("Address"), Width: 150, Mono: true, Hidden: true, Tone: theme.RoleMuted, Text: func(r Row) string { return r.Address.String() },
			Compare: func(a, b Row) int { return a.Address.Compare(b.Address) }},
		{ID: "lifetime", Title: lang.L("Lifetime"), Width: 88, Kind: widget.KindNumber, Hidden: true, Text: func(r Row) string { return units.Age(r.Lifetime) },
			Compare: func(a, b Row) int { return cmp.Compare(a.Lifetime, b.Lifetime) }},
		{ID: "how", Title: lang.L("Registers"), Width: 90, Hidden: true, Tone: theme.RoleMuted, Text: Row.how, Compare: text(Row.how)},
	})
}

// lateRole colours the lifetime left where it is little.
func lateRole(r Row) theme.Role {
	switch r.state() {
	case soon:
		return theme.RoleLate
	case expired:
		return theme.RoleDim
	}
	return theme.RoleNeutral
}
