package dtls

import (
	"bytes"
	"container/list"
	"context"
	"fmt"
	"net"
	"net/netip"
	"os"
	"sync"
	"sync/atomic"
	"time"

	pion "github.com/pion/dtls/v3"

	"sluice/engine/secure"
)

const (
	// queueLength is how many datagrams wait for a session before more are dropped.
	queueLength = 32
	// maxUnproved bounds the bytes that a session takes before the client proved anything, and maxRepeated those of
	// handshake records afterwards: pion keeps what it cannot decrypt or put together yet.
	maxUnproved = 128 << 10
	maxRepeated = 16 << 10
)

// packet is a datagram on its way to a session.
type packet struct {
	from route
	data []byte
}

var packets = sync.Pool{New: func() any { return new(packet) }}

// session is a handshake and what comes of it. To pion it is the net.PacketConn of one peer.
type session struct {
	listener *Listener
	began    *route
	at       time.Time
	hello    clientHello // a copy
	in       chan *packet
	ctx      context.Context
	cancel   context.CancelFunc
	pion     *pion.Conn
	deadline deadline

	route       atomic.Pointer[route] // where the peer is
	established atomic.Bool
	unproved    atomic.Int64 // bytes, see maxUnproved
	over        chan struct{}
	overOnce    sync.Once
	muted       atomic.Bool // sends nothing any more

	// With Listener.mu.
	id       connectionID
	left     bool
	underWay *list.Element // of Listener.halfOpen; nil: the handshake is over, or gave way

	// Used by pion's reading goroutine.
	rest    []byte // records of a datagram from another address that follow
	restAt  *route
	arrived arrivals
	moving  atomic.Pointer[moving]

	// Used by pion's writing goroutine of the moment.
	verifyRequested bool
	shift           uint64 // of record numbers of epoch 0
	nextSequence    atomic.Uint64

	claimed  atomic.Pointer[secure.Identity]
	refused  atomic.Pointer[secure.Refusal]
	keyGiven atomic.Bool // the key of the PSK identity was found
	verified atomic.Bool // the client's Finished was right
	resumed  atomic.Bool
	replaced atomic.Bool // the client began another handshake
}

// moving is a datagram from another address that pion has in hand.
type moving struct {
	to   *route
	done chan struct{}
}

func newSession(l *Listener, rt *route, h *clientHello, now time.Time) *session {
	began := *rt
	s := &session{
		listener: l, began: &began, at: now, in: make(chan *packet, queueLength), over: make(chan struct{}),
	}
	// The record is copied and read again, so that the parts are of the copy.
	s.hello, _ = parseHello(bytes.Clone(h.record))
	s.ctx, s.cancel = context.WithTimeout(context.Background(), l.config.HandshakeTimeout)
	s.route.Store(&began)
	sequence := s.hello.record.sequence()
	// pion sent its HelloVerifyRequest as record 0. Its ServerHello, record 1, goes out as the ClientHello came in
	// (RFC 6347, section 4.2.1): above all that was sent to this client without a session.
	s.shift = sequence - 1
	s.nextSequence.Store(sequence)
	// pion is to see both ClientHellos, although the listener answered the first, and nothing before them.
	s.deliver(&began, s.hello.first())
	s.deliver(&began, s.hello.record)
	return s
}

// beganWith reports whether a ClientHello is the one that the session began with, come once more.
func (s *session) beganWith(h *clientHello) bool {
	return h.messageSeq == s.hello.messageSeq && bytes.Equal(h.random, s.hello.random) && bytes.Equal(h.cookie, s.hello.cookie)
}

// abandon ends a handshake whose client began another one.
func (s *session) abandon() {
	s.replaced.Store(true)
	s.muted.Store(true)
	s.cancel()
}

// deliver queues a datagram. It never waits.
func (s *session) deliver(rt *route, b []byte) {
	l := s.listener
	if !s.admits(b) || l.queued.Load() > maxQueued {
		l.stats.dropped.Add(1)
		return
	}
	p := packets.Get().(*packet)
	p.from, p.data = *rt, append(p.data[:0], b...)
	l.queued.Add(int64(len(b)))
	select {
	case s.in <- p:
		select {
		case <-s.over:
			s.drain() // Close may have done so before this one came
		default:
		}
	default:
		l.release(p)
		l.stats.dropped.Add(1)
	}
}

// drain drops what is queued.
func (s *session) drain() {
	for {
		select {
		case p := <-s.in:
			s.listener.release(p)
		default:
			return
		}
	}
}

func (l *Listener) release(p *packet) {
	l.queued.Add(-int64(len(p.data)))
	packets.Put(p)
}

// admits keeps from pion what it would keep without bound, and what it would end an established session for although
// anybody can have sent it.
func (s *session) admits(b []byte) bool {
	for rest := b; len(rest) > 0; {
		var r record
		var ok bool
		if r, rest, ok = nextRecord(rest); !ok {
			return false
		}
		established := s.established.Load()
		if established && r.epoch() > 0 && r.kind() != typeHandshake {
			continue
		}
		if s.unproved.Add(int64(len(r))) > maxUnproved {
			return false
		}
		if !established || r.epoch() > 0 {
			continue
		}
		// The client's last flight may come again. Nothing else is to be in the clear now.
		if r.kind() != typeHandshake && (r.kind() != typeChangeCipherSpec || !bytes.Equal(r.plain(), []byte{1})) {
			return false
		}
	}
	return true
}

