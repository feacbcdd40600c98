package dtls

import "sluice/engine/secure"

// establish makes a handshake the session of its address, unless that has ended already, and returns the session that it
// takes the place of.
func (l *Listener) establish(s *session) (replaced *session, why *secure.Refusal) {
	l.mu.Lock()
	defer l.mu.Unlock()
	f := s.began.flow
	p := l.peers[f]
	switch {
	case s.replaced.Load():
		return nil, begunAnew
	case s.left || l.ending:
		return nil, nil
	case s.underWay == nil:
		return nil, s.refused.Load() // it gave way
	case p.current == nil && l.established >= l.config.MaxSessions:
		return nil, &secure.Refusal{Outcome: secure.TooMany}
	}
	replaced = p.current
	l.peers[f] = peer{current: s}
	s.unproved.Store(maxUnproved - maxRepeated)
	s.established.Store(true)
	l.established++
	return replaced, nil
}

// handshakeOver is told when nothing of a handshake is left to do.
func (l *Listener) handshakeOver(s *session) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.noLonger(s)
}

// leave forgets a session that ended.
func (l *Listener) leave(s *session) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if s.left {
		return
	}
	s.left = true
	if s.established.Load() {
		l.established--
	}
	if l.byID[s.id] == s {
		delete(l.byID, s.id)
	}
	for _, f := range []flow{s.began.flow, s.route.Load().flow} {
		l.forget(f, s)
	}
}

// forget takes a session from an address. Needs l.mu.
func (l *Listener) forget(f flow, s *session) {
	p := l.peers[f]
	if p.current == s {
		p.current = nil
	}
	if p.pending == s {
		p.pending = nil
	}
	if p == (peer{}) {
		delete(l.peers, f)
	} else {
		l.peers[f] = p
	}
}

// identify makes a session known by a Connection ID.
func (l *Listener) identify(s *session, id connectionID) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.byID[id] != nil {
		return false
	}
	if l.byID[s.id] == s {
		delete(l.byID, s.id)
	}
	s.id = id
	if !s.left {
		l.byID[id] = s
	}
	return true
}

// move follows a session to the address that its client proved to be at.
func (l *Listener) move(s *session, to *route) {
	l.mu.Lock()
	defer l.mu.Unlock()
	from := s.route.Swap(to)
	if s.left {
		return
	}
	l.forget(from.flow, s)
	p := l.peers[to.flow]
	if p.current == nil {
		p.current = s
	}
	l.peers[to.flow] = p
	l.stats.moved.Add(1)
}
