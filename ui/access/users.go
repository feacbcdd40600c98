package access

import (
	"cmp"
	"encoding/json"
	"errors"
	"maps"
	"regexp"
	"slices"
	"strings"

	"fyne.io/fyne/v2/lang"

	"sluice/engine"
	"sluice/ui/theme"
	"sluice/ui/widget/format"
)

// UserRow is one user as the table shows it.
type UserRow struct {
	engine.User
	attrs string
}

// buildUserRows makes rows of the users that match filter.
func buildUserRows(users []engine.User, filter string) []UserRow {
	filter = strings.ToLower(strings.TrimSpace(filter))
	rows := make([]UserRow, 0, len(users))
	for _, u := range users {
		row := UserRow{u, attrsLine(u.ClientAttrs)}
		if filter == "" || strings.Contains(strings.ToLower(u.Username), filter) || strings.Contains(strings.ToLower(row.attrs), filter) {
			rows = append(rows, row)
		}
	}
	return rows
}

func (u UserRow) connected() string {
	if u.Clients == 0 {
		return "—"
	}
	return lang.N("{{.Count}} clients", u.Clients, map[string]any{"Count": format.Count(int64(u.Clients))})
}

func (u UserRow) connectedRole() theme.Role {
	if u.Clients == 0 {
		return theme.RoleDim
	}
	return theme.RoleGood
}

func byClients(a, b UserRow) int { return cmp.Compare(a.Clients, b.Clients) }

func (u UserRow) asText() string {
	text := u.Username + "\t" + u.Hash + "\t" + u.connected()
	if u.attrs != "" {
		text += "\t" + u.attrs
	}
	return text
}

// asJSON has no hash in it: who has that can guess passwords at leisure.
func (u UserRow) asJSON() string {
	text, err := json.MarshalIndent(struct {
		Username string            `json:"username"`
		Hash     string            `json:"hash_kind"`
		Attrs    map[string]string `json:"client_attrs,omitempty"`
		Clients  int               `json:"clients"`
	}{u.Username, u.Hash, u.ClientAttrs, u.Clients}, "", "  ")
	if err != nil {
		return ""
	}
	return string(text)
}

// attrsLine is attributes in one line, by name.
func attrsLine(attrs map[string]string) string {
	return strings.ReplaceAll(attrsText(attrs), "\n", "  ")
}

// attrsText is attributes as the form has them, one a line.
func attrsText(attrs map[string]string) string {
	lines := make([]string, 0, len(attrs))
	for _, name := range slices.Sorted(maps.Keys(attrs)) {
		lines = append(lines, name+" = "+attrs[name])
	}
	return strings.Join(lines, "\n")
}

// attrName is what mountpoints can name.
var attrName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// readAttrs reads what attrsText wrote. The error names the line.
func readAttrs(text string) (map[string]string, error) {
	var attrs map[string]string
	for i, line := range strings.Split(text, "\n") {
		if strings.TrimSpace(line) == "" {
			continue
		}
		name, value, found := strings.Cut(line, "=")
		name, value = strings.TrimSpace(name), strings.TrimSpace(value)
		_, twice := attrs[name]
		problem := ""
		switch {
		case !found:
			problem = lang.L("write NAME = VALUE")
		case !attrName.MatchString(name):
			problem = lang.L("a name has letters, digits, - and _ only")
		case twice:
			problem = lang.L("{{.Name}} is there already", map[string]any{"Name": name})
		case strings.ContainsAny(value, "+#\x00"):
			problem = lang.L("a value that goes into topics has no + and no #")
		}
		if problem != "" {
			return nil, errors.New(lang.L("Line {{.Line}}: {{.Problem}}", map[string]any{"Line": i + 1, "Problem": problem}))
		}
		if attrs == nil {
			attrs = map[string]string{}
		}
		attrs[name] = value
	}
	return attrs, nil
}

// checkUsername says why a new user cannot have a name.
func checkUsername(name string, users []engine.User) error {
	switch {
	case name == "":
		return errors.New(lang.L("a user has a name"))
	case strings.ContainsRune(name, 0):
		return errors.New(lang.L("a zero character cannot be here"))
	case len(name) > maxText:
		return errors.New(lang.L("it has more than 65,535 bytes"))
	case slices.ContainsFunc(users, func(u engine.User) bool { return u.Username == name }):
		return errors.New(lang.L("{{.Name}} is there already", map[string]any{"Name": name}))
	}
	return nil
}
