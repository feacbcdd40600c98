package coap

import (
	"errors"
	"io"
	"net"
	"net/netip"
	"sync/atomic"
	"time"

	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"

	"sluice/engine/secure"
)

const (
	// maxPending bounds the requests of a connection that wait for their answer; then it is read no further.
	maxPending = 256
	// drainTimeout is how long answers that are still to be given hold up the end that a client asked for.
	drainTimeout = 10 * time.Second
	// lingerTimeout is how long a client may take to read the last message and close.
	lingerTimeout = 500 * time.Millisecond
)

// stream is a connection of RFC 8323 and the goroutine that reads it.
type stream struct {
	endpoint *Endpoint
	server   *streamServer
	peer     *Peer
	conn     *streamConn
	framing  framing
	out      outbox
	reader   reader // its socket and batch are nil
	watch    timer  // for silence
	hangUp   timer  // after the last message

	limit     atomic.Int64  // the peer's Max-Message-Size
	blockwise atomic.Bool   // the peer's Block-Wise-Transfer
	ready     atomic.Bool   // its first CSM has come
	ending    atomic.Bool   // the last message has been queued
	asked     time.Time     // when the last Ping was sent; the timer's goroutine only
	settled   chan struct{} // a request was answered
	done      chan struct{}
}

func newStream(server *streamServer, conn *streamConn) *stream {
	e := server.endpoint
	s := &stream{
		endpoint: e, server: server, conn: conn,
		settled: make(chan struct{}, 1), done: make(chan struct{}),
	}
	s.limit.Store(baseMessageSize)
	s.out.init()
	s.out.deliver, s.out.drained, s.out.ended = s.deliver, s.resume, s.goodbye
	s.peer = &Peer{endpoint: e, route: route{addr: conn.remote(), local: conn.local(), conn: s}}
	s.peer.lastSeen.Store(e.now())
	s.reader = reader{endpoint: e, m: incoming{options: make(message.Options, 0, 16)}}
	s.watch.fire = s.look
	s.hangUp.fire = func(time.Time) { _ = s.conn.Close() }
	return s
}

func (s *stream) transport() Transport   { return s.server.transport }
func (s *stream) of() *Peer              { return s.peer }
func (s *stream) remote() netip.AddrPort { return s.peer.addr }
func (s *stream) end()                   { _ = s.conn.Close() }
func (s *stream) roomy() bool            { return s.out.roomy() }

// identity is nobody's: there is no TLS.
func (s *stream) identity() secure.Identity { return secure.Identity{} }
func (s *stream) write(data []byte)         { s.out.put(data, false) }

func (s *stream) takes() taken {
	return taken{messageSize: int(s.limit.Load()), blockwise: s.blockwise.Load()}
}

func (s *stream) encode(m *outgoing) []byte {
	b := m.frame(s.server.transport == WebSocket)
	if int64(len(b)) > s.limit.Load() {
		return nil
	}
	return b
}

// deliver writes messages; a client that does not take them is gone.
func (s *stream) deliver(messages [][]byte) error {
	err := s.framing.write(messages)
	if err != nil {
		var late net.Error
		if errors.As(err, &late) && late.Timeout() && !s.ending.Load() {
			s.endpoint.stats.stalled.Add(1)
		}
		_ = s.conn.Close()
	}
	return err
}

// resume lets out the notifications that found no room.
func (s *stream) resume() {
	s.peer.mu.Lock()
	defer s.peer.mu.Unlock()
	s.peer.pump()
}

// serve reads the connection until it ends.
func (s *stream) serve() {
	s.begin()
	defer s.ended()
	for {
		b, err := s.framing.next()
		if err == nil {
			s.reader.now = time.Now()
			s.out.cork()
			err = s.receive(b)
		}
		switch {
		case err != nil:
			s.leave(err)
			return
		case !s.framing.more() || s.out.full():
			s.out.flush()
		}
	}
}

// begin makes the connection a peer and sends the first message, which does not wait for the client's (RFC 8323,
// section 3.3).
func (s *stream) begin() {
	e := s.endpoint
	e.peers.add(s.peer)
	e.timers.set(&s.watch, time.Now().Add(e.config.Stream.HandshakeTimeout))
	s.sendCSM()
}

// leave ends the connection for a reason that next or receive gave.
func (s *stream) leave(reason error) {
	var mistake *abortion
	switch {
	case errors.As(reason, &mistake):
		s.endpoint.stats.malformed.Add(1)
		s.abort(mistake)
		s.out.flush()
		s.discard()
	case errors.Is(reason, errReleased):
		s.wait(0)
		s.conn.hurry(lingerTimeout)
		s.out.empty()
		s.goodbye()
		s.discard()
	case errors.Is(reason, io.EOF):
		s.conn.hurry(lingerTimeout)
		s.out.empty()
	}
}

