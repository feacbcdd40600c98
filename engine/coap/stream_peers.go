package coap

// add takes in the peer of a connection. One of the same addresses is a connection that the client has left.
func (t *peerTable) add(p *Peer) {
	s := t.shard(p.addr)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.peers == nil {
		s.peers = make(map[peerKey]*Peer)
	}
	key := peerKey{p.addr, p.local}
	if s.peers[key] == nil {
		t.count.Add(1)
	}
	s.peers[key] = p
}

// drop takes out the peer of a connection.
func (t *peerTable) drop(p *Peer) {
	s := t.shard(p.addr)
	s.mu.Lock()
	defer s.mu.Unlock()
	if key := (peerKey{p.addr, p.local}); s.peers[key] == p {
		delete(s.peers, key)
		t.count.Add(-1)
	}
}
