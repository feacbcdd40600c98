package collection

import (
	"regexp"
	"strings"

	"sluice/engine/mistakes"
)

// words takes a command line apart as a POSIX shell does, without what a shell would put in: variables and commands.
func words(line string) ([]string, error) {
	line = strings.NewReplacer("\\\r\n", "", "\\\n", "").Replace(strings.TrimSpace(line))
	var all []string
	var word strings.Builder
	inWord := false
	flush := func() {
		if inWord {
			all = append(all, word.String())
			word.Reset()
			inWord = false
		}
	}
	for i := 0; i < len(line); i++ {
		switch c := line[i]; c {
		case ' ', '\t':
			flush()
		case '\n', '\r', ';', '|', '<', '>', '(', ')':
			return nil, mistakes.New("the line has more than one command")
		case '&':
			return nil, mistakes.New("the & is outside of quotes: a shell would end the command there")
		case '\'':
			n := strings.IndexByte(line[i+1:], '\'')
			if n < 0 {
				return nil, mistakes.New("a single quote is not closed")
			}
			word.WriteString(line[i+1 : i+1+n])
			inWord, i = true, i+1+n
		case '"':
			n, err := doubleQuoted(line[i+1:], &word)
			if err != nil {
				return nil, err
			}
			inWord, i = true, i+n
		case '\\':
			if i++; i < len(line) {
				word.WriteByte(line[i])
			}
			inWord = true
		case '$', '`':
			return nil, mistakes.New("the line has a variable or a command of the shell; write what it stands for")
		default:
			word.WriteByte(c)
			inWord = true
		}
	}
	flush()
	return all, nil
}

// doubleQuoted reads up to the closing quote and returns how many bytes that were, with it.
func doubleQuoted(text string, into *strings.Builder) (int, error) {
	for i := 0; i < len(text); i++ {
		switch c := text[i]; c {
		case '"':
			return i + 1, nil
		case '$', '`':
			return 0, mistakes.New("the line has a variable or a command of the shell; write what it stands for")
		case '\\':
			if i+1 < len(text) && strings.IndexByte("\"\\$`", text[i+1]) >= 0 {
				i++
			}
			into.WriteByte(text[i])
		default:
			into.WriteByte(c)
		}
	}
	return 0, mistakes.New("a double quote is not closed")
}

var plainWord = regexp.MustCompile(`^[A-Za-z0-9_@%+=:,./-]+$`)

// quote writes a word so that a POSIX shell reads it as it is.
func quote(word string) string {
	if plainWord.MatchString(word) {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

func commandLine(words ...string) string {
	quoted := make([]string, len(words))
	for i, w := range words {
		quoted[i] = quote(w)
	}
	return strings.Join(quoted, " ")
}
