package emqx

import (
	"encoding/json"
	"fmt"
	"strings"
)

// value reads an object, a list, or text up to the end of the line, of the object or of the list.
func (h *hocon) value(key string, depth int) *node {
	n := &node{key: key, line: h.line}
	switch h.peek() {
	case '{':
		n.kind = object
		h.skip(1)
		h.members(n, '}', depth+1)
		h.alone()
	case '[':
		n.kind = list
		h.skip(1)
		h.elements(n, depth+1)
		h.alone()
	default:
		n.text = h.scalar()
	}
	return n
}

// alone refuses what would be joined with the object or list before it.
func (h *hocon) alone() {
	h.blank()
	if c := h.peek(); c != 0 && c != '\n' && c != ',' && c != '}' && c != ']' && !h.comment() {
		h.refuse("%q follows an object or a list, which are not joined", h.rest())
	}
}

func (h *hocon) elements(into *node, depth int) {
	if depth > maxDepth {
		h.refuse("more than %d objects and lists are in each other", maxDepth)
	}
	separated := true
	for {
		newline := h.space()
		switch c := h.peek(); {
		case h.end():
			h.refuse("the list that begins on line %d has no ]", into.line)
		case c == ']':
			h.skip(1)
			return
		case c == ',' && !separated:
			h.skip(1)
			separated = true
		case c == ',':
			h.refuse("a comma stands where a value should")
		case !separated && !newline:
			h.refuse("%q follows a value without a comma or a new line", h.rest())
		default:
			into.items = append(into.items, h.value(fmt.Sprintf("%s[%d]", into.key, len(into.items)), depth))
			separated = false
		}
	}
}

// scalar reads quoted and unquoted text side by side as one; the white space between counts.
func (h *hocon) scalar() string {
	var b strings.Builder
	kept := 0 // how much of b does not end in white space that nothing follows
	for {
		switch c := h.peek(); {
		case c == 0 && h.end(), c == '\n', c == ',', c == '}', c == ']', h.comment():
			if kept == 0 && b.Len() == 0 {
				h.refuse("a value is missing")
			}
			return b.String()[:kept]
		case c == '"':
			b.WriteString(h.quoted())
			kept = b.Len()
			if kept == 0 {
				// An empty text is a value.
				return h.afterEmpty()
			}
		case c == '$' && h.starts("${"):
			h.refuse("%q is a substitution, which is not made; if it is text such as ${clientid}, put it in quotes", h.rest())
		case c == '{' || c == '[':
			h.refuse("%q follows text, with which it is not joined", h.rest())
		case strings.IndexByte("=`^?!@*&\\", c) >= 0:
			h.refuse("%q has to be in quotes", h.rest())
		case c == ' ' || c == '\t' || c == '\r':
			if b.Len() > 0 {
				b.WriteByte(c)
			}
			h.skip(1)
		default:
			b.WriteByte(c)
			kept = b.Len()
			h.skip(1)
		}
	}
}

// afterEmpty reads what stands beside "".
func (h *hocon) afterEmpty() string {
	h.blank()
	if c := h.peek(); c == 0 || c == '\n' || c == ',' || c == '}' || c == ']' || h.comment() {
		return ""
	}
	return h.scalar()
}

// quoted reads "text" with the escapes of JSON, or """text""" over several lines as it is.
func (h *hocon) quoted() string {
	if h.starts(`"""`) {
		h.skip(3)
		n := strings.Index(h.text[h.at:], `"""`)
		if n < 0 {
			h.refuse(`a text that begins with """ has no end`)
		}
		for h.at+n+3 < len(h.text) && h.text[h.at+n+3] == '"' {
			n++
		}
		text := h.text[h.at : h.at+n]
		h.skip(n + 3)
		return text
	}
	for n := h.at + 1; n < len(h.text) && h.text[n] != '\n'; n++ {
		switch h.text[n] {
		case '\\':
			n++
		case '"':
			var text string
			if err := json.Unmarshal([]byte(h.text[h.at:n+1]), &text); err != nil {
				h.refuse("a text in quotes has what JSON does not allow in one")
			}
			h.skip(n + 1 - h.at)
			return text
		}
	}
	h.refuse("a text in quotes does not end on its line")
	return ""
}
