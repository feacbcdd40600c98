package payload

import (
	"strings"

	"sluice/engine/mistakes"
)

var errNotLinks = mistakes.New("not link format: a link begins with < and its target ends with >")

// splitLinks cuts a CoRE link list (RFC 6690, section 2) at the commas between links, not at those in targets or quotes.
func splitLinks(s string) ([]string, bool) {
	var links []string
	for {
		s = strings.TrimLeft(s, " \t\r\n")
		if s == "" {
			return links, true
		}
		end, ok := linkEnd(s)
		if !ok {
			return nil, false
		}
		links = append(links, strings.TrimRight(s[:end], " \t\r\n"))
		s = strings.TrimPrefix(s[end:], ",")
	}
}

// linkEnd finds where the link that s begins with ends.
func linkEnd(s string) (int, bool) {
	target := strings.IndexByte(s, '>')
	if s[0] != '<' || target < 0 {
		return 0, false
	}
	quoted := false
	for i := target + 1; i < len(s); i++ {
		switch {
		case s[i] == '\\' && quoted:
			i++
		case s[i] == '"':
			quoted = !quoted
		case s[i] == ',' && !quoted:
			return i, true
		}
	}
	return len(s), !quoted
}

// linkLine colours a link: its target, then each attribute.
func linkLine(link string) Line {
	target := strings.IndexByte(link, '>') + 1
	line := Line{{pictured(link[:target]), Key}}
	rest := link[target:]
	for rest != "" {
		end := attributeEnd(rest)
		name, value, found := strings.Cut(rest[:end], "=")
		line = append(line, Span{pictured(name), Muted})
		if found {
			line = append(line, Span{"=", Muted}, Span{pictured(value), String})
		}
		rest = rest[end:]
	}
	return line
}

// attributeEnd finds the semicolon before the next attribute.
func attributeEnd(s string) int {
	quoted := false
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == '\\' && quoted:
			i++
		case s[i] == '"':
			quoted = !quoted
		case s[i] == ';' && !quoted:
			return i
		}
	}
	return len(s)
}
