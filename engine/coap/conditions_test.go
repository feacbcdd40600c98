package coap

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"net"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"
)

func TestFate(t *testing.T) {
	const n = 20_000
	for _, test := range []struct {
		name       string
		conditions Conditions
		lost, dup  float64
		mean       time.Duration
		overtaken  float64
	}{
		{name: "nothing"},
		{name: "loss", conditions: Conditions{Loss: 0.1}, lost: 0.1},
		{name: "all lost", conditions: Conditions{Loss: 1}, lost: 1},
		{name: "duplication", conditions: Conditions{Duplication: 0.25}, dup: 0.25},
		{name: "delay", conditions: Conditions{Delay: time.Second}, mean: time.Second},
		{name: "jitter", conditions: Conditions{Delay: time.Second, Jitter: 100 * time.Millisecond}, mean: 1050 * time.Millisecond},
		{name: "reordering", conditions: Conditions{Reordering: 0.1}, mean: minHoldBack / 10, overtaken: 0.1},
	} {
		t.Run(test.name, func(t *testing.T) {
			random := rand.New(rand.NewPCG(1, 2))
			var way path
			now := time.Unix(0, 0)
			lost, twice, overtaken := 0.0, 0.0, 0.0
			var total time.Duration
			var latest time.Time
			for range n {
				now = now.Add(150 * time.Millisecond)
				f := test.conditions.fate(now, time.Hour, &way, random)
				if f.lost {
					lost++
					continue
				}
				if f.copies == 2 {
					twice++
				}
				total += f.at[0].Sub(now)
				if f.at[0].Before(latest) {
					t.Fatal("a datagram overtakes another without Reordering")
				}
				if held := f.at[0].Sub(now) >= minHoldBack && test.conditions.Reordering > 0; held {
					overtaken++
				} else {
					latest = f.at[0]
				}
			}
			within := func(name string, got, want float64) {
				t.Helper()
				// Three standard deviations of a binomial distribution.
				if slack := 3*math.Sqrt(want*(1-want)/n) + 1e-9; math.Abs(got-want) > slack {
					t.Errorf("%s: %.4f, not %.4f within %.4f", name, got, want, slack)
				}
			}
			within("lost", lost/n, test.lost)
			within("twice", twice/n, test.dup)
			within("overtaken", overtaken/n, test.overtaken)
			if lost < n {
				mean := total / time.Duration(n-int(lost))
				if diff := (mean - test.mean).Abs(); diff > test.mean/20+time.Microsecond {
					t.Errorf("mean delay %v, not %v", mean, test.mean)
				}
			}
		})
	}
}

func TestJitterKeepsTheOrder(t *testing.T) {
	conditions := Conditions{Delay: 10 * time.Millisecond, Jitter: time.Second}
	random := rand.New(rand.NewPCG(3, 4))
	var way path
	now, latest := time.Unix(0, 0), time.Time{}
	for range 1000 {
		now = now.Add(time.Millisecond)
		f := conditions.fate(now, 0, &way, random)
		if f.at[0].Before(latest) {
			t.Fatal("a datagram overtook the one before it")
		}
		latest = f.at[0]
	}
}

func TestSilentPeriod(t *testing.T) {
	for _, test := range []struct {
		conditions Conditions
		elapsed    time.Duration
		silent     bool
	}{
		{Conditions{}, 0, false},
		{Conditions{SilentFor: time.Second}, 0, true},
		{Conditions{SilentFor: time.Second}, 999 * time.Millisecond, true},
		{Conditions{SilentFor: time.Second}, time.Second, false},
		{Conditions{SilentFor: time.Second}, time.Minute, false},
		{Conditions{SilentFor: time.Second, SilentEvery: time.Minute}, time.Minute, true},
		{Conditions{SilentFor: time.Second, SilentEvery: time.Minute}, 61 * time.Second, false},
	} {
		if got := test.conditions.silent(test.elapsed); got != test.silent {
			t.Errorf("%+v after %v: silent %v", test.conditions, test.elapsed, got)
		}
	}
}

