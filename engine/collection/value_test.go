package collection

import "testing"

func TestValueAtAPath(t *testing.T) {
	for _, c := range []struct {
		payload, path, want string
		found               bool
	}{
		{`{"t": 21.5, "list": [{"on": true}]}`, "$.t", "21.5", true},
		{`{"t": 21.5, "list": [{"on": true}]}`, "$.list[0].on", "true", true},
		{`{"t": 21.5}`, "$.u", "", false},
		{"21.5", "$", "21.5", true},
		{"\xa1\x61t\x18\x1e", "$.t", "30", true}, // {"t": 30} in CBOR
		{"warm", "$.t", "", false},
		{"", "$", "", false},
	} {
		path, err := ParsePath(c.path)
		if err != nil {
			t.Fatal(err)
		}
		if got, ok := path.In([]byte(c.payload)); got != c.want || ok != c.found {
			t.Errorf("%s in %q: %q, %v", c.path, c.payload, got, ok)
		}
	}
	if _, err := ParsePath("t"); err == nil {
		t.Error("a path without $ is read")
	}
}
