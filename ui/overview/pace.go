package overview

import "time"

// paces are how long a frame may last. They are few and far from each other: dots that travel steadily please more than
// dots that are faster now and then.
var paces = []time.Duration{time.Second / 30, time.Second / 15, time.Second / 10, time.Second / 5}

const (
	// While the window is drawn no click is answered, so a drawing may take no more than one in slowerShare of a frame. A
	// faster pace is tried where a drawing would take no more than one in fasterShare of its frames.
	slowerShare = 2.2
	fasterShare = 4
	// slowerAfter and fasterAfter are how long a pace is kept before another one.
	slowerAfter = 2 * time.Second
	fasterAfter = 8 * time.Second
	// probeAfter is when after a frame it is asked for how long the window has been busy drawing it. The toolkit draws sixty
	// times a second.
	probeAfter = 17 * time.Millisecond
	// tooDear is what a drawing may cost before nothing is animated any more, and dearFor for how long.
	tooDear = 120 * time.Millisecond
	dearFor = 10 * time.Second
)

// pace finds how many frames a second can be borne.
type pace struct {
	cost    time.Duration // of drawing a frame, smoothed
	at      int           // in paces
	changed time.Time
	due     time.Time // when the latest frame was to be drawn
	dear    time.Time // until when nothing is animated
}

// note takes what drawing a frame cost.
func (p *pace) note(cost time.Duration, now time.Time) {
	p.cost = (9*p.cost + cost) / 10
	kept := now.Sub(p.changed)
	switch {
	case p.cost > tooDear:
		p.dear, p.cost = now.Add(dearFor), 0
	case p.at < len(paces)-1 && kept >= slowerAfter && p.cost.Seconds()*slowerShare > p.frame().Seconds():
		p.at, p.changed = p.at+1, now
	case p.at > 0 && kept >= fasterAfter && p.cost.Seconds()*fasterShare < paces[p.at-1].Seconds():
		p.at, p.changed = p.at-1, now
	}
}

// frame is how long a frame lasts now.
func (p *pace) frame() time.Duration { return paces[p.at] }

// next is how long it is until the next frame, after one that is drawn now. One that came late does not delay those after
// it.
func (p *pace) next(now time.Time) time.Duration {
	p.due = p.due.Add(p.frame())
	if late := now.Sub(p.due); late > 0 || late < -p.frame() {
		p.due = now.Add(p.frame())
	}
	return p.due.Sub(now)
}

// bears reports whether anything may be animated.
func (p *pace) bears(now time.Time) bool { return !now.Before(p.dear) }
