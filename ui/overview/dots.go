package overview

import "time"

// A dot travels along a link for a message. At thousands of messages a second there are no more dots than can be told
// apart: what grows is the width of the links.
const (
	travel      = 1200 * time.Millisecond
	dotsTotal   = 40
	dotsALink   = 2
	dotsSpacing = travel / dotsALink
	dotsAtOnce  = 10 // more set off one after the other, or all would move as one
)

// flight is a dot on its way.
type flight struct {
	link  linkID
	began time.Time
}

// flights are the dots that are on their way.
type flights struct {
	all    []flight
	latest map[linkID]time.Time // when a dot set off last, of the links that are shown
	turn   int                  // which link begins: where there are too many each has its turn
}

// launch sends a dot along each link on which messages went, as far as the budget allows.
func (f *flights) launch(links []linkView, pulses map[linkID]uint64, now time.Time) {
	latest := make(map[linkID]time.Time, len(links))
	for i := range links {
		if at, known := f.latest[links[i].linkID]; known {
			latest[links[i].linkID] = at
		}
	}
	f.latest = latest
	room := min(dotsTotal-len(f.all), dotsAtOnce)
	for i := range links {
		id := links[(i+f.turn)%len(links)].linkID
		if pulses[id] == 0 || now.Sub(f.latest[id]) < dotsSpacing {
			continue
		}
		if room == 0 {
			f.turn += i
			return
		}
		room--
		f.latest[id] = now
		f.all = append(f.all, flight{id, now})
	}
}

// land takes away the dots that have arrived.
func (f *flights) land(now time.Time) {
	kept := f.all[:0]
	for _, dot := range f.all {
		if now.Sub(dot.began) < travel {
			kept = append(kept, dot)
		}
	}
	f.all = kept
}

// way is the part of its way that a dot has behind it.
func (d *flight) way(now time.Time) float32 {
	return min(max(float32(now.Sub(d.began))/float32(travel), 0), 1)
}
