package coap

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestTimersFireInOrderAndInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newTimerQueue()
		defer q.close()
		began := time.Now()
		var mu sync.Mutex
		var fired []string
		timers := map[string]*timer{}
		for _, name := range []string{"a", "b", "c", "stopped", "moved back", "moved forward"} {
			timers[name] = &timer{fire: func(time.Time) {
				mu.Lock()
				defer mu.Unlock()
				fired = append(fired, fmt.Sprint(name, " ", time.Since(began)))
			}}
		}
		for name, after := range map[string]time.Duration{
			"c": 3, "a": 1, "b": 2, "stopped": 2, "moved back": 1, "moved forward": 9,
		} {
			q.set(timers[name], began.Add(after*time.Second))
		}
		q.stop(timers["stopped"])
		q.stop(timers["stopped"])
		q.set(timers["moved back"], began.Add(5*time.Second))
		q.set(timers["moved forward"], began.Add(4*time.Second))
		time.Sleep(2 * time.Hour)
		synctest.Wait()
		want := []string{"a 1s", "b 2s", "c 3s", "moved forward 4s", "moved back 5s"}
		if !slices.Equal(fired, want) {
			t.Errorf("fired %q, want %q", fired, want)
		}
	})
}

func TestTimerMaySetItselfAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newTimerQueue()
		var fired int
		var tick timer
		tick.fire = func(now time.Time) {
			if fired++; fired < 10 {
				q.set(&tick, now.Add(time.Minute))
			}
		}
		q.set(&tick, time.Now())
		time.Sleep(time.Hour)
		q.close()
		if fired != 10 {
			t.Errorf("fired %d times", fired)
		}
	})
}

// TestTimersAreNotLateByWhatFiredBefore: what takes long puts off only what was due meanwhile.
func TestTimersAreNotLateByWhatFiredBefore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newTimerQueue()
		defer q.close()
		began := time.Now()
		fired := make(chan string, 3)
		at := func(after time.Duration, took time.Duration) {
			q.set(&timer{fire: func(now time.Time) {
				fired <- fmt.Sprint(now.Sub(began), " ", time.Since(began))
				time.Sleep(took)
			}}, began.Add(after))
		}
		at(time.Second, time.Minute)
		at(31*time.Second, 0)
		at(2*time.Minute, 0)
		for _, want := range []string{"1s 1s", "1m1s 1m1s", "2m0s 2m0s"} {
			if got := <-fired; got != want {
				t.Errorf("fired at %s, want %s", got, want)
			}
		}
	})
}
