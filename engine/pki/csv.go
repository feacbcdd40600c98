package pki

import (
	"encoding/csv"
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	"sluice/engine/mistakes"
)

// Bounds of a list of certificates to issue.
const (
	maxCSVLines  = 10_000
	maxCSVBytes  = 4 << 20
	maxCSVErrors = 50 // that are reported; the rest is counted
)

// column is one of a list of certificates to issue.
type column int

const (
	nameColumn column = iota
	organizationColumn
	lifetimeColumn
	kindColumn
	namesColumn
	columns
)

// headings are what a first line may call the columns.
var headings = map[string]column{
	"name": nameColumn, "common name": nameColumn, "cn": nameColumn,
	"organization": organizationColumn, "organisation": organizationColumn, "o": organizationColumn,
	"lifetime": lifetimeColumn, "days": lifetimeColumn,
	"kind": kindColumn, "type": kindColumn,
	"names": namesColumn, "alternative names": namesColumn, "san": namesColumn, "sans": namesColumn,
}

const columnNames = "name, organization, lifetime, kind, alternative names"

// LineError is a mistake in a list.
type LineError struct {
	Line int // from 1
	Err  error
}

// Error says where and what.
func (e *LineError) Error() string { return e.Words().Error() }

// Words is Error as a sentence.
func (e *LineError) Words() error { return mistakes.Errorf("line %d: %w", e.Line, e.Err) }

// Unwrap returns what is wrong.
func (e *LineError) Unwrap() error { return e.Err }

// ReadCSV reads a list of certificates to issue, one a line: name, organization, lifetime, kind (client or server) and
// alternative names, of which only the name is needed. A first line with these headings may put them into another order.
// Columns are divided by commas, semicolons or tabs, alternative names by spaces. The error joins all mistakes, each a
// *LineError; there are either mistakes or requests.
func ReadCSV(r io.Reader) ([]Request, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxCSVBytes+1))
	if err != nil {
		return nil, mistakes.Errorf("reading the list: %w", err)
	}
	if len(data) > maxCSVBytes {
		return nil, mistakes.Errorf("the list is longer than %d bytes", maxCSVBytes)
	}
	text := string(plainText(data))
	if !utf8.ValidString(text) {
		return nil, mistakes.New("the list is not UTF-8: save it as CSV UTF-8")
	}
	l := &list{order: []column{nameColumn, organizationColumn, lifetimeColumn, kindColumn, namesColumn}, lines: map[string]int{}}
	l.read(text)
	switch {
	case len(l.mistakes) > 0:
		return nil, l.err()
	case len(l.requests) == 0:
		return nil, mistakes.New("there is no line with a name in the list")
	}
	return l.requests, nil
}

// list collects what a CSV asks for, and what is wrong with it.
type list struct {
	order    []column
	requests []Request
	lines    map[string]int // of names
	mistakes []error
	more     int // mistakes that are not reported
}

func (l *list) read(text string) {
	reader := csv.NewReader(strings.NewReader(text))
	reader.Comma = delimiter(text)
	reader.FieldsPerRecord = -1
	reader.TrimLeadingSpace = reader.Comma != '\t'
	for first := true; ; {
		fields, err := reader.Read()
		if err == io.EOF {
			return
		}
		if err != nil {
			l.mistake(lineOf(err), quoteError(err))
			continue
		}
		line, _ := reader.FieldPos(0)
		if line > maxCSVLines {
			l.mistake(line, mistakes.Errorf("a list has up to %d lines", maxCSVLines))
			return
		}
		for i := range fields {
			fields[i] = strings.TrimSpace(fields[i])
		}
		if first && isHeading(fields) {
			if !l.heading(line, fields) {
				return
			}
		} else if strings.Join(fields, "") != "" {
			l.line(line, fields)
		}
		first = false
	}
}

// delimiter is the one that the first line has most of.
func delimiter(text string) rune {
	line, _, _ := strings.Cut(strings.TrimLeft(text, "\r\n"), "\n")
	best, most := ',', 0
	for _, candidate := range ",;\t" {
		quoted, count := false, 0
		for _, r := range line {
			switch r {
			case '"':
				quoted = !quoted
			case candidate:
				if !quoted {
					count++
				}
			}
		}
		if count > most {
			best, most = candidate, count
		}
	}
	return best
}

func isHeading(fields []string) bool {
	for _, field := range fields {
		if c, known := headings[strings.ToLower(field)]; known && c == nameColumn {
			return true
		}
	}
	return false
}

// heading takes the order of columns, and reports whether it is one.
func (l *list) heading(line int, fields []string) bool {
	l.order = nil
	seen := map[column]bool{}
	for _, field := range fields {
		c, known := headings[strings.ToLower(field)]
		switch {
		case !known && field != "":
			l.mistake(line, mistakes.Errorf("the column %.40q is not known, only %s", field, columnNames))
			return false
		case !known:
			c = columns
		case seen[c]:
			l.mistake(line, mistakes.Errorf("the column %.40q is there twice", field))
			return false
		}
		seen[c] = known
		l.order = append(l.order, c)
	}
	return true
}

func (l *list) line(line int, fields []string) {
	var values [columns + 1]string
	for i, field := range fields {
		if i >= len(l.order) {
			if field != "" {
				l.mistake(line, mistakes.Errorf("there are %d columns, and %d are known: %s", len(fields), len(l.order), columnNames))
				return
			}
			continue
		}
		values[l.order[i]] = field
	}
	r, err := request(values)
	if err != nil {
		l.mistake(line, err)
		return
	}
	if other, taken := l.lines[r.Name]; taken {
		l.mistake(line, mistakes.Errorf("%s is on line %d already", r.Name, other))
		return
	}
	l.lines[r.Name] = line
	l.requests = append(l.requests, r)
}

func request(values [columns + 1]string) (Request, error) {
	r := Request{Name: values[nameColumn], Organization: values[organizationColumn], Kind: Client}
	switch strings.ToLower(values[kindColumn]) {
	case "", "client", "device":
	case "server":
		r.Kind = Server
	default:
		return r, mistakes.Errorf("the kind %.40q is not known, only client and server", values[kindColumn])
	}
	if values[lifetimeColumn] != "" {
		lifetime, err := ParseLifetime(values[lifetimeColumn])
		if err != nil {
			return r, err
		}
		r.Lifetime = lifetime
	}
	r.Names = strings.FieldsFunc(values[namesColumn], func(c rune) bool { return strings.ContainsRune(" \t\r\n,;|", c) })
	return r, r.Check()
}

func (l *list) mistake(line int, err error) {
	if len(l.mistakes) == maxCSVErrors {
		l.more++
		return
	}
	l.mistakes = append(l.mistakes, &LineError{line, err})
}

func (l *list) err() error {
	if l.more > 0 {
		return errors.Join(append(l.mistakes, mistakes.Errorf("and %d more", l.more))...)
	}
	return errors.Join(l.mistakes...)
}

func lineOf(err error) int {
	var parse *csv.ParseError
	if errors.As(err, &parse) {
		return parse.StartLine
	}
	return 0
}

func quoteError(err error) error {
	switch {
	case errors.Is(err, csv.ErrBareQuote):
		return mistakes.New(`a quote (") in a field that does not begin with one: put the field into quotes and double it`)
	case errors.Is(err, csv.ErrQuote):
		return mistakes.New(`a quote (") is not closed, or text follows it`)
	}
	return err
}
