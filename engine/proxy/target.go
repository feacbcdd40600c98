package proxy

import (
	"errors"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"

	"sluice/engine/coap"
	"sluice/engine/linkformat"
	"sluice/engine/settings"
)

// Target is the URI that a request asks a proxy for, taken apart (RFC 7252, section 6.4).
type Target struct {
	Scheme string // coap or coaps
	Host   string // in lower case; an IPv6 address without brackets
	Port   uint16
	// Path and Query are the segments and arguments, not encoded.
	Path, Query []string
}

// Refusal is why a request cannot be passed on, with the code that says so.
type Refusal struct {
	Code codes.Code
	Text string
}

// Error is the diagnostic payload.
func (r *Refusal) Error() string { return r.Text }

// Proxied reports whether a request is for a forward proxy (RFC 7252, section 5.10.2).
func Proxied(r *coap.Request) bool { return r.Has(message.ProxyURI) || r.Has(message.ProxyScheme) }

// TargetOf reads the target of a proxied request. Proxy-Uri counts before the other options. Without Uri-Port the port is
// the default one of Proxy-Scheme; without Uri-Host there is no target, for that would be the proxy itself.
func TargetOf(r *coap.Request) (*Target, *Refusal) {
	var scheme, host, port string
	t := &Target{}
	for _, o := range r.Options {
		switch value := string(o.Value); o.ID {
		case message.ProxyURI:
			return ParseTarget(value)
		case message.ProxyScheme:
			scheme = strings.ToLower(value)
		case message.URIHost:
			host = value
		case message.URIPort:
			v, _ := r.Uint(message.URIPort)
			port = strconv.FormatUint(uint64(v), 10)
		case message.URIPath:
			t.Path = append(t.Path, value)
		case message.URIQuery:
			t.Query = append(t.Query, value)
		}
	}
	if strings.Contains(host, ":") && !strings.HasPrefix(host, "[") {
		host = "[" + host + "]"
	}
	return t, t.setAuthority(scheme, host, port)
}

// ParseTarget reads an absolute URI.
func ParseTarget(uri string) (*Target, *Refusal) {
	ref := linkformat.ParseReference(uri)
	t := &Target{}
	switch {
	case ref.Scheme == "" || !ref.HasAuthority || ref.HasFragment || strings.Contains(ref.Authority, "@"):
		return nil, &Refusal{codes.BadRequest, "the target is not an absolute URI without user and fragment"}
	}
	var err1, err2 error
	if path := strings.TrimPrefix(ref.Path, "/"); path != "" {
		t.Path, err1 = decodeAll(strings.Split(path, "/"))
	}
	if ref.HasQuery && ref.Query != "" {
		t.Query, err2 = decodeAll(strings.Split(ref.Query, "&"))
	}
	if errors.Join(err1, err2) != nil {
		return nil, &Refusal{codes.BadRequest, "the target has a bad percent-encoding or a part longer than 255 bytes"}
	}
	host, port := ref.Authority, ""
	if at := strings.LastIndexByte(host, ':'); at > strings.LastIndexByte(host, ']') {
		host, port = host[:at], host[at+1:]
	}
	if decoded, err := url.PathUnescape(host); err == nil {
		host = decoded
	}
	return t, t.setAuthority(strings.ToLower(ref.Scheme), host, port)
}

// maxPart is the longest Uri-Path, Uri-Query or Uri-Host.
const maxPart = 255

func decodeAll(parts []string) ([]string, error) {
	for i, part := range parts {
		decoded, err := url.PathUnescape(part)
		if err != nil {
			return nil, err
		}
		if len(decoded) > maxPart {
			return nil, errors.New("too long")
		}
		parts[i] = decoded
	}
	return parts, nil
}

func (t *Target) setAuthority(scheme, host, port string) *Refusal {
	if scheme != "coap" && scheme != "coaps" {
		return &Refusal{codes.ProxyingNotSupported, "the proxy asks by coap and coaps only"}
	}
	t.Scheme, t.Port = scheme, settings.DefaultPort(scheme)
	if port != "" {
		n, err := strconv.ParseUint(port, 10, 16)
		if err != nil || n == 0 {
			return &Refusal{codes.BadRequest, "the target has no port from 1 to 65535"}
		}
		t.Port = uint16(n)
	}
	t.Host = strings.ToLower(host)
	if literal, ok := strings.CutPrefix(t.Host, "["); ok {
		t.Host = strings.TrimSuffix(literal, "]")
		if addr, err := netip.ParseAddr(t.Host); err != nil || !addr.Is6() || addr.Zone() != "" {
			return &Refusal{codes.BadRequest, "the target has a bad IPv6 address"}
		}
	}
	if t.Host == "" || len(t.Host) > maxPart || strings.ContainsAny(t.Host, " /?#\x00") {
		return &Refusal{codes.BadRequest, "the target has no host"}
	}
	return nil
}

// Authority is host and port.
func (t *Target) Authority() string {
	host := t.Host
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	return host + ":" + strconv.Itoa(int(t.Port))
}

// Topic is what access rules call the target: proxy/SCHEME/HOST:PORT/PATH.
func (t *Target) Topic() string {
	return strings.Join(append([]string{"proxy", t.Scheme, t.Authority()}, t.Path...), "/")
}

// literal is the address that the host is, unless it is a name.
func (t *Target) literal() (netip.Addr, bool) {
	addr, err := netip.ParseAddr(t.Host)
	return addr.Unmap(), err == nil
}

// options are Uri-Host, Uri-Path and Uri-Query of a request to the target (RFC 7252, section 6.4). Uri-Port is where the
// request is sent.
func (t *Target) options() (options message.Options) {
	if _, ok := t.literal(); !ok {
		options = append(options, message.Option{ID: message.URIHost, Value: []byte(t.Host)})
	}
	for _, segment := range t.Path {
		options = append(options, message.Option{ID: message.URIPath, Value: []byte(segment)})
	}
	for _, argument := range t.Query {
		options = append(options, message.Option{ID: message.URIQuery, Value: []byte(argument)})
	}
	return options
}
