package overview

import (
	"net/netip"
	"strings"
	"unicode"
	"unicode/utf8"

	"fyne.io/fyne/v2/lang"

	"sluice/ui/widget/format"
)

// mask says what is shown of names and values. In Present whoever is in the room sees the screen, so that addresses but
// loopback ones are left out, and whatever looks like a secret: a value below a topic, or with a field, that is named after
// one; a part of a name, or a value, that is a long random one. Identities, certificates, tokens of connections and the
// addresses of listeners are not on the board at all.
type mask bool

// hidden stands for what is left out.
const hidden = "•••"

// secretWords name secrets, in topics and in fields of payloads.
var secretWords = []string{"password", "passwd", "passphrase", "pwd", "secret", "token", "credential", "apikey", "api_key", "api-key",
	"privatekey", "private_key", "private-key", "psk", "bearer", "authorization", "otp", "pin", "key", "cert", "certificate", "cookie", "license", "licence"}

// name is what is shown of a client ID or a topic.
func (m mask) name(of side, name string) string {
	if !m {
		return name
	}
	if of == topicSide {
		parts := strings.Split(name, "/")
		for i, part := range parts {
			if random(part) {
				parts[i] = hidden
			}
		}
		return strings.Join(parts, "/")
	}
	switch at, err := netip.ParseAddrPort(name); {
	case err == nil && !at.Addr().IsLoopback():
		return lang.L("address hidden")
	case err == nil:
		return name
	}
	if addr, err := netip.ParseAddr(name); err == nil && !addr.IsLoopback() {
		return lang.L("address hidden")
	}
	if random(name) {
		return hidden
	}
	return name
}

// longest is how many letters of a value are shown.
const longest = 40

// value is what is shown of the last value of a topic.
func (m mask) value(topic string, payload []byte) string {
	switch {
	case len(payload) == 0:
		return lang.L("empty")
	case bool(m) && (saysSecret(topic) || saysSecret(string(payload[:min(len(payload), 4096)])) || randomIn(string(payload[:min(len(payload), 4096)]))):
		return hidden
	}
	text := payload[:min(len(payload), 4*longest)]
	for len(text) < len(payload) && len(text) > 0 && !utf8.Valid(text) && len(text) > 4*longest-utf8.UTFMax {
		text = text[:len(text)-1] // a letter was cut
	}
	if !utf8.Valid(text) || strings.ContainsFunc(string(text), func(r rune) bool { return unicode.IsControl(r) && !unicode.IsSpace(r) }) {
		return format.Bytes(int64(len(payload)))
	}
	line := strings.Join(strings.Fields(string(text)), " ")
	if runes := []rune(line); len(runes) > longest {
		return string(runes[:longest]) + "…"
	}
	return line
}

// saysSecret reports whether a word of a text names a secret.
func saysSecret(text string) bool {
	text = strings.ToLower(text)
	for _, word := range secretWords {
		for rest := text; ; {
			i := strings.Index(rest, word)
			if i < 0 {
				break
			}
			before, after := rest[:i], rest[i+len(word):]
			if (len(word) > 4 || !letterAt(before, true)) && (len(word) > 4 || !letterAt(after, false)) {
				return true
			}
			rest = after
		}
	}
	return strings.Contains(text, "-----begin ")
}

// letterAt reports whether a text ends, or begins, with a letter: short words are looked for whole.
func letterAt(text string, end bool) bool {
	r, _ := utf8.DecodeRuneInString(text)
	if end {
		r, _ = utf8.DecodeLastRuneInString(text)
	}
	return r != utf8.RuneError && unicode.IsLetter(r)
}

// randomLength is from how many letters on a word may be a random one, as tokens and keys are.
const randomLength = 20

// randomIn reports whether one of the words of a text is a random one.
func randomIn(text string) bool {
	for word := range strings.FieldsFuncSeq(text, func(r rune) bool {
		return !(r < utf8.RuneSelf && (unicode.IsLetter(r) || unicode.IsDigit(r)) || strings.ContainsRune("+/=_-", r))
	}) {
		if random(word) {
			return true
		}
	}
	return false
}

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
