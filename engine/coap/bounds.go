package coap

import (
	"sync/atomic"
	"time"

	"sluice/engine/secure"
)

// Bound is a limit, how near the endpoint is to it, and how often it was reached.
type Bound struct {
	Name    string // of its setting
	Limit   int64  // zero: none
	InUse   int64  // now; -1 where only a single peer, a single body or a moment has a number
	Reached uint64
	Last    time.Time // zero: never
}

// bound tells the bounds apart; their order is that of Bounds.
type bound uint8

const (
	boundPeers bound = iota
	boundNewPeers
	boundPeerExchanges
	boundExchanges
	boundPeerReplyBytes
	boundReplyBytes
	boundBodySize
	boundPeerTransfers
	boundPeerTransferBytes
	boundTransferBytes
	boundPeerRelations
	boundRelations
	boundPeerNotifications
	boundPeerCalls
	boundCalls
	boundMulticastAnswers
	boundPeerRate
	boundRate
	boundHandshakes // of DTLS only
	numBounds
)

// reachings counts how often each bound was reached.
type reachings [numBounds]struct {
	count atomic.Uint64
	last  atomic.Int64 // nanoseconds since the endpoint began
}

func (r *reachings) reach(b bound, now int64) {
	r[b].count.Add(1)
	r[b].last.Store(now)
}

// reach counts that a bound was reached.
func (e *Endpoint) reach(b bound) { e.reached.reach(b, e.now()) }

// Bounds describes every bound of the endpoint, always in the same order. That of handshakes is last, and of DTLS only.
func (e *Endpoint) Bounds() []Bound {
	l := &e.config.Limits
	const unknown = -1
	all := []Bound{
		boundPeers:             {Name: "max_peers", Limit: int64(l.Peers), InUse: int64(e.peerCount())},
		boundNewPeers:          {Name: "max_conn_rate", Limit: int64(e.config.Admission.MaxNewPeersPerSecond), InUse: unknown},
		boundPeerExchanges:     {Name: "max_exchanges_per_peer", Limit: int64(l.PeerExchanges), InUse: unknown},
		boundExchanges:         {Name: "max_exchanges", Limit: int64(l.Exchanges), InUse: e.exchangeMemory.slots.Load()},
		boundPeerReplyBytes:    {Name: "max_reply_bytes_per_peer", Limit: int64(l.PeerReplyBytes), InUse: unknown},
		boundReplyBytes:        {Name: "max_reply_bytes", Limit: l.ReplyBytes, InUse: e.exchangeMemory.replies.Load()},
		boundBodySize:          {Name: "max_body_size", Limit: e.config.MaxBodySize, InUse: unknown},
		boundPeerTransfers:     {Name: "max_transfers_per_peer", Limit: int64(l.PeerTransfers), InUse: unknown},
		boundPeerTransferBytes: {Name: "max_transfer_bytes_per_peer", Limit: l.PeerTransferBytes, InUse: unknown},
		boundTransferBytes: {
			Name: "max_transfer_bytes", Limit: l.TransferBytes,
			InUse: max(e.uploadBytes.Load(), e.downloadBytes.Load(), e.queuedBytes.Load()),
		},
		boundPeerRelations:     {Name: "max_observers_per_peer", Limit: int64(l.PeerRelations), InUse: unknown},
		boundRelations:         {Name: "max_observers", Limit: int64(l.Relations), InUse: e.relations.Load()},
		boundPeerNotifications: {Name: "max_notifications_per_peer", Limit: int64(l.PeerNotifications), InUse: unknown},
		boundPeerCalls:         {Name: "max_calls_per_peer", Limit: int64(l.PeerCalls), InUse: unknown},
		boundCalls:             {Name: "max_calls", Limit: int64(l.Calls), InUse: e.client.active.Load()},
		boundMulticastAnswers:  {Name: "max_multicast_answers", Limit: int64(l.MulticastAnswers), InUse: e.leisurely.Load()},
		boundPeerRate:          {Name: "max_requests_per_second_per_peer", Limit: int64(l.PeerRate), InUse: unknown},
		boundRate:              {Name: "max_requests_per_second", Limit: int64(l.Rate), InUse: unknown},
		boundHandshakes:        {Name: "max_handshakes"},
	}
	if e.streams != nil {
		all[boundPeers] = Bound{
			Name: "max_connections", Limit: int64(e.config.Stream.MaxConnections), InUse: e.streams.count.Load(),
		}
	}
	for i := range all {
		r := &e.reached[i]
		if all[i].Reached = r.count.Load(); all[i].Reached > 0 {
			all[i].Last = e.began.Add(time.Duration(r.last.Load()))
		}
	}
	if e.secured == nil {
		return all[:boundHandshakes]
	}
	h, s := &all[boundHandshakes], e.secured.listener.Stats()
	h.Limit, h.InUse = int64(e.secured.maxHandshakes), int64(s.HalfOpen)
	h.Reached = max(h.Reached, s.Ended[secure.TooMany]) // not of every one is told when it was
	return all
}
