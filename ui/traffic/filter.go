package traffic

import (
	"fmt"
	"strings"
	"unicode"

	"fyne.io/fyne/v2/lang"
)

// Filter says which messages are shown. The zero value matches everything.
//
// A filter is a list of words; a message must match each of them. A word is looked for in everything the table shows
// of a message. FIELD:VALUE looks in one field: code, peer, path or type. A value with * must match the field as a
// whole (* stands for any characters), one without is looked for anywhere in it. Case does not matter.
type Filter struct {
	terms []term
}

type term struct {
	field field
	value string // lower case
}

type field uint8

const (
	anywhere field = iota
	code
	peer
	path
	kind
)

var fields = map[string]field{"code": code, "peer": peer, "path": path, "type": kind}

// FilterError is a mistake in a filter.
type FilterError struct {
	Column int    // of the word, from 1
	Word   string // the word as written
	Reason string
}

func (e *FilterError) Error() string {
	return fmt.Sprintf("column %d: %q: %s", e.Column, e.Word, e.Reason)
}

// ParseFilter reads a filter; the error is a *FilterError.
func ParseFilter(text string) (Filter, error) {
	var f Filter
	column := 1
	for text != "" {
		space := strings.IndexFunc(text, unicode.IsSpace)
		word := text
		if space >= 0 {
			word = text[:space]
		}
		if word != "" {
			t, err := parseTerm(word, column)
			if err != nil {
				return Filter{}, err
			}
			f.terms = append(f.terms, t)
		}
		if space < 0 {
			break
		}
		column += len([]rune(word)) + 1
		text = strings.TrimPrefix(text[space:], firstRune(text[space:]))
	}
	return f, nil
}

func firstRune(s string) string {
	for i := range s {
		if i > 0 {
			return s[:i]
		}
	}
	return s
}

func parseTerm(word string, column int) (term, error) {
	name, value, found := strings.Cut(word, ":")
	// Addresses, times and URLs have colons too: only letters before one, and no slashes after it, make a field.
	if !found || name == "" || strings.HasPrefix(value, "//") || strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsLetter(r) }) {
		return term{value: strings.ToLower(word)}, nil
	}
	f, known := fields[strings.ToLower(name)]
	switch {
	case !known:
		return term{}, &FilterError{Column: column, Word: word, Reason: lang.L("no such field; there are code, peer, path and type")}
	case value == "":
		return term{}, &FilterError{Column: column, Word: word, Reason: lang.L("a value is missing after the colon")}
	}
	return term{field: f, value: strings.ToLower(value)}, nil
}

// Empty reports whether f matches everything.
func (f Filter) Empty() bool { return len(f.terms) == 0 }

// Match reports whether r is to be shown.
func (f Filter) Match(r *Row) bool {
	for _, t := range f.terms {
		if !t.match(r) {
			return false
		}
	}
	return true
}

func (t term) match(r *Row) bool {
	switch t.field {
	case code:
		return matchText(t.value, r.Code())
	case peer:
		return matchText(t.value, r.Peer()) || matchText(t.value, r.Address())
	case path:
		return matchText(t.value, r.Resource())
	case kind:
		return matchText(t.value, r.Type())
	}
	return matchText(t.value, r.Peer()) || matchText(t.value, r.Address()) || matchText(t.value, r.Type()) ||
		matchText(t.value, r.Code()) || matchText(t.value, r.Resource()) || matchText(t.value, r.Payload())
}

// matchText reports whether a lower-case pattern matches text.
func matchText(pattern, text string) bool {
	text = strings.ToLower(text)
	if !strings.Contains(pattern, "*") {
		return strings.Contains(text, pattern)
	}
	parts := strings.Split(pattern, "*")
	last := len(parts) - 1
	if !strings.HasPrefix(text, parts[0]) {
		return false
	}
	text = text[len(parts[0]):]
	for _, part := range parts[1:last] {
		i := strings.Index(text, part)
		if i < 0 {
			return false
		}
		text = text[i+len(part):]
	}
	return strings.HasSuffix(text, parts[last])
}
