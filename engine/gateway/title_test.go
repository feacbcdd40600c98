package gateway

import "testing"

func TestTitleOfATopic(t *testing.T) {
	for name, want := range map[string]string{
		"room/1":   `</ps/room/1>;rt="core.ps.data";ct=50;obs`,
		"Küche":    `</ps/K%C3%BCche>;rt="core.ps.data";title="Küche";ct=50;obs`,
		`a "b" \c`: `</ps/a%20%22b%22%20%5Cc>;rt="core.ps.data";title="a \"b\" \\c";ct=50;obs`,
	} {
		l := topicLink(name, 50)
		if got := string(l.AppendTo(nil)); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}
