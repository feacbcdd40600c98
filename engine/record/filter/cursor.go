package filter

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// Cursor is the part of a filter that a cursor stands in: the name of a word, or its value.
type Cursor struct {
	From, To int    // of the part, in characters from 0
	Name     string // of the word whose value it is; empty: it is the name, or a word without one
	Begun    string // what the part has before the cursor
}

// At finds the part of a filter that a cursor stands in or right behind; position is in characters from 0.
func At(text string, position int) Cursor {
	for _, t := range tokens(text) {
		from := t.column - 1
		to := from + utf8.RuneCountInString(t.raw)
		if position < from || position > to {
			continue
		}
		raw := []rune(t.raw)
		if t.not {
			from++
			raw = raw[1:]
		}
		name := ""
		if t.name != "" { // which has no colon, so that the first one ends it
			n := slices.Index(raw, ':') + 1
			if position >= from+n {
				name, from, raw = t.name, from+n, raw[n:]
			} else {
				to = from + n
			}
		}
		begun := string(raw[:max(0, min(position-from, len(raw)))])
		return Cursor{From: from, To: to, Name: name, Begun: strings.Trim(begun, `"`)}
	}
	return Cursor{From: position, To: position}
}