func TestConditionsValidate(t *testing.T) {
	for _, test := range []struct {
		conditions Conditions
		want       string
	}{
		{Conditions{}, ""},
		{NBIoT, ""}, {LoRaLike, ""}, {LossyWiFi, ""}, {HomeNAT, ""},
		{Conditions{Loss: 1.1}, "loss 1.1"},
		{Conditions{Loss: -0.1}, "loss -0.1"},
		{Conditions{Duplication: math.NaN()}, "duplication NaN"},
		{Conditions{Delay: 2 * time.Minute}, "delay 2m0s"},
		{Conditions{Jitter: -1}, "jitter -1ns"},
		{Conditions{SilentFor: time.Minute, SilentEvery: time.Second}, "nothing would ever pass"},
		{Conditions{PortAfter: 2 * time.Hour}, "port changes"},
		{Conditions{MaxSize: -1}, "longest message -1"},
		{Conditions{MaxSize: 1 << 16}, "longest message 65536"},
	} {
		err := test.conditions.Validate()
		if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
			t.Errorf("%+v: %v, not %q", test.conditions, err, test.want)
		}
	}
}

// arrive hands a datagram from a peer to the endpoint as its socket does.
func (w *wire) arrive(peer int, m outgoing) {
	rt := w.route(peer)
	w.reader.now = time.Now()
	w.reader.arrived(&rt, m.append(nil))
	w.reader.out.flush()
}

func TestDelayedBothWays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		served := make(chan time.Time, 8)
		w := newWire(t, Config{Handler: handlerFunc(func(w *ResponseWriter, r *Request) {
			served <- r.Received
			w.SetCode(codes.Content)
		})}).gather()
		if err := w.endpoint.SetConditions(Conditioning{All: Conditions{Delay: 700 * time.Millisecond}}); err != nil {
			t.Fatal(err)
		}
		begin := time.Now()
		w.arrive(0, get(message.Confirmable, 1, "a", "x"))
		if took := (<-served).Sub(begin); took != 700*time.Millisecond {
			t.Errorf("the request was served after %v", took)
		}
		if answer := w.next(); answer.note != DelayedByConditions || answer.code != codes.Content {
			t.Errorf("answer: note %v, code %v", answer.note, answer.code)
		}
		if s := w.endpoint.ConditionStats(); s.Delayed != 2 || s.Waiting != 1 {
			t.Errorf("%+v", s)
		}
		time.Sleep(time.Second)
		if s := w.endpoint.ConditionStats(); s.Waiting != 0 || s.WaitingBytes != 0 {
			t.Errorf("afterwards: %+v", s)
		}
	})
}

func TestDelayedDatagramsAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWire(t, Config{Handler: handlerFunc(func(*ResponseWriter, *Request) {})})
		if err := w.endpoint.SetConditions(Conditioning{All: Conditions{Delay: time.Minute}}); err != nil {
			t.Fatal(err)
		}
		body := make([]byte, 60_000)
		const n = 2 * maxLateBytes / 60_000
		for i := range n {
			w.arrive(0, outgoing{code: codes.POST, messageID: uint16(i), payload: body})
		}
		s := w.endpoint.ConditionStats()
		if s.WaitingBytes > maxLateBytes || s.Overflowed == 0 || s.Waiting+int(s.Overflowed) != n {
			t.Errorf("%+v", s)
		}
	})
}

func TestLostIsNoted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWire(t, Config{Handler: handlerFunc(func(*ResponseWriter, *Request) { t.Error("a lost request was served") })})
		var notes []Note
		w.endpoint.SetTap(func(d *Datagram) { notes = append(notes, d.Note) })
		if err := w.endpoint.SetConditions(Conditioning{All: Conditions{Loss: 1}}); err != nil {
			t.Fatal(err)
		}
		w.arrive(0, get(message.Confirmable, 1, "a", "x"))
		if fmt.Sprint(notes) != fmt.Sprint([]Note{LostByConditions}) {
			t.Errorf("notes %v", notes)
		}
	})
}