// ReadFrom gives pion the next datagram. One from another address comes record by record, so that it is known when pion
// has dealt with it and whether it proved the address.
func (s *session) ReadFrom(b []byte) (int, net.Addr, error) {
	s.dealtWith()
	if len(s.rest) > 0 {
		return s.oneRecord(b)
	}
	for {
		select {
		case <-s.over:
			return 0, nil, net.ErrClosed
		case <-s.deadline.passed():
			return 0, nil, os.ErrDeadlineExceeded
		case p := <-s.in:
			at := s.route.Load()
			if p.from.flow == at.flow {
				s.arrived.note(p.data)
				n := copy(b, p.data)
				s.listener.release(p)
				return n, at, nil
			}
			from := p.from
			s.restAt, s.rest = &from, append(s.rest[:0], p.data...)
			s.listener.release(p)
			return s.oneRecord(b)
		}
	}
}

func (s *session) oneRecord(b []byte) (int, net.Addr, error) {
	r, rest, _ := nextRecord(s.rest) // admits saw that they are whole
	n := copy(b, r)
	s.rest = rest
	if s.established.Load() {
		s.moving.Store(&moving{to: s.restAt, done: make(chan struct{})})
	}
	return n, s.restAt, nil
}

// dealtWith is called when pion is done with what it was given last.
func (s *session) dealtWith() {
	if m := s.moving.Load(); m != nil {
		if addr, ok := s.pion.RemoteAddr().(*route); ok && addr == m.to && s.route.Load() != m.to {
			s.listener.move(s, m.to)
		}
		s.moving.Store(nil)
		close(m.done)
	}
	if s.arrived.unreadable(s.keyGiven.Load()) && !s.verified.Load() {
		s.refuse(&secure.Refusal{Outcome: secure.WrongKey, Detail: fmt.Sprintf("of %q", s.claimed.Load().PSK)})
		s.sendAlert(alertOf(secure.WrongKey))
		s.cancel()
	}
}

// settled waits until it is known where what was read came from.
func (s *session) settled() {
	if m := s.moving.Load(); m != nil {
		select {
		case <-m.done:
		case <-s.over:
		}
	}
}

// WriteTo sends what pion made.
func (s *session) WriteTo(b []byte, addr net.Addr) (int, error) {
	if !s.verifyRequested && isHelloVerifyRequest(b) {
		s.verifyRequested = true
		if err := setCookie(s.pion, s.hello.cookie); err != nil {
			return 0, err
		}
		return len(b), nil
	}
	rt, ok := addr.(*route)
	if !ok || s.muted.Load() {
		return len(b), nil
	}
	s.renumber(b)
	if err := rt.write(b); err != nil {
		return 0, err
	}
	return len(b), nil
}

func isHelloVerifyRequest(b []byte) bool {
	r, _, ok := nextRecord(b)
	return ok && r.kind() == typeHandshake && r.epoch() == 0 && len(r.plain()) > 0 && r.plain()[0] == helloVerifyType
}

// renumber numbers records of epoch 0 on from the ClientHello, and makes alerts say why.
func (s *session) renumber(b []byte) {
	for rest := b; len(rest) > 0; {
		var r record
		var ok bool
		if r, rest, ok = nextRecord(rest); !ok || r.epoch() > 0 {
			return // only epoch 1 has Connection IDs, and it ends the flight
		}
		n := (r.sequence() + s.shift) & maxSequence
		r.setSequence(n)
		s.nextSequence.Store(n + 1)
		if why := s.refused.Load(); why != nil && r.kind() == typeAlert && len(r.plain()) == 2 {
			r.plain()[1] = alertOf(why.Outcome)
		}
	}
}

// maxSequence is the highest number of a record: 48 bits.
const maxSequence = 1<<48 - 1

// sendAlert ends a handshake with an alert in the clear.
func (s *session) sendAlert(description byte) {
	if !s.muted.Load() {
		_ = s.route.Load().write(alertRecord(description, s.nextSequence.Load()&maxSequence))
	}
}

// refuse keeps the first reason for which the handshake fails.
func (s *session) refuse(why *secure.Refusal) { s.refused.CompareAndSwap(nil, why) }

// Close ends the session for pion and forgets it.
func (s *session) Close() error {
	s.overOnce.Do(func() {
		close(s.over)
		s.listener.leave(s)
		s.drain()
	})
	return nil
}

// end closes the session; the peer is told if there is one.
func (s *session) end() {
	s.cancel()
	if s.established.Load() {
		_ = s.pion.Close()
	}
	_ = s.Close()
}

// LocalAddr is the address that was asked, or that of the socket.
func (s *session) LocalAddr() net.Addr {
	bound := s.began.socket.udp.LocalAddr().(*net.UDPAddr)
	return net.UDPAddrFromAddrPort(netip.AddrPortFrom(s.route.Load().localAddr(), uint16(bound.Port)))
}

func (rt *route) localAddr() netip.Addr {
	if rt.local.IsValid() {
		return rt.local
	}
	return rt.socket.bound
}

// SetDeadline sets that of reading.
func (s *session) SetDeadline(t time.Time) error { return s.SetReadDeadline(t) }

// SetReadDeadline ends ReadFrom at once if t has passed. pion uses it for nothing else.
func (s *session) SetReadDeadline(t time.Time) error {
	s.deadline.set(!t.IsZero() && !t.After(time.Now()))
	return nil
}

// SetWriteDeadline does nothing: WriteTo does not wait.
func (s *session) SetWriteDeadline(time.Time) error { return nil }

// deadline has passed, or has not.
type deadline struct {
	mu   sync.Mutex
	over chan struct{}
	is   bool
}

func (d *deadline) passed() <-chan struct{} {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.over == nil {
		d.over = make(chan struct{})
	}
	return d.over
}

func (d *deadline) set(passed bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.over == nil {
		d.over = make(chan struct{})
	}
	switch {
	case passed && !d.is:
		close(d.over)
	case !passed && d.is:
		d.over = make(chan struct{})
	}
	d.is = passed
}
