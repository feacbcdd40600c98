package access

import (
	"math"
	"slices"
	"strings"
	"unicode"

	"fyne.io/fyne/v2/lang"

	"sluice/ui/theme"
)

// guessed are passwords that are tried first, the examples of EMQX and of this program among them.
var guessed = []string{
	"password", "passw0rd", "public", "admin", "administrator", "root", "guest", "user", "test", "secret", "letmein",
	"welcome", "qwerty", "qwertz", "qwertyuiop", "iloveyou", "monkey", "dragon", "football", "abc123", "emqx", "mqtt", "coap",
	"sluice", "mosquitto", "changeme", "default", "raspberry", "ubnt", "support",
}

// strength hints at how long a password withstands guessing. It is a hint: nothing depends on it.
func strength(password, username string) (hint string, role theme.Role) {
	switch bits := entropy(password, username); {
	case password == "":
		return "", theme.RoleNeutral
	case bits < 40:
		return lang.L("Weak: it is guessed soon. Longer is better than odd."), theme.RoleBad
	case bits < 64:
		return lang.L("Fair: good enough on a network of your own."), theme.RoleLate
	}
	return lang.L("Strong."), theme.RoleGood
}

// entropy estimates the bits that a guesser has to try. What repeats, continues a sequence or is known counts little.
func entropy(password, username string) float64 {
	lower := strings.ToLower(password)
	bare := strings.TrimRightFunc(lower, func(r rune) bool { return !unicode.IsLetter(r) })
	known := func(word string) bool { return word != "" && (bare == word || lower == word) }
	if known(strings.ToLower(username)) || slices.ContainsFunc(guessed, known) {
		return 8
	}
	var pool float64
	count := 0.0
	var kinds [4]bool
	var before rune
	for _, r := range password {
		switch {
		case unicode.IsLower(r):
			kinds[0] = true
		case unicode.IsUpper(r):
			kinds[1] = true
		case unicode.IsDigit(r):
			kinds[2] = true
		default:
			kinds[3] = true
		}
		if step := r - before; step >= -1 && step <= 1 {
			count += 0.25
		} else {
			count++
		}
		before = r
	}
	for i, size := range []float64{26, 26, 10, 33} {
		if kinds[i] {
			pool += size
		}
	}
	return count * math.Log2(max(pool, 1))
}
