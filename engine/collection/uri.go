package collection

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"github.com/plgd-dev/go-coap/v3/message"

	"sluice/engine/mistakes"
)

// expandURI replaces the placeholders of a URI. Values in the path and the query are escaped: one in the path may hold
// slashes, one in the query no & and =.
func (s *Scope) expandURI(text string) (string, error) {
	authority, path, query := splitURI(text)
	var b strings.Builder
	for _, part := range []struct {
		text   string
		escape func(string) string
	}{{authority, nil}, {path, escapePath}, {query, escapeQuery}} {
		expanded, err := s.expand(part.text, part.escape, 0)
		if err != nil {
			return "", err
		}
		b.WriteString(expanded)
	}
	return b.String(), nil
}

// splitURI cuts a URI before its path and before its query.
func splitURI(text string) (authority, path, query string) {
	start := strings.Index(text, "://")
	if start < 0 {
		start = 0
	} else {
		start += len("://")
	}
	if at := strings.IndexAny(text[start:], "/?"); at >= 0 {
		authority, path = text[:start+at], text[start+at:]
	} else {
		authority = text
	}
	if at := strings.IndexByte(path, '?'); at >= 0 {
		path, query = path[:at], path[at:]
	}
	return authority, path, query
}

// escapePath escapes what may not stand in a path (RFC 3986, section 3.3).
func escapePath(s string) string { return escape(s, "/:@!$&'()*+,;=") }

// escapeQuery escapes what may not stand in the value of a parameter.
func escapeQuery(s string) string { return escape(s, "/:@!$'()*+,;?") }

func escape(s, alsoPlain string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("-._~"+alsoPlain, c) >= 0 {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

// hostForm is that of names; addresses are read as such.
var hostForm = regexp.MustCompile(`^[\pL\pN._-]+$`)

// Endpoint is where a request goes.
type Endpoint struct {
	Scheme   string // coap, coaps, coap+tcp or coap+ws
	HostPort string // with a port
}

// String is the URI without path.
func (e Endpoint) String() string { return e.Scheme + "://" + e.HostPort }

// defaultPorts are those of the schemes (RFC 7252, section 6; RFC 8323, section 8).
var defaultPorts = map[string]string{"coap": "5683", "coaps": "5684", "coap+tcp": "5683", "coap+ws": "80"}

// parseURI takes a URI apart into where the request goes and its options (RFC 7252, section 6.4).
func parseURI(text string) (Endpoint, message.Options, error) {
	authority, path, query := splitURI(text)
	scheme, hostport, ok := strings.Cut(authority, "://")
	port := defaultPorts[scheme]
	switch {
	case scheme == "coaps+tcp" || scheme == "coaps+ws":
		return Endpoint{}, nil, mistakes.Errorf("%q: %s is not spoken, but coap, coaps, coap+tcp and coap+ws are", text, scheme)
	case !ok || port == "":
		return Endpoint{}, nil, mistakes.Errorf("%q does not begin with coap://, coaps://, coap+tcp:// or coap+ws://", text)
	case strings.Contains(text, "#"):
		return Endpoint{}, nil, mistakes.Errorf("%q has a fragment, which no request has", text)
	case strings.Contains(hostport, "@"):
		return Endpoint{}, nil, mistakes.Errorf("%q has a user name, which URIs of CoAP do not have", text)
	}
	host := hostport
	if h, p, err := net.SplitHostPort(hostport); err == nil {
		host, port = h, p
	} else if h, found := strings.CutPrefix(hostport, "["); found && strings.HasSuffix(h, "]") {
		host = strings.TrimSuffix(h, "]")
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return Endpoint{}, nil, mistakes.Errorf("%q has the port %q, but ports are whole numbers from 1 to 65535", text, port)
	}
	host, err := unescapeHost(host)
	_, notAddress := netip.ParseAddr(host)
	if strings.HasPrefix(host, "[") {
		return Endpoint{}, nil, mistakes.Errorf("%q has a [ without its ], as in coap://[::1]:5683", text)
	}
	if err != nil || notAddress != nil && !hostForm.MatchString(host) {
		return Endpoint{}, nil, mistakes.Errorf("%q has the host %q, which is neither an address nor a name", text, host)
	}
	var options message.Options
	if notAddress != nil {
		options = append(options, message.Option{ID: message.URIHost, Value: []byte(strings.ToLower(host))})
	}
	options, err = appendParts(options, path, query)
	if err != nil {
		return Endpoint{}, nil, mistakes.Errorf("%q: %w", text, err)
	}
	return Endpoint{scheme, net.JoinHostPort(host, port)}, options, nil
}

// unescapeHost reads a host. The zone of an address is taken as it is, as coap-client has it, too: fe80::1%eth0 besides
// fe80::1%25eth0 (RFC 6874).
func unescapeHost(host string) (string, error) {
	if address, zone, found := strings.Cut(host, "%"); found && strings.Contains(address, ":") {
		zone, err := url.PathUnescape(strings.TrimPrefix(zone, "25"))
		return address + "%" + zone, err
	}
	return url.PathUnescape(host)
}

// appendParts adds the options for a path and a query as they stand in a URI.
func appendParts(options message.Options, path, query string) (message.Options, error) {
	if path != "" && path != "/" {
		for segment := range strings.SplitSeq(path[1:], "/") {
			value, err := url.PathUnescape(segment)
			if err != nil {
				return nil, mistakes.New("the path has a % that escapes nothing")
			}
			options = append(options, message.Option{ID: message.URIPath, Value: []byte(value)})
		}
	}
	if query = strings.TrimPrefix(query, "?"); query != "" {
		for parameter := range strings.SplitSeq(query, "&") {
			value, err := url.PathUnescape(parameter)
			if err != nil {
				return nil, mistakes.New("the query has a % that escapes nothing")
			}
			options = append(options, message.Option{ID: message.URIQuery, Value: []byte(value)})
		}
	}
	return options, nil
}
