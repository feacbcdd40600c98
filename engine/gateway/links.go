package gateway

import (
	"errors"
	"strconv"
	"strings"
)

var errLink = errors.New("not a link of the form <name>;ct=number")

// parseCreate reads the payload that creates a resource in EMQX 4: exactly one link (RFC 6690, section 2) with exactly
// one attribute, ct, as a number or a quoted number. The name is relative and percent-decoded.
func parseCreate(payload string) (name string, format uint16, err error) {
	target, rest, ok := strings.Cut(strings.TrimSpace(payload), ">")
	if !ok || !strings.HasPrefix(target, "<") {
		return "", 0, errLink
	}
	attribute, ok := strings.CutPrefix(strings.TrimSpace(rest), ";")
	if !ok {
		return "", 0, errLink
	}
	value, ok := strings.CutPrefix(strings.TrimSpace(attribute), "ct=")
	if !ok {
		return "", 0, errLink
	}
	if len(value) >= 2 && value[0] == '"' && value[len(value)-1] == '"' {
		value = value[1 : len(value)-1]
	}
	n, err := strconv.ParseUint(value, 10, 16)
	if err != nil {
		return "", 0, errLink
	}
	decoded, err := percentDecode([]byte(target[1:]))
	if err != nil || len(decoded) == 0 || decoded[0] == '/' || wild(decoded) || checkTopic(decoded) != nil {
		return "", 0, errLink
	}
	return string(decoded), uint16(n), nil
}

// link is one entry of a link-format document (RFC 6690).
type link struct {
	href       string
	format     uint16
	hasFormat  bool
	observable bool
}

// attribute returns a target attribute's value.
func (l *link) attribute(name string) (string, bool) {
	switch name {
	case "href":
		return l.href, true
	case "ct":
		return strconv.FormatUint(uint64(l.format), 10), l.hasFormat
	case "obs":
		return "", l.observable
	}
	return "", false
}

// matches applies one query filter, name=value or name=prefix* (RFC 6690, section 4.1).
func (l *link) matches(filter string) bool {
	name, want, _ := strings.Cut(filter, "=")
	got, ok := l.attribute(name)
	if !ok {
		return false
	}
	if prefix, found := strings.CutSuffix(want, "*"); found {
		return strings.HasPrefix(got, prefix)
	}
	return got == want
}

func (l *link) appendTo(buf []byte) []byte {
	if len(buf) > 0 {
		buf = append(buf, ',')
	}
	buf = append(buf, '<')
	buf = appendEscaped(buf, l.href)
	buf = append(buf, '>')
	if l.hasFormat {
		buf = strconv.AppendUint(append(buf, ";ct="...), uint64(l.format), 10)
	}
	if l.observable {
		buf = append(buf, ";obs"...)
	}
	return buf
}

// appendEscaped percent-encodes what a URI path cannot hold as it is (RFC 3986, section 3.3).
func appendEscaped(buf []byte, path string) []byte {
	const digits = "0123456789ABCDEF"
	for i := range len(path) {
		c := path[i]
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', strings.IndexByte("-._~!$&'()*+,;=:@/", c) >= 0:
			buf = append(buf, c)
		default:
			buf = append(buf, '%', digits[c>>4], digits[c&15])
		}
	}
	return buf
}
