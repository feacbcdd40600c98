package coap

import (
	"math/rand/v2"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/plgd-dev/go-coap/v3/message"
)

// Peer is one remote address (and the local address it asked). Methods may be called from any goroutine.
type Peer struct {
	route
	endpoint *Endpoint
	data     atomic.Pointer[any]
	lastSeen atomic.Int64 // nanoseconds since the endpoint began
	in, out  atomic.Uint64
	resent   atomic.Uint64

	mu        sync.Mutex
	gone      bool
	nextID    uint16
	exchanges exchanges
	observing *observing      // nil until there is a relation
	separate  []*transmission // separate responses that await their ACK
	transfers *transfers      // nil until there is a block-wise transfer
	pending   int             // requests not answered yet
	roundTrip time.Duration   // smoothed
}

// PeerStats counts datagrams since the peer was first heard.
type PeerStats struct {
	In, Out         uint64
	Retransmissions uint64
	Queued          int           // notifications that wait
	RoundTrip       time.Duration // smoothed, of the Confirmable messages we sent; zero if none was acknowledged
}

// Addr is the peer's address.
func (p *Peer) Addr() netip.AddrPort { return p.addr }

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
	if p.data.Load() != nil || p.pending > 0 || len(p.separate) > 0 || (p.observing != nil && !p.observing.empty()) {
		return false
	}
	p.exchanges.expire(now)
	p.transfers.expire(p.endpoint, now)
	return p.exchanges.len() == 0 && p.transfers.empty()
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
	p.transfers.drop(p.endpoint)
	if p.observing == nil {
		return nil
	}
	ended := p.observing.relations
	for _, rel := range ended {
		rel.ended = true
	}
	p.observing.stop(p.endpoint)
	p.observing = nil
	return ended
}

const peerShards = 64

// peerKey tells peers apart: one client may ask several of our addresses, and expects each to answer for itself.
type peerKey struct {
	addr  netip.AddrPort
	local netip.Addr
}

type peerShard struct {
	mu    sync.Mutex
	peers map[peerKey]*Peer
}

// peerTable holds the peers of an endpoint.
type peerTable struct {
	shards [peerShards]peerShard
	count  atomic.Int64
}

func (t *peerTable) shard(addr netip.AddrPort) *peerShard {
	// Clients differ in port on one machine and in address across many; both low bytes spread well.
	b := addr.Addr().As16()
	return &t.shards[(uint(addr.Port())+uint(b[15])*7+uint(b[14]))%peerShards]
}

// acquire returns the peer of a route, locked, making it unless there are too many; nil then.
func (t *peerTable) acquire(e *Endpoint, rt *route) *Peer {
	for {
		p := t.get(e, rt)
		if p == nil {
			return nil
		}
		p.mu.Lock()
		if !p.gone {
			return p
		}
		p.mu.Unlock() // swept between the two locks
	}
}

func (t *peerTable) get(e *Endpoint, rt *route) *Peer {
	s := t.shard(rt.addr)
	key := peerKey{rt.addr, rt.local}
	s.mu.Lock()
	defer s.mu.Unlock()
	if p := s.peers[key]; p != nil {
		return p
	}
	if t.count.Load() >= int64(e.config.MaxPeers) {
		return nil
	}
	if s.peers == nil {
		s.peers = make(map[peerKey]*Peer)
	}
	p := &Peer{route: *rt, endpoint: e}
	s.peers[key] = p
	t.count.Add(1)
	return p
}

// lookup returns the peer of a route or nil.
func (t *peerTable) lookup(rt *route) *Peer {
	s := t.shard(rt.addr)
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.peers[peerKey{rt.addr, rt.local}]
}

// sweep drops the idle peers of one shard.
func (t *peerTable) sweep(shard int, now int64) {
	s := &t.shards[shard%peerShards]
	s.mu.Lock()
	defer s.mu.Unlock()
	for key, p := range s.peers {
		p.mu.Lock()
		if p.idle(now) {
			p.gone = true
			delete(s.peers, key)
			t.count.Add(-1)
		}
		p.mu.Unlock()
	}
}

// all returns every peer.
func (t *peerTable) all() []*Peer {
	var all []*Peer
	for i := range t.shards {
		s := &t.shards[i]
		s.mu.Lock()
		for _, p := range s.peers {
			all = append(all, p)
		}
		s.mu.Unlock()
	}
	return all
}

