package payload

import (
	"bytes"
	"encoding/json"
	"iter"
	"math"
	"strconv"
	"strings"
	"unicode"
)

// Leaf is a value in a payload that has no parts of its own.
type Leaf struct {
	// Path leads to it: member.list[0]["odd name"] in JSON and CBOR, the resolved name of the record in SenML. It is empty
	// where the payload is nothing but the value.
	Path string
	Text string // as it is written there
	Unit string // where the payload names it
	Kind Kind   // String, Numeral, Word, or Plain for the line of a text
}

// Number is the leaf's value; ok is false where it is none that can be plotted.
func (l Leaf) Number() (v float64, ok bool) {
	if l.Kind != Numeral {
		return 0, false
	}
	v, err := strconv.ParseFloat(l.Text, 64)
	return v, err == nil && !math.IsInf(v, 0) && !math.IsNaN(v)
}

// The bounds of what is searched: a payload beyond them has no leaves, or only its first ones.
const (
	searchedBytes  = 64 << 10
	searchedLeaves = 5000
)

// Leaves returns the values of a structured payload in their order; ok is false for texts and bytes, which have no paths.
func Leaves(data []byte, contentFormat int) (leaves []Leaf, ok bool) {
	all, ok := walk(data, contentFormat)
	if !ok {
		return nil, false
	}
	for l := range all {
		if leaves = append(leaves, l); len(leaves) == searchedLeaves {
			break
		}
	}
	return leaves, true
}

// NumberAt is the number at a path; the empty path is the one that [Number] finds.
func NumberAt(data []byte, contentFormat int, path string) (value float64, unit string, ok bool) {
	if path == "" {
		return Number(data, contentFormat)
	}
	all, ok := walk(data, contentFormat)
	if !ok {
		return 0, "", false
	}
	for l := range all {
		if l.Path == path {
			v, ok := l.Number()
			return v, l.Unit, ok
		}
	}
	return 0, "", false
}

// walk goes through the leaves of a payload that has a structure.
func walk(data []byte, contentFormat int) (iter.Seq[Leaf], bool) {
	if len(data) > searchedBytes {
		return nil, false
	}
	switch Guess(data, contentFormat) {
	case JSON:
		return walkTokens(tokensOf(string(bytes.TrimSpace(data)))), true
	case CBOR:
		if notation, err := diagnose(data); err == nil {
			return walkTokens(tokensOf(notation)), true
		}
	case SenML:
		if records, err := parseSenML(data); err == nil {
			return walkRecords(records), true
		}
	}
	return nil, false
}

// walkRecords names each record of a pack; one whose name came before is told apart by its place among them.
func walkRecords(records []record) iter.Seq[Leaf] {
	return func(yield func(Leaf) bool) {
		seen := map[string]int{}
		for _, r := range records {
			l := Leaf{Path: r.Name, Unit: unitSign(r.Unit)}
			if n := seen[r.Name]; n > 0 {
				l.Path += "[" + strconv.Itoa(n) + "]"
			}
			seen[r.Name]++
			for _, span := range r.line()[2:] {
				if span.Kind == Numeral || span.Kind == String || span.Kind == Word {
					l.Text, l.Kind = span.Text, span.Kind
					break
				}
			}
			if !yield(l) {
				return
			}
		}
	}
}

// tokensOf splits JSON or diagnostic notation that a parser accepted.
func tokensOf(source string) iter.Seq2[string, Kind] {
	return func(yield func(string, Kind) bool) {
		rest := strings.TrimLeft(source, " \t\r\n")
		for rest != "" {
			token, kind := nextToken(rest)
			rest = strings.TrimLeft(rest[len(token):], " \t\r\n")
			if strings.HasPrefix(rest, ":") && kind != Plain {
				kind = Key
			}
			if !yield(token, kind) {
				return
			}
		}
	}
}

// level is a list or an object that is open.
type level struct {
	path string // of itself
	list bool
	at   int    // index of the next element
	key  string // path of the next member
}

// next is the path of the value that comes now.
func (l *level) next() string {
	if !l.list {
		return l.key
	}
	return l.path + "[" + strconv.Itoa(l.at) + "]"
}

// walkTokens follows the brackets and names every value that has no parts. A tag is no level: 1(22) is 22.
func walkTokens(tokens iter.Seq2[string, Kind]) iter.Seq[Leaf] {
	return func(yield func(Leaf) bool) {
		w := walker{}
		for token, kind := range tokens {
			if leaf, ok := w.take(token, kind); ok && !yield(leaf) {
				return
			}
		}
		if leaf, ok := w.flush(); ok {
			yield(leaf)
		}
	}
}

