package coap

import (
	"maps"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
)

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

func shardOf(addr netip.AddrPort) uint {
	// Clients differ in port on one machine and in address across many; both low bytes spread well.
	b := addr.Addr().As16()
	return (uint(addr.Port()) + uint(b[15])*7 + uint(b[14])) % peerShards
}

func (t *peerTable) shard(addr netip.AddrPort) *peerShard { return &t.shards[shardOf(addr)] }

// acquire returns the peer of a route, locked, making it unless there are too many; nil then.
func (t *peerTable) acquire(e *Endpoint, rt *route, now int64) *Peer {
	for {
		p := t.get(e, rt, now)
		if p == nil {
			e.reached.reach(boundPeers, now)
			if gone := t.makeRoom(rt.addr); gone != nil {
				p = t.get(e, rt, now)
				if gone.Data() != nil {
					e.config.Handler.PeerGone(gone)
				}
			}
		}
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

func (t *peerTable) get(e *Endpoint, rt *route, now int64) *Peer {
	s := t.shard(rt.addr)
	key := peerKey{rt.addr, rt.local}
	s.mu.Lock()
	defer s.mu.Unlock()
	if p := s.peers[key]; p != nil {
		return p
	}
	if t.count.Load() >= int64(e.config.Limits.Peers) {
		return nil
	}
	if s.peers == nil {
		s.peers = make(map[peerKey]*Peer)
	}
	p := &Peer{route: *rt, endpoint: e}
	p.lastSeen.Store(now)
	p.unverified.Store(e.config.VerifyAddresses.demands(rt.addr.Addr()))
	s.peers[key] = p
	t.count.Add(1)
	return p
}

// maxLooks bounds the search for a peer that gives way to a new one.
const maxLooks = 32

// makeRoom drops a peer of which only its history is kept, or Data that yields, and returns it, so that a flood from
// made-up addresses fills the table with itself and shuts nobody out.
func (t *peerTable) makeRoom(newcomer netip.AddrPort) *Peer {
	start, looks := shardOf(newcomer), 0
	for i := uint(0); i < peerShards && looks < maxLooks; i++ {
		if gone := t.shards[(start+i)%peerShards].dropOne(t, &looks); gone != nil {
			return gone
		}
	}
	return nil
}

func (s *peerShard) dropOne(t *peerTable, looks *int) *Peer {
	s.mu.Lock()
	defer s.mu.Unlock()
	for key, p := range s.peers { // in random order
		if *looks++; *looks > maxLooks {
			return nil
		}
		p.mu.Lock()
		if p.dispensable() {
			s.remove(t, key, p)
			p.mu.Unlock()
			return p
		}
		p.mu.Unlock()
	}
	return nil
}

// remove takes a peer out. Its lock and the shard's are held.
func (s *peerShard) remove(t *peerTable, key peerKey, p *Peer) {
	p.gone = true
	p.forgetHistory()
	delete(s.peers, key)
	t.count.Add(-1)
}

// peerOf returns the peer of a route or nil.
func (e *Endpoint) peerOf(rt *route) *Peer {
	if rt.conn != nil {
		return rt.conn.of()
	}
	return e.peers.lookup(rt)
}

// acquirePeer is peerTable.acquire for routes that may be of a connection; nil then if that has ended.
func (e *Endpoint) acquirePeer(rt *route, now int64) *Peer {
	if rt.conn == nil {
		return e.peers.acquire(e, rt, now)
	}
	p := rt.conn.of()
	p.mu.Lock()
	if p.gone {
		p.mu.Unlock()
		return nil
	}
	return p
}

// at returns a peer with an address, or nil.
func (t *peerTable) at(addr netip.AddrPort) *Peer {
	s := t.shard(addr)
	s.mu.Lock()
	defer s.mu.Unlock()
	for key, p := range s.peers {
		if key.addr == addr {
			return p
		}
	}
	return nil
}

// all returns the peers there are.
func (t *peerTable) all() []*Peer {
	var all []*Peer
	for i := range t.shards {
		s := &t.shards[i]
		s.mu.Lock()
		all = slices.AppendSeq(all, maps.Values(s.peers))
		s.mu.Unlock()
	}
	return all
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
			s.remove(t, key, p)
		}
		p.mu.Unlock()
	}
}

// removeAll empties the table and returns the peers it had.
func (t *peerTable) removeAll() []*Peer {
	var all []*Peer
	for i := range t.shards {
		s := &t.shards[i]
		s.mu.Lock()
		all = slices.AppendSeq(all, maps.Values(s.peers))
		s.peers = nil
		s.mu.Unlock()
	}
	t.count.Store(0)
	return all
}
