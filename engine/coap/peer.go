package coap

import (
	"math/rand/v2"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"
)

// Peer is one remote address (and the local address it asked), or one connection. Methods may be called from any goroutine.
type Peer struct {
	// What every request touches comes first, to be found with few looks into memory when there are many peers.
	mu        sync.Mutex
	exchanges exchanges // belongs to mu
	pending   int       // requests not answered yet; belongs to mu

	data       atomic.Pointer[any]
	lastSeen   atomic.Int64 // nanoseconds since the endpoint began
	in, out    atomic.Uint64
	unverified atomic.Bool
	endpoint   *Endpoint
	route

	resent atomic.Uint64
	credit atomic.Int64 // bytes that may be sent while unverified

	// The fields below belong to mu.
	observing *observing      // nil until there is a relation
	separate  []*transmission // separate responses that await their ACK
	transfers *transfers      // nil until there is a block-wise transfer
	asked     *asked          // nil until we ask the peer something
	idsUntil  int64           // when message IDs of what we asked may be used again
	rate      int64           // see takeToken
	roundTrip time.Duration   // smoothed
	nextID    uint16
	gone      bool
}

// PeerStats counts datagrams since the peer was first heard.
type PeerStats struct {
	In, Out         uint64
	Retransmissions uint64
	Queued          int           // notifications that wait
	RoundTrip       time.Duration // smoothed, of the Confirmable messages we sent; zero if none was acknowledged
}

// Addr is the peer's address. Over DTLS it is the one that the peer was heard from last.
func (p *Peer) Addr() netip.AddrPort { return p.remote() }

// Endpoint is the endpoint that hears the peer.
func (p *Peer) Endpoint() *Endpoint { return p.endpoint }

// Data returns what SetData attached.
func (p *Peer) Data() any {
	if v := p.data.Load(); v != nil {
		return *v
	}
	return nil
}

// SetData attaches what the handler knows of the peer. A peer with Data is kept until SetData(nil), however idle it is.
func (p *Peer) SetData(v any) {
	if v == nil {
		p.data.Store(nil)
		return
	}
	p.data.Store(&v)
}

// Yielding is implemented by Data that may be dropped, together with its peer, when there are too many peers and another
// one asks. A peer with relations is kept in any case.
type Yielding interface {
	// Yields is called with locks of this package held: it must neither wait for a lock nor call into the package.
	Yields() bool
}

// LastSeen is when the last valid datagram of any kind came from the peer.
func (p *Peer) LastSeen() time.Time {
	return p.endpoint.began.Add(time.Duration(p.lastSeen.Load()))
}

// Stats returns the peer's counters.
func (p *Peer) Stats() PeerStats {
	s := PeerStats{In: p.in.Load(), Out: p.out.Load(), Retransmissions: p.resent.Load()}
	p.mu.Lock()
	defer p.mu.Unlock()
	s.RoundTrip = p.roundTrip
	if p.observing != nil {
		s.Queued = len(p.observing.queue)
	}
	return s
}

// messageIDs start at random (RFC 7252, section 4.4) and skip 0.
func (p *Peer) newMessageID() uint16 {
	if p.nextID == 0 {
		p.nextID = uint16(1 + rand.N(65535))
	}
	id := p.nextID
	if p.nextID++; p.nextID == 0 {
		p.nextID = 1
	}
	return id
}

// measured takes a round trip into the smoothed one (RFC 6298, section 2, weights).
func (p *Peer) measured(roundTrip time.Duration) {
	if p.roundTrip == 0 {
		p.roundTrip = roundTrip
		return
	}
	p.roundTrip += (roundTrip - p.roundTrip) / 8
}

// idle reports whether nothing would be lost without the peer. The peer's lock is held.
func (p *Peer) idle(now int64) bool {
	p.exchanges.expire(&p.endpoint.exchangeMemory, now)
	p.transfers.expire(p.endpoint, now)
	return p.exchanges.len() == 0 && p.transfers.empty() && now >= p.idsUntil && p.data.Load() == nil && p.unneeded()
}

// dispensable reports whether nothing would be lost without the peer but the recognition of duplicates, block-wise
// transfers and Data that yields. The peer's lock is held.
func (p *Peer) dispensable() bool { return p.unneeded() && p.yields() }

// yields reports whether what the handler knows of the peer may be dropped.
func (p *Peer) yields() bool {
	data := p.Data()
	y, yields := data.(Yielding)
	return data == nil || yields && y.Yields()
}

// unneeded reports whether nothing goes on with the peer. Its lock is held.
func (p *Peer) unneeded() bool {
	return p.conn == nil && p.unoccupied()
}

// unoccupied is unneeded whether or not there is a connection. The peer's lock is held.
func (p *Peer) unoccupied() bool {
	return p.pending == 0 && len(p.separate) == 0 && p.asked == nil && (p.observing == nil || p.observing.empty())
}

// close ends all there is and returns the relations that ended.
func (p *Peer) close() []*Relation {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.gone = true
	for _, t := range p.separate {
		p.endpoint.timers.stop(&t.timer)
	}
	p.separate = nil
	p.forgetHistory()
	if p.observing == nil {
		return nil
	}
	ended := p.observing.relations
	p.endpoint.relations.Add(-int64(len(ended)))
	for _, rel := range ended {
		rel.ended = true
		rel.stopUnblock(p.endpoint)
	}
	p.observing.stop(p.endpoint)
	p.observing = nil
	return ended
}

// leave ends what goes on with a peer whose connection has ended, and tells the handler.
func (p *Peer) leave() {
	for _, rel := range p.close() {
		rel.tell(EndClosed)
	}
	p.abandonCalls(errEnded)
	if p.Data() != nil {
		p.endpoint.config.Handler.PeerGone(p)
	}
}

// forgetHistory gives back what exchanges and transfers take. The peer's lock is held.
func (p *Peer) forgetHistory() {
	p.exchanges.clear(&p.endpoint.exchangeMemory)
	p.transfers.drop(p.endpoint)
}
