package clients

import (
	"time"

	"sluice/engine"
	"sluice/ui/pane"
)

const (
	rateSamples = 300 // five minutes at one a second
	ratesKept   = 256 // clients whose rates are kept; 2.4 kB each
)

// rates samples the message rates of clients: of the first that come, and of those that are selected.
type rates struct {
	clients map[string]*clientRate
}

type clientRate struct {
	*pane.Rate
	looked time.Time
}

func newRates() *rates { return &rates{clients: map[string]*clientRate{}} }

// sampleAll notes the counters of the clients that there is room for, so that the rates of one that is selected are known
// from before, and drops what belongs to none of them.
func (r *rates) sampleAll(now time.Time, clients []engine.Client) {
	for _, c := range clients {
		if r.clients[c.Key] != nil || len(r.clients) < ratesKept {
			r.sample(now, c)
		}
	}
	for key, rate := range r.clients {
		if !rate.looked.Equal(now) {
			delete(r.clients, key)
		}
	}
}

// sample notes the client's counters, at most once a second, and returns its rates.
func (r *rates) sample(now time.Time, c engine.Client) []float64 {
	rate := r.clients[c.Key]
	if rate == nil {
		r.makeRoom()
		rate = &clientRate{Rate: pane.NewRate(rateSamples)}
		r.clients[c.Key] = rate
	}
	rate.looked = now
	if rate.Due(now) {
		rate.Sample(now, c.In+c.Out)
	}
	return rate.Values()
}

// makeRoom drops the client that was looked at longest ago.
func (r *rates) makeRoom() {
	if len(r.clients) < ratesKept {
		return
	}
	oldest := ""
	for key, rate := range r.clients {
		if oldest == "" || rate.looked.Before(r.clients[oldest].looked) {
			oldest = key
		}
	}
	delete(r.clients, oldest)
}
