package window

import "time"

const (
	// fastest is how often the engine is asked at most.
	fastest = 100 * time.Millisecond
	// slowest is how long what happens may stay unseen however dear drawing is.
	slowest = time.Second
	// share is how many times longer than drawing the pause before the next drawing is.
	share = 4
	// keepEvery is how often a layout that changed is kept.
	keepEvery = 3 * time.Second
	// restAfter is how long after the last message the window still counts every second; after that it rests, and looks
	// at the clock every restEvery only. Where the graphics are software a drawing a second is 5 % of a core.
	restAfter = 3 * time.Second
	restEvery = 15 * time.Second
	// floodRate is from how many messages a second on the window is drawn every floodEvery only. Rows that fast are not
	// read, and while the window is drawn no click is answered.
	floodRate  = 5000
	floodEvery = 400 * time.Millisecond
	// typing is the least time between ticks that the user asked for.
	typing = 20 * time.Millisecond
)

// ticks asks the engine and brings the window up to date until the window closes.
func (w *window) ticks() {
	timer := time.NewTimer(0)
	defer timer.Stop()
	kept := time.Now()
	var rest rest
	var flood flood
	var whole time.Time // when all that is in view was brought up to date
	for {
		woken := false
		w.prompt.ready.Store(true)
		select {
		case <-w.ctx.Done():
			return
		case <-timer.C:
		case <-w.wake:
			woken = true
		}
		w.prompt.starts()
		now := time.Now()
		// The user can move a border while nothing else happens.
		if !woken && now.Sub(kept) >= keepEvery {
			kept = now
			w.keepLayoutSoon()
		}
		pulse := w.pulse()
		rushing := flood.rising(now, pulse.traffic)
		if !rest.due(now, pulse, woken) {
			timer.Reset(fastest)
			continue
		}
		v := w.inView.Load()
		narrow := woken && rushing && now.Sub(whole) < floodEvery && !(v.drawer && w.drawer.Asked())
		if !narrow {
			whole = now
		}
		cost := w.bring(v, now, narrow)
		// What is asked while this tick is drawn waits a moment, so that fast typing is not a tick a letter.
		if !w.pause(typing) {
			return
		}
		timer.Reset(pauseAfter(cost, rushing) - typing)
	}
}

// pulse is what moves when anything happens that the window could show.
type pulse struct{ engine, topics, traffic uint64 }

func (w *window) pulse() pulse {
	return pulse{w.engine.Revision(), w.engine.Topics().Revision(), w.engine.Record().Last()}
}

// rest decides which ticks may be left out because nothing happens.
type rest struct {
	pulse  pulse
	moved  time.Time // when the pulse was another one
	ticked time.Time
}

// due reports whether a tick is due; woken says that the user asked for it.
func (r *rest) due(now time.Time, p pulse, woken bool) bool {
	if p != r.pulse || r.ticked.IsZero() {
		r.pulse, r.moved = p, now
	}
	if woken || now.Sub(r.moved) < restAfter || now.Sub(r.ticked) >= restEvery || now.Before(r.ticked) {
		r.ticked = now
		return true
	}
	return false
}

func (w *window) pause(d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-w.ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

// pauseAfter is how long to wait after a tick that took the UI goroutine cost.
func pauseAfter(cost time.Duration, rushing bool) time.Duration {
	least := fastest
	if rushing {
		least = floodEvery
	}
	return min(max(least, share*cost), slowest)
}

// flood watches how fast messages pass.
type flood struct {
	at    time.Time
	count uint64
}

// rising reports whether more than floodRate messages a second passed since it was asked last; count counts them.
func (f *flood) rising(now time.Time, count uint64) bool {
	elapsed := now.Sub(f.at).Seconds()
	rising := !f.at.IsZero() && elapsed > 0 && count > f.count && float64(count-f.count)/elapsed > floodRate
	f.at, f.count = now, count
	return rising
}

// bring gathers on this goroutine and updates what is in view in one function on the UI goroutine. It returns how long the
// UI goroutine took to come to it and to do it, which is zero where nothing had changed. narrow leaves out what is around
// the pane: in a flood an answer to the user is not to wait for the messages of the drawer to be read.
func (w *window) bring(v *view, now time.Time, narrow bool) time.Duration {
	var updates []func()
	add := func(update func()) {
		if update != nil {
			updates = append(updates, update)
		}
	}
	if !narrow {
		add(w.gatherFrame(now))
		add(w.limits.gather(w.engine, now))
		add(w.secrets.gather(now))
		add(w.network.gather(now))
		add(w.disk.gather(now))
		add(w.demo.gather())
	}
	add(v.pane.Gather(now))
	if v.presented != nil {
		add(v.presented.Gather(now))
	}
	if v.drawer && !narrow {
		add(w.drawer.Gather(now))
	}
	if v.arriving {
		add(w.arrive)
	}
	if len(updates) == 0 {
		w.prompt.gathers(nil)
		return 0
	}
	d := &delivery{updates: updates, done: make(chan struct{})}
	asked := time.Now()
	w.prompt.gathers(d)
	w.do(d.apply)
	select {
	case <-d.done:
	case <-w.ctx.Done():
	}
	return time.Since(asked)
}
