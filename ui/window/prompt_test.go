package window

import (
	"testing"
	"testing/synctest"
	"time"
)

// ticker answers as the real one does, after what gathering takes; what it applied is counted on the UI goroutine.
func (p *prompt) tickerForTest(wake <-chan struct{}, gathering time.Duration, applied *int) {
	for {
		p.ready.Store(true)
		if _, open := <-wake; !open {
			return
		}
		p.starts()
		time.Sleep(gathering)
		d := &delivery{updates: []func(){func() { *applied++ }}, done: make(chan struct{})}
		p.gathers(d)
		<-d.done
		time.Sleep(typing)
	}
}

func TestAnAnswerIsDrawnWithWhatAskedForIt(t *testing.T) {
	for _, c := range []struct {
		why       string
		gathering time.Duration
		applied   int
		waits     time.Duration
	}{
		{"it is gathered at once", time.Millisecond, 1, time.Millisecond},
		{"it takes long to gather", time.Second, 0, answerWithin},
	} {
		synctest.Test(t, func(t *testing.T) {
			p, wake, applied := newPrompt(), make(chan struct{}, 1), 0
			go p.tickerForTest(wake, c.gathering, &applied)
			synctest.Wait()
			p.asked.Add(1)
			wake <- struct{}{}
			began := time.Now()
			p.await(answerWithin)
			if waited := time.Since(began); applied != c.applied || waited != c.waits {
				t.Errorf("%s: %d answers after %v", c.why, applied, waited)
			}
			p.await(answerWithin)
			if waited := time.Since(began); waited != c.waits {
				t.Errorf("%s: it is waited for again, %v in all", c.why, waited)
			}
			time.Sleep(2 * time.Second)
			p.await(answerWithin)
			if applied != 1 {
				t.Errorf("%s: %d answers in the end", c.why, applied)
			}
			close(wake)
			time.Sleep(time.Second)
		})
	}
}

func TestNothingIsWaitedForWhileTheTickerPauses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, wake, applied := newPrompt(), make(chan struct{}, 1), 0
		go p.tickerForTest(wake, 0, &applied)
		synctest.Wait()
		began := time.Now()
		p.await(answerWithin) // nobody asked
		p.asked.Add(1)
		wake <- struct{}{}
		p.await(answerWithin)
		synctest.Wait() // the ticker pauses
		p.asked.Add(1)
		wake <- struct{}{}
		p.await(answerWithin)
		if waited := time.Since(began); waited != 0 || applied != 1 {
			t.Errorf("%d answers after %v", applied, waited)
		}
		time.Sleep(time.Second)
		p.applyLatest()
		close(wake)
		time.Sleep(time.Second)
	})
}

func TestADeliveryIsAppliedOnce(t *testing.T) {
	applied := 0
	d := &delivery{updates: []func(){func() { applied++ }}, done: make(chan struct{})}
	d.apply()
	d.apply()
	<-d.done
	if applied != 1 {
		t.Errorf("applied %d times", applied)
	}
}
