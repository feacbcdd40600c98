package collection

import "testing"

func TestParseRequest(t *testing.T) {
	for _, c := range []struct{ text, problem string }{
		{"### a\nGET coap://h/a\n", ""},
		{"###\nAWAIT messages\n", ""}, // of an observation that another request begins
		{"### a\nPUT coap://h/a\npayload json\n\n{\"a\":1}\n", ""},
		{"GET coap://h/a\n", ":1: a request begins with ### and its title"},
		{"### a\nGET coap://h\n### b\nGET coap://h\n", ":3: another request begins; this one ends before"},
		{"### a\n", ":1: the request has no line METHOD URI"},
		{"### \xff", ": is not UTF-8"},
	} {
		r, err := ParseRequest(c.text)
		switch {
		case c.problem == "" && (err != nil || r.String() != c.text):
			t.Errorf("%q: %v", c.text, err)
		case c.problem != "" && (err == nil || err.Error() != c.problem):
			t.Errorf("%q: %v, not %s", c.text, err, c.problem)
		}
	}
}
