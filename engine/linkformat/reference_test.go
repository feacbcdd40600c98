package linkformat

import (
	"strings"
	"testing"
)

// TestResolve has the examples of RFC 3986, section 5.4, and what CoAP needs beyond them.
func TestResolve(t *testing.T) {
	const rfc = "http://a/b/c/d;p?q"
	for _, c := range []struct{ base, reference, want string }{
		{rfc, "g:h", "g:h"}, {rfc, "g", "http://a/b/c/g"}, {rfc, "./g", "http://a/b/c/g"}, {rfc, "g/", "http://a/b/c/g/"},
		{rfc, "/g", "http://a/g"}, {rfc, "//g", "http://g"}, {rfc, "?y", "http://a/b/c/d;p?y"}, {rfc, "g?y", "http://a/b/c/g?y"},
		{rfc, "#s", "http://a/b/c/d;p?q#s"}, {rfc, "g#s", "http://a/b/c/g#s"}, {rfc, "g?y#s", "http://a/b/c/g?y#s"},
		{rfc, ";x", "http://a/b/c/;x"}, {rfc, "g;x", "http://a/b/c/g;x"}, {rfc, "g;x?y#s", "http://a/b/c/g;x?y#s"},
		{rfc, "", "http://a/b/c/d;p?q"}, {rfc, ".", "http://a/b/c/"}, {rfc, "./", "http://a/b/c/"}, {rfc, "..", "http://a/b/"},
		{rfc, "../", "http://a/b/"}, {rfc, "../g", "http://a/b/g"}, {rfc, "../..", "http://a/"}, {rfc, "../../", "http://a/"},
		{rfc, "../../g", "http://a/g"}, {rfc, "../../../g", "http://a/g"}, {rfc, "../../../../g", "http://a/g"},
		{rfc, "/./g", "http://a/g"}, {rfc, "/../g", "http://a/g"}, {rfc, "g.", "http://a/b/c/g."}, {rfc, ".g", "http://a/b/c/.g"},
		{rfc, "g..", "http://a/b/c/g.."}, {rfc, "..g", "http://a/b/c/..g"}, {rfc, "./../g", "http://a/b/g"},
		{rfc, "./g/.", "http://a/b/c/g/"}, {rfc, "g/./h", "http://a/b/c/g/h"}, {rfc, "g/../h", "http://a/b/c/h"},
		{rfc, "g;x=1/./y", "http://a/b/c/g;x=1/y"}, {rfc, "g;x=1/../y", "http://a/b/c/y"},
		{rfc, "g?y/./x", "http://a/b/c/g?y/./x"}, {rfc, "g#s/../x", "http://a/b/c/g#s/../x"}, {rfc, "http:g", "http:g"},
		{"coap://[2001:db8:3::123]:61616", "/temp", "coap://[2001:db8:3::123]:61616/temp"},
		{"coap://host", "temp", "coap://host/temp"},
		{"coap://host", "", "coap://host"},
		{"coap+tcp://host", "/a:b", "coap+tcp://host/a:b"},
		{"coap://host", "a?b:c", "coap://host/a?b:c"},
	} {
		if got := ParseReference(c.base).Resolve(ParseReference(c.reference)).String(); got != c.want {
			t.Errorf("%s at %s: %s, want %s", c.reference, c.base, got, c.want)
		}
	}
}

func TestLinkResolve(t *testing.T) {
	links, err := Parse(`</t>;anchor="/sensors/temp";rel=alternate,<http://h/../x>;anchor="coap://i/./y",</z>;anchor="",</u>`, Limits{})
	if err != nil {
		t.Fatal(err)
	}
	base := ParseReference("coap://s.example")
	var document []byte
	for i := range links {
		l := links[i].Resolve(base)
		document = l.AppendTo(document)
	}
	want := `<coap://s.example/t>;anchor="coap://s.example/sensors/temp";rel="alternate",` +
		`<http://h/../x>;anchor="coap://i/./y",<coap://s.example/z>;anchor="coap://s.example",<coap://s.example/u>`
	if string(document) != want {
		t.Errorf("%s\nwant %s", document, want)
	}
	if links[0].Attributes[0].Value != "/sensors/temp" {
		t.Error("the link itself was changed")
	}
}

func TestCheckLimited(t *testing.T) {
	for document, want := range map[string]string{
		`</a>,<coap://h/b>;anchor="/c",<tag:x>;anchor="http://d",</>;anchor=""`: "",
		"<a>":               "link 1: the target <a> is neither a URI nor begins with a single slash",
		"</a>,<//h/b>":      "link 2: the target <//h/b> is neither a URI nor begins with a single slash",
		"<>":                "link 1: the target <> is neither a URI nor begins with a single slash",
		`</a>;anchor="b"`:   `link 1: the anchor "b" is neither a URI nor begins with a single slash`,
		`</a>;anchor="?b:"`: `link 1: the anchor "?b:" is neither a URI nor begins with a single slash`,
	} {
		links, err := Parse(document, Limits{})
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if err := CheckLimited(links); err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%s: %s, want %s", document, got, want)
		}
	}
}

// FuzzReference: a reference is put together as it was, and resolving one that is resolved changes nothing.
func FuzzReference(f *testing.F) {
	for _, s := range []string{"", "//h?q#f", "coap://[::1]:5683/a/../b/./c?x#y", "../../g;x=1/./y", "a:b", "?", "#", "/..", "//", "x/..//y"} {
		f.Add("coap://host/a/b?q", s)
		f.Add(s, "../c")
	}
	f.Fuzz(func(t *testing.T, base, s string) {
		reference := ParseReference(s)
		if reference.String() != s {
			t.Fatalf("%q is put together as %q", s, reference)
		}
		root := ParseReference(base)
		if root.Scheme == "" {
			return
		}
		root = root.Resolve(root) // its own dot segments would stay
		resolved := root.Resolve(reference)
		if again := resolved.Resolve(resolved); again != resolved {
			t.Fatalf("%q, and then %q", resolved, again)
		}
		if IsURI(s) && !strings.HasPrefix(s, resolved.Scheme+":") {
			t.Fatalf("%q resolves to %q", s, resolved)
		}
	})
}
