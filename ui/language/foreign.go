package language

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// Foreign lists sentences of libraries whose errors have no types that tell them apart, as formats with %s for what
// varies. A text that reads so is said as the format is translated.
func Foreign() []string { return slices.Clone(foreign) }

var foreign = []string{
	// encoding/json
	"unexpected end of JSON input",
	"invalid character %s looking for beginning of value",
	"invalid character %s looking for beginning of object key string",
	"invalid character %s after object key",
	"invalid character %s after object key:value pair",
	"invalid character %s after array element",
	"invalid character %s after top-level value",
	"invalid character %s in string literal",
	"invalid character %s in string escape code",
	`invalid character %s in \u hexadecimal character escape`,
	"invalid character %s in numeric literal",
	"invalid character %s after decimal point in numeric literal",
	"invalid character %s in exponent of numeric literal",
	"invalid character %s in literal %s (expecting %s)",
	// strconv, regexp, net/url
	"strconv.%s: parsing %s: invalid syntax",
	"strconv.%s: parsing %s: value out of range",
	"error parsing regexp: %s",
	"missing closing ): %s",
	"unexpected ): %s",
	"missing closing ]: %s",
	"missing argument to repetition operator: %s",
	"invalid escape sequence: %s",
	// crypto/x509, crypto/tls
	"tls: failed to verify certificate: %s",
	"x509: certificate signed by unknown authority",
	"x509: certificate has expired or is not yet valid: %s",
	"current time %s is after %s",
	"current time %s is before %s",
	"x509: certificate is valid for %s, not %s",
	"x509: certificate is not valid for any names, but wanted to match %s",
	"x509: cannot validate certificate for %s because it doesn't contain any IP SANs",
	"x509: malformed certificate",
	// TOML
	"expected value but found %s instead",
	"expected '.' or '=', but got %s instead",
	"expected '.' or ']' to end table name, but got %s instead",
	"expected end of table array name delimiter ']', but got %s instead",
	"expected a top-level item to end with a newline, comment, or EOF, but got %s instead",
	"expected a comma (',') or array terminator (']'), but got %s",
	"expected a comma or an inline table terminator '}', but got %s instead",
	"unexpected EOF; expected value",
	"unexpected EOF; expected key separator '='",
	`unexpected EOF; expected '"'`,
	`unexpected EOF; expected '"""'`,
	`unexpected EOF; expected "'"`,
	"unexpected '=': key name appears blank",
	"unexpected EOF",
	"strings cannot contain newlines",
	"Key '%s' has already been defined.",
	"Invalid integer %s: cannot have leading zeroes",
	`invalid escape in string '\%s'`,
	// expressions of templates
	"unknown name %s",
	"unexpected token EOF",
	"unexpected token %s",
	"unexpected end of expression",
	"literal not terminated",
	"invalid char escape",
	"unrecognized character: %s",
	"bad number syntax: %s",
	"%s is not callable",
	"no matching overload for %s",
	"invalid operation: %s (mismatched type %s)",
	"invalid operation: %s (mismatched types %s and %s)",
	"invalid number of arguments (expected %s, got %s)",
	"too many arguments to call %s",
	"not enough arguments to call %s",
	"type %s has no field %s",
	"cannot use %s as argument (type %s) to call %s",
	"integer divide by zero",
}

// pattern recognizes a text that was made of a format.
type pattern struct {
	format string
	reads  *regexp.Regexp
}

var patterns = sync.OnceValue(func() []pattern {
	all := make([]pattern, len(foreign))
	for i, format := range foreign {
		parts := strings.Split(format, "%s")
		for j, part := range parts {
			parts[j] = regexp.QuoteMeta(part)
		}
		all[i] = pattern{format, regexp.MustCompile("(?s)^" + strings.Join(parts, "(.+?)") + "$")}
	}
	return all
})

// foreignText says the text of a library, and within it what a library says.
func foreignText(text string) string {
	for _, p := range patterns() {
		found := p.reads.FindStringSubmatch(text)
		if found == nil {
			continue
		}
		args := make([]any, len(found)-1)
		for i, arg := range found[1:] {
			args[i] = foreignText(arg)
		}
		return fmt.Sprintf(translated(p.format), args...)
	}
	return text
}
