package overview

import (
	"strings"
	"unicode"
)

// secretWords name secrets, in topics, client IDs and fields of payloads; so do their plurals.
var secretWords = []string{"password", "passwd", "passphrase", "pwd", "secret", "token", "credential", "apikey", "api_key", "api-key",
	"privatekey", "private_key", "private-key", "psk", "bearer", "authorization", "otp", "pin", "key", "cert", "certificate", "cookie", "license", "licence"}

// wholeWord is up to how many letters a word is looked for as a whole: "pin" is not in "spin", but "password" is in
// "wifipassword".
const wholeWord = 4

// secretWord is where the first word of a text that names a secret ends, 0 where there is none. What parts it from the rest is
// a part of it.
func secretWord(text string) int {
	lower := small(text)
	first := 0
	for _, word := range secretWords {
		for from := 0; ; {
			at := strings.Index(lower[from:], word)
			if at < 0 {
				break
			}
			begin := from + at
			end := begin + len(word)
			if end < len(lower) && lower[end] == 's' {
				end++
			}
			from = begin + 1
			if len(word) > wholeWord || beginsWord(text, begin) && endsWord(text, end) {
				if first == 0 || end < first {
					first = end
				}
				break
			}
		}
	}
	for first > 0 && first < len(text) && strings.IndexByte(" :=-_.~", text[first]) >= 0 {
		first++
	}
	return first
}

// small makes the large letters of a text small, those of ASCII only: it stays as long as it is.
func small(text string) string {
	letters := []byte(text)
	for i, b := range letters {
		if isLarge(b) {
			letters[i] = b + 'a' - 'A'
		}
	}
	return string(letters)
}

// beginsWord reports whether a word begins at a place in a text, as in my-key, my_key and myKey.
func beginsWord(text string, at int) bool {
	return at == 0 || !isLetter(text[at-1]) || isLarge(text[at]) && !isLarge(text[at-1])
}

// endsWord reports whether a word ends at a place in a text.
func endsWord(text string, at int) bool {
	return at == len(text) || !isLetter(text[at]) || isLarge(text[at]) && !isLarge(text[at-1])
}

// A byte of a letter beyond ASCII counts as one.
func isLetter(b byte) bool { return b >= 0x80 || unicode.IsLetter(rune(b)) }
func isLarge(b byte) bool  { return 'A' <= b && b <= 'Z' }

// randomLength is from how many letters on a word may be a random one, as tokens and keys are.
const randomLength = 20

// random reports whether a word is long, and letters and digits follow each other in it as in no name.
func random(word string) bool {
	if len(word) < randomLength || strings.ContainsAny(word, " .:{}\"") && !strings.HasPrefix(word, "eyJ") {
		return false
	}
	changes, digits := 0, 0
	var before rune
	class := func(r rune) int {
		switch {
		case unicode.IsDigit(r):
			return 1
		case unicode.IsUpper(r):
			return 2
		}
		return 3
	}
	for i, r := range word {
		if unicode.IsDigit(r) {
			digits++
		}
		if i > 0 && class(r) != class(before) {
			changes++
		}
		before = r
	}
	return strings.HasPrefix(word, "eyJ") || changes >= len(word)/5 && digits > 0
}

// base64Levels are the levels of a topic, from one up to another, that are a random word only together: a key in base64 may
// have slashes in it. Only one that ends with "=" and is as long as a key is told from names.
func base64Levels(levels []string) (from, to int) {
	for last, level := range levels {
		if !strings.HasSuffix(level, "=") {
			continue
		}
		for first := range last {
			word := strings.Join(levels[first:last+1], "/")
			if isKeyLength(len(word)) && isBase64(word) && random(word) {
				return first, last + 1
			}
		}
	}
	return 0, 0
}

// isBase64 reports whether a text is of the letters of RFC 4648, section 4, with padding at its end only.
func isBase64(text string) bool {
	return !strings.ContainsFunc(strings.TrimRight(text, "="), func(r rune) bool {
		return r >= 0x80 || !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '+' && r != '/'
	})
}

// isKeyLength reports whether a key of 16, 32 or 64 bytes is that long in base64.
func isKeyLength(letters int) bool { return letters == 24 || letters == 44 || letters == 88 }
