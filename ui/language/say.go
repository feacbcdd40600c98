package language

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"fyne.io/fyne/v2/lang"

	"sluice/engine/mistakes"
)

// Say is what an error says in the language of the window. Sentences of the engine are said as the translation has them,
// with the errors that they wrap said likewise; of others, those that users meet have their own words. What nobody
// translated stays as it is. UI goroutine only.
func Say(err error) string {
	switch e := err.(type) {
	case nil:
		return ""
	case *mistakes.Sentence:
		return sentence(e)
	case mistakes.Worded:
		return Say(e.Words())
	case interface{ Unwrap() []error }:
		return several(err, e.Unwrap())
	}
	if text, ok := common(err); ok {
		return text
	}
	if inner := errors.Unwrap(err); inner != nil {
		return swapped(err.Error(), inner)
	}
	return foreignText(err.Error())
}

// wrapping is the verb of fmt.Errorf that fmt.Sprintf does not have.
var wrapping = regexp.MustCompile(`%%|%(\[\d+\])?w`)

func sentence(s *mistakes.Sentence) string {
	format := translated(s.Format)
	if s.Args == nil {
		return format
	}
	format = wrapping.ReplaceAllStringFunc(format, func(verb string) string {
		if verb == "%%" {
			return verb
		}
		return strings.TrimSuffix(verb, "w") + "v"
	})
	args := make([]any, len(s.Args))
	for i, arg := range s.Args {
		switch arg := arg.(type) {
		case error:
			args[i] = Say(arg)
		case mistakes.Phrase:
			args[i] = translated(string(arg))
		default:
			args[i] = arg
		}
	}
	return fmt.Sprintf(format, args...)
}

// translated is a text of the engine in the language of the window; one that nobody translated, such as a format of
// nothing but verbs, stays.
func translated(text string) string {
	if texts[text] == nil {
		return text
	}
	return lang.L(text)
}

// several says what wraps more than one error: those that errors.Join put below each other, or those within a sentence.
func several(err error, all []error) string {
	said := make([]string, len(all))
	for i, one := range all {
		said[i] = Say(one)
	}
	if err.Error() == errors.Join(all...).Error() {
		return strings.Join(said, "\n")
	}
	text := err.Error()
	for i, one := range all {
		text = strings.Replace(text, one.Error(), said[i], 1)
	}
	return text
}

// swapped is a text in which an error that it repeats is said in the language of the window.
func swapped(text string, inner error) string {
	before, after, found := cutLast(text, inner.Error())
	if !found {
		return foreignText(text)
	}
	return before + Say(inner) + after
}

func cutLast(s, sep string) (before, after string, found bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 || sep == "" {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}
