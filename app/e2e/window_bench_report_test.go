//go:build e2e && windowbench

package e2e

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// machine says on what is measured.
func machine() string {
	load, _ := os.ReadFile("/proc/loadavg")
	average, _, _ := strings.Cut(string(load), " ")
	return fmt.Sprintf("%s, %s/%s, %d CPUs that the flood, the gateway, the window and the X server with its software OpenGL share; load average at the start %s",
		runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), average)
}

// counts is what the program counts, see /counters.
type counts struct {
	In, Out, Dropped   uint64
	Traffic            int
	TrafficBytes       int64 `json:"traffic_bytes"`
	TrafficLimit       int64 `json:"traffic_limit"`
	Heap               int64
	HeapHeld           int64 `json:"heap_held"`
	Clients, Observers int
	Topics, Goroutines int
}

// sample is what the program takes at a moment.
type sample struct {
	when string
	at   time.Time
	rss  int64 // bytes
	cpu  [3]time.Duration
	counts
}

// watch takes samples of the program.
type watch struct {
	t       *testing.T
	pids    [3]int // the program, its X server, this process
	profile string
	samples []sample
	quit    chan struct{}
	done    chan struct{}
}

func newWatch(t *testing.T, pid int, profile string) *watch {
	return &watch{t: t, pids: [3]int{pid, xServer(t), os.Getpid()}, profile: profile, quit: make(chan struct{}), done: make(chan struct{})}
}

// xServer is the process of the X server that this process started.
func xServer(t *testing.T) int {
	for _, f := range must1(filepath.Glob("/proc/[0-9]*/stat")) {
		stat, err := os.ReadFile(f)
		if fields := strings.Fields(string(stat)); err == nil && fields[1] == "(Xvfb)" && fields[3] == strconv.Itoa(os.Getpid()) {
			return atoi(fields[0])
		}
	}
	t.Fatal("the X server is not found")
	return 0
}

func must1[T any](v T, _ error) T { return v }

func atoi(s string) int { return must1(strconv.Atoi(s)) }

func (w *watch) count() (c counts) {
	resp, err := http.Get("http://" + w.profile + "/counters")
	must(w.t, err == nil, "ask for the counters: %v", err)
	defer resp.Body.Close()
	err = json.NewDecoder(resp.Body).Decode(&c)
	must(w.t, err == nil, "read the counters: %v", err)
	return c
}

// note takes a sample.
func (w *watch) note(when string) sample {
	s := sample{when: when, at: time.Now(), counts: w.count()}
	for i, pid := range w.pids {
		s.cpu[i] = cpuOf(pid)
	}
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", w.pids[0]))
	must(w.t, err == nil, "read the memory: %v", err)
	for line := range strings.Lines(string(status)) {
		if f := strings.Fields(line); f[0] == "Rss:" {
			s.rss = int64(atoi(f[1])) << 10
		}
	}
	w.samples = append(w.samples, s)
	return s
}

// cpuOf is the processor time that a process has used.
func cpuOf(pid int) time.Duration {
	stat, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	f := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
	const tick = 10 * time.Millisecond // USER_HZ
	return time.Duration(atoi(f[11])+atoi(f[12])) * tick
}

// every takes samples from now on until stop.
func (w *watch) every(d time.Duration) {
	w.note("clicks begin")
	tick, began := time.NewTicker(d), time.Now()
	go func() {
		defer close(w.done)
		defer tick.Stop()
		for {
			select {
			case <-w.quit:
				return
			case <-tick.C:
				w.note(fmt.Sprintf("  %.0f s", time.Since(began).Seconds()))
			}
		}
	}()
}

func (w *watch) stop(when string) {
	close(w.quit)
	<-w.done
	w.note(when)
}

