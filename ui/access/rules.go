package access

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"fyne.io/fyne/v2/lang"

	"sluice/engine/settings"
	"sluice/ui/language"
	"sluice/ui/theme"
)

// RuleRow is one rule as the table shows it.
type RuleRow struct {
	index   int // from 0
	rule    settings.Rule
	decides bool // what is asked below
}

// buildRuleRows makes rows of the rules that match filter; they keep their numbers. decides is the index of the rule that
// decides what is asked, -1 if none does.
func buildRuleRows(rules []settings.Rule, filter string, decides int) []RuleRow {
	filter = strings.ToLower(strings.TrimSpace(filter))
	rows := make([]RuleRow, 0, len(rules))
	for i, r := range rules {
		row := RuleRow{i, r, i == decides}
		if filter == "" || strings.Contains(strings.ToLower(row.asText()), filter) {
			rows = append(rows, row)
		}
	}
	return rows
}

func sameRule(a, b settings.Rule) bool {
	return a.Permission == b.Permission && a.Who == b.Who && a.Action == b.Action && slices.Equal(a.Topics, b.Topics)
}

func (r RuleRow) number() string { return fmt.Sprint(r.index + 1) }

// permissionWord says what a rule does.
func permissionWord(p settings.Permission) string {
	if p == settings.Allow {
		return lang.L("allow")
	}
	return lang.L("deny")
}

func permissionRole(p settings.Permission) theme.Role {
	if p == settings.Allow {
		return theme.RoleGood
	}
	return theme.RoleBad
}

// actions are the actions of rules in the order of the form.
var actions = []settings.Action{settings.AllAction, settings.Publish, settings.Subscribe, settings.Connect}

// actionWord names an action.
func actionWord(a settings.Action) string {
	switch a {
	case settings.Publish:
		return lang.L("publish")
	case settings.Subscribe:
		return lang.L("subscribe")
	case settings.Connect:
		return lang.L("connect")
	}
	return lang.L("publish, subscribe")
}

// subject is whom a rule is for: the kind of Rule.Who.
type subject string

const (
	everybody  subject = "all"
	userName   subject = "user"
	clientID   subject = "client"
	commonName subject = "cn"
	pskName    subject = "psk"
)

// subjects are the kinds in the order of the form.
var subjects = []subject{everybody, userName, clientID, commonName, pskName}

func (s subject) word() string {
	switch s {
	case userName:
		return lang.L("user")
	case clientID:
		return lang.L("client")
	case commonName:
		return lang.L("certificate")
	case pskName:
		return lang.L("PSK")
	}
	return lang.L("everybody")
}

// placeholder is what the form shows where a name is missing.
func (s subject) placeholder() string {
	switch s {
	case userName:
		return lang.L("User name")
	case clientID:
		return lang.L("Client ID")
	case commonName:
		return lang.L("Common name of the certificate")
	case pskName:
		return lang.L("PSK identity")
	}
	return ""
}

// splitWho takes Rule.Who apart.
func splitWho(who string) (subject, string) {
	kind, name, found := strings.Cut(who, ":")
	if !found {
		return everybody, ""
	}
	return subject(kind), name
}

// joinWho is what splitWho took apart.
func joinWho(s subject, name string) string {
	if s == everybody {
		return string(everybody)
	}
	return string(s) + ":" + name
}

// whoText says for whom a rule is.
func whoText(who string) string {
	s, name := splitWho(who)
	if s == everybody {
		return s.word()
	}
	return s.word() + " " + name
}

func (r RuleRow) topics() string {
	if r.rule.Action == settings.Connect {
		return "—"
	}
	return strings.Join(r.rule.Topics, "  ")
}

// ruleScope is what a rule is about in one line, as in "everybody · subscribe · secret/#".
func ruleScope(r settings.Rule) string {
	text := whoText(r.Who) + " · " + actionWord(r.Action)
	if len(r.Topics) > 0 {
		text += " · " + strings.Join(r.Topics, "  ")
	}
	return text
}

