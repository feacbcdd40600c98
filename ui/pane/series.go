package pane

import "time"

// Series keeps the latest values of something sampled, oldest first. The zero value is not ready: use NewSeries.
type Series struct {
	values []float64
	max    int
}

// NewSeries returns an empty series of at most max values.
func NewSeries(max int) *Series { return &Series{max: max} }

// Add appends v; the oldest value goes when the series is full.
func (s *Series) Add(v float64) {
	if len(s.values) == s.max {
		copy(s.values, s.values[1:])
		s.values[len(s.values)-1] = v
		return
	}
	s.values = append(s.values, v)
}

// Values returns a copy, oldest first.
func (s *Series) Values() []float64 { return append([]float64(nil), s.values...) }

// Last returns the newest value, zero if there is none.
func (s *Series) Last() float64 {
	if len(s.values) == 0 {
		return 0
	}
	return s.values[len(s.values)-1]
}

// Rate turns a counter that is read from time to time into a series with one value a second.
type Rate struct {
	Series
	at    time.Time
	count uint64
}

// rateGap is how long a counter may go unread before what lies between is not a rate any more.
const rateGap = 8 * time.Second

// NewRate returns a rate that keeps max samples.
func NewRate(max int) *Rate { return &Rate{Series: Series{max: max}} }

// Sample reads the counter at now. The first reading, one after a long gap and one after the counter fell only set the
// base. After some seconds each of them gets the mean.
func (r *Rate) Sample(now time.Time, count uint64) {
	elapsed := now.Sub(r.at)
	if !r.at.IsZero() && elapsed > 0 && elapsed <= rateGap && count >= r.count {
		for range max(int(elapsed.Round(time.Second)/time.Second), 1) {
			r.Add(float64(count-r.count) / elapsed.Seconds())
		}
	}
	r.at, r.count = now, count
}

// Due reports whether a second has passed since the last reading.
func (r *Rate) Due(now time.Time) bool { return now.Sub(r.at) >= time.Second-20*time.Millisecond }
