package dtls

import (
	"net/netip"
	"time"

	"sluice/engine/secure"
)

// patience is how long a handshake is left alone when others need its place: longer than most take, and so short that 200 a
// second from one address, left as soon as they began, keep out nobody who is there as well.
const patience = 300 * time.Millisecond

// networkOf is whose share of handshakes one takes.
func networkOf(addr netip.Addr) netip.Addr {
	if addr.Is4() {
		return addr
	}
	prefix, err := addr.Prefix(64)
	if err != nil {
		return addr
	}
	return prefix.Addr()
}

// makeRoom sees that a handshake of a network may begin: the oldest gives way where there are too many, so that who begins
// them and leaves them keeps nobody out for as long as a handshake may take. Needs l.mu.
func (l *Listener) makeRoom(network netip.Addr, now time.Time) bool {
	switch {
	case l.underWay[network] >= max(1, l.config.MaxHandshakes/4):
		return l.giveWay(now, func(of netip.Addr) bool { return of == network })
	case l.halfOpen.Len() >= l.config.MaxHandshakes:
		most := 0
		for _, n := range l.underWay {
			most = max(most, n)
		}
		return l.giveWay(now, func(of netip.Addr) bool { return l.underWay[of] == most })
	}
	return true
}

// giveWay ends the oldest handshake of some networks; false if none is old enough. Needs l.mu.
func (l *Listener) giveWay(now time.Time, which func(network netip.Addr) bool) bool {
	for e := l.halfOpen.Front(); e != nil; e = e.Next() {
		s := e.Value.(*session)
		if now.Sub(s.at) < patience {
			return false
		}
		if !s.established.Load() && which(networkOf(s.began.remote.Addr())) {
			s.refuse(&secure.Refusal{Outcome: secure.TooMany, Detail: "another one needed the place of this one, which took long"})
			s.cancel()
			l.noLonger(s)
			return true
		}
	}
	return false
}

// noLonger gives back what a handshake took of the shares. Needs l.mu.
func (l *Listener) noLonger(s *session) {
	if s.underWay == nil {
		return
	}
	l.halfOpen.Remove(s.underWay)
	s.underWay = nil
	network := networkOf(s.began.remote.Addr())
	if l.underWay[network]--; l.underWay[network] == 0 {
		delete(l.underWay, network)
	}
}
