package main

import (
	"errors"
	"fmt"
	"net"
	"runtime"
	"time"

	"github.com/plgd-dev/go-coap/v3/message/codes"
)

// active is how many of the known peers speak in the first of the two measurements.
const active = 100

// cost is what requests took in one run.
type cost struct {
	rate float64       // answered a second
	cpu  time.Duration // of the server, a request
}

// peers prints what a publish costs when many peers are known: their requests come from a hundred of them, and from all
// of them in turn. The time is that of all threads but the one that sends and receives for the crowd. The echo loop is
// asked in the same way, for addresses cost the kernel something, too.
func peers(seconds, rounds int) error {
	fmt.Printf("A publish by how many peers are known, %d in flight (median of %d runs of %d s)\n", chunk, rounds, seconds)
	sizes := []int{1, 100, 10_000, 50_000}
	contenders := []contender{
		{"echo loop", startEcho},
		{"Sluice", func() (server, error) { return startSluice(0) }},
	}
	few, all := make([][][]cost, len(sizes)), make([][][]cost, len(sizes))
	for i := range sizes {
		few[i], all[i] = make([][]cost, len(contenders)), make([][]cost, len(contenders))
	}
	for range rounds {
		for i, known := range sizes {
			for j, c := range contenders {
				ofFew, ofAll, err := c.publishes(known, seconds)
				if errors.Is(err, errNotLinux) {
					fmt.Printf("  %v\n\n", err)
					return nil
				}
				if err != nil {
					return fmt.Errorf("%s, %d peers: %w", c.name, known, err)
				}
				few[i][j], all[i][j] = append(few[i][j], ofFew), append(all[i][j], ofAll)
				settle()
			}
		}
	}
	for j, c := range contenders {
		for i, known := range sizes {
			fmt.Printf("  %-9s  %6d known", c.name, known)
			printCost(fmt.Sprintf("from %d of them", min(active, known)), few[i][j], few[1][j])
			printCost("from all in turn", all[i][j], all[1][j])
			fmt.Println()
		}
	}
	fmt.Println()
	return nil
}

func printCost(from string, c, of100 []cost) {
	rate, cpu := medianCost(c)
	_, base := medianCost(of100)
	fmt.Printf("   %16s %7.0f/s %6v of CPU (%.2f)", from, rate, cpu.Round(10*time.Nanosecond), cpu.Seconds()/base.Seconds())
}

func medianCost(c []cost) (rate float64, cpu time.Duration) {
	var rates []float64
	var cpus []time.Duration
	for _, x := range c {
		rates, cpus = append(rates, x.rate), append(cpus, x.cpu)
	}
	return median(rates), middle(cpus)
}

// publishes makes a server know a crowd and measures.
func (c contender) publishes(known, seconds int) (few, all cost, err error) {
	crowd, err := newCrowd(known)
	if err != nil {
		return few, all, err
	}
	defer crowd.close()
	srv, err := c.start()
	if err != nil {
		return few, all, err
	}
	defer srv.stop()
	to, err := net.ResolveUDPAddr("udp4", srv.addr)
	if err != nil {
		return few, all, fmt.Errorf("read the server's address: %w", err)
	}
	if !srv.echoes {
		if err := crowd.ask(to, func(_ int, b []byte) []byte { return crowdPublish(0, b) }); err != nil {
			return few, all, err
		}
		// The memory of duplicates grows with a peer's first requests. From the ninth to the sixteenth it does not.
		for range 8 {
			if _, err := crowd.lap(to, known); err != nil {
				return few, all, err
			}
		}
	}
	runtime.GC()
	if few, err = crowd.drive(to, min(active, known), seconds); err != nil {
		return few, all, err
	}
	all, err = crowd.drive(to, known, seconds)
	return few, all, err
}

// drive sends requests of the first members in turn, chunk at a time, and reads the answers.
func (c *crowd) drive(to *net.UDPAddr, members, seconds int) (cost, error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	answered := 0
	began, used := time.Now(), cpuTime()
	for time.Since(began) < time.Duration(seconds)*time.Second {
		n, err := c.lap(to, members)
		if err != nil {
			return cost{}, err
		}
		answered += n
	}
	used = cpuTime() - used
	return cost{float64(answered) / time.Since(began).Seconds(), used / time.Duration(answered)}, nil
}

// lap has each of the first members send a request, or some more where a chunk is not full.
func (c *crowd) lap(to *net.UDPAddr, members int) (answered int, err error) {
	for _, s := range c.stands {
		if s.first >= members {
			break
		}
		of := min(len(s.sources), members-s.first)
		for next := 0; next < of; next += chunk {
			c.messageID++
			n, err := s.round(to, next, of, &c.messageID)
			if err != nil {
				return answered, err
			}
			answered += n
		}
	}
	return answered, nil
}

// round sends chunk requests of the members from next on, beginning again where there are fewer, and reads the answers.
func (s *stand) round(to *net.UDPAddr, next, of int, messageID *uint16) (answered int, err error) {
	for n := range chunk {
		if n > 0 && (next+n)%of == 0 {
			*messageID++ // the same members again
		}
		s.prepare(n, (next+n)%of, to, crowdPublish(*messageID, s.out[n].Buffers[0][:0]))
	}
	s.send(chunk)
	for answered < chunk {
		m, err := s.receive(time.Now().Add(patience))
		if err != nil {
			return answered, fmt.Errorf("after %d of %d answers: %w", answered, chunk, err)
		}
		for i := range m {
			if b := m[i].Buffers[0]; m[i].N < 4 || b[1]>>5 > 2 {
				return answered, fmt.Errorf("a publish was answered % x", b[:m[i].N])
			}
		}
		answered += len(m)
	}
	return answered, nil
}

// crowdPublish is publish without a client ID: each address is a client of its own.
func crowdPublish(messageID uint16, b []byte) []byte {
	b = append(b, 0x44, byte(codes.POST), byte(messageID>>8), byte(messageID), 1, 2, 3, 4, 0xb2, 'p', 's')
	return append(appendPath(b, 0, "bench/temperature"), 0xff, '2', '3', '.', '4')
}
