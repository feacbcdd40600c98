package settings

import (
	"fmt"
	"slices"
	"strings"

	"sluice/engine/mistakes"
)

// whoKinds are before the colon of Rule.Who.
var whoKinds = []string{"user", "client", "cn", "psk"}

func (v *validator) rule(key string, r Rule) {
	oneOf(v, key+".permission", r.Permission, Allow, Deny)
	oneOf(v, key+".action", r.Action, Publish, Subscribe, AllAction, Connect)
	kind, name, _ := strings.Cut(r.Who, ":")
	switch problem := textProblem(r.Who); {
	case r.Who == "":
		v.problem(key+".who", "is missing")
	case problem != nil:
		v.problem(key+".who", "%w", problem)
	case r.Who != "all" && (!slices.Contains(whoKinds, kind) || name == ""):
		v.problem(key+".who", "is %q", r.Who)
	default:
		if unknown := unknownPlaceholder(name); unknown != "" {
			v.problem(key+".who", "has the unknown placeholder %s", unknown)
		}
	}
	switch {
	case r.Action == Connect && len(r.Topics) > 0:
		v.problem(key+".topics", "has topics, and the action is connect")
	case r.Action != Connect && len(r.Topics) == 0:
		v.problem(key+".topics", "is empty")
	}
	for i, filter := range r.Topics {
		if problem := filterProblem(filter); problem != nil {
			v.problem(fmt.Sprintf("%s.topics[%d]", key, i), "%w", problem)
		}
	}
}

// unknownPlaceholder returns the first placeholder that rules do not know, or nothing.
func unknownPlaceholder(text string) string {
	for _, p := range placeholder.FindAllString(text, -1) {
		if !slices.Contains(Placeholders, p) {
			return p
		}
	}
	return ""
}

// filterProblem says why filter is not an MQTT topic filter (MQTT 5, section 4.7) with our placeholders, or returns nil.
func filterProblem(filter string) error {
	if filter == "" {
		return mistakes.New("is empty")
	}
	if problem := textProblem(filter); problem != nil {
		return problem
	}
	if unknown := unknownPlaceholder(filter); unknown != "" {
		return mistakes.Errorf("%q has the unknown placeholder %s", filter, unknown)
	}
	levels := strings.Split(filter, "/")
	for i, level := range levels {
		if strings.Contains(level, "#") && (level != "#" || i != len(levels)-1) {
			return mistakes.Errorf("%q has a # that is not the whole last level", filter)
		}
		if strings.Contains(level, "+") && level != "+" {
			return mistakes.Errorf("%q has a + that is not a whole level", filter)
		}
	}
	return nil
}
