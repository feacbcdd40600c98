package request

import (
	"encoding/json"
	"errors"
	"regexp"
	"strings"

	"fyne.io/fyne/v2/lang"

	"sluice/ui/language"
)

// jsonProblem says where a text is no JSON, and why.
func jsonProblem(text string) error {
	var value json.RawMessage
	err := json.Unmarshal([]byte(text), &value)
	var syntax *json.SyntaxError
	if !errors.As(err, &syntax) {
		return err
	}
	before := text[:max(0, min(int(syntax.Offset)-1, len(text)))]
	if endsEarly(syntax) {
		before = text
	}
	line := 1 + strings.Count(before, "\n")
	column := len([]rune(before[strings.LastIndexByte(before, '\n')+1:])) + 1
	return errors.New(lang.L("line {{.Line}}, column {{.Column}}: {{.Problem}}", map[string]any{"Line": line, "Column": column, "Problem": jsonWords(syntax)}))
}

func endsEarly(err *json.SyntaxError) bool { return strings.HasPrefix(err.Error(), "unexpected end") }

// invalidCharacter is what encoding/json says of one.
var invalidCharacter = regexp.MustCompile(`^invalid character (.+?) (looking for beginning of .*|after .*|in .*)$`)

// jsonWords says in plain words what encoding/json says.
func jsonWords(err *json.SyntaxError) string {
	if endsEarly(err) {
		return lang.L("it ends too early")
	}
	found := invalidCharacter.FindStringSubmatch(err.Error())
	if found == nil {
		return language.Say(err)
	}
	words := map[string]any{"Character": found[1]}
	switch where := found[2]; {
	case where == "looking for beginning of value":
		return lang.L("{{.Character}} where a value should be", words)
	case where == "looking for beginning of object key string":
		return lang.L("{{.Character}} where a name in double quotes should be", words)
	case where == "after object key":
		return lang.L("{{.Character}} where a colon should be", words)
	case where == "after object key:value pair":
		return lang.L("{{.Character}} where a comma or a closing brace should be", words)
	case where == "after array element":
		return lang.L("{{.Character}} where a comma or a closing bracket should be", words)
	case where == "after top-level value":
		return lang.L("{{.Character}} behind the end of the value", words)
	case where == "in string literal":
		return lang.L("{{.Character}} in a string, where it has to be written as an escape", words)
	case strings.Contains(where, "escape"):
		return lang.L("{{.Character}} in an escape, which has no such character", words)
	case strings.Contains(where, "numeric literal"):
		return lang.L("{{.Character}} in a number", words)
	}
	return lang.L("{{.Character}} in a word that is none of true, false and null", words)
}
