package emqx

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"sluice/engine/mistakes"
)

// maxDepth is how deep objects and lists may be in each other.
const maxDepth = 32

type kind uint8

const (
	scalar kind = iota
	object
	list
)

// node is one value of a HOCON document.
type node struct {
	key    string // from the root; an element of a list has its index from 0
	line   int
	kind   kind
	text   string // of a scalar
	fields []*member
	items  []*node
}

// member is one key of an object and its value.
type member struct {
	name  string
	value *node
}

func (n *node) field(name string) *node {
	for _, m := range n.fields {
		if m.name == name {
			return m.value
		}
	}
	return nil
}

// readHOCON returns the document's root and the values that others took the place of.
func readHOCON(text string) (root *node, overwritten []*node, bad *unreadable) {
	h := &hocon{text: text, line: 1}
	defer func() {
		if r := recover(); r != nil {
			refused, ok := r.(unreadable)
			if !ok {
				panic(r)
			}
			root, overwritten, bad = nil, nil, &refused
		}
	}()
	root = &node{kind: object, line: 1}
	h.space()
	if h.peek() == '{' {
		h.skip(1)
		h.members(root, '}', 1)
		h.space()
	} else {
		h.members(root, 0, 1)
	}
	if !h.end() {
		h.refuse("%q stands behind the end", h.rest())
	}
	return root, h.overwritten, nil
}

// hocon reads a document. Its methods leave by refuse, which readHOCON catches.
type hocon struct {
	text        string
	at, line    int
	overwritten []*node
}

func (h *hocon) refuse(format string, args ...any) {
	panic(unreadable{h.line, mistakes.Errorf(format, args...)})
}

func (h *hocon) end() bool { return h.at >= len(h.text) }

// peek returns the next byte, 0 at the end.
func (h *hocon) peek() byte {
	if h.end() {
		return 0
	}
	return h.text[h.at]
}

func (h *hocon) starts(with string) bool { return strings.HasPrefix(h.text[h.at:], with) }

func (h *hocon) skip(n int) {
	h.line += strings.Count(h.text[h.at:h.at+n], "\n")
	h.at += n
}

// rest is what is left of the line, shortened, for a message.
func (h *hocon) rest() string {
	line, _, _ := strings.Cut(h.text[h.at:], "\n")
	line = strings.TrimRight(line, "\r")
	if runes := []rune(line); len(runes) > 20 {
		return string(runes[:20]) + "..."
	}
	return line
}

// blank skips white space within the line.
func (h *hocon) blank() {
	for c := h.peek(); c == ' ' || c == '\t' || c == '\r'; c = h.peek() {
		h.skip(1)
	}
}

// space skips white space, comments and line ends, and reports whether there was a line end.
func (h *hocon) space() bool {
	newline := false
	for {
		h.blank()
		switch {
		case h.peek() == '\n':
			newline = true
			h.skip(1)
		case h.comment():
			n := strings.IndexByte(h.text[h.at:], '\n')
			if n < 0 {
				n = len(h.text) - h.at
			}
			h.skip(n)
		default:
			return newline
		}
	}
}

func (h *hocon) comment() bool { return h.peek() == '#' || h.starts("//") }

// members reads the members of an object up to its closing byte, or to the end of the document if that is 0.
func (h *hocon) members(into *node, closing byte, depth int) {
	if depth > maxDepth {
		h.refuse("more than %d objects and lists are in each other", maxDepth)
	}
	separated := true
	for {
		newline := h.space()
		switch c := h.peek(); {
		case h.end() && closing == 0:
			return
		case h.end():
			h.refuse("the object that begins on line %d has no }", into.line)
		case c == closing:
			h.skip(1)
			return
		case c == ',' && !separated && len(into.fields) > 0:
			h.skip(1)
			separated = true
		case c == ',':
			h.refuse("a comma stands where a key should")
		case !separated && !newline:
			h.refuse("%q follows a value without a comma or a new line", h.rest())
		default:
			h.member(into, depth)
			separated = false
		}
	}
}

// member reads one KEY = VALUE, KEY : VALUE or KEY { ... }.
func (h *hocon) member(into *node, depth int) {
	line := h.line
	path := h.path()
	if path[0] == "include" && (h.peek() == '"' || h.starts("file(") || h.starts("required(") || h.starts("url(") || h.starts("classpath(")) {
		h.refuse("include is not followed; put in what is in the other file")
	}
	h.space()
	for _, name := range path[:len(path)-1] {
		next := into.field(name)
		if next == nil || next.kind != object {
			next = h.set(into, name, &node{kind: object, line: line})
		}
		into = next
	}
	name := path[len(path)-1]
	switch c := h.peek(); {
	case c == '=' || c == ':':
		h.skip(1)
		for h.blank(); h.peek() == '\n' || h.comment(); {
			h.space()
		}
	case h.starts("+="):
		h.refuse("%s: += is not read; write the whole list", strings.Join(path, "."))
	case c != '{':
		h.refuse("%s has no value", strings.Join(path, "."))
	}
	h.set(into, name, h.value(join(into.key, name), depth))
}

// set puts a value into an object: two objects become one, any other value takes the place of one that is there.
func (h *hocon) set(into *node, name string, value *node) *node {
	value.key = join(into.key, name)
	at := slices.IndexFunc(into.fields, func(m *member) bool { return m.name == name })
	switch {
	case at < 0:
		into.fields = append(into.fields, &member{name, value})
	case into.fields[at].value.kind == object && value.kind == object:
		for _, m := range value.fields {
			h.set(into.fields[at].value, m.name, m.value)
		}
		return into.fields[at].value
	default:
		h.overwritten = append(h.overwritten, into.fields[at].value)
		into.fields[at].value = value
	}
	return value
}

// path reads a key: names, quoted or not, with dots between.
func (h *hocon) path() []string {
	var names []string
	for {
		h.blank()
		switch c := h.peek(); {
		case c == '"':
			names = append(names, h.quoted())
		default:
			n := strings.IndexFunc(h.text[h.at:], func(r rune) bool { return !inName(r) })
			if n < 0 {
				n = len(h.text) - h.at
			}
			if n == 0 {
				h.refuse("%q stands where a key should", h.rest())
			}
			names = append(names, h.text[h.at:h.at+n])
			h.skip(n)
		}
		h.blank()
		if h.peek() != '.' {
			return names
		}
		if len(names) == maxDepth {
			h.refuse("a key has more than %d names", maxDepth)
		}
		h.skip(1)
	}
}

func inName(r rune) bool {
	return r == '_' || r == '-' || r == '$' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= utf8.RuneSelf
}

func join(parent, name string) string {
	if strings.IndexFunc(name, func(r rune) bool { return !inName(r) }) >= 0 || name == "" {
		name = strconv.Quote(name)
	}
	if parent == "" {
		return name
	}
	return parent + "." + name
}
