package units

import "strings"

// Sentences joins sentences as they are written: with a space between them, but behind the full stop of Chinese, which holds
// its space.
func Sentences(list ...string) string {
	var b strings.Builder
	for _, sentence := range list {
		if text := b.String(); text != "" && sentence != "" && !strings.HasSuffix(text, "。") {
			b.WriteByte(' ')
		}
		b.WriteString(sentence)
	}
	return b.String()
}