type walker struct {
	open    []level
	pending Leaf // the last value: it is a tag when a parenthesis follows
	waiting bool
}

func (w *walker) here() string {
	if len(w.open) == 0 {
		return ""
	}
	return w.open[len(w.open)-1].next()
}

func (w *walker) flush() (Leaf, bool) {
	ready := w.waiting
	w.waiting = false
	return w.pending, ready
}

// take follows one token; it may complete a leaf.
func (w *walker) take(token string, kind Kind) (Leaf, bool) {
	top := len(w.open) - 1
	switch {
	case kind == Key:
		if top >= 0 {
			w.open[top].key = member(w.open[top].path, token)
		}
		return w.flush()
	case kind == String || kind == Numeral || kind == Word && !strings.HasPrefix(token, "_"):
		leaf, ready := w.flush()
		w.pending, w.waiting = Leaf{Path: w.here(), Text: token, Kind: kind}, true
		return leaf, ready
	}
	switch strings.TrimSpace(token) {
	case "(":
		w.waiting = false
	case "{", "[":
		w.open = append(w.open, level{path: w.here(), list: token == "["})
	case "}", "]":
		leaf, ready := w.flush()
		if top >= 0 {
			w.open = w.open[:top]
		}
		return leaf, ready
	case ",":
		leaf, ready := w.flush()
		if top >= 0 {
			w.open[top].at++
		}
		return leaf, ready
	}
	return Leaf{}, false
}

// member is the path of a member of the object at path. key is written as in the source.
func member(path, key string) string {
	name := key
	if strings.HasPrefix(key, `"`) {
		if json.Unmarshal([]byte(key), &name) != nil || !plainName(name) {
			return path + "[" + key + "]"
		}
	} else if _, err := strconv.ParseInt(key, 10, 64); err != nil {
		return path + "[" + key + "]"
	}
	if path == "" {
		return name
	}
	return path + "." + name
}

// plainName reports whether a name needs no quotes in a path; one that looks like a number would be taken for one.
func plainName(name string) bool {
	for i, r := range name {
		if !unicode.IsLetter(r) && r != '_' && (i == 0 || !unicode.IsDigit(r) && r != '-') {
			return false
		}
	}
	return name != ""
}

// LeafAt is the leaf that was laid out by [Render] in line number at, at the rune with that column. In a line with one
// leaf any column will do; ok is false where there is none.
func LeafAt(lines []Line, f Format, at, column int) (leaf Leaf, ok bool) {
	if at < 0 || at >= len(lines) {
		return Leaf{}, false
	}
	switch f {
	case SenML:
		return recordAt(lines, at)
	case JSON, CBOR:
	default:
		return Leaf{}, false
	}
	before, here := 0, 0 // leaves above the line, and in it up to the column
	for range walkTokens(spansOf(lines[:at])) {
		before++
	}
	var found []Leaf
	for l := range walkTokens(spansOf(lines[:at+1])) {
		if here++; here > before {
			found = append(found, l)
		}
	}
	if len(found) != 1 {
		return nthLeaf(found, lines[at], column)
	}
	return found[0], true
}

// nthLeaf is the leaf of a line with several of them, such as the bare list that is a sequence of CBOR.
func nthLeaf(found []Leaf, line Line, column int) (Leaf, bool) {
	for _, span := range line {
		width := len([]rune(span.Text))
		if column >= 0 && column < width {
			for _, l := range found {
				if l.Text == span.Text {
					return l, true
				}
			}
			return Leaf{}, false
		}
		column -= width
	}
	return Leaf{}, false
}

// recordAt is the record in a line, which stands for one.
func recordAt(lines []Line, at int) (Leaf, bool) {
	name := lines[at][0].Text
	leaf := Leaf{Path: name}
	repeats := 0
	for _, line := range lines[:at] {
		if line[0].Text == name {
			repeats++
		}
	}
	if repeats > 0 {
		leaf.Path += "[" + strconv.Itoa(repeats) + "]"
	}
	for _, span := range lines[at][1:] {
		if span.Kind == Numeral || span.Kind == String || span.Kind == Word {
			leaf.Text, leaf.Kind = span.Text, span.Kind
			return leaf, true
		}
	}
	return leaf, false
}

// spansOf are the tokens of lines as they were laid out.
func spansOf(lines []Line) iter.Seq2[string, Kind] {
	return func(yield func(string, Kind) bool) {
		for _, line := range lines {
			for _, span := range line {
				if text := strings.TrimSpace(span.Text); text != "" && !yield(text, span.Kind) {
					return
				}
			}
		}
	}
}
