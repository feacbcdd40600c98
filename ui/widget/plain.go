package widget

import "strings"

// turned is shown for what would turn the direction of a line.
const turned = '\uFFFD'

// plain returns a text as it is drawn. What devices name and send is drawn beside what the program says: characters that
// set a direction (Unicode Standard Annex 9, section 2) are shown instead of followed, because one in the name of a client
// would have the rest of the line read backwards; control characters are shown by their pictures.
func plain(text string) string {
	for i := range len(text) {
		// All else is letters; these begin U+0600 to U+063F and U+2000 to U+2FFF.
		if c := text[i]; c < ' ' || c == 0xd8 || c == 0xe2 {
			return strings.Map(plainRune, text)
		}
	}
	return text
}

func plainRune(r rune) rune {
	switch {
	case r < ' ':
		return '␀' + r
	case r == '\u061c', r == '\u200e', r == '\u200f', '\u202a' <= r && r <= '\u202e', '\u2066' <= r && r <= '\u2069':
		return turned
	}
	return r
}
