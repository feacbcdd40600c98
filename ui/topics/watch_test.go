package topics

import "testing"

func TestPathOfANumberForAWatch(t *testing.T) {
	for _, c := range []struct{ path, payload, want string }{
		{"t", `{"t": 1}`, "$.t"},
		{`a["b c"][0]`, `{"a": {"b c": [1]}}`, `$.a["b c"][0]`},
		{"[1].v", `[{}, {"v": 2}]`, "$[1].v"},
		{"lamp/power", `[{"bn": "lamp/", "n": "power", "v": 1}]`, ""},
	} {
		if got := fieldPath(c.path, []byte(c.payload)); got != c.want {
			t.Errorf("%s: %q, want %q", c.path, got, c.want)
		}
	}
}
