package coap_test

import (
	"bytes"
	"io"
	"net"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"

	"sluice/engine/coap"
)

func TestConnectionWithoutCSM(t *testing.T) {
	for name, transport := range transports {
		t.Run(name, func(t *testing.T) {
			e := transport.listen(t, coap.Config{Handler: content(""), Stream: coap.StreamConfig{HandshakeTimeout: 50 * time.Millisecond}})
			transport.dial(t, e).aborted()
			eventually(t, "it is forgotten", func() bool { return e.Stats().Peers == 0 })
		})
	}
}

func TestWebSocketHandshakeThatNeverComes(t *testing.T) {
	e := listenWebSocket(t, coap.Config{Handler: content(""), Stream: coap.StreamConfig{HandshakeTimeout: 50 * time.Millisecond}})
	c := dialUngreeted(t, e)
	c.sendRaw([]byte("GET /.well-known/coap HTTP/1.1\r\n"))
	_ = c.conn.SetReadDeadline(time.Now().Add(patience))
	if _, err := io.ReadAll(c.conn); err != nil {
		t.Errorf("the connection is still open: %v", err)
	}
}

// TestSilentConnections: one that answers the Ping stays, one that does not is half-open and is closed.
func TestSilentConnections(t *testing.T) {
	for name, transport := range transports {
		t.Run(name, func(t *testing.T) {
			g := &gone{handler: func(w *coap.ResponseWriter, r *coap.Request) {
				r.Peer.SetData(string(r.Token))
				w.SetCode(codes.Content)
			}}
			e := transport.listen(t, coap.Config{Handler: g, Stream: coap.StreamConfig{
				IdleTimeout: 50 * time.Millisecond, HandshakeTimeout: time.Second,
			}})
			there, away := transport.dial(t, e), transport.dial(t, e)
			for _, c := range []*streamClient{there, away} {
				c.send(csm())
			}
			there.ask(streamed(codes.GET, "there", "a"))
			away.ask(streamed(codes.GET, "away", "a"))
			until := time.Now().Add(1500 * time.Millisecond)
			for time.Now().Before(until) {
				ping := there.receive()
				if ping.Code != codes.Ping {
					t.Fatalf("got %v", ping)
				}
				there.send(message.Message{Code: codes.Pong, Token: ping.Token})
			}
			if m := away.receive(); m.Code != codes.Ping {
				t.Errorf("got %v", m)
			}
			away.ended()
			eventually(t, "the handler is told", func() bool {
				g.mu.Lock()
				defer g.mu.Unlock()
				return len(g.peers) > 0
			})
			g.mu.Lock()
			defer g.mu.Unlock()
			if len(g.peers) != 1 || g.peers[0] != "away" {
				t.Errorf("gone: %v", g.peers)
			}
		})
	}
}

// TestSlowReader: a client that takes nothing holds nobody up, its queue is bounded and drops the oldest, and it is
// closed when it has taken nothing for the write timeout.
func TestSlowReader(t *testing.T) {
	for name, transport := range transports {
		t.Run(name, func(t *testing.T) {
			relations := make(chan *coap.Relation, 2)
			ends := make(chan coap.EndReason, 2)
			e := transport.listen(t, coap.Config{Stream: coap.StreamConfig{WriteTimeout: 3 * time.Second}, Handler: handler(
				func(w *coap.ResponseWriter, r *coap.Request) {
					w.SetCode(codes.Content)
					if r.Has(message.Observe) {
						relations <- w.Observe(coap.RelationConfig{OnEnd: func(_ *coap.Relation, reason coap.EndReason) { ends <- reason }})
					}
				})})
			observe := streamed(codes.GET, "t", "a", option(message.Observe))
			slow, quick := transport.dial(t, e), transport.dial(t, e)
			slow.send(csm(maxMessageSize(1 << 20)))
			slow.ask(observe)
			stuck := <-relations
			quick.send(csm(maxMessageSize(1 << 20)))
			quick.ask(observe)
			lively := <-relations

			payload := bytes.Repeat([]byte("x"), 32<<10)
			var before, after runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&before)
			began := time.Now()
			for range 2000 {
				stuck.Notify(coap.Notification{Payload: payload})
			}
			if took := time.Since(began); took > 2500*time.Millisecond {
				t.Errorf("2000 notifications to a stuck client took %v", took)
			}
			runtime.GC()
			runtime.ReadMemStats(&after)
			if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 8<<20 { // of 64 MB
				t.Errorf("a stuck client takes %d bytes", grown)
			}
			lively.Notify(coap.Notification{Payload: []byte("quick")})
			if m := quick.receive(); string(m.Payload) != "quick" {
				t.Errorf("got %v", m)
			}
			s := stuck.Stats()
			if queued := stuck.Peer().Stats().Queued; s.Dropped == 0 || queued > 100 || s.Dropped != e.Stats().Dropped || s.Sent+s.Dropped+uint64(queued) != 2000 {
				t.Errorf("%+v, %d queued", s, queued)
			}
			for len(ends) == 0 { // what the system's buffers still took is not stuck
				stuck.Notify(coap.Notification{Payload: payload})
				time.Sleep(time.Millisecond)
			}
			if reason := <-ends; reason != coap.EndClosed {
				t.Errorf("reason %v", reason)
			}
			if n := e.Stats().Stalled; n != 1 {
				t.Errorf("%d connections were stalled", n)
			}
		})
	}
}

