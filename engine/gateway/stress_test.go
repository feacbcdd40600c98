package gateway

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"sluice/engine/settings"
)

// Many devices come, observe, move, are ended from elsewhere and go, all at once; nothing is left of them.
func TestEverythingAtOnce(t *testing.T) {
	w := newWorld(t, settings.DialectAuto)
	const devices, rounds = 8, 200
	var tokens [3]string
	creator := w.device("creator")
	for i := range tokens {
		creator.ask(fmt.Sprintf("POST mqtt/connection?clientid=%d", i))
		tokens[i] = w.token
		w.device(fmt.Sprint("other", i)).ask(fmt.Sprintf("PUT mqtt/connection?clientid=%d&token=%s", i, w.token))
	}
	requests := func() string {
		i := rand.N(len(tokens))
		proof := fmt.Sprintf("clientid=%d&token=%s", i, tokens[i])
		return []string{
			"NON GET ps/x?" + proof + " observe=0 tkn=01",
			"NON GET ps/x?" + proof + " observe=1 tkn=01",
			"NON GET ps/+?" + proof + " observe=0 tkn=02",
			"NON POST ps/x?" + proof + "&q=0 : 1",
			"NON GET ps/x observe=0 tkn=03",
			"NON GET ps/x observe=1 tkn=03",
			fmt.Sprintf("NON GET mqtt/x?c=%d observe=0 tkn=04", i),
			fmt.Sprintf("NON GET mqtt/x?c=%d observe=1 tkn=04", i),
			fmt.Sprintf("NON PUT ps/x?c=%d&u=%d : 1", i, rand.N(2)),
			"NON DELETE mqtt/connection",
		}[rand.N(10)]
	}
	var all sync.WaitGroup
	for i := range devices {
		d := w.device(fmt.Sprint(i))
		all.Go(func() {
			for n := range rounds {
				d.send(requests())
				if n%20 == 19 { // socket buffers are small
					if !d.alive() {
						t.Error("a ping is not answered")
						return
					}
					d.inbox = nil
				}
			}
		})
	}
	all.Go(func() {
		for range rounds {
			for _, c := range w.gateway.Clients() {
				if c.Mode != ModeConnection && rand.N(4) == 0 {
					w.gateway.Disconnect(c.Key)
				}
			}
			for _, o := range w.gateway.Observers() {
				if rand.N(4) == 0 {
					w.gateway.EndObservation(o.ID)
				}
			}
			w.publish("x : 1")
			if !creator.alive() {
				t.Error("a ping is not answered")
				return
			}
			for _, s := range w.gateway.registry.snapshot() {
				w.gateway.check(s, time.Now())
			}
		}
	})
	all.Wait()
	for i := range devices {
		w.device(fmt.Sprint(i)).answersPing()
	}
	var peers []*peer
	for _, s := range w.gateway.registry.snapshot() {
		peers = append(peers, peersOf(s)...)
		w.gateway.end(s, reasonKicked)
	}
	if n := len(w.gateway.Clients()) + len(w.gateway.Observers()); n != 0 {
		t.Errorf("%d clients and observers are left", n)
	}
	if n := w.broker.filters(); n != 0 {
		t.Errorf("%d subscriptions are left", n)
	}
	for _, p := range peers {
		if data := p.conn.Data(); data != nil {
			t.Errorf("something is left of %s", p.address)
		}
	}
}
