package dtls

import (
	"container/list"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"sluice/engine/secure"
)

const (
	// acceptBacklog is how many established sessions wait for Accept before handshakes wait.
	acceptBacklog = 64
	// noteBacklog is how many refusals wait to be told that were made by a goroutine that reads a socket.
	noteBacklog = 16
	// maxQueued bounds the bytes of all datagrams that wait for sessions.
	maxQueued = 32 << 20
)

// Listener serves DTLS on UDP sockets. Methods may be called from any goroutine.
type Listener struct {
	config  Config
	suites  []suite
	sockets []*socket
	cookies cookies
	resumed resumptions
	stats   counters
	queued  atomic.Int64 // bytes of datagrams that wait for sessions

	accepts  chan *Conn
	notes    chan secure.Handshake
	refusals bucket // of entries of refused handshakes
	floods   bucket // of entries of what no session was made for
	closed   chan struct{}
	closing  sync.Once
	closeErr error
	readers  sync.WaitGroup
	work     sync.WaitGroup // handshakes, and what tells of notes

	mu          sync.RWMutex
	ending      bool
	peers       map[flow]peer
	byID        map[connectionID]*session
	halfOpen    list.List          // handshakes under way, of *session, in the order in which they began
	underWay    map[netip.Addr]int // how many of them, by networkOf
	established int
}

// peer is who is at an address: a session, a handshake, or a session and the handshake that is to take its place
// (RFC 6347, section 4.2.8).
type peer struct{ current, pending *session }

// Listen serves DTLS on sockets, which it closes in the end, and when it fails. Each is of one family (udp4 or udp6).
func Listen(conns []*net.UDPConn, c Config) (*Listener, error) {
	l, err := newListener(conns, c)
	if err != nil {
		for _, conn := range conns {
			_ = conn.Close()
		}
		return nil, err
	}
	l.work.Go(l.tell)
	for _, s := range l.sockets {
		l.readers.Go(s.read)
	}
	return l, nil
}

func newListener(conns []*net.UDPConn, c Config) (*Listener, error) {
	c, err := c.withDefaults()
	if err != nil {
		return nil, err
	}
	if len(conns) == 0 {
		return nil, errors.New("DTLS listener: no socket")
	}
	if err := checkPion(); err != nil {
		return nil, fmt.Errorf("DTLS listener: %w", err)
	}
	l := &Listener{
		config: c, accepts: make(chan *Conn, acceptBacklog), notes: make(chan secure.Handshake, noteBacklog),
		closed: make(chan struct{}), peers: map[flow]peer{}, byID: map[connectionID]*session{},
		underWay: map[netip.Addr]int{}, refusals: bucket{burst: 64, every: time.Second / 8},
		floods: bucket{burst: 4, every: time.Second},
	}
	if l.suites, err = suitesNamed(c.CipherSuites); err != nil {
		return nil, fmt.Errorf("DTLS listener: %w", err)
	}
	for _, conn := range conns {
		if err := conn.SetReadBuffer(c.ReadBuffer); err != nil {
			c.Log.Warn("receive buffer of a DTLS socket", "bytes", c.ReadBuffer, "error", err)
		}
		if err := conn.SetWriteBuffer(c.WriteBuffer); err != nil {
			c.Log.Warn("send buffer of a DTLS socket", "bytes", c.WriteBuffer, "error", err)
		}
		l.sockets = append(l.sockets, newSocket(l, conn))
	}
	return l, nil
}

