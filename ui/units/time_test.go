package units_test

import (
	"testing"
	"time"

	"sluice/ui/units"
)

func TestUptime(t *testing.T) {
	for d, want := range map[time.Duration]string{-time.Second: "1m", 0: "1m", 61 * time.Second: "1m", 9*time.Minute + 59*time.Second: "9m",
		2*time.Hour + 14*time.Minute + 9*time.Second: "2h 14m", 100 * time.Hour: "4d 04h"} {
		if got := units.Uptime(d); got != want {
			t.Errorf("Uptime(%v) = %q, want %q", d, got, want)
		}
	}
}

func TestMomentIsLocalWithMilliseconds(t *testing.T) {
	at := time.Date(2026, 9, 1, 14, 2, 11, 482_900_000, time.Local)
	if got := units.Moment(at.UTC()); got != "2026-09-01 14:02:11.482" {
		t.Errorf("Moment = %q", got)
	}
	if units.Moment(time.Time{}) != "" {
		t.Error("the zero time is written as nothing")
	}
}

func TestAge(t *testing.T) {
	for d, want := range map[time.Duration]string{-time.Second: "0 s", 400 * time.Millisecond: "0 s", 9900 * time.Millisecond: "9 s", 59 * time.Second: "59 s",
		48*time.Minute + 7*time.Millisecond: "48m", 131 * time.Minute: "2h 11m"} {
		if got := units.Age(d); got != want {
			t.Errorf("Age(%v) = %q, want %q", d, got, want)
		}
	}
}