// transmission is a Confirmable message of ours that awaits its ACK (RFC 7252, section 4.2).
type transmission struct {
	timer
	peer         *Peer
	relation     *Relation    // nil: a separate response
	notification Notification // as it was given
	prepared     Notification // its first block
	message      outgoing
	data         []byte
	attempts     int
	interval     time.Duration
	sent         time.Time
}

// Transmission parameters of RFC 7252, section 4.8.
const (
	ackTimeout      = 2 * time.Second
	ackRandomFactor = 1.5
	maxRetransmit   = 4
	processingDelay = time.Second
)

// transmit sends message as a Confirmable one and retransmits it until it is acknowledged. The peer's lock is held.
func (p *Peer) transmit(t *transmission, out *batch) {
	t.peer = p
	t.message.typ = message.Confirmable
	t.data = append([]byte(nil), p.endpoint.send(&p.route, p, &t.message, 0, out)...)
	t.sent = time.Now()
	t.interval = ackTimeout + rand.N(time.Duration(float64(ackTimeout)*(ackRandomFactor-1)))
	t.fire = t.expire
	p.endpoint.timers.set(&t.timer, t.sent.Add(t.interval))
}

// expire sends the message again, or gives up.
func (t *transmission) expire(now time.Time) {
	p := t.peer
	p.mu.Lock()
	if !p.outstanding(t) {
		p.mu.Unlock()
		return
	}
	if t.attempts == maxRetransmit {
		p.settle(t)
		rel := t.relation
		end := rel != nil && !rel.config.IgnoreReset && rel.end()
		p.pump()
		p.mu.Unlock()
		if end {
			rel.tell(EndTimeout)
		}
		return
	}
	t.attempts++
	t.interval *= 2
	p.endpoint.stats.retransmissions.Add(1)
	p.resent.Add(1)
	if rel := t.relation; rel != nil {
		rel.retransmissions++
		if rel.config.RefreshOnRetransmit {
			t.message.options = rel.options(&t.prepared, rel.nextSequence())
			t.data = t.message.append(t.data[:0])
		}
	}
	p.endpoint.sendRaw(&p.route, p, t.data, Retransmitted, nil)
	p.endpoint.timers.set(&t.timer, now.Add(t.interval))
	p.mu.Unlock()
}

// outstanding reports whether t still awaits its ACK. The peer's lock is held.
func (p *Peer) outstanding(t *transmission) bool {
	if p.observing != nil && p.observing.outstanding == t {
		return true
	}
	for _, s := range p.separate {
		if s == t {
			return true
		}
	}
	return false
}

// settle takes t out of what awaits an ACK. The peer's lock is held.
func (p *Peer) settle(t *transmission) {
	p.endpoint.timers.stop(&t.timer)
	if p.observing != nil && p.observing.outstanding == t {
		p.observing.outstanding = nil
		return
	}
	for i, s := range p.separate {
		if s == t {
			p.separate = append(p.separate[:i], p.separate[i+1:]...)
			return
		}
	}
}

// awaiting finds what an ACK or RST with this message ID is for. The peer's lock is held.
func (p *Peer) awaiting(messageID uint16) *transmission {
	if p.observing != nil {
		if t := p.observing.outstanding; t != nil && t.message.messageID == messageID {
			return t
		}
	}
	for _, t := range p.separate {
		if t.message.messageID == messageID {
			return t
		}
	}
	return nil
}

// acknowledged handles an ACK, whatever its code: message IDs decide (some devices answer a notification with 2.04).
func (p *Peer) acknowledged(messageID uint16, now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	t := p.awaiting(messageID)
	if t == nil {
		return
	}
	p.settle(t)
	if t.attempts == 0 { // of a retransmitted one nobody knows which copy was acknowledged
		p.measured(now.Sub(t.sent))
	}
	if rel := t.relation; rel != nil {
		rel.acknowledged++
		if t.attempts == 0 {
			rel.roundTrip = now.Sub(t.sent)
		}
	}
	p.pump()
}

// reset handles a RST: it ends the relation whose notification it refuses (RFC 7641, section 3.6).
func (p *Peer) reset(messageID uint16) {
	p.mu.Lock()
	var rel *Relation
	if t := p.awaiting(messageID); t != nil {
		p.settle(t)
		rel = t.relation
	} else if p.observing != nil {
		rel = p.observing.sentAs(messageID)
	}
	end := rel != nil && !rel.config.IgnoreReset && rel.end()
	p.pump()
	p.mu.Unlock()
	if end {
		rel.tell(EndReset)
	}
}