func TestATapIsToldWhatConditionsDid(t *testing.T) {
	for _, test := range []struct {
		name       string
		conditions Conditions
		cause      Cause
		delay      time.Duration
	}{
		{"lost", Conditions{Loss: 1}, ByChance, 0},
		{"silent", Conditions{SilentFor: time.Minute}, Silence, 0},
		{"delayed", Conditions{Delay: 640 * time.Millisecond}, ByChance, 640 * time.Millisecond},
		{"too long", Conditions{MaxSize: 6}, TooLong, 0},
		{"overtaken", Conditions{Delay: time.Second, Reordering: 1}, Overtaken, 2 * time.Second},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWire(t, Config{Handler: handlerFunc(func(w *ResponseWriter, _ *Request) { w.SetCode(codes.Changed) })})
				var mu sync.Mutex
				var told []Datagram
				w.endpoint.SetTap(func(d *Datagram) {
					mu.Lock()
					defer mu.Unlock()
					told = append(told, *d)
				})
				if err := w.endpoint.SetConditions(Conditioning{All: test.conditions}); err != nil {
					t.Fatal(err)
				}
				begin := time.Now()
				w.arrive(0, get(message.Confirmable, 1, "a", "x"))
				time.Sleep(5 * time.Second)
				mu.Lock()
				defer mu.Unlock()
				if len(told) == 0 {
					t.Fatal("nothing was told")
				}
				d := told[0]
				if d.Conditions == nil || *d.Conditions != test.conditions || d.Cause != test.cause || d.Delay != test.delay || d.At.Sub(begin) != test.delay {
					t.Errorf("%+v after %v", d, d.At.Sub(begin))
				}
			})
		})
	}
}

func TestDuplicatedOnTheWayIsServedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		served := 0
		w := newWire(t, Config{Handler: handlerFunc(func(w *ResponseWriter, _ *Request) { served++; w.SetCode(codes.Changed) })})
		if err := w.endpoint.SetConditions(Conditioning{All: Conditions{Duplication: 1}}); err != nil {
			t.Fatal(err)
		}
		var in []Note
		w.endpoint.SetTap(func(d *Datagram) {
			if !d.Outgoing {
				in = append(in, d.Note)
			}
		})
		w.arrive(0, get(message.Confirmable, 1, "a", "x"))
		if want := []Note{0, Duplicate | DuplicatedByConditions}; served != 1 || fmt.Sprint(in) != fmt.Sprint(want) {
			t.Errorf("served %d times; notes %v, not %v", served, in, want)
		}
	})
}

func TestConditionsOfOnePeer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var served []netip.AddrPort
		w := newWire(t, Config{Handler: handlerFunc(func(w *ResponseWriter, r *Request) {
			served = append(served, r.Peer.Addr())
			w.SetCode(codes.Changed)
		})})
		err := w.endpoint.SetConditions(Conditioning{Of: func(addr netip.AddrPort, _ any) *Conditions {
			if addr == w.peerAddr(1) {
				return &Conditions{Loss: 1}
			}
			return nil
		}})
		if err != nil {
			t.Fatal(err)
		}
		for peer := range 3 {
			w.arrive(peer, get(message.Confirmable, 1, "a", "x"))
		}
		if want := []netip.AddrPort{w.peerAddr(0), w.peerAddr(2)}; fmt.Sprint(served) != fmt.Sprint(want) {
			t.Errorf("served %v, not %v", served, want)
		}
	})
}

func TestNothingIsInTheWayWithoutConditions(t *testing.T) {
	w := newWire(t, Config{Handler: handlerFunc(func(*ResponseWriter, *Request) {})})
	for _, all := range []Conditions{NBIoT, {}} {
		if err := w.endpoint.SetConditions(Conditioning{All: all}); err != nil {
			t.Fatal(err)
		}
		if on := w.endpoint.conditions.Load() != nil; on != all.Active() {
			t.Errorf("%+v: in the way %v", all, on)
		}
	}
}

