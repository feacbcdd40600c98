package device

import (
	"errors"
	"regexp"
	"strconv"
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
	wanted := "must be a table, as [" + m[2] + "]"
	switch m[3] {
	case "string":
		wanted = "must be text in quotes"
	case "boolean":
		wanted = "must be true or false"
	case "integer":
		wanted = "must be a whole number"
	case "slice":
		wanted = "must be a table in double brackets, as [[" + m[2] + "]]"
	}
	return &TemplateError{Line: line, Key: m[2], Err: errors.New(wanted)}
}
