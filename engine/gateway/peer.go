package gateway

import (
	"slices"
	"sync"
	"sync/atomic"

	"sluice/engine/coap"
)

// peer is what the gateway knows of a coap.Peer: its Data, as long as there is a session or a job.
type peer struct {
	conn    *coap.Peer
	address string

	session atomic.Pointer[session] // of EMQX 5, that speaks from here
	query   atomic.Pointer[session] // of EMQX 4, that spoke from here last
	waiting atomic.Int32            // len(jobs)

	// What the peer had counted when its session came, so that a session is told apart from one that was here before.
	before [3]atomic.Uint64

	mu   sync.Mutex
	gone bool        // no longer the Data of conn
	jobs []*exchange // requests that wait for a password to be checked, oldest first
}

// tally counts datagrams of a session.
type tally struct{ in, out, retransmissions uint64 }

func (t *tally) add(other tally) {
	t.in += other.in
	t.out += other.out
	t.retransmissions += other.retransmissions
}

// begin starts the tally of a session that came with the request at hand, which is counted already.
func (p *peer) begin() {
	stats := p.conn.Stats()
	p.before[0].Store(max(stats.In, 1) - 1)
	p.before[1].Store(stats.Out)
	p.before[2].Store(stats.Retransmissions)
}

// tally is what the peer counted for its session.
func (p *peer) tally(stats coap.PeerStats) tally {
	return tally{
		stats.In - p.before[0].Load(), stats.Out - p.before[1].Load(),
		stats.Retransmissions - p.before[2].Load(),
	}
}

// carry keeps what was counted at an address that the session leaves.
func (s *session) carry(p *peer) {
	t := p.tally(p.conn.Stats())
	s.mu.Lock()
	defer s.mu.Unlock()
	s.past.add(t)
}

// Yields implements coap.Yielding: who only publishes without a created connection is not missed, and is here again with
// the next request.
func (p *peer) Yields() bool {
	if p.waiting.Load() > 0 {
		return false
	}
	for _, s := range []*session{p.session.Load(), p.query.Load()} {
		if s != nil && (s.handler.counts || s.created.Load()) {
			return false
		}
	}
	return true
}

// known returns what is known of a peer, or nil.
func known(conn *coap.Peer) *peer {
	p, _ := conn.Data().(*peer)
	return p
}

// lockPeer returns what is known of a peer, locked, beginning if nothing is. For one conn it is called by the goroutine
// that reads it, or by one that works for a job of it, which keeps the peer.
func lockPeer(conn *coap.Peer) *peer {
	if p := known(conn); p != nil {
		p.mu.Lock()
		if !p.gone {
			return p
		}
		p.mu.Unlock()
	}
	p := &peer{conn: conn, address: conn.Addr().String()}
	p.mu.Lock()
	conn.SetData(p)
	return p
}

// unlock forgets the peer when nothing needs it any more.
func (p *peer) unlock() {
	if p.session.Load() == nil && p.query.Load() == nil && len(p.jobs) == 0 && !p.gone {
		p.gone = true
		p.conn.SetData(nil)
	}
	p.mu.Unlock()
}

// settle makes the peer the home of an EMQX 5 session and returns the session that was here before.
func settle(conn *coap.Peer, s *session) (before *session) {
	p := lockPeer(conn)
	defer p.unlock()
	if before = p.session.Load(); before != s {
		p.begin()
	}
	p.session.Store(s)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.home = p
	if s.ended {
		s.home = nil
		p.session.Store(nil)
	}
	return before
}

// visit makes the peer one that a query mode session speaks from.
func visit(conn *coap.Peer, s *session) {
	p := lockPeer(conn)
	defer p.unlock()
	before := p.query.Load()
	if before == s {
		return
	}
	if before != nil {
		before.leave(p)
	}
	if p.session.Load() == nil {
		p.begin()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended {
		p.query.Store(nil)
		return
	}
	p.query.Store(s)
	if s.home != nil {
		s.others = append(s.others, s.home)
	}
	s.home = p
}

// leave takes p off the session.
func (s *session) leave(p *peer) {
	t := p.tally(p.conn.Stats())
	s.mu.Lock()
	defer s.mu.Unlock()
	s.past.add(t)
	if i := slices.Index(s.others, p); i >= 0 {
		s.others = slices.Delete(s.others, i, i+1)
	}
	if s.home != p {
		return
	}
	s.home = nil
	if n := len(s.others); n > 0 {
		s.home = s.others[n-1]
		s.others = s.others[:n-1]
	}
	if len(s.others) == 0 {
		s.others = nil
	}
}

// drop takes a session off the peer.
func (p *peer) drop(s *session) {
	p.mu.Lock()
	defer p.unlock()
	p.session.CompareAndSwap(s, nil)
	p.query.CompareAndSwap(s, nil)
}
