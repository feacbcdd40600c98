package clients

import (
	"time"

	"sluice/engine"
	"sluice/ui/pane"
)

const (
	rateSamples = 300 // five minutes at one a second
	ratesKept   = 32  // clients whose rates are kept while others are looked at
)

// rates samples the message rates of the clients that were selected.
type rates struct {
	clients map[string]*clientRate
}

type clientRate struct {
	*pane.Rate
	looked time.Time
}

func newRates() *rates { return &rates{clients: map[string]*clientRate{}} }

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
