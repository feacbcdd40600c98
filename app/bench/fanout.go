package main

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"slices"
	"time"

	"github.com/plgd-dev/go-coap/v3/message/codes"
	"golang.org/x/net/ipv4"

	"sluice/engine"
)

const fanoutTopic = "bench/lamp"

// fanout prints what one publish to many observers takes beside a plain WriteBatch loop that sends the same datagrams,
// bytes and addresses, from a socket of its own. The two take turns. Nobody reads while the clock runs: the sockets of
// the observers hold a whole publish (see standSize), are emptied after each, and a datagram that is missing is told.
func fanout(seconds int) error {
	fmt.Printf("Fan-out of one publish, in this process, to observers with addresses of their own (median of %d s)\n", seconds)
	for _, kind := range []struct {
		name string
		qos  byte
	}{{"Non-confirmable", 0}, {"Confirmable", 1}} {
		for _, observers := range []int{1, 100, 10_000} {
			f, err := newFanout(observers, kind.qos)
			if err == nil {
				err = f.measure(seconds)
				f.close()
			}
			if errors.Is(err, errNotLinux) {
				fmt.Printf("  %v\n\n", err)
				return nil
			}
			if err != nil {
				return fmt.Errorf("fan-out to %d: %w", observers, err)
			}
			f.print(kind.name)
			settle()
		}
	}
	fmt.Println()
	return nil
}

type fanoutRun struct {
	observers int
	qos       byte
	crowd     *crowd
	sluice    *engine.Engine
	to        *net.UDPAddr
	plain     *net.UDPConn
	messages  []ipv4.Message // what Sluice sent, for the plain loop
	publish   []time.Duration
	loop      []time.Duration
	missing   int
}

func newFanout(observers int, qos byte) (*fanoutRun, error) {
	c, err := newCrowd(observers)
	if err != nil {
		return nil, err
	}
	f := &fanoutRun{observers: observers, qos: qos, crowd: c}
	if f.plain, err = net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)}); err != nil {
		c.close()
		return nil, fmt.Errorf("bind: %w", err)
	}
	if f.sluice, f.to, err = startEngine(); err != nil {
		c.close()
		_ = f.plain.Close()
		return nil, err
	}
	return f, nil
}

func (f *fanoutRun) close() {
	_ = f.sluice.Close()
	_ = f.plain.Close()
	f.crowd.close()
}

func (f *fanoutRun) measure(seconds int) error {
	if err := f.crowd.ask(f.to, func(_ int, b []byte) []byte { return observeRequest(1, fanoutTopic, b) }); err != nil {
		return err
	}
	if err := f.record(); err != nil {
		return err
	}
	packets := ipv4.NewPacketConn(f.plain)
	for end := time.Now().Add(time.Duration(seconds) * time.Second); time.Now().Before(end); {
		begin := time.Now()
		if err := f.once(); err != nil {
			return err
		}
		f.publish = append(f.publish, time.Since(begin))
		f.settle()

		begin = time.Now()
		sendAll(packets, f.messages)
		f.loop = append(f.loop, time.Since(begin))
		f.missing += f.crowd.collect(f.observers, nil)
	}
	return nil
}

func (f *fanoutRun) once() error {
	return f.sluice.Publish(engine.Publication{Topic: fanoutTopic, Payload: []byte("23.4"), QoS: f.qos})
}

// record publishes once and takes what came for what the plain loop is to send.
func (f *fanoutRun) record() error {
	if err := f.once(); err != nil {
		return err
	}
	f.messages = make([]ipv4.Message, f.observers)
	f.missing = f.crowd.collect(f.observers, func(member int, s *stand, b []byte) {
		f.messages[member] = ipv4.Message{
			Buffers: [][]byte{bytes.Clone(b)}, Addr: &net.UDPAddr{IP: address(member), Port: s.port},
		}
		f.acknowledge(member, s, b)
	})
	if f.missing > 0 {
		return fmt.Errorf("%d of %d observers got nothing", f.missing, f.observers)
	}
	return f.quiet()
}

// settle empties the sockets, and acknowledges what asks for it.
func (f *fanoutRun) settle() {
	if f.qos == 0 {
		f.missing += f.crowd.collect(f.observers, nil)
		return
	}
	f.missing += f.crowd.collect(f.observers, f.acknowledge)
	if err := f.quiet(); err != nil {
		f.missing++
	}
}

func (f *fanoutRun) acknowledge(member int, s *stand, b []byte) {
	if b[0]>>4&3 != 0 {
		return
	}
	s.prepare(0, member-s.first, f.to, append(s.out[0].Buffers[0][:0], 0x60, 0, b[2], b[3]))
	s.send(1)
}

// quiet waits until the acknowledgements have been read: a ping of the last member is answered behind them.
func (f *fanoutRun) quiet() error {
	if f.qos == 0 {
		return nil
	}
	s := f.crowd.stands[len(f.crowd.stands)-1]
	s.prepare(0, len(s.sources)-1, f.to, append(s.out[0].Buffers[0][:0], 0x40, 0, 0, 1))
	s.send(1)
	if _, err := s.receive(time.Now().Add(patience)); err != nil {
		return fmt.Errorf("wait for the answer to a ping: %w", err)
	}
	return nil
}

func (f *fanoutRun) print(kind string) {
	publish, loop := middle(f.publish), middle(f.loop)
	rate := func(d time.Duration) float64 { return float64(f.observers) / d.Seconds() }
	fmt.Printf("  %-15s %6d observers %9v a publish %9.0f/s   plain loop %9v %9.0f/s   %5.2f of it  %s\n", kind, f.observers,
		publish.Round(10*time.Nanosecond), rate(publish), loop.Round(10*time.Nanosecond), rate(loop),
		loop.Seconds()/publish.Seconds(), missingNote(f.missing))
}

func missingNote(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("%d missing", n)
}

func middle(d []time.Duration) time.Duration {
	d = slices.Sorted(slices.Values(d))
	return d[len(d)/2]
}

// observeRequest is a Confirmable GET /ps/<topic> with Observe 0.
func observeRequest(messageID uint16, topic string, b []byte) []byte {
	b = append(b, 0x44, byte(codes.GET), byte(messageID>>8), byte(messageID), byte(messageID>>8), byte(messageID), 3, 4)
	b = append(b, 0x60, 0x52, 'p', 's')
	return appendPath(b, 0, topic)
}

// appendPath appends the segments of a topic as Uri-Path options; delta is that of the first one.
func appendPath(b []byte, delta byte, topic string) []byte {
	for _, segment := range bytes.Split([]byte(topic), []byte("/")) {
		if n := len(segment); n < 13 {
			b = append(b, delta<<4|byte(n))
		} else {
			b = append(b, delta<<4|13, byte(n-13))
		}
		b = append(b, segment...)
		delta = 0
	}
	return b
}
