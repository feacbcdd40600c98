package devices

import (
	"fmt"
	"testing"
	"time"

	"sluice/engine/device"
)

// BenchmarkFiveThousand measures what a tick with 5,000 devices costs of which each has sent something: reading them, off the
// UI goroutine, and showing them, on it.
func BenchmarkFiveThousand(b *testing.B) {
	e := fleet()
	one := e.devices[0]
	e.devices = e.devices[:0]
	for n := range device.MaxDevices {
		d := one
		d.Name = fmt.Sprintf("%s-%04d", d.Kind, n+1)
		e.devices = append(e.devices, d)
	}
	bench := newBench(b, e)
	var read, shown time.Duration
	for b.Loop() {
		for i := range e.devices {
			e.devices[i].Sent++
		}
		bench.now = bench.now.Add(refresh)
		began := time.Now()
		update := bench.Gather(bench.now)
		read += time.Since(began)
		began = time.Now()
		update()
		shown += time.Since(began)
	}
	b.ReportMetric(float64(read.Microseconds())/float64(b.N), "µs-to-read")
	b.ReportMetric(float64(shown.Microseconds())/float64(b.N), "µs-to-show")
}
