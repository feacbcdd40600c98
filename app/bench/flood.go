package main

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"net"
	"runtime"
	"slices"
	"sync"
	"time"

	"sluice/engine"
)

const (
	// floodPause is between two datagrams or handshakes of the flood when they are 10,000 a minute.
	floodPause = time.Minute / 10_000
	// fullSeconds is how long the flood lasts that is as fast as can be, and the time without any.
	fullSeconds = 5
	// askPause is between two requests of a client whose latency is measured.
	askPause = 5 * time.Millisecond
	// remembered is how many requests of a client are remembered at most, to recognise duplicates: after as many its memory
	// does not grow any more.
	remembered = 4096
)

// flood prints how long answers take, over UDP and in sessions of DTLS that were there before, without a flood and beside
// one, whether new clients are let in, and the memory before, at the end and afterwards. A plain UDP echo loop, which nobody
// floods, shows what the attackers' share of the processors costs.
func (c *credentials) flood(seconds int) error {
	e, err := startSecure(c)
	if err != nil {
		return err
	}
	defer settle()
	defer func() { _ = e.Close() }()
	echo, err := startEcho()
	if err != nil {
		return err
	}
	defer echo.stop()
	probes, err := dialProbes(e, echo.addr)
	if err != nil {
		return err
	}
	defer probes.close()
	probes.warmUp()
	a, err := newAttack(e.Status().Listeners[1].Addr)
	if err != nil {
		return err
	}
	fmt.Printf("Latency of %d clients each beside garbage and half-open handshakes, which are sent to the listener of DTLS\n", probesEach)
	before := memoryOf(e)
	var undisturbed siege
	var during footprint
	for _, phase := range []struct {
		name    string
		seconds int
		pause   time.Duration
	}{{"undisturbed", fullSeconds, -1}, {"10,000 a minute", seconds, floodPause}, {"as many as can be sent", fullSeconds, 0}} {
		stop := a.start(phase.pause)
		s := probes.besiege(a.target.String(), phase.seconds)
		if phase.pause == 0 {
			during = memoryOf(e)
		}
		sent := stop()
		if phase.pause < 0 {
			undisturbed = s
		}
		fmt.Printf("  %s for %d s: %d sent\n", phase.name, phase.seconds, sent)
		s.print(undisturbed)
	}
	fmt.Printf("  sent in all: %s\n", a)
	began := time.Now()
	for handshakeLimit(e).InUse > 0 && time.Since(began) < 4*patience {
		time.Sleep(50 * time.Millisecond)
	}
	limit := handshakeLimit(e)
	fmt.Printf("  %d handshakes may be under way: %d were refused for it, or gave way to another\n", limit.Limit, limit.Reached)
	settle()
	fmt.Printf("  before it      %s\n  at its end     %s\n  after %2.0f s     %s\n\n", before, during, time.Since(began).Seconds(), memoryOf(e))
	return nil
}

// siege is how clients fare, in the order of probes, and after them new ones that make a handshake and go away.
type siege [kindsOfProbes + 1]latency

// besiege has clients ask for a duration, and a new one come after another.
func (p probes) besiege(secure string, seconds int) (s siege) {
	until := time.Now().Add(time.Duration(seconds) * time.Second)
	var clients sync.WaitGroup
	for i, group := range p {
		clients.Go(func() { s[i] = latencyOf(group, until) })
	}
	clients.Go(func() { s[kindsOfProbes] = newcomers(secure, until) })
	clients.Wait()
	return s
}

func newcomers(secure string, until time.Time) (l latency) {
	for ; time.Now().Before(until); time.Sleep(10 * askPause) {
		began := time.Now()
		if comeAndGo(secure, withPSK(pskKey)) != nil {
			l.lost++
			continue
		}
		l.took = append(l.took, time.Since(began))
	}
	slices.Sort(l.took)
	return l
}

func (s siege) print(undisturbed siege) {
	for i, name := range []string{"plain UDP echo loop", "Sluice, UDP", "Sluice, DTLS", "Sluice, a PSK handshake"} {
		l, base := s[i], undisturbed[i]
		fmt.Printf("    %-24s median %7d µs (%.2f of undisturbed), 99%% %7d µs (%.2f), %d of %d lost\n", name,
			l.at(50).Microseconds(), l.at(50).Seconds()/base.at(50).Seconds(),
			l.at(99).Microseconds(), l.at(99).Seconds()/base.at(99).Seconds(), l.lost, l.lost+len(l.took))
	}
}

