package gateway

import (
	"sync/atomic"
	"time"

	"sluice/engine/coap"
)

// reached counts how often one bound was reached.
type reached struct {
	count atomic.Uint64
	last  atomic.Int64 // Unix nanoseconds
}

func (r *reached) note() {
	r.count.Add(1)
	r.last.Store(time.Now().UnixNano())
}

// bound describes a bound of which inUse is used now; -1 where only a part has a number.
func (r *reached) bound(name string, limit, inUse int64) coap.Bound {
	b := coap.Bound{Name: name, Limit: limit, InUse: inUse, Reached: r.count.Load()}
	if b.Reached > 0 {
		b.Last = time.Unix(0, r.last.Load())
	}
	return b
}

// bounded are the bounds of a gateway that are not an endpoint's.
type bounded struct {
	sessions, observations, resources, resourceBytes, logins, peerLogins, topics, topicBytes reached
}

// Bounds returns the bounds that are the gateway's own and not a listener's, by the names of their settings.
func (g *Gateway) Bounds() []coap.Bound {
	const unknown = -1
	l := &g.settings.Limits
	resources, bytes := g.resources.size()
	return append([]coap.Bound{
		g.reached.sessions.bound("max_sessions", int64(l.MaxSessions), int64(g.registry.len())),
		g.reached.observations.bound("max_observers_per_session", int64(l.MaxObserversPerSession), unknown),
		g.reached.resources.bound("max_resources", int64(l.MaxResources), int64(resources)),
		g.reached.resourceBytes.bound("max_resource_bytes", int64(l.MaxResourceBytes), int64(bytes)),
		g.reached.logins.bound("max_logins", int64(l.MaxLogins), int64(g.waiting.Load())),
		g.reached.peerLogins.bound("max_logins_per_peer", int64(l.MaxLoginsPerPeer), unknown),
		g.reached.topics.bound("ietf.max_topics", int64(g.settings.IETF.MaxTopics), int64(g.topics.count.Load())),
		g.reached.topicBytes.bound("ietf.max_topic_bytes", int64(g.settings.IETF.MaxTopicBytes), g.topics.bytes.Load()),
	}, g.proxy.Bounds()...)
}
