package certificates

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"sluice/engine/pki"
)

// Secrets are told by their shape: the inside of a PEM private key, the argument of a key option, bytes of an array, and
// long runs of hex or Base64 digits.
var (
	pemKey   = regexp.MustCompile(`(?s)(-----BEGIN [A-Z ]*PRIVATE KEY-----).*?(-----END [A-Z ]*PRIVATE KEY-----)`)
	keyArg   = regexp.MustCompile(`(\s-k\s+)('(?:[^']|'\\'')*'|"(?:[^"\\]|\\.)*"|\$'(?:[^'\\]|\\.)*'|\S+)`)
	hexBytes = regexp.MustCompile(`(?:0x[0-9a-fA-F]{2},?\s*)+`)
	longRun  = regexp.MustCompile(`[0-9A-Za-z+/]{22,}={0,2}`)
	longText = regexp.MustCompile(`(?m)^(\s*)".{16,}"`)
)

// masked is the text of a file with dots for what is secret. A secret file in which nothing is found is all dots.
func masked(f pki.File) string {
	text := string(f.Data)
	if !f.Secret {
		return text
	}
	hidden := pemKey.ReplaceAllString(text, "$1\n"+dots+"\n$2")
	if hidden != text {
		return hidden
	}
	if hidden = keyArg.ReplaceAllString(text, "${1}"+dots); hidden != text {
		return hidden
	}
	hidden = hexBytes.ReplaceAllString(text, dots+"\n")
	hidden = longText.ReplaceAllString(hidden, `$1"`+dots+`"`)
	hidden = longRun.ReplaceAllString(hidden, dots)
	if hidden == text {
		return dots
	}
	return hidden
}

// isText reports whether a file can be shown.
func isText(f pki.File) bool {
	return utf8.Valid(f.Data) && !strings.ContainsRune(string(f.Data), 0)
}
