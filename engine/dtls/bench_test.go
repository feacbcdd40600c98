package dtls_test

import (
	"context"
	"net"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	pion "github.com/pion/dtls/v3"

	"sluice/engine/dtls"
)

func BenchmarkHandshake(b *testing.B) {
	a, c := plant(b)
	for name, options := range map[string][]pion.ClientOption{
		"PSK":   withPSK(pskIdentity, pskKey),
		"ECDSA": append(trusting(a), pion.WithCipherSuites(pion.TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8)),
	} {
		b.Run(name, func(b *testing.B) {
			s := serve(b, dtls.Config{Credentials: c})
			for b.Loop() {
				udp, err := net.ListenUDP("udp4", nil)
				if err != nil {
					b.Fatal(err)
				}
				conn, err := pion.ClientWithOptions(udp, net.UDPAddrFromAddrPort(s.addr), options...)
				if err != nil {
					b.Fatal(err)
				}
				if err := conn.HandshakeContext(b.Context()); err != nil {
					b.Fatal(err)
				}
				_ = conn.Close()
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "handshakes/s")
		})
	}
}

func BenchmarkEcho(b *testing.B) {
	_, c := plant(b)
	s := serve(b, dtls.Config{Credentials: c})
	conn, err := dialOver(b, listenUDP(b), net.UDPAddrFromAddrPort(s.addr), withPSK(pskIdentity, pskKey)...)
	if err != nil {
		b.Fatal(err)
	}
	message, answer := make([]byte, 64), make([]byte, dtls.MaxMessage)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := conn.Write(message); err != nil {
			b.Fatal(err)
		}
		if _, err := conn.Read(answer); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkEchoInAFlood measures how long an answer takes while garbage and half-open handshakes come in, 10,000 a minute
// of them and then as many as can be sent, beside what it takes undisturbed.
func BenchmarkEchoInAFlood(b *testing.B) {
	for name, pause := range map[string]time.Duration{"undisturbed": -1, "10,000 a minute": 6 * time.Millisecond, "all there can be": 0} {
		b.Run(name, func(b *testing.B) {
			_, c := plant(b)
			s := serve(b, dtls.Config{Credentials: c})
			conn := s.mustDial(withPSK(pskIdentity, pskKey)...)
			ctx, cancel := context.WithCancel(b.Context())
			var attackers sync.WaitGroup
			if pause >= 0 {
				udp := listenUDP(b)
				cookie := cookieFor(b, udp, s.addr, 9)
				attackers.Go(func() { flood(ctx, b, udp, s, cookie, pause) })
			}
			var took []time.Duration
			message, answer := make([]byte, 64), make([]byte, dtls.MaxMessage)
			for b.Loop() {
				began := time.Now()
				_, _ = conn.Write(message)
				_ = conn.SetReadDeadline(began.Add(time.Second))
				if _, err := conn.Read(answer); err != nil {
					continue // the flood filled the socket
				}
				took = append(took, time.Since(began))
			}
			cancel()
			attackers.Wait()
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)/2].Microseconds()), "median-µs")
			b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "99%-µs")
			b.ReportMetric(float64(b.N-len(took)), "lost")
		})
	}
}

func flood(ctx context.Context, t testing.TB, udp *net.UDPConn, s *server, cookie []byte, pause time.Duration) {
	halfOpen, first, garbage := hello(t, 1, 9, cookie), hello(t, 0, 9, nil), make([]byte, 100)
	for ctx.Err() == nil {
		for _, b := range [][]byte{first, garbage, halfOpen} {
			_, _ = udp.WriteToUDPAddrPort(b, s.addr)
			time.Sleep(pause)
		}
	}
}

// BenchmarkSessions measures what a session holds, a goroutine of its user that reads included. The clients are gone when
// it looks.
func BenchmarkSessions(b *testing.B) {
	const sessions = 1000
	_, c := plant(b)
	for b.Loop() {
		s := serve(b, dtls.Config{Credentials: c, MaxHandshakes: 4 * sessions})
		clients := make([]*leaving, sessions)
		goroutines, heap, stack := footprint()
		for i := range clients {
			ctx, cancel := context.WithTimeout(b.Context(), 10*time.Second)
			udp, err := net.ListenUDP("udp4", nil)
			if err != nil {
				b.Fatal(err)
			}
			clients[i] = &leaving{UDPConn: udp}
			conn, err := pion.ClientWithOptions(clients[i], net.UDPAddrFromAddrPort(s.addr), withPSK(pskIdentity, pskKey)...)
			if err != nil {
				b.Fatal(err)
			}
			if err := conn.HandshakeContext(ctx); err != nil {
				b.Fatal(err)
			}
			clients[i].left.Store(true)
			_ = conn.Close()
			cancel()
		}
		eventually(b, "all are there", func() bool { return s.Stats().Sessions == sessions && s.Stats().HalfOpen == 0 })
		time.Sleep(100 * time.Millisecond)
		g, h, st := footprint()
		b.ReportMetric(float64(g-goroutines)/sessions, "goroutines/session")
		b.ReportMetric(float64(h-heap)/sessions, "heap-B/session")
		b.ReportMetric(float64(st-stack)/sessions, "stack-B/session")
		for _, client := range clients {
			_ = client.UDPConn.Close()
		}
		_ = s.Close()
	}
}

// leaving is a client's socket that keeps its port after the client is gone, and does not say good-bye.
type leaving struct {
	*net.UDPConn
	left atomic.Bool
}

func (l *leaving) WriteTo(b []byte, to net.Addr) (int, error) {
	if l.left.Load() {
		return len(b), nil
	}
	return l.UDPConn.WriteTo(b, to)
}

func (l *leaving) Close() error { return l.SetReadDeadline(time.Now()) }

func footprint() (goroutines int, heap, stack uint64) {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return runtime.NumGoroutine(), m.HeapAlloc, m.StackInuse
}
