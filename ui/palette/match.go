package palette

import (
	"slices"
	"strings"
	"unicode"
)

// What a match is worth. A letter at the start of a word, or right behind the one before it, is what people mean.
const (
	pointsLetter  = 4
	pointsStart   = 14
	pointsFirst   = 10 // the first letter of the name
	pointsNext    = 10
	pointsWhole   = 40 // the query stands in the name as it is
	pointsKind    = 12
	costGap       = 1
	costGapMost   = 12
	costLengthPer = 8 // letters of the name that cost a point
)

// matcher matches names against a query; its buffers are used again, so it belongs to one goroutine.
type matcher struct {
	words []string
	runes [][]rune // of each word, in lower case
	name  []rune   // in lower case
	start []bool   // whether a word begins at a letter of the name
	at    []int
}

// newMatcher reads a query: words that all have to be found, in any order.
func newMatcher(query string) *matcher {
	m := &matcher{words: strings.Fields(strings.ToLower(query))}
	for _, word := range m.words {
		m.runes = append(m.runes, []rune(word))
	}
	return m
}

// match returns how well a name of some kind fits, and which of its letters were found; they are valid until the next call.
func (m *matcher) match(kind, name string) (points int, at []int, ok bool) {
	m.read(name)
	m.at = m.at[:0]
	for i, word := range m.runes {
		got, found := m.word(word)
		if !found {
			if !wordBegins(strings.ToLower(kind), m.words[i]) {
				return 0, nil, false
			}
			got = pointsKind
		}
		points += got
	}
	slices.Sort(m.at)
	return points - len(m.name)/costLengthPer, slices.Compact(m.at), true
}

// wordBegins reports whether a word of a kind begins so; that of an item of a submenu names both menus.
func wordBegins(kind, with string) bool {
	for {
		if strings.HasPrefix(kind, with) {
			return true
		}
		var more bool
		if _, kind, more = strings.Cut(kind, " "); !more {
			return false
		}
	}
}

// read takes a name apart. A word begins behind whatever is no letter or digit, and at a capital behind a small letter.
func (m *matcher) read(name string) {
	m.name, m.start = m.name[:0], m.start[:0]
	before := ' '
	for _, r := range name {
		inWord := unicode.IsLetter(before) || unicode.IsDigit(before)
		m.start = append(m.start, !inWord || unicode.IsUpper(r) && unicode.IsLower(before))
		m.name = append(m.name, unicode.ToLower(r))
		before = r
	}
}

// word finds a word of the query: whole where it is, at the start of a word rather than within one, or else its
// letters in their order.
func (m *matcher) word(word []rune) (points int, ok bool) {
	best, whole := -1, 0
	for i := 0; i+len(word) <= len(m.name); i++ {
		if !slices.Equal(m.name[i:i+len(word)], word) {
			continue
		}
		if p := m.worth(i, len(word)); p > whole {
			best, whole = i, p
		}
	}
	if best >= 0 {
		for i := range word {
			m.at = append(m.at, best+i)
		}
		return pointsWhole + whole, true
	}
	return m.scattered(word)
}

// worth is what letters that stand together are worth.
func (m *matcher) worth(from, count int) int {
	points := count*pointsLetter + (count-1)*pointsNext
	if m.start[from] {
		points += pointsStart
	}
	if from == 0 {
		points += pointsFirst
	}
	return points
}

// initials finds a word whose letters begin words of the name.
func (m *matcher) initials(word []rune) bool {
	first, next := len(m.at), 0
	for i, r := range m.name {
		if next < len(word) && m.start[i] && r == word[next] {
			m.at = append(m.at, i)
			next++
		}
	}
	if next < len(word) {
		m.at = m.at[:first]
	}
	return next == len(word)
}

func (m *matcher) scattered(word []rune) (points int, ok bool) {
	first := len(m.at)
	if !m.initials(word) && !m.closest(word) {
		return 0, false
	}
	before := -1
	for n, i := range m.at[first:] {
		points += pointsLetter
		switch {
		case n > 0 && i == before+1:
			points += pointsNext
		case m.start[i]:
			points += pointsStart
		case n > 0:
			points -= min(costGapMost, costGap*(i-before-1))
		}
		before = i
	}
	return points, true
}

// closest finds the letters of a word in their order, as close together as they end first.
func (m *matcher) closest(word []rune) bool {
	end, next := -1, 0
	for i, r := range m.name {
		if r == word[next] {
			if next++; next == len(word) {
				end = i
				break
			}
		}
	}
	if end < 0 {
		return false
	}
	first := len(m.at)
	for i, next := end, len(word)-1; next >= 0; i-- { // back from the end, for the letters closest to it
		if m.name[i] == word[next] {
			m.at = append(m.at, i)
			next--
		}
	}
	slices.Reverse(m.at[first:])
	return true
}
