package secure

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestAlert(t *testing.T) {
	for description, want := range map[uint8]string{
		48:  "unknown_ca: the client does not trust our authority",
		47:  "illegal_parameter",
		200: "alert 200",
	} {
		if got := Alert(description); got != want {
			t.Errorf("%d: %q, want %q", description, got, want)
		}
	}
}

func TestDetail(t *testing.T) {
	for text, want := range map[string]string{
		"CN=Plant":                      "CN=Plant",
		"two\nlines\x00":                "two lines ",
		"\xff":                          "\uFFFD",
		strings.Repeat("x", 256):        strings.Repeat("x", 256),
		strings.Repeat("x", 257):        strings.Repeat("x", 253) + "…",
		"x" + strings.Repeat("ä", 1000): "x" + strings.Repeat("ä", 126) + "…",
	} {
		got := Detail(text)
		if got != want || len(got) > maxDetail || !utf8.ValidString(got) {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
