package linkformat

import (
	"slices"
	"strings"
	"unicode/utf8"

	"sluice/engine/mistakes"
)

// Limits bound a document that is parsed. A zero field means its default.
type Limits struct {
	Bytes      int // 1 MiB
	Links      int // 10,000
	Attributes int // of one link; 64
}

func (l Limits) withDefaults() Limits {
	if l.Bytes <= 0 {
		l.Bytes = 1 << 20
	}
	if l.Links <= 0 {
		l.Links = 10_000
	}
	if l.Attributes <= 0 {
		l.Attributes = 64
	}
	return l
}

// SyntaxError says what is wrong with a document and where.
type SyntaxError struct {
	Offset  int // in bytes
	Problem error
}

// Error returns the problem with where it is.
func (e *SyntaxError) Error() string { return e.Words().Error() }

// Words is Error as a sentence.
func (e *SyntaxError) Words() error {
	return mistakes.Errorf("link format, byte %d: %w", e.Offset, e.Problem)
}

// LimitError says that a document is larger than the Limits.
type LimitError struct {
	What  mistakes.Phrase // bytes, links or attributes of a link
	Limit int
}

// Error returns the limit.
func (e *LimitError) Error() string { return e.Words().Error() }

// Words is Error as a sentence.
func (e *LimitError) Words() error {
	return mistakes.Errorf("link format: more than %d %s", e.Limit, e.What)
}

// Parse reads a document; an empty one has no links. The links share its memory. The error is a *SyntaxError or a
// *LimitError.
func Parse(document string, limits Limits) ([]Link, error) {
	p := parser{text: document, limits: limits.withDefaults()}
	if len(document) > p.limits.Bytes {
		return nil, &LimitError{mistakes.Phrase("bytes"), p.limits.Bytes}
	}
	if !utf8.ValidString(document) {
		return nil, &SyntaxError{invalidAt(document), mistakes.New("not UTF-8")}
	}
	var links []Link
	for {
		for p.skip(); p.take(','); p.skip() {
		}
		if p.ended() {
			return links, nil
		}
		if len(links) == p.limits.Links {
			return nil, &LimitError{mistakes.Phrase("links"), p.limits.Links}
		}
		l, err := p.link()
		if err != nil {
			return nil, err
		}
		links = append(links, l)
	}
}

func invalidAt(s string) int {
	for i, r := range s {
		if r == utf8.RuneError && !strings.HasPrefix(s[i:], string(utf8.RuneError)) {
			return i
		}
	}
	return len(s)
}

type parser struct {
	text   string
	at     int
	limits Limits
}

const blank = " \t\r\n"

func (p *parser) ended() bool { return p.at == len(p.text) }

// skip goes over white space.
func (p *parser) skip() {
	for !p.ended() && strings.IndexByte(blank, p.text[p.at]) >= 0 {
		p.at++
	}
}

// take goes over c if it is next.
func (p *parser) take(c byte) bool {
	if p.ended() || p.text[p.at] != c {
		return false
	}
	p.at++
	return true
}

// while goes over the bytes that belong and returns them.
func (p *parser) while(belongs func(byte) bool) string {
	from := p.at
	for !p.ended() && belongs(p.text[p.at]) {
		p.at++
	}
	return p.text[from:p.at]
}

func (p *parser) fail(problem string) error { return &SyntaxError{p.at, mistakes.New(problem)} }

func (p *parser) link() (l Link, err error) {
	if !p.take('<') {
		return l, p.fail("a link begins with <")
	}
	l.Target = p.while(func(c byte) bool { return c >= ' ' && c != 0x7f && c != '<' && c != '>' })
	if !p.take('>') {
		return l, p.fail("the target does not end with >")
	}
	for {
		if p.skip(); p.ended() || p.text[p.at] == ',' {
			l.Attributes = slices.Clip(l.Attributes)
			return l, nil
		}
		if !p.take(';') {
			return l, p.fail("neither ; nor , after a target or attribute")
		}
		if p.skip(); p.ended() || p.text[p.at] == ';' || p.text[p.at] == ',' {
			continue
		}
		a, err := p.attribute()
		if err != nil {
			return l, err
		}
		if _, known := l.Get(a.Name); known && isSingle(a.Name) {
			l.Repeated++
			continue
		}
		if len(l.Attributes) == p.limits.Attributes {
			return l, &LimitError{mistakes.Phrase("attributes of a link"), p.limits.Attributes}
		}
		l.Attributes = append(l.Attributes, a)
	}
}

func (p *parser) attribute() (a Attribute, err error) {
	from := p.at
	p.while(isNameByte)
	if p.at == from {
		return a, p.fail("no attribute name")
	}
	p.take('*')
	a.Name = p.text[from:p.at]
	p.skip()
	if !p.take('=') {
		a.Bare = true
		return a, nil
	}
	if p.skip(); p.take('"') {
		a.Value, err = p.quoted()
		return a, err
	}
	a.Value = p.while(isTokenByte)
	return a, nil
}

// quoted reads a quoted-string (RFC 2616, section 2.2) after its first quote.
func (p *parser) quoted() (string, error) {
	from := p.at
	plain := p.while(isQuotedByte)
	if p.take('"') {
		return plain, nil
	}
	p.at = from
	var value strings.Builder
	for !p.ended() {
		value.WriteString(p.while(isQuotedByte))
		switch {
		case p.take('"'):
			return value.String(), nil
		case p.take('\\') && !p.ended():
			_, size := utf8.DecodeRuneInString(p.text[p.at:])
			value.WriteString(p.text[p.at : p.at+size])
			p.at += size
		case !p.ended():
			return "", p.fail("a control character in a quoted string")
		}
	}
	return "", &SyntaxError{from - 1, mistakes.New("the quoted string does not end")}
}

// isQuotedByte reports whether c stands for itself in a quoted-string.
func isQuotedByte(c byte) bool {
	return c >= ' ' && c != '"' && c != '\\' && c != 0x7f || strings.IndexByte(blank, c) >= 0
}

// isNameByte: attr-char of RFC 5987.
func isNameByte(c byte) bool { return isAlphanumeric(c) || strings.IndexByte("!#$&+-.^_`|~", c) >= 0 }

// isTokenByte: ptokenchar of RFC 6690.
func isTokenByte(c byte) bool {
	return isAlphanumeric(c) || strings.IndexByte("!#$%&'()*+-./:<=>?@[]^_`{|}~", c) >= 0
}

func isAlphanumeric(c byte) bool { return isLetter(c) || isDigit(c) }
func isLetter(c byte) bool       { return c|0x20 >= 'a' && c|0x20 <= 'z' }
func isDigit(c byte) bool        { return c >= '0' && c <= '9' }