// discard reads what is still coming, so that the system does not take back the last message.
func (s *stream) discard() { _, _ = io.Copy(io.Discard, s.conn) }

// ended gives everything back: the relations of the peer end, and the handler is told.
func (s *stream) ended() {
	e := s.endpoint
	close(s.done)
	_ = s.conn.Close()
	s.out.close()
	s.framing.release()
	e.timers.stop(&s.watch)
	e.timers.stop(&s.hangUp)
	e.peers.drop(s.peer)
	s.peer.leave()
	s.server.forget(s)
}

// receive handles one message. An error ends the connection.
func (s *stream) receive(b []byte) error {
	if s.ending.Load() {
		return nil // what comes now is not looked at
	}
	e, r := s.endpoint, &s.reader
	e.stats.in.Add(1)
	e.stats.inBytes.Add(uint64(len(b)))
	if err := r.m.parseFrame(b); err != nil {
		e.tapIn(&s.peer.route, s.peer, r.now, Malformed, b)
		return &abortion{diagnostic: "message format error"}
	}
	r.heard(s.peer, b)
	if r.m.code>>5 != 0 || r.m.code == codes.Empty {
		e.tapIn(&s.peer.route, s.peer, r.now, 0, b)
	}
	switch class := r.m.code >> 5; {
	case class == signalClass:
		return s.signal()
	case r.m.code == codes.Empty: // may come at any time and means nothing (RFC 8323, section 5.4)
		return nil
	case !s.ready.Load():
		return &abortion{diagnostic: "the first message is not a CSM"}
	case class == 0:
		s.request(b)
	default:
		s.response()
	}
	return nil
}

// response handles what answers a request of ours. What answers nothing is ignored: there is no Reset to say so.
func (s *stream) response() {
	s.peer.mu.Lock()
	then := s.peer.takeResponse(&s.reader.m, s.peer.understands(&s.reader.m), s.reader.now)
	s.peer.mu.Unlock()
	if then != nil {
		then()
	}
}

// request answers a request on the goroutine that reads.
func (s *stream) request(b []byte) {
	e, r := s.endpoint, &s.reader
	code := codes.MethodNotAllowed
	if r.m.code <= IPATCH {
		code = checkOptions(&r.m.options, optionPolicy{bert: true, proxies: !e.config.DisableExtensions})
	}
	note := Note(0)
	if code != codes.Empty {
		e.stats.malformed.Add(1)
		note = Malformed
	}
	e.tapIn(&s.peer.route, s.peer, r.now, note, b)
	if code != codes.Empty {
		r.refuse(&s.peer.route, s.peer, message.Acknowledgement, code)
		return
	}
	for !s.wait(maxPending - 1) {
		if s.conn.isClosed() {
			return
		}
	}
	s.peer.mu.Lock()
	refused := s.peer.admit(r.elapsed(), false)
	if refused.code == codes.Empty {
		s.peer.pending++
	}
	s.peer.mu.Unlock()
	if refused.code != codes.Empty {
		r.shed(&s.peer.route, s.peer, refused)
		return
	}
	e.stats.requests.Add(1)
	r.serve(newWriter(e, exchange{
		peer: s.peer, typ: r.m.typ, method: r.m.code, token: r.m.token, options: r.m.options, unwanted: r.unwanted(),
		received: r.now,
	}))
}

// wait waits until at most n requests wait for their answer, but not longer than drainTimeout nor than the connection
// lasts. It reports whether that is so.
func (s *stream) wait(n int) bool {
	if s.pending() <= n {
		return true
	}
	s.out.flush()
	limit := time.NewTimer(drainTimeout)
	defer limit.Stop()
	for s.pending() > n {
		select {
		case <-s.settled:
		case <-s.conn.closed:
			return false
		case <-limit.C:
			return false
		}
	}
	return true
}

func (s *stream) pending() int {
	s.peer.mu.Lock()
	defer s.peer.mu.Unlock()
	return s.peer.pending
}

// respond sends the response to a request over a reliable transport.
func (e *Endpoint) respond(w *ResponseWriter, m *outgoing) {
	p := w.exchange.peer
	e.send(&p.route, p, m, 0, nil)
	p.answered()
}

// answered counts the end of a request over a reliable transport.
func (p *Peer) answered() {
	p.mu.Lock()
	p.pending--
	p.mu.Unlock()
	p.conn.answered()
}

func (s *stream) answered() {
	select {
	case s.settled <- struct{}{}:
	default:
	}
}
