package coap

import "time"

// Cause says why conditions did to a datagram what its Note says.
type Cause uint8

// Causes.
const (
	ByChance  Cause = iota // or Delay, which all datagrams have
	Silence                // lost in a silent period
	Unmapped               // lost: the address translation has forgotten the peer, see PortAfter and ChangePorts
	Overflow               // lost: too many are delayed
	Overtaken              // delayed so long that later ones come first
	TooLong                // lost: longer than MaxSize
	Remapped               // the peer is shown at another port from this datagram on
)

// effect is what became of a datagram, for who sees it.
type effect struct {
	note       Note
	cause      Cause
	delay      time.Duration
	conditions *Conditions
}

// byConditions are the notes that conditions give.
const byConditions = LostByConditions | DelayedByConditions | DuplicatedByConditions

func (f effect) datagram(at time.Time, outgoing bool, data []byte) *Datagram {
	d := &Datagram{At: at, Outgoing: outgoing, Note: f.note, Data: data}
	if f.note&byConditions != 0 || f.cause != ByChance {
		d.Conditions, d.Cause, d.Delay = f.conditions, f.cause, f.delay
	}
	return d
}

// tap shows a datagram that the reader has before it, with what conditions did to it.
func (r *reader) tap(rt *route, p *Peer, note Note, b []byte) {
	if tap := r.endpoint.tap.Load(); tap != nil {
		f := r.condition
		f.note |= note
		r.endpoint.tell(*tap, rt, p, f.datagram(r.now, false, b))
	}
}

// loses counts and shows a datagram that came in and is lost.
func (c *conditioner) loses(r *reader, rt *route, p *Peer, f effect, b []byte) {
	r.condition = f
	r.tap(rt, p, LostByConditions, b)
	r.condition = effect{}
}