// ruleText is a rule in one line.
func ruleText(r settings.Rule) string { return permissionWord(r.Permission) + " · " + ruleScope(r) }

func (r RuleRow) asText() string { return r.number() + ". " + ruleText(r.rule) }

// asJSON has the words of the settings file.
func (r RuleRow) asJSON() string {
	text, err := json.MarshalIndent(struct {
		Permission settings.Permission `json:"permission"`
		Who        string              `json:"who"`
		Action     settings.Action     `json:"action"`
		Topics     []string            `json:"topics,omitempty"`
	}{r.rule.Permission, r.rule.Who, r.rule.Action, r.rule.Topics}, "", "  ")
	if err != nil {
		return ""
	}
	return string(text)
}

// asTOML is the rule as a settings file writes it.
func (r RuleRow) asTOML() string {
	lines := []string{"[[access.rule]]", tomlLine("permission", r.rule.Permission), tomlLine("who", r.rule.Who), tomlLine("action", r.rule.Action)}
	if len(r.rule.Topics) > 0 {
		quoted := make([]string, len(r.rule.Topics))
		for i, t := range r.rule.Topics {
			quoted[i] = fmt.Sprintf("%q", t)
		}
		lines = append(lines, "topics = ["+strings.Join(quoted, ", ")+"]")
	}
	return strings.Join(lines, "\n") + "\n"
}

func tomlLine[S ~string](key string, value S) string {
	return fmt.Sprintf("%s = %q", key, string(value))
}

// maxText is the most bytes that a name or a filter of the settings has.
const maxText = 65535

// textProblem says why the settings would not take a text, nil if they would.
func textProblem(text string) error {
	switch {
	case !utf8.ValidString(text) || strings.ContainsRune(text, 0):
		return errors.New(lang.L("a zero character cannot be here"))
	case len(text) > maxText:
		return errors.New(lang.L("it has more than 65,535 bytes"))
	}
	for rest := text; ; {
		at := strings.Index(rest, "${")
		if at < 0 {
			return nil
		}
		end := strings.IndexByte(rest[at:], '}')
		if end < 0 {
			return errors.New(lang.L("the placeholder after ${ has no }"))
		}
		if name := rest[at : at+end+1]; !slices.Contains(settings.Placeholders, name) {
			return errors.New(lang.L("{{.Name}} is no placeholder; there are {{.Names}}", map[string]any{
				"Name": name, "Names": strings.Join(settings.Placeholders, " ")}))
		}
		rest = rest[at+end+1:]
	}
}

// checkWho says what is wrong with the name of a subject.
func checkWho(s subject, name string) error {
	if s == everybody {
		return nil
	}
	if name == "" {
		return errors.New(lang.L("say for whom the rule is"))
	}
	return textProblem(name)
}

// checkFilter says why filter is no MQTT topic filter (MQTT 5, section 4.7).
func checkFilter(filter string) error {
	if err := textProblem(filter); err != nil {
		return err
	}
	levels := strings.Split(filter, "/")
	for i, level := range levels {
		if strings.Contains(level, "#") && (level != "#" || i != len(levels)-1) {
			return errors.New(lang.L("# stands alone and at the end"))
		}
		if strings.Contains(level, "+") && level != "+" {
			return errors.New(lang.L("+ stands for a whole level"))
		}
	}
	return nil
}

// readTopics reads the filters that the form has, one a line. The error names the line.
func readTopics(text string) ([]string, error) {
	var topics []string
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		if err := checkFilter(line); err != nil {
			return nil, errors.New(lang.L("Line {{.Line}}: {{.Problem}}", map[string]any{"Line": i + 1, "Problem": language.Say(err)}))
		}
		topics = append(topics, line)
	}
	if len(topics) == 0 {
		return nil, errors.New(lang.L("give at least one topic filter, such as plant/#"))
	}
	return topics, nil
}
