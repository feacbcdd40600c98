package topics

import (
	"bytes"
	"strings"
	"testing"
)

func TestEncodeBody(t *testing.T) {
	for _, c := range []struct {
		kind bodyKind
		text string
		want []byte
		err  string // part of it
	}{
		{textBody, "23.9", []byte("23.9"), ""},
		{textBody, "", nil, ""},
		{textBody, strings.Repeat("x", maxBody+1), nil, "longer than 16 kB"},
		{jsonBody, `{"t": 23.9}`, []byte(`{"t": 23.9}`), ""},
		{jsonBody, " 1 \n", []byte(" 1 \n"), ""},
		{jsonBody, "", nil, "there is no JSON value"},
		{jsonBody, "{\n  \"t\": x}", nil, "line 2, column 8: invalid character 'x'"},
		{jsonBody, `{"t": `, nil, "not complete"},
		{jsonBody, "{} {}", nil, "line 1, column 4: something follows"},
		{hexBody, "00 ff:1A\n2b", []byte{0, 255, 0x1a, 0x2b}, ""},
		{hexBody, "", nil, ""},
		{hexBody, "00 f", nil, "line 1, column 5: a byte has two hex digits"},
		{hexBody, "00\n0g", nil, "line 2, column 2: 'g' is not a hex digit"},
	} {
		got, err := encodeBody(c.kind, c.text)
		switch {
		case c.err == "" && err != nil:
			t.Errorf("%s %q: %v", c.kind, c.text, err)
		case c.err == "" && !bytes.Equal(got, c.want):
			t.Errorf("%s %q is %q, want %q", c.kind, c.text, got, c.want)
		case c.err != "" && (err == nil || !strings.Contains(err.Error(), c.err)):
			t.Errorf("%s %q: error %v, want %q in it", c.kind, c.text, err, c.err)
		}
	}
}

func TestCheckTopic(t *testing.T) {
	for name, ok := range map[string]bool{"a": true, "/": true, "plant/line 1/é": true, "": false, "a/+": false, "#": false, "a\x00": false, strings.Repeat("x", 65536): false} {
		if err := checkTopic(name); (err == nil) != ok {
			t.Errorf("topic %.20q: %v", name, err)
		}
	}
}

func FuzzBody(f *testing.F) {
	for _, s := range []string{"", "{}", "[1,", "00ff", "é", "{\"a\":1} x", "\n\n}"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, kind := range []bodyKind{textBody, jsonBody, hexBody} {
			if payload, err := encodeBody(kind, text); err == nil && len(payload) > len(text) {
				t.Fatalf("%s %q grew to %d bytes", kind, text, len(payload))
			}
		}
	})
}