// print tells the memory, and the shares of a core since the sample before.
func (w *watch) print() {
	fmt.Printf("\n%-14s %8s %8s %8s %9s %10s %7s   %% of a core: %6s %5s %6s\n", "memory, MB", "resident", "heap", "held", "traffic", "messages", "gorout.",
		"window", "X", "bench")
	for i, s := range w.samples {
		mb := func(n int64) float64 { return float64(n) / 1e6 }
		fmt.Printf("%-14s %8.1f %8.1f %8.1f %4.0f of %-2.0f %9d %7d  ", s.when, mb(s.rss), mb(s.Heap), mb(s.HeapHeld), mb(s.TrafficBytes), mb(s.TrafficLimit), s.Traffic, s.Goroutines)
		if i > 0 {
			before := w.samples[i-1]
			fmt.Print("             ")
			for j := range s.cpu {
				fmt.Printf(" %5.1f", 100*float64(s.cpu[j]-before.cpu[j])/float64(s.at.Sub(before.at)))
			}
		}
		fmt.Println()
	}
}

// idle measures what the window takes while nothing happens.
func (b *bench) idle() {
	b.in.move(point{900, 60})
	time.Sleep(5 * time.Second) // the window rests by then
	before := b.watch.note("idle begins")
	time.Sleep(benchIdle)
	after := b.watch.note("idle ends")
	fmt.Printf("  idle for %v: %.2f %% of a core\n", benchIdle, 100*float64(after.cpu[0]-before.cpu[0])/float64(after.at.Sub(before.at)))
}

// restFrames waits and returns what the window says of its frames meanwhile.
func (b *bench) restFrames(d time.Duration) string {
	from, _ := os.Stat(b.frames)
	time.Sleep(d)
	data, err := os.ReadFile(b.frames)
	if err != nil {
		return "Overview: this program does not tell its frame rate"
	}
	if from != nil {
		data = data[from.Size():]
	}
	var all []float64
	for line := range strings.Lines(string(data)) {
		var rate float64
		if n, _ := fmt.Sscanf(line, "overview %f", &rate); n == 1 {
			all = append(all, rate)
		}
	}
	if len(all) == 0 {
		return "Overview: it was not drawn"
	}
	sum := 0.0
	for _, r := range all {
		sum += r
	}
	return fmt.Sprintf("Overview: %.1f frames/s in the flood, of %d measures %v", sum/float64(len(all)), len(all), all)
}

// printRates tells what the gateway counted while it was clicked.
func (b *bench) printRates(f *deviceFlood, before, after counts, took time.Duration) {
	rate := func(a, b uint64) float64 { return float64(b-a) / took.Seconds() }
	fmt.Printf("  reached, as the gateway counts: %.0f messages/s in, %.0f/s out, %d dropped, for %.0f s\n", rate(before.In, after.In), rate(before.Out, after.Out),
		after.Dropped-before.Dropped, took.Seconds())
	fmt.Printf("  of %d CoAP publishes %d were answered; %d notifications\n", f.coap, f.answered.Load(), f.notified.Load())
}

// printTimes tells how long answers took: those of each kind, then the first and the last that was painted of each answer.
func (b *bench) printTimes() {
	fmt.Printf("\n%-34s %5s %8s %8s %8s\n", "from the event to the paint, ms", "n", "median", "95 %", "longest")
	line := func(kind string, d []time.Duration, note string) {
		slices.Sort(d)
		ms := func(i int) float64 { return float64(d[i].Microseconds()) / 1000 }
		fmt.Printf("%-34s %5d %8.1f %8.1f %8.1f  %s\n", kind, len(d), ms(len(d)/2), ms(len(d)*95/100), ms(len(d)-1), note)
	}
	for _, kind := range b.kinds {
		note := ""
		if n := b.unsteady[kind]; n > 0 {
			note = fmt.Sprintf("%d marks were not steady", n)
		}
		line(kind, b.took[kind], note)
	}
	line("in the flood: first answers", b.first, "")
	line("in the flood: whole answers", b.whole, "")
}

// freeAddress is an address of this machine that nobody listens at.
func freeAddress(t *testing.T, network string) string {
	t.Helper()
	const any = "127.0.0.1:0"
	if network == "udp" {
		c, err := net.ListenPacket(network, any)
		must(t, err == nil, "find a free port: %v", err)
		defer c.Close()
		return c.LocalAddr().String()
	}
	l, err := net.Listen(network, any)
	must(t, err == nil, "find a free port: %v", err)
	defer l.Close()
	return l.Addr().String()
}
