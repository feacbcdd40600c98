package settings

import (
	"fmt"
	"strings"

	"sluice/engine/mistakes"
)

// Error is one mistake in the settings.
type Error struct {
	// File and Line say where the key is written; they are empty when the settings did not come from a file. Line
	// counts from 1.
	File string
	Line int
	// Key is the dotted path of the key; an entry of a list has its index from 0, as in listener[1].bind. It is empty
	// when the file is not TOML.
	Key string
	// Problem says what is wrong and Allowed what would be right.
	Problem error
	Allowed string
}

// Error returns "FILE:LINE: KEY: PROBLEM; allowed: ALLOWED", without the parts that are empty.
func (e *Error) Error() string { return e.Words().Error() }

// Words is Error as a sentence.
func (e *Error) Words() error {
	var b strings.Builder
	if e.File != "" {
		b.WriteString(e.File)
		if e.Line > 0 {
			fmt.Fprintf(&b, ":%d", e.Line)
		}
		b.WriteString(": ")
	}
	if e.Key != "" {
		b.WriteString(e.Key)
		b.WriteString(": ")
	}
	if e.Allowed == "" {
		return mistakes.Errorf("%s%w", b.String(), e.Problem)
	}
	return mistakes.Errorf("%s%w; allowed: %s", b.String(), e.Problem, mistakes.Phrase(e.Allowed))
}

// Unwrap gives what is wrong.
func (e *Error) Unwrap() error { return e.Problem }

// Errors is every mistake that was found, in the order of the file.
type Errors = mistakes.List[*Error]
