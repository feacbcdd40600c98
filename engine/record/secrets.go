package record

import (
	"net/url"
	"regexp"
	"strings"
)

// secretQueries are the query parameters whose values are secret: password and connection token, in the long and the
// short names of EMQX's gateway.
var secretQueries = map[string]bool{"password": true, "p": true, "token": true, "t": true}

// secretAt returns where in a query the value of a secret begins, -1 if there is none. All that follows it counts as
// secret, because a password may hold any character.
func secretAt(query string) int {
	start := 0
	for {
		part := query[start:]
		if end := strings.IndexByte(part, '&'); end >= 0 {
			part = part[:end]
		}
		name, _, given := strings.Cut(part, "=")
		if given && secretQueries[unescaped(name)] {
			return start + len(name) + 1
		}
		if start += len(part) + 1; start > len(query) {
			return -1
		}
	}
}

func unescaped(name string) string {
	if plain, err := url.PathUnescape(name); err == nil {
		return plain
	}
	return name
}

// hideQuery returns query with its secrets masked; offset is where it stands in the frame.
func (d *decoder) hideQuery(query string, offset int) string {
	at := secretAt(query)
	if at < 0 {
		return printable(query)
	}
	d.mask(offset+at, offset+len(query))
	return printable(query[:at]) + masked
}

// looksSecret finds what may be a secret in bytes that could not be parsed.
var looksSecret = regexp.MustCompile(`(?:^|[^A-Za-z0-9])(?:password|p|token|t)=`)

// hideRest masks whatever may be secret from offset to the end.
func (d *decoder) hideRest(offset int) {
	if offset >= len(d.data) {
		return
	}
	if found := looksSecret.FindIndex(d.data[offset:]); found != nil {
		d.mask(offset+found[1], len(d.data))
	}
}
