package coap

import (
	"testing"
	"time"
)

func TestRate(t *testing.T) {
	r := rate{limit: 4}
	passed := func(now time.Duration) (n int) {
		for r.take(int64(now)) {
			n++
		}
		return n
	}
	for _, tt := range []struct {
		at   time.Duration
		want int
	}{{0, 4}, {0, 0}, {100 * time.Millisecond, 0}, {250 * time.Millisecond, 1}, {time.Second, 3}, {time.Hour, 4}} {
		if got := passed(tt.at); got != tt.want {
			t.Errorf("at %s: %d passed, want %d", tt.at, got, tt.want)
		}
	}
	unlimited := rate{}
	for range 1000 {
		if !unlimited.take(0) {
			t.Fatal("without a limit something was refused")
		}
	}
}
