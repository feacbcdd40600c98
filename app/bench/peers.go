package main

import (
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/plgd-dev/go-coap/v3/message/codes"
)

// active is how many of the known peers speak in the first of the two measurements.
const active = 100

// peers prints what a publish costs when many peers are known: their requests come from a hundred of them, and from all
// of them in turn. The echo loop is asked in the same way, for addresses cost the kernel and the sender something, too.
func peers(seconds, rounds int) error {
	fmt.Printf("Publishes a second by how many peers are known, %d in flight (median of %d runs of %d s)\n",
		chunk, rounds, seconds)
	sizes := []int{1, 100, 10_000, 50_000}
	type rates struct{ few, all, echoFew, echoAll []float64 }
	measured := make([]rates, len(sizes))
	for range rounds {
		for i, known := range sizes {
			r := &measured[i]
			for _, m := range []struct {
				start    func() (server, error)
				few, all *[]float64
			}{
				{startEcho, &r.echoFew, &r.echoAll},
				{func() (server, error) { return startSluice(0) }, &r.few, &r.all},
			} {
				few, all, err := publishes(m.start, known, seconds)
				if errors.Is(err, errNotLinux) {
					fmt.Printf("  %v\n\n", err)
					return nil
				}
				if err != nil {
					return fmt.Errorf("%d peers: %w", known, err)
				}
				*m.few, *m.all = append(*m.few, few), append(*m.all, all)
				settle()
			}
		}
	}
	base := measured[1]
	for i, known := range sizes {
		r := &measured[i]
		few, all := median(r.few), median(r.all)
		fmt.Printf("  %6d known  from %3d of them %9.0f/s  %5.2f of 100 known  %5.2f of the echo loop"+
			"   from all in turn %9.0f/s  %5.2f of 100 known  %5.2f of the echo loop\n",
			known, min(active, known), few, few/median(base.few), few/median(r.echoFew),
			all, all/median(base.all), all/median(r.echoAll))
	}
	fmt.Println()
	return nil
}

// publishes makes a server know a crowd, which takes one request each, and measures.
func publishes(start func() (server, error), known, seconds int) (few, all float64, err error) {
	c, err := newCrowd(known)
	if err != nil {
		return 0, 0, err
	}
	defer c.close()
	srv, err := start()
	if err != nil {
		return 0, 0, err
	}
	defer srv.stop()
	to, err := net.ResolveUDPAddr("udp4", srv.addr)
	if err != nil {
		return 0, 0, fmt.Errorf("read the server's address: %w", err)
	}
	if !srv.echoes {
		if err := c.ask(to, func(_ int, b []byte) []byte { return crowdPublish(0, b) }); err != nil {
			return 0, 0, err
		}
	}
	if few, err = c.drive(to, min(active, known), seconds); err != nil {
		return 0, 0, err
	}
	all, err = c.drive(to, known, seconds)
	return few, all, err
}

// drive sends requests of the first members in turn, chunk at a time, and counts the answers a second.
func (c *crowd) drive(to *net.UDPAddr, members, seconds int) (rate float64, err error) {
	var messageID uint16
	answered := 0
	began := time.Now()
	for time.Since(began) < time.Duration(seconds)*time.Second {
		for _, s := range c.stands {
			if s.first >= members {
				break
			}
			of := min(len(s.sources), members-s.first)
			for next := 0; next < of; next += chunk {
				messageID++
				n, err := s.round(to, next, of, &messageID)
				if err != nil {
					return 0, err
				}
				answered += n
			}
		}
	}
	return float64(answered) / time.Since(began).Seconds(), nil
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
		m, err := s.receive(time.Now().Add(time.Second))
		if err != nil {
			return answered, fmt.Errorf("after %d of %d answers: %w", answered, chunk, err)
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
