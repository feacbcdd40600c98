package emqx

import (
	"fmt"
	"strings"
	"testing"
)

// written is a node on one line, with the line of every value.
func written(n *node) string {
	switch n.kind {
	case object:
		var members []string
		for _, m := range n.fields {
			members = append(members, m.name+written(m.value))
		}
		return "{" + strings.Join(members, " ") + "}"
	case list:
		var items []string
		for _, item := range n.items {
			items = append(items, written(item))
		}
		return "[" + strings.Join(items, " ") + "]"
	}
	return fmt.Sprintf("=%d:%q", n.line, n.text)
}

func TestReadHOCON(t *testing.T) {
	for _, c := range []struct{ document, want string }{
		{"", `{}`},
		{"{a:1}", `{a=1:"1"}`},
		{"a = 1 # one\nb : 2 // two\n", `{a=1:"1" b=2:"2"}`},
		{"a=1,b=2", `{a=1:"1" b=1:"2"}`},
		{"a { b = 1 }\na.c = 2", `{a{b=1:"1" c=2:"2"}}`},
		{`a."b.c" = 1`, `{a{b.c=1:"1"}}`},
		{"a . b=1", `{a{b=1:"1"}}`},
		{"a = 1\na = 2", `{a=2:"2"}`},
		{"a = {b=1}\na = 2", `{a=2:"2"}`},
		{"a = 2\na = {b=1}", `{a{b=2:"1"}}`},
		{"a {b {c=1}}\na {b {c=2,d=3}}", `{a{b{c=2:"2" d=2:"3"}}}`},
		{"a =\n  1", `{a=2:"1"}`},
		{"a\n{\n}\n", `{a{}}`},
		{"a = [1, 2\n3,]", `{a[=1:"1" =1:"2" =2:"3"]}`},
		{"a = [{b=1}, [2]]", `{a[{b=1:"1"} [=1:"2"]]}`},
		{"a = 0.0.0.0:5683", `{a=1:"0.0.0.0:5683"}`},
		{"a = deny  all \r\nb=1", `{a=1:"deny  all" b=2:"1"}`},
		{`a = "x" y "z"`, `{a=1:"x y z"}`},
		{`a = "", b = "" c`, `{a=1:"" b=1:"c"}`},
		{`a = "#{}//${clientid}\u00e9\n"`, `{a=1:"#{}//${clientid}é\n"}`},
		{"a = \"\"\"one\n\"two\"\"\"\"\nb = 1", `{a=1:"one\n\"two\"" b=3:"1"}`},
		{"include = 1", `{include=1:"1"}`},
	} {
		t.Run(c.document, func(t *testing.T) {
			root, _, bad := readHOCON(c.document)
			if bad != nil {
				t.Fatalf("line %d: %s", bad.line, bad.problem)
			}
			if got := written(root); got != c.want {
				t.Errorf("read %s, want %s", got, c.want)
			}
		})
	}
}

func TestReadHOCONRefuses(t *testing.T) {
	for _, c := range []struct {
		document string
		line     int
		problem  string
	}{
		{"a = 1\ninclude \"other.conf\"", 2, "include is not followed"},
		{"include required(file(\"x\"))", 1, "include is not followed"},
		{"a {\n b = ${clientid}/x\n}", 2, "is a substitution"},
		{"a = pre${?x}", 1, "is a substitution"},
		{"a += 1", 1, "+= is not read"},
		{"a", 1, "a has no value"},
		{"a =", 1, "a value is missing"},
		{"a = \n\n}", 3, "a value is missing"},
		{"a {\nb=1", 2, "the object that begins on line 1 has no }"},
		{"a = [1\n", 2, "the list that begins on line 1 has no ]"},
		{"a = 1,,b=2", 1, "a comma stands where a key should"},
		{",a=1", 1, "a comma stands where a key should"},
		{"a=[,1]", 1, "a comma stands where a value should"},
		{"a = {b=1} {c=2}", 1, "which are not joined"},
		{"a = [1] [2]", 1, "which are not joined"},
		{"a = b {c=1}", 1, "is not joined"},
		{"a = \"open\nb = 1", 1, "does not end on its line"},
		{`a = "\x"`, 1, "what JSON does not allow"},
		{`a = """open`, 1, "has no end"},
		{"{a=1} b=2", 1, "stands behind the end"},
		{"a=1}", 1, "follows a value without"},
		{"a = b=c", 1, "has to be in quotes"},
		{strings.Repeat("a{", 40), 1, "more than 32 objects and lists"},
		{"a=" + strings.Repeat("[", 40), 1, "more than 32 objects and lists"},
		{strings.Repeat("a.", 40) + "a=1", 1, "more than 32 names"},
	} {
		t.Run(c.document, func(t *testing.T) {
			root, _, bad := readHOCON(c.document)
			switch {
			case bad == nil:
				t.Errorf("read %s", written(root))
			case bad.line != c.line || !strings.Contains(bad.problem.Error(), c.problem):
				t.Errorf("line %d: %s; want line %d: %s", bad.line, bad.problem.Error(), c.line, c.problem)
			}
		})
	}
}
