package overview

import "time"

// paces are how long a frame may last, from the steadiest on. One is kept as long as it can be borne.
var paces = []time.Duration{time.Second / 30, time.Second / 20, time.Second / 15, time.Second / 10, time.Second / 8, time.Second / 5, time.Second / 4}

const (
	// restShare is how many times longer than a drawing the pause from one to the next is: while the window is drawn no
	// click is answered.
	restShare = 5
	// probeAfter is when after a frame it is asked for how long the window has been busy drawing it. The toolkit draws sixty
	// times a second.
	probeAfter = 17 * time.Millisecond
	// tooDear is what a drawing may cost before nothing is animated any more, and dearFor for how long.
	tooDear = 80 * time.Millisecond
	dearFor = 10 * time.Second
	// steady is how long a pace is kept before another one.
	steady = 2 * time.Second
)

// pace finds how many frames a second can be borne.
type pace struct {
	cost    time.Duration // of drawing a frame, smoothed
	at      int           // in paces
	changed time.Time
	dear    time.Time // until when nothing is animated
}

// note takes what drawing a frame cost.
func (p *pace) note(cost time.Duration, now time.Time) {
	p.cost = (4*p.cost + cost) / 5
	if p.cost > tooDear {
		p.dear, p.cost = now.Add(dearFor), 0
		return
	}
	if now.Sub(p.changed) < steady {
		return
	}
	bearable := 0
	for bearable < len(paces)-1 && paces[bearable] < restShare*p.cost {
		bearable++
	}
	if bearable != p.at {
		p.at, p.changed = bearable, now
	}
}

// frame is how long a frame lasts now.
func (p *pace) frame() time.Duration { return paces[p.at] }

// bears reports whether anything may be animated.
func (p *pace) bears(now time.Time) bool { return !now.Before(p.dear) }
