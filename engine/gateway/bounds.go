package gateway

import "sluice/engine/coap"

// bounded are the bounds of a gateway that are not an endpoint's.
type bounded struct {
	sessions, observations, resources, resourceBytes, logins, peerLogins, topics, topicBytes coap.Reached
}

// Bounds returns the bounds that are the gateway's own and not a listener's, by the names of their settings.
func (g *Gateway) Bounds() []coap.Bound {
	const unknown = -1
	l := &g.settings.Limits
	resources, bytes := g.resources.size()
	return append([]coap.Bound{
		g.reached.sessions.Bound("max_sessions", int64(l.MaxSessions), int64(g.registry.len())),
		g.reached.observations.Bound("max_observers_per_session", int64(l.MaxObserversPerSession), unknown),
		g.reached.resources.Bound("max_resources", int64(l.MaxResources), int64(resources)),
		g.reached.resourceBytes.Bound("max_resource_bytes", int64(l.MaxResourceBytes), int64(bytes)),
		g.reached.logins.Bound("max_logins", int64(l.MaxLogins), int64(g.waiting.Load())),
		g.reached.peerLogins.Bound("max_logins_per_peer", int64(l.MaxLoginsPerPeer), unknown),
		g.reached.topics.Bound("ietf.max_topics", int64(g.settings.IETF.MaxTopics), int64(g.topics.count.Load())),
		g.reached.topicBytes.Bound("ietf.max_topic_bytes", int64(g.settings.IETF.MaxTopicBytes), g.topics.bytes.Load()),
	}, g.proxy.Bounds()...)
}
