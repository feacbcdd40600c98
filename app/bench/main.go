// Command bench measures Sluice beside its limit and a peer, in one run on one machine: requests answered a second for a
// plain UDP echo loop, Sluice with and without an MQTT subscriber, and a go-coap server that does nothing but answer;
// whether the rate lasts and whether many peers slow it down; block-wise transfers; the fan-out of one publish to many
// observers; the memory of a client, a peer, an observer and a topic; and handshakes of DTLS, with what a flood of them does
// to others. It prints; it judges nothing.
package main

import (
	"flag"
	"fmt"
	"os"
	"runtime"
	"runtime/pprof"
	"slices"
	"strings"
	"time"
)

// part is one measurement that may be run alone.
type part struct {
	name string
	run  func() error
}

func main() {
	seconds := flag.Int("seconds", 4, "how long each measurement of requests a second takes")
	rounds := flag.Int("rounds", 3, "how often each is repeated, in turn; the median is printed")
	short := flag.Int("short", 1, "how long each measurement of the other parts takes, in seconds")
	clients := flag.Int("clients", 10_000, "clients, peers, observers and topics of which the memory is measured")
	lasting := flag.Int("lasting", 60, "seconds of the run that shows whether the rate lasts")
	flooded := flag.Int("flood", 20, "seconds of the flood of 10,000 handshakes a minute")
	profile := flag.String("cpuprofile", "", "write a CPU profile of the run to this file")
	parts := []part{
		{"requests", func() error { return throughput(*seconds, *rounds) }},
		{"peers", func() error { return peers(*short, *rounds) }},
		{"blocks", func() error { return blocks(*short, *rounds) }},
		{"fanout", func() error { return fanout(*rounds * *short) }},
		{"memory", func() error { return memory(*clients) }},
		{"handshakes", func() error { return handshakes(*short, *rounds, *flooded) }},
		{"lasting", func() error { return endurance(*lasting) }},
	}
	only := flag.String("only", "", "measure only these, separated by commas: "+names(parts))
	flag.Parse()
	if err := run(parts, *only, *profile); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func names(parts []part) string {
	var all []string
	for _, p := range parts {
		all = append(all, p.name)
	}
	return strings.Join(all, ",")
}

func run(parts []part, only, profile string) error {
	wanted := strings.Split(names(parts), ",")
	if only != "" {
		wanted = strings.Split(only, ",")
	}
	for _, name := range wanted {
		if !slices.ContainsFunc(parts, func(p part) bool { return p.name == name }) {
			return fmt.Errorf("there is no part %q; there are %s", name, names(parts))
		}
	}
	fmt.Printf("%s, %s/%s, %d CPUs; client and server share the process\n\n",
		runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU())
	stop, err := startProfile(profile)
	if err != nil {
		return err
	}
	defer stop()
	for _, p := range parts {
		if !slices.Contains(wanted, p.name) {
			continue
		}
		if err := p.run(); err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
	}
	return nil
}

func startProfile(path string) (stop func(), err error) {
	if path == "" {
		return func() {}, nil
	}
	f, err := os.Create(path)
	if err != nil {
		return nil, fmt.Errorf("create profile: %w", err)
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		return nil, fmt.Errorf("start profile: %w", err)
	}
	return func() {
		pprof.StopCPUProfile()
		_ = f.Close()
	}, nil
}

// shape is how the requests come.
type shape struct{ sockets, inFlight int }

func throughput(seconds, rounds int) error {
	contenders := []contender{
		{"plain UDP echo loop", startEcho},
		{"Sluice, nobody subscribed", func() (server, error) { return startSluice(0) }},
		{"Sluice, one MQTT subscriber", func() (server, error) { return startSluice(1) }},
		{"go-coap v3, answers only", startGoCoAP},
	}
	for _, s := range []shape{{64, 4}, {1, 16}} {
		fmt.Printf("Requests answered a second, %d sockets × %d in flight (median of %d runs of %d s)\n",
			s.sockets, s.inFlight, rounds, seconds)
		rates := make([][]float64, len(contenders))
		notes := make([]string, len(contenders))
		for range rounds {
			for i, c := range contenders {
				w, note, err := c.measure(s, seconds)
				if err != nil {
					return fmt.Errorf("%s: %w", c.name, err)
				}
				rates[i] = append(rates[i], w.rate())
				notes[i] = note
			}
		}
		limit := median(rates[0])
		for i, c := range contenders {
			m := median(rates[i])
			fmt.Printf("  %-30s %9.0f/s  %5.2f of the echo loop  %s\n", c.name, m, m/limit, notes[i])
		}
		fmt.Println()
	}
	return nil
}

// endurance shows whether the rate lasts: duplicates have to be remembered for four minutes.
func endurance(seconds int) error {
	if seconds < 20 {
		return nil
	}
	s, err := startSluice(0)
	if err != nil {
		return err
	}
	defer s.stop()
	w, err := load{target: s.addr, sockets: 64, inFlight: 4, request: publish}.run(seconds)
	if err != nil {
		return err
	}
	first, last := w.span(0, 10), w.span(seconds-10, seconds)
	fmt.Printf("Rate over %d s, 64 sockets × 4 in flight, nobody subscribed\n", seconds)
	fmt.Printf("  first ten seconds %9.0f/s\n  last ten seconds  %9.0f/s  %5.2f of the first; %d lost\n",
		first, last, last/first, w.lost)
	return nil
}

// settle lets what a measurement left behind go before the next one.
func settle() {
	runtime.GC()
	time.Sleep(100 * time.Millisecond)
}
