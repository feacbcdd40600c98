package device

import (
	"regexp"
	"strconv"

	"sluice/engine/mistakes"
)

// mistype is how the TOML decoder says that a key has a value of another type, in the words of Go.
var mistype = regexp.MustCompile(`^toml: line (\d+) \(last key "([^"]+)"\): (?:incompatible types: .*; destination has type (\w+)|type mismatch for struct)`)

// mistyped says in the words of TOML what the value should be; nil: err is about something else.
func mistyped(err error) *TemplateError {
	m := mistype.FindStringSubmatch(err.Error())
	if m == nil {
		return nil
	}
	line, _ := strconv.Atoi(m[1]) // digits
	wanted := mistakes.Errorf("must be a table, as [%s]", m[2])
	switch m[3] {
	case "string":
		wanted = mistakes.New("must be text in quotes")
	case "boolean":
		wanted = mistakes.New("must be true or false")
	case "integer":
		wanted = mistakes.New("must be a whole number")
	case "slice":
		wanted = mistakes.Errorf("must be a table in double brackets, as [[%s]]", m[2])
	}
	return &TemplateError{Line: line, Key: m[2], Err: wanted}
}
