package collection

import (
	"regexp"
	"strings"
	"testing"
	"time"
)

func TestExpand(t *testing.T) {
	f := parsed(t, `@host = h
@host[plant] = p
@base = coap://{{host}}
@stable = {{random 1 1000000}}
@loop = {{pool}}
@pool = {{loop}}
@given = file
@saved = file
`)
	s := NewScope("plant", map[string]string{"given": "line"})
	s.Now = func() time.Time { return time.Date(2026, 11, 24, 8, 0, 0, 5e6, time.UTC) }
	s.Getenv = func(name string) (string, bool) { return "secret", name == "PASSWORD" }
	s.Add(f)
	s.Set("saved", "answer")
	s.Set("given", "answer")
	for _, c := range []struct{ text, want string }{
		{"plain {x} {{", "plain {x} {{"}, {"{{base}}/a", "coap://p/a"}, {"{{ host }}", "p"}, {`\{{host}}`, "{{host}}"},
		{"{{given}} {{saved}}", "line answer"}, {"{{now}}", "2026-11-24T08:00:00Z"}, {"{{now unix}} {{now unixms}}", "1795507200 1795507200005"},
		{"{{getenv PASSWORD}}", "secret"}, {"{{random 5 5}} {{random 1.50 1.5}} {{random -3 -3}}", "5 1.50 -3"}, {"{{counter}} {{counter}}", "1 1"},
	} {
		if got, err := s.Expand(c.text); err != nil || got != c.want {
			t.Errorf("%s is %q, %v; want %q", c.text, got, err, c.want)
		}
	}
	s.next()
	if got, err := s.Expand("{{counter}}"); err != nil || got != "2" {
		t.Errorf("the second request is %s, %v", got, err)
	}
	for _, c := range []struct{ text, want string }{
		{"{{none}}", "{{none}} has no value"}, {"{{loop}}", "stands for itself"}, {"{{getenv HOME}}", "HOME is not in the environment"},
		{"{{random 2 1}}", "needs two numbers"}, {"{{now then}}", "is neither now"}, {"{{counter 1}}", "needs other arguments"}, {"{{a b}}", "is neither a variable"},
	} {
		if got, err := s.Expand(c.text); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s is %q, %v; want %s", c.text, got, err, c.want)
		}
	}
	s.CommandLine = true
	if _, err := s.Value("none"); err == nil || !strings.HasSuffix(err.Error(), "give it one by @none = VALUE or --var none=VALUE") {
		t.Errorf("on the command line: %v", err)
	}
	first, _ := s.Value("stable")
	if again, _ := s.Value("stable"); first == "" || again != first {
		t.Errorf("%s became %s", first, again)
	}
	for range 100 {
		if got, err := s.Expand("{{random 20.0 25.0}}"); err != nil || !regexp.MustCompile(`^(2[0-4]\.[0-9]|25\.0)$`).MatchString(got) {
			t.Fatalf("random is %s, %v", got, err)
		}
	}
	if got, _ := s.Expand("{{uuid}}"); !regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`).MatchString(got) {
		t.Errorf("uuid is %s", got)
	}
}

func TestURI(t *testing.T) {
	s := NewScope("", map[string]string{"host": "h:1", "path": "/ps/a b", "v": "x&y=z/?%", "base": "coap://[::1]"})
	for _, c := range []struct{ text, endpoint, options string }{
		{"coap://192.0.2.1", "coap://192.0.2.1:5683", ""},
		{"coaps://192.0.2.1/", "coaps://192.0.2.1:5684", ""},
		{"{{base}}/a?b", "coap://[::1]:5683", "Uri-Path=a Uri-Query=b"},
		{"coap://{{host}}{{path}}/c/", "coap://h:1", "Uri-Host=h Uri-Path=ps Uri-Path=a b Uri-Path=c Uri-Path="},
		{"coap://192.0.2.1//a%2Fb?c=d&e={{v}}&f", "coap://192.0.2.1:5683", "Uri-Path= Uri-Path=a/b Uri-Query=c=d Uri-Query=e=x&y=z/?% Uri-Query=f"},
		{"coap://[fe80::1%25eth0]:7", "coap://[fe80::1%eth0]:7", ""},
	} {
		text, err := s.expandURI(c.text)
		if err != nil {
			t.Errorf("%s: %v", c.text, err)
			continue
		}
		endpoint, options, err := parseURI(text)
		var got []string
		for _, o := range options {
			d := DescribeOption(o)
			got = append(got, d.Name+"="+d.Value)
		}
		if err != nil || endpoint.String() != c.endpoint || strings.Join(got, " ") != c.options {
			t.Errorf("%s goes to %s with %q, %v", c.text, endpoint, got, err)
		}
	}
	for _, text := range []string{"http://h", "h/a", "coap://", "coap://h:0", "coap://h:x", "coap://u@h", "coap://h/#f", "coap://h/%zz", "coap://h?%", "coap://a b", "coap://a:b:c"} {
		if endpoint, _, err := parseURI(text); err == nil {
			t.Errorf("%s goes to %s", text, endpoint)
		}
	}
}

func TestOptions(t *testing.T) {
	for _, c := range []struct{ name, value, bytes, described string }{
		{"Content-Format", "application/json", "32", "application/json"}, {"content-format", "0", "", "text/plain;charset=utf-8"},
		{"Accept", "606", "025e", "606"}, {"Max-Age", "60", "3c", "60"}, {"Observe", "0x00", "00", "0x00"}, {"Block2", "2/1/64", "2a", "2/1/64"},
		{"Block1", "10", "0a", "0/1/64"}, {"If-None-Match", "", "", ""}, {"ETag", "0xab01", "ab01", "0xab01"}, {"If-Match", "ab", "6162", "0x6162"},
		{"Uri-Path", "0x01", "30783031", "0x01"}, {"Option-65001", "", "", ""}, {"Option-12", "50", "32", "application/json"},
		{"Size1", "4294967296", "0100000000", "4294967296"}, {"Proxy-Scheme", "coap", "636f6170", "coap"},
	} {
		o, err := Option{c.name, c.value}.encode()
		if err != nil || hexText(o.Value) != c.bytes || DescribeOption(o).Value != c.described {
			t.Errorf("%s: %s is %x, %s, %v", c.name, c.value, o.Value, DescribeOption(o), err)
		}
	}
}

func hexText(b []byte) string {
	const digits = "0123456789abcdef"
	var out strings.Builder
	for _, c := range b {
		out.WriteByte(digits[c>>4])
		out.WriteByte(digits[c&15])
	}
	return out.String()
}

func TestOrderOfVariables(t *testing.T) {
	beside := parsed(t, "@a = 1\n@a[plant] = 2\n@b = 3\n@c[moon] = 4\n")
	own := parsed(t, "@a = 5\n@b = 6\n")
	for _, c := range []struct{ environment, want string }{{"", "5 6"}, {"plant", "2 6"}, {"moon", "5 6"}} {
		s := NewScope(c.environment, nil)
		s.Add(beside)
		s.Add(own)
		if got, err := s.Expand("{{a}} {{b}}"); err != nil || got != c.want {
			t.Errorf("in %q: %s, %v; want %s", c.environment, got, err, c.want)
		}
		if _, err := s.Value("c"); (err == nil) != (c.environment == "moon") {
			t.Errorf("in %q: %v", c.environment, err)
		}
	}
}

func TestAValueOfAnAnswerThatDidNotCome(t *testing.T) {
	f := parsed(t, "### Open\nPOST coap://h\nsave token = payload\n### Close\nDELETE coap://h?token={{token}}\n")
	s := NewScope("", nil)
	s.Add(f)
	if _, err := s.Value("token"); err == nil || !strings.Contains(err.Error(), `{{token}} has no value yet: the answer to "Open" gives it one`) {
		t.Errorf("%v", err)
	}
	s.Set("token", "1")
	if v, err := s.Value("token"); v != "1" || err != nil {
		t.Errorf("%q, %v", v, err)
	}
}
