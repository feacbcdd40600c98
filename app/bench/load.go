package main

import (
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// load drives requests through sockets sockets with inFlight requests outstanding on each, for a duration.
type load struct {
	target   string
	sockets  int
	inFlight int
	request  func(messageID uint16, buf []byte) []byte // a whole datagram
}

// window is how many answers came in each second.
type window struct {
	perSecond []uint64
	lost      uint64
}

func (w window) rate() float64 {
	var sum uint64
	for _, n := range w.perSecond {
		sum += n
	}
	return float64(sum) / float64(len(w.perSecond))
}

// span is the mean rate of seconds [from, to).
func (w window) span(from, to int) float64 {
	return window{perSecond: w.perSecond[from:to]}.rate()
}

// run sends for the given number of seconds and counts answers. A request unanswered for a second is counted as lost
// and sent anew.
func (l load) run(seconds int) (window, error) {
	var answered, lost atomic.Uint64
	stop := make(chan struct{})
	var clients sync.WaitGroup
	for range l.sockets {
		conn, err := net.Dial("udp", l.target)
		if err != nil {
			return window{}, fmt.Errorf("dial %s: %w", l.target, err)
		}
		clients.Add(1)
		go func() {
			defer clients.Done()
			defer conn.Close()
			l.client(conn.(*net.UDPConn), stop, &answered, &lost)
		}()
	}
	var w window
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	before := answered.Load()
	for range seconds {
		<-tick.C
		now := answered.Load()
		w.perSecond = append(w.perSecond, now-before)
		before = now
	}
	close(stop)
	clients.Wait()
	w.lost = lost.Load()
	return w, nil
}

func (l load) client(conn *net.UDPConn, stop <-chan struct{}, answered, lost *atomic.Uint64) {
	buf := make([]byte, 2048)
	out := make([]byte, 0, 256)
	var messageID uint16
	send := func() {
		messageID++
		out = l.request(messageID, out[:0])
		_, _ = conn.Write(out)
	}
	for range l.inFlight {
		send()
	}
	for {
		select {
		case <-stop:
			return
		default:
		}
		_ = conn.SetReadDeadline(time.Now().Add(time.Second))
		n, err := conn.Read(buf)
		if err != nil {
			lost.Add(uint64(l.inFlight))
			for range l.inFlight {
				send()
			}
			continue
		}
		if n >= 4 {
			answered.Add(1)
			send()
		}
	}
}
