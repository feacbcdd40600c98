package filter

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// pattern is a value that texts are compared with.
type pattern struct {
	exact bool
	whole bool     // what is between the parts may be anything, but there is nothing around them
	parts []string // lower case, one after the other
	ascii bool
}

// newPattern reads a value: with * it means a whole text, with = in front it is one. In a quoted one * is no sign.
func newPattern(value string, quoted bool) pattern {
	p := pattern{ascii: true}
	if rest, found := strings.CutPrefix(value, "="); found && rest != "" {
		p.exact, value = true, rest
	}
	value = strings.ToLower(value)
	p.parts = []string{value}
	if !quoted && !p.exact && strings.Contains(value, "*") {
		p.whole, p.parts = true, strings.Split(value, "*")
	}
	for i := range len(value) {
		if value[i] >= utf8.RuneSelf {
			p.ascii = false
		}
	}
	return p
}

func (p *pattern) matchString(text string) bool { return p.match([]byte(text)) }

// match reports whether the pattern fits a text.
func (p *pattern) match(text []byte) bool {
	if !p.ascii {
		text = bytes.ToLower(text)
	}
	first := p.parts[0]
	switch {
	case p.exact:
		return len(text) == len(first) && hasPrefixFold(text, first)
	case !p.whole:
		return indexFold(text, first) >= 0
	case !hasPrefixFold(text, first):
		return false
	}
	text = text[len(first):]
	last := len(p.parts) - 1
	for _, part := range p.parts[1:last] {
		i := indexFold(text, part)
		if i < 0 {
			return false
		}
		text = text[i+len(part):]
	}
	return len(text) >= len(p.parts[last]) && hasPrefixFold(text[len(text)-len(p.parts[last]):], p.parts[last])
}

// hasPrefixFold and indexFold take a lower-case word and letters of ASCII in either case.
func hasPrefixFold(text []byte, word string) bool {
	if len(text) < len(word) {
		return false
	}
	for i := range len(word) {
		if lower(text[i]) != word[i] {
			return false
		}
	}
	return true
}

func indexFold(text []byte, word string) int {
	if word == "" {
		return 0
	}
	first := word[0]
	upper := first
	if first >= 'a' && first <= 'z' {
		upper = first - 'a' + 'A'
	}
	for i := 0; i+len(word) <= len(text); i++ {
		if c := text[i]; (c == first || c == upper) && hasPrefixFold(text[i:], word) {
			return i
		}
	}
	return -1
}

func lower(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

// glob is a path with * for any characters of a segment and ** for any segments.
type glob struct{ segments []pattern }

// isGlob reports whether a value is a whole path, not a part of one.
func isGlob(value string, quoted bool) bool {
	return strings.HasPrefix(value, "/") || !quoted && strings.Contains(value, "*")
}

func newGlob(value string, quoted bool) glob {
	var g glob
	for segment := range strings.SplitSeq(strings.TrimPrefix(value, "/"), "/") {
		if segment == "**" && !quoted {
			if n := len(g.segments); n == 0 || g.segments[n-1].parts != nil {
				g.segments = append(g.segments, pattern{}) // no parts: any segments
			}
			continue
		}
		p := newPattern(segment, quoted)
		p.exact = !p.whole
		g.segments = append(g.segments, p)
	}
	return g
}

func (g *glob) match(path []byte) bool {
	return matchSegments(g.segments, bytes.TrimPrefix(path, []byte("/")), true)
}

// matchSegments compares segments; more tells that path has one at least, which may be empty. As with characters only the
// last ** is gone back to.
func matchSegments(segments []pattern, path []byte, more bool) bool {
	var retry []pattern
	var from []byte
	fromMore := false
	for {
		if len(segments) > 0 && segments[0].parts == nil {
			retry, from, fromMore = segments[1:], path, more
			segments = segments[1:]
			continue
		}
		if len(segments) == 0 && !more {
			return true
		}
		if len(segments) > 0 && more {
			segment, rest, another := bytes.Cut(path, []byte("/"))
			if segments[0].match(segment) {
				segments, path, more = segments[1:], rest, another
				continue
			}
		}
		if retry == nil || !fromMore {
			return false
		}
		_, from, fromMore = bytes.Cut(from, []byte("/"))
		segments, path, more = retry, from, fromMore
	}
}
