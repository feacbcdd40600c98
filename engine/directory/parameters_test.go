package directory

import (
	"net/netip"
	"strings"
	"testing"
	"unicode/utf8"

	"sluice/engine/linkformat"
)

// TestOriginBase: RFC 9176, section 5, and RFC 7252, section 6.5.
func TestOriginBase(t *testing.T) {
	for _, c := range []struct{ scheme, addr, base, link string }{
		{"coap", "192.0.2.1:5683", "coap://192.0.2.1", ""},
		{"coap", "192.0.2.1:61616", "coap://192.0.2.1:61616", ""},
		{"coap", "[2001:db8:f0::1]:5683", "coap://[2001:db8:f0::1]", ""},
		{"coap", "[::ffff:192.0.2.1]:1", "coap://192.0.2.1:1", ""},
		{"coaps", "192.0.2.1:5684", "coaps://192.0.2.1", ""},
		{"coaps", "192.0.2.1:5683", "coaps://192.0.2.1:5683", ""},
		{"coap+tcp", "192.0.2.1:5683", "coap+tcp://192.0.2.1", ""},
		{"coaps+tcp", "192.0.2.1:5684", "coaps+tcp://192.0.2.1", ""},
		{"coap+ws", "192.0.2.1:80", "coap+ws://192.0.2.1", ""},
		{"coaps+ws", "192.0.2.1:443", "coaps+ws://192.0.2.1", ""},
		{"coap", "[fe80::1%eth0]:5683", "coap://[fe80::1]", "IPv6%eth0"},
		{"coap", "169.254.7.7:5683", "coap://169.254.7.7", "IPv4"},
	} {
		o := origin{c.scheme, netip.MustParseAddrPort(c.addr)}
		if got := o.base(); got != c.base {
			t.Errorf("%s %s: base %s, want %s", c.scheme, c.addr, got, c.base)
		}
		if got := o.link(); got != c.link {
			t.Errorf("%s: link %q, want %q", c.addr, got, c.link)
		}
		if _, refused := checkBase(c.base, o); refused != nil {
			t.Errorf("%s is refused: %v", c.base, refused)
		}
	}
}

func TestBaseOfALink(t *testing.T) {
	onLink := origin{"coap", netip.MustParseAddrPort("[fe80::2%eth0]:1")}
	for base, want := range map[string]string{
		"coap://[fe80::1]": "IPv6%eth0", "coap://[2001:db8::1]": "", "coap://host": "",
	} {
		if link, refused := checkBase(base, onLink); refused != nil || link != want {
			t.Errorf("%s: %q %v, want %q", base, link, refused, want)
		}
	}
	for _, base := range []string{"coap://169.254.1.1", "coap://[fe80::1%25eth0]"} {
		if _, refused := checkBase(base, onLink); refused == nil {
			t.Errorf("%s is taken", base)
		}
	}
}

// FuzzParameters: what is taken holds what RFC 9176 says of it.
func FuzzParameters(f *testing.F) {
	for _, s := range []string{"ep=x&d=s&lt=60&base=coap://h&et=a&et=b&Q", "ep=\x00", "lt=4294967296", "base=coap://[fe80::1%25e]", "=&a=\xff"} {
		f.Add(s)
	}
	o := origin{"coap", netip.MustParseAddrPort("[fe80::2%eth0]:1")}
	f.Fuzz(func(t *testing.T, query string) {
		p, refused := parseParameters(strings.Split(query, "&"))
		if refused != nil {
			return
		}
		for _, name := range []*string{p.endpoint, p.sector} {
			if name != nil && (len(*name) > maxName || !utf8.ValidString(*name) || strings.ContainsAny(*name, "\x00\x1f\x7f\u0080\u009f")) {
				t.Errorf("%q gives %q", query, *name)
			}
		}
		r := registration{key: key{"x", ""}, id: "aaaaaaaa", lifetime: defaultLifetime}
		if refused := r.apply(&p, o, nil); refused != nil {
			return
		}
		r.complete()
		document := string(r.self.AppendTo(nil))
		links, err := linkformat.Parse(document, linkformat.Limits{Attributes: 2 * maxAttributes})
		if err != nil || len(links) != 1 {
			t.Fatalf("%q is shown as %s: %v", query, document, err)
		}
		if base := linkformat.ParseReference(r.base); base.Scheme == "" || base.Authority == "" {
			t.Errorf("%q: base %q", query, r.base)
		}
	})
}
