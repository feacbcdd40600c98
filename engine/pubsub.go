package engine

import "sluice/engine/gateway"

// ConfiguredTopics returns the topics of the dialect ietf by ID; nil while stopped.
func (e *Engine) ConfiguredTopics() []gateway.Topic {
	if r := e.current(); r != nil {
		return r.gateway.Topics()
	}
	return nil
}

// DeleteConfiguredTopic deletes a topic of the dialect ietf with its data; its observers are told. It reports whether
// there was one.
func (e *Engine) DeleteConfiguredTopic(id string) bool {
	r := e.current()
	return r != nil && r.gateway.DeleteTopic(id)
}
