package gateway

import "testing"

func TestTitleOfATopic(t *testing.T) {
	for name, want := range map[string]string{
		"room/1":   `</ps/room/1>;rt="core.ps.data";ct=50;obs;title="room/1"`,
		"Küche":    `</ps/K%C3%BCche>;rt="core.ps.data";ct=50;obs;title="Küche"`,
		`a "b" \c`: `</ps/a%20%22b%22%20%5Cc>;rt="core.ps.data";ct=50;obs;title="a \"b\" \\c"`,
	} {
		l := topicLink(name, 50)
		if got := string(l.AppendTo(nil)); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}
