package gateway

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/plgd-dev/go-coap/v3/message"

	"sluice/engine/broker"
	"sluice/engine/settings"
)

// However many publish to a topic at once, from both sides, in the end every observer was told last what there is.
func TestIETFEventualConsistency(t *testing.T) {
	nonNotifications := func(c *Config, _ *settings.Access) { c.Settings.NotifyType = settings.NotifyNon }
	d := &draft{world: newWorld(t, settings.DialectIETF, nonNotifications)}
	d.ask("creator", createT())
	d.ask("creator", "PUT ps/data/$1 : first")
	const observers, publishers, messages = 4, 4, 50
	for i := range observers {
		d.ask(fmt.Sprint("observer", i), "GET ps/data/$1 observe=0 tkn=01")
	}
	var all, reading sync.WaitGroup
	published := make(chan struct{})
	for i := range observers {
		dev := d.device(fmt.Sprint("observer", i))
		reading.Go(func() { // socket buffers are small
			for done := false; !done; {
				select {
				case <-published:
					done = true
				default:
				}
				dev.read(50*time.Millisecond, func(*message.Message) bool { return false })
			}
		})
	}
	for i := range publishers {
		dev := d.device(fmt.Sprint("publisher", i))
		path := d.insert("PUT ps/data/$1 : ")
		all.Go(func() {
			for n := range messages {
				dev.ask(fmt.Sprintf("%sC%d-%d", path, i, n))
			}
		})
		all.Go(func() {
			for n := range messages {
				m := &broker.Message{Topic: "t", Payload: fmt.Appendf(nil, "M%d-%d", i, n), At: time.Now()}
				if err := d.broker.Publish(m); err != nil {
					t.Error(err)
				}
				time.Sleep(time.Duration(rand.N(1000)) * time.Microsecond)
			}
		})
	}
	all.Wait()
	close(published)
	reading.Wait()
	current := d.ask("creator", "GET ps/data/$1")
	for i := range observers {
		dev := d.device(fmt.Sprint("observer", i))
		dev.answersPing()
		last, newest := message.Message{}, uint32(0)
		for _, m := range dev.inbox {
			sequence, err := m.Options.Observe()
			if err != nil {
				t.Fatal(err)
			}
			if newer := int32(sequence-newest)<<8 > 0; newer || newest == 0 {
				last, newest = m, sequence
			}
		}
		if got := fmt.Sprintf("2.05 %q", last.Payload); got != current {
			t.Errorf("observer %d was told %s last, and there is %s", i, got, current)
		}
	}
}

// Topics come and go while they are published to, observed and changed; nothing is left of them.
func TestIETFEverythingAtOnce(t *testing.T) {
	d := &draft{world: newWorld(t, settings.DialectIETF)}
	const devices, rounds = 6, 150
	request := func(id string) string {
		return []string{
			"NON GET ps/data/" + id + " observe=0 tkn=01",
			"NON GET ps/data/" + id + " observe=1 tkn=01",
			"NON PUT ps/data/" + id + " ct=50 : 1",
			"NON PUT ps/data/" + id + " ct=60 : 1",
			"NON DELETE ps/data/" + id,
			"NON IPATCH ps/" + id + " ct=606 : " + properties(6, rand.N(3), 7, 1),
			"NON POST ps/" + id + " ct=606 : " + properties(),
			"NON DELETE ps/" + id,
			"NON " + createT(),
		}[rand.N(9)]
	}
	var all sync.WaitGroup
	for i := range devices {
		dev := d.device(fmt.Sprint(i))
		all.Go(func() {
			for n := range rounds {
				id := "none"
				if topics := d.gateway.Topics(); len(topics) > 0 {
					id = topics[0].ID
				}
				dev.send(request(id))
				if n%20 == 19 && !dev.alive() {
					t.Error("a ping is not answered")
					return
				}
			}
		})
	}
	all.Go(func() {
		for n := range rounds {
			d.publish(fmt.Sprintf("t q%d : x", n%2))
			d.gateway.topics.turn(time.Now().Add(time.Duration(n) * time.Second))
			d.gateway.topics.flush()
			d.gateway.Observers()
			time.Sleep(time.Millisecond)
		}
	})
	all.Wait()
	for i := range devices {
		d.device(fmt.Sprint(i)).answersPing()
	}
	for _, o := range d.gateway.Topics() {
		d.gateway.DeleteTopic(o.ID)
	}
	if n := d.broker.filters(); n != 0 {
		t.Errorf("%d subscriptions are left", n)
	}
	if n := d.gateway.topics.bytes.Load(); n != 0 {
		t.Errorf("%d bytes are counted without a topic", n)
	}
	until(t, "no observation is left", func() bool { return len(d.gateway.Observers()) == 0 })
	d.gateway.topics.flush()
	until(t, "no topic is left on disk", func() bool {
		d.store.mu.Lock()
		defer d.store.mu.Unlock()
		return len(d.store.topics) == 0
	})
}
