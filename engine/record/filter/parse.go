package filter

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxTerms bounds the words of a filter.
const maxTerms = 64

// Kind is what is wrong with a filter.
type Kind uint8

const (
	UnknownWord  Kind = iota // there is no such word before a colon
	NoValue                  // nothing follows the colon
	OpenQuote                // a quote has no end
	NothingToAsk             // "or", - or ! with nothing to stand for
	NotANumber               // mid, size and exchange take one
	NotADuration             // took takes one, with its unit
	NotHex                   // a token is hexadecimal
	NotAChoice               // of the few values that a word takes, which are in Choices
	UnknownOption
	TooMany // words
)

// Mistake is what is wrong with a filter, and where.
type Mistake struct {
	Kind    Kind
	Column  int    // of the word, in characters from 1
	Word    string // as it is written
	Choices []string
}

// Touches reports whether the word has a position within it or at one of its ends, in characters from 0.
func (m *Mistake) Touches(position int) bool {
	return position >= m.Column-1 && position <= m.Column-1+utf8.RuneCountInString(m.Word)
}

// reasons are the kinds of mistakes in words.
var reasons = [...]string{
	UnknownWord: "there is no such word", NoValue: "a value is missing after the colon", OpenQuote: "the quote is not closed",
	NothingToAsk: "something to look for is missing", NotANumber: "a number is needed", NotADuration: "a duration such as 50ms or 2s is needed",
	NotHex: "a token is hexadecimal", NotAChoice: "this is none of its values", UnknownOption: "there is no option of this name",
	TooMany: "there are too many words",
}

// Error returns the word, where it is, and what there would be instead.
func (e *Mistake) Error() string {
	text := fmt.Sprintf("column %d: %q: %s", e.Column, e.Word, reasons[e.Kind])
	if len(e.Choices) > 0 {
		text += "; there are " + strings.Join(e.Choices, ", ")
	}
	return text
}

// token is a word as it is written.
type token struct {
	column int
	raw    string
	name   string // before the colon; empty for none
	value  string // without quotes
	quoted bool   // value, or a part of it
	not    bool
	closed bool // every quote is
}

// Parse reads a filter; the error is a *Mistake.
func Parse(text string) (Filter, error) {
	f := Filter{text: text}
	var terms []term
	var or *token
	count := 0
	for _, t := range tokens(text) {
		if !t.closed {
			return Filter{}, t.mistake(OpenQuote)
		}
		switch strings.ToLower(t.raw) {
		case "and":
			continue
		case "or":
			if len(terms) == 0 {
				return Filter{}, t.mistake(NothingToAsk)
			}
			f.any, terms, or = append(f.any, terms), nil, &t
			continue
		}
		if count++; count > maxTerms {
			return Filter{}, t.mistake(TooMany)
		}
		compiled, mistake := t.term()
		if mistake != nil {
			return Filter{}, mistake
		}
		terms, or = append(terms, compiled), nil
	}
	if or != nil {
		return Filter{}, or.mistake(NothingToAsk)
	}
	if len(terms) > 0 {
		f.any = append(f.any, terms)
	}
	for _, terms := range f.any {
		slices.SortStableFunc(terms, func(a, b term) int { return cmp.Compare(a.cost, b.cost) })
	}
	return f, nil
}

func (t *token) mistake(kind Kind, choices ...string) *Mistake {
	return &Mistake{Kind: kind, Column: t.column, Word: t.raw, Choices: choices}
}

// tokens cuts a filter into its words.
func tokens(text string) []token {
	var all []token
	column := 1
	for text != "" {
		r, size := utf8.DecodeRuneInString(text)
		if unicode.IsSpace(r) {
			text = text[size:]
			column++
			continue
		}
		t := token{column: column}
		t.read(text)
		all = append(all, t)
		column += utf8.RuneCountInString(t.raw)
		text = text[len(t.raw):]
	}
	return all
}

// read takes the word that text begins with.
func (t *token) read(text string) {
	var value strings.Builder
	inQuote, escaped, colon := false, false, false
	end := len(text)
	for i, r := range text {
		if i == 0 && (r == '-' || r == '!') {
			t.not = true
			continue
		}
		switch {
		case escaped:
			escaped = false
			value.WriteRune(r)
		case inQuote && r == '\\':
			escaped = true
		case r == '"':
			inQuote = !inQuote
			t.quoted = true
		case !inQuote && unicode.IsSpace(r):
			end = i
		case !inQuote && !colon && r == ':' && isName(value.String()) && !t.quoted && !strings.HasPrefix(text[i:], "://"):
			// Addresses, times and URLs have colons too: only letters before the first one make it that of a word.
			colon = true
			t.name = strings.ToLower(value.String())
			value.Reset()
		default:
			value.WriteRune(r)
		}
		if end != len(text) {
			break
		}
	}
	t.raw, t.value, t.closed = text[:end], value.String(), !inQuote
}

func isName(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsLetter(r) })
}

// Quote writes a value so that it is read as it stands.
func Quote(value string) string {
	if value != "" && !strings.ContainsFunc(value, func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune(`"*\`, r) }) {
		return value
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(value) + `"`
}
