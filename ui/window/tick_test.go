package window

import (
	"testing"
	"time"
)

func TestPauseGrowsWithTheCostOfDrawing(t *testing.T) {
	for cost, want := range map[time.Duration]time.Duration{
		0: fastest, 10 * time.Millisecond: fastest, 50 * time.Millisecond: 200 * time.Millisecond, time.Second: slowest,
	} {
		if got := pauseAfter(cost, false); got != want {
			t.Errorf("after %v: %v, want %v", cost, got, want)
		}
	}
}

func TestPauseIsLongerInAFlood(t *testing.T) {
	start := time.Date(2026, 9, 1, 12, 0, 0, 0, time.UTC)
	var f flood
	for _, c := range []struct {
		after time.Duration
		count uint64
		want  bool
		why   string
	}{
		{0, 1_000_000, false, "the first look"},
		{100 * time.Millisecond, 1_000_400, false, "4,000 a second"},
		{200 * time.Millisecond, 1_002_400, true, "20,000 a second"},
		{400 * time.Millisecond, 1_006_400, true, "still"},
		{600 * time.Millisecond, 1_006_400, false, "nothing"},
		{700 * time.Millisecond, 5, false, "cleared"},
	} {
		if got := f.rising(start.Add(c.after), c.count); got != c.want {
			t.Errorf("%s: %v", c.why, got)
		}
	}
	if got := pauseAfter(0, true); got != floodEvery {
		t.Errorf("drawn every %v", got)
	}
	if got := pauseAfter(time.Second, true); got != slowest {
		t.Errorf("drawn every %v when drawing is dear", got)
	}
}

func TestRest(t *testing.T) {
	start := time.Date(2026, 9, 1, 12, 0, 0, 0, time.UTC)
	var r rest
	for _, c := range []struct {
		after time.Duration
		pulse uint64
		woken bool
		want  bool
		why   string
	}{
		{0, 0, false, true, "the first"},
		{2900 * time.Millisecond, 0, false, true, "something happened a moment ago"},
		{3100 * time.Millisecond, 0, false, false, "nothing happens"},
		{3200 * time.Millisecond, 0, true, true, "the user asks"},
		{18100 * time.Millisecond, 0, false, false, "still nothing"},
		{18200 * time.Millisecond, 0, false, true, "the clock goes on"},
		{18300 * time.Millisecond, 0, false, false, "and rests"},
		{18400 * time.Millisecond, 1, false, true, "something happens"},
		{18500 * time.Millisecond, 1, false, true, "and goes on"},
	} {
		if got := r.due(start.Add(c.after), pulse{engine: c.pulse}, c.woken); got != c.want {
			t.Errorf("%v (%s): due %v", c.after, c.why, got)
		}
	}
}

// With the real ticker, something that happens is drawn within 200 ms, and one function a tick reaches the UI goroutine.
func TestAnEventIsShownWithin200Milliseconds(t *testing.T) {
	e := newFakeEngine()
	b := newBench(t, e)
	drawn := make(chan time.Time, 100)
	ui := make(chan func(), 100)
	b.deliver = func(f func()) { ui <- f }
	go func() {
		for {
			select {
			case f := <-ui:
				f()
				select {
				case drawn <- time.Now():
				default:
				}
			case <-b.ctx.Done():
				return
			}
		}
	}()
	b.run(b.ticks)
	for range 5 {
		happened := time.Now()
		e.change(func() { e.status.Dropped++ })
		select {
		case at := <-drawn:
			if took := at.Sub(happened); took > 200*time.Millisecond {
				t.Errorf("drawn after %v", took)
			}
		case <-time.After(5 * time.Second):
			t.Fatal("never drawn")
		}
	}
	b.close()
}
