package collection

import (
	"strconv"
	"strings"

	"sluice/engine/mistakes"
)

// cutPipe cuts a line at its first | outside of quotes.
func cutPipe(line string) (before, after string, found bool) {
	quoted := byte(0)
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case c == '\\' && quoted != '\'':
			i++
		case quoted == 0 && (c == '\'' || c == '"'):
			quoted = c
		case c == quoted:
			quoted = 0
		case c == '|' && quoted == 0:
			return line[:i], line[i+1:], true
		}
	}
	return line, "", false
}

var errPiped = mistakes.New("only echo and printf are taken before the |; write what comes from another command into a file")

// piped is what echo or printf write to the command behind them.
func piped(command string) (string, error) {
	all, err := words(strings.TrimPrefix(strings.TrimSpace(command), "$ "))
	switch {
	case err != nil:
		return "", err
	case len(all) > 1 && all[0] == "echo" && all[1] == "-n":
		return strings.Join(all[2:], " "), nil
	case len(all) > 0 && all[0] == "echo":
		return strings.Join(all[1:], " ") + "\n", nil
	case len(all) > 1 && all[0] == "printf":
		return printed(all[1], all[2:])
	}
	return "", errPiped
}

// printed is what printf(1) writes for a format with %s, %% and escapes.
func printed(format string, arguments []string) (string, error) {
	var b strings.Builder
	for i := 0; i < len(format); i++ {
		switch c := format[i]; {
		case c == '%' && strings.HasPrefix(format[i+1:], "%"):
			b.WriteByte('%')
			i++
		case c == '%' && strings.HasPrefix(format[i+1:], "s"):
			if len(arguments) > 0 {
				b.WriteString(arguments[0])
				arguments = arguments[1:]
			}
			i++
		case c == '%':
			return "", mistakes.Errorf("printf: of what begins with %% only %%s and %%%% are taken")
		case c == '\\' && i+1 < len(format):
			text, n := unescaped(format[i+1:])
			b.WriteString(text)
			i += n
		default:
			b.WriteByte(c)
		}
	}
	return b.String(), nil
}

// unescaped reads what follows a backslash in the format of printf(1), and how many bytes that were.
func unescaped(text string) (string, int) {
	if plain, there := map[byte]string{'n': "\n", 't': "\t", 'r': "\r", '\\': `\`, '"': `"`}[text[0]]; there {
		return plain, 1
	}
	digits := 0
	for digits < min(3, len(text)) && text[digits] >= '0' && text[digits] <= '7' {
		digits++
	}
	if n, err := strconv.ParseUint(text[:digits], 8, 16); err == nil {
		return string([]byte{byte(n)}), digits
	}
	return `\` + text[:1], 1
}
