//go:build soak

package device_test

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"sluice/engine"
	"sluice/engine/coap"
	"sluice/engine/device"
	"sluice/engine/settings"
)

// soakTime is for how long the soak runs: SOAK_TIME, or an hour.
func soakTime(t *testing.T) time.Duration {
	text := os.Getenv("SOAK_TIME")
	if text == "" {
		return time.Hour
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		t.Fatalf("SOAK_TIME: %v", err)
	}
	return d
}

// heap is what is used after a collection, in bytes.
func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// used is the memory of a program at a time, in bytes. The record of traffic and the histories of topics grow to their
// bounds, which an hour may not reach; all else is not to grow.
type used struct{ heap, record, histories uint64 }

func usedBy(e *engine.Engine) used {
	return used{heap: heap(), record: uint64(e.Record().Stats().Bytes), histories: uint64(e.Topics().HistoryBytes())}
}

// rest is what is neither record nor history.
func (u used) rest() uint64 { return u.heap - min(u.heap, u.record+u.histories) }

// Bounds of the soak.
const (
	// A device takes 40 kB at most, on both sides of the wire.
	maxRestOfDevice = 40 << 10
	maxRestBeside   = 16 << 20
	// growthAllowed is how much the rest may grow from the middle of the soak to its end: what a device remembers of message
	// IDs and of datagrams fills with each notification.
	growthAllowed = 8 << 20
)

// A thousand devices live under the NB-IoT preset: no goroutine is left behind, memory stays, and every observation
// lives to the end.
func TestSoak(t *testing.T) {
	const lamps = 500
	took := soakTime(t)
	e, addr := gateway(t, settings.DialectAuto, nil)
	goroutines := runtime.NumGoroutine()
	if err := e.SetConditions("", &coap.NBIoT); err != nil {
		t.Fatal(err)
	}
	f := device.NewFleet()
	for kind, count := range map[string]int{"lamp": lamps, "thermometer": 300, "meter": 100, "door": 100} {
		p := start(t, f, device.Order{Template: template(t, kind), Count: count, Address: addr, Interval: 20 * time.Second, Jitter: 5 * time.Second, AtOnce: 200})
		if p.Started != count {
			t.Errorf("%+v", p)
		}
	}
	command := func(level int) {
		for i := range lamps {
			// With QoS 1 notifications are Confirmable: a relation that is given up shows.
			err := e.Publish(engine.Publication{Topic: fmt.Sprintf("lamp/lamp-%04d/command", i+1), Payload: fmt.Appendf(nil, `{"on":true,"level":%d}`, level), QoS: 1})
			if err != nil {
				t.Error(err)
			}
		}
	}
	const devices = 1000
	var settled used
	var running int
	began := time.Now()
	for minute := 1; time.Since(began) < took; minute++ {
		command(minute % 100)
		time.Sleep(min(time.Minute, took))
		now, goroutinesNow := usedBy(e), runtime.NumGoroutine()
		s, c := f.Summary(), e.ConditionStats()
		if running == 0 && time.Since(began) >= took/2 {
			settled, running = now, goroutinesNow
		}
		t.Logf("%v: heap %d MB: record %d, histories %d, rest %.1f; %d goroutines, %d observations, %+v; lost %d, delayed %d (%d waiting)",
			time.Since(began).Round(time.Second), now.heap>>20, now.record>>20, now.histories>>20, float64(now.rest())/(1<<20), goroutinesNow,
			len(e.Observers()), s, c.Lost, c.Delayed, c.Waiting)
	}
	end := usedBy(e)
	if most := e.Record().Stats().MaxBytes; end.record > uint64(most) {
		t.Errorf("the record takes %d of %d bytes", end.record, most)
	}
	if end.histories > 32<<20 {
		t.Errorf("the histories of topics take %d bytes", end.histories)
	}
	if rest := end.rest(); rest > devices*maxRestOfDevice+maxRestBeside || rest > settled.rest()+growthAllowed {
		t.Errorf("beside record and histories the heap grew from %d to %d MB", settled.rest()>>20, rest>>20)
	}
	if now := runtime.NumGoroutine(); now > running+100 {
		t.Errorf("goroutines grew from %d to %d", running, now)
	}
	if n := len(e.Observers()); n != lamps {
		t.Errorf("%d observations, not %d", n, lamps)
	}
	begin, giveUp := time.Now(), time.Now().Add(5*time.Minute) // a renewal is due meanwhile
	var deaf []string
	for round := 0; time.Now().Before(giveUp); round++ {
		if round%30 == 0 {
			command(100)
		}
		deaf = deaf[:0]
		for _, d := range f.Devices() {
			if d.Kind == "lamp" && d.Last != `{"level":100,"on":true}` {
				deaf = append(deaf, fmt.Sprintf("%s %v %q %s", d.Name, d.State, d.Last, d.Err))
			}
		}
		if len(deaf) == 0 {
			break
		}
		time.Sleep(time.Second)
	}
	if len(deaf) > 0 {
		t.Errorf("%d lamps did not hear the last command: %s", len(deaf), strings.Join(deaf[:min(len(deaf), 5)], "; "))
	}
	t.Logf("every lamp had heard the last command after %v", time.Since(begin).Round(time.Second))
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if err := e.SetConditions("", nil); err != nil {
		t.Fatal(err)
	}
	await(t, "no goroutine is left", func() bool { return runtime.NumGoroutine() <= goroutines })
}
