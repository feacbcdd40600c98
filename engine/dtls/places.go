package dtls

import (
	"container/list"
	"net/netip"
	"time"

	"sluice/engine/secure"
)

// slowHandshake is how long a handshake keeps its place when others come. Who begins handshakes and leaves them at that
// would else keep everybody out.
const slowHandshake = time.Second

// places are those that handshakes under way have, and the shares of networks in them. Its methods need Listener.mu.
type places struct {
	maximum int
	taken   list.List          // of *session, the one that began first in front
	shares  map[netip.Addr]int // by networkOf
}

func newPlaces(maximum int) places {
	return places{maximum: maximum, shares: map[netip.Addr]int{}}
}

// room reports whether there is a place for a handshake with an address. If not, one that is slow gives way, of the same
// network where its share is the reason.
func (p *places) room(addr netip.Addr, now time.Time) bool {
	network := networkOf(addr)
	switch {
	case p.shares[network] >= max(1, p.maximum/4):
		return p.giveWay(now, func(s *session) bool { return networkOf(s.began.remote.Addr()) == network })
	case p.taken.Len() >= p.maximum:
		return p.giveWay(now, func(*session) bool { return true })
	}
	return true
}

var gaveWay = &secure.Refusal{Outcome: secure.TooMany, Detail: "it was slow, and others came"}

// giveWay ends the oldest handshake that is one of those, if it is slow.
func (p *places) giveWay(now time.Time, oneOfThose func(*session) bool) bool {
	for e := p.taken.Front(); e != nil; e = e.Next() {
		s := e.Value.(*session)
		if now.Sub(s.at) < slowHandshake {
			return false
		}
		if oneOfThose(s) {
			p.leave(s)
			s.refuse(gaveWay)
			s.cancel()
			return true
		}
	}
	return false
}

func (p *places) enter(s *session) {
	s.place = p.taken.PushBack(s)
	p.shares[networkOf(s.began.remote.Addr())]++
}

// leave gives back the place of a handshake, unless it gave way.
func (p *places) leave(s *session) {
	if s.place == nil {
		return
	}
	p.taken.Remove(s.place)
	s.place = nil
	network := networkOf(s.began.remote.Addr())
	if p.shares[network]--; p.shares[network] == 0 {
		delete(p.shares, network)
	}
}

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