// Accept waits for the next session that is established. Its error is net.ErrClosed after Close.
func (l *Listener) Accept() (*Conn, error) {
	select {
	case <-l.closed:
		return nil, net.ErrClosed
	default:
	}
	select {
	case c := <-l.accepts:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

// Addr is the address of the first socket.
func (l *Listener) Addr() net.Addr { return l.sockets[0].udp.LocalAddr() }

// Close ends handshakes and sessions, tells peers so, closes the sockets and waits for the listener's goroutines.
func (l *Listener) Close() error {
	l.closing.Do(func() {
		close(l.closed)
		l.mu.Lock()
		l.ending = true
		var all []*session
		for _, p := range l.peers {
			all = append(all, p.current, p.pending)
		}
		for _, s := range l.byID {
			all = append(all, s)
		}
		l.mu.Unlock()
		for _, s := range all {
			if s != nil {
				s.end()
			}
		}
		for _, s := range l.sockets {
			l.closeErr = errors.Join(l.closeErr, s.udp.Close())
		}
		l.readers.Wait()
		l.work.Wait()
	})
	return l.closeErr
}

// datagram hands one to the session it belongs to, or answers a ClientHello. b is the caller's again afterwards.
func (l *Listener) datagram(rt *route, b []byte, now time.Time) {
	r, _, ok := nextRecord(b)
	if !ok {
		l.stats.strange.Add(1)
		if isCoAPRequest(b) {
			l.tellOfFlood(rt, &secure.Refusal{Outcome: secure.Malformed, Detail: "CoAP without DTLS"}, now)
		}
		return
	}
	if r.kind() == typeConnectionID {
		l.mu.RLock()
		s := l.byID[r.id()]
		l.mu.RUnlock()
		if s == nil {
			l.stats.unknown.Add(1)
			return
		}
		s.deliver(rt, b)
		return
	}
	l.mu.RLock()
	p := l.peers[rt.flow]
	l.mu.RUnlock()
	switch {
	case isClientHello(r):
		l.hello(rt, r, p, now)
	case p.current == nil && p.pending == nil:
		l.stats.unknown.Add(1)
	case p.pending == nil:
		p.current.deliver(rt, b)
	default:
		p.pending.deliver(rt, b)
		if p.current != nil && r.epoch() > 0 {
			p.current.deliver(rt, b) // it is for one of them; the other cannot read it
		}
	}
}

// hello answers a ClientHello, or makes a session of it.
func (l *Listener) hello(rt *route, r record, p peer, now time.Time) {
	if l.config.Admits != nil && !l.config.Admits(rt.remote.Addr()) {
		return
	}
	h, ok := parseHello(r)
	if !ok {
		l.stats.fragments.Add(1)
		return
	}
	if p.pending != nil && p.pending.beganWith(&h) {
		p.pending.deliver(rt, h.record) // our answer was lost
		return
	}
	if p.current != nil && p.current.beganWith(&h) {
		l.stats.dropped.Add(1)
		return
	}
	if !h.speaks12() {
		l.refuseAtOnce(rt, &h, &secure.Refusal{Outcome: secure.NoSharedVersion, Detail: h.offeredVersions()}, now)
		return
	}
	switch {
	case h.messageSeq == 0:
		l.askForCookie(rt, &h, now)
	case h.messageSeq == 1 && l.cookies.check(rt.flow, &h, now):
		l.begin(rt, &h, now)
	default:
		// A client that is asked for a cookie once more counts its messages in a way that pion cannot follow.
		l.stats.badCookie.Add(1)
	}
}

func (l *Listener) askForCookie(rt *route, h *clientHello, now time.Time) {
	if len(h.cookie) > 0 {
		l.stats.badCookie.Add(1)
	}
	b, err := helloVerifyRequest(h, l.cookies.of(rt.flow, h, now))
	if err != nil {
		l.config.Log.Error("DTLS", "error", err)
		return
	}
	l.stats.cookies.Add(1)
	rt.socket.reply(rt, b)
}

// refuseAtOnce answers a ClientHello with an alert and keeps nothing of it.
func (l *Listener) refuseAtOnce(rt *route, h *clientHello, why *secure.Refusal, now time.Time) {
	rt.socket.reply(rt, alertRecord(alertOf(why.Outcome), h.record.sequence()))
	l.count(why.Outcome)
	l.tellOfFlood(rt, why, now)
}

// begin makes a session, if there is room for it.
func (l *Listener) begin(rt *route, h *clientHello, now time.Time) {
	room := l.config.MayBegin == nil || l.config.MayBegin()
	var s *session
	if room {
		s, room = l.admit(rt, h, now)
	}
	if !room {
		l.count(secure.TooMany)
		l.tellOfFlood(rt, &secure.Refusal{Outcome: secure.TooMany, Detail: "the client is to try again"}, now)
		return
	}
	if s != nil {
		l.stats.begun.Add(1)
		l.work.Go(s.run)
	}
}

// admit makes the session of a handshake; room is false if there are too many already.
func (l *Listener) admit(rt *route, h *clientHello, now time.Time) (s *session, room bool) {
	network := networkOf(rt.remote.Addr())
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ending {
		return nil, true
	}
	p := l.peers[rt.flow]
	if p.current == nil && l.established >= l.config.MaxSessions || !l.makeRoom(network, now) {
		return nil, false
	}
	if p.pending != nil {
		p.pending.abandon()
	}
	s = newSession(l, rt, h, now)
	s.underWay = l.halfOpen.PushBack(s)
	l.underWay[network]++
	p.pending = s
	l.peers[rt.flow] = p
	return s, true
}
