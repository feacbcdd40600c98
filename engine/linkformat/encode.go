package linkformat

import "strings"

// Encode returns the document with links in canonical form: no white space, numbers as tokens, other values quoted, and
// targets percent-encoded where a URI has to be.
func Encode(links []Link) []byte {
	var buf []byte
	for i := range links {
		buf = links[i].AppendTo(buf)
	}
	return buf
}

// AppendTo appends the link to a document, which may be empty. The names of its attributes are to be valid; see
// ValidName.
func (l *Link) AppendTo(document []byte) []byte {
	if len(document) > 0 {
		document = append(document, ',')
	}
	document = append(document, '<')
	document = appendURI(document, l.Target)
	document = append(document, '>')
	for i := range l.Attributes {
		document = l.Attributes[i].appendTo(document)
	}
	return document
}

func (a *Attribute) appendTo(buf []byte) []byte {
	buf = append(append(buf, ';'), a.Name...)
	switch {
	case a.Bare:
		return buf
	case a.isToken():
		return append(append(buf, '='), a.Value...)
	}
	return appendQuoted(append(buf, '='), a.Value)
}

// isToken reports whether the value is written without quotes: an ext-value and a Language-Tag have none, a title and an
// anchor always (RFC 6690, section 2), and of the others numbers have none.
func (a *Attribute) isToken() bool {
	switch {
	case strings.HasSuffix(a.Name, "*"), oneOf(a.Name, "hreflang"):
		return isToken(a.Value)
	case oneOf(a.Name, "title", "anchor"):
		return false
	}
	return isCardinal(a.Value)
}

func isToken(s string) bool {
	for i := range len(s) {
		if !isTokenByte(s[i]) {
			return false
		}
	}
	return s != ""
}

func isCardinal(s string) bool {
	for i := range len(s) {
		if !isDigit(s[i]) {
			return false
		}
	}
	return s == "0" || s != "" && s[0] != '0'
}

func appendQuoted(buf []byte, s string) []byte {
	buf = append(buf, '"')
	for i := range len(s) {
		if c := s[i]; c < ' ' || c == 0x7f || c == '"' || c == '\\' {
			buf = append(buf, '\\')
		}
		buf = append(buf, s[i])
	}
	return append(buf, '"')
}

// appendURI percent-encodes what a URI reference cannot hold as it is (RFC 3986, section 2).
func appendURI(buf []byte, s string) []byte {
	for i := range len(s) {
		c := s[i]
		if isURIByte(c) || c == '%' && isEncoded(s[i:]) {
			buf = append(buf, c)
		} else {
			buf = appendEncoded(buf, c)
		}
	}
	return buf
}

// EncodePath percent-encodes what the path of a URI cannot hold as it is (RFC 3986, section 3.3); a % as well, since path
// is not encoded yet. Slashes stay.
func EncodePath(path string) string {
	buf := make([]byte, 0, len(path))
	for i := range len(path) {
		if c := path[i]; isURIByte(c) && c != '?' && c != '#' && c != '[' && c != ']' {
			buf = append(buf, c)
		} else {
			buf = appendEncoded(buf, c)
		}
	}
	return string(buf)
}

func appendEncoded(buf []byte, c byte) []byte {
	const digits = "0123456789ABCDEF"
	return append(buf, '%', digits[c>>4], digits[c&15])
}

// isURIByte: unreserved, gen-delims and sub-delims of RFC 3986.
func isURIByte(c byte) bool {
	return isAlphanumeric(c) || strings.IndexByte("-._~:/?#[]@!$&'()*+,;=", c) >= 0
}

// isEncoded reports whether s begins with a percent-encoded byte.
func isEncoded(s string) bool {
	return len(s) >= 3 && s[0] == '%' && isHex(s[1]) && isHex(s[2])
}

func isHex(c byte) bool { return isDigit(c) || c|0x20 >= 'a' && c|0x20 <= 'f' }

// decoded returns s without percent-encoding.
func decoded(s string) string {
	if strings.IndexByte(s, '%') < 0 {
		return s
	}
	buf := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if isEncoded(s[i:]) {
			buf = append(buf, nibble(s[i+1])<<4|nibble(s[i+2]))
			i += 2
		} else {
			buf = append(buf, s[i])
		}
	}
	return string(buf)
}

func nibble(c byte) byte {
	if isDigit(c) {
		return c - '0'
	}
	return c | 0x20 - 'a' + 10
}
