package settings

import (
	"fmt"
	"strings"

	"github.com/BurntSushi/toml"
)

// locate finds the line on which each key of a TOML document is written. The TOML library keeps one position for a
// name, which is that of the last table in an array of tables, so lines are found here. data must have been parsed
// before: what it finds in an invalid document is of no use.
//
// The result has the dotted path of every key, with the index from 0 after each array: listener[1].bind.
func locate(data string) map[string]int {
	l := &locator{data: strings.TrimPrefix(data, "\ufeff"), line: 1, lines: map[string]int{}, tables: map[string]int{}}
	table := ""
	for l.space(); !l.end(); l.space() {
		if l.peek() == '[' {
			table = l.header()
		} else {
			l.pair(table)
		}
	}
	return l.lines
}

type locator struct {
	data   string
	at     int
	line   int
	lines  map[string]int
	tables map[string]int // how many tables each array of tables has so far
}

func (l *locator) end() bool { return l.at >= len(l.data) }

// peek returns the next byte, 0 at the end.
func (l *locator) peek() byte {
	if l.end() {
		return 0
	}
	return l.data[l.at]
}

// skip moves n bytes on and counts the lines.
func (l *locator) skip(n int) {
	n = min(n, len(l.data)-l.at)
	l.line += strings.Count(l.data[l.at:l.at+n], "\n")
	l.at += n
}

// space skips white space, line ends and comments.
func (l *locator) space() {
	for !l.end() {
		switch l.peek() {
		case ' ', '\t', '\r', '\n':
			l.skip(1)
		case '#':
			l.until("\n")
		default:
			return
		}
	}
}

// until skips to the first of the bytes in stop, or to the end.
func (l *locator) until(stop string) {
	n := strings.IndexAny(l.data[l.at:], stop)
	if n < 0 {
		n = len(l.data) - l.at
	}
	l.skip(n)
}

func (l *locator) mark(path string) {
	if _, ok := l.lines[path]; !ok {
		l.lines[path] = l.line
	}
}

// header reads [table] or [[table]] and returns its path.
func (l *locator) header() string {
	array := strings.HasPrefix(l.data[l.at:], "[[")
	l.skip(1)
	if array {
		l.skip(1)
	}
	names := l.names("]")
	path := ""
	for i, name := range names {
		path = join(path, name)
		l.mark(path)
		if last := i == len(names)-1; last && array {
			l.tables[path]++
		}
		if n := l.tables[path]; n > 0 {
			path = fmt.Sprintf("%s[%d]", path, n-1)
			l.mark(path)
		}
	}
	l.skip(1)
	if array {
		l.skip(1)
	}
	return path
}

// pair reads one key = value of table.
func (l *locator) pair(table string) {
	path := table
	for _, name := range l.names("=") {
		path = join(path, name)
		l.mark(path)
	}
	l.skip(1)
	l.value(path)
}

// names reads the dotted parts of a key up to the byte end.
func (l *locator) names(end string) []string {
	var names []string
	for l.space(); !l.end() && l.peek() != end[0]; l.space() {
		switch c := l.peek(); c {
		case '.':
			l.skip(1)
		case '"', '\'':
			from := l.at
			l.quoted(c)
			names = append(names, unquote(l.data[from:l.at]))
		default:
			from := l.at
			l.until(". \t\r\n" + end)
			names = append(names, l.data[from:l.at])
		}
	}
	return names
}

// value skips one value; the keys and elements inside it are marked.
func (l *locator) value(path string) {
	l.space()
	switch c := l.peek(); c {
	case '"', '\'':
		l.quoted(c)
	case '[':
		l.skip(1)
		for i := 0; l.more(']'); i++ {
			element := fmt.Sprintf("%s[%d]", path, i)
			l.mark(element)
			l.value(element)
		}
	case '{':
		l.skip(1)
		for l.more('}') {
			l.pair(path)
		}
	default:
		l.until(",]}#\n")
	}
}

// more moves to the next element of an array or inline table, or past its end.
func (l *locator) more(end byte) bool {
	l.space()
	if l.peek() == ',' {
		l.skip(1)
		l.space()
	}
	if l.end() {
		return false
	}
	if l.peek() == end {
		l.skip(1)
		return false
	}
	return true
}

// quoted skips a string that is quoted by c once or, over several lines, three times.
func (l *locator) quoted(c byte) {
	triple := strings.Repeat(string(c), 3)
	closing := triple[:1]
	if strings.HasPrefix(l.data[l.at:], triple) {
		closing = triple
	}
	l.skip(len(closing))
	for !l.end() && !strings.HasPrefix(l.data[l.at:], closing) {
		if l.peek() == '\\' && c == '"' {
			l.skip(1)
		}
		l.skip(1)
	}
	l.skip(len(closing))
	if closing == triple {
		// One or two quotes may stand right before the closing ones.
		for range 2 {
			if l.peek() == c {
				l.skip(1)
			}
		}
	}
}

// unquote returns what a quoted key means.
func unquote(quoted string) string {
	var doc struct{ Key string }
	if _, err := toml.Decode("Key = "+quoted, &doc); err != nil {
		return quoted
	}
	return doc.Key
}

func join(table, name string) string {
	if table == "" {
		return name
	}
	return table + "." + name
}