// TestReaderThatRecovers gets the newest notifications, in order, when it reads again.
func TestReaderThatRecovers(t *testing.T) {
	relations := make(chan *coap.Relation, 1)
	e := listenTCP(t, coap.Config{Handler: handler(func(w *coap.ResponseWriter, r *coap.Request) {
		w.SetCode(codes.Content)
		relations <- w.Observe(coap.RelationConfig{Sequence: coap.SequenceCounter})
	})})
	c := connect(t, e, maxMessageSize(1<<20))
	c.ask(streamed(codes.GET, "t", "a", option(message.Observe)))
	rel := <-relations
	payload := bytes.Repeat([]byte("x"), 32<<10)
	for range 1000 {
		rel.Notify(coap.Notification{Payload: payload})
	}
	rel.Notify(coap.Notification{Payload: []byte("last")})
	var got uint64
	for last := uint32(0); ; got++ {
		m := c.receive()
		v, err := m.Options.Observe()
		if err != nil || v <= last {
			t.Fatalf("Observe %d after %d, %v", v, last, err)
		}
		if last = v; string(m.Payload) == "last" {
			got++
			break
		}
	}
	if s := rel.Stats(); s.Dropped == 0 || got != s.Sent || got+s.Dropped != 1001 {
		t.Errorf("got %d of %+v", got, s)
	}
}

// TestAsksWithoutReading: a client that asks and asks but reads nothing is read no further.
func TestAsksWithoutReading(t *testing.T) {
	var calls atomic.Int64
	e := listenTCP(t, coap.Config{Stream: coap.StreamConfig{WriteTimeout: 300 * time.Millisecond}, Handler: handler(
		func(w *coap.ResponseWriter, _ *coap.Request) {
			calls.Add(1)
			w.SetCode(codes.Content)
			w.SetPayload(make([]byte, 1000))
		})})
	c := connect(t, e)
	request := bytes.Repeat(encodeStream(t, streamed(codes.GET, "t", "a")), 1000)
	_ = c.conn.SetWriteDeadline(time.Now().Add(patience))
	for {
		if _, err := c.conn.Write(request); err != nil {
			break // the endpoint has closed
		}
	}
	eventually(t, "it is closed", func() bool { return e.Stats().Peers == 0 })
	if s := e.Stats(); s.Stalled != 1 {
		t.Errorf("%+v", s)
	}
	t.Logf("%d requests were answered", calls.Load())
}

// TestPendingRequestsAreBounded: answers that are put off do not pile up for one connection.
func TestPendingRequestsAreBounded(t *testing.T) {
	var mu sync.Mutex
	var waiting []*coap.Deferred
	count := func() int {
		mu.Lock()
		defer mu.Unlock()
		return len(waiting)
	}
	e := listenTCP(t, coap.Config{Handler: handler(func(w *coap.ResponseWriter, _ *coap.Request) {
		mu.Lock()
		defer mu.Unlock()
		waiting = append(waiting, w.Defer())
	})})
	c := connect(t, e)
	for range 300 {
		c.send(streamed(codes.GET, "t", "a"))
	}
	eventually(t, "256 wait", func() bool { return count() == 256 })
	time.Sleep(20 * time.Millisecond)
	if n := count(); n != 256 {
		t.Errorf("%d wait", n)
	}
	for i := 0; i < 300; i++ {
		eventually(t, "the next is handled", func() bool { return count() > i })
		mu.Lock()
		d := waiting[i]
		mu.Unlock()
		d.Reply(func(w *coap.ResponseWriter) { w.SetCode(codes.Changed) })
	}
	for range 300 {
		if m := c.receive(); m.Code != codes.Changed {
			t.Fatalf("got %v", m)
		}
	}
}

