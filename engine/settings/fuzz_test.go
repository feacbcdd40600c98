package settings

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
)

func FuzzDecode(f *testing.F) {
	f.Add([]byte("[gateway]\nheartbeat = 1\n[[listener]]\nbind = 'coap://127.0.0.1:1'\n"))
	f.Add([]byte("access = {anonymous = false, user = [{username = \"a\", password = 'b'}]} # x\n"))
	f.Add([]byte("[[access.rule]]\npermission = \"\"\"\nallow\"\"\"\"\ntopics = [\n'a', # b\n]\n'gate\"way'.\"\\u0041\" = 1979-05-27 07:32:00\n"))
	f.Add([]byte("[[a]]\n[[a.b]]\n[a.b.c]\nd=[[1],{e=2}]\n[[a]]\n[[a.b]]\n"))
	f.Add(Encode(Default()))
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > maxFile {
			return
		}
		s, err := Decode("f", data, Default())
		if err == nil {
			if err := s.Validate(); err != nil {
				t.Fatalf("decoded but not valid: %v", err)
			}
			s.Access.Users = nil
			again, err := Decode("again", Encode(s), Default())
			if err != nil || !reflect.DeepEqual(again.Gateway, s.Gateway) {
				t.Fatalf("does not survive Encode: %v", err)
			}
		} else if _, ok := err.(Errors); !ok || err.Error() == "" {
			t.Fatalf("error of type %T: %v", err, err)
		}
		if document, err := parse(data); err == nil {
			lines := locate(string(data))
			check(t, lines, 1+strings.Count(string(data), "\n"), "", document)
		}
	})
}

// check sees that every key of a document has a line.
func check(t *testing.T, lines map[string]int, last int, path string, v any) {
	if n := lines[path]; path != "" && (n < 1 || n > last) {
		t.Fatalf("%q is on line %d of %d", path, n, last)
	}
	switch v := v.(type) {
	case map[string]any:
		for name, value := range v {
			check(t, lines, last, join(path, name), value)
		}
	case []map[string]any:
		for i, value := range v {
			check(t, lines, last, fmt.Sprintf("%s[%d]", path, i), value)
		}
	case []any:
		for i, value := range v {
			check(t, lines, last, fmt.Sprintf("%s[%d]", path, i), value)
		}
	}
}
