package collection

import (
	"fmt"
	"strings"
	"testing"
)

func TestPlaceholders(t *testing.T) {
	for _, c := range []struct{ text, found string }{
		{"coap://h/ps", ""},
		{"coap://{{host}}/{{ topic }}", "7-15 host variable, 16-27 topic variable"},
		{`\{{host}} {{now unix}}`, "10-22 now unix"},
		{"{{random 5 1}}", "0-14 random 5 1: {{random 5 1}} needs two numbers, the smaller one first"},
		{"{{counter}}{{uuid}}", "0-11 counter, 11-19 uuid"},
	} {
		var found []string
		for _, p := range Placeholders(c.text) {
			one := fmt.Sprintf("%d-%d %s", p.From, p.To, p.Expression)
			if p.Variable {
				one += " variable"
			}
			if p.Problem != nil {
				one += ": " + p.Problem.Error()
			}
			found = append(found, one)
		}
		if got := strings.Join(found, ", "); got != c.found {
			t.Errorf("%s: %s, not %s", c.text, got, c.found)
		}
	}
}

func TestCheckTarget(t *testing.T) {
	for _, c := range []struct {
		verb    Verb
		target  string
		problem string
	}{
		{GET, "coap://127.0.0.1/ps", ""},
		{GET, "coap://{{host}}", ""},
		{GET, "http://127.0.0.1", "coap://"},
		{GET, "", "needs a URI"},
		{PUT, "coap://h/a b", "space"},
		{GET, "coap://{{random 1}}", "other arguments"},
		{Wait, "soon", "duration"},
		{Wait, "5ms", ""},
		{Await, "messages", ""},
	} {
		err := CheckTarget(c.verb, c.target)
		if (err == nil) != (c.problem == "") || err != nil && !strings.Contains(err.Error(), c.problem) {
			t.Errorf("%s %s: %v, not %q", c.verb, c.target, err, c.problem)
		}
	}
}

func TestACloneGoesOnByItself(t *testing.T) {
	s := NewScope("", nil)
	s.Set("token", "1")
	c := s.Clone()
	c.Set("token", "2")
	if v, err := s.Value("token"); v != "1" || err != nil {
		t.Errorf("%q, %v", v, err)
	}
	if saved := c.Saved(); saved["token"] != "2" {
		t.Errorf("%v", saved)
	}
}
