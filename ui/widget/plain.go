package widget

import (
	"strconv"
	"strings"
)

// plain returns a text as it is drawn. What devices name and send is drawn beside what the program says: characters that
// set a direction (Unicode Standard Annex 9, section 2) are spelt instead of followed, because one in the name of a client
// would have the rest of the line read backwards; so are control characters.
func plain(text string) string {
	if !strings.ContainsFunc(text, spelt) {
		return text
	}
	var b strings.Builder
	for _, r := range text {
		if spelt(r) {
			b.WriteString(strings.Trim(strconv.QuoteRuneToASCII(r), "'"))
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// spelt reports whether a rune is drawn as its escape sequence.
func spelt(r rune) bool {
	if r >= ' ' && r < 0x7f {
		return false
	}
	return r < ' ' || r == 0x7f || r == '\u061c' || r == '\u200e' || r == '\u200f' || '\u202a' <= r && r <= '\u202e' || '\u2066' <= r && r <= '\u2069'
}
