package traffic

import (
	"sync"
	"testing"
	"time"

	"sluice/engine/record"
)

// The engine adds messages and a tick gathers while the user asks for other things.
func TestGatheringWhileMessagesPass(t *testing.T) {
	b := newBench(t, false)
	done := make(chan struct{})
	var group sync.WaitGroup
	group.Go(func() {
		for i := 0; ; i++ {
			select {
			case <-done:
				return
			default:
				b.ring.Add(&record.Frame{At: noon, Peer: sensor, Client: "sensor-17", Data: post})
				if i%200 == 0 {
					time.Sleep(time.Millisecond)
				}
			}
		}
	})
	group.Go(func() {
		for {
			select {
			case <-done:
				return
			default:
				b.pane.Gather(time.Now())
			}
		}
	})
	for _, text := range []string{"code:POST", "path:/ps/**", "odd:any", "", "exchange:5"} {
		b.filter.SetText(text)
		b.togglePause()
		time.Sleep(30 * time.Millisecond)
		b.view.change(func(q *question) { q.chosen = b.ring.Last() })
	}
	b.clear()
	close(done)
	group.Wait()
}
