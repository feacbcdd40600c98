package topics

import (
	"bytes"
	"math"
	"strings"
	"testing"
	"time"
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
		{cborBody, `{"t": 21.5_1, 1: h'00'}`, []byte("\xa2\x61t\xf9\x4d\x60\x01\x41\x00"), ""},
		{cborBody, "", nil, "line 1: "},
		{cborBody, "{1:\n 2", nil, "line 2: "},
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

func TestReadSeconds(t *testing.T) {
	for text, want := range map[string]time.Duration{"": 0, " 60 ": time.Minute, "5m": 5 * time.Minute, "1.5s": time.Second,
		"0": -1, "-1": -1, "x": -1, "1ms": -1, "4294967295": math.MaxUint32 * time.Second, "4294967296": -1} {
		got, err := readSeconds(text)
		if (err != nil) != (want < 0) || err == nil && got != want {
			t.Errorf("%q: %v, %v", text, got, err)
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
		for _, kind := range bodyKinds {
			if payload, err := encodeBody(kind, text); err == nil && kind != cborBody && len(payload) > len(text) {
				t.Fatalf("%s %q grew to %d bytes", kind, text, len(payload))
			}
		}
	})
}
