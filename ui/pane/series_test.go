package pane_test

import (
	"slices"
	"testing"
	"time"

	"sluice/ui/pane"
)

func TestSeriesKeepsTheLatest(t *testing.T) {
	s := pane.NewSeries(3)
	if s.Last() != 0 || len(s.Values()) != 0 {
		t.Error("an empty series has no values")
	}
	for v := range 5 {
		s.Add(float64(v))
	}
	if got := s.Values(); !slices.Equal(got, []float64{2, 3, 4}) || s.Last() != 4 {
		t.Errorf("values %v, last %v", got, s.Last())
	}
}

func TestRate(t *testing.T) {
	start := time.Date(2026, 9, 1, 14, 0, 0, 0, time.UTC)
	r := pane.NewRate(10)
	for _, c := range []struct {
		after time.Duration
		count uint64
		why   string
	}{
		{0, 100, "the first reading is the base"},
		{time.Second, 110, "10 a second"},
		{3 * time.Second, 150, "20 a second, two seconds long"},
		{60 * time.Second, 9000, "nobody looked: no rate"},
		{61 * time.Second, 5, "started again: no rate"},
		{62 * time.Second, 6, "1 a second"},
	} {
		if !r.Due(start.Add(c.after)) {
			t.Errorf("not due after %v (%s)", c.after, c.why)
		}
		r.Sample(start.Add(c.after), c.count)
	}
	if got := r.Values(); !slices.Equal(got, []float64{10, 20, 20, 1}) {
		t.Errorf("rates %v", got)
	}
	if r.Due(start.Add(62500 * time.Millisecond)) {
		t.Error("due after half a second")
	}
}
