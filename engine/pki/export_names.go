package pki

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	maxFileName   = 100 // bytes, without ending
	maxIdentifier = 48  // bytes; C99 promises that 63 are told apart, and endings follow
)

// reservedNames are files that Windows takes for devices, and ca, which is the authority's.
var reservedNames = []string{
	"ca", "con", "prn", "aux", "nul", "conin$", "conout$",
	"com0", "com1", "com2", "com3", "com4", "com5", "com6", "com7", "com8", "com9", "com¹", "com²", "com³",
	"lpt0", "lpt1", "lpt2", "lpt3", "lpt4", "lpt5", "lpt6", "lpt7", "lpt8", "lpt9", "lpt¹", "lpt²", "lpt³",
}

// fileName makes a name that Linux, macOS and Windows take, without a folder, an ending, or a hyphen at its beginning that
// a program would take for an option.
func fileName(name string) string {
	name = strings.Map(func(r rune) rune {
		if r == utf8.RuneError || !unicode.IsPrint(r) || strings.ContainsRune(`<>:"/\|?*`, r) {
			return '_'
		}
		return r
	}, name)
	name = strings.Trim(name, " .")
	for len(name) > maxFileName {
		_, size := utf8.DecodeLastRuneInString(name)
		name = strings.TrimRight(name[:len(name)-size], " .")
	}
	if name == "" {
		return "device"
	}
	stem, _, _ := strings.Cut(strings.ToLower(name), ".")
	if name[0] == '-' || slices.Contains(reservedNames, strings.TrimRight(stem, " ")) {
		return "_" + name
	}
	return name
}

// identifier makes one of C of a name; it always gets an ending, so that none is a keyword.
func identifier(name string) string {
	var b strings.Builder
	for _, r := range name {
		switch {
		case r < utf8.RuneSelf && (unicode.IsLetter(r) || unicode.IsDigit(r)):
			b.WriteRune(unicode.ToLower(r))
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "_"):
			b.WriteByte('_')
		}
	}
	text := b.String()
	text = strings.TrimRight(text[:min(len(text), maxIdentifier)], "_")
	switch {
	case text == "":
		return "device"
	case text[0] >= '0' && text[0] <= '9':
		return "device_" + text
	}
	return text
}

// inComment makes a text safe within a comment of C.
func inComment(text string) string {
	text = strings.Map(func(r rune) rune {
		if r == utf8.RuneError || !unicode.IsPrint(r) {
			return '?'
		}
		return r
	}, text)
	return strings.NewReplacer("*/", "* /", "/*", "/ *").Replace(text)
}

// cString writes a string literal of C. Octal escapes end after three digits, other than those in hex; a question mark
// is escaped because two of them can begin a trigraph.
func cString(text string) string {
	var b strings.Builder
	b.WriteByte('"')
	for i := range len(text) {
		switch c := text[i]; {
		case c == '"' || c == '\\' || c == '?':
			b.WriteByte('\\')
			b.WriteByte(c)
		case c == '\n':
			b.WriteString(`\n`)
		case c < ' ' || c > '~':
			fmt.Fprintf(&b, `\%03o`, c)
		default:
			b.WriteByte(c)
		}
	}
	b.WriteByte('"')
	return b.String()
}