// footprint is what is there after a collection of garbage, of clients and the flood as well.
type footprint struct {
	heap, stacks         uint64 // bytes
	goroutines, underWay int
}

func memoryOf(e *engine.Engine) footprint {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return footprint{m.HeapAlloc, m.StackInuse, runtime.NumGoroutine(), int(handshakeLimit(e).InUse)}
}

func (f footprint) String() string {
	return fmt.Sprintf("%6.2f MB of heap, %5.2f MB of stacks, %4d goroutines, %3d handshakes under way",
		float64(f.heap)/1e6, float64(f.stacks)/1e6, f.goroutines, f.underWay)
}

// probe is a client whose latency is measured.
type probe struct {
	net.Conn
	socket net.PacketConn // below it; nil if it is one itself
}

func (p probe) close() {
	_ = p.Close()
	if p.socket != nil {
		_ = p.socket.Close()
	}
}

// probesEach is how many clients of a kind there are.
const probesEach = 2

// probes are clients of the echo loop, over UDP, and in sessions of DTLS.
type probes [kindsOfProbes][]probe

const kindsOfProbes = 3

func (p probes) close() {
	for _, one := range slices.Concat(p[:]...) {
		one.close()
	}
}

func dialProbes(e *engine.Engine, echo string) (all probes, err error) {
	defer func() {
		if err != nil {
			all.close()
		}
	}()
	for range probesEach {
		for i, addr := range []string{echo, e.Status().Listeners[0].Addr} {
			conn, err := net.Dial("udp4", addr)
			if err != nil {
				return all, fmt.Errorf("dial: %w", err)
			}
			all[i] = append(all[i], probe{Conn: conn})
		}
		socket, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
		if err != nil {
			return all, fmt.Errorf("bind: %w", err)
		}
		session, err := dialDTLS(socket, e.Status().Listeners[1].Addr, withPSK(pskKey))
		if err != nil {
			_ = socket.Close()
			return all, err
		}
		all[2] = append(all[2], probe{session, socket})
	}
	return all, nil
}

// warmUp has clients ask until what is remembered of them does not grow any more.
func (p probes) warmUp() {
	for _, one := range slices.Concat(p[1:]...) {
		one.ask(time.Now().Add(patience), remembered, 0)
	}
}

// latency is how long answers took.
type latency struct {
	took []time.Duration
	lost int // not answered in a second
}

func (l latency) at(percent int) time.Duration {
	if len(l.took) == 0 {
		return 0
	}
	return l.took[min(len(l.took)-1, len(l.took)*percent/100)]
}

// latencyOf has clients ask until a moment.
func latencyOf(probes []probe, until time.Time) (all latency) {
	var mu sync.Mutex
	var clients sync.WaitGroup
	for _, p := range probes {
		clients.Go(func() {
			l := p.ask(until, math.MaxInt, askPause)
			mu.Lock()
			all.took, all.lost = append(all.took, l.took...), all.lost+l.lost
			mu.Unlock()
		})
	}
	clients.Wait()
	slices.Sort(all.took)
	return all
}

// ask asks until a moment, but not more often than limit.
func (p probe) ask(until time.Time, limit int, pause time.Duration) (l latency) {
	out, in := make([]byte, 0, 256), make([]byte, 2048)
	messageID := uint16(rand.Uint32())
	for n := 0; n < limit && time.Now().Before(until); n++ {
		time.Sleep(pause)
		messageID++
		out = publish(messageID, out[:0])
		began := time.Now()
		if err := p.answered(out, in, began.Add(time.Second)); err != nil {
			l.lost++
			continue
		}
		l.took = append(l.took, time.Since(began))
	}
	return l
}

// answered waits for the answer to a request; late answers to others are passed over.
func (p probe) answered(request, in []byte, deadline time.Time) error {
	if _, err := p.Write(request); err != nil {
		return err
	}
	if err := p.SetReadDeadline(deadline); err != nil {
		return err
	}
	for {
		n, err := p.Read(in)
		if err != nil {
			return err
		}
		if n >= 4 && in[2] == request[2] && in[3] == request[3] {
			if in[1]>>5 != 2 && in[1] != request[1] { // an echo is as good
				return errors.New("refused")
			}
			return nil
		}
	}
}