func TestPortAfterSilence(t *testing.T) {
	var mu sync.Mutex
	seen := map[netip.AddrPort]*Relation{}
	e, err := Listen(context.Background(), "127.0.0.1:0", Config{Handler: handlerFunc(func(w *ResponseWriter, r *Request) {
		w.SetCode(codes.Content)
		mu.Lock()
		defer mu.Unlock()
		seen[r.Peer.Addr()] = w.Observe(RelationConfig{})
	})})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = e.Close() }()
	conn, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(e.Addr()))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	messageID := uint16(0)
	ask := func() {
		t.Helper()
		messageID++
		m := get(message.NonConfirmable, messageID, "a", "x", observe)
		if _, err := conn.Write(m.append(nil)); err != nil {
			t.Fatal(err)
		}
		_ = conn.SetReadDeadline(time.Now().Add(5 * time.Second))
		if _, err := conn.Read(make([]byte, 1500)); err != nil {
			t.Fatalf("request %d: %v", messageID, err)
		}
	}
	addrs := func() int {
		mu.Lock()
		defer mu.Unlock()
		return len(seen)
	}
	ask()
	if err := e.SetConditions(Conditioning{All: Conditions{PortAfter: time.Hour}}); err != nil {
		t.Fatal(err)
	}
	ask()
	if n := addrs(); n != 1 {
		t.Fatalf("%d ports before any silence", n)
	}
	if err := e.SetConditions(Conditioning{All: Conditions{PortAfter: time.Millisecond}}); err != nil {
		t.Fatal(err)
	}
	time.Sleep(2 * time.Millisecond)
	var moved atomic.Int32
	e.SetTap(func(d *Datagram) {
		if d.Cause == Remapped && !d.Outgoing && d.Conditions != nil {
			moved.Add(1)
		}
	})
	ask() // the answer reaches the client through the new port
	if n := moved.Load(); n != 1 {
		t.Errorf("a tap was told of %d new ports", n)
	}
	if n := addrs(); n != 2 {
		t.Fatalf("%d ports after the silence", n)
	}
	if err := e.SetConditions(Conditioning{}); err != nil {
		t.Fatal(err)
	}
	ask()
	if n := addrs(); n != 2 {
		t.Errorf("%d ports after the conditions ended: the port must stay", n)
	}
	if n := e.ChangePorts(func(netip.AddrPort, any) bool { return true }); n != 1 {
		t.Errorf("%d ports are to change", n)
	}
	ask()
	if n := addrs(); n != 3 {
		t.Errorf("%d ports after ChangePorts", n)
	}
}

func TestConditionsUnderLoad(t *testing.T) {
	e, err := Listen(context.Background(), "127.0.0.1:0", Config{Handler: handlerFunc(func(w *ResponseWriter, _ *Request) { w.SetCode(codes.Changed) })})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = e.Close() }()
	conditions := Conditions{
		Loss: 0.1, Delay: time.Millisecond, Jitter: 5 * time.Millisecond, Duplication: 0.1, Reordering: 0.1, PortAfter: 20 * time.Millisecond,
	}
	if err := e.SetConditions(Conditioning{All: conditions, Seed: 1}); err != nil {
		t.Fatal(err)
	}
	var clients sync.WaitGroup
	for range 8 {
		clients.Go(func() {
			conn, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(e.Addr()))
			if err != nil {
				t.Error(err)
				return
			}
			defer func() { _ = conn.Close() }()
			for i := range 200 {
				m := get(message.NonConfirmable, uint16(i), "a", "x")
				_, _ = conn.Write(m.append(nil))
				_ = conn.SetReadDeadline(time.Now().Add(time.Millisecond))
				_, _ = conn.Read(make([]byte, 1500))
			}
		})
	}
	for range 20 {
		time.Sleep(10 * time.Millisecond)
		e.ChangePorts(func(netip.AddrPort, any) bool { return true })
		if err := e.SetConditions(Conditioning{All: conditions}); err != nil {
			t.Error(err)
		}
	}
	clients.Wait()
	if s := e.ConditionStats(); s.Lost == 0 || s.Delayed == 0 || s.Duplicated == 0 {
		t.Errorf("%+v", s)
	}
}
