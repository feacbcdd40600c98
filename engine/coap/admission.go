package coap

import (
	"bytes"
	"net/netip"
)

// Admission says who may speak to an endpoint. The zero value lets everybody in.
type Admission struct {
	// Admits reports whether an address may speak at all; who may not gets no answer. It is called for every datagram and
	// every connection, on the goroutine that reads or accepts. nil: everybody.
	Admits func(netip.Addr) bool
	// MaxNewPeersPerSecond bounds the peers that are new in a second; requests of those beyond are answered 5.03, and
	// their connections closed. 0: no bound.
	MaxNewPeersPerSecond int
	// ProbeRequest is a datagram that is answered ProbeReply, byte for byte, and does nothing else: how load balancers ask
	// whether a server lives. Empty: none.
	ProbeRequest, ProbeReply []byte
}

// turnsAway reports whether a datagram is none for the endpoint: it comes from who may not speak, or is a probe, which it
// answers.
func (a *Admission) turnsAway(r *reader, rt *route, b []byte) bool {
	switch {
	case !r.endpoint.admitsAddr(rt.remote().Addr()):
	case len(a.ProbeRequest) > 0 && bytes.Equal(b, a.ProbeRequest):
		r.endpoint.sendRaw(rt, nil, a.ProbeReply, 0, r.out)
	default:
		return false
	}
	return true
}

// admitsAddr reports whether an address may speak to the endpoint, and counts those that may not.
func (e *Endpoint) admitsAddr(addr netip.Addr) bool {
	a := &e.config.Admission
	if a.Admits == nil || a.Admits(addr) {
		return true
	}
	e.stats.turnedAway.Add(1)
	return false
}
