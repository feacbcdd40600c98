package units_test

import (
	"testing"

	"sluice/ui/units"
)

func TestSentences(t *testing.T) {
	for _, c := range []struct {
		list []string
		want string
	}{
		{[]string{"The gateway restarts.", "2 clients are disconnected."}, "The gateway restarts. 2 clients are disconnected."},
		{[]string{"网关会重启。", "2 个客户端将断开。"}, "网关会重启。2 个客户端将断开。"},
		{[]string{"", "Alone.", ""}, "Alone."},
		{nil, ""},
	} {
		if got := units.Sentences(c.list...); got != c.want {
			t.Errorf("%q are written %q, want %q", c.list, got, c.want)
		}
	}
}
