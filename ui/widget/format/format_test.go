package format

import (
	"math"
	"testing"
	"time"
)

func check[T any](t *testing.T, name string, f func(T) string, cases []struct {
	in   T
	want string
}) {
	t.Helper()
	for _, c := range cases {
		if got := f(c.in); got != c.want {
			t.Errorf("%s(%v) is %q, want %q", name, c.in, got, c.want)
		}
	}
}

func TestCount(t *testing.T) {
	check(t, "Count", Count, []struct {
		in   int64
		want string
	}{
		{0, "0"}, {7, "7"}, {999, "999"}, {1000, "1,000"}, {12402, "12,402"}, {1234567, "1,234,567"},
		{-5, "-5"}, {-1000, "-1,000"}, {math.MinInt64, "-9,223,372,036,854,775,808"},
	})
}

func TestBytes(t *testing.T) {
	check(t, "Bytes", Bytes, []struct {
		in   int64
		want string
	}{
		{0, "0 bytes"}, {1, "1 byte"}, {999, "999 bytes"}, {1000, "1 kB"}, {4096, "4.1 kB"}, {524288, "524 kB"},
		{999_600, "1 MB"}, {1_200_000, "1.2 MB"}, {5_000_000_000, "5 GB"}, {12_345_000_000_000, "12,345 GB"},
	})
}

func TestRate(t *testing.T) {
	check(t, "Rate", Rate, []struct {
		in   float64
		want string
	}{
		{0, "0/s"}, {0.04, "0/s"}, {0.5, "0.5/s"}, {1, "1/s"}, {3.14, "3.1/s"}, {412.4, "412/s"}, {1236, "1,236/s"},
		{math.NaN(), None}, {math.Inf(1), None}, {1e30, "1e+30/s"},
	})
}

func TestNumber(t *testing.T) {
	check(t, "Number", Number, []struct {
		in   float64
		want string
	}{
		{0, "0"}, {23.4, "23.4"}, {-23.4, "-23.4"}, {41.80001, "41.8"}, {0.12345, "0.1235"}, {1480, "1,480"},
		{12345.678, "12,346"}, {0.00001, "1e-05"}, {1e15, "1e+15"}, {math.NaN(), None}, {-0.00012, "-0.0001"},
	})
}

func TestPercent(t *testing.T) {
	cases := []struct {
		part, whole int64
		want        string
	}{
		{0, 0, None}, {0, 10, "0 %"}, {3, 12402, "0.02 %"}, {1, 50, "2 %"}, {1, 3, "33 %"}, {5, 5, "100 %"}, {25, 1000, "2.5 %"},
	}
	for _, c := range cases {
		if got := Percent(c.part, c.whole); got != c.want {
			t.Errorf("Percent(%d, %d) is %q, want %q", c.part, c.whole, got, c.want)
		}
	}
}

func TestDuration(t *testing.T) {
	check(t, "Duration", Duration, []struct {
		in   time.Duration
		want string
	}{
		{0, "0 s"}, {300 * time.Microsecond, "300 µs"}, {900 * time.Microsecond, "900 µs"}, {1500 * time.Microsecond, "1.5 ms"},
		{41 * time.Millisecond, "41 ms"}, {400 * time.Millisecond, "0.4 s"}, {29 * time.Second, "29 s"},
		{90 * time.Second, "1m 30s"}, {48 * time.Minute, "48m"}, {131 * time.Minute, "2h 11m"}, {62 * time.Minute, "1h 02m"},
		{2 * time.Hour, "2h"}, {76 * time.Hour, "3d 04h"}, {-time.Second, "-1.0 s"}, {math.MinInt64, "-106751d 23h"},
	})
}

func TestInterval(t *testing.T) {
	check(t, "Interval", Interval, []struct {
		in   time.Duration
		want string
	}{
		{0, "0s"}, {10 * time.Second, "10s"}, {90 * time.Second, "1m30s"}, {2 * time.Minute, "2m"}, {2 * time.Hour, "2h"},
		{time.Hour + time.Second, "1h0m1s"}, {20 * time.Minute, "20m"}, {250 * time.Millisecond, "250ms"},
	})
}

func TestClock(t *testing.T) {
	at := time.Date(2026, 11, 20, 14, 2, 11, 482_900_000, time.Local)
	if got := Clock(at); got != "14:02:11.482" {
		t.Errorf("Clock is %q", got)
	}
}
