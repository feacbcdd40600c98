package payload

import (
	"strings"
)

// layOut breaks JSON or CBOR diagnostic notation into indented lines: a line a member, empty containers on one line.
// It only reads what a parser accepted before, and never loses a character of a token.
func layOut(source string) []Line {
	w := writer{}
	rest := source
	for {
		rest = strings.TrimLeft(rest, " \t\r\n")
		if rest == "" {
			break
		}
		token, kind := nextToken(rest)
		rest = rest[len(token):]
		next := strings.TrimLeft(rest, " \t\r\n")
		w.put(token, kind, next)
	}
	w.flush()
	return w.lines
}

// maxIndent keeps deep nesting within sight.
const maxIndent = 40

type writer struct {
	lines []Line
	line  Line
	depth int
}

func (w *writer) put(token string, kind Kind, next string) {
	switch token {
	case "{", "[":
		w.add(token, Plain)
		w.depth++
		if next != "" && next[0] != '}' && next[0] != ']' {
			w.flush()
		}
	case "}", "]":
		w.depth = max(0, w.depth-1)
		if !w.endsOpen() {
			w.flush()
		}
		w.add(token, Plain)
	case ",":
		w.add(token, Plain)
		w.flush()
	case ":":
		w.add(": ", Plain)
	case "_": // marks an indefinite length
		w.add("_ ", Muted)
	default:
		if strings.HasPrefix(next, ":") {
			kind = Key
		}
		w.add(token, kind)
	}
}

// endsOpen reports whether the line ends with the bracket that is closed now.
func (w *writer) endsOpen() bool {
	if len(w.line) == 0 {
		return false
	}
	last := w.line[len(w.line)-1].Text
	return last == "{" || last == "["
}

func (w *writer) add(text string, kind Kind) {
	if len(w.line) == 0 && w.depth > 0 {
		w.line = append(w.line, Span{strings.Repeat("  ", min(w.depth, maxIndent)), Plain})
	}
	w.line = append(w.line, Span{text, kind})
}

func (w *writer) flush() {
	if len(w.line) > 0 {
		w.lines = append(w.lines, w.line)
		w.line = nil
	}
}

// nextToken returns the token that s begins with; s is not empty and begins with no space.
func nextToken(s string) (string, Kind) {
	switch c := s[0]; {
	case strings.IndexByte("{}[],:()", c) >= 0:
		return s[:1], Plain
	case c == '"' || c == '\'':
		return s[:closing(s, 1, c)], String
	case strings.HasPrefix(s, "h'") || strings.HasPrefix(s, "b64'") || strings.HasPrefix(s, "b32'"):
		return s[:closing(s, strings.IndexByte(s, '\'')+1, '\'')], String
	}
	end := strings.IndexAny(s, " \t\r\n{}[],:()\"'")
	if end <= 0 {
		end = len(s)
	}
	word := s[:end]
	if c := word[0]; c == '-' || c >= '0' && c <= '9' || word == "NaN" || word == "Infinity" {
		return word, Numeral
	}
	return word, Word
}

// closing returns the end of the string that began before from and is closed by quote.
func closing(s string, from int, quote byte) int {
	for i := from; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case quote:
			return i + 1
		}
	}
	return len(s)
}
