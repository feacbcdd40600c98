package linkformat

import (
	"errors"
	"strings"
	"testing"
)

// TestParse reads what section 2 of RFC 6690 allows, and what devices send beyond it.
func TestParse(t *testing.T) {
	for _, c := range []struct{ name, document, canonical string }{
		{"nothing", "", ""},
		{"a target", "</sensors>", "</sensors>"},
		{"an empty target", "<>", "<>"},
		{"a URI", "<coap://[2001:db8::1]:61616/a?b#c>", "<coap://[2001:db8::1]:61616/a?b#c>"},
		{"RFC 6690, section 5", `</sensors>;ct=40;title="Sensor Index",` +
			`</sensors/temp>;rt="temperature-c";if="sensor",` +
			`<http://www.example.com/sensors/t123>;anchor="/sensors/temp";rel="describedby",` +
			`</firmware/v2.1>;rt="firmware";sz=262144`,
			`</sensors>;ct=40;title="Sensor Index",` +
				`</sensors/temp>;rt="temperature-c";if="sensor",` +
				`<http://www.example.com/sensors/t123>;anchor="/sensors/temp";rel="describedby",` +
				`</firmware/v2.1>;rt="firmware";sz=262144`},
		{"tokens", "</t>;rt=temperature-c;if=sensor;rel=a:b/<c>=d", `</t>;rt="temperature-c";if="sensor";rel="a:b/<c>=d"`},
		{"numbers", `</t>;sz="0";ct="40";x=007;y=5`, `</t>;sz=0;ct=40;x="007";y=5`},
		{"several values", `</t>;rt="a b c";ct="0 41"`, `</t>;rt="a b c";ct="0 41"`},
		{"no value", "</t>;obs;hidden", "</t>;obs;hidden"},
		{"escapes", `</t>;title="a\"b\\c\d"`, `</t>;title="a\"b\\cd"`},
		{"separators in quotes", `</t>;title="a,b;c<d>=e"`, `</t>;title="a,b;c<d>=e"`},
		{"a quoted number as title", `</t>;title="5"`, `</t>;title="5"`},
		{"an extended value", "</t>;title*=UTF-8'de'z%c3%bcrich", "</t>;title*=UTF-8'de'z%c3%bcrich"},
		{"a language", "</t>;hreflang=de-CH", "</t>;hreflang=de-CH"},
		{"UTF-8", `</t>;title="Zürich"`, `</t>;title="Zürich"`},
		{"a repeated extension", `</t>;et=a;et=b`, `</t>;et="a";et="b"`},
		{"a repeated rt, if, sz, ct, title, rel, obs", `</t>;rt=a;rt=b;if=a;if=b;sz=1;sz=2;ct=1;ct=2;title="a";title="b";rel=a;rel=b;obs;obs`,
			`</t>;rt="a";if="a";sz=1;ct=1;title="a";rel="a";obs`},
		{"a repeated rt in other case", `</t>;RT=a;rt=b`, `</t>;RT="a"`},
		{"white space around everything", " </a> ; rt = \"x\" ; obs ,\r\n\t</b> ", `</a>;rt="x";obs,</b>`},
		{"separators without anything between them", ",</a>;;obs;,,</b>,", "</a>;obs,</b>"},
		{"= without a value", "</a>;rt=;if=x", `</a>;rt="";if="x"`},
		{"a line break in quotes", "</a>;title=\"b\nc\"", "</a>;title=\"b\\\nc\""},
		{"a target that is no URI", "</a b/ü/%zz/%2f>", "</a%20b/%C3%BC/%25zz/%2f>"},
	} {
		links, err := Parse(c.document, Limits{})
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if got := string(Encode(links)); got != c.canonical {
			t.Errorf("%s: %s\n   is %s\n want %s", c.name, c.document, got, c.canonical)
		}
	}
}

