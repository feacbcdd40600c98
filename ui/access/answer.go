package access

import (
	"slices"

	"fyne.io/fyne/v2/lang"

	"sluice/engine"
	"sluice/engine/access"
	"sluice/engine/settings"
	"sluice/ui/language"
	"sluice/ui/theme"
	"sluice/ui/units"
)

// verdict is an answer of the engine in words.
type verdict struct {
	word  string
	role  theme.Role
	lines []string
	rule  int // the one that decides, from 0; -1: none
}

// inWords says what the engine answered to a question.
func inWords(q engine.Question, a engine.Answer) verdict {
	v := verdict{word: lang.L("denied"), role: theme.RoleBad, rule: -1}
	if a.Allowed {
		v.word, v.role = lang.L("allowed"), theme.RoleGood
	}
	decided := a.Topic
	v.lines = append(v.lines, loginLine(q, a.Login))
	switch {
	case !a.Connect.Allowed, q.Action == settings.Connect:
		decided = a.Connect
		v.lines = append(v.lines, decisionLine(a.Connect, settings.Connect))
	case a.Invalid != nil:
		decided = access.Decision{Index: -1}
		v.lines = append(v.lines, language.Say(a.Invalid))
	case a.Reserved:
		decided = access.Decision{Index: -1}
		v.lines = append(v.lines, lang.L("Topics below $SYS are the broker's own: nobody publishes there."))
	default:
		v.lines = append(v.lines, decisionLine(a.Topic, q.Action))
	}
	if decided.Ground == access.ByRule {
		v.rule = decided.Index
	}
	for _, m := range a.Mounted {
		about := map[string]any{"Listener": m.Listener, "Topic": m.Topic}
		switch m.Topic {
		case q.Topic:
		case "":
			v.lines = append(v.lines, lang.L("Over {{.Listener}} it is refused: its name would act as a wildcard in the mountpoint.", about))
		default:
			v.lines = append(v.lines, lang.L("Over {{.Listener}} that is the topic {{.Topic}}.", about))
		}
	}
	return v
}

// loginLine says what a login would get.
func loginLine(q engine.Question, need engine.LoginNeed) string {
	name := map[string]any{"User": q.Username}
	switch {
	case need == engine.PasswordNeeded:
		return lang.L("{{.User}} is let in with the right password.", name)
	case need == engine.LetInAnonymous && q.Username == "":
		return lang.L("It is let in without a password, as anonymous clients are.")
	case need == engine.LetInAnonymous:
		return lang.L("Nobody named {{.User}} is defined: it is let in as anonymous clients are.", name)
	case q.Username == "":
		return lang.L("It is not let in: without credentials it is anonymous, and those are refused.")
	}
	return lang.L("It is not let in: no user is named {{.User}}, and anonymous clients are refused.", name)
}

// decisionLine says what decides.
func decisionLine(d access.Decision, action settings.Action) string {
	switch d.Ground {
	case access.ByRule:
		about := map[string]any{"Number": d.Index + 1, "Rule": ruleScope(d.Rule)}
		text := lang.L("Rule {{.Number}} denies it: {{.Rule}}.", about)
		if d.Allowed {
			text = lang.L("Rule {{.Number}} allows it: {{.Rule}}.", about)
		}
		if d.Filter != "" && !slices.Contains(d.Rule.Topics, d.Filter) {
			text = units.Sentences(text, lang.L("For this client that is {{.Filter}}.", map[string]any{"Filter": d.Filter}))
		}
		return text
	case access.ByBoundKey:
		return lang.L("Its pre-shared key belongs to the client {{.Client}}, so it may not connect under another ID.",
			map[string]any{"Client": d.ClientID})
	case access.ByCommonName:
		return lang.L("Its client ID has to be the common name of its certificate, {{.Client}}.", map[string]any{"Client": d.ClientID})
	}
	if action == settings.Connect {
		return lang.L("No rule matches, so it may connect.")
	}
	return lang.L("No rule matches, so it is allowed.")
}

// asked says what is asked: "May sensor-1 publish to plant/a?"
func asked(q engine.Question) string {
	about := map[string]any{"Client": q.ClientID, "Topic": q.Topic}
	if q.ClientID == "" {
		about["Client"] = q.Username
	}
	if about["Client"] == "" {
		about["Client"] = lang.L("a client")
	}
	switch {
	case q.Action == settings.Connect:
		return lang.L("May {{.Client}} connect?", about)
	case q.Topic == "":
		return lang.L("Who may do what?")
	case q.Action == settings.Subscribe:
		return lang.L("May {{.Client}} subscribe to {{.Topic}}?", about)
	}
	return lang.L("May {{.Client}} publish to {{.Topic}}?", about)
}
