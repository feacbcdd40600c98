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
	var settled, running uint64
	began := time.Now()
	for minute := 1; time.Since(began) < took; minute++ {
		command(minute % 100)
		time.Sleep(min(time.Minute, took))
		used, now := heap(), runtime.NumGoroutine()
		s, c := f.Summary(), e.ConditionStats()
		if settled == 0 && time.Since(began) >= took/2 { // the record of traffic has had time to fill
			settled, running = used, uint64(now)
		}
		t.Logf("%v: heap %d MB, %d goroutines, %d observations, %+v; lost %d, delayed %d (%d waiting)", time.Since(began).Round(time.Second),
			used>>20, now, len(e.Observers()), s, c.Lost, c.Delayed, c.Waiting)
	}
	if used := heap(); settled > 0 && used > settled+settled/4+(16<<20) {
		t.Errorf("the heap grew from %d to %d MB", settled>>20, used>>20)
	}
	if now := runtime.NumGoroutine(); running > 0 && uint64(now) > running+100 {
		t.Errorf("goroutines grew from %d to %d", running, now)
	}
	if n := len(e.Observers()); n != lamps {
		t.Errorf("%d observations, not %d", n, lamps)
	}
	begin, end := time.Now(), time.Now().Add(5*time.Minute) // a renewal is due meanwhile
	var deaf []string
	for round := 0; time.Now().Before(end); round++ {
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