func TestTooManyConnections(t *testing.T) {
	e := listenTCP(t, coap.Config{Handler: content("hello"), Stream: coap.StreamConfig{MaxConnections: 2}})
	first, second := connect(t, e), connect(t, e)
	first.silent()
	second.silent()
	dial(t, e).aborted()
	if n := e.Stats().Refused; n != 1 {
		t.Errorf("%d were refused", n)
	}
	_ = first.conn.Close()
	eventually(t, "there is room again", func() bool { return e.Stats().Peers == 1 })
	connect(t, e).silent()
}

// TestThousandConnections answers on all, and gives all back.
func TestThousandConnections(t *testing.T) {
	before := runtime.NumGoroutine()
	e := listenTCP(t, coap.Config{Handler: content("hello")})
	used := heap()
	const n = 1000
	conns := make([]*streamClient, n)
	for i := range conns {
		conns[i] = connect(t, e)
	}
	for _, c := range conns {
		c.send(streamed(codes.GET, "t", "a"))
	}
	for _, c := range conns {
		if m := c.receive(); string(m.Payload) != "hello" {
			t.Fatalf("got %v", m)
		}
	}
	t.Logf("%d bytes of heap a connection, with the test's end of it", (heap()-used)/n)
	if s := e.Stats(); s.Peers != n || s.Requests != n {
		t.Errorf("%+v", s)
	}
	for _, c := range conns {
		_ = c.conn.Close()
	}
	eventually(t, "all are forgotten", func() bool { return e.Stats().Peers == 0 })
	if err := e.Close(); err != nil {
		t.Error(err)
	}
	eventually(t, "no goroutine is left", func() bool { return runtime.NumGoroutine() <= before })
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// TestAnnouncedLengthsCostNothing: memory is taken as bytes arrive, not as they are announced.
func TestAnnouncedLengthsCostNothing(t *testing.T) {
	e := listenTCP(t, coap.Config{Handler: content("")})
	before := heap()
	for range 100 {
		c := connect(t, e)
		c.silent()
		c.sendRaw([]byte{0xf0, 0x00, 0x3e, 0, 0, 0x02}) // 4 MB
	}
	if grown := int64(heap()) - int64(before); grown > 4<<20 {
		t.Errorf("100 announcements of 4 MB take %d bytes", grown)
	}
}

// TestLongMessagesAreBoundedInAll: what arrives of all connections together is bounded; who is beyond is told so.
func TestLongMessagesAreBoundedInAll(t *testing.T) {
	if testing.Short() {
		t.Skip("moves 100 MB")
	}
	e := listenTCP(t, coap.Config{Handler: content("")})
	part := make([]byte, 3<<20)
	var refused atomic.Int32
	var sending sync.WaitGroup
	conns := make([]net.Conn, 30)
	for i := range conns {
		c := connect(t, e)
		conns[i] = c.conn
		sending.Go(func() {
			_ = c.conn.SetWriteDeadline(time.Now().Add(patience))
			_, _ = c.conn.Write([]byte{0xf0, 0x00, 0x3e, 0, 0, 0x02})
			_, _ = c.conn.Write(part)
			_ = c.conn.SetReadDeadline(time.Now().Add(300 * time.Millisecond))
			if b, _ := io.ReadAll(c.read); len(b) > 0 && b[bytes.IndexByte(b, 0xe5)] == 0xe5 {
				refused.Add(1)
			}
		})
	}
	sending.Wait()
	if n := refused.Load(); n == 0 || n == 30 {
		t.Errorf("%d of 30 were refused", n)
	}
	for _, conn := range conns {
		_ = conn.Close()
	}
	eventually(t, "all are forgotten", func() bool { return e.Stats().Peers == 0 })
	c := connect(t, e)
	m := streamed(codes.PUT, "t", "a")
	m.Payload = part
	if got := c.ask(m); got.Code != codes.Content {
		t.Errorf("their memory was not given back: %v", got)
	}
}