func TestParseErrors(t *testing.T) {
	for _, c := range []struct {
		document string
		offset   int
		problem  string
	}{
		{"x", 0, "a link begins with <"},
		{"</a>,x", 5, "a link begins with <"},
		{"</a", 3, "the target does not end with >"},
		{"</a;rt=x,</b>", 9, "the target does not end with >"},
		{"</a\x00>", 3, "the target does not end with >"},
		{"</a>x", 4, "neither ; nor , after a target or attribute"},
		{"</a>;rt=x y", 10, "neither ; nor , after a target or attribute"},
		{`</a>;rt=x"y"`, 9, "neither ; nor , after a target or attribute"},
		{"</a>;=x", 5, "no attribute name"},
		{"</a>;*=x", 5, "no attribute name"},
		{`</a>;rt="x`, 8, "the quoted string does not end"},
		{`</a>;rt="x\`, 8, "the quoted string does not end"},
		{`</a>;rt="x\"`, 8, "the quoted string does not end"},
		{"</a>;rt=\"x\x01\"", 10, "a control character in a quoted string"},
		{"</a>,<\xff>", 6, "not UTF-8"},
		{"</\uFFFD>,<\xff>", 8, "not UTF-8"},
	} {
		_, err := Parse(c.document, Limits{})
		var syntax *SyntaxError
		if !errors.As(err, &syntax) || syntax.Offset != c.offset || syntax.Problem.Error() != c.problem {
			t.Errorf("%q: %v, want byte %d: %s", c.document, err, c.offset, c.problem)
		}
	}
}

func TestParseLimits(t *testing.T) {
	for _, c := range []struct {
		document string
		limits   Limits
		want     string
	}{
		{"</a>", Limits{Bytes: 3}, "link format: more than 3 bytes"},
		{"</a>,</b>", Limits{Links: 1}, "link format: more than 1 links"},
		{"</a>;b;c", Limits{Attributes: 1}, "link format: more than 1 attributes of a link"},
		{"</a>;" + strings.Repeat("b;", 65), Limits{}, "link format: more than 64 attributes of a link"},
	} {
		_, err := Parse(c.document, c.limits)
		var limit *LimitError
		if !errors.As(err, &limit) || err.Error() != c.want {
			t.Errorf("%q: %v, want %s", c.document, err, c.want)
		}
	}
	if _, err := Parse("</a>,</b>;c;d", Limits{Bytes: 13, Links: 2, Attributes: 2}); err != nil {
		t.Error(err)
	}
	links, err := Parse("</a>;rt=x;rt=y;if=z", Limits{Attributes: 2})
	if err != nil || links[0].Repeated != 1 {
		t.Errorf("%+v %v", links, err)
	}
}

func TestAttributes(t *testing.T) {
	l := Link{Target: "/a"}
	l.Add("rt", "x y")
	l.AddUint("ct", 40)
	l.AddBare("obs")
	l.Set("rt", "z")
	l.Set("base", "coap://h")
	if got, want := string(l.AppendTo([]byte("</b>"))), `</b>,</a>;rt="z";ct=40;obs;base="coap://h"`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	for name, want := range map[string]string{"rt": "z", "RT": "z", "obs": ""} {
		if got, ok := l.Get(name); !ok || got != want {
			t.Errorf("%s: %q %v", name, got, ok)
		}
	}
	if _, ok := l.Get("if"); ok {
		t.Error("there is no if")
	}
	for name, want := range map[string]bool{"rt": true, "title*": true, "a.b-c": true, "": false, "*": false, "a b": false, "a=b": false, "ü": false} {
		if ValidName(name) != want {
			t.Errorf("%q: %v", name, !want)
		}
	}
}

func TestEncodePath(t *testing.T) {
	if got, want := EncodePath("/ps/a b?c#d%20/ü"), "/ps/a%20b%3Fc%23d%2520/%C3%BC"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// FuzzParse: nothing panics, and the canonical form is one.
func FuzzParse(f *testing.F) {
	for _, s := range []string{
		"", "</a>;rt=\"x y\";ct=40;obs,<b>", `<>;title="\"\\";title*=UTF-8''%c3`, "</a b%zz%2f>;x=;y=007", "</a>;\"", "<\xff>",
		"</a>;t=\"\\\x00\n\"",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		links, err := Parse(s, Limits{})
		if err != nil {
			return
		}
		once := string(Encode(links))
		again, err := Parse(once, Limits{Bytes: len(once)})
		if err != nil {
			t.Fatalf("%q is written as %q: %v", s, once, err)
		}
		if twice := string(Encode(again)); twice != once {
			t.Fatalf("%q, and then %q", once, twice)
		}
		if len(again) != len(links) {
			t.Fatalf("%d links, and then %d", len(links), len(again))
		}
		_ = CheckLimited(links)
		base := ParseReference("coap://host/a/b")
		for i := range links {
			resolved := links[i].Resolve(base)
			filter := ParseFilter("href=" + resolved.Target)
			if !filter.Prefix && !filter.Match(&resolved) {
				t.Fatalf("%q does not match itself", resolved.Target)
			}
		}
	})
}
