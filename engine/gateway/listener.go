package gateway

import (
	"net/netip"

	"sluice/engine/coap"
	"sluice/engine/settings"
)

// Handler returns what answers the requests of one listener, whose Bind is how snapshots name it. An empty dialect is
// auto.
func (g *Gateway) Handler(l settings.Listener) coap.Handler { return g.newHandler(l) }

func (g *Gateway) newHandler(l settings.Listener) *handler {
	h := &handler{gateway: g, dialect: l.Dialect, listener: l.Bind, authn: l.AuthnEnabled(), counts: l.MaxConnections > 0}
	if h.dialect == "" {
		h.dialect = settings.DialectAuto
	}
	mount := g.settings.Mountpoint
	if l.Mountpoint != nil {
		mount = *l.Mountpoint
	}
	h.mount = newMountpoint(mount)
	h.collection = collectionOf(h.dialect, g.settings.IETF.Collection)
	return h
}

// EndpointConfig returns the limits from the settings and what is peculiar to the dialect on the wire.
func (g *Gateway) EndpointConfig(l settings.Listener, h coap.Handler) coap.Config {
	strict := l.Dialect == settings.DialectEMQX5 || l.Dialect == settings.DialectEMQX4
	b, t := g.settings.Blockwise, g.settings.Transmission
	return coap.Config{
		Handler:           h,
		DisableBlockwise:  !b.Enable,
		MaxBlockSize:      b.MaxBlockSize,
		MaxBodySize:       int64(b.MaxBodySize),
		ExchangeLifetime:  b.ExchangeLifetime.Std(),
		FinalBlock1:       !strict,
		ZeroAsByte:        strict,
		DisableExtensions: strict,
		EMQX4Errors:       l.Dialect == settings.DialectEMQX4,
		VerifyAddresses:   g.verification(strict),
		Limits:            g.limits(l),
		Transmission: coap.Transmission{
			ACKTimeout: t.ACKTimeout.Std(), ACKRandomFactor: t.ACKRandomFactor, MaxRetransmit: t.MaxRetransmit,
			ProcessingDelay: t.ProcessingDelay.Std(),
			NStart:          t.NStart,
		},
		Admission:   admission(l),
		Stream:      coap.StreamConfig{MaxConnections: l.MaxConnections},
		ReadBuffer:  int(l.ReceiveBuffer),
		WriteBuffer: int(l.SendBuffer),
		Multicast:   l.Multicast,
		Leisure:     g.settings.Leisure.Std(),
	}
}

// verification says which addresses must show that they receive what is sent to them. strict is what EMQX itself speaks.
func (g *Gateway) verification(strict bool) coap.Verification {
	switch g.settings.VerifyAddresses {
	case settings.VerifyAlways:
		return coap.VerifyAlways
	case settings.VerifyRemote:
		if !strict {
			return coap.VerifyRemote
		}
	}
	return coap.VerifyNever
}

// usualSessions is how many sessions of DTLS there are at most unless a listener says otherwise: one takes much more memory
// than an address.
const usualSessions = 10_000

// limits are those of the gateway, with fewer peers if the listener says so.
func (g *Gateway) limits(l settings.Listener) coap.Limits {
	s := g.settings.Limits
	peers := s.MaxPeers
	switch scheme, _, _, err := l.Split(); {
	case l.MaxConnections > 0:
		peers = min(peers, l.MaxConnections)
	case err == nil && scheme == "coaps":
		peers = min(peers, usualSessions)
	}
	return coap.Limits{
		Peers: peers, PeerExchanges: s.MaxExchangesPerPeer, Exchanges: s.MaxExchanges,
		PeerReplyBytes: int(s.MaxReplyBytesPerPeer), ReplyBytes: int64(s.MaxReplyBytes),
		PeerTransfers: s.MaxTransfersPerPeer, PeerTransferBytes: int64(max(s.MaxTransferBytesPerPeer, g.settings.Blockwise.MaxBodySize)),
		TransferBytes: int64(s.MaxTransferBytes), PeerRelations: s.MaxObserversPerPeer, Relations: s.MaxObservers,
		PeerNotifications: s.MaxNotificationsPerPeer, PeerCalls: s.MaxCallsPerPeer, Calls: s.MaxCalls,
		PeerRate: s.MaxRequestsPerSecondPerPeer, Rate: s.MaxRequestsPerSecond,
		MulticastAnswers: s.MaxMulticastAnswers,
	}
}

// admission is who may speak to a listener.
func admission(l settings.Listener) coap.Admission {
	a := coap.Admission{
		MaxNewPeersPerSecond: l.MaxConnRate,
		ProbeRequest:         []byte(l.HealthCheck.Request), ProbeReply: []byte(l.HealthCheck.Reply),
	}
	if rules := l.Rules(); len(rules) > 0 {
		a.Admits = func(addr netip.Addr) bool { return settings.Admits(rules, addr) }
	}
	return a
}
