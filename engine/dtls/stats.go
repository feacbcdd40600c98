package dtls

import (
	"sync/atomic"

	"sluice/engine/secure"
)

// outcomes is how many secure.Outcome there are.
const outcomes = int(secure.TooMany) + 1

// Stats counts since Listen, but for what there is now.
type Stats struct {
	Sessions  int // established now
	HalfOpen  int // handshakes under way now
	Begun     uint64
	Resumed   uint64                    // of those accepted
	Ended     map[secure.Outcome]uint64 // handshakes by how they ended, those without an entry of OnHandshake included
	Cookies   uint64                    // HelloVerifyRequests sent
	BadCookie uint64                    // ClientHellos with a cookie that is not ours, or no longer
	Fragments uint64                    // ClientHellos that were dropped because they came in fragments, or are malformed
	Strange   uint64                    // datagrams that are no DTLS
	Unknown   uint64                    // datagrams of no session
	Dropped   uint64                    // datagrams that were too long, or that a session had no room for or no use of
	Unsent    uint64                    // datagrams that the system did not take
	Moved     uint64                    // sessions that went on from another address (RFC 9146, section 6)
}

type counters struct {
	begun, resumed, cookies, badCookie, fragments, strange, unknown, dropped, unsent, moved atomic.Uint64
	ended                                                                                   [outcomes]atomic.Uint64
}

// Stats counts what the listener did.
func (l *Listener) Stats() Stats {
	c := &l.stats
	s := Stats{
		Begun: c.begun.Load(), Resumed: c.resumed.Load(), Cookies: c.cookies.Load(), BadCookie: c.badCookie.Load(),
		Fragments: c.fragments.Load(), Strange: c.strange.Load(), Unknown: c.unknown.Load(), Dropped: c.dropped.Load(),
		Unsent: c.unsent.Load(), Moved: c.moved.Load(), Ended: map[secure.Outcome]uint64{},
	}
	for i := range c.ended {
		if n := c.ended[i].Load(); n > 0 {
			s.Ended[secure.Outcome(i)] = n
		}
	}
	l.mu.RLock()
	defer l.mu.RUnlock()
	s.Sessions, s.HalfOpen = l.established, l.halfOpen.Len()
	return s
}
