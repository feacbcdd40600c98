package coap

import (
	"net/netip"
	"sync/atomic"
	"time"

	"sluice/engine/secure"
)

// Note says what the endpoint knew of a Datagram beyond its bytes; it is a set.
type Note uint8

// Notes.
const (
	Retransmitted Note = 1 << iota // sent again
	Duplicate                      // received before
	Malformed                      // refused or ignored for its form
	Altered                        // a Duplicate whose bytes are not those of the first: message IDs are being reused

	// What Conditions did. One that was lost never reached the endpoint, or never left; one that is delayed and goes out is
	// shown when the endpoint sent it, one that comes in when it arrives.
	LostByConditions
	DelayedByConditions
	DuplicatedByConditions
)

// Datagram is one datagram, or one message of a stream, as it passed.
type Datagram struct {
	At       time.Time
	Outgoing bool
	Peer     netip.AddrPort
	Note     Note
	Data     []byte // valid during the call
	PeerData any    // Peer.Data of the peer; nil if there is none
	// Transport tells the form of Data: of RFC 7252, section 3, or of RFC 8323, section 3.2 or 4.3.
	Transport Transport
	// Conditions are those that Note and Cause speak of; nil: they speak of none. Delay is that of DelayedByConditions.
	Conditions *Conditions
	Cause      Cause
	Delay      time.Duration
}

// SetTap sets who sees every datagram, or nobody. fn is called on the goroutine that reads or sends, sometimes with a
// peer's lock held: it must not block and must not call back into this package.
func (e *Endpoint) SetTap(fn func(*Datagram)) {
	if fn == nil {
		e.tap.Store(nil)
		return
	}
	e.tap.Store(&fn)
}

func (e *Endpoint) tapIn(rt *route, p *Peer, now time.Time, note Note, b []byte) {
	if tap := e.tap.Load(); tap != nil {
		e.tell(*tap, rt, p, &Datagram{At: now, Note: note, Data: b})
	}
}

func (e *Endpoint) tell(tap func(*Datagram), rt *route, p *Peer, d *Datagram) {
	d.Peer, d.Transport = rt.remote(), rt.transport()
	if p != nil {
		d.PeerData = p.Data()
	}
	tap(d)
}

// Stats counts since Listen.
type Stats struct {
	Peers             int
	Handshakes        int    // of DTLS under way
	HandshakesRefused uint64 // because there were too many, of them or of sessions
	In, Out           uint64 // datagrams
	InBytes, OutBytes uint64
	Requests          uint64 // without duplicates
	Notifications     uint64 // without retransmissions
	Malformed         uint64
	Duplicates        uint64
	Retransmissions   uint64
	Refused           uint64 // requests answered 4.29 or 5.03 because a bound was reached, and connections beyond their number
	TurnedAway        uint64 // datagrams from addresses that may not speak
	Stalled           uint64 // connections closed because the client took nothing of what was sent
	Dropped           uint64 // notifications that were never sent because too many waited, and failed sends
	Withheld          uint64 // messages not sent because their address was not verified
}

type counters struct {
	in, out, inBytes, outBytes, requests, notifications      atomic.Uint64
	malformed, duplicates, retransmissions, refused, dropped atomic.Uint64
	turnedAway, stalled, withheld                            atomic.Uint64
}

// Stats returns the counters.
func (e *Endpoint) Stats() Stats {
	s := Stats{
		Peers: e.peerCount(),
		In:    e.stats.in.Load(), Out: e.stats.out.Load(),
		InBytes: e.stats.inBytes.Load(), OutBytes: e.stats.outBytes.Load(),
		Requests: e.stats.requests.Load(), Notifications: e.stats.notifications.Load(),
		Malformed: e.stats.malformed.Load(), Duplicates: e.stats.duplicates.Load(),
		Retransmissions: e.stats.retransmissions.Load(), Refused: e.stats.refused.Load(),
		Dropped: e.stats.dropped.Load(), TurnedAway: e.stats.turnedAway.Load(), Stalled: e.stats.stalled.Load(),
		Withheld: e.stats.withheld.Load(),
	}
	for _, socket := range e.sockets {
		s.Dropped += socket.dropped.Load()
	}
	if e.secured != nil {
		d := e.secured.listener.Stats()
		s.Handshakes, s.HandshakesRefused = d.HalfOpen, d.Ended[secure.TooMany]
		s.Dropped += d.Unsent
	}
	return s
}

func (e *Endpoint) peerCount() int {
	if e.secured != nil {
		return e.secured.len()
	}
	return int(e.peers.count.Load())
}
