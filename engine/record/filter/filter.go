// Package filter reads what a user writes to see some messages of many, and finds them without decoding more of each
// than it has to.
//
// A filter is words with spaces between them; a message must match each. With "or" between them it must match the words
// before it or those after it. A word is looked for in everything that is shown of a message. WORD:VALUE looks in one
// part of it, as Words lists. A value is looked for anywhere in the part; with * it stands for the whole part and * for
// any characters, and with = in front it is the whole part as it stands. Case does not matter. Quotes hold spaces
// together, - or ! in front turns a word around.
package filter

import "sluice/engine/record"

// Filter says which messages are meant. The zero value means all. It is safe for use by several goroutines.
type Filter struct {
	text string
	any  [][]term // a message matches all terms of one of them
}

// term is one word of a filter.
type term struct {
	not   bool
	match func(m *Message) bool
	cost  int // the cheap ones are asked first
	word  string
}

// Costs of terms: what is in the head of a message, what has to be searched for, and what needs another message.
const (
	costHead = iota
	costOptions
	costSearch
	costOther
)

// Message is a message that is matched, with what is known of it beyond its bytes. It is used by one goroutine.
type Message struct {
	Frame *record.Frame
	Known record.Known
	// Get returns an earlier message; nil if there are none.
	Get func(seq uint64) (record.Frame, bool)

	path  []byte
	ready bool // path is
}

// Set makes m another message.
func (m *Message) Set(f *record.Frame, known record.Known) {
	m.Frame, m.Known, m.ready = f, known, false
}

// Empty reports whether f means all messages.
func (f Filter) Empty() bool { return len(f.any) == 0 }

// String is the filter as it was written.
func (f Filter) String() string { return f.text }

// Uses reports whether f has a word such as "odd".
func (f Filter) Uses(word string) bool {
	for _, terms := range f.any {
		for _, t := range terms {
			if t.word == word {
				return true
			}
		}
	}
	return false
}

// Match reports whether m is meant.
func (f Filter) Match(m *Message) bool {
	if len(f.any) == 0 {
		return true
	}
next:
	for _, terms := range f.any {
		for i := range terms {
			if terms[i].match(m) == terms[i].not {
				continue next
			}
		}
		return true
	}
	return false
}
